"""Counts, sums and the like, in all or for each group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import FieldSpec, FieldType, Row, Value
from sandbox.salesforce.soql.ast import And, Call, Condition, Field, Not, Operand, Or, Query
from sandbox.salesforce.soql.expressions import (
    AGGREGATES,
    Expression,
    Expressions,
    GroupResults,
)
from sandbox.salesforce.soql.paths import Getter, Paths
from sandbox.salesforce.soql.sorting import in_order

__all__ = ["aggregated", "is_aggregate"]

_COUNT_SPEC = FieldSpec(name="count", label="count", type=FieldType.INT)
_AVERAGE_SPEC = FieldSpec(name="avg", label="avg", type=FieldType.DOUBLE)
_NOT_GROUPED = (
    FieldType.TEXTAREA,
    FieldType.MULTIPICKLIST,
    FieldType.ADDRESS,
    FieldType.DATETIME,
    FieldType.DOUBLE,
    FieldType.CURRENCY,
    FieldType.PERCENT,
)
_NOT_COMPARED = (FieldType.BOOLEAN, FieldType.ADDRESS, FieldType.MULTIPICKLIST)

Compile = Callable[[Condition, GroupResults], Callable[[Row], bool]]


@dataclass(frozen=True, slots=True)
class _Column:
    """One thing worked out for each group; `key` is its text, by which it is found again."""

    key: str
    function: str
    get: Getter
    spec: FieldSpec


def is_aggregate(query: Query) -> bool:
    """Say whether a query answers with groups rather than records."""
    calls = [item for item in query.select if isinstance(item, Call)]
    has_functions = any(call.function not in ("FIELDS", "TOLABEL") for call in calls)
    return bool(query.group) or query.having is not None or has_functions


def aggregated(
    rows: Iterable[Row], query: Query, paths: Paths, compile_condition: Compile
) -> list[JsonObject]:
    """Give one result for each group that HAVING lets through, in order, cut to the limit."""
    work = _Aggregation(query, paths)
    results = work.results(rows)
    columns = GroupResults(paths, work.specs)
    if query.having is not None:
        results = list(filter(compile_condition(query.having, columns), results))
    results = in_order(results, query.order, columns)
    stop = None if query.limit is None else query.offset + query.limit
    return [work.shown(result) for result in results[query.offset : stop]]


class _Aggregation:
    """The groups of one query and what is worked out for each."""

    def __init__(self, query: Query, paths: Paths) -> None:
        self._expressions = Expressions(paths)
        self._paths = paths
        self._columns: dict[str, _Column] = {}
        self._keys = [self._grouped(operand) for operand in query.group]
        self._names: dict[str, str] = {}
        for item in query.select:
            self._select(item)
        for operand in (*_operands(query.having), *(one.field for one in query.order)):
            if isinstance(operand, Call) and operand.function in AGGREGATES:
                self._aggregate(operand)

    @property
    def specs(self) -> dict[str, FieldSpec]:
        return {key: column.spec for key, column in self._columns.items()}

    def results(self, rows: Iterable[Row]) -> list[Row]:
        """Give what was worked out for each group, in the order the groups first appear."""
        keys = [key.get for key in self._keys]
        groups: dict[tuple[Value, ...], list[Row]] = {} if keys else {(): []}
        for row in rows:
            groups.setdefault(tuple(_meeting(key(row)) for key in keys), []).append(row)
        return [
            {column.key: _result(column, members) for column in self._columns.values()}
            for members in groups.values()
        ]

    def shown(self, result: Row) -> JsonObject:
        """Give a group as the API shows it."""
        shown: JsonObject = {"attributes": {"type": "AggregateResult"}}
        for name, key in self._names.items():
            shown[name] = result[key]
        return shown

    def _grouped(self, operand: Operand) -> Expression:
        expression = self._expressions.resolve(operand)
        if expression.spec.type in _NOT_GROUPED:
            raise ApiError(
                "INVALID_FIELD",
                f"{self._paths.place(operand.position)}field '{expression.spec.name}' can not be "
                "grouped in a query call",
            )
        key = operand.text.lower()
        self._columns[key] = _Column(key, "FIRST", expression.get, expression.spec)
        return expression

    def _select(self, item: object) -> None:
        if not isinstance(item, (Field, Call)) or _is_field_list(item):
            raise malformed_query("a list of children cannot stand beside an aggregate function")
        key = item.text.lower()
        if isinstance(item, Call) and item.function in AGGREGATES:
            self._aggregate(item)
        elif key not in self._columns:
            if isinstance(item, Call):
                self._expressions.resolve(item)
            raise malformed_query(
                f"{self._paths.place(item.position)}Field must be grouped or aggregated: "
                f"{item.text}"
            )
        name = item.alias or self._unnamed(item, key)
        if name.lower() in (known.lower() for known in self._names):
            raise malformed_query(f"{self._paths.place(item.position)}duplicate alias: {name}")
        self._names[name] = key

    def _unnamed(self, item: Field | Call, key: str) -> str:
        if isinstance(item, Field):
            return self._columns[key].spec.name
        taken = sum(1 for name in self._names if name.startswith("expr"))
        return f"expr{taken}"

    def _aggregate(self, call: Call) -> None:
        key = call.text.lower()
        if key in self._columns:
            return
        field = call.argument or Field(("Id",), call.position)
        if call.argument is None and call.function != "COUNT":
            raise malformed_query(f"{self._paths.place(call.position)}unexpected token: ')'")
        expression = self._expressions.resolve(field)
        spec = _spec_of(call.function, expression.spec)
        if spec is None:
            raise malformed_query(
                f"{self._paths.place(call.position)}field {expression.spec.name} does not support "
                f"aggregate operator {call.function}"
            )
        self._columns[key] = _Column(key, call.function, expression.get, spec)


def _is_field_list(item: Field | Call) -> bool:
    return isinstance(item, Call) and item.function == "FIELDS"


def _operands(condition: Condition | None) -> list[Operand]:
    """List what a condition is about, at any depth."""
    match condition:
        case None:
            return []
        case And(parts) | Or(parts):
            return [operand for part in parts for operand in _operands(part)]
        case Not(part):
            return _operands(part)
    return [condition.field]


def _spec_of(function: str, argument: FieldSpec) -> FieldSpec | None:
    """Give what a function's results are, or None when it does not take such a field."""
    if function in ("COUNT", "COUNT_DISTINCT"):
        return None if argument.type is FieldType.ADDRESS else _COUNT_SPEC
    if function == "AVG":
        return _AVERAGE_SPEC if argument.type.is_number else None
    if function == "SUM":
        return argument if argument.type.is_number else None
    return None if argument.type in _NOT_COMPARED else argument


def _meeting(value: Value) -> Value:
    """Give the form in which equal texts meet in one group."""
    return value.casefold() if isinstance(value, str) else value


def _result(column: _Column, rows: Sequence[Row]) -> Value:
    values = [value for row in rows if (value := column.get(row)) is not None]
    if column.function == "COUNT":
        return len(values)
    if column.function == "COUNT_DISTINCT":
        return len({_meeting(value) for value in values})
    if not values:
        return False if column.spec.type is FieldType.BOOLEAN and rows else None
    if column.function == "FIRST":
        return values[0]
    if column.function in ("MIN", "MAX"):
        choose = max if column.function == "MAX" else min
        return choose(values, key=_ordering)
    numbers = [value for value in values if isinstance(value, (int, float))]
    total = sum(numbers)
    return total if column.function == "SUM" else total / len(numbers)


def _ordering(value: str | float) -> str | float:
    return value.casefold() if isinstance(value, str) else value
