"""Values between Salesforce's JSON and the project's native form (text, None for a blank)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, TypeVar

from connectors.salesforce.ids import normal_id
from sync.domain.record import Native, native_moment
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["Json", "json_text", "parse_number", "parse_time", "to_native", "to_wire"]

#: What JSON can hold; numbers with a point are read as Decimal.
Json: TypeAlias = str | int | Decimal | bool | Sequence["Json"] | Mapping[str, "Json"] | None

Day = TypeVar("Day", bound=date)

_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT})
_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
#: A double holds 15 digits for certain; more than that after reading is the float's own noise.
_CERTAIN_DIGITS = 15
#: No date field takes another year; one row that has it is refused with its whole call.
_YEARS = range(1700, 4001)
#: Twice what a field can hold: written out, "1E+999999" would be a megabyte of noughts.
_MOST_DIGITS = 40


def to_native(shape: FieldShape | None, value: Json) -> Native:
    """Give a value read from Salesforce in native form; `shape` is None where unknown."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _plain(Decimal(value), scale=None if shape is None else shape.scale)
    text = value if isinstance(value, str) else json_text(value)
    match shape.kind if shape is not None else None:
        case FieldKind.BOOLEAN if text.casefold() in {"true", "false"}:
            return text.casefold()
        case kind if kind in _NUMBERS and (number := parse_number(text)) is not None:
            return _plain(number, scale=None if shape is None else shape.scale)
        case FieldKind.DATETIME:
            return native_moment(parse_time(text))
        case FieldKind.CHOICES:
            return ";".join(sorted(filter(None, text.split(";")))) or None
        case FieldKind.REFERENCE:
            return normal_id(text) or text
    return text


def to_wire(shape: FieldShape | None, value: Native) -> Json:
    """Give a native value as the JSON Salesforce takes for the field.

    Raises:
        ValueError: The text cannot be a value of the field's type; the text is not repeated.
    """
    if value is None or shape is None:
        return value
    match shape.kind:
        case FieldKind.BOOLEAN:
            return _boolean(value)
        case kind if kind in _NUMBERS:
            return _number(value, whole=kind is FieldKind.INTEGER)
        case FieldKind.DATE:
            return _date(value)
        case FieldKind.DATETIME:
            return native_moment(_aware(value))
        case FieldKind.REFERENCE:
            return normal_id(value) or value
    return value


def parse_time(text: str) -> datetime:
    """Read a time as Salesforce writes it ("…+0000") as aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def json_text(value: Json) -> str:
    """Write JSON with decimals exactly as they are.

    The standard library would need a float; it writes, fast, whatever holds no decimal.
    """
    try:
        return json.dumps(value, separators=(",", ":"))
    except TypeError:
        return _json_piece_by_piece(value)


def _json_piece_by_piece(value: Json) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(name)}:{json_text(item)}" for name, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value)


def _plain(number: Decimal, *, scale: int | None) -> str:
    """Write a number without exponent, float noise and closing noughts."""
    _, digits, exponent = number.as_tuple()
    if (
        scale is not None
        and isinstance(exponent, int)
        and -exponent > scale
        and len(digits) > _CERTAIN_DIGITS
    ):
        number = round(number, scale)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("the field takes 'true' or 'false' only")
    return text == "true"


def parse_number(text: str) -> Decimal | None:
    """Read a number of a size any field could hold; None for anything else."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None


def _number(text: str, *, whole: bool) -> Decimal | int:
    number = parse_number(text)
    if number is None:
        raise ValueError("the field takes a number")
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise ValueError("the field takes a whole number")
    return number


def _date(text: str) -> str:
    try:
        if not _PLAIN_DATE.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError("the field takes a date like 2026-03-31") from exc
    return _within_years(day).isoformat()


def _aware(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ValueError("the field takes a time like 2026-03-31T22:14:05.000Z") from exc
    if moment.tzinfo is None:
        raise ValueError("the field takes a time that says its zone")
    return _within_years(moment)


def _within_years(day: Day) -> Day:
    if day.year not in _YEARS:
        raise ValueError("the field takes dates of the years 1700 to 4000")
    return day
