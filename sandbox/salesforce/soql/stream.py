"""The tokens of a query, taken one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.ast import Call, Field, Operand
from sandbox.salesforce.soql.tokens import Token, TokenKind, unexpected

__all__ = ["TokenStream"]

_DEEPEST = 60


class TokenStream:
    """Walks over the tokens of one query, and reads the names and functions in it."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        """Start at the first token; the last one marks the end."""
        self.text = text
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        """Give the token to be read."""
        return self._tokens[self._place]

    @property
    def ahead(self) -> Token:
        """Give the token after it."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Take a token."""
        token = self.now
        if token.kind is not TokenKind.END:
            self._place += 1
        return token

    def accept(self, upper: str) -> bool:
        """Take a word or sign if it is the one that comes."""
        token = self.now
        if token.upper != upper or token.kind not in (TokenKind.WORD, TokenKind.SIGN):
            return False
        self._place += 1
        return True

    def demand(self, upper: str) -> None:
        """Take a word or sign that must come."""
        if not self.accept(upper):
            raise self.unexpected()

    def one_of(self, words: Sequence[str]) -> str:
        """Take one of several words."""
        if self.now.upper not in words:
            raise self.unexpected()
        return self.next().upper

    def unexpected(self) -> ApiError:
        """Give the error about the token that comes."""
        return unexpected(self.text, self.now)

    def name(self) -> str:
        """Take a name without a path."""
        if self.now.kind is not TokenKind.WORD or "." in self.now.text:
            raise self.unexpected()
        return self.next().text

    def field(self) -> Field:
        """Take a field, perhaps with the path that leads to it."""
        if self.now.kind is not TokenKind.WORD:
            raise self.unexpected()
        token = self.next()
        return Field(tuple(token.text.split(".")), token.position)

    def operand(self) -> Operand:
        """Take a field or a function of one."""
        if self.ahead.text != "(" or self.now.kind is not TokenKind.WORD:
            return self.field()
        with self.nested():
            token = self.next()
            self.next()
            argument = None if self.now.text == ")" else self.operand()
            self.demand(")")
        return Call(token.upper, argument, None, token.position)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Go one level down; a query nested beyond reason is refused."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ApiError(
                "QUERY_TOO_COMPLICATED",
                "Query is either selecting too many fields "
                "or the filter conditions are too complicated.",
            )
        yield
        self._depth -= 1
