"""All records of one object type, with the indexes that keep reading fast."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.ordered import SortedKeys
from sandbox.hubspot.record import Record

__all__ = ["SearchIndex", "Table", "claimed_values"]


class SearchIndex:
    """What search sees: each record as it was when the index last caught up with it."""

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.ids: SortedKeys[int] = SortedKeys()
        self.stamps: SortedKeys[tuple[int, int]] = SortedKeys()
        self.version = 0
        self._pending: deque[tuple[int, int, Record | None]] = deque()

    def submit(self, record_id: int, record: Record | None, *, due: int, now: int) -> None:
        """Take note of a change (None: the record is gone) that shows from `due` on."""
        if due <= now and not self._pending:
            self._apply(record_id, record)
        else:
            self._pending.append((due, record_id, record))

    def load(self, records: Iterable[Record]) -> None:
        """Take over many records at once."""
        added = list(records)
        for record in added:
            self.records[record.id] = record
        self.ids.add_many(record.id for record in added)
        self.stamps.add_many((record.modified, record.id) for record in added)
        self.version += 1

    def catch_up(self, now: int) -> None:
        """Let all changes show that are due."""
        while self._pending and self._pending[0][0] <= now:
            _, record_id, record = self._pending.popleft()
            self._apply(record_id, record)

    def touch(self) -> None:
        """Say that something a search may ask for changed beside the records."""
        self.version += 1

    def _apply(self, record_id: int, record: Record | None) -> None:
        self.version += 1
        old = self.records.get(record_id)
        if old is not None:
            self.stamps.discard((old.modified, record_id))
        if record is None:
            self.records.pop(record_id, None)
            self.ids.discard(record_id)
            return
        self.records[record_id] = record
        self.ids.add(record_id)
        self.stamps.add((record.modified, record_id))


class Table:
    """The records of one object type, live and archived."""

    def __init__(self, kind: ObjectType) -> None:
        self.kind = kind
        self.live: dict[int, Record] = {}
        self.ids: SortedKeys[int] = SortedKeys()
        self.archived: dict[int, Record] = {}
        self.archived_ids: SortedKeys[int] = SortedKeys()
        self._archivings: deque[tuple[int, int]] = deque()
        self.merged: dict[int, int] = {}
        self.index = SearchIndex()
        self._owners_of: dict[str, dict[str, int]] = {}
        self._next_id = kind.first_id

    def new_id(self) -> int:
        """Give an id no record has or had."""
        self._next_id += 1
        return self._next_id - 1

    def keep_ids_above(self, record_id: int) -> None:
        """Never hand out this id or one below it."""
        self._next_id = max(self._next_id, record_id + 1)

    def survivor(self, record_id: int) -> int:
        """Give the id a merged-away record lives on under."""
        while record_id in self.merged:
            record_id = self.merged[record_id]
        return record_id

    def holder(self, name: str, value: str) -> int | None:
        """Give the record that holds this value of a unique property."""
        return self._owners_of.get(name, {}).get(value)

    def put(self, record: Record, *, unique: Iterable[str], due: int, now: int) -> None:
        """Store a record, new or changed."""
        self._claim(record, unique)
        self.live[record.id] = record
        self.ids.add(record.id)
        self.index.submit(record.id, record, due=due, now=now)

    def put_many(self, records: Iterable[Record], *, unique: Iterable[str]) -> None:
        """Store many new records at once."""
        added, names = list(records), tuple(unique)
        for record in added:
            self._claim(record, names)
            self.live[record.id] = record
        self.ids.add_many(record.id for record in added)
        self.index.load(added)

    def put_archived(self, record: Record) -> None:
        """Store a record among the archived."""
        self.archived[record.id] = record
        self.archived_ids.add(record.id)
        self._archivings.append((record.archived_at or 0, record.id))

    def expire(self, before: int) -> list[int]:
        """Forget for good what was archived before, and give its ids."""
        gone = []
        while self._archivings and self._archivings[0][0] < before:
            stamp, record_id = self._archivings.popleft()
            record = self.archived.get(record_id)
            if record is not None and record.archived_at == stamp:
                gone.append(self.take_archived(record_id).id)
        return gone

    def index_unique(self, name: str) -> None:
        """Take note anew of who holds which value of a property."""
        self._owners_of[name] = {
            value: record.id
            for record in self.live.values()
            for held, value in claimed_values(record, (name,))
            if held == name
        }

    def take(self, record_id: int, *, unique: Iterable[str], due: int, now: int) -> Record:
        """Remove a live record and give it."""
        record = self.live.pop(record_id)
        self._release(record, unique)
        self.ids.discard(record_id)
        self.index.submit(record_id, None, due=due, now=now)
        return record

    def take_archived(self, record_id: int) -> Record:
        """Remove an archived record and give it."""
        self.archived_ids.discard(record_id)
        return self.archived.pop(record_id)

    def _claim(self, record: Record, unique: Iterable[str]) -> None:
        old = self.live.get(record.id)
        names = tuple(unique)
        if old is not None:
            self._release(old, names)
        for name, value in claimed_values(record, names):
            self._owners_of.setdefault(name, {})[value] = record.id

    def _release(self, record: Record, unique: Iterable[str]) -> None:
        for name, value in claimed_values(record, unique):
            holders = self._owners_of.get(name, {})
            if holders.get(value) == record.id:
                del holders[value]


def claimed_values(record: Record, unique: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the unique values a record holds; secondary addresses count as e-mail."""
    for name in unique:
        value = record.properties.get(name)
        if value:
            yield name, value
    for address in record.properties.get("hs_additional_emails", "").split(";"):
        if address:
            yield "email", address
