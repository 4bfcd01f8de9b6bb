"""Writing all that one batch changes, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from sync.domain.facts import Due
from sync.domain.routing import Turns, turns_note, turns_text
from sync.domain.store import AuditEntry, Changes, Committed, LinkState, NewLink, TrackedRecord
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.ends import end_waiting
from sync.state.funnel import keep_funnel
from sync.state.journal import noted_json
from sync.state.lines import keep_adopted, keep_carried
from sync.state.links import pack_seen
from sync.state.moves import keep_awaited, keep_ended, keep_joined, keep_moved
from sync.state.opened import Moment, carry_errors, keep_conflicts, keep_errors, settle
from sync.state.owed_owners import keep_owed
from sync.state.references import keep_waiting
from sync.state.resolutions import carried_out
from sync.state.rows import among, of_records, ref_columns
from sync.state.tables import audit, journal, links, notes, records, shadows, staged

__all__ = ["commit"]

_REF = ("pair", "side", "object", "record_id")

_ADD_LINKS = sa.insert(links).returning(links.c.id, sort_by_parameter_order=True)
_SET_LINK = (
    sa.update(links)
    .where(links.c.id == sa.bindparam("link"))
    .values(state=sa.bindparam("new_state"))
)
_DECIDE = sa.update(staged).where(of_records(staged)).values(decided=True)
#: What waited for a person or another try was closed as the link left off: it is decided anew.
_SEEN_ANEW = (
    sa.update(shadows)
    .where(
        shadows.c.link_id.in_(sa.bindparam("ids", expanding=True)),
        shadows.c.seen.is_not(None),
    )
    .values(seen=sa.null())
)
_SET_JOURNAL = (
    sa.update(journal)
    .where(journal.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(state=sa.bindparam("new_state"), audit=None)
)
_SET_NOTED = (
    sa.update(journal)
    .where(journal.c.id == sa.bindparam("entry"))
    .values(audit=sa.bindparam("kept", type_=journal.c.audit.type))
)


def commit(database: Database, changes: Changes, *, run: int, at: datetime) -> Committed:
    """Write all changes of one batch in one transaction, or none of them.

    What the batch settles is closed before what it finds is opened, so that an item which comes
    up again in the same batch stays open.
    """
    with database.write() as connection:
        made = _add_links(connection, changes.links, run=run, at=at)
        ids = _Ids(made)
        moment = Moment(run, at)
        _set_links(connection, changes, ids)
        closed = [ids.real(one) for one, state in changes.link_states if state is LinkState.CLOSED]
        joined = {ids.real(one.link_id) for one in changes.joined}
        keep_ended(connection, [one for one in closed if one not in joined])
        keep_joined(connection, database, changes.joined)
        keep_moved(connection, database, changes.moved)
        keep_awaited(connection, database, changes.awaited)
        _set_shadows(connection, database, changes, ids=ids)
        mark_due(connection, database, Due.LINK, _concerned(changes, ids))
        _add_audit(connection, database, changes.audit, ids=ids, moment=moment)
        _set_records(connection, database, changes.records)
        end_waiting(
            connection,
            decided=changes.records,
            opened=[ids.real(one) for one, state in changes.link_states if state is LinkState.OPEN],
        )
        fields = [(ids.real(link_id), field) for link_id, field in changes.settled_fields]
        # Nothing travels over a link that is not open, so nothing of it waits for anybody.
        left = [ids.real(one) for one, state in changes.link_states if state is not LinkState.OPEN]
        settle(
            connection,
            moment,
            links=left,
            fields=fields,
            # A record as a whole is a field without a name.
            sides=[
                *((ids.real(link_id), side, "") for link_id, side in changes.settled_sides),
                *((ids.real(link_id), side, name) for link_id, side, name in changes.overtaken),
            ],
            groups=changes.settled_groups,
            records=changes.settled_records,
            returned=changes.returned,
        )
        carried_out(
            connection,
            fields=[(ids.real(link_id), name, side) for link_id, name, side in changes.resolved],
            groups=changes.resolved_groups,
            closed=left,
        )
        carry_errors(connection, changes.moved)
        keep_waiting(
            connection,
            database,
            found=[
                (pair, replace(one, link_id=ids.real(one.link_id))) for pair, one in changes.waiting
            ],
            arrived=[(ids.real(link_id), field) for link_id, field in changes.arrived],
            closed=closed,
        )
        keep_funnel(
            connection,
            database,
            noted=[(ids.real(one), note) for one, note in changes.funnel],
            written=[(ids.real(one), side) for one, side in changes.staged_at],
            run=run,
            at=at,
        )
        keep_carried(connection, carried=changes.carried, put_off=changes.put_off)
        keep_adopted(connection, database, changes.adopted)
        conflicts = [(one, ids.maybe(one.link_id)) for one in changes.conflicts]
        errors = [(one, ids.maybe(one.link_id)) for one in changes.errors]
        committed = Committed(
            link_ids=made,
            conflicts=keep_conflicts(connection, moment, conflicts),
            errors=keep_errors(connection, moment, errors),
        )
        _set_journal(connection, changes.journal)
        _set_noted(connection, changes.noted)
        _set_turns(connection, database, changes.turns)
        keep_owed(
            connection,
            database,
            {ids.real(link_id): one for link_id, one in changes.owners.items()},
        )
    return committed


def _set_turns(connection: Connection, database: Database, turns: Mapping[str, Turns]) -> None:
    """Keep whose turn it was, with the hand-overs it came from."""
    rows = [{"name": turns_note(rule), "value": turns_text(one)} for rule, one in turns.items()]
    database.put(connection, database.upsert(notes, by=("name",), sets=("value",)), rows)


def _concerned(changes: Changes, ids: _Ids) -> set[int]:
    """Give the links of which something else may be known by now."""
    return {
        *ids.all(),
        *(ids.real(one.link_id) for one in changes.shadows),
        *(ids.real(link_id) for link_id, _ in changes.link_states),
        *(ids.real(one.link_id) for one in changes.moved),
        *(ids.real(link_id) for one in changes.joined for link_id in (one.link_id, one.into)),
    }


class _Ids:
    """Real link ids for the tokens of new links."""

    def __init__(self, made: Mapping[int, int]) -> None:
        self._made = made

    def real(self, link_id: int) -> int:
        return self._made[link_id] if link_id < 0 else link_id

    def all(self) -> Collection[int]:
        return self._made.values()

    def maybe(self, link_id: int | None) -> int | None:
        return None if link_id is None else self.real(link_id)


def _add_links(
    connection: Connection, new: Sequence[NewLink], *, run: int, at: datetime
) -> Mapping[int, int]:
    if not new:
        return {}
    rows = [
        {
            "pair": one.pair,
            **ref_columns("left", one.left),
            **ref_columns("right", one.right),
            "state": LinkState.OPEN.value,
            "made_run": run,
            "made_at": at,
        }
        for one in new
    ]
    ids = connection.execute(_ADD_LINKS, rows).scalars().all()
    return {one.token: link_id for one, link_id in zip(new, ids, strict=True)}


def _set_links(connection: Connection, changes: Changes, ids: _Ids) -> None:
    if not changes.link_states:
        return
    rows = [
        {"link": ids.real(link_id), "new_state": state.value}
        for link_id, state in changes.link_states
    ]
    connection.execute(_SET_LINK, rows)
    opened = [ids.real(one) for one, state in changes.link_states if state is LinkState.OPEN]
    for part in chunks(opened):
        connection.execute(_SEEN_ANEW, {"ids": part})


def _set_shadows(
    connection: Connection, database: Database, changes: Changes, *, ids: _Ids
) -> None:
    if not changes.shadows:
        return
    rows = [
        {
            "link_id": ids.real(one.link_id),
            "side": one.side.value,
            "base": dict(one.base),
            "seen": pack_seen(one.base, one.seen),
            "read_at": one.read_at,
        }
        for one in changes.shadows
    ]
    statement = database.upsert(shadows, by=("link_id", "side"), sets=("base", "seen", "read_at"))
    database.put(connection, statement, rows)


def _add_audit(
    connection: Connection,
    database: Database,
    entries: Sequence[AuditEntry],
    *,
    ids: _Ids,
    moment: Moment,
) -> None:
    if not entries:
        return
    rows = [
        {
            "at": moment.at,
            "run": moment.run,
            "pair": one.pair,
            "link_id": ids.maybe(one.link_id),
            "kind": one.kind,
            "field": one.field,
            "side": one.side.value if one.side else None,
            "before": one.before,
            "after": one.after,
            "origin": one.origin,
            "reason": one.reason,
            "overruled": one.overruled,
            "overruled_side": one.overruled_side.value if one.overruled_side else None,
            **ref_columns("left", one.left),
            **ref_columns("right", one.right),
        }
        for one in entries
    ]
    database.put(connection, database.insert(audit), rows)


def _set_records(
    connection: Connection, database: Database, tracked: Sequence[tuple[str, TrackedRecord]]
) -> None:
    if not tracked:
        return
    rows = [
        {
            "pair": pair,
            "side": one.side.value,
            "object": one.ref.object_name,
            "record_id": one.ref.id,
            "stamp": one.stamp,
            "created": one.created,
            "state": one.state.value,
            "included": one.included,
            "why": one.why,
        }
        for pair, one in tracked
    ]
    database.put(connection, database.prepared(_insert_records, database), rows)
    for narrowed in among(rows):
        connection.execute(_DECIDE, narrowed)


def _insert_records(database: Database) -> sqlite.Insert | postgresql.Insert:
    insert = database.insert(records)
    fresh = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=list(_REF),
        set_={
            "stamp": sa.case((fresh.stamp > records.c.stamp, fresh.stamp), else_=records.c.stamp),
            "created": sa.func.coalesce(fresh.created, records.c.created),
            "state": fresh.state,
            "included": fresh.included,
            "why": fresh.why,
        },
    )


def _set_noted(
    connection: Connection, entries: Sequence[tuple[int, tuple[AuditEntry, ...]]]
) -> None:
    if entries:
        rows = [{"entry": entry, "kept": noted_json(stands)} for entry, stands in entries]
        connection.execute(_SET_NOTED, rows)


def _set_journal(connection: Connection, entries: Sequence[tuple[int, str]]) -> None:
    by_state: dict[str, list[int]] = {}
    for entry, state in entries:
        by_state.setdefault(state, []).append(entry)
    for state, found in by_state.items():
        for part in chunks(found):
            connection.execute(_SET_JOURNAL, {"ids": part, "new_state": state})
