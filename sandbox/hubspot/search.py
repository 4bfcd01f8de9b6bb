"""Search: filters, sorting and paging over what the search index holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.hubspot.associations import Associations
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.object_types import ObjectTypes
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.record import Record
from sandbox.hubspot.schema import ObjectSchema
from sandbox.hubspot.search_filters import (
    Comparable,
    Read,
    Test,
    bounds_of,
    comparable,
    tokens_of,
    value_test,
    within,
)
from sandbox.hubspot.search_request import ASSOCIATED, Filter, Query, Sort
from sandbox.hubspot.table import SearchIndex

__all__ = ["Found", "Searcher"]

LARGEST_PAGE = 200
REACHABLE = 10_000
_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One page of records, and how many there are in all."""

    records: list[Record]
    total: int


class Searcher:
    """Answers queries on one object type, and remembers the last few for their next pages."""

    def __init__(
        self,
        *,
        kind: ObjectType,
        index: SearchIndex,
        schema: ObjectSchema,
        value: Callable[[ObjectType, Record, str], str | None],
        associations: Associations,
        types: ObjectTypes,
    ) -> None:
        self._kind = kind
        self._index = index
        self._schema = schema
        self._value = value
        self._associations = associations
        self._types = types
        self._seen: OrderedDict[Query, tuple[int, list[int]]] = OrderedDict()

    def find(self, query: Query, *, offset: int, limit: int) -> Found:
        """Give one page."""
        fast = self._by_range(query)
        if fast is None:
            ids = self._matching_ids(query)
            page, total = ids[offset : offset + limit], len(ids)
        else:
            page, total = fast.page(offset, limit), len(fast)
        return Found([self._index.records[one] for one in page], total)

    def _by_range(self, query: Query) -> _Range | None:
        """Read a query that asks for one stretch of one index straight from that index."""
        if query.text or len(query.groups) > 1:
            return None
        filters = query.groups[0] if query.groups else ()
        name = query.sort.name if query.sort else "hs_object_id"
        if any(one.name != name for one in filters) or name not in self._indexed():
            return None
        stretch = self._stretch(name, filters)
        if stretch is None:
            return None
        start, stop = stretch
        return _Range(
            index=self._index,
            by_stamp=name == self._kind.modified,
            start=start,
            stop=stop,
            backwards=query.sort is not None and query.sort.descending,
        )

    def _indexed(self) -> tuple[str, str]:
        return (self._kind.modified, "hs_object_id")

    def _stretch(self, name: str, filters: Iterable[Filter]) -> tuple[int, int] | None:
        """Give the places in an index that all the filters leave, or None if they do not bound."""
        by_stamp = name == self._kind.modified
        start, stop = 0, len(self._index.ids)
        for one in filters:
            bounds = bounds_of(one, by_stamp=by_stamp)
            if bounds is None:
                return None
            low, high = bounds
            start = max(start, self._place(low, by_stamp=by_stamp))
            stop = min(stop, self._place(high, by_stamp=by_stamp))
        return start, max(start, stop)

    def _place(self, bound: int, *, by_stamp: bool) -> int:
        if by_stamp:
            return self._index.stamps.at_or_after((bound, 0))
        return self._index.ids.at_or_after(bound)

    def _matching_ids(self, query: Query) -> list[int]:
        remembered = self._seen.get(query)
        if remembered is not None and remembered[0] == self._index.version:
            self._seen.move_to_end(query)
            return remembered[1]
        ids = self._sorted(self._filtered(query), query.sort)
        self._seen[query] = (self._index.version, ids)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return ids

    def _filtered(self, query: Query) -> list[Record]:
        records: Iterable[Record] = self._candidates(query)
        if query.groups:
            groups = [[self._test(one) for one in group] for group in query.groups]
            records = [
                record
                for record in records
                if any(all(test(record) for test in group) for group in groups)
            ]
        if query.text:
            records = [record for record in records if self._has_text(record, query.text)]
        return list(records)

    def _candidates(self, query: Query) -> list[Record]:
        """Give the records worth testing, in ascending id or stamp order."""
        if len(query.groups) == 1:
            tied = self._tied_to(query.groups[0])
            if tied is not None:
                return tied
            for name in self._indexed():
                bounding = [one for one in query.groups[0] if one.name == name]
                stretch = self._stretch(name, bounding) if bounding else None
                if stretch is not None:
                    return self._records_at(name, stretch)
        return self._records_at("hs_object_id", (0, len(self._index.ids)))

    def _tied_to(self, filters: Iterable[Filter]) -> list[Record] | None:
        """Give the records tied to the one a filter names, or None if no filter does."""
        for one in filters:
            if one.name.startswith(ASSOCIATED) and one.operator == "EQ" and is_number(one.value):
                other = self._types.get(one.name.removeprefix(ASSOCIATED))
                end = (other.name, int(one.value))
                ids = self._associations.tied_ids(end, self._kind.name)
                found = (self._index.records.get(record_id) for record_id in sorted(ids))
                return [record for record in found if record is not None]
        return None

    def _records_at(self, name: str, stretch: tuple[int, int]) -> list[Record]:
        records = self._index.records
        if name == self._kind.modified:
            return [records[one] for _, one in self._index.stamps.slice(*stretch)]
        return [records[one] for one in self._index.ids.slice(*stretch)]

    def _sorted(self, records: list[Record], sort: Sort | None) -> list[int]:
        if sort is None or sort.name == "hs_object_id":
            ids = sorted(record.id for record in records)
            return ids[::-1] if sort is not None and sort.descending else ids
        if sort.name == self._kind.modified:
            records.sort(key=lambda record: (record.modified, record.id), reverse=sort.descending)
            return [record.id for record in records]
        return self._sorted_by_value(records, sort)

    def _sorted_by_value(self, records: list[Record], sort: Sort) -> list[int]:
        definition = self._schema.find(sort.name)
        keyed: list[tuple[Comparable, int]] = []
        without: list[int] = []
        for record in records:
            value = self._value(self._kind, record, sort.name)
            if value is None or definition is None:
                without.append(record.id)
            else:
                keyed.append((comparable(definition, value), record.id))
        # Values of one property are all of one kind, so the keys can be compared.
        keyed.sort(key=lambda pair: (str(pair[0]), pair[1]) if isinstance(pair[0], str) else pair)
        ids = [record_id for _, record_id in keyed]
        return [*(ids[::-1] if sort.descending else ids), *sorted(without)]

    def _has_text(self, record: Record, text: str) -> bool:
        found: list[str] = []
        for name in self._kind.searched:
            found += tokens_of(self._value(self._kind, record, name) or "")
        return all(any(token.startswith(word) for token in found) for word in tokens_of(text))

    def _test(self, one: Filter) -> Test:
        if one.name.startswith(ASSOCIATED):
            return self._tie_test(one)
        definition = self._schema.find(one.name)
        if definition is None:
            raise invalid(f"Property {one.name} does not exist")
        number = self._number_reader(one.name)
        bounds = None if number is None else bounds_of(one, by_stamp=one.name != "hs_object_id")
        if number is not None and bounds is not None:
            return within(bounds, number)
        return value_test(one, definition, self._reader(one.name))

    def _tie_test(self, one: Filter) -> Test:
        other = self._types.get(one.name.removeprefix(ASSOCIATED))
        asked = one.values if one.operator in ("IN", "NOT_IN") else (one.value,)
        wanted = {int(text) for text in asked if is_number(text)}
        any_tie = one.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
        negate = one.operator in ("NEQ", "NOT_IN", "NOT_HAS_PROPERTY")

        def test(record: Record) -> bool:
            ids = self._associations.tied_ids((self._kind.name, record.id), other.name)
            has = bool(ids) if any_tie else any(number in ids for number in wanted)
            return has is not negate

        return test

    def _number_reader(self, name: str) -> Callable[[Record], int] | None:
        """Give the quick way to a record's own numbers."""
        if name == "hs_object_id":
            return lambda record: record.id
        if name == self._kind.modified:
            return lambda record: record.modified
        if name == self._kind.created:
            return lambda record: record.created
        return None

    def _reader(self, name: str) -> Read:
        return lambda record: self._value(self._kind, record, name)


@dataclass(frozen=True, slots=True)
class _Range:
    """A stretch of one index, read forwards or backwards."""

    index: SearchIndex
    by_stamp: bool
    start: int
    stop: int
    backwards: bool

    def __len__(self) -> int:
        return self.stop - self.start

    def page(self, offset: int, limit: int) -> list[int]:
        if self.backwards:
            high = max(self.start, self.stop - offset)
            return self._ids(max(self.start, high - limit), high)[::-1]
        low = min(self.stop, self.start + offset)
        return self._ids(low, min(self.stop, low + limit))

    def _ids(self, low: int, high: int) -> list[int]:
        if self.by_stamp:
            return [record_id for _, record_id in self.index.stamps.slice(low, high)]
        return self.index.ids.slice(low, high)
