"""YAML text read into plain lists and tables, with the place of every key and value.

Every scalar stays the text that was written (`NO`, `1.50` and `010` are not changed), because a
mapping speaks of picklist values and names; only an empty value or `null` is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from mappings.findings import Path, Places
from sync.domain.errors import MappingError

__all__ = ["MAX_ALIASES", "MAX_BYTES", "MAX_LEVELS", "MAX_VALUES", "Tree", "read_tree"]

MAX_BYTES = 1_000_000
MAX_LEVELS = 20
MAX_ALIASES = 1_000
#: Keys and values of one file; a mapping of 500 fields has some 3,000.
MAX_VALUES = 12_000
#: Values an aliased part may unfold to in one file; stops the 'billion laughs'.
_MAX_UNFOLDED = 200_000
#: How files begin that some editors call Unicode.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: Control characters, marks of width and direction, and a no-break space that should indent.
_HIDDEN = re.compile(
    "^ *(\\xa0)|([\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\u200b\\u2060"
    "\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff])",
    re.MULTILINE,
)

#: What YAML says where something goes on to the end of the file.
_NEVER_ENDS = ("unexpected end of stream", "'<stream end>'")
#: What YAML says of a place, and what to do about it.
_IN_PLAIN_WORDS = {
    "cannot start any token": "a text that begins with this sign must stand in quotes",
    "unknown escape character": "in double quotes a backslash is written twice; or use ' quotes",
    "could not find expected ':'": "a line without a ':'; write 'key: value'",
}
#: What git leaves where two versions of a line could not be brought together.
_MERGE_MARK = re.compile(r"^(?:<{7}|={7}|>{7})(?= |$)", re.MULTILINE)

Plain = str | None | list["Plain"] | dict[str, "Plain"]

_NOTHING = ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Tree:
    """One file as plain values, its places, and what was wrong with it as YAML."""

    root: Plain
    places: Places
    findings: list[MappingError] = field(default_factory=list)


@dataclass(slots=True)
class _Node:
    """One value of the document; `items` of a table are (key, value) nodes."""

    mark: tuple[int, int]
    text: str | None = None
    items: list[tuple[_Node, _Node]] | None = None
    entries: list[_Node] | None = None
    alias_of: _Node | None = None


class _UnreadableError(Exception):
    """The document cannot be read on from this place."""

    def __init__(self, message: str, mark: tuple[int, int]) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark


def read_tree(data: bytes, *, file: str) -> Tree:
    """Read one YAML file; what is wrong is among the findings, never raised."""
    places = Places(file)
    tree = Tree(None, places)
    try:
        text = _decode(data)
        document = _Composer(YAML(typ="safe", pure=True).parse(text)).compose()
    except _UnreadableError as exc:
        line, column = exc.mark
        tree.findings.append(MappingError(exc.message, file=file, line=line, column=column))
        return tree
    if document is not None:
        _Unfolding(tree).unfold(document)
    return tree


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _UnreadableError(f"the file is larger than {MAX_BYTES:,} bytes; split it", (1, 1))
    if data.startswith(_UTF_16) or b"\0" in data[:2]:
        raise _UnreadableError("this is UTF-16; save the file as UTF-8", (1, 1))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = data[: exc.start]
        line = before.count(b"\n") + 1
        column = exc.start - (before.rfind(b"\n") + 1) + 1
        raise _UnreadableError(
            f"byte 0x{data[exc.start]:02x} is not UTF-8; save the file as UTF-8", (line, column)
        ) from exc
    _refuse_hidden(text)
    return text


def _refuse_hidden(text: str) -> None:
    """Refuse characters nobody sees and every comparison trips over, and unfinished merges."""
    mark = _MERGE_MARK.search(text)
    if mark is not None:
        raise _UnreadableError(
            "two versions of these lines stand here, as git left them; keep one, and take the "
            "marks out",
            (text.count("\n", 0, mark.start()) + 1, 1),
        )
    found = _HIDDEN.search(text)
    if found is None:
        return
    at = found.end() - 1
    place = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    if found[1] is not None:
        said = "a no-break space here; YAML is indented with plain spaces only"
    else:
        said = f"a character that cannot be seen (U+{ord(text[at]):04X}); remove it"
    raise _UnreadableError(said, place)


class _Composer:
    """Builds nodes from YAML events, without following aliases endlessly."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = _readable(events)
        self._anchors: dict[str, _Node] = {}
        self._documents = 0

    def compose(self) -> _Node | None:
        root: _Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise _UnreadableError(
                        "a second document starts here ('---'); write one pair a file", _mark(event)
                    )
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
                root = self._node(event, 1)
        return root

    def _node(self, event: Event, level: int) -> _Node:
        if level > MAX_LEVELS + 1:
            raise _UnreadableError(f"nested deeper than {MAX_LEVELS} levels", _mark(event))
        if isinstance(event, AliasEvent):
            return self._alias(event)
        node = _Node(_mark(event))
        _refuse_tag(event)
        if isinstance(event, ScalarEvent):
            node.text = _scalar(event)
            self._remember(event, node)
            return node
        if isinstance(event, MappingStartEvent):
            node.items = self._pairs(level)
        else:
            node.entries = [self._node(inner, level + 1) for inner in self._until(SequenceEndEvent)]
        # Only now, so that an alias inside its own anchor is unknown rather than endless.
        self._remember(event, node)
        return node

    def _pairs(self, level: int) -> list[tuple[_Node, _Node]]:
        pairs = []
        for inner in self._until(MappingEndEvent):
            key = self._node(inner, level + 1)
            pairs.append((key, self._node(next(self._events), level + 1)))
        return pairs

    def _until(self, end: type[Event]) -> Iterator[Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _remember(self, event: Event, node: _Node) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[str(anchor)] = node

    def _alias(self, event: AliasEvent) -> _Node:
        known = self._anchors.get(str(event.anchor))
        if known is None:
            raise _UnreadableError(
                f"'*{event.anchor}' names no anchor above it; write '&{event.anchor}' first",
                _mark(event),
            )
        return _Node(_mark(event), alias_of=known)


class _Unfolding:
    """Turns nodes into plain values and notes their places."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values = 0
        self._expansions = 0

    def unfold(self, document: _Node) -> None:
        try:
            self._tree.root = self._plain(document, ())
        except _UnreadableError as exc:
            self._find(exc.message, exc.mark)
            self._tree.root = None

    def _plain(self, node: _Node, path: Path) -> Plain:
        self._values += 1
        if self._values > _MAX_UNFOLDED:
            raise _UnreadableError("aliases unfold to too many values; write them out", node.mark)
        if len(path) > MAX_LEVELS:
            raise _UnreadableError(f"nested deeper than {MAX_LEVELS} levels", node.mark)
        if node.alias_of is not None:
            return self._expanded(node, node.alias_of, path)
        self._tree.places.values[path] = node.mark
        if node.entries is not None:
            return [self._plain(one, (*path, at)) for at, one in enumerate(node.entries)]
        if node.items is not None:
            return self._table(node.items, path)
        return node.text

    def _expanded(self, node: _Node, target: _Node, path: Path) -> Plain:
        self._expansions += 1
        if self._expansions > MAX_ALIASES:
            raise _UnreadableError(f"more than {MAX_ALIASES:,} aliases; write them out", node.mark)
        return self._plain(target, path)

    def _table(self, items: list[tuple[_Node, _Node]], path: Path) -> dict[str, Plain]:
        table: dict[str, Plain] = {}
        for key, value in items:
            name = self._key(key, table)
            if name is not None:
                self._tree.places.keys[(*path, name)] = key.mark
                table[name] = self._plain(value, (*path, name))
                if table[name] is None:
                    # YAML places an empty value where the next thing starts.
                    self._tree.places.values[(*path, name)] = key.mark
        return table

    def _key(self, key: _Node, table: dict[str, Plain]) -> str | None:
        key = key.alias_of or key
        if key.text is None:
            self._find("a key must be a text", key.mark)
        elif key.text == "<<":
            self._find("'<<' is not supported; write the keys out", key.mark)
        elif key.text in table:
            self._find(f"the key {key.text!r} is written twice; keep one of them", key.mark)
        else:
            return key.text
        return None

    def _find(self, message: str, mark: tuple[int, int]) -> None:
        self._tree.findings.append(
            MappingError(message, file=self._tree.places.file, line=mark[0], column=mark[1])
        )


def _readable(events: Iterator[Event]) -> Iterator[Event]:
    """Pass events on, turning YAML's own errors into ours."""
    try:
        for count, event in enumerate(events):
            if count > MAX_VALUES:
                raise _UnreadableError(
                    f"more than {MAX_VALUES:,} keys and values; split the file", _mark(event)
                )
            yield event
    except MarkedYAMLError as exc:
        mark = _whereabouts(exc)
        place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise _UnreadableError(_explain(exc, mark), place) from exc
    except ReaderError as exc:
        raise _UnreadableError(
            f"a character (code {exc.character!r}) that YAML does not allow; remove it", (1, 1)
        ) from exc
    except YAMLError as exc:
        raise _UnreadableError(f"this is not YAML: {exc}", (1, 1)) from exc


def _whereabouts(exc: MarkedYAMLError) -> StringMark | None:
    """Give where something is to be mended: where it was opened, if it never ends."""
    marks: list[StringMark | None] = [exc.problem_mark, exc.context_mark]
    if any(said in str(exc.problem) for said in _NEVER_ENDS):
        marks.reverse()
    return marks[0] or marks[1]


def _explain(exc: MarkedYAMLError, mark: StringMark | None) -> str:
    """Say in plain words what YAML stumbled over."""
    problem = str(exc.problem or exc.context or "unreadable")
    if "'\\t'" in problem or _rest_of_line(mark).startswith("\t"):
        return "a tab here; YAML is indented with spaces only"
    if any(said in problem for said in _NEVER_ENDS):
        return f"this is not YAML: what {_rest_of_line(mark) or 'it'} opens here is never closed"
    for said, instead in _IN_PLAIN_WORDS.items():
        if said in problem:
            return f"this is not YAML: {instead}"
    if "mapping values are not allowed" in problem:
        return (
            "this is not YAML: a second ':' on the line (put a text that holds ': ' in quotes), "
            "wrong indentation, or no space after the ':' of the line above"
        )
    if problem.startswith("expected ',' or"):
        return (
            "this is not YAML: inside { } and [ ] put a text that holds one of , [ ] { } in quotes"
        )
    if "expected <block end>" in problem:
        return "this is not YAML: the indentation does not fit the lines above"
    return f"this is not YAML: {problem}"


def _rest_of_line(mark: StringMark | None) -> str:
    if mark is None or mark.buffer is None:
        return ""
    return str(mark.buffer[mark.pointer : mark.pointer + 1])


def _mark(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1)


def _scalar(event: ScalarEvent) -> str | None:
    plain = event.style in (None, "")
    return None if plain and event.value in _NOTHING else str(event.value)


def _refuse_tag(event: Event) -> None:
    tag = getattr(event, "tag", None)
    if tag is not None and str(tag) not in ("!", "tag:yaml.org,2002:str"):
        raise _UnreadableError(
            f"the tag {str(tag).replace('tag:yaml.org,2002:', '!!')!r} is not supported; "
            "write plain values",
            _mark(event),
        )
