"""Search: filters, sorting and paging over what the search index holds."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.record import Record
from sandbox.hubspot.schema import ObjectSchema, PropertyDefinition
from sandbox.hubspot.stamps import from_iso
from sandbox.hubspot.table import SearchIndex
from sandbox.jsontypes import Json, JsonObject

__all__ = ["Filter", "Found", "Query", "Searcher", "Sort", "parse_query"]

LARGEST_PAGE = 200
REACHABLE = 10_000
MOST_GROUPS = 5
MOST_FILTERS = 6
MOST_FILTERS_IN_ALL = 18
_REMEMBERED = 8

Read: TypeAlias = Callable[[Record], str | None]
Test: TypeAlias = Callable[[Record], bool]
Comparable: TypeAlias = Decimal | str

_ONE_VALUE = {"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
_OPERATORS = {*_ONE_VALUE, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition."""

    name: str
    operator: str
    value: str = ""
    high: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """The one sort order honoured."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A search without its page: groups are joined by OR, filters in one by AND."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: Sort | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of records, and how many there are in all."""

    records: list[Record]
    total: int


def parse_query(body: Mapping[str, Json], schema: ObjectSchema) -> Query:
    """Read a search request, or raise the API's refusal of it."""
    groups = [_group(one) for one in _list(body.get("filterGroups"))]
    loose = [_filter(one) for one in _list(body.get("filters"))]
    if loose:
        groups.append(tuple(loose))
    if len(groups) > MOST_GROUPS:
        raise invalid(f"Too many filter groups: {len(groups)}, at most {MOST_GROUPS}")
    if any(len(group) > MOST_FILTERS for group in groups):
        raise invalid(f"Too many filters in one group, at most {MOST_FILTERS}")
    if sum(len(group) for group in groups) > MOST_FILTERS_IN_ALL:
        raise invalid(f"Too many filters, at most {MOST_FILTERS_IN_ALL} in all groups")
    for group in groups:
        for one in group:
            _check_filter(one, schema)
    text = body.get("query")
    return Query(
        groups=tuple(group for group in groups if group),
        sort=_sort(_list(body.get("sorts")), schema),
        text=text.strip() if isinstance(text, str) else "",
    )


class Searcher:
    """Answers queries on one object type, and remembers the last few for their next pages."""

    def __init__(
        self,
        *,
        kind: ObjectType,
        index: SearchIndex,
        schema: ObjectSchema,
        value: Callable[[ObjectType, Record, str], str | None],
    ) -> None:
        self._kind = kind
        self._index = index
        self._schema = schema
        self._value = value
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
            bounds = _bounds(one, by_stamp=by_stamp)
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
            for name in self._indexed():
                bounding = [one for one in query.groups[0] if one.name == name]
                stretch = self._stretch(name, bounding) if bounding else None
                if stretch is not None:
                    return self._records_at(name, stretch)
        return self._records_at("hs_object_id", (0, len(self._index.ids)))

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
                keyed.append((_comparable(definition, value), record.id))
        # Values of one property are all of one kind, so the keys can be compared.
        keyed.sort(key=lambda pair: (str(pair[0]), pair[1]) if isinstance(pair[0], str) else pair)
        ids = [record_id for _, record_id in keyed]
        return [*(ids[::-1] if sort.descending else ids), *sorted(without)]

    def _has_text(self, record: Record, text: str) -> bool:
        found: list[str] = []
        for name in self._kind.searched:
            found += _tokens(self._value(self._kind, record, name) or "")
        return all(any(token.startswith(word) for token in found) for word in _tokens(text))

    def _test(self, one: Filter) -> Test:
        definition = self._schema.find(one.name)
        if definition is None:
            raise invalid(f"Property {one.name} does not exist")
        number = self._number_reader(one.name)
        bounds = None if number is None else _bounds(one, by_stamp=one.name != "hs_object_id")
        if number is not None and bounds is not None:
            return _within(bounds, number)
        return _test(one, definition, self._reader(one.name))

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


_EARLIEST = -(10**18)
_LATEST = 10**18


def _bounds(one: Filter, *, by_stamp: bool) -> tuple[int, int] | None:
    """Give the half-open range of whole numbers a filter leaves, or None if it is not one."""
    read = _stamp if by_stamp else _whole
    match one.operator:
        case "HAS_PROPERTY":
            return _EARLIEST, _LATEST
        case "EQ":
            return read(one.value), read(one.value) + 1
        case "GT":
            return read(one.value) + 1, _LATEST
        case "GTE":
            return read(one.value), _LATEST
        case "LT":
            return _EARLIEST, read(one.value)
        case "LTE":
            return _EARLIEST, read(one.value) + 1
        case "BETWEEN":
            return read(one.value), read(one.high) + 1
    return None


def _within(bounds: tuple[int, int], number: Callable[[Record], int]) -> Test:
    low, high = bounds
    return lambda record: low <= number(record) < high


def _test(one: Filter, definition: PropertyDefinition, read: Read) -> Test:
    match one.operator:
        case "HAS_PROPERTY":
            return lambda record: bool(read(record))
        case "NOT_HAS_PROPERTY":
            return lambda record: not read(record)
        case "IN" | "NOT_IN":
            return _membership(one, definition, read)
        case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
            return _token_test(one, read)
    return _comparison(one, definition, read)


def _membership(one: Filter, definition: PropertyDefinition, read: Read) -> Test:
    wanted = frozenset(one.values)
    negate = one.operator == "NOT_IN"
    # Texts are indexed in lower case and the asked-for values are not, so capitals never match.
    fold = definition.type in ("string", "phone_number")

    def test(record: Record) -> bool:
        value = read(record)
        if value is None:
            return negate
        parts = value.split(";") if definition.many else [value.lower() if fold else value]
        return any(part in wanted for part in parts) is not negate

    return test


def _token_test(one: Filter, read: Read) -> Test:
    patterns = [
        re.compile(re.escape(word).replace(r"\*", ".*"))
        for word in re.findall(r"[\w*]+", one.value.lower())
    ]
    negate = one.operator == "NOT_CONTAINS_TOKEN"

    def test(record: Record) -> bool:
        tokens = _tokens(read(record) or "")
        has = bool(patterns) and all(
            any(pattern.fullmatch(token) for token in tokens) for pattern in patterns
        )
        return has is not negate

    return test


def _comparison(one: Filter, definition: PropertyDefinition, read: Read) -> Test:
    low = _comparable(definition, one.value)
    high = _comparable(definition, one.high) if one.operator == "BETWEEN" else low
    operator = one.operator

    def test(record: Record) -> bool:
        value = read(record)
        if value is None:
            return operator == "NEQ"
        if definition.many and operator in ("EQ", "NEQ"):
            return (one.value in value.split(";")) is (operator == "EQ")
        return _holds(operator, _comparable(definition, value), low, high)

    return test


def _holds(operator: str, value: Comparable, low: Comparable, high: Comparable) -> bool:
    match operator:
        case "EQ":
            return value == low
        case "NEQ":
            return value != low
        case _ if isinstance(value, Decimal) and isinstance(low, Decimal):
            return _ordered(operator, (value > low) - (value < low), value, high)
        case _ if isinstance(value, str) and isinstance(low, str):
            return _ordered(operator, (value > low) - (value < low), value, high)
    return False


def _ordered(operator: str, sign: int, value: Comparable, high: Comparable) -> bool:
    match operator:
        case "LT":
            return sign < 0
        case "LTE":
            return sign <= 0
        case "GT":
            return sign > 0
        case "GTE":
            return sign >= 0
    if isinstance(value, Decimal) and isinstance(high, Decimal):
        return sign >= 0 and value <= high
    return sign >= 0 and str(value) <= str(high)


def _comparable(definition: PropertyDefinition, value: str) -> Comparable:
    match definition.type:
        case "number":
            return _decimal(value)
        case "date" | "datetime":
            return Decimal(_stamp(value))
        case "enumeration" | "bool":
            return value
    return value.lower()


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise invalid(f"{text} was not a valid number.") from exc


def _whole(text: str) -> int:
    number = _decimal(text)
    if number != number.to_integral_value():
        raise invalid(f"{text} was not a valid number.")
    return int(number)


def _stamp(text: str) -> int:
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    try:
        return from_iso(text)
    except ValueError as exc:
        raise invalid(f"{text} was not a valid date") from exc


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _group(wire: Json) -> tuple[Filter, ...]:
    if not isinstance(wire, dict):
        raise invalid("A filter group is an object with filters")
    return tuple(_filter(one) for one in _list(wire.get("filters")))


def _filter(wire: Json) -> Filter:
    if not isinstance(wire, dict):
        raise invalid("A filter is an object")
    name, operator = wire.get("propertyName"), wire.get("operator")
    if not isinstance(name, str) or operator not in _OPERATORS:
        raise invalid(f"A filter needs a propertyName and a known operator, not {operator}")
    return Filter(
        name=name,
        operator=str(operator),
        value=_text(wire, "value"),
        high=_text(wire, "highValue"),
        values=tuple(str(one) for one in _list(wire.get("values"))),
    )


def _check_filter(one: Filter, schema: ObjectSchema) -> None:
    if schema.find(one.name) is None:
        raise invalid(
            f"There was a problem with the request: property {one.name} does not exist",
            context={"propertyName": [one.name]},
        )
    if one.operator in _ONE_VALUE and not one.value:
        raise invalid(f"operator {one.operator} requires a value")
    if one.operator == "BETWEEN" and not (one.value and one.high):
        raise invalid("operator BETWEEN requires a value and a highValue")
    if one.operator in ("IN", "NOT_IN") and not one.values:
        raise invalid(f"operator {one.operator} requires values")


def _sort(sorts: Sequence[Json], schema: ObjectSchema) -> Sort | None:
    if not sorts:
        return None
    # Only the first is honoured, and nothing is said of the others.
    name, descending = _sort_parts(sorts[0])
    if schema.find(name) is None:
        raise invalid(f"Cannot sort by {name}: the property does not exist")
    return Sort(name, descending)


def _sort_parts(wire: Json) -> tuple[str, bool]:
    if isinstance(wire, str):
        return wire.lstrip("-"), wire.startswith("-")
    if isinstance(wire, dict) and isinstance(wire.get("propertyName"), str):
        return str(wire["propertyName"]), wire.get("direction") == "DESCENDING"
    raise invalid("A sort is a property name, or an object with a propertyName")


def _list(value: Json) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid("A list was expected")
    return value


def _text(wire: JsonObject, key: str) -> str:
    value = wire.get(key)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
