"""Text to query."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.soql.ast import (
    And,
    Call,
    Compare,
    Condition,
    Field,
    Literal,
    LiteralKind,
    Member,
    Not,
    Operator,
    Or,
    Query,
    SelectItem,
    SemiJoin,
    Sorting,
    Subquery,
)
from sandbox.salesforce.soql.grammar import GRAMMAR

__all__ = ["SoqlParser", "quoted_place"]

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "N": "\n"}
_LONGEST = 100_000
_KINDS = {
    "datetime": LiteralKind.DATETIME,
    "date": LiteralKind.DATE,
    "number": LiteralKind.NUMBER,
    "relative": LiteralKind.WORD,
    "word": LiteralKind.WORD,
}

_Node = Tree[Token]


class SoqlParser:
    """Reads queries; its tables take 0.1 s to build, so they are built once, at the first query."""

    @cached_property
    def _lark(self) -> Lark:
        return Lark(GRAMMAR, start="query", parser="lalr", lexer="contextual")

    def parse(self, text: str) -> Query:
        """Read a query; raises MALFORMED_QUERY as the API words it."""
        if len(text) > _LONGEST:
            raise ApiError("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000")
        try:
            tree = self._lark.parse(text)
        except UnexpectedInput as exc:
            raise _unexpected(text, exc) from exc
        return _query(tree, text)


def quoted_place(text: str, position: int) -> str:
    """Quote the part of a query around a position, with a mark under it, as the API does."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    row = text.count("\n", 0, position) + 1
    column = position - start + 1
    line = text[start : end if end >= 0 else len(text)]
    first = max(0, column - 1 - 40)
    shown = line[first : column - 1 + 40]
    marker = " " * (column - 1 - first) + "^"
    return f"\n{shown}\n{marker}\nERROR at Row:{row}:Column:{column}\n"


def _unexpected(text: str, exc: UnexpectedInput) -> ApiError:
    if isinstance(exc, UnexpectedToken) and exc.token.type == "$END":
        return malformed_query("unexpected token: '<EOF>'")
    position: int = getattr(exc, "pos_in_stream", None) or 0
    if isinstance(exc, UnexpectedCharacters):
        found = text[position : position + 1]
    else:
        found = str(getattr(exc, "token", ""))
    return malformed_query(f"{quoted_place(text, position)}unexpected token: '{found}'")


def _parts(node: _Node, kind: str) -> Iterator[_Node]:
    for child in node.children:
        if isinstance(child, Tree) and child.data == kind:
            yield child


def _part(node: _Node, kind: str) -> _Node | None:
    return next(_parts(node, kind), None)


def _tokens(node: _Node, kind: str) -> list[Token]:
    return [one for one in node.children if isinstance(one, Token) and one.type == kind]


def _query(node: _Node, text: str) -> Query:
    source = _tokens(node, "NAME")[0]
    selection = _part(node, "selection")
    where, group, order = _part(node, "where"), _part(node, "group"), _part(node, "order")
    return Query(
        text=text,
        select=tuple(_items(selection, text)) if selection else (),
        source=str(source),
        source_position=source.start_pos or 0,
        where=_condition(_trees(where)[0], text) if where else None,
        group=tuple(_field(name) for name in _tokens(group, "NAME")) if group else (),
        order=tuple(_sorting(one) for one in _parts(order, "sorting")) if order else (),
        limit=_count(_part(node, "limit")),
        offset=_count(_part(node, "offset")) or 0,
    )


def _trees(node: _Node) -> list[_Node]:
    return [child for child in node.children if isinstance(child, Tree)]


def _count(node: _Node | None) -> int | None:
    if node is None:
        return None
    written = str(_tokens(node, "NUMBER")[0])
    if not written.isdigit():
        raise malformed_query(f"unexpected token: '{written}'")
    return int(written)


def _items(selection: _Node, text: str) -> Iterator[SelectItem]:
    for item in _trees(selection):
        match item.data:
            case "path":
                yield _field(_tokens(item, "NAME")[0])
            case "call":
                yield _call(item)
            case _:
                yield Subquery(_query(item, text))


def _field(name: Token) -> Field:
    return Field(tuple(name.split(".")), name.start_pos or 0)


def _call(node: _Node) -> Call:
    function, argument, alias = node.children
    assert isinstance(function, Token)
    return Call(
        function=function.upper(),
        argument=_field(argument) if isinstance(argument, Token) else None,
        alias=str(alias) if isinstance(alias, Token) else None,
        position=function.start_pos or 0,
    )


def _sorting(node: _Node) -> Sorting:
    direction, nulls = _part(node, "direction"), _part(node, "nulls")
    return Sorting(
        field=_field(_tokens(node, "NAME")[0]),
        descending=direction is not None and bool(_tokens(direction, "DESC")),
        nulls_last=nulls is not None and bool(_tokens(nulls, "LAST")),
    )


def _condition(node: _Node, text: str) -> Condition:
    match node.data:
        case "conjunction":
            return And(tuple(_condition(one, text) for one in _trees(node)))
        case "disjunction":
            return Or(tuple(_condition(one, text) for one in _trees(node)))
        case "negation":
            return Not(_condition(_trees(node)[0], text))
    field = _field(_tokens(node, "NAME")[0])
    operator, *operands = _trees(node)
    chosen = _operator(operator)
    if node.data == "semijoin":
        return SemiJoin(field, chosen, _query(operands[0], text))
    values = tuple(_literal(one) for one in operands)
    if node.data == "membership":
        return Member(field, chosen, values)
    return Compare(field, chosen, values[0])


def _operator(node: _Node) -> Operator:
    written = " ".join(str(one).lower() for one in node.children)
    return Operator.UNEQUAL if written == "<>" else Operator(written)


def _literal(node: _Node) -> Literal:
    token = node.children[0]
    assert isinstance(token, Token)
    position = token.start_pos or 0
    if node.data == "string":
        return Literal(LiteralKind.STRING, _unescaped(str(token)[1:-1]), position)
    return Literal(_KINDS[str(node.data)], str(token), position)


def _unescaped(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    letters = []
    rest = iter(quoted)
    for letter in rest:
        if letter != "\\":
            letters.append(letter)
            continue
        escaped = next(rest)
        letters.append(f"\\{escaped}" if escaped in "%_" else _ESCAPES.get(escaped, escaped))
    return "".join(letters)
