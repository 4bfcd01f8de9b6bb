"""What the memory CRM does with a value before it keeps it: check it, bring it in form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from sync.domain.record import Fields, Native, RecordRef, native_moment
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = ["Refusal", "RefusalCode", "take", "take_value"]


class RefusalCode(StrEnum):
    """Why a record is not taken."""

    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    READ_ONLY_FIELD = "READ_ONLY_FIELD"
    REQUIRED_FIELD_MISSING = "REQUIRED_FIELD_MISSING"
    TOO_LONG = "TOO_LONG"
    NOT_AN_OPTION = "NOT_AN_OPTION"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    CIRCULAR_REFERENCE = "CIRCULAR_REFERENCE"
    INACTIVE_OWNER = "INACTIVE_OWNER"
    DUPLICATE_VALUE = "DUPLICATE_VALUE"
    RECORD_GONE = "RECORD_GONE"
    RECORD_FROZEN = "RECORD_FROZEN"
    RECORD_LOCKED = "RECORD_LOCKED"
    NO_ANSWER = "NO_ANSWER"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record is not taken, in words, with the fields it is about.

    `existing` names the record that stands in the way.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()
    existing: RecordRef | None = None


def take(
    shape: ObjectShape, values: Fields, *, creating: bool, trusted: bool = False
) -> dict[str, Native] | Refusal:
    """Give the values as they will be kept, or the first reason why they cannot be.

    `trusted` is the CRM itself at work: read-only fields are open to it.
    """
    taken: dict[str, Native] = {}
    for name, value in values.items():
        field = shape.fields.get(name)
        if field is None:
            return _refused(RefusalCode.UNKNOWN_FIELD, name, f"{shape.name} has no field {name}")
        if not (trusted or (field.creatable if creating else field.updatable)):
            return _refused(RefusalCode.READ_ONLY_FIELD, name, f"{name} takes no value")
        kept = take_value(field, value)
        if isinstance(kept, Refusal):
            return kept
        taken[name] = kept
    missing = _missing(shape, taken, creating=creating)
    if missing:
        return Refusal(RefusalCode.REQUIRED_FIELD_MISSING, f"{missing[0]} needs a value", missing)
    return taken


def take_value(field: FieldShape, value: Native) -> Native | Refusal:
    """Give one value in the form the CRM keeps, or why it cannot be kept."""
    if value is None or value == "":
        return None
    reader = _READERS.get(field.kind)
    kept = value if reader is None else reader(field, value)
    if kept is None:
        return _refused(
            RefusalCode.WRONG_TYPE, field.name, f"{field.name} takes {field.kind.value} only"
        )
    if isinstance(kept, Refusal):
        return kept
    if field.folds_case:
        kept = kept.lower()
    if field.length is not None and len(kept) > field.length:
        return _refused(
            RefusalCode.TOO_LONG,
            field.name,
            f"{field.name} takes {field.length} characters, not {len(kept)}",
        )
    return kept


def _missing(shape: ObjectShape, taken: Fields, *, creating: bool) -> tuple[str, ...]:
    """Name the required fields that would be left blank."""
    return tuple(
        field.name
        for field in shape.fields.values()
        if field.required and (creating or field.name in taken) and taken.get(field.name) is None
    )


def _refused(code: RefusalCode, name: str, message: str) -> Refusal:
    return Refusal(code, message, (name,))


def _number(field: FieldShape, value: str) -> str | Refusal | None:
    """Round half up to the field's scale, and drop zeros that say nothing."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    if field.scale is not None:
        number = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
        text = f"{number:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{number:f}"
    if field.digits is not None and abs(number) >= Decimal(10) ** field.digits:
        return _refused(
            RefusalCode.NUMBER_OUT_OF_RANGE,
            field.name,
            f"{field.name} takes {field.digits} digits before the point",
        )
    return "0" if text == "-0" else text


def _boolean(_field: FieldShape, value: str) -> str | None:
    return value.lower() if value.lower() in ("true", "false") else None


def _date(_field: FieldShape, value: str) -> str | None:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _datetime(field: FieldShape, value: str) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if field.scale == 0:
        moment = moment.replace(microsecond=0)
    return None if moment.tzinfo is None else native_moment(moment)


def _choice(field: FieldShape, value: str) -> str | Refusal:
    chosen = value.split(";") if field.kind is FieldKind.CHOICES else [value]
    known = {option.value for option in field.options if option.active}
    if field.restricted and not known.issuperset(chosen):
        return _refused(
            RefusalCode.NOT_AN_OPTION, field.name, f"{field.name} takes only its own options"
        )
    return value


_Reader = Callable[[FieldShape, str], str | Refusal | None]

#: How a value of a kind is read; None as the answer: it is not of that kind.
_READERS: Mapping[FieldKind, _Reader] = {
    FieldKind.NUMBER: _number,
    FieldKind.INTEGER: _number,
    FieldKind.MONEY: _number,
    FieldKind.PERCENT: _number,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _datetime,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choice,
}
