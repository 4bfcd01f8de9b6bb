"""What conditions, groups and orders are about: fields, functions of them, results of groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import FieldSpec, FieldType, Row
from sandbox.salesforce.soql.ast import Call, Field, Operand
from sandbox.salesforce.soql.functions import DATE_FUNCTIONS, date_part, result_spec
from sandbox.salesforce.soql.paths import Getter, Path, Paths

__all__ = ["AGGREGATES", "Expression", "Expressions", "GroupResults", "Resolver"]

AGGREGATES = ("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX")
_KEEPING_VALUE = ("CONVERTTIMEZONE",)


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands for a value: how to read it from a row, and what kind of field it is.

    `path` is None for a function's result, which no index knows.
    """

    get: Getter
    spec: FieldSpec
    path: Path | None = None


class Resolver(Protocol):
    """Finds what the operands of a query mean."""

    def resolve(self, operand: Operand) -> Expression:
        """Find what an operand means; raises INVALID_FIELD or MALFORMED_QUERY."""

    def place(self, position: int) -> str:
        """Quote the query around a position."""


class Expressions:
    """Operands that are read from records."""

    def __init__(self, paths: Paths) -> None:
        """Read from the records of resolved paths."""
        self._paths = paths

    def place(self, position: int) -> str:
        """Quote the query around a position."""
        return self._paths.place(position)

    def resolve(self, operand: Operand) -> Expression:
        """Find the field or function an operand means."""
        if isinstance(operand, Field):
            path = self._paths.resolve(operand)
            return Expression(self._paths.getter(path), path.field, path)
        return self._function(operand)

    def _function(self, call: Call) -> Expression:
        place = self.place(call.position)
        if call.function in AGGREGATES:
            raise malformed_query(
                f"{place}Aggregate expressions are only allowed in HAVING, ORDER BY and SELECT"
            )
        known = call.function in DATE_FUNCTIONS or call.function in (*_KEEPING_VALUE, "TOLABEL")
        if not known or call.argument is None:
            raise malformed_query(f"{place}unexpected token: '('")
        inner = self.resolve(call.argument)
        if call.function in _KEEPING_VALUE:
            return Expression(inner.get, inner.spec)
        if call.function == "TOLABEL":
            return _labelled(inner)
        return self._date_function(call, inner, place)

    def _date_function(self, call: Call, inner: Expression, place: str) -> Expression:
        spec = result_spec(call.function, inner.spec)
        if spec is None:
            raise ApiError(
                "INVALID_FIELD",
                f"{place}field '{inner.spec.name}' is not supported by function {call.function}",
            )
        get, function = inner.get, call.function
        return Expression(lambda row: date_part(function, get(row)), spec)


class GroupResults:
    """Operands that are read from the results of groups, by their text."""

    def __init__(self, paths: Paths, columns: Mapping[str, FieldSpec]) -> None:
        """Know the results by the text of what was asked, in lower case."""
        self._paths = paths
        self._columns = columns

    def place(self, position: int) -> str:
        """Quote the query around a position."""
        return self._paths.place(position)

    def resolve(self, operand: Operand) -> Expression:
        """Find the column of the results that an operand means."""
        key = operand.text.lower()
        spec = self._columns.get(key)
        if spec is None:
            raise malformed_query(
                f"{self.place(operand.position)}Field must be grouped or aggregated: {operand.text}"
            )
        return Expression(lambda row: row.get(key), spec)


def _labelled(inner: Expression) -> Expression:
    labels = {one.value: one.label for one in inner.spec.values}
    get = inner.get

    def read(row: Row) -> str | None:
        value = get(row)
        return None if value is None else labels.get(str(value), str(value))

    spec = FieldSpec(name=inner.spec.name, label=inner.spec.label, type=FieldType.STRING)
    return Expression(read, spec)
