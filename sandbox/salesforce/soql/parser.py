"""Text to query.

Read by hand rather than from a grammar: almost every keyword of the language is also a name
that an object, a field or an alias may have, and which of the two it is depends on what follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.soql.ast import (
    Call,
    Condition,
    Field,
    Operand,
    Query,
    SelectItem,
    Sorting,
    Subquery,
    TypeOf,
)
from sandbox.salesforce.soql.conditions import ConditionReader
from sandbox.salesforce.soql.stream import TokenStream
from sandbox.salesforce.soql.tokens import TokenKind, tokens_of

__all__ = ["SoqlParser"]

_LONGEST = 100_000
_LONGEST_NUMBER = 9
_CLAUSES = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "WITH"})
_AFTER_SOURCE = _CLAUSES | {"USING", "ALL", "UPDATE"}
_SCOPES = ("EVERYTHING", "MINE")
_PURPOSES = ("VIEW", "REFERENCE")
_TRACKED = ("TRACKING", "VIEWSTAT")

_Item = TypeVar("_Item")


class SoqlParser:
    """Reads queries."""

    def parse(self, text: str) -> Query:
        """Read a query; raises MALFORMED_QUERY as the API words it."""
        if len(text) > _LONGEST:
            raise ApiError("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000")
        stream = TokenStream(text, tokens_of(text))
        query = _QueryReader(stream).query()
        if stream.now.kind is not TokenKind.END:
            raise stream.unexpected()
        return query


class _QueryReader:
    """Reads one query, and the queries inside it."""

    def __init__(self, stream: TokenStream) -> None:
        self._stream = stream
        self._conditions = ConditionReader(stream, self.query)

    def query(self) -> Query:
        stream = self._stream
        with stream.nested():
            stream.demand("SELECT")
            select = self._several(self._item)
            stream.demand("FROM")
            position = stream.now.position
            source = stream.name()
            aliases = self._aliases(source)
            if stream.accept("USING"):
                stream.demand("SCOPE")
                stream.one_of(_SCOPES)
            where = self._conditions.condition() if stream.accept("WHERE") else None
            group, having = self._groups()
            order = self._order()
            limit = self._count() if stream.accept("LIMIT") else None
            offset = self._count() if stream.accept("OFFSET") else 0
            self._endings()
        return Query(
            text=stream.text,
            select=select,
            source=source,
            source_position=position,
            aliases=aliases,
            where=where,
            group=group,
            having=having,
            order=order,
            limit=limit,
            offset=offset,
        )

    def _several(self, read: Callable[[], _Item]) -> tuple[_Item, ...]:
        items = [read()]
        while self._stream.accept(","):
            items.append(read())
        return tuple(items)

    def _item(self) -> SelectItem:
        stream = self._stream
        if stream.now.text == "(":
            stream.next()
            query = self.query()
            stream.demand(")")
            return Subquery(query)
        if stream.now.upper == "TYPEOF" and stream.ahead.kind is TokenKind.WORD:
            return self._type_of()
        operand = stream.operand()
        follows = stream.ahead.upper
        if stream.now.upper != "AS" and follows not in (",", "FROM"):
            # Not an alias but a misspelled FROM.
            return operand
        alias = self._alias(("FROM",))
        if isinstance(operand, Call):
            return Call(operand.function, operand.argument, alias, operand.position)
        return Field(operand.path, operand.position, alias)

    def _type_of(self) -> TypeOf:
        stream = self._stream
        stream.next()
        relationship = stream.field()
        cases: list[tuple[str, tuple[Field, ...]]] = []
        while stream.accept("WHEN"):
            name = stream.name()
            stream.demand("THEN")
            cases.append((name, self._several(stream.field)))
        otherwise = self._several(stream.field) if stream.accept("ELSE") else ()
        stream.demand("END")
        if not cases:
            raise stream.unexpected()
        return TypeOf(relationship, tuple(cases), otherwise)

    def _aliases(self, source: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Read `FROM Contact c, c.Account a`: each alias with the path it stands for."""
        stream = self._stream
        named: dict[str, tuple[str, ...]] = {}
        alias = self._alias(_AFTER_SOURCE)
        if alias:
            named[alias.lower()] = ()
        while stream.accept(","):
            path = stream.field().path
            start = named.get(path[0].lower(), () if path[0].lower() == source.lower() else None)
            if start is None:
                raise stream.unexpected()
            alias = self._alias(_AFTER_SOURCE)
            if alias is None:
                raise stream.unexpected()
            named[alias.lower()] = (*start, *path[1:])
        return tuple(named.items())

    def _alias(self, words_after: frozenset[str] | tuple[str, ...]) -> str | None:
        stream = self._stream
        if stream.now.upper == "AS" and stream.ahead.kind is TokenKind.WORD:
            stream.next()
        elif stream.now.upper in words_after:
            return None
        return stream.name() if stream.now.kind is TokenKind.WORD else None

    def _groups(self) -> tuple[tuple[Operand, ...], Condition | None]:
        stream = self._stream
        group: tuple[Operand, ...] = ()
        if stream.accept("GROUP"):
            stream.demand("BY")
            group = self._several(stream.operand)
        having = self._conditions.condition() if stream.accept("HAVING") else None
        return group, having

    def _order(self) -> tuple[Sorting, ...]:
        if not self._stream.accept("ORDER"):
            return ()
        self._stream.demand("BY")
        return self._several(self._sorting)

    def _sorting(self) -> Sorting:
        stream = self._stream
        operand = stream.operand()
        descending = stream.accept("DESC")
        if not descending:
            stream.accept("ASC")
        nulls_last = stream.accept("NULLS") and stream.one_of(("FIRST", "LAST")) == "LAST"
        return Sorting(operand, descending, nulls_last)

    def _count(self) -> int:
        token = self._stream.now
        if token.kind is not TokenKind.NUMBER or not token.text.isdigit():
            raise self._stream.unexpected()
        if len(token.text) > _LONGEST_NUMBER:
            raise malformed_query(f'For input string: "{token.text}"')
        self._stream.next()
        return int(token.text)

    def _endings(self) -> None:
        """Pass over what changes nothing in an answer: what the query is for."""
        stream = self._stream
        while stream.now.upper in ("FOR", "UPDATE"):
            is_for = stream.next().upper == "FOR"
            stream.one_of(_PURPOSES if is_for else _TRACKED)
            while stream.accept(","):
                stream.one_of(_PURPOSES if is_for else _TRACKED)
        if stream.now.upper == "ALL" and stream.ahead.upper == "ROWS":
            raise malformed_query("ALL ROWS not allowed in this context")
