"""Counts, sums and the like, in all or for each group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.errors import malformed_query
from sandbox.salesforce.model import Row, Value
from sandbox.salesforce.soql.ast import Call, Field, Query
from sandbox.salesforce.soql.paths import Getter, Paths

__all__ = ["aggregated", "is_aggregate"]

_FUNCTIONS = ("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX")


def is_aggregate(query: Query) -> bool:
    """Say whether a query answers with groups rather than records."""
    calls = [item for item in query.select if isinstance(item, Call)]
    return bool(query.group) or any(call.function != "FIELDS" for call in calls)


def aggregated(rows: Iterable[Row], query: Query, paths: Paths) -> list[JsonObject]:
    """Give one result for each group, in the order the groups first appear."""
    keys = [paths.getter(paths.resolve(field)) for field in query.group]
    groups: dict[tuple[Value, ...], list[Row]] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(key(row) for key in keys), []).append(row)
    columns = list(_columns(query, paths))
    return [
        {
            "attributes": {"type": "AggregateResult"},
            **{name: _result(function, get, members) for name, function, get in columns},
        }
        for members in groups.values()
    ]


def _columns(query: Query, paths: Paths) -> Iterable[tuple[str, str, Getter]]:
    grouped = {field.text.lower() for field in query.group}
    unnamed = 0
    for item in query.select:
        if isinstance(item, Call):
            if item.function not in _FUNCTIONS:
                raise malformed_query(f"{paths.place(item.position)}unknown function")
            name = item.alias or f"expr{unnamed}"
            unnamed += item.alias is None
            field = item.argument or Field(("Id",), item.position)
            yield name, item.function, paths.getter(paths.resolve(field))
        elif isinstance(item, Field):
            if item.text.lower() not in grouped:
                raise malformed_query(f"Field must be grouped or aggregated: {item.text}")
            path = paths.resolve(item)
            yield path.field.name, "FIRST", paths.getter(path)
        else:
            raise malformed_query("a list of children cannot stand beside an aggregate function")


def _result(function: str, get: Getter, rows: Sequence[Row]) -> Json:
    values = [value for row in rows if (value := get(row)) is not None]
    if function == "COUNT":
        return len(values)
    if function == "COUNT_DISTINCT":
        return len(set(values))
    if not values:
        return None
    if function == "FIRST":
        return values[0]
    if function in ("MIN", "MAX"):
        return _extreme(values, largest=function == "MAX")
    numbers = [float(value) for value in values if not isinstance(value, str)]
    total = sum(numbers)
    return total if function == "SUM" else total / len(numbers) if numbers else None


def _extreme(values: Sequence[Value], *, largest: bool) -> Json:
    comparable: list[str | float] = [value for value in values if value is not None]
    return max(comparable) if largest else min(comparable)
