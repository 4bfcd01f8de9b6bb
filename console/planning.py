"""The plan commands: make one, show one, let one through."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import check_writable, paper, print_json, write_private
from console.plan_backfill import backfills_json
from console.plan_cost import Cost, cost_of, usage_json
from console.plan_filter import Narrowing, ShownKind, Wanted
from console.plan_text import print_plan
from console.plans import UNDOS, file_in_state, find_plan, named_plan, plan_lines
from console.progress import progress_for
from console.words import SIDES, calls_json, operations_json, record_json
from sync.domain.plan import Item, ItemKind, OperationKind
from sync.domain.record import Side
from sync.domain.store import Plan, PlanState

if TYPE_CHECKING:
    from console.wiring import Workshop
    from sync.domain.store import Store

__all__ = ["approve", "let_through", "make", "make_kept", "show"]


def make(
    folder: Path,
    *,
    as_json: bool,
    out: Path | None = None,
    html: Path | None = None,
    wanted: Wanted | None = None,
    only: str | None = None,
    full: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Plan, keep the plan, print what of it is wanted; give the exit code."""
    from console.wiring import Purpose, open_workshop

    wanted = wanted or Wanted()
    for path in (out, html):
        if path is not None:
            check_writable(path)
    with open_workshop(folder, environment, only=only, purpose=Purpose.RUN) as workshop:
        wanted.check(workshop)
        plan = make_kept(workshop, as_json=as_json, full=full)
        if out is not None:
            write_private(out, plan_lines(workshop.store, plan))
        _tell(workshop, plan, wanted, as_json=as_json, html=html)
    return 0


def make_kept(workshop: Workshop, *, as_json: bool, full: bool = False) -> Plan:
    """Plan a run and keep the plan, with what making it took; nothing else is kept."""
    from console.wiring import session_of
    from sync.engine.run import make_plan, summary_of

    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="plan", progress=progress) as session,
    ):
        store = workshop.store
        planned = make_plan(session, full=full)
        for pair, reason in session.without.items():
            print(f"Note: {pair} is left out: {reason}", file=sys.stderr)
        store.staging.clear()
        store.plans.mark(planned.plan, PlanState.KEPT, summary_of(planned))
        plan = store.plans.get(planned.plan)
        assert plan is not None
        took = {"plan": plan.name, "calls": calls_json(session.crms)}
        store.runs.end(
            session.run,
            at=session.clock(),
            exit=0,
            stopped=None,
            summary={**took, "quota": usage_json(session.crms)},
        )
        return plan


def show(
    folder: Path,
    name: str | None,
    *,
    as_json: bool,
    html: Path | None = None,
    wanted: Wanted | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Print a kept plan or a plan file, what of it is wanted; give the exit code."""
    from console.wiring import Purpose, open_workshop

    wanted = wanted or Wanted()
    if html is not None:
        check_writable(html)
    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        store = workshop.store
        wanted.check(workshop)
        if name is not None and Path(name).is_file():
            with file_in_state(store, Path(name)) as plan:
                _tell(workshop, plan, wanted, as_json=as_json, html=html, called=name)
            store.plans.drop(plan.id)
        else:
            _tell(workshop, find_plan(store, name), wanted, as_json=as_json, html=html)
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
        let_through(store, plan)
    if as_json:
        print_json({"plan": plan.name, "approved": True, "at": now().isoformat()})
    else:
        then = "give the same `revloop undo` again to apply it"
        if plan.state not in UNDOS:
            then = "the next sync applies it, and nothing else"
        print(f"Plan {plan.name} is approved: {then}.")
    return 0


def let_through(store: Store, plan: Plan) -> None:
    """Let a plan be the one the next sync applies, and no other; or the undo it is the plan of."""
    if plan.state in UNDOS:
        store.plans.mark(plan.id, PlanState.UNDO_APPROVED)
        return
    earlier = store.plans.newest(PlanState.APPROVED)
    if earlier is not None and earlier.id != plan.id:
        store.plans.mark(earlier.id, PlanState.KEPT)
    store.plans.mark(plan.id, PlanState.APPROVED)


def _tell(
    workshop: Workshop,
    plan: Plan,
    wanted: Wanted,
    *,
    as_json: bool,
    html: Path | None,
    called: str | None = None,
) -> None:
    """Print what of a plan is wanted; `called` is the file it is from, if it is from one."""
    narrowing = wanted.find(workshop)
    if html is not None:
        from console.plan_page import page_parts

        write_private(html, page_parts(workshop, plan, narrowing=narrowing, called=called))
    if as_json:
        print_json(_document(workshop, plan, narrowing))
        return
    print_plan(paper(), workshop, plan, narrowing=narrowing, called=called)
    if html is not None:
        print(f"The page is {html}; it holds personal data and is readable by you only.")


def _document(workshop: Workshop, plan: Plan, narrowing: Narrowing) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    kinds = {kind.value for kind in OperationKind if narrowing.allows(kind)}
    for item in narrowing.items(workshop.store, plan):
        found.extend(one for one in operations_json(item) if one["kind"] in kinds)
        held.extend(_held_json(item))
        errors.extend(_errors_json(item))
        if item.kind is ItemKind.LEAVE_OUT:
            left_out.append(_left_out_json(item))
    costs = cost_of(workshop, plan)
    return {
        "plan": plan.name,
        "created": plan.created.isoformat(),
        "state": plan.state.value,
        "shown": narrowing.json() if narrowing else None,
        "pairs": plan.summary,
        "calls": {SIDES[side]: cost.writes for side, cost in costs.items()},
        "cost": {SIDES[side]: _cost_json(cost) for side, cost in costs.items()},
        "backfills": backfills_json(plan),
        "operations": found,
        "held": held,
        "errors": errors,
        # Those left out by rule may be most of a CRM: they are listed where they are asked for.
        "left_out": left_out if ShownKind.LEFT_OUT in narrowing.kinds else None,
    }


def _cost_json(cost: Cost) -> dict[str, Any]:
    return {
        "reads": cost.reads,
        "writes": cost.writes,
        "quota": cost.quota,
        "left": cost.left,
        "share": cost.share,
        "enough": not cost.too_much,
    }


def _errors_json(item: Item) -> list[dict[str, Any]]:
    return [
        {
            "pair": item.pair,
            "side": SIDES[one.side],
            "record": record_json(item.left, item.right),
            "field": one.name,
            "code": one.code,
            "message": one.message,
            "fix": one.fix,
        }
        for one in item.refused
    ]


def _left_out_json(item: Item) -> dict[str, Any]:
    record = record_json(item.left, item.right)
    return {"pair": item.pair, "record": record, "reason": item.why}


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
