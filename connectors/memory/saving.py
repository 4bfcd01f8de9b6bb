"""Saving records of the memory CRM: rules, automation, stamps, merges and conversions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from connectors.memory.intake import Refusal, RefusalCode, take
from connectors.memory.rows import RowKind, row_id, rows_of, twins
from connectors.memory.table import Row, Table
from connectors.memory.ties import circle, hand_over, let_go, tie, tie_again
from sync.domain.errors import NoSuchObjectError
from sync.domain.people import Person
from sync.domain.record import Fields, Native, RecordRef
from sync.domain.schema import FieldKind, ObjectShape

__all__ = ["Hook", "Records"]

#: Automation: takes a record's ref, its fields before (empty for a new record) and after a
#: save, and gives the fields to write over them, or None.
Hook: TypeAlias = Callable[[RecordRef, Fields, Fields], Fields | None]

_START = datetime(1970, 1, 1, tzinfo=UTC)

#: What a field that holds people refers to, as the two CRMs call it.
_PEOPLE = frozenset({"owners", "User"})


@dataclass(frozen=True, slots=True)
class _Automation:
    hook: Hook
    by: str


@dataclass(frozen=True, slots=True)
class _Save:
    """Values on their way into a record, and who they come from in the end."""

    ref: RecordRef
    before: Fields
    values: dict[str, Native]
    by: str


class Records:
    """All objects of one memory CRM, with what happens whenever a record is saved."""

    def __init__(
        self,
        shapes: Mapping[str, ObjectShape],
        *,
        title: str,
        clock: Callable[[], datetime],
        resolution: timedelta,
        stamps_idle_writes: bool,
        rows: Mapping[str, RowKind] | None = None,
    ) -> None:
        """Start with no records; stamps come from `clock`, cut to `resolution`.

        `rows` are the objects whose records tie others and go with them.
        """
        word = title.lower().replace(" ", "_")
        self.tables = {
            name: Table(shape, id_prefix=f"{word}-{name.lower()}") for name, shape in shapes.items()
        }
        self.rows = dict(rows or {})
        self.owners_moved: dict[str, dict[str, datetime]] = {}
        self.people: dict[str, Person] = {}
        self.clock = clock
        self._resolution = resolution
        self._stamps_idle_writes = stamps_idle_writes
        self._automations: list[_Automation] = []
        self._late_automations: list[_Automation] = []
        self._unseen: list[_Save] = []

    def table(self, object_name: str) -> Table:
        """Give one object's records; raises NoSuchObjectError where there is no such object."""
        try:
            return self.tables[object_name]
        except KeyError:
            raise NoSuchObjectError(
                f"there is no object {object_name}; correct its name in the mapping",
                object_name=object_name,
                known=tuple(self.tables),
            ) from None

    def now(self) -> datetime:
        """Give the time as the CRM stamps it."""
        moment = self.clock()
        return moment - (moment - _START) % self._resolution

    def automate(self, hook: Hook, *, by: str, later: bool) -> None:
        """Let automation look at every save from now on, `later` only after it was answered."""
        (self._late_automations if later else self._automations).append(_Automation(hook, by))

    def create(
        self, object_name: str, values: Fields, *, by: str, trusted: bool = False
    ) -> Row | Refusal:
        """Add a record, or say why not."""
        table = self.table(object_name)
        taken = take(table.shape, values, creating=True, trusted=trusted)
        if isinstance(taken, Refusal):
            return taken
        named = row_id(table.shape, taken)
        if named is not None and named in table.rows:
            refusal = self.update(object_name, table.rows[named], _label(table, taken), by=by)
            return refusal or table.rows[named]
        ref = RecordRef(object_name, named or table.next_id())
        save = self._settle(table, _Save(ref, {}, taken, by), self._automations)
        if isinstance(save, Refusal):
            return save
        row = table.add(ref.id, save.values, now=self.now(), by=save.by)
        self._note_owner(table, row)
        self._show_later(save)
        return row

    def update(
        self, object_name: str, row: Row, values: Fields, *, by: str, trusted: bool = False
    ) -> Refusal | None:
        """Write fields of a record; gives why not, where it is refused."""
        table = self.table(object_name)
        taken = take(table.shape, values, creating=False, trusted=trusted)
        if isinstance(taken, Refusal):
            return taken
        before = table.fields(row)
        asked = _Save(RecordRef(object_name, row.id), before, taken, by)
        save = self._settle(table, asked, self._automations)
        if isinstance(save, Refusal):
            return save
        self._commit(table, row, save)
        self._show_later(save)
        return None

    def associate(self, object_name: str, row: Row, values: Fields) -> Refusal | None:
        """Write what stands apart from a record, which moves no stamp; gives why not."""
        table = self.table(object_name)
        save = _Save(RecordRef(object_name, row.id), {}, dict(values), row.editor)
        objection = self._objection(table, save)
        return objection or tie(table, row, values, now=self.now())

    def archive(self, object_name: str, row: Row, *, by: str) -> None:
        """Delete a record, keeping the proof."""
        table = self.table(object_name)
        for rows, one in list(rows_of(self.tables, self.rows, RecordRef(object_name, row.id))):
            self.archive(rows.shape.name, one, by=by)
        self._note_owner(table, row)
        if self.rows.get(object_name, RowKind.STANDS) is not RowKind.STANDS:
            table.purge(row)
            return
        let_go(self.tables, RecordRef(object_name, row.id), now=self.now())
        table.set_gone(row, gone=True)
        table.touch(row, now=self.now(), by=by)

    def _note_owner(self, table: Table, row: Row) -> None:
        """Note whose rows changed, where rows are read by their owner."""
        owner = table.value(row, table.shape.owned_by) if table.shape.owned_by else None
        if owner is not None:
            self.owners_moved.setdefault(table.shape.name, {})[owner] = self.now()

    def restore(self, object_name: str, row: Row, *, by: str) -> Refusal | None:
        """Bring a deleted record back; gives why not, where another took its unique value."""
        table = self.table(object_name)
        refusal = self._clash(table, RecordRef(object_name, row.id), table.fields(row))
        if refusal is None:
            table.set_gone(row, gone=False)
            tie_again(self.tables, table, row, now=self.now())
            table.touch(row, now=self.now(), by=by)
        return refusal

    def renumber(self, object_name: str, row: Row, *, by: str) -> Row:
        """Let a record live on under a new id, which keeps the old one as an alias."""
        table = self.table(object_name)
        values = table.fields(row)
        heir_id = table.next_id()
        heir = table.add(heir_id, values, now=self.now(), by=by)
        hand_over(self.tables, RecordRef(object_name, row.id), heir_id, now=self.now(), by=by)
        self.archive(object_name, row, by=by)
        heir.created = row.created
        heir.edits = dict(row.edits or {})
        heir.maker, heir.past = row.maker, dict(row.past or {})
        heir.aliases = (row.id, *row.aliases)
        row.successor = RecordRef(object_name, heir.id)
        return heir

    def merge(self, object_name: str, winner: Row, loser: Row, *, by: str) -> None:
        """Merge two records: the winner's values stay, its blanks are filled."""
        table = self.table(object_name)
        swallowed = RecordRef(object_name, loser.id)
        for rows, row in list(twins(self.tables, self.rows, swallowed, winner.id)):
            self.archive(rows.shape.name, row, by=by)
        hand_over(self.tables, swallowed, winner.id, now=self.now(), by=by)
        self.archive(object_name, loser, by=by)
        loser.successor = RecordRef(object_name, winner.id)
        winner.aliases = (*winner.aliases, loser.id, *loser.aliases)
        gaps = {
            name: value
            for name, value in table.fields(loser).items()
            if table.value(winner, name) is None and not circle(table, winner.id, name, value)
        }
        table.change(winner, gaps, now=self.now(), by=by)
        table.touch(winner, now=self.now(), by=by)

    def convert(self, object_name: str, row: Row, *, into: RecordRef, by: str) -> None:
        """Freeze a record that lives on as another."""
        row.frozen = True
        row.successor = into
        self.table(object_name).touch(row, now=self.now(), by=by)

    def run_late_automations(self) -> None:
        """Let automation that comes after the answer look at the saves since the last time."""
        unseen, self._unseen = self._unseen, []
        for seen in unseen:
            table = self.tables[seen.ref.object_name]
            row = table.rows.get(seen.ref.id)
            if row is None or row.gone:
                continue
            save = self._settle(
                table, _Save(seen.ref, seen.before, {}, row.editor), self._late_automations
            )
            if isinstance(save, _Save) and save.values:
                self._commit(table, row, save)

    def _show_later(self, save: _Save) -> None:
        if self._late_automations:
            self._unseen.append(save)

    def _commit(self, table: Table, row: Row, save: _Save) -> None:
        """Write what was settled; a write that changes nothing may leave the stamp alone."""
        now = self.now()
        if table.change(row, save.values, now=now, by=save.by) or self._stamps_idle_writes:
            table.touch(row, now=now, by=save.by)
            self._note_owner(table, row)

    def _settle(self, table: Table, save: _Save, automations: list[_Automation]) -> _Save | Refusal:
        """Give a save as automation leaves it, or what stands against it.

        What automation writes starts no automation again.
        """
        row = table.rows.get(save.ref.id)
        after: dict[str, Native] = dict.fromkeys(table.shape.fields)
        if row is not None:
            after = table.fields(row)
        after.update(save.values)
        for automation in automations:
            written = take(
                table.shape,
                automation.hook(save.ref, save.before, after) or {},
                creating=False,
                trusted=True,
            )
            if isinstance(written, Refusal):
                return written
            if any(after[name] != value for name, value in written.items()):
                after.update(written)
                by = automation.by or save.by
                save = _Save(save.ref, save.before, save.values | written, by)
        return self._objection(table, save) or save

    def _objection(self, table: Table, save: _Save) -> Refusal | None:
        """Say what other records have against a save."""
        for name, value in save.values.items():
            if value is not None and self._refers_to_nothing(table, name, value):
                message = f"{name} names a record that is not here"
                return Refusal(RefusalCode.UNKNOWN_REFERENCE, message, (name,))
            if circle(table, save.ref.id, name, value):
                message = f"{name} would put the record above itself"
                return Refusal(RefusalCode.CIRCULAR_REFERENCE, message, (name,))
            refusal = self._owner_refused(table, name, value) if value is not None else None
            if refusal is not None:
                return refusal
        return self._clash(table, save.ref, save.values)

    def _owner_refused(self, table: Table, name: str, value: str) -> Refusal | None:
        """Say why a record cannot be given to somebody."""
        if _PEOPLE.isdisjoint(table.shape.fields[name].refers_to):
            return None
        owner = self.people.get(value)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_REFERENCE, f"{name} names nobody here", (name,))
        if not owner.active:
            return Refusal(RefusalCode.INACTIVE_OWNER, f"{name} names one who has left", (name,))
        if not owner.can_own(table.shape.name):
            message = f"{name} names a queue that takes no {table.shape.name}"
            return Refusal(RefusalCode.UNKNOWN_REFERENCE, message, (name,))
        return None

    def _clash(self, table: Table, ref: RecordRef, values: Fields) -> Refusal | None:
        """Name the record that holds a unique value already."""
        clash = table.clash(values, besides=ref.id)
        if clash is None:
            return None
        name, holder = clash
        return Refusal(
            RefusalCode.DUPLICATE_VALUE,
            f"{holder} holds this {name} already",
            (name,),
            existing=RecordRef(table.shape.name, holder),
        )

    def _refers_to_nothing(self, table: Table, name: str, value: str) -> bool:
        """Tell whether a reference leads to no live record of the objects we keep."""
        field = table.shape.fields[name]
        targets = [self.tables[other] for other in field.refers_to if other in self.tables]
        if field.kind is not FieldKind.REFERENCE or not targets:
            return False
        found = [target.rows[value] for target in targets if value in target.rows]
        # Nor may anything name a converted lead ("cannot reference converted lead").
        return all(row.gone or row.frozen for row in found)


def _label(table: Table, values: Fields) -> dict[str, Native]:
    """Give what of a row's values is not what it ties, and may change."""
    return {name: value for name, value in values.items() if not table.shape.fields[name].refers_to}
