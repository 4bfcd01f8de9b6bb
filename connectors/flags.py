"""Yes or no out of a foreign answer, whichever way it is written."""

from __future__ import annotations

__all__ = ["flag"]

_YES = frozenset({"true", "1"})
_NO = frozenset({"false", "0", ""})


def flag(value: object) -> bool:
    """Tell whether a value of an answer says yes; the text 'false' does not.

    Raises:
        ValueError: The value says neither.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("neither true nor false")
