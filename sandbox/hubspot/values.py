"""Checking of property values by type, and the form each is stored in."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.stamps import day_of, from_iso, iso
from sandbox.jsontypes import Json

__all__ = ["InvalidValueError", "stored_form"]

_LONGEST = 65_536
_DAY = 86_400_000
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@(?:[^@\s.,;:<>()]+\.)+[^@\s.,;:<>()]{2,}")
_STAMP = re.compile(r"-?\d{1,15}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class InvalidValueError(Exception):
    """A value that the property does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def stored_form(
    definition: PropertyDefinition, raw: Json, *, old: str, owner_exists: Callable[[str], bool]
) -> str:
    """Give the text that is stored for a value ("" for none), or raise InvalidValueError."""
    text = _as_text(raw)
    if text == "":
        return ""
    if definition.owner:
        return _owner(text, owner_exists)
    if definition.name == "email":
        return _email(text)
    match definition.type:
        case "number":
            return _number(text)
        case "bool":
            return _boolean(text)
        case "enumeration":
            return _enumeration(definition, text, old)
        case "date":
            return _date(text)
        case "datetime":
            return _datetime(text)
    if len(text) > _LONGEST:
        raise InvalidValueError("INVALID_STRING", f"{definition.name} is longer than {_LONGEST}")
    return text


def _as_text(raw: Json) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (dict, list)):
        raise InvalidValueError("INVALID_STRING", "A property value is a string")
    return str(raw)


def _owner(text: str, owner_exists: Callable[[str], bool]) -> str:
    if not owner_exists(text):
        raise InvalidValueError("INVALID_OWNER_ID", f"Owner {text} does not exist")
    return text


def _email(text: str) -> str:
    address = text.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise InvalidValueError("INVALID_EMAIL", f"Email address {text} is invalid")
    return address


def _number(text: str) -> str:
    trimmed = text.strip()
    try:
        number = Decimal(trimmed)
    except InvalidOperation as exc:
        raise InvalidValueError("INVALID_INTEGER", f"{text} was not a valid number.") from exc
    if not number.is_finite() or "_" in trimmed:
        raise InvalidValueError("INVALID_INTEGER", f"{text} was not a valid number.")
    return trimmed


def _boolean(text: str) -> str:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise InvalidValueError(
            "INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]"
        )
    return lowered


def _enumeration(definition: PropertyDefinition, text: str, old: str) -> str:
    allowed = definition.option_values()
    if not definition.many:
        _check_option(definition, text, allowed)
        return text
    chosen = [one for one in text.split(";") if one]
    for one in chosen:
        _check_option(definition, one, allowed)
    # A leading semicolon adds to what is there.
    before = old.split(";") if text.startswith(";") and old else []
    return ";".join(dict.fromkeys([*before, *chosen]))


def _check_option(definition: PropertyDefinition, value: str, allowed: frozenset[str]) -> None:
    if value not in allowed:
        listed = ", ".join(option.value for option in definition.options)
        raise InvalidValueError(
            "INVALID_OPTION", f"{value} was not one of the allowed options: [{listed}]"
        )


def _date(text: str) -> str:
    trimmed = text.strip()
    if _DATE.fullmatch(trimmed):
        return day_of(_stamp(trimmed))
    stamp = _stamp(trimmed)
    if stamp % _DAY:
        raise InvalidValueError("INVALID_DATE", f"{text} is at {iso(stamp)}, not midnight UTC")
    return day_of(stamp)


def _datetime(text: str) -> str:
    return iso(_stamp(text.strip()))


def _stamp(text: str) -> int:
    if _STAMP.fullmatch(text):
        return int(text)
    try:
        return from_iso(text)
    except ValueError as exc:
        raise InvalidValueError("INVALID_DATE", f"{text} was not a valid date") from exc
