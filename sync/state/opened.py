"""Opening, updating and closing held items and error items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, RowMapping, Table

from sync.domain.record import RecordRef, Side
from sync.domain.store import MovedEnd, NewConflict, NewError
from sync.state.database import chunks
from sync.state.rows import ref_columns
from sync.state.tables import conflicts, errors

__all__ = [
    "CLOSED",
    "OPEN",
    "Moment",
    "carry_errors",
    "keep_conflicts",
    "keep_errors",
    "settle",
]

OPEN = "open"
CLOSED = "closed"

#: How long an error item waits after its first, second, ... try; the last one for all later.
_WAITS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """The run that changes something, and when."""

    run: int
    at: datetime


# --- opening ------------------------------------------------------------------------------------


def keep_conflicts(
    connection: Connection, moment: Moment, found: Iterable[tuple[NewConflict, int | None]]
) -> int:
    """Open held items or update those that are open; give how many were opened."""
    rows: dict[_Key, dict[str, object]] = {}
    for one, link_id in found:
        identity = _conflict_identity(one, link_id)
        rows[one.pair, identity] = {
            "pair": one.pair,
            "kind": one.kind.value,
            "link_id": link_id,
            "field": one.field,
            "group_name": one.group,
            "identity": identity,
            "records": [[side.value, ref.object_name, ref.id] for side, ref in one.records],
            "left_value": one.left,
            "right_value": one.right,
            "reason": one.reason,
            "proposal": one.proposal,
            "changed_run": moment.run,
        }
    known = _open(connection, conflicts, rows)
    for key, row in known.items():
        _update(connection, conflicts, row["id"], rows[key])
    return _insert_new(connection, conflicts, rows, known=known, moment=moment)


def keep_errors(
    connection: Connection, moment: Moment, found: Iterable[tuple[NewError, int | None]]
) -> int:
    """Open error items or count a further try of those that are open; give how many were opened.

    The same record and field failing for another cause is no new item.
    """
    rows: dict[_Key, dict[str, object]] = {}
    for one, link_id in found:
        identity = _error_identity(one, link_id)
        rows[one.pair, identity] = {
            "pair": one.pair,
            "side": one.side.value,
            "object": one.ref.object_name if one.ref else None,
            "record_id": one.ref.id if one.ref else None,
            **ref_columns("origin", one.origin),
            "link_id": link_id,
            "field": one.field,
            "identity": identity,
            "category": one.category,
            "code": one.code,
            "message": one.message,
            "fix": one.fix,
            "attempts": 1,
            "next_try": moment.at + _wait(1),
            "changed_run": moment.run,
        }
    known = _open(connection, errors, rows)
    for key, row in known.items():
        attempts = row["attempts"] + 1
        tried = {"attempts": attempts, "next_try": moment.at + _wait(attempts)}
        _update(connection, errors, row["id"], {**rows[key], **tried})
    return _insert_new(connection, errors, rows, known=known, moment=moment)


def carry_errors(connection: Connection, moved: Sequence[MovedEnd]) -> None:
    """Let the open error items of links that go over to other records be about those."""
    for one in moved:
        at = {"of_link": one.link_id, "of_side": one.side.value}
        for row in connection.execute(_ERRORS_OF_SIDE, at).mappings().all():
            heir = {"object": one.heir.object_name, "record_id": one.heir.id}
            identity = _at_record(one.side.value, one.heir, row["field"])
            # What is open there already says the same.
            if not _open(connection, errors, {(one.pair, identity): None}):
                _update(connection, errors, row["id"], {**heir, "identity": identity})


def _wait(attempts: int) -> timedelta:
    return _WAITS[min(attempts, len(_WAITS)) - 1]


def _conflict_identity(one: NewConflict, link_id: int | None) -> str:
    if one.group:
        return f"group {one.group}"
    if link_id is not None:
        return f"{one.kind.value} {link_id} {one.field}"
    named = " ".join(f"{side.value}/{ref.object_name}/{ref.id}" for side, ref in one.records)
    return f"{one.kind.value} {named} {one.field}"


def _error_identity(one: NewError, link_id: int | None) -> str:
    if one.ref is not None:
        return _at_record(one.side.value, one.ref, one.field)
    if one.origin is not None:
        return f"{one.side.value} from {one.origin.object_name}/{one.origin.id} {one.field}"
    return f"{one.side.value} link {link_id} {one.field}"


def _at_record(side: str, ref: RecordRef, field: str) -> str:
    return f"{side} at {ref.object_name}/{ref.id} {field}"


def _open(
    connection: Connection, table: Table, wanted: Mapping[_Key, object]
) -> Mapping[_Key, RowMapping]:
    """Give the open items among those wanted."""
    found: dict[_Key, RowMapping] = {}
    for part in chunks(sorted({identity for _, identity in wanted})):
        statement = sa.select(table).where(
            table.c.identity.in_(part), table.c.pair.in_({pair for pair, _ in wanted}), _is_open()
        )
        for row in connection.execute(statement).mappings():
            key = (row["pair"], row["identity"])
            if key in wanted:
                found[key] = row
    return found


def _is_open() -> sa.TextClause:
    # Spelled out in the SQL: a database uses a partial index only when it sees its condition.
    return sa.text("state = 'open'")


def _update(connection: Connection, table: Table, item: int, values: Mapping[str, object]) -> None:
    connection.execute(sa.update(table).where(table.c.id == item).values(dict(values)))


def _insert_new(
    connection: Connection,
    table: Table,
    rows: Mapping[_Key, Mapping[str, object]],
    *,
    known: Mapping[_Key, RowMapping],
    moment: Moment,
) -> int:
    opened = {"state": OPEN, "opened_run": moment.run, "opened_at": moment.at}
    fresh = [{**row, **opened} for key, row in rows.items() if key not in known]
    if fresh:
        connection.execute(sa.insert(table), fresh)
    return len(fresh)


# --- closing ------------------------------------------------------------------------------------


def settle(
    connection: Connection,
    moment: Moment,
    *,
    links: Sequence[int],
    fields: Sequence[tuple[int, str]],
    sides: Sequence[tuple[int, Side, str]],
    groups: Sequence[tuple[str, str]],
    records: Sequence[tuple[str, Side, RecordRef]],
    returned: Sequence[tuple[str, str]] = (),
) -> None:
    """Close the open items of links and their fields, of groups, and errors of sides and records.

    Those of `sides` are of a field there; those that `returned` are of a field as a whole.
    """
    by_record = [
        {
            "of_pair": pair,
            "of_side": side.value,
            "of_object": ref.object_name,
            "of_record": ref.id,
        }
        for pair, side, ref in records
    ]
    closing: tuple[tuple[_Closing, Sequence[Mapping[str, object]]], ...] = (
        (_OF_LINK, [{"of_link": link_id} for link_id in links]),
        (_OF_FIELD, [{"of_link": link_id, "of_field": name} for link_id, name in fields]),
        (_OF_ALL_OF_A_FIELD, [{"of_pair": pair, "of_field": name} for pair, name in returned]),
        (
            _OF_SIDE,
            [
                {"of_link": link_id, "of_side": side.value, "of_field": name}
                for link_id, side, name in sides
            ],
        ),
        (_OF_GROUP, [{"of_pair": pair, "of_identity": f"group {name}"} for pair, name in groups]),
        (_OF_RECORD, by_record),
    )
    closed = {"by_run": moment.run, "now": moment.at}
    for statements, rows in closing:
        for table, statement in statements if rows else ():
            if _any_open(connection, table):
                connection.execute(statement, [{**row, **closed} for row in rows])


def _any_open(connection: Connection, table: Table) -> bool:
    """Tell whether any item is open; mostly none is, and there is nothing to look for."""
    return connection.execute(_ANY_OPEN[table]).first() is not None


#: Statements that close items, each with the table they are for.
_Closing: TypeAlias = Sequence[tuple[Table, sa.Update]]


def _closing(*tables: Table, where: Callable[[Table], Sequence[ColumnElement[bool]]]) -> _Closing:
    return [
        (
            table,
            sa.update(table)
            .where(*where(table))
            .where(_is_open())
            .values(
                state=CLOSED,
                closed_run=sa.bindparam("by_run"),
                closed_at=sa.bindparam("now"),
            ),
        )
        for table in tables
    ]


def _link(table: Table) -> ColumnElement[bool]:
    return table.c.link_id == sa.bindparam("of_link")


def _field(table: Table) -> ColumnElement[bool]:
    return table.c.field == sa.bindparam("of_field")


def _pair(table: Table) -> ColumnElement[bool]:
    return table.c.pair == sa.bindparam("of_pair")


_ANY_OPEN = {
    table: sa.select(table.c.id).where(_is_open()).limit(1) for table in (conflicts, errors)
}
_ERRORS_OF_SIDE = sa.select(errors.c.id, errors.c.field).where(
    _link(errors),
    errors.c.side == sa.bindparam("of_side"),
    errors.c.record_id.is_not(None),
    _is_open(),
)
_OF_LINK = _closing(conflicts, errors, where=lambda table: [_link(table)])
_OF_FIELD = _closing(conflicts, errors, where=lambda table: [_link(table), _field(table)])
_OF_ALL_OF_A_FIELD = _closing(
    errors,
    where=lambda table: [
        _pair(table),
        _field(table),
        table.c.link_id.is_(None),
        table.c.record_id.is_(None),
        table.c.origin_id.is_(None),
    ],
)
_OF_SIDE = _closing(
    errors,
    where=lambda table: [_link(table), table.c.side == sa.bindparam("of_side"), _field(table)],
)
_OF_GROUP = _closing(
    conflicts,
    where=lambda table: [_pair(table), table.c.identity == sa.bindparam("of_identity")],
)
#: Of the errors at a record, and of those of records that were to be made from it.
_OF_RECORD = (
    *_closing(
        errors,
        where=lambda table: [
            _pair(table),
            table.c.side == sa.bindparam("of_side"),
            table.c.object == sa.bindparam("of_object"),
            table.c.record_id == sa.bindparam("of_record"),
            # Those of a link are its own, whatever record it is of by now.
            table.c.link_id.is_(None),
        ],
    ),
    *_closing(
        errors,
        where=lambda table: [
            _pair(table),
            table.c.record_id.is_(None),
            table.c.origin_object == sa.bindparam("of_object"),
            table.c.origin_id == sa.bindparam("of_record"),
        ],
    ),
)
