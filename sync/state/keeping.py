"""Turning what a run staged into what is known of records, inside the database."""

from __future__ import annotations

from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from sync.domain.plan import is_part_of
from sync.domain.store import RecordState, SightingKind
from sync.state.database import Database
from sync.state.tables import keys, records, staged, staged_keys

__all__ = ["keep_staged"]

_Insert: TypeAlias = sqlite.Insert | postgresql.Insert

_REF = ("pair", "side", "object", "record_id")
_KEY = (*_REF, "rule", "hash")
_GONE = RecordState.GONE.value
_LEFT_OUT = RecordState.LEFT_OUT.value

_OF_PAIR = staged.c.pair == sa.bindparam("of_pair")
_CLEAR_KEYS = sa.delete(staged_keys).where(staged_keys.c.pair == sa.bindparam("of_pair"))
_CLEAR = sa.delete(staged).where(_OF_PAIR, staged.c.kind != SightingKind.WAITING.value)
_WAIT = (
    sa.update(staged)
    .where(_OF_PAIR, staged.c.kind == SightingKind.NEW.value, staged.c.included.is_(False))
    .values(kind=SightingKind.WAITING.value)
)


def keep_staged(connection: Connection, database: Database, pair: str) -> None:
    """Keep what is staged of a pair and clear it.

    A state that a commit of this run has set stays. Otherwise a record seen for the first time
    is linked, gone or left out; a known one keeps its state unless it went or came back. No
    stamp is ever lowered. Rows of lists that wait for what they tie stay staged, so that they
    need not be read again where this very run links it.
    """
    of_pair = {"of_pair": pair}
    for decided in (False, True):
        connection.execute(database.prepared(_records, database, decided=decided), of_pair)
    connection.execute(_DROP_KEYS, of_pair)
    connection.execute(database.prepared(_add_keys, database), of_pair)
    connection.execute(_CLEAR_KEYS, of_pair)
    if is_part_of(pair):
        connection.execute(_WAIT, of_pair)
    connection.execute(_CLEAR, of_pair)


def _records(database: Database, *, decided: bool) -> _Insert:
    insert = database.insert(records)
    fresh, kept = insert.excluded, records.c
    sets: dict[str, sa.ColumnElement[object]] = {
        "stamp": sa.case((fresh.stamp > kept.stamp, fresh.stamp), else_=kept.stamp),
        "created": sa.func.coalesce(fresh.created, kept.created),
        "included": fresh.included,
    }
    if not decided:
        back = sa.and_(kept.state == _GONE, fresh.state != _GONE)
        told = sa.and_(kept.state == _LEFT_OUT, fresh.why != "")
        sets["state"] = sa.case((sa.or_(fresh.state == _GONE, back), fresh.state), else_=kept.state)
        sets["why"] = sa.case((sa.or_(back, told), fresh.why), else_=kept.why)
    return insert.from_select(
        [*_REF, "stamp", "created", "state", "included", "why"], _as_records(decided=decided)
    ).on_conflict_do_update(index_elements=list(_REF), set_=sets)


def _as_records(*, decided: bool) -> sa.Select[*tuple[object, ...]]:
    """Give the staged rows as records nothing was known of."""
    state = sa.case(
        (staged.c.gone.is_(True), _GONE),
        (staged.c.link_id.is_not(None), RecordState.LINKED.value),
        else_=_LEFT_OUT,
    )
    columns = (*(staged.c[name] for name in _REF), staged.c.stamp, staged.c.created)
    return sa.select(*columns, state, staged.c.included, staged.c.why).where(
        _OF_PAIR, staged.c.decided.is_(decided)
    )


def _drop_keys() -> sa.Delete:
    """Say which keys of staged records are theirs no more; those that did not change stay."""
    here = [keys.c[name] for name in _REF[1:]]
    seen = sa.select(*(staged.c[name] for name in _REF[1:])).where(_OF_PAIR)
    still = sa.exists().where(*(staged_keys.c[name] == keys.c[name] for name in _KEY))
    return sa.delete(keys).where(
        keys.c.pair == sa.bindparam("of_pair"), sa.tuple_(*here).in_(seen), ~still
    )


def _add_keys(database: Database) -> _Insert:
    fresh = sa.select(*(staged_keys.c[name] for name in _KEY)).where(
        staged_keys.c.pair == sa.bindparam("of_pair")
    )
    return database.insert(keys).from_select(list(_KEY), fresh).on_conflict_do_nothing()


_DROP_KEYS = _drop_keys()
