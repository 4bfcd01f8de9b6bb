"""Rows that tie a member to an owner: associations, members of lists and campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from connectors.memory.table import Row, Table
from sync.domain.record import Fields, RecordRef
from sync.domain.schema import ObjectShape

__all__ = ["RowKind", "row_id", "rows_of", "take_over", "twins"]


class RowKind(StrEnum):
    """What a CRM tells of the rows of an object."""

    STANDS = "stands"  # they are records, and leave proof behind when they are deleted
    VANISHES = "vanishes"  # they are records, and leave nothing behind
    NAMED = "named"  # read by their owner; the CRM names the owners whose rows changed
    SILENT = "silent"  # read by their owner; nothing tells that they changed


def row_id(shape: ObjectShape, values: Fields) -> str | None:
    """Give the id of a row that is named by what it ties; None for any other record."""
    if not shape.owned_by:
        return None
    return f"{values.get(shape.owned_by)}:{values.get(_member(shape))}"


def rows_of(
    tables: Mapping[str, Table], kinds: Mapping[str, RowKind], gone: RecordRef
) -> Iterator[tuple[Table, Row]]:
    """Give the rows that tie a record, which go with it."""
    for name in kinds:
        table = tables[name]
        for field in table.shape.fields.values():
            if gone.object_name in field.refers_to:
                for holder in table.holders(field.name, gone.id):
                    yield table, table.rows[holder]


def twins(
    tables: Mapping[str, Table], kinds: Mapping[str, RowKind], old: RecordRef, heir: str
) -> Iterator[tuple[Table, Row]]:
    """Give the rows of a record that its heir has as well, of lists that hold nobody twice."""
    for table, row in rows_of(tables, kinds, old):
        if kinds[table.shape.name] is not RowKind.VANISHES:
            continue
        ends = [field.name for field in table.shape.fields.values() if field.refers_to]
        wanted = [
            heir if table.value(row, name) == old.id else table.value(row, name) for name in ends
        ]
        if any(
            not other.gone and [table.value(other, name) for name in ends] == wanted
            for other in table.rows.values()
        ):
            yield table, row


def take_over(table: Table, row: Row, field: str, heir: str, *, now: datetime, by: str) -> None:
    """Let a row that is named by what it ties tie an heir: it is another one then."""
    values = {**table.fields(row), field: heir}
    table.purge(row)
    new = row_id(table.shape, values) or ""
    if new not in table.rows:
        table.add(new, values, now=now, by=by)


def _member(shape: ObjectShape) -> str:
    return next(
        field.name
        for field in shape.fields.values()
        if field.refers_to and field.name != shape.owned_by
    )
