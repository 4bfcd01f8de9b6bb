"""Conditions as data, for the rules an admin sets up: `[{"field", "operator", "value"}]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.jsontypes import Json
from sandbox.salesforce.model import ObjectSpec, Value

__all__ = ["Condition", "read_condition"]

Condition = Callable[[Mapping[str, Value]], bool]

_SHAPE = (
    'a condition is {"field": NAME, "operator": OPERATOR, "value": WHAT TO COMPARE WITH}; '
    "operators are =, !=, <, <=, >, >=, in, not in, contains, starts with, blank, filled"
)


def read_condition(spec: ObjectSpec, written: Json) -> Condition:
    """Read conditions that must all hold; none always hold. ValueError says what is wrong."""
    if written is None:
        return lambda _record: True
    if not isinstance(written, list):
        raise ValueError("`when` is a list of conditions")
    tests = [_one(spec, item) for item in written]
    return lambda record: all(test(record) for test in tests)


def _one(spec: ObjectSpec, item: Json) -> Condition:
    if not isinstance(item, dict):
        raise ValueError(_SHAPE)
    field = spec.known(str(item.get("field")))
    if field is None:
        raise ValueError(f"{spec.name} has no field {item.get('field')}")
    test = _test(str(item.get("operator", "=")), item.get("value"))
    name, null = field.name, field.null
    return lambda record: test(record.get(name, null))


def _test(operator: str, wanted: Json) -> Callable[[Value], bool]:
    choices = [_plain(one) for one in wanted] if isinstance(wanted, list) else []
    one = _plain(wanted)
    tests: dict[str, Callable[[Value], bool]] = {
        "=": lambda held: _plain(held) == one,
        "!=": lambda held: _plain(held) != one,
        "<": lambda held: _order(held, wanted) < 0,
        "<=": lambda held: held is not None and _order(held, wanted) <= 0,
        ">": lambda held: _order(held, wanted) > 0,
        ">=": lambda held: held is not None and _order(held, wanted) >= 0,
        "in": lambda held: _plain(held) in choices,
        "not in": lambda held: _plain(held) not in choices,
        "contains": lambda held: str(one) in str(_plain(held)),
        "starts with": lambda held: str(_plain(held)).startswith(str(one)),
        "blank": lambda held: held is None,
        "filled": lambda held: held is not None,
    }
    if operator not in tests:
        raise ValueError(_SHAPE)
    return tests[operator]


def _plain(value: Json) -> Json:
    return value.casefold() if isinstance(value, str) else value


def _order(held: Value, wanted: Json) -> int:
    """Compare like with like: numbers, or texts, among them dates; all else is equal."""
    if isinstance(held, (int, float)) and isinstance(wanted, (int, float)):
        return (held > wanted) - (held < wanted)
    if isinstance(held, str) and isinstance(wanted, str):
        return (held > wanted) - (held < wanted)
    return 0
