"""The patterns of LIKE."""

from __future__ import annotations

import re

__all__ = ["like_pattern"]


def like_pattern(written: str) -> re.Pattern[str]:
    """Give the expression a whole text must match; `%` is any text, `_` any one character.

    What lies between two `%` is looked for once from the left and never tried again further on:
    that finds the same texts, and no pattern can take long.
    """
    pieces = _pieces(written)
    if len(pieces) == 1:
        return _compiled(pieces[0])
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece)
    return _compiled(f"{pieces[0]}{middle}.*{pieces[-1]}")


def _pieces(written: str) -> list[str]:
    pieces = [""]
    letters = iter(written)
    for letter in letters:
        if letter == "%":
            pieces.append("")
        elif letter == "_":
            pieces[-1] += "."
        else:
            literal = next(letters, letter) if letter == "\\" else letter
            pieces[-1] += re.escape(literal)
    return pieces


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.DOTALL)
