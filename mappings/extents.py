"""What a field can hold, by what its CRM says of it: all values, their length, a few of them."""

from __future__ import annotations

from collections.abc import Mapping

from sync.domain.schema import FieldKind, FieldShape, Option

__all__ = [
    "ENOUGH_DIGITS",
    "NUMBERS",
    "PICKLISTS",
    "SAMPLES",
    "TEXTS",
    "WRITTEN",
    "length_of",
    "values_of",
]

PICKLISTS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
TEXTS = frozenset(
    {FieldKind.TEXT, FieldKind.MULTILINE, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL}
)
NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT})
#: No amount and no count of anybody's has more digits before the point.
ENOUGH_DIGITS = 15
#: How long values of a kind are as text.
WRITTEN: Mapping[FieldKind, int] = {
    FieldKind.BOOLEAN: len("false"),
    FieldKind.DATE: len("2026-01-31"),
    FieldKind.DATETIME: len("2026-01-31T12:00:00.000Z"),
}
#: Values of each kind that holds more than a few.
SAMPLES: Mapping[FieldKind, tuple[str, ...]] = {
    FieldKind.TEXT: ("x",),
    FieldKind.MULTILINE: ("x",),
    FieldKind.EMAIL: ("ada@example.com",),
    FieldKind.PHONE: ("+49 170 1234567",),
    FieldKind.URL: ("https://example.com",),
    FieldKind.NUMBER: ("12.5", "1"),
    FieldKind.INTEGER: ("12", "1"),
    FieldKind.MONEY: ("12.5",),
    FieldKind.PERCENT: ("12.5",),
    FieldKind.DATE: ("2026-01-31",),
    FieldKind.DATETIME: ("2026-01-31T12:00:00.000Z",),
}


def values_of(shape: FieldShape) -> tuple[Option, ...]:
    """Give all the values a field can hold, where they are few."""
    if shape.kind is FieldKind.BOOLEAN:
        return (Option("true", "true"), Option("false", "false"))
    if shape.kind in PICKLISTS:
        return tuple(option for option in shape.options if option.active)
    return ()


def length_of(shape: FieldShape) -> int | None:
    """Give how many characters a value of a field may have, None where nothing limits it."""
    if shape.kind in TEXTS:
        return shape.length
    if shape.kind is FieldKind.CHOICES:
        return len(";".join(option.value for option in values_of(shape)))
    if shape.kind in NUMBERS:
        # A sign and a point beside the digits.
        return (shape.digits or ENOUGH_DIGITS) + (shape.scale or 0) + 2
    return WRITTEN.get(shape.kind, 0)
