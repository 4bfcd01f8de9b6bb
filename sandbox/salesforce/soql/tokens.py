"""The words of a query, each with its place."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from sandbox.salesforce.errors import ApiError, malformed_query

__all__ = ["Token", "TokenKind", "quoted_place", "tokens_of", "unexpected"]

_SHOWN_AROUND = 40
_PATTERN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<dateTime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:E[+-]?\d+)?)
    | (?P<relative>[A-Z_]+:\d{1,7}\b)
    | (?P<word>[A-Z_]\w*(?:\.[A-Z_]\w*)*)
    | (?P<sign>!=|<>|<=|>=|[=<>(),])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)


class TokenKind(StrEnum):
    """What a token is."""

    STRING = "string"
    DATE_TIME = "dateTime"
    DATE = "date"
    NUMBER = "number"
    RELATIVE = "relative"
    WORD = "word"
    SIGN = "sign"
    END = "end"


class Token(NamedTuple):
    """One word, value or sign; `upper` is how words are compared."""

    kind: TokenKind
    text: str
    position: int
    upper: str


_KINDS = {kind.value: kind for kind in TokenKind}


def tokens_of(text: str) -> list[Token]:
    """Cut a query into tokens, with one at its end; raises MALFORMED_QUERY."""
    tokens: list[Token] = []
    position, length = 0, len(text)
    match_at = _PATTERN.match
    while position < length:
        found = match_at(text, position)
        if found is None:
            raise _unreadable(text, position)
        name, written = str(found.lastgroup), found[0]
        if name != "space":
            upper = written.upper() if name in ("word", "relative") else written
            tokens.append(Token(_KINDS[name], written, position, upper))
        position = found.end()
    tokens.append(Token(TokenKind.END, "<EOF>", length, "<EOF>"))
    return tokens


def unexpected(text: str, token: Token) -> ApiError:
    """Say which token should not stand where it stands."""
    if token.kind is TokenKind.END:
        return malformed_query("unexpected token: '<EOF>'")
    return malformed_query(f"{quoted_place(text, token.position)}unexpected token: '{token.text}'")


def quoted_place(text: str, position: int) -> str:
    """Quote the line around a position with a marker below it, as the API does."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    row = text.count("\n", 0, position) + 1
    column = position - start + 1
    line = text[start : end if end >= 0 else len(text)]
    first = max(0, column - 1 - _SHOWN_AROUND)
    shown = line[first : column - 1 + _SHOWN_AROUND]
    marker = " " * (column - 1 - first) + "^"
    return f"\n{shown}\n{marker}\nERROR at Row:{row}:Column:{column}\n"


def _unreadable(text: str, position: int) -> ApiError:
    place = quoted_place(text, position)
    if text[position] == "'":
        return malformed_query(f"{place}line 1:{position} mismatched character '<EOF>'")
    return malformed_query(
        f"{place}line 1:{position} no viable alternative at character '{text[position]}'"
    )
