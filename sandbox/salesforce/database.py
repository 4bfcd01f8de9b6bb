"""Every record of the org, its clock and id series, and the way back from a half-done write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import RLock

from sandbox.clock import Clock
from sandbox.salesforce.ids import IdMint
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.schema import Schema
from sandbox.salesforce.table import Table
from sandbox.salesforce.wire import to_stamp

__all__ = ["BIN_LIFE", "Database", "Follower"]

Follower = Callable[[Row | None, Row | None], None]
"""Told of every stored row: what it was and what it is now; None is none."""

BIN_LIFE = timedelta(days=15)


class Database:
    """Tables that are written only through `put`, so that a transaction can be undone."""

    def __init__(self, clock: Clock) -> None:
        """Start with the standard objects and no record."""
        self.clock = clock
        self.lock = RLock()
        self.schema = Schema(self._holds)
        self.schema_changed = to_stamp(clock.now())
        self.mint = IdMint()
        self._tables = {spec.name: Table(spec) for spec in self.schema}
        self._journal: list[tuple[Table, str, Row | None]] = []
        self._open = 0
        self._purged_at = to_stamp(clock.now())
        self.shows_deleted: Callable[[str], bool] = self.schema.has
        """Says whether queries for all rows show an object's deleted ones; all do at first."""
        self._followers: dict[str, list[Follower]] = defaultdict(list)
        self._watchers: dict[str, list[Callable[[], None]]] = defaultdict(list)

    @property
    def now(self) -> str:
        """Give the stamp a write gets now."""
        return to_stamp(self.clock.now())

    def table(self, name: str) -> Table:
        """Give the records of an object by its exact name."""
        return self._tables[name]

    def tables(self) -> Iterator[Table]:
        """Go through all tables, parents before children."""
        return iter(self._tables.values())

    def put(self, spec: ObjectSpec, record_id: str, row: Row | None) -> None:
        """Store a row, or drop it with None."""
        table = self._tables[spec.name]
        before = table.put(record_id, row)
        if self._open:
            self._journal.append((table, record_id, before))
        if spec.name in self._followers:
            for follower in self._followers[spec.name]:
                follower(before, row)
        self._tell_watchers(spec.name)

    def follow(self, sobject: str, follower: Follower) -> None:
        """Tell of every row of an object that is stored, so that what depends on it can follow."""
        self._followers[sobject].append(follower)

    def watch(self, sobject: str, watcher: Callable[[], None]) -> None:
        """Tell whenever the rows of an object may have changed, rolled back writes included."""
        self._watchers[sobject].append(watcher)

    def add_object(self, spec: ObjectSpec) -> None:
        """Add an object without records."""
        self.schema.add(spec)
        self._tables[spec.name] = Table(spec)
        self.schema_changed = self.now

    def drop_object(self, name: str) -> None:
        """Take an object away with its records."""
        if self._tables.pop(name, None) is not None:
            self.schema.drop(name)
            self.schema_changed = self.now

    def add_field(self, sobject: ObjectSpec, field: FieldSpec) -> None:
        """Add a field to an object."""
        sobject.add(field)
        self._tables[sobject.name].add_index(field)
        self.note_schema()

    def note_schema(self) -> None:
        """Remember that what describe says has changed just now."""
        self.schema.changed()
        self.schema_changed = self.now

    def row_of(self, record_id: str) -> tuple[ObjectSpec, Row] | None:
        """Give the row of an id, deleted or not, with its object; or None."""
        spec = self.schema.of_id(record_id)
        row = None if spec is None else self._tables[spec.name].rows.get(record_id)
        return None if spec is None or row is None else (spec, row)

    def _holds(self, sobject: str, record_id: str) -> bool:
        return record_id in self._tables[sobject].rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything written inside when it ends with an exception.

        The lock keeps a test's own thread and the server's apart.
        """
        with self.lock:
            mark = len(self._journal)
            self._open += 1
            try:
                yield
            except BaseException:
                self._undo_to(mark)
                raise
            finally:
                self._open -= 1
                if not self._open:
                    self._journal.clear()

    def _undo_to(self, mark: int) -> None:
        while len(self._journal) > mark:
            table, record_id, before = self._journal.pop()
            table.put(record_id, before)
            self._tell_watchers(table.spec.name)

    def _tell_watchers(self, sobject: str) -> None:
        if sobject in self._watchers:
            for watcher in self._watchers[sobject]:
                watcher()

    @property
    def purged_at(self) -> str:
        """Give the time of the last physical delete, or of the org's start."""
        return self._purged_at

    def note_purge(self) -> None:
        """Remember that rows were physically deleted just now."""
        self._purged_at = self.now

    def empty_old_bin(self) -> None:
        """Drop what has been in the recycle bin for longer than it is kept."""
        limit = to_stamp(self.clock.now() - BIN_LIFE)
        for table in self._tables.values():
            if not table.spec.deletable:
                continue
            old = [
                record_id
                for record_id in table.deleted
                if str(table.rows[record_id]["SystemModstamp"]) < limit
            ]
            for record_id in old:
                table.put(record_id, None)
                self.note_purge()
