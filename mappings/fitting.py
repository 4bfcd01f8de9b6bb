"""A value put into the form one CRM field takes, or why it cannot be."""

from __future__ import annotations

from decimal import Decimal

from mappings.findings import did_you_mean, shortened
from mappings.spelling import SideForm
from mappings.transforms.boolean import read_boolean
from mappings.transforms.email import read_email
from mappings.transforms.moment import read_date, read_datetime, whole_second
from mappings.transforms.number import number_text, read_decimal, rounded, shifted
from mappings.transforms.reading import UnreadableError
from sync.domain.rules import Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["Fitting"]

_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT})
_CHOICES = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
_READERS = {
    FieldKind.BOOLEAN: read_boolean,
    FieldKind.DATE: read_date,
    FieldKind.DATETIME: read_datetime,
}


class Fitting:
    """Puts values into the form of one field; tables are made once.

    `form` is how the field spells values of the type it is mapped with.
    """

    def __init__(self, shape: FieldShape, *, where: str, form: SideForm) -> None:
        self._shape = shape
        self._form = form
        self._where = where
        self._options = {option.value for option in shape.options if option.active}
        self._checked = shape.kind in _CHOICES and shape.restricted and bool(self._options)

    def fit(self, value: str, *, whole: bool = False) -> str | Trouble:
        """Give the value as the field will store it; `whole` rounds numbers to no decimals."""
        try:
            fitted = self._typed(value, whole=whole)
        except UnreadableError as exc:
            return self._refused(
                "wrong_type",
                f"{self._where} ({self._shape.kind.value}) cannot take the value: {exc}",
                "correct the value on the other side, or map the field to one that can hold it",
            )
        if isinstance(fitted, Trouble):
            return fitted
        if self._shape.folds_case:
            fitted = fitted.lower()
        return self._within(fitted)

    def _typed(self, value: str, *, whole: bool) -> str | Trouble:
        kind = self._shape.kind
        if kind in _NUMBERS:
            return self._number(read_decimal(value), whole=whole)
        value = self._form.spelled(value)
        if kind in _READERS:
            read = _READERS[kind](value)
            in_seconds = kind is FieldKind.DATETIME and self._shape.scale == 0
            return whole_second(read) if in_seconds else read
        if kind is FieldKind.EMAIL:
            read_email(value)
        if self._checked:
            return self._chosen(value)
        return value

    def _number(self, number: Decimal, *, whole: bool) -> str | Trouble:
        shape = self._shape
        scale = 0 if shape.kind is FieldKind.INTEGER else shape.scale
        if whole:
            number = rounded(number, scale=0)
        if self._form.fraction:
            number = shifted(number, -2)
        if scale is not None:
            number = rounded(number, scale=scale)
        text = number_text(number)
        digits = len(text.lstrip("-").partition(".")[0])
        if shape.digits is not None and digits > shape.digits:
            return self._refused(
                "too_many_digits",
                f"{self._where} takes {shape.digits} digits before the point, "
                f"the value has {digits}",
                "correct the value on the other side, or widen the field",
            )
        return text

    def _chosen(self, value: str) -> str | Trouble:
        several = self._shape.kind is FieldKind.CHOICES
        for one in value.split(";") if several else (value,):
            if one not in self._options:
                return self._refused(
                    "not_in_picklist",
                    f"{shortened(repr(one))} is not in the picklist of {self._where}"
                    f"{did_you_mean(one, sorted(self._options))}",
                    "add the value to the picklist, or a line for it under 'values' of the field",
                )
        return value

    def _within(self, value: str) -> str | Trouble:
        limit = self._shape.length
        if limit is None or len(value) <= limit or self._shape.kind in _NUMBERS:
            return value
        return self._refused(
            "too_long",
            f"{self._where} takes {limit} characters, the value has {len(value)}",
            "shorten the value on the other side, or widen the field",
        )

    def _refused(self, code: str, message: str, fix: str) -> Trouble:
        return Trouble(kind=TroubleKind.REFUSED, code=code, message=message, fix=fix)
