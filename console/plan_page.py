"""A plan as one HTML page: nothing is fetched, everything is escaped, memory stays flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from console.plan_backfill import backfill_lines
from console.plan_cost import cost_of, cost_text
from console.plan_filter import Narrowing, Wanted
from console.plan_groups import Heading, Line, heading_of, lines_of, who_of
from console.templates import template
from sync.domain.plan import Item, ItemKind

if TYPE_CHECKING:
    from console.wiring import Workshop
    from sync.domain.store import Plan, Store

__all__ = ["page_parts"]

#: How many records of one heading a page holds, so that a browser still opens it.
_SHOWN = 2_000

#: The columns of the counts, as the plan's head names them and as people read them.
_COUNTS = {
    "links": "linked",
    "creates": "made",
    "changes": "updated",
    "blanks": "values emptied",
    "held": "held",
    "errors": "errors",
    "left_out": "left out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One heading: how many records it has, and those that are on the page."""

    heading: Heading
    total: int
    shown: int
    records: Iterator[_Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One record of a group."""

    who: str
    lines: tuple[Line, ...]


def page_parts(
    workshop: Workshop,
    plan: Plan,
    *,
    narrowing: Narrowing | None = None,
    shown: int = _SHOWN,
    called: str | None = None,
) -> Iterator[str]:
    """Give a plan as the parts of one self-contained HTML page, made while they are read.

    At most `shown` records of each heading are on it; how many are not is said there. `called`
    is how the plan is named to `plan show`, if not by its id.
    """
    narrowing = narrowing if narrowing is not None else Wanted().find(workshop)
    totals = Counter(heading for heading, _ in _headed(workshop.store, plan, narrowing))
    parts = template("plan.html").stream(
        plan=plan,
        called=called or plan.name,
        columns=_COUNTS,
        pairs={
            pair: counts
            for pair, counts in plan.summary.items()
            if not narrowing.pairs or pair in narrowing.pairs
        },
        backfill=list(backfill_lines(plan, narrowing.pairs)),
        cost=cost_text(cost_of(workshop, plan)),
        narrowed=narrowing.words(),
        totals=[(heading, totals[heading]) for heading in Heading if totals[heading]],
        groups=_groups(workshop.store, plan, narrowing, totals, shown),
    )
    # Written in pieces of some size, yet never the whole page in memory.
    parts.enable_buffering(200)
    yield from parts


def _groups(
    store: Store, plan: Plan, narrowing: Narrowing, totals: Counter[Heading], shown: int
) -> Iterator[_Group]:
    for heading in Heading:
        total = totals[heading]
        if total:
            count = min(total, shown)
            found = (one for at, one in _headed(store, plan, narrowing) if at is heading)
            records = (
                _Record(who=who_of(item), lines=tuple(lines_of(item)))
                for item in islice(found, count)
            )
            yield _Group(heading=heading, total=total, shown=count, records=records)


def _headed(store: Store, plan: Plan, narrowing: Narrowing) -> Iterator[tuple[Heading, Item]]:
    """Give what is looked at with its heading; records that wait together as one."""
    groups: set[tuple[str, str]] = set()
    for item in narrowing.items(store, plan):
        heading = heading_of(item)
        if heading is None:
            continue
        if item.kind is ItemKind.HOLD:
            if (item.pair, item.group) in groups:
                continue
            groups.add((item.pair, item.group))
        yield heading, item
