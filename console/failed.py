"""Error items: what failed, grouped by cause, with what to do; from the state, without a call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.causes import OFTEN, title_of
from console.mapping_lines import line_of
from console.output import paper, print_json
from console.words import SIDES, TITLES, record_json
from sync.domain.errors import UsageError
from sync.domain.record import Side
from sync.domain.store import ErrorItem

if TYPE_CHECKING:
    from rich.console import Console

    from mappings.model import PairMapping

__all__ = ["errors", "retry", "show_error"]

#: What makes two items the same trouble: one thing mended settles both.
_Cause = tuple[str, str, str, Side, str]

_Mappings = Mapping[str, "PairMapping"]


def errors(
    folder: Path,
    *,
    as_json: bool,
    pairs: Sequence[str] = (),
    categories: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Print the error items by cause, with what to do about each; give the exit code."""
    items, mappings = _read(folder, environment)
    items = _narrowed(items, pairs=pairs, categories=categories)
    groups = _by_cause(items)
    if as_json:
        print_json(
            {
                "items": [_json(item, mappings) for item in items],
                "groups": [_group_json(group, mappings) for group in groups],
            }
        )
    elif items:
        _print_list(paper(), groups, mappings)
    else:
        paper().print("Nothing is in error.")
    return 0


def show_error(
    folder: Path, id: int, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Print all that is known of one error item; give the exit code."""
    items, mappings = _read(folder, environment)
    (item,) = _named(items, [id])
    if as_json:
        print_json(_json(item, mappings))
    else:
        _print_whole(paper(), item, mappings)
    return 0


def retry(
    folder: Path,
    ids: Sequence[int],
    *,
    as_json: bool,
    pairs: Sequence[str] = (),
    categories: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Let error items be tried by the next sync: those named, else all; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        items = list(workshop.store.findings.errors())
        chosen = _narrowed(_named(items, ids) if ids else items, pairs=pairs, categories=categories)
        due = [one.id for one in chosen if not _is_of_all(one)]
        workshop.store.findings.retry(due, workshop.clock())
    others = [one.id for one in chosen if _is_of_all(one)]
    if as_json:
        print_json({"due": due, "every_run": others, "exit": 0})
        return 0
    out = paper()
    out.print(f"{len(due)} to be tried by the next sync." if due else "Nothing to be tried again.")
    if others:
        named = ", ".join(str(id) for id in others)
        out.print(f"{named}: no single record's trouble, and looked at in every run anyway.")
    return 0


# --- reading -------------------------------------------------------------------------------------


def _read(folder: Path, environment: Mapping[str, str]) -> tuple[list[ErrorItem], _Mappings]:
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        items = list(workshop.store.findings.errors())
        return items, {one.pair: one for one in workshop.pairs}


def _named(items: Sequence[ErrorItem], ids: Sequence[int]) -> list[ErrorItem]:
    known = {one.id: one for one in items}
    if missing := [str(id) for id in ids if id not in known]:
        raise UsageError(
            f"no error item has the id {', '.join(missing)}; it may be settled by now. "
            "`revloop errors list` shows those that are open"
        )
    return [known[id] for id in dict.fromkeys(ids)]


def _narrowed(
    items: Sequence[ErrorItem], *, pairs: Sequence[str], categories: Sequence[str]
) -> list[ErrorItem]:
    return [
        one
        for one in items
        if (not pairs or one.pair in pairs) and (not categories or one.category in categories)
    ]


def _is_of_all(item: ErrorItem) -> bool:
    """Tell whether an item is about a field or an owner as a whole, and about no single record."""
    return item.ref is None and (item.origin is None or item.category == "owner")


def _by_cause(items: Sequence[ErrorItem]) -> list[list[ErrorItem]]:
    """Put items together that one mending settles, the largest group first."""
    groups: dict[_Cause, list[ErrorItem]] = {}
    for one in items:
        cause = (one.pair, one.category, one.code, one.side, one.field)
        groups.setdefault(cause, []).append(one)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0].id))


# --- for machines --------------------------------------------------------------------------------


def _json(item: ErrorItem, mappings: _Mappings) -> dict[str, Any]:
    refs = {item.side: item.ref, item.side.other: item.origin}
    return {
        "id": item.id,
        "category": item.category,
        "cause": title_of(item.category),
        "pair": item.pair,
        "side": SIDES[item.side],
        "record": record_json(refs[Side.LEFT], refs[Side.RIGHT]),
        "field": item.field or None,
        "line": line_of(mappings.get(item.pair), item.field),
        "code": item.code,
        "message": item.message,
        "fix": item.fix,
        "attempts": item.attempts,
        "opened": {"run": f"r{item.opened_run}", "at": item.opened_at.isoformat()},
        "next_try": None if _is_of_all(item) else item.next_try.isoformat(),
    }


def _group_json(group: Sequence[ErrorItem], mappings: _Mappings) -> dict[str, Any]:
    first = group[0]
    return {
        "category": first.category,
        "cause": title_of(first.category),
        "pair": first.pair,
        "side": SIDES[first.side],
        "code": first.code,
        "field": first.field or None,
        "line": line_of(mappings.get(first.pair), first.field),
        "fix": first.fix,
        "items": [one.id for one in group],
    }


# --- for people ----------------------------------------------------------------------------------


def _print_list(out: Console, groups: Sequence[Sequence[ErrorItem]], mappings: _Mappings) -> None:
    from rich.markup import escape
    from rich.table import Table

    for group in groups:
        first = group[0]
        line = line_of(mappings.get(first.pair), first.field)
        place = f" [dim]({escape(line)})[/]" if line else ""
        count = "1 record" if len(group) == 1 else f"{len(group)} records"
        if _is_of_all(first):
            count = "1 for all records" if len(group) == 1 else f"{len(group)} for all records"
        out.print(
            f"[bold]{first.pair} {escape(first.field)}[/]".replace(" [/]", "[/]")
            + f" in {TITLES[first.side]}: {title_of(first.category)} "
            f"[dim]{escape(first.code)}[/], {count}{place}",
            soft_wrap=True,
        )
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
        for column in ("id", "record", "message"):
            table.add_column(overflow="fold", no_wrap=column != "message")
        for item in group:
            table.add_row(str(item.id), escape(_who(item)), escape(item.message) + _tried(item))
        out.print(table)
        for fix in dict.fromkeys(item.fix for item in group):
            out.print(f"  to do: {escape(fix)}", soft_wrap=True)
        out.print()
    out.print(
        "[dim]Each is tried again when its record or the mapping changes, and by itself with "
        "growing pauses; `revloop errors retry` lets the next sync try at once.[/]"
    )


def _print_whole(out: Console, item: ErrorItem, mappings: _Mappings) -> None:
    from rich.markup import escape

    out.print(f"[bold]{item.id}[/] {item.pair} {escape(item.field)}".rstrip())
    out.print(f"  record: {TITLES[_side(item)]} {escape(_who(item))}", soft_wrap=True)
    out.print(f"  cause: {title_of(item.category)} ({item.category}, {escape(item.code)})")
    out.print(f"  what happened: {escape(item.message)}", soft_wrap=True)
    out.print(f"  to do: {escape(item.fix)}", soft_wrap=True)
    if line := line_of(mappings.get(item.pair), item.field):
        out.print(f"  its line: {escape(line)}")
    out.print(
        f"  open since r{item.opened_run}, {item.opened_at:%Y-%m-%d %H:%M} UTC; tried "
        f"{_times(item.attempts)}"
    )
    if _is_of_all(item):
        out.print("  it is looked at in every run")
    else:
        out.print(
            f"  next try: {item.next_try:%Y-%m-%d %H:%M} UTC, or when the record or the mapping "
            f"changes; at once by `revloop errors retry {item.id}`"
        )


def _side(item: ErrorItem) -> Side:
    return item.side if item.ref else item.side.other


def _who(item: ErrorItem) -> str:
    ref = item.ref or item.origin
    if ref is None:
        return "all records"
    return f"{ref.object_name} {ref.id}" if item.ref else f"made from {ref.object_name} {ref.id}"


def _tried(item: ErrorItem) -> str:
    """Say how often an item was tried that no trying alone will mend."""
    if item.attempts < OFTEN or _is_of_all(item):
        return ""
    return f" [yellow](tried {_times(item.attempts)}; next {item.next_try:%Y-%m-%d %H:%M} UTC)[/]"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
