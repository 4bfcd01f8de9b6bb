"""The plan commands: make one, show one, let one through."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json, write_private
from console.plans import find_plan, plan_lines, take_file
from console.progress import progress_for
from console.words import SIDES, TITLES, operations_json, reason_text
from sync.domain.errors import CrmSyncError
from sync.domain.plan import Item, ItemKind, OperationKind, operations
from sync.domain.record import RecordRef, Side
from sync.domain.store import Plan, PlanState

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.domain.store import Store

__all__ = ["approve", "make", "make_kept", "print_plan", "show"]

#: How many operations are printed for people before the rest is only counted.
_SHOWN = 40

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
    from console.wiring import open_workshop

    with open_workshop(folder, environment, only=only) as workshop:
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
    from console.wiring import open_workshop

    with open_workshop(folder, environment) as workshop:
        plan = _named(workshop.store, name)
        _print_either(workshop.store, plan, as_json=as_json)
    return 0


def approve(
    folder: Path, name: str | None, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Approve a kept plan or a plan file; give the exit code."""
    from console.wiring import now, open_workshop
    from sync.domain.errors import PlanRefusedError

    with open_workshop(folder, environment) as workshop:
        store = workshop.store
        plan = _named(store, name)
        if plan.state is PlanState.SPENT:
            raise PlanRefusedError(
                f"plan {plan.name} has been applied already; make a new one with `revloop plan`"
            )
        earlier = store.plans.newest(PlanState.APPROVED)
        if earlier is not None and earlier.id != plan.id:
            store.plans.mark(earlier.id, PlanState.KEPT)
        store.plans.mark(plan.id, PlanState.APPROVED)
    if as_json:
        print_json({"plan": plan.name, "approved": True, "at": now().isoformat()})
    else:
        print(f"Plan {plan.name} is approved: the next sync applies it, and nothing else.")
    return 0


def _named(store: Store, name: str | None) -> Plan:
    if name is not None and Path(name).is_file():
        return take_file(store, Path(name))
    return find_plan(store, name)


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
    """Print a plan for people: what it adds up to, then operation by operation."""
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
    lines = 0
    total = 0
    for item in store.plans.items(plan.id):
        if item.kind is ItemKind.LEAVE_OUT:
            continue
        total += 1
        if lines < shown:
            lines += _print_item(out, item)
        elif lines >= shown:
            lines += 1
    _print_rest(out, plan, total, shown, lines)


def _print_rest(out: Console, plan: Plan, total: int, shown: int, lines: int) -> None:
    if lines > shown:
        out.print(f"[dim]… {total} in all; the whole plan: revloop plan show {plan.name} --json[/]")
    if not total:
        out.print("Nothing to do: both CRMs agree wherever the mapping looks.")
        return
    cost = _cost(plan)
    out.print(
        f"Plan {plan.name}: nothing is written yet. It would cost about {cost['hubspot']} HubSpot "
        f"and {cost['salesforce']} Salesforce writing calls."
    )


def _print_item(out: Console, item: Item) -> int:
    """Print one item; give the lines it took."""
    from rich.markup import escape
    from rich.text import Text

    lines = 0
    who = _who(item)
    for kind, side, writes in operations(item):
        if kind is OperationKind.LINK:
            continue
        title = TITLES[side] if side else ""
        word = {"create": "create in", "update": "update in"}.get(kind.value, kind.value)
        out.print(Text.assemble((f"{word} {title}", "bold"), f"  {who}"), overflow="ellipsis")
        lines += 1
        for write in writes:
            old = _shown(write.old)
            new = _shown(write.new)
            change = f"{old} → {new}" if kind is OperationKind.UPDATE else new
            reason = reason_text(write.reason.name, write.side)
            note = "" if kind is OperationKind.CREATE else f"  [dim]{escape(reason)}[/]"
            out.print(f"    {escape(write.name)}: {escape(change)}{note}", overflow="ellipsis")
            lines += 1
    if item.kind is ItemKind.LINK and not item.writes:
        out.print(Text.assemble(("link", "bold"), f"  {who}"), overflow="ellipsis")
        lines += 1
    if item.kind is ItemKind.HOLD:
        out.print(Text.assemble(("hold", "bold yellow"), f"  {who}: {item.why}"))
        lines += 1
    for one in item.held:
        values = f"HubSpot {_shown(one.left)}, Salesforce {_shown(one.right)}"
        out.print(
            Text.assemble(
                ("hold", "bold yellow"), f"  {who}  {one.name}: {values}  {one.why or one.reason}"
            )
        )
        lines += 1
    for refused in item.refused:
        out.print(
            Text.assemble(("error", "bold red"), f"  {who}  {refused.name}: {refused.message}")
        )
        lines += 1
    return lines


def _shown(value: str | None) -> str:
    return "(blank)" if value is None else repr(value)


def _who(item: Item) -> str:
    parts = [_ref(side, ref) for side in Side if (ref := item.ref(side))]
    return f"{item.pair}: " + " = ".join(parts)


def _ref(side: Side, ref: RecordRef) -> str:
    return f"{TITLES[side]} {ref.object_name} {ref.id}"
