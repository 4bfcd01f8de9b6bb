"""References between the records of a memory CRM: tied, moved by merges, gone with what they name.

Ties are the references that stand apart from their record, as associations do: they move no stamp.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors.memory.intake import Refusal, RefusalCode, take
from connectors.memory.rows import take_over
from connectors.memory.table import Row, Table
from sync.domain.record import Fields, Native, RecordRef
from sync.domain.schema import FieldShape

__all__ = ["circle", "hand_over", "let_go", "misplaced", "tie", "tie_again"]


def misplaced(table: Table, values: Fields, *, apart: bool) -> Refusal | None:
    """Say which of the values is not written in this way: beside the record, or in it."""
    for name in values:
        field = table.shape.fields.get(name)
        if field is not None and field.apart is not apart:
            way = "a write of its own" if field.apart else "an update"
            message = f"{name} is written by {way}"
            return Refusal(RefusalCode.READ_ONLY_FIELD, message, (name,))
    return None


def tie(table: Table, row: Row, values: Fields, *, now: datetime) -> Refusal | None:
    """Write ties of a record; gives why not, where that is refused."""
    taken = take(table.shape, values, creating=False)
    if isinstance(taken, Refusal):
        return taken
    table.change(row, taken, now=now)
    return None


def circle(table: Table, row_id: str, name: str, value: Native) -> bool:
    """Tell whether a record would come to stand above itself."""
    if table.shape.name not in table.shape.fields[name].refers_to:
        return False
    seen: set[str] = set()
    while value is not None and value not in seen:
        if value == row_id:
            return True
        seen.add(value)
        above = table.rows.get(value)
        value = table.value(above, name) if above is not None else None
    return False


def let_go(tables: Mapping[str, Table], gone: RecordRef, *, now: datetime) -> None:
    """Cut the ties to a record that is deleted."""
    for table, row, field in _naming(tables, gone):
        if field.apart:
            table.change(row, {field.name: None}, now=now)


def tie_again(tables: Mapping[str, Table], table: Table, row: Row, *, now: datetime) -> None:
    """Bring the ties of a record that is restored up to date: what they name may be gone since."""
    for field in table.shape.fields.values():
        named = table.value(row, field.name) if field.apart else None
        if named is None:
            continue
        heir = next(
            (id for name in field.refers_to if (id := _lives_on(tables[name], named))), None
        )
        if heir != named:
            table.change(row, {field.name: heir}, now=now)


def _lives_on(table: Table, id: str) -> str | None:
    """Give the id a record is known by now: its own, or that of what it went up in."""
    row = table.rows.get(id)
    while row is not None and row.gone:
        row = table.rows.get(row.successor.id) if row.successor is not None else None
    return row.id if row is not None else None


def hand_over(
    tables: Mapping[str, Table], old: RecordRef, heir: str, *, now: datetime, by: str
) -> None:
    """Let what names a record that is merged away name its heir."""
    for table, row, field in list(_naming(tables, old)):
        if table.shape.owned_by:
            take_over(table, row, field.name, heir, now=now, by=by)
            continue
        new = None if row.id == heir else heir
        table.change(row, {field.name: new}, now=now)
        if not field.apart:
            table.touch(row, now=now, by=by)


def _naming(
    tables: Mapping[str, Table], named: RecordRef
) -> Iterator[tuple[Table, Row, FieldShape]]:
    for table in tables.values():
        for field in table.shape.fields.values():
            if named.object_name in field.refers_to:
                for holder in table.holders(field.name, named.id):
                    yield table, table.rows[holder], field
