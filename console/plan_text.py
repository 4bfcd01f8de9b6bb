"""A plan printed for people on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from console.plan_backfill import backfill_lines
from console.plan_cost import cost_of, cost_text
from console.plan_filter import Narrowing, ShownKind, Wanted
from console.plan_groups import Heading, heading_of, who_of
from console.record_moves import move_text
from console.words import TITLES, why_text
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Native

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.domain.store import Plan

__all__ = ["print_plan"]

#: How many records of one kind are printed for people before the rest is only counted.
_SHOWN = 15


def print_plan(
    out: Console,
    workshop: Workshop,
    plan: Plan,
    *,
    narrowing: Narrowing | None = None,
    shown: int = _SHOWN,
    called: str | None = None,
) -> None:
    """Print a plan for people: what it adds up to, then record by record under headings.

    `called` is how the plan is named to `plan show`, if not by its id.
    """
    narrowing = narrowing if narrowing is not None else Wanted().find(workshop)
    called = called or plan.name
    _print_counts(out, plan, narrowing)
    for line in backfill_lines(plan, narrowing.pairs):
        out.print(_escaped(line))
    kinds: dict[Heading, list[Item]] = {}
    more: Counter[Heading] = Counter()
    groups: set[tuple[str, str]] = set()
    for item in narrowing.items(workshop.store, plan):
        heading = heading_of(item)
        if heading is None or (item.kind is ItemKind.HOLD and (item.pair, item.group) in groups):
            continue
        groups.add((item.pair, item.group))
        kept = kinds.setdefault(heading, [])
        if len(kept) < shown:
            kept.append(item)
        else:
            more[heading] += 1
    for heading in Heading:
        if heading in kinds:
            _print_kind(out, heading, kinds[heading], more[heading])
    if narrowing:
        found = sum(len(items) for items in kinds.values()) + more.total()
        _print_narrowed(out, plan, narrowing, found=found, called=called)
    if not kinds and not narrowing:
        _print_empty(out, workshop)
        return
    _print_cost(out, workshop, plan, called=called)
    if more:
        named = f" {narrowing.words()}" if narrowing else ""
        out.print(
            f"[dim]All of it: revloop plan show {_escaped(called + named)} with --html FILE or "
            f"--json[/]"
        )


def _print_counts(out: Console, plan: Plan, narrowing: Narrowing) -> None:
    from rich import box
    from rich.table import Table

    columns = ("links", "creates", "changes", "blanks", "held", "errors", "left_out")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("pair")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for pair, counts in plan.summary.items():
        if not narrowing.pairs or pair in narrowing.pairs:
            table.add_row(pair, *(str(counts[column] or "·") for column in columns))
    out.print(table)


def _print_kind(out: Console, heading: Heading, items: Sequence[Item], more: int) -> None:
    from rich.table import Table

    out.print(f"[bold]{heading}[/] [dim]({len(items) + more})[/]")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(overflow="fold")
    for item in items:
        for row in _rows(item):
            table.add_row(*row)
    out.print(table)
    if more:
        out.print(f"[dim]  … and {more} more[/]")
    out.print()


def _rows(item: Item) -> Iterator[tuple[str, str, str, str]]:
    """Give an item as lines of: which record, which field, what happens, why."""
    who = _escaped(who_of(item))
    if item.kind is ItemKind.HOLD:
        yield who, "", _escaped(item.why), ""
        return
    if item.kind is ItemKind.CREATE and item.side is not None:
        values = ", ".join(f"{write.name} {_shown(write.new)}" for write in item.writes[:4])
        rest = f", {len(item.writes) - 4} more" if len(item.writes) > 4 else ""
        what = f"new {TITLES[item.side]} {item.object_name}"
        yield who, "", f"{what}: {_escaped(values)}{rest}", ""
        yield from _following(item, "")
        return
    if item.follows:
        for move in item.follows:
            yield who, "", _escaped(move_text(move)), ""
            who = ""
    elif not (item.writes or item.held or item.refused or item.waiting):
        yield who, "", _escaped(item.why), ""
    for write in item.writes:
        change = f"{TITLES[write.side]}: {_shown(write.old)} → {_shown(write.new)}"
        yield who, write.name, _escaped(change), why_text(write, item)
        who = ""
    for one in item.held:
        values = f"HubSpot {_shown(one.left)}, Salesforce {_shown(one.right)}"
        yield who, one.name, f"[yellow]held:[/] {_escaped(values)}", _escaped(one.why or one.reason)
        who = ""
    for refused in item.refused:
        yield (
            who,
            refused.name,
            f"[red]error:[/] {_escaped(refused.message)}",
            _escaped(refused.fix),
        )
        who = ""
    yield from _following(item, who)


def _following(item: Item, who: str) -> Iterator[tuple[str, str, str, str]]:
    """Give the references that are written once the record they name is on the other side."""
    for one in item.waiting:
        named = f"{one.refers} {one.id} of {TITLES[one.side.other]}"
        yield who, one.name, f"follows when {TITLES[one.side]} has {_escaped(named)}", ""
        who = ""


def _print_narrowed(
    out: Console, plan: Plan, narrowing: Narrowing, *, found: int, called: str
) -> None:
    total = sum(int(counts["items"]) for counts in plan.summary.values())
    if ShownKind.LEFT_OUT not in narrowing.kinds:
        total -= sum(int(counts["left_out"]) for counts in plan.summary.values())
    nothing = "Nothing in this plan is about that. " if not found else ""
    out.print(
        f"{nothing}Shown is {found:,} of {total:,}, for {_escaped(narrowing.words())}; plan "
        f"{_escaped(called)} itself is whole."
    )


def _print_empty(out: Console, workshop: Workshop) -> None:
    held, failed = workshop.store.findings.count()
    waiting = f" {held} held and {failed} in error wait as before." if held or failed else ""
    out.print(f"Nothing to do: nothing has changed that a sync would carry.{waiting}")


def _print_cost(out: Console, workshop: Workshop, plan: Plan, *, called: str) -> None:
    text = cost_text(cost_of(workshop, plan))
    out.print(f"Plan {_escaped(called)}: nothing is written yet. {text}")


def _shown(value: Native) -> str:
    return "(blank)" if value is None else repr(value)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
