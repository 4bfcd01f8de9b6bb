"""Numbers that callers write as text."""

from __future__ import annotations

__all__ = ["is_number"]

_MOST_DIGITS = 18


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number that an id or a page can be.

    Digits of other scripts are none, nor is what is longer than 64 bits hold.
    """
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
