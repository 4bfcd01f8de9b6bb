"""The text of a CEL expression taken apart: which names it reads, compares and calls.

The CEL package evaluates; this module reads the source as tokens, because an admin needs to know
at once which name is wrong, and because a comparison with a blank must be false (the package
would fail on a missing value).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_STEPS",
    "PRESENT",
    "Comparison",
    "ExpressionSource",
    "read_source",
    "with_record",
]

#: Longer expressions are refused; the evaluator recurses over them.
MAX_LENGTH = 4_000
#: Brackets nested deeper are refused, for the same reason.
MAX_DEPTH = 30
#: Expressions that go over more values than this for one record are refused.
MAX_STEPS = 10_000
#: How many values a list is taken to hold whose length the text does not tell.
_UNTOLD_LENGTH = 100
#: The variable of guarded expressions that holds only the fields that are not blank.
PRESENT = "_present"

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<text>[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
#: The one name that may stand without `record.` before it.
_BARE = "handed_over"
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_SEPARATORS = frozenset({"&&", "||", "?", ":", ","})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_LITERALS = frozenset({"true", "false", "null", "in"})
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
FUNCTIONS = frozenset(
    {
        "all", "bytes", "contains", "double", "duration", "dyn", "endsWith", "exists",
        "exists_one", "filter", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
        "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds",
        "has", "int", "map", "matches", "size", "startsWith", "string", "timestamp", "type",
        "uint",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with constants: `record.country in ["DE"]`; `others` are no texts."""

    name: str
    constants: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class ExpressionSource:
    """What an expression's text says about itself.

    `guarded` is the same expression with every comparison guarded by `has()`, and with `has()`
    asking `_present` instead of `record`. `texts` are its constants. `problems` are sentences about
    what cannot work.
    """

    reads: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    comparisons: list[Comparison] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    guarded: str = ""


@dataclass(slots=True)
class _Token:
    kind: str  # text, number, name, sign or group
    text: str
    inner: list[_Token] = field(default_factory=list)


class _SourceError(Exception):
    """The text cannot be taken apart."""


def read_source(text: str, *, guard: Iterable[str] | None = None) -> ExpressionSource:
    """Take an expression apart; `guard` names the fields whose blank makes a comparison false."""
    source = ExpressionSource()
    if len(text) > MAX_LENGTH:
        source.problems.append(f"the expression is longer than {MAX_LENGTH:,} characters")
        return source
    try:
        tokens = _nest(_tokens(text))
    except _SourceError as exc:
        source.problems.append(str(exc))
        return source
    if (steps := _steps(tokens)) > MAX_STEPS:
        source.problems.append(
            f"lists within lists make {steps:,} steps for each record, and {MAX_STEPS:,} are "
            "allowed; ask with 'in', as in 'record.country in [\"DE\", \"AT\"]'"
        )
        return source
    _Walk(source, frozenset(guard or ()), _bound_names(tokens)).run(tokens)
    return source


def with_record(text: str, known: Iterable[str]) -> str:
    """Give an expression in which a bare `handed_over` is the record's, where that is known."""
    if _BARE not in known or _BARE not in text:
        return text
    parts, before, at = [], "", 0
    while at < len(text) and (found := _TOKEN.match(text, at)) is not None:
        bare = found.group() == _BARE and found.lastgroup == "name" and before != "."
        parts.append(f"record.{_BARE}" if bare else found.group())
        before = found.group() if found.lastgroup != "space" else before
        at = found.end()
    return "".join(parts) + text[at:]


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _SourceError(f"{text[at]!r} (character {at + 1}) cannot be read{_hint(text, at)}")
        at = found.end()
        if found.lastgroup != "space":
            tokens.append(_Token(str(found.lastgroup), found.group()))
    return tokens


def _hint(text: str, at: int) -> str:
    return {
        "=": "; equality is written '=='",
        "&": "; 'and' is written '&&'",
        "|": "; 'or' is written '||'",
        **dict.fromkeys("\u201c\u201d\u2018\u2019\u201e", "; write straight quotes"),
        '"': "; the closing quote is missing",
        "'": "; the closing quote is missing",
    }.get(text[at], "")


def _nest(tokens: Sequence[_Token]) -> list[_Token]:
    """Put what stands in brackets into groups."""
    stack: list[tuple[str, list[_Token]]] = [("", [])]
    for token in tokens:
        if token.kind == "sign" and token.text in _CLOSING:
            stack.append((token.text, []))
            if len(stack) > MAX_DEPTH:
                raise _SourceError(f"brackets are nested deeper than {MAX_DEPTH}")
        elif token.kind == "sign" and token.text in _CLOSING.values():
            opening, inner = stack.pop()
            if not stack or _CLOSING[opening] != token.text:
                raise _SourceError(f"a {token.text!r} closes nothing")
            stack[-1][1].append(_Token("group", opening, inner))
        else:
            stack[-1][1].append(token)
    if len(stack) > 1:
        raise _SourceError(f"a {stack[-1][0]!r} is not closed")
    return stack[0][1]


def _steps(tokens: Sequence[_Token]) -> int:
    """Count how many values the list macros go over, those inside others times those."""
    steps = 0
    for at, token in enumerate(tokens):
        if token.kind == "group":
            inner = _steps(token.inner)
            is_macro = token.text == "(" and at and tokens[at - 1].text in _MACROS
            steps += max(inner, 1) * _length(tokens[at - 3]) if is_macro and at >= 3 else inner
    return steps


def _length(token: _Token) -> int:
    if token.kind == "group" and token.text == "[":
        return sum(one.text == "," for one in token.inner) + 1
    return _UNTOLD_LENGTH


def _bound_names(tokens: Sequence[_Token]) -> frozenset[str]:
    """List the names macros bind: the `v` of `list.exists(v, v > 1)`."""
    names: set[str] = set()
    for at, token in enumerate(tokens):
        if token.kind != "group":
            continue
        names |= _bound_names(token.inner)
        called = tokens[at - 1].text if at else ""
        if called in _MACROS and token.inner and token.inner[0].kind == "name":
            names.add(token.inner[0].text)
    return frozenset(names)


class _Walk:
    """Goes over the tokens once, noting what is read and writing the guarded form."""

    def __init__(
        self, source: ExpressionSource, guard: frozenset[str], bound: frozenset[str]
    ) -> None:
        self._source = source
        self._guard = guard
        self._bound = bound

    def run(self, tokens: Sequence[_Token]) -> None:
        self._source.guarded, _ = self._sequence(tokens)

    def _sequence(self, tokens: Sequence[_Token]) -> tuple[str, set[str]]:
        """Give the guarded text of what stands between brackets, and the fields left unguarded."""
        parts: list[str] = []
        open_fields: set[str] = set()
        operand: list[_Token] = []
        for token in tokens:
            if token.kind == "sign" and token.text in _SEPARATORS:
                open_fields |= self._close(operand, parts)
                parts.append(token.text)
                operand = []
            else:
                operand.append(token)
        open_fields |= self._close(operand, parts)
        return " ".join(parts), open_fields

    def _close(self, operand: list[_Token], parts: list[str]) -> set[str]:
        text, fields = self._operand(operand)
        compares = any(one.kind in ("sign", "name") and one.text in _COMPARISONS for one in operand)
        if compares:
            self._note_comparison(operand)
            guards = [f"has({PRESENT}.{name})" for name in sorted(fields & self._guard)]
            if guards:
                text = f"({' && '.join([*guards, f'({text})'])})"
            fields = set()
        parts.append(text)
        return fields

    def _operand(self, tokens: Sequence[_Token]) -> tuple[str, set[str]]:
        texts: list[str] = []
        fields: set[str] = set()
        for at, token in enumerate(tokens):
            before = tokens[at - 1] if at else None
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            if token.kind == "group":
                text, inner = self._group(token, before)
                fields |= inner
            else:
                text = token.text
                if token.kind == "text":
                    self._source.texts.add(_unquoted(text))
                elif token.kind == "name":
                    self._name(tokens, at, before, after, fields)
            texts.append(text)
        return _join(texts, tokens), fields

    def _group(self, token: _Token, before: _Token | None) -> tuple[str, set[str]]:
        if before is not None and before.kind == "name" and before.text == "has":
            return self._has(token), set()
        text, fields = self._sequence(token.inner)
        return f"{token.text}{text}{_CLOSING[token.text]}", fields

    def _has(self, token: _Token) -> str:
        names = [one.text for one in token.inner]
        if len(names) != 3 or names[:2] != ["record", "."]:
            self._source.problems.append("has() takes one field, like has(record.email)")
            return f"({PRESENT}.x)"
        self._source.reads.add(names[2])
        return f"({PRESENT}.{names[2]})"

    def _name(
        self,
        tokens: Sequence[_Token],
        at: int,
        before: _Token | None,
        after: _Token | None,
        fields: set[str],
    ) -> None:
        name = tokens[at].text
        if before is not None and before.text == "." and before.kind == "sign":
            self._selected(tokens, at, after, fields)
        elif after is not None and after.kind == "group" and after.text == "(":
            self._source.functions.add(name)
        elif name == "record":
            if after is None or after.text != ".":
                self._source.problems.append("'record' alone has no value; name a field, record.x")
        elif name not in _LITERALS and name not in self._bound:
            self._source.unknown.add(name)

    def _selected(
        self, tokens: Sequence[_Token], at: int, after: _Token | None, fields: set[str]
    ) -> None:
        name = tokens[at].text
        of_record = at >= 2 and tokens[at - 2].kind == "name" and tokens[at - 2].text == "record"
        if of_record and (at < 3 or tokens[at - 3].text != "."):
            self._source.reads.add(name)
            fields.add(name)
        elif after is not None and after.kind == "group" and after.text == "(":
            self._source.functions.add(name)

    def _note_comparison(self, tokens: Sequence[_Token]) -> None:
        signs = [at for at, one in enumerate(tokens) if one.text in _COMPARISONS]
        if len(signs) != 1:
            return
        left, right = tokens[: signs[0]], tokens[signs[0] + 1 :]
        for names, constants in ((left, right), (right, left)):
            name, texts = _record_field(names), _constant_texts(constants)
            others = _other_constants(constants)
            if name is not None and (texts or others):
                self._source.comparisons.append(Comparison(name, texts, others))


def _record_field(tokens: Sequence[_Token]) -> str | None:
    if [one.text for one in tokens[:2]] == ["record", "."] and len(tokens) == 3:
        return tokens[2].text
    return None


def _constant_texts(tokens: Sequence[_Token]) -> tuple[str, ...]:
    if len(tokens) != 1:
        return ()
    token = tokens[0]
    if token.kind == "text":
        return (_unquoted(token.text),)
    if token.kind == "group" and token.text == "[":
        return tuple(_unquoted(one.text) for one in token.inner if one.kind == "text")
    return ()


def _other_constants(tokens: Sequence[_Token]) -> tuple[str, ...]:
    """Give the numbers, and `true` and `false`, that stand where constants may."""
    if len(tokens) != 1:
        return ()
    token = tokens[0]
    listed = token.inner if token.kind == "group" and token.text == "[" else [token]
    return tuple(
        one.text for one in listed if one.kind == "number" or one.text in ("true", "false")
    )


def _unquoted(text: str) -> str:
    """Give a constant without its quotes; escapes are rare here and stay as written."""
    for quote in ('"""', "'''", '"', "'"):
        if text.endswith(quote) and text.startswith(quote):
            return text[len(quote) : -len(quote)]
    return text


def _join(texts: Sequence[str], tokens: Sequence[_Token]) -> str:
    """Write tokens after each other, with a space where two words would run together."""
    written = ""
    for text, token in zip(texts, tokens, strict=True):
        tight = token.kind == "group" or token.text == "." or written.endswith(".")
        written += text if tight or not written else f" {text}"
    return written
