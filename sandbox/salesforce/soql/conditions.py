"""The conditions of a query."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.salesforce.soql.ast import (
    And,
    Compare,
    Condition,
    Literal,
    LiteralKind,
    Member,
    Not,
    Operand,
    Operator,
    Or,
    Query,
    SemiJoin,
)
from sandbox.salesforce.soql.stream import TokenStream
from sandbox.salesforce.soql.tokens import Token, TokenKind

__all__ = ["ConditionReader"]

_SIGNS = {
    "=": Operator.EQUAL,
    "!=": Operator.UNEQUAL,
    "<>": Operator.UNEQUAL,
    "<": Operator.LESS,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE,
    ">=": Operator.AT_LEAST,
    "LIKE": Operator.LIKE,
}
_LISTS = {"IN": Operator.IN, "INCLUDES": Operator.INCLUDES, "EXCLUDES": Operator.EXCLUDES}
_LITERALS = {
    TokenKind.STRING: LiteralKind.STRING,
    TokenKind.NUMBER: LiteralKind.NUMBER,
    TokenKind.DATE: LiteralKind.DATE,
    TokenKind.DATE_TIME: LiteralKind.DATETIME,
    TokenKind.RELATIVE: LiteralKind.WORD,
    TokenKind.WORD: LiteralKind.WORD,
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "N": "\n"}


class ConditionReader:
    """Reads what follows WHERE and HAVING."""

    def __init__(self, stream: TokenStream, query: Callable[[], Query]) -> None:
        """Read from a stream; `query` reads the query of a semi-join."""
        self._stream = stream
        self._query = query

    def condition(self) -> Condition:
        """Read a condition; AND and OR do not mix without parentheses."""
        stream = self._stream
        with stream.nested():
            parts = [self._unit()]
            word = stream.now.upper
            if word in ("AND", "OR"):
                while stream.accept(word):
                    parts.append(self._unit())
                if stream.now.upper in ("AND", "OR"):
                    raise stream.unexpected()
        if len(parts) == 1:
            return parts[0]
        return And(tuple(parts)) if word == "AND" else Or(tuple(parts))

    def _unit(self) -> Condition:
        stream = self._stream
        with stream.nested():
            if stream.accept("("):
                condition = self.condition()
                stream.demand(")")
                return condition
            if stream.now.upper == "NOT":
                stream.next()
                return Not(self._unit())
            return self._comparison()

    def _comparison(self) -> Condition:
        stream = self._stream
        operand = stream.operand()
        token = stream.now
        if token.upper in _SIGNS and token.kind in (TokenKind.SIGN, TokenKind.WORD):
            stream.next()
            return Compare(operand, _SIGNS[token.upper], self._literal())
        if token.upper in _LISTS:
            stream.next()
            return self._member(operand, _LISTS[token.upper])
        if stream.accept("NOT"):
            stream.demand("IN")
            return self._member(operand, Operator.NOT_IN)
        raise stream.unexpected()

    def _member(self, operand: Operand, operator: Operator) -> Condition:
        stream = self._stream
        stream.demand("(")
        if stream.now.upper == "SELECT" and operator in (Operator.IN, Operator.NOT_IN):
            query = self._query()
            stream.demand(")")
            return SemiJoin(operand, operator, query)
        values = [self._literal()]
        while stream.accept(","):
            values.append(self._literal())
        stream.demand(")")
        return Member(operand, operator, tuple(values))

    def _literal(self) -> Literal:
        token = self._stream.now
        kind = _LITERALS.get(token.kind)
        if kind is None or (token.kind is TokenKind.WORD and "." in token.text):
            raise self._stream.unexpected()
        self._stream.next()
        return Literal(kind, _written(token), token.position)


def _written(token: Token) -> str:
    if token.kind is not TokenKind.STRING:
        return token.text
    quoted = token.text[1:-1]
    if "\\" not in quoted:
        return quoted
    letters = []
    rest = iter(quoted)
    for letter in rest:
        if letter != "\\":
            letters.append(letter)
            continue
        escaped = next(rest)
        # A wildcard keeps its backslash, so that LIKE can tell it from a real one.
        letters.append(f"\\{escaped}" if escaped in "%_" else _ESCAPES.get(escaped, escaped))
    return "".join(letters)
