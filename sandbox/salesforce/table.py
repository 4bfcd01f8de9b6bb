"""The records of one object, and the indexes that find them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row, Value

__all__ = ["EqualityIndex", "StampIndex", "Table", "index_key"]


def index_key(spec: FieldSpec, value: Value) -> Value:
    """Give the form under which equal values of a field meet."""
    if isinstance(value, str) and spec.type.is_text and not spec.case_sensitive:
        return value.casefold()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value


class EqualityIndex:
    """Finds ids by one field's value.

    Most keys belong to one record, so a lone id is kept bare rather than in a set of its own.
    """

    def __init__(self, spec: FieldSpec) -> None:
        """Start empty."""
        self._spec = spec
        self._ids: dict[Value, str | set[str]] = {}

    def ids(self, value: Value) -> frozenset[str] | set[str]:
        """Give the ids of the records that hold a value."""
        found = self._ids.get(index_key(self._spec, value))
        if found is None:
            return frozenset()
        return frozenset((found,)) if isinstance(found, str) else found

    def add(self, value: Value, record_id: str) -> None:
        """Note that a record holds a value; null is not kept."""
        if value is None:
            return
        key = index_key(self._spec, value)
        found = self._ids.get(key)
        if found is None:
            self._ids[key] = record_id
        elif isinstance(found, str):
            self._ids[key] = {found, record_id}
        else:
            found.add(record_id)

    def discard(self, value: Value, record_id: str) -> None:
        """Forget that a record holds a value."""
        if value is None:
            return
        key = index_key(self._spec, value)
        found = self._ids.get(key)
        if isinstance(found, set):
            found.discard(record_id)
            if not found:
                del self._ids[key]
        elif found == record_id:
            del self._ids[key]


class StampIndex:
    """Keeps ids in the order of (SystemModstamp, Id)."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[tuple[str, str]] = []

    def add(self, stamp: str, record_id: str) -> None:
        """Put a record in its place; the newest goes to the end at no cost."""
        entry = (stamp, record_id)
        if not self._entries or entry > self._entries[-1]:
            self._entries.append(entry)
        else:
            insort(self._entries, entry)

    def discard(self, stamp: str, record_id: str) -> None:
        """Take a record out."""
        entry = (stamp, record_id)
        place = bisect_left(self._entries, entry)
        if place < len(self._entries) and self._entries[place] == entry:
            del self._entries[place]

    def between(self, low: str | None, high: str | None, *, newest_first: bool) -> Iterator[str]:
        """Go through the ids stamped from `low` to `high`, both included; None is no bound."""
        start = 0 if low is None else bisect_left(self._entries, (low, ""))
        stop = len(self._entries)
        if high is not None:
            stop = bisect_right(self._entries, (high, "\uffff"))
        places = range(stop - 1, start - 1, -1) if newest_first else range(start, stop)
        entries = self._entries
        return (entries[place][1] for place in places)


class Table:
    """All records of one object, those in the recycle bin among them.

    A stored row is never changed in place: a write puts a new one. So a row may be handed out,
    and an earlier one put back when a transaction is rolled back.
    """

    def __init__(self, spec: ObjectSpec) -> None:
        """Start empty."""
        self.spec = spec
        self.rows: dict[str, Row] = {}
        self.by_stamp = StampIndex()
        self.deleted: set[str] = set()
        self._equality = {
            field.name: EqualityIndex(field) for field in spec.fields.values() if field.indexed
        }

    def add_index(self, field: FieldSpec) -> None:
        """Index a field that came later, if it is one to be indexed."""
        self._equality.pop(field.name, None)
        if field.indexed:
            index = EqualityIndex(field)
            for record_id, row in self.rows.items():
                index.add(row.get(field.name), record_id)
            self._equality[field.name] = index

    def ensure_index(self, name: str) -> None:
        """Index a field that is not indexed of itself, because something looks records up by it."""
        if name not in self._equality:
            index = EqualityIndex(self.spec.fields[name])
            for record_id, row in self.rows.items():
                index.add(row.get(name), record_id)
            self._equality[name] = index

    def index(self, name: str) -> EqualityIndex | None:
        """Give the index of a field, or None when it has none."""
        return self._equality.get(name)

    def put(self, record_id: str, row: Row | None) -> Row | None:
        """Store a row, or drop it with None; gives the one that was there."""
        before = self.rows.get(record_id)
        self._reindex(record_id, before, row)
        if row is not None and row.get("IsDeleted"):
            self.deleted.add(record_id)
        else:
            self.deleted.discard(record_id)
        if row is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = row
        return before

    def live(self, record_id: str) -> Row | None:
        """Give a row that is not in the recycle bin, or None."""
        row = self.rows.get(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def holders(self, name: str, value: Value) -> list[str]:
        """Give the ids of live records that hold a value, by index if there is one."""
        index = self._equality.get(name)
        if index is not None:
            return [one for one in sorted(index.ids(value)) if self.live(one) is not None]
        spec = self.spec.fields[name]
        wanted = index_key(spec, value)
        return [
            record_id
            for record_id, row in self.rows.items()
            if index_key(spec, row.get(name)) == wanted and not row.get("IsDeleted")
        ]

    def _reindex(self, record_id: str, before: Row | None, after: Row | None) -> None:
        old, new = before or {}, after or {}
        if before is None or after is None or old["SystemModstamp"] != new["SystemModstamp"]:
            if before is not None:
                self.by_stamp.discard(str(old["SystemModstamp"]), record_id)
            if after is not None:
                self.by_stamp.add(str(new["SystemModstamp"]), record_id)
        for name, index in self._equality.items():
            was, now = old.get(name), new.get(name)
            if was is None:
                if now is not None:
                    index.add(now, record_id)
            elif was != now:
                index.discard(was, record_id)
                index.add(now, record_id)
