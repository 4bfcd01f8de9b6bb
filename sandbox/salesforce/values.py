"""What a write may put in a field, and the form it is stored in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.jsontypes import Json
from sandbox.salesforce.errors import ApiError, bad_json, bad_picklist_value
from sandbox.salesforce.model import FieldSpec, FieldType, Value
from sandbox.salesforce.wire import to_stamp

__all__ = ["Coercion", "stored_value"]

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_EARLIEST_YEAR, _LATEST_YEAR = 1700, 4000
_LARGEST_INT = 2_147_483_647


class Coercion:
    """Turns what was sent for one field into what is stored, or raises the API's error.

    References are only checked for being text here; whom they name is the store's matter.
    """

    def __init__(self, spec: FieldSpec, *, trusted: bool = False) -> None:
        """Prepare for one field; what is trusted may hold values a picklist no longer has."""
        self._spec = spec
        self._restricted = spec.restricted and not trusted
        self._allowed = frozenset(one.value for one in spec.values)

    def store(self, sent: Json) -> Value:
        """Give the stored form; an empty text is null."""
        if sent is None or sent == "":
            return self._blank(sent)
        kind = self._spec.type
        if kind is FieldType.BOOLEAN:
            return self._boolean(sent)
        if kind.is_number:
            return self._number(sent)
        if isinstance(sent, (dict, list)):
            raise self._unreadable(sent, "string")
        if kind is FieldType.DATE:
            return self._date(sent)
        if kind is FieldType.DATETIME:
            return self._datetime(sent)
        return self._text(sent)

    def _blank(self, sent: Json) -> Value:
        if self._spec.type is FieldType.BOOLEAN:
            if sent == "":
                raise self._unreadable(sent, "boolean")
            raise ApiError(
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
                f"{self._spec.label}: value not of required type: null",
                fields=(self._spec.name,),
            )
        return None

    def _text(self, sent: Json) -> Value:
        text = str(sent).lower() if isinstance(sent, bool) else str(sent)
        if self._spec.type is not FieldType.TEXTAREA:
            text = text.replace("\r\n", "\n")
        text = text.strip()
        if not text:
            return None
        self._check_length(text)
        match self._spec.type:
            case FieldType.EMAIL:
                self._check_email(text)
            case FieldType.PICKLIST if self._restricted and text not in self._allowed:
                raise bad_picklist_value(self._spec.label, text, self._spec.name)
            case FieldType.MULTIPICKLIST:
                return self._several(text)
        return text

    def _several(self, text: str) -> str:
        chosen = [part.strip() for part in text.split(";") if part.strip()]
        for value in chosen:
            if self._restricted and value not in self._allowed:
                raise bad_picklist_value(self._spec.label, value, self._spec.name)
        order = {one.value: place for place, one in enumerate(self._spec.values)}
        unique = dict.fromkeys(chosen)
        return ";".join(sorted(unique, key=lambda value: order.get(value, len(order))))

    def _check_length(self, text: str) -> None:
        limit = self._spec.length
        if limit and len(text) > limit:
            raise ApiError(
                "STRING_TOO_LONG",
                f"{self._spec.label}: data value too large: {text} (max length={limit})",
                fields=(self._spec.name,),
            )

    def _check_email(self, text: str) -> None:
        if not _EMAIL.fullmatch(text):
            raise ApiError(
                "INVALID_EMAIL_ADDRESS",
                f"{self._spec.label}: invalid email address: {text}",
                fields=(self._spec.name,),
            )

    def _boolean(self, sent: Json) -> bool:
        if isinstance(sent, bool):
            return sent
        if isinstance(sent, str) and sent.lower() in ("true", "false"):
            return sent.lower() == "true"
        raise self._unreadable(sent, "boolean")

    def _number(self, sent: Json) -> Value:
        spelled = "int" if self._spec.type is FieldType.INT else "double"
        if isinstance(sent, bool) or not isinstance(sent, (int, float, str)):
            raise self._unreadable(sent, spelled)
        try:
            exact = Decimal(str(sent))
        except ArithmeticError as exc:
            raise self._unreadable(sent, spelled) from exc
        if not exact.is_finite():
            raise self._unreadable(sent, spelled)
        return self._rounded(exact)

    def _rounded(self, exact: Decimal) -> Value:
        is_int = self._spec.type is FieldType.INT
        whole_digits = (self._spec.precision or 18) - self._spec.scale
        if abs(exact) >= Decimal(10) ** whole_digits or (is_int and abs(exact) > _LARGEST_INT):
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{self._spec.label}: value outside of valid range on numeric field: {exact}",
                fields=(self._spec.name,),
            )
        rounded = exact.quantize(Decimal(1).scaleb(-self._spec.scale), rounding=ROUND_HALF_UP)
        return int(rounded) if is_int else float(rounded)

    def _date(self, sent: Json) -> str:
        if isinstance(sent, str):
            try:
                day = date.fromisoformat(sent[:10])
            except ValueError:
                day = None
            if day is not None and _EARLIEST_YEAR <= day.year <= _LATEST_YEAR:
                return day.isoformat()
        raise self._unreadable(sent, "date")

    def _datetime(self, sent: Json) -> str:
        if isinstance(sent, str):
            try:
                moment = datetime.fromisoformat(sent)
            except ValueError:
                moment = None
            if moment is not None and _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
                return to_stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        raise self._unreadable(sent, "datetime")

    def _unreadable(self, sent: Json, kind: str) -> ApiError:
        return bad_json(
            f"Cannot deserialize instance of {kind} from {_token(sent)} value "
            f"{_shown(sent)} or request may be missing a required field "
            f"at [line:1, column:1]"
        )


def stored_value(spec: FieldSpec, sent: Json, *, trusted: bool = False) -> Value:
    """Give the stored form of one value."""
    return Coercion(spec, trusted=trusted).store(sent)


def _token(sent: Json) -> str:
    match sent:
        case True | False:
            return f"VALUE_{str(sent).upper()}"
        case int():
            return "VALUE_NUMBER_INT"
        case float():
            return "VALUE_NUMBER_FLOAT"
        case dict():
            return "START_OBJECT"
        case list():
            return "START_ARRAY"
    return "VALUE_STRING"


def _shown(sent: Json) -> str:
    return "" if isinstance(sent, (dict, list)) else str(sent)
