"""A search as it was asked for: filters, order, free text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.schema import ObjectSchema
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ASSOCIATED", "Filter", "Query", "Sort", "parse_query"]

MOST_GROUPS = 5
MOST_FILTERS = 6
MOST_FILTERS_IN_ALL = 18
ASSOCIATED = "associations."
"""What a filter's property begins with that asks for tied records."""

_ONE_VALUE = {"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
_OPERATORS = {*_ONE_VALUE, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}


_ON_TIES = {"EQ", "NEQ", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}


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


def _group(wire: Json) -> tuple[Filter, ...]:
    if not isinstance(wire, dict):
        raise invalid("A filter group is an object with filters")
    return tuple(_filter(one) for one in _list(wire.get("filters")))


def _filter(wire: Json) -> Filter:
    if not isinstance(wire, dict):
        raise invalid("A filter is an object")
    name, operator = wire.get("propertyName"), wire.get("operator")
    is_known = isinstance(operator, str) and operator in _OPERATORS
    if not isinstance(name, str) or not is_known:
        raise invalid(f"A filter needs a propertyName and a known operator, not {operator}")
    return Filter(
        name=name,
        operator=str(operator),
        value=_text(wire, "value"),
        high=_text(wire, "highValue"),
        values=tuple(str(one) for one in _list(wire.get("values"))),
    )


def _check_filter(one: Filter, schema: ObjectSchema) -> None:
    if one.name.startswith(ASSOCIATED):
        if one.operator not in _ON_TIES:
            raise invalid(f"operator {one.operator} does not work on {one.name}")
    elif schema.find(one.name) is None:
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
