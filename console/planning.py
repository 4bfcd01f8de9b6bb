"""The plan commands: make one, show one, let one through."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import check_writable, paper, print_json, write_private
from console.plans import file_in_state, find_plan, named_plan, plan_lines
from console.progress import progress_for
from console.words import SIDES, TITLES, operations_json, reason_text
from sync.domain.errors import CrmSyncError
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Side
from sync.domain.store import Plan, PlanState

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.domain.store import Store

__all__ = ["approve", "make", "make_kept", "print_plan", "show"]

#: How many records of one kind are printed for people before the rest is only counted.
_SHOWN = 15

#: How many records of one batch each side takes; what a plan costs is counted by it.
_BATCH = {"left": 100, "right": 200}


def make(
    folder: Path,
    *,
    as_json: bool,
    out: Path | None = None,
    only: str | None = None,
    full: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Plan, keep the plan, print it; give the exit code."""
    from console.wiring import Purpose, open_workshop

    if out is not None:
        check_writable(out)
    with open_workshop(folder, environment, only=only, purpose=Purpose.RUN) as workshop:
        plan = make_kept(workshop, as_json=as_json, full=full)
        if out is not None:
            write_private(out, plan_lines(workshop.store, plan))
        _print_either(workshop.store, plan, as_json=as_json)
    return 0


def make_kept(workshop: Workshop, *, as_json: bool, full: bool = False) -> Plan:
    """Plan a run and keep the plan; nothing else is kept."""
    from console.wiring import session_of
    from sync.engine.run import make_plan, summary_of

    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="plan", progress=progress) as session,
    ):
        store = workshop.store
        try:
            planned = make_plan(session, full=full)
        except CrmSyncError as error:
            store.runs.end(
                session.run, at=session.clock(), exit=error.exit_code, stopped="error", summary={}
            )
            raise
        store.staging.clear()
        store.plans.mark(planned.plan, PlanState.KEPT, summary_of(planned))
        store.runs.end(session.run, at=session.clock(), exit=0, stopped=None, summary={})
        plan = store.plans.get(planned.plan)
        assert plan is not None
        return plan


def show(
    folder: Path, name: str | None, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Print a kept plan or a plan file; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        store = workshop.store
        if name is not None and Path(name).is_file():
            with file_in_state(store, Path(name)) as plan:
                _print_either(store, plan, as_json=as_json)
            store.plans.drop(plan.id)
        else:
            _print_either(store, find_plan(store, name), as_json=as_json)
    return 0


def approve(
    folder: Path, name: str | None, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Approve a kept plan or a plan file; give the exit code."""
    from console.wiring import Purpose, now, open_workshop

    # Only a file brings a plan to a state that is not there yet.
    file = name is not None and Path(name).is_file()
    purpose = Purpose.KEEP if file else Purpose.LOOK
    with open_workshop(folder, environment, purpose=purpose) as workshop:
        store = workshop.store
        plan = named_plan(workshop, name, now=now())
        earlier = store.plans.newest(PlanState.APPROVED)
        if earlier is not None and earlier.id != plan.id:
            store.plans.mark(earlier.id, PlanState.KEPT)
        store.plans.mark(plan.id, PlanState.APPROVED)
    if as_json:
        print_json({"plan": plan.name, "approved": True, "at": now().isoformat()})
    else:
        print(f"Plan {plan.name} is approved: the next sync applies it, and nothing else.")
    return 0


def _print_either(store: Store, plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(store, plan))
    else:
        print_plan(paper(), store, plan)


def _document(store: Store, plan: Plan) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for item in store.plans.items(plan.id):
        found.extend(operations_json(item))
        held.extend(_held_json(item))
    return {
        "plan": plan.name,
        "created": plan.created.isoformat(),
        "state": plan.state.value,
        "pairs": plan.summary,
        "calls": _cost(plan),
        "operations": found,
        "held": held,
    }


def _held_json(item: Item) -> list[dict[str, Any]]:
    own = [{"side": SIDES[side], "id": ref.id} for side in Side if (ref := item.ref(side))]
    if item.kind is ItemKind.HOLD:
        others = [{"side": SIDES[side], "id": ref.id} for side, ref in item.others]
        return [{"pair": item.pair, "records": own + others, "field": None, "reason": item.why}]
    return [
        {
            "pair": item.pair,
            "records": own,
            "field": one.name,
            "hubspot": one.left,
            "salesforce": one.right,
            "reason": one.why or one.reason.value,
        }
        for one in item.held
    ]


def _cost(plan: Plan) -> dict[str, int]:
    """Count the writing calls a plan costs, in full batches."""
    calls = {SIDES[side]: 0 for side in Side}
    for counts in plan.summary.values():
        for side, _object, _kind, number in counts["writes"]:
            calls[SIDES[Side(side)]] += -(-number // _BATCH[side])
    return calls


def print_plan(out: Console, store: Store, plan: Plan, *, shown: int = _SHOWN) -> None:
    """Print a plan for people: what it adds up to, then record by record under headings."""
    from rich import box
    from rich.table import Table

    columns = ("links", "creates", "changes", "blanks", "held", "errors", "left_out")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("pair")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for pair, counts in plan.summary.items():
        table.add_row(pair, *(str(counts[column] or "·") for column in columns))
    out.print(table)
    kinds: dict[str, list[Item]] = {}
    more: Counter[str] = Counter()
    groups: set[tuple[str, str]] = set()
    for item in store.plans.items(plan.id):
        heading = _heading(item)
        if heading is None or (item.kind is ItemKind.HOLD and (item.pair, item.group) in groups):
            continue
        groups.add((item.pair, item.group))
        kept = kinds.setdefault(heading, [])
        if len(kept) < shown:
            kept.append(item)
        else:
            more[heading] += 1
    for heading in sorted(kinds, key=_HEADINGS.index):
        _print_kind(out, heading, kinds[heading], more[heading])
    _print_end(out, store, plan, empty=not kinds, cut=bool(more))


_HEADINGS = (
    "Records that wait for a person",
    "Values that cannot be sent",
    "Fields that are updated",
    "Records that are made",
    "Records that are archived",
    "Links that are closed",
    "Links that sleep",
    "Records that are linked and agree",
)


def _heading(item: Item) -> str | None:
    """Give the heading an item is printed under; None where there is nothing to look at."""
    waiting, failing, updated, made, archived, closed, asleep, linked = _HEADINGS
    if item.kind is ItemKind.HOLD or item.held:
        return waiting
    if item.refused:
        return failing
    match item.kind:
        case ItemKind.CREATE:
            return made
        case ItemKind.UNLINK:
            return archived if item.archive else closed
        case ItemKind.SLEEP:
            return asleep
        case ItemKind.LINK if not item.writes:
            return linked
        case ItemKind.LEAVE_OUT:
            return None
    return updated if item.writes else None


def _print_kind(out: Console, heading: str, items: Sequence[Item], more: int) -> None:
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
    from rich.markup import escape

    who = escape(_who(item))
    if item.kind is ItemKind.HOLD:
        yield who, "", escape(item.why), ""
        return
    if item.kind is ItemKind.CREATE and item.side is not None:
        values = ", ".join(f"{write.name} {_shown(write.new)}" for write in item.writes[:4])
        rest = f", {len(item.writes) - 4} more" if len(item.writes) > 4 else ""
        what = f"new {TITLES[item.side]} {item.object_name}"
        yield who, "", f"{what}: {escape(values)}{rest}", ""
        return
    if not (item.writes or item.held or item.refused):
        yield who, "", escape(item.why), ""
    for write in item.writes:
        change = f"{TITLES[write.side]}: {_shown(write.old)} → {_shown(write.new)}"
        yield who, write.name, escape(change), reason_text(write.reason.name, write.side)
        who = ""
    for one in item.held:
        values = f"HubSpot {_shown(one.left)}, Salesforce {_shown(one.right)}"
        yield who, one.name, f"[yellow]held:[/] {escape(values)}", escape(one.why or one.reason)
        who = ""
    for refused in item.refused:
        yield who, refused.name, f"[red]error:[/] {escape(refused.message)}", escape(refused.fix)
        who = ""


def _print_end(out: Console, store: Store, plan: Plan, *, empty: bool, cut: bool) -> None:
    if empty:
        held, failed = store.findings.count()
        waiting = f" {held} held and {failed} in error wait as before." if held or failed else ""
        out.print(f"Nothing to do: nothing has changed that a sync would carry.{waiting}")
        return
    cost = _cost(plan)
    out.print(
        f"Plan {plan.name}: nothing is written yet. It would cost about {cost['hubspot']} HubSpot "
        f"and {cost['salesforce']} Salesforce calls that write."
    )
    if cut:
        out.print(f"[dim]All of it: revloop plan show {plan.name} --json[/]")


def _shown(value: str | None) -> str:
    return "(blank)" if value is None else repr(value)


def _who(item: Item) -> str:
    """Name a record by the ids it has, and the records it is held beside."""
    own = [(side, ref) for side in Side if (ref := item.ref(side))]
    if item.kind is ItemKind.HOLD:
        own = sorted({*own, *item.others}, key=lambda one: (one[0], one[1].id))
    mark = ", " if item.kind is ItemKind.HOLD else " = "
    return f"{item.pair}: " + mark.join(f"{TITLES[side]} {ref.id}" for side, ref in own)
