"""The records of one object, found by id, by value and by last change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.memory.lookup import Lookup
from connectors.memory.timeline import Place, Timeline
from sync.domain.record import Fields, Native, Record, RecordRef
from sync.domain.schema import FieldKind, ObjectShape

__all__ = ["Editor", "Row", "Table", "Version"]


class Editor(StrEnum):
    """Who changes a record."""

    INTEGRATION = "integration"  # the writes of our own connector
    PERSON = "person"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True)
class Version:
    """One value a field got, when, and from whom."""

    value: Native
    at: datetime
    by: str


@dataclass(slots=True)
class Row:
    """One record as it is kept: its values stand in the order of the table's fields."""

    id: str
    values: list[Native]
    stamp: datetime
    created: datetime
    editor: str
    gone: bool = False
    frozen: bool = False
    successor: RecordRef | None = None
    aliases: tuple[str, ...] = ()
    edits: dict[str, datetime] | None = None
    maker: str = ""
    past: dict[str, list[Version]] | None = None
    """What picklists that were changed have held since the first value."""


class Table:
    """Keeps the records of one object."""

    def __init__(self, shape: ObjectShape, *, id_prefix: str) -> None:
        """Start empty; ids read as the prefix with a running number."""
        self.shape = shape
        self.rows: dict[str, Row] = {}
        self.gone: dict[str, Row] = {}
        self.timeline = Timeline(self.is_current)
        self._id_prefix = id_prefix
        self._last_number = 0
        self._positions = {name: at for at, name in enumerate(shape.fields)}
        self._lookups = {field.name: Lookup() for field in shape.fields.values() if field.unique}

    def is_current(self, place: Place) -> bool:
        """Tell whether a record stands at this place of the timeline."""
        row = self.rows.get(place[1])
        return row is not None and row.stamp == place[0]

    def next_id(self) -> str:
        """Give an id no record has had."""
        self._last_number += 1
        return f"{self._id_prefix}-{self._last_number:06d}"

    def add(self, row_id: str, values: Fields, *, now: datetime, by: str) -> Row:
        """Keep a new record under an id given out before."""
        row = Row(row_id, [None] * len(self._positions), now, now, by, maker=by)
        self.rows[row_id] = row
        self._write(row, values)
        self.timeline.put((now, row_id), moved=False)
        return row

    def change(
        self, row: Row, values: Fields, *, now: datetime, by: str = Editor.AUTOMATION
    ) -> tuple[str, ...]:
        """Write values, noting when each field that differs was edited; names those fields."""
        differing = tuple(name for name, value in values.items() if self.value(row, name) != value)
        if differing:
            for name in differing:
                if self.shape.fields[name].kind is FieldKind.CHOICE:
                    self._outlive(row, name, Version(values[name], now, by))
            row.edits = {} if row.edits is None else row.edits
            row.edits.update(dict.fromkeys(differing, now))
            self._write(row, {name: values[name] for name in differing})
        return differing

    def touch(self, row: Row, *, now: datetime, by: str) -> None:
        """Move a record's stamp; it never goes back."""
        row.editor = by
        if now > row.stamp:
            row.stamp = now
            self.timeline.put((now, row.id), moved=True)

    def set_gone(self, row: Row, *, gone: bool) -> None:
        """Delete a record, keeping the proof, or bring it back."""
        row.gone = gone
        for name in self._lookups:
            if gone:
                self._forget(name, row)
            else:
                self._note(name, row)
        if gone:
            self.gone[row.id] = row
        else:
            del self.gone[row.id]

    def purge(self, row: Row) -> None:
        """Remove a record without a trace."""
        for name in self._lookups:
            self._forget(name, row)
        self.gone.pop(row.id, None)
        del self.rows[row.id]

    def value(self, row: Row, name: str) -> Native:
        """Give the value of a field the object has."""
        return row.values[self._positions[name]]

    def fields(self, row: Row, names: Iterable[str] | None = None) -> dict[str, Native]:
        """Give the values of the named fields that exist, or of all."""
        positions = self._positions
        wanted = positions if names is None else names
        return {name: row.values[positions[name]] for name in wanted if name in positions}

    def edit_times(self, row: Row, names: Iterable[str]) -> dict[str, datetime]:
        """Tell when fields were last edited; one that never held a value has no time."""
        edits = row.edits or {}
        return {
            name: edits.get(name, row.created)
            for name in names
            if name in edits or self.fields(row, [name]).get(name) is not None
        }

    def versions(self, row: Row, name: str) -> Sequence[Version]:
        """Give the values a picklist has had, oldest first; a blank it began with is none."""
        past = (row.past or {}).get(name)
        if past is not None:
            return past
        value = self.fields(row, [name]).get(name)
        return [] if value is None else [Version(value, row.created, row.maker)]

    def record(self, row: Row, names: Sequence[str], *, with_aliases: bool) -> Record:
        """Give a record as the connector hands it out."""
        return Record(
            ref=RecordRef(self.shape.name, row.id),
            fields=self.fields(row, names),
            stamp=row.stamp,
            created=row.created,
            gone=row.gone,
            frozen=row.frozen,
            successor=row.successor,
            editor=row.editor,
            aliases=row.aliases if with_aliases else (),
        )

    def holders(self, name: str, value: str) -> tuple[str, ...]:
        """Name the live records that hold a value, whatever its case."""
        if name not in self._lookups:
            self._lookups[name] = Lookup()
            for row in self.rows.values():
                if not row.gone:
                    self._note(name, row)
        return self._lookups[name].holders(value)

    def clash(self, values: Fields, *, besides: str | None) -> tuple[str, str] | None:
        """Name the first unique field another record holds the value of, and that record."""
        for name, value in values.items():
            if value is None or not self.shape.fields[name].unique:
                continue
            for holder in self.holders(name, value):
                if holder != besides:
                    return name, holder
        return None

    def reshape(self, shape: ObjectShape) -> None:
        """Take another set of fields; values of fields that stay are kept."""
        kept = {row.id: self.fields(row) for row in self.rows.values()}
        self.shape = shape
        self._positions = {name: at for at, name in enumerate(shape.fields)}
        self._lookups = {field.name: Lookup() for field in shape.fields.values() if field.unique}
        for row in self.rows.values():
            row.values = [kept[row.id].get(name) for name in self._positions]
            if not row.gone:
                for name in self._lookups:
                    self._note(name, row)

    def _outlive(self, row: Row, name: str, version: Version) -> None:
        """Keep what a field held so far when it gets another value."""
        versions = list(self.versions(row, name))
        row.past = {} if row.past is None else row.past
        row.past[name] = [*versions, version]

    def _write(self, row: Row, values: Mapping[str, Native]) -> None:
        """Set values, keeping the record findable by them."""
        found_by = [name for name in values if name in self._lookups]
        for name in found_by:
            self._forget(name, row)
        for name, value in values.items():
            row.values[self._positions[name]] = value
        for name in found_by:
            self._note(name, row)

    def _note(self, name: str, row: Row) -> None:
        value = self.value(row, name)
        if value is not None:
            self._lookups[name].note(value, row.id)

    def _forget(self, name: str, row: Row) -> None:
        value = self.value(row, name)
        if value is not None:
            self._lookups[name].forget(value, row.id)
