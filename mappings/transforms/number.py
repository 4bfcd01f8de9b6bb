"""Numbers as plain decimal text: `1.50` is `1.5`; thousands separators are refused."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

from mappings.transforms.reading import UnreadableError

__all__ = ["number_text", "read_decimal", "read_integer", "read_number", "rounded", "shifted"]

#: No CRM keeps more digits; the limit keeps a crafted exponent from filling the memory.
_MAX_DIGITS = 100
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?", re.ASCII)


def read_number(text: str) -> str:
    """Give a number without needless digits."""
    return number_text(read_decimal(text))


def read_integer(text: str) -> str:
    """Give a whole number."""
    number = read_decimal(text)
    if number != number.to_integral_value():
        raise UnreadableError("a whole number is expected")
    return number_text(number)


def read_decimal(text: str) -> Decimal:
    """Give a number as a Decimal."""
    written = text.strip()
    if len(written) > _MAX_DIGITS:
        raise UnreadableError("a number of at most 100 digits is expected")
    if _NUMBER.fullmatch(written) is None:
        if _THOUSANDS.fullmatch(written):
            raise UnreadableError("a number without thousands separators is expected")
        raise UnreadableError("a number with a decimal point, like 1250.5, is expected")
    number = Decimal(written)
    if len(number_text(number)) > _MAX_DIGITS:
        raise UnreadableError("a number of at most 100 digits is expected")
    return number


def number_text(number: Decimal) -> str:
    """Write a number without exponent, plus sign or needless zeros."""
    written = format(number, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def rounded(number: Decimal, *, scale: int) -> Decimal:
    """Round to that many decimals, halves away from zero."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= scale:
        return number
    with localcontext(prec=2 * _MAX_DIGITS):
        return number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)


def shifted(number: Decimal, places: int) -> Decimal:
    """Move the decimal point to the right by that many places, keeping every digit."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)  # a number read from text is finite
    return Decimal((sign, digits, exponent + places))
