"""Record ids: 15 case-sensitive characters, or 18 with a checksum."""

from __future__ import annotations

import re

__all__ = ["IdMint", "is_id", "prefix_of", "to_18"]

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_IS_UPPER = {ord(letter): "1" if letter.isupper() else "0" for letter in _BASE_62}
_POD = "dM0000"
_SERIAL_LENGTH = 6


def to_18(record_id: str) -> str | None:
    """Give the 18-character form of an id, or None when it is no id.

    An 18-character id in the wrong case is put right by its checksum, as the platform does.
    """
    if len(record_id) == 18 and record_id.isascii():
        if record_id.isalnum() and _checksum(record_id[:15]) == record_id[15:]:
            return record_id
        return _repaired(record_id)
    if _SHAPE.fullmatch(record_id) and len(record_id) == 15:
        return record_id + _checksum(record_id)
    return None


def is_id(text: str) -> bool:
    """Say whether a text is a well-formed record id of either length."""
    return to_18(text) is not None


def prefix_of(record_id: str) -> str:
    """Give the three characters that tell an id's object."""
    return record_id[:3]


def _checksum(first_15: str) -> str:
    bits = first_15[::-1].translate(_IS_UPPER)
    return (
        _CHECKSUM[int(bits[10:], 2)] + _CHECKSUM[int(bits[5:10], 2)] + _CHECKSUM[int(bits[:5], 2)]
    )


def _repaired(record_id: str) -> str | None:
    suffix = record_id[15:].upper()
    if any(letter not in _CHECKSUM for letter in suffix):
        return None
    if not _SHAPE.fullmatch(record_id[:15]):
        return None
    characters = []
    for place, character in enumerate(record_id[:15]):
        is_upper = _CHECKSUM.index(suffix[place // 5]) >> (place % 5) & 1
        if is_upper and not character.isalpha():
            return None
        characters.append(character.upper() if is_upper else character.lower())
    return "".join(characters) + suffix


class IdMint:
    """Hands out ids in rising order, one series for each key prefix."""

    def __init__(self) -> None:
        """Start every series at one."""
        self._last: dict[str, int] = {}

    def next_id(self, prefix: str) -> str:
        """Give the next free id of a prefix, 18 characters."""
        number = self._last.get(prefix, 0) + 1
        self._last[prefix] = number
        first_15 = prefix + _POD + _in_base_62(number)
        return first_15 + _checksum(first_15)

    def skip_past(self, record_id: str) -> None:
        """Never hand out an id that a seed file brought along."""
        prefix, pod, serial = record_id[:3], record_id[3:9], record_id[9:15]
        if pod == _POD:
            self._last[prefix] = max(self._last.get(prefix, 0), _from_base_62(serial))


def _in_base_62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE_62[digit] + digits
    return digits.rjust(_SERIAL_LENGTH, _BASE_62[0])[-_SERIAL_LENGTH:]


def _from_base_62(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + _BASE_62.index(character)
    return number
