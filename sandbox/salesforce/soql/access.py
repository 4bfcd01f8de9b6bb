"""Which records a query must look at: an index where one narrows it, else all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.salesforce.model import FieldSpec, FieldType, Row, Value
from sandbox.salesforce.soql.ast import (
    And,
    Compare,
    Condition,
    Field,
    Literal,
    Member,
    Operand,
    Operator,
    Or,
    Query,
    SemiJoin,
)
from sandbox.salesforce.soql.filters import Filters, Span
from sandbox.salesforce.table import Table

__all__ = ["Access", "choose_access"]

_STAMP = "SystemModstamp"


@dataclass(frozen=True, slots=True)
class Access:
    """Rows to test, and whether they come in the order the query asks for."""

    rows: Iterator[Row]
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class _Range:
    low: str | None
    high: str | None


def choose_access(table: Table, query: Query, filters: Filters) -> Access:
    """Choose the cheapest way to the rows that may satisfy a query."""
    chooser = _Chooser(table, filters)
    ids = None if query.where is None else chooser.ids(query.where)
    if ids is not None:
        found = (table.rows[one] for one in sorted(ids) if one in table.rows)
        return Access(found, is_ordered=False)
    span = None if query.where is None else chooser.span(query.where)
    order = _stamp_order(query)
    if span is None and (order is None or query.limit is None):
        return Access(iter(table.rows.values()), is_ordered=False)
    low, high = (span.low, span.high) if span else (None, None)
    stamped = table.by_stamp.between(low, high, newest_first=order is True)
    return Access((table.rows[one] for one in stamped), is_ordered=order is not None)


def _stamp_order(query: Query) -> bool | None:
    """Say whether the order is by stamp, newest first; None when it is another order."""
    names = [sorting.field.text.lower() for sorting in query.order]
    if names not in ([_STAMP.lower()], [_STAMP.lower(), "id"]):
        return None
    directions = {sorting.descending for sorting in query.order}
    return directions.pop() if len(directions) == 1 else None


class _Chooser:
    def __init__(self, table: Table, filters: Filters) -> None:
        self._table = table
        self._filters = filters

    def ids(self, condition: Condition) -> set[str] | None:
        """Give a set of ids that holds every match, or None when no index tells."""
        match condition:
            case And(parts):
                narrowed = [ids for part in parts if (ids := self.ids(part)) is not None]
                return min(narrowed, key=len) if narrowed else None
            case Or(parts):
                return self._united(parts)
            case Compare(field, Operator.EQUAL, value):
                return self._found(field, (value,))
            case Member(field, Operator.IN, values):
                return self._found(field, values)
            case SemiJoin(field, Operator.IN):
                spec = self._key(field)
                joined = None if spec is None else self._filters.joined(condition)
                return None if spec is None else self._holders(spec, tuple(joined or ()))
        return None

    def span(self, condition: Condition) -> _Range | None:
        """Give stamps between which every match lies, or None when nothing bounds them."""
        match condition:
            case And(parts):
                ranges = [one for part in parts if (one := self.span(part)) is not None]
                return _overlap(ranges) if ranges else None
            case Or(parts):
                bounds = [self.span(part) for part in parts]
                known = [one for one in bounds if one is not None]
                return _hull(known) if len(known) == len(bounds) else None
            case Compare(Field() as field, operator, literal) if _is_stamp(field):
                spec = self._table.spec.fields[_STAMP]
                return _bounds(operator, self._filters.value(spec, literal))
        return None

    def _united(self, parts: tuple[Condition, ...]) -> set[str] | None:
        united: set[str] = set()
        for part in parts:
            ids = self.ids(part)
            if ids is None:
                return None
            united |= ids
        return united

    def _found(self, field: Operand, literals: Sequence[Literal]) -> set[str] | None:
        spec = self._key(field)
        if spec is None:
            return None
        return self._holders(spec, [self._filters.value(spec, one) for one in literals])

    def _key(self, operand: Operand) -> FieldSpec | None:
        """Give the object's own field an operand means, if an index knows it."""
        path = self._filters.operand(operand).path
        if path is None or path.hops:
            return None
        is_key = path.field.type is FieldType.ID or self._table.index(path.field.name) is not None
        return path.field if is_key else None

    def _holders(self, spec: FieldSpec, values: Sequence[Value | Span]) -> set[str] | None:
        if any(value is None or value == "" or isinstance(value, Span) for value in values):
            return None
        if spec.type is FieldType.ID:
            return {str(value) for value in values}
        index = self._table.index(spec.name)
        if index is None:
            return None
        found: set[str] = set()
        for value in values:
            if not isinstance(value, Span):
                found |= index.ids(value)
        return found


def _is_stamp(field: Field) -> bool:
    return field.text.lower() == _STAMP.lower()


def _bounds(operator: Operator, value: Value | Span) -> _Range | None:
    first, last = (value.start, value.stop) if isinstance(value, Span) else (value, value)
    if not isinstance(first, str) or not isinstance(last, str):
        return None
    match operator:
        case Operator.EQUAL:
            return _Range(first, last)
        case Operator.MORE | Operator.AT_LEAST:
            return _Range(first, None)
        case Operator.LESS | Operator.AT_MOST:
            return _Range(None, last)
    return None


def _overlap(ranges: list[_Range]) -> _Range:
    lows = [one.low for one in ranges if one.low is not None]
    highs = [one.high for one in ranges if one.high is not None]
    return _Range(max(lows) if lows else None, min(highs) if highs else None)


def _hull(ranges: list[_Range]) -> _Range:
    lows = [one.low for one in ranges]
    highs = [one.high for one in ranges]
    low = None if None in lows else min(one for one in lows if one is not None)
    high = None if None in highs else max(one for one in highs if one is not None)
    return _Range(low, high)
