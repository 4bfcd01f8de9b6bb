"""What the filters of a search ask of a record."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.record import Record
from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.search_request import Filter
from sandbox.hubspot.stamps import from_iso

__all__ = [
    "Comparable",
    "Read",
    "Test",
    "bounds_of",
    "comparable",
    "tokens_of",
    "value_test",
    "within",
]

Read: TypeAlias = Callable[[Record], str | None]
Test: TypeAlias = Callable[[Record], bool]
Comparable: TypeAlias = Decimal | str

_EARLIEST = -(10**18)
_LATEST = 10**18


def bounds_of(one: Filter, *, by_stamp: bool) -> tuple[int, int] | None:
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


def within(bounds: tuple[int, int], number: Callable[[Record], int]) -> Test:
    """Test that a number is within bounds."""
    low, high = bounds
    return lambda record: low <= number(record) < high


def value_test(one: Filter, definition: PropertyDefinition, read: Read) -> Test:
    """Give the test a filter on one property stands for."""
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
        tokens = tokens_of(read(record) or "")
        has = bool(patterns) and all(
            any(pattern.fullmatch(token) for token in tokens) for pattern in patterns
        )
        return has is not negate

    return test


def _comparison(one: Filter, definition: PropertyDefinition, read: Read) -> Test:
    low = comparable(definition, one.value)
    high = comparable(definition, one.high) if one.operator == "BETWEEN" else low
    operator = one.operator

    def test(record: Record) -> bool:
        value = read(record)
        if value is None:
            return operator == "NEQ"
        if definition.many and operator in ("EQ", "NEQ"):
            return (one.value in value.split(";")) is (operator == "EQ")
        return _holds(operator, comparable(definition, value), low, high)

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


def comparable(definition: PropertyDefinition, value: str) -> Comparable:
    """Give a value in a form that can be put in order."""
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


def tokens_of(text: str) -> list[str]:
    """Give the words of a text in lower case."""
    return re.findall(r"\w+", text.lower())
