"""Phone numbers: E.164, with the extension kept where there is one."""

from __future__ import annotations

from mappings.transforms.reading import UnreadableError

__all__ = ["read_phone"]

#: A longer text is not even looked at; the phone library draws the line there, too.
_LONGEST = 250


def read_phone(text: str, *, region: str | None) -> str:
    """Give a number as `+491701234567`; `region` is for numbers without a country code.

    Words make no digits: neither `+49 30 12345 Bob` nor `1-800-FLOWERS` is read.
    """
    written = _written(text, region)
    # A row of zeros and the like reads as another number each time, so it is none.
    if written != text and _written(written, None) != written:
        raise UnreadableError("a phone number is expected, best with its country code")
    return written


def _written(text: str, region: str | None) -> str:
    import phonenumbers

    try:
        if len(text) > _LONGEST or phonenumbers.is_alpha_number(text):
            raise UnreadableError("a phone number of digits is expected")
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as exc:
        raise UnreadableError("a phone number is expected, best with its country code") from exc
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise UnreadableError("the phone number is too short or too long for its country")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Dropping the extension would lose part of what was entered.
    return f"{written} ext. {number.extension}" if number.extension else written
