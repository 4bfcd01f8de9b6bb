"""The examples of the mapping files, tried without any CRM: got and wanted side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.words import SIDES, TITLES
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from mappings.examples import Tried, TriedExample
    from mappings.model import PairMapping
    from mappings.project import Project
    from sync.domain.schema import ObjectShape

__all__ = ["try_all"]

#: Both schemas of a pair, HubSpot's first.
_Shapes = tuple[Mapping[str, "ObjectShape"], Mapping[str, "ObjectShape"]]


@dataclass(frozen=True, slots=True)
class _Trial:
    """The examples of one pair, and whether they were tried on schemas that were read once."""

    pair: str
    examples: tuple[TriedExample, ...]
    kept: bool


#: What to write where there is no example yet.
_HOW = """\
There is no example yet. One reads like this, at the end of a mapping file:

examples:
  - name: phone numbers are kept in E.164
    hubspot: {mobilephone: "+49 170 1234567"}
    salesforce: {MobilePhone: "+491701234567"}"""


def try_all(
    folder: Path,
    *,
    only: str | None,
    as_json: bool,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Try the examples of a project; print each with what differs; give the exit code."""
    from mappings.loader import load_mappings
    from mappings.project import load_project

    project = load_project(folder, environment)
    pairs = load_mappings(project.mappings)
    if only is not None:
        from console.mapping_table import pair_named

        pairs = (pair_named(pairs, only),)
    pairs = tuple(pair for pair in pairs if pair.examples)
    trials = [_try(pair, kept) for pair, kept in _with_kept_shapes(pairs, project)]
    tried = [one for trial in trials for one in trial.examples]
    code = 0 if all(one.passed for one in tried) else 2
    if as_json:
        print_json(
            {
                "exit": code,
                "counts": _counts(tried),
                "schemas": {one.pair: "kept" if one.kept else "declared" for one in trials},
                "examples": [_example_json(one) for one in tried],
            }
        )
    elif tried:
        _print(paper(), tried)
        print(_summary(_counts(tried)))
        print(*_notes(trials), sep="\n", end="")
    else:
        print(_HOW)
    return code


def _with_kept_shapes(
    pairs: Sequence[PairMapping], project: Project
) -> Iterator[tuple[PairMapping, _Shapes | None]]:
    """Give each pair with both schemas as the state has them, else as the project's copy has them.

    None where neither has.
    """
    from sync.domain.errors import StateError
    from sync.engine.shapes import kept_shapes
    from sync.state import open_store

    found: dict[str, _Shapes] = {}
    # No state is needed here: whatever is wrong with it, other commands say.
    with suppress(StateError), open_store(project.state, create=False) as store:
        for pair in pairs:
            left, right = (kept_shapes(store, side, pair.objects(side)) for side in Side)
            if left is not None and right is not None:
                found[pair.pair] = (left, right)
    copied = _copied_shapes(pairs, project) if len(found) < len(pairs) else {}
    for pair in pairs:
        yield pair, found.get(pair.pair) or copied.get(pair.pair)


def _copied_shapes(pairs: Sequence[PairMapping], project: Project) -> dict[str, _Shapes]:
    """Give both schemas of the pairs whose objects `revloop schema pull` has copied."""
    from console.schema_copy import read_copies
    from sync.domain.errors import ConfigError

    copies = None
    # A copy that cannot be read is for `mappings check` to say.
    with suppress(ConfigError):
        copies = read_copies(project.folder)
    found: dict[str, _Shapes] = {}
    if copies is None:
        return found
    for pair in pairs:
        left, right = (
            {
                name: shape
                for name in pair.objects(side)
                if (shape := copies[side].objects.get(name)) is not None
            }
            for side in Side
        )
        if len(left) + len(right) == sum(len(pair.objects(side)) for side in Side):
            found[pair.pair] = (left, right)
    return found


def _try(pair: PairMapping, kept: _Shapes | None) -> _Trial:
    """Try a pair's examples on the kept schemas, or on its own word where it has outgrown them."""
    from mappings.bind import bind
    from mappings.declared import declared_shapes
    from mappings.examples import try_examples
    from mappings.findings import MappingErrors

    if kept is not None:
        with suppress(MappingErrors):
            bound = bind(pair, *kept)
            return _Trial(pair.pair, examples=try_examples(pair, bound), kept=True)
    left, right = (declared_shapes(pair, side) for side in Side)
    return _Trial(pair.pair, examples=try_examples(pair, bind(pair, left, right)), kept=False)


def _notes(trials: Sequence[_Trial]) -> Iterator[str]:
    """Say of which pairs lengths and picklists could not be looked at."""
    names = ", ".join(one.pair for one in trials if not one.kept)
    if names:
        yield (
            f"note: {names}: tried by the types in the file alone. Lengths and picklists are "
            "looked at too once a run or `revloop schema pull` has read both schemas.\n"
        )


def _counts(tried: Sequence[TriedExample]) -> dict[str, int]:
    values = [value for one in tried for value in one.values]
    places = {one.place for one in tried}
    return {
        "examples": len(places),
        "examples_wrong": len({one.place for one in tried if not one.passed}),
        "values": len(values),
        "values_wrong": sum(not value.passed for value in values),
    }


def _print(out: Console, tried: Sequence[TriedExample]) -> None:
    from rich.text import Text

    for one in tried:
        word = Text("ok   ", "green") if one.passed else Text("WRONG", "bold red")
        where = one.pair if one.passed else _place(one)
        title = f" {where}: {one.name} ({' | '.join(one.objects)})"
        out.print(Text.assemble(word, title), soft_wrap=True)
        if not one.passed:
            out.print(_table([value for value in one.values if not value.passed]))


def _place(one: TriedExample) -> str:
    file, line, column = one.place
    return f"{file}:{line}:{column}"


def _table(values: Sequence[Tried]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("field", "arrives in", "from", "got", "wanted", "why"):
        table.add_column(name, overflow="fold", ratio=2 if name == "why" else 1)
    for value in values:
        table.add_row(
            Text(value.field),
            Text(f"{TITLES[value.target]} {value.native}"),
            Text(_shown(value.given)),
            Text(_shown(value.got), "red"),
            Text(_shown(value.wanted), "green"),
            Text(value.why),
        )
    return table


def _shown(value: str | None) -> str:
    """Show a value so that a blank one can be seen."""
    return "(blank)" if value is None else value if value.strip() else repr(value)


def _summary(counts: Mapping[str, int]) -> str:
    examples, values = _number(counts["examples"], "example"), _number(counts["values"], "value")
    if not counts["values_wrong"]:
        return f"{examples}, {values} looked at: all as wanted."
    return (
        f"{examples}, {values} looked at: {_number(counts['examples_wrong'], 'example')} wrong, "
        f"{_number(counts['values_wrong'], 'value')} not as wanted."
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _example_json(one: TriedExample) -> dict[str, Any]:
    file, line, column = one.place
    return {
        "pair": one.pair,
        "name": one.name,
        "objects": list(one.objects),
        "file": file,
        "line": line,
        "column": column,
        "passed": one.passed,
        "values": [
            {
                "field": value.field,
                "side": SIDES[value.target],
                "native": value.native,
                "from": value.given,
                "got": value.got,
                "wanted": value.wanted,
                "passed": value.passed,
                "why": value.why or None,
            }
            for value in one.values
        ],
    }
