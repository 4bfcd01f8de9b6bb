"""Mapping lines that changed, and the fields of links they have not carried yet."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, Select

from sync.domain.store import LinkState, Outdated
from sync.state.database import Database, chunks
from sync.state.tables import links, notes, outdated

__all__ = ["SqlLines", "keep_adopted", "keep_carried", "waiting_after"]

# Spelled out in the SQL: a database uses a partial index only when it sees its condition.
_WAITS = sa.text("waits")

_OF_FIELD = (
    outdated.c.link_id == sa.bindparam("of_link"),
    outdated.c.field == sa.bindparam("of_field"),
)
_CARRY = sa.delete(outdated).where(*_OF_FIELD)
_PUT_OFF = sa.update(outdated).where(*_OF_FIELD).values(waits=False)
_NOTE = sa.select(notes.c.value).where(notes.c.name == sa.bindparam("of_name"))
_OUTDATED = sa.select(outdated.c.link_id, outdated.c.field, outdated.c.was, outdated.c.waits).where(
    outdated.c.link_id.in_(sa.bindparam("ids", expanding=True))
)
_WAITING = (
    sa.select(outdated.c.field, sa.func.count())
    .join_from(outdated, links, links.c.id == outdated.c.link_id)
    .where(
        outdated.c.pair == sa.bindparam("of_pair"), _WAITS, links.c.state == LinkState.OPEN.value
    )
    .group_by(outdated.c.field)
    .order_by(outdated.c.field)
)


class SqlLines:
    """Mapping lines that changed, and the fields of links they have not carried yet.

    All links stand by the lines kept in a note, save the fields of those in `outdated`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def turn_to(self, pair: str, lines: Mapping[str, str], *, paused: Collection[str] = ()) -> None:
        """Take these for the lines of a pair, by field; what stands by others is out of date."""
        with self._database.read() as connection:
            known = _kept(connection, pair)
        now = {name: [line, False] for name, line in lines.items()}
        now.update({name: [known[name][0], True] for name in paused if name in known})
        if now == known:
            return
        with self._database.write() as connection:
            for name, line in lines.items():
                was = _stood_by(known.get(name), line)
                if was is not None:
                    _put_out_of_date(connection, self._database, pair, field=name, was=was)
                _take_back(connection, pair, field=name, line=line)
            for name in known.keys() - now.keys():
                connection.execute(
                    sa.delete(outdated).where(outdated.c.pair == pair, outdated.c.field == name)
                )
            for name in paused:
                # Nothing of it can be looked at; what is out of date stays so until it is back.
                connection.execute(
                    sa.update(outdated)
                    .where(outdated.c.pair == pair, outdated.c.field == name)
                    .values(waits=False)
                )
            statement = self._database.upsert(notes, by=("name",), sets=("value",))
            connection.execute(statement, [{"name": _note(pair), "value": json.dumps(now)}])

    def of(self, pair: str) -> Mapping[str, str]:
        """Give the lines of a pair as last turned to, paused ones too."""
        with self._database.read() as connection:
            return {name: str(kept[0]) for name, kept in _kept(connection, pair).items()}

    def outdated(self, link_ids: Sequence[int]) -> Mapping[int, Mapping[str, Outdated]]:
        """Give the fields of links that the present lines have not carried, by link and field."""
        found: dict[int, dict[str, Outdated]] = {}
        with self._database.read() as connection:
            for part in chunks(link_ids):
                for link_id, name, was, waits in connection.execute(_OUTDATED, {"ids": part}):
                    found.setdefault(link_id, {})[name] = Outdated(was, waits)
        return found

    def waiting(self, pair: str) -> Mapping[str, int]:
        """Count, by field, the links to be looked at under a changed line."""
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(_WAITING, {"of_pair": pair})}


def waiting_after() -> Select[int]:
    """Say which open links of `of_pair`, beyond `after`, wait to be looked at again."""
    return (
        sa.select(outdated.c.link_id)
        .join_from(outdated, links, links.c.id == outdated.c.link_id)
        .where(
            outdated.c.pair == sa.bindparam("of_pair"),
            outdated.c.link_id > sa.bindparam("after"),
            _WAITS,
            links.c.state == LinkState.OPEN.value,
        )
    )


def keep_carried(
    connection: Connection,
    *,
    carried: Sequence[tuple[int, str]],
    put_off: Sequence[tuple[int, str]],
) -> None:
    """Note which fields of links stand as their lines say, and which were only looked at."""
    for statement, found in ((_CARRY, carried), (_PUT_OFF, put_off)):
        if found:
            rows = [{"of_link": link_id, "of_field": name} for link_id, name in found]
            connection.execute(statement, rows)


def keep_adopted(
    connection: Connection, database: Database, adopted: Sequence[tuple[str, int, str]]
) -> None:
    """Note of fields of links that what both sides agreed on was lost."""
    rows = [
        {"pair": pair, "link_id": link_id, "field": name, "was": Outdated.ADOPTED, "waits": False}
        for pair, link_id, name in adopted
    ]
    statement = database.upsert(outdated, by=("link_id", "field"), sets=("was", "waits"))
    database.put(connection, statement, rows)


def _note(pair: str) -> str:
    return f"lines:{pair}"


def _kept(connection: Connection, pair: str) -> dict[str, list[str | bool]]:
    """Give what is known of a pair's lines: by field the line, and whether it is paused."""
    note = connection.execute(_NOTE, {"of_name": _note(pair)}).scalar_one_or_none()
    known: dict[str, list[str | bool]] = json.loads(note) if note else {}
    return known


def _stood_by(known: list[str | bool] | None, line: str) -> str | None:
    """Give by which other line the field's links stand; None where they stand by this one."""
    if known is None:
        return ""
    before, was_paused = known
    if before != line:
        return str(before)
    return Outdated.RETURNED if was_paused else None


def _put_out_of_date(
    connection: Connection, database: Database, pair: str, *, field: str, was: str
) -> None:
    """Note of all links of a pair that a field stands by an earlier line.

    Those of which it is known already stay at the line that carried them last.
    """
    of_links = sa.select(
        links.c.id,
        sa.literal(field),
        links.c.pair,
        sa.literal(was),
        links.c.state == LinkState.OPEN.value,
    ).where(links.c.pair == pair)
    insert = database.insert(outdated).from_select(
        ["link_id", "field", "pair", "was", "waits"], of_links
    )
    fresh = insert.excluded
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["link_id", "field"],
            set_={
                "was": sa.case(
                    (outdated.c.was == Outdated.RETURNED, fresh.was), else_=outdated.c.was
                ),
                "waits": fresh.waits,
            },
        )
    )


def _take_back(connection: Connection, pair: str, *, field: str, line: str) -> None:
    """Forget of the links that stand by the present line that they ever were out of date."""
    connection.execute(
        sa.delete(outdated).where(
            outdated.c.pair == pair, outdated.c.field == field, outdated.c.was == line
        )
    )
