"""The sync command: a run, its end written down, and what it did in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.plan_cost import usage_json
from console.progress import progress_for
from console.run_ends import end_run
from console.words import SIDES, TITLES, calls_json, outcome_json, plan_of, stop_word
from sync.domain.errors import CrmSyncError
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.domain.stopping import Stop
    from sync.domain.store import Plan
    from sync.engine.run import Outcome
    from sync.engine.session import Session

__all__ = ["print_outcome", "run", "run_once", "stopped_json"]


def run(
    folder: Path,
    *,
    as_json: bool,
    plan: str | None = None,
    only: str | None = None,
    full: bool = False,
    limit: int | None = None,
    fail_on: str = "new",
    report: Path | None = None,
    metrics_file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Run once over a project; print what it did; give the exit code."""
    from console.after_runs import AfterRuns, check_wishes
    from console.ended import ends_of
    from console.wiring import Purpose, open_workshop

    after = AfterRuns(name=folder.resolve().name, report=report, metrics_file=metrics_file)
    try:
        with (
            ends_of(folder, environment, after) as ends,
            open_workshop(folder, environment, only=only, purpose=Purpose.RUN) as workshop,
            ends.of(workshop),
        ):
            check_wishes(workshop.project, report=report, metrics_file=metrics_file)
            document = run_once(
                workshop,
                as_json=as_json,
                plan=plan,
                full=full,
                limit=limit,
                fail_on=fail_on,
                on_stop=ends.stopped,
            )
            ends.settle(document)
    except CrmSyncError as error:
        if not as_json:
            raise
        # What stops it before a run begins has no run to speak of.
        document = ends.document or stopped_json(error)
        print(f"Error: {error}", file=sys.stderr)
    if as_json:
        print_json(document)
    else:
        print_outcome(paper(), document)
    return int(document["exit"])


def run_once(
    workshop: Workshop,
    *,
    as_json: bool,
    plan: str | None = None,
    full: bool = False,
    limit: int | None = None,
    fail_on: str = "new",
    on_stop: Callable[[dict[str, Any]], object] = lambda _document: None,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Run once over an open project; give what `sync --json` prints.

    Raises what stopped the run, after its end was written down; `on_stop` gets what `sync --json`
    prints then. Without a `stop` signals ask the run to end.
    """
    from console.plans import kept_plan
    from console.wiring import session_of
    from sync.engine.run import sync

    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="sync", progress=progress, stop=stop) as session,
    ):
        try:
            kept = kept_plan(workshop, plan, now=session.clock())
            outcome = sync(session, full=full, limit=limit, kept=kept)
        except CrmSyncError as error:
            document = stopped_json(error, session)
            _end(session, document)
            on_stop(document)
            raise
        code = _exit_code(session, outcome, fail_on)
        document = _done(session, outcome, code)
        if kept is not None and set(kept.summary) <= {pair.name for pair in session.pairs}:
            # With --only the rest of the plan is still to be applied.
            _spend(session, kept)
        _end(session, document)
        return document


def _exit_code(session: Session, outcome: Outcome, fail_on: str) -> int:
    new = session.new_conflicts + session.new_errors
    waiting = sum(session.store.findings.count())
    if outcome.moved:
        return 1
    return {"none": 0, "new": int(new > 0), "any": int(waiting > 0)}[fail_on]


def _done(session: Session, outcome: Outcome, code: int) -> dict[str, Any]:
    pairs = [pair.name for pair in session.pairs]
    return {
        "run": f"r{session.run}",
        "exit": code,
        **outcome_json(outcome, pairs, session.crms),
        "stopped": None,
        "plan": None,
        "new": {"held": session.new_conflicts, "errors": session.new_errors},
        "limited": outcome.limited,
        "compared": sorted(session.compared),
        "quota": usage_json(session.crms),
        "waiting": dict(zip(("held", "errors"), session.store.findings.count(), strict=True)),
        "without": dict(session.without),
    }


def stopped_json(error: CrmSyncError, session: Session | None = None) -> dict[str, Any]:
    """Give what `sync --json` prints of a run that was stopped, or never began."""
    return {
        "run": f"r{session.run}" if session else None,
        "exit": error.exit_code,
        "pairs": {},
        "calls": calls_json(session.crms) if session else dict.fromkeys(SIDES.values(), 0),
        "quota": usage_json(session.crms) if session else None,
        "stopped": stop_word(error),
        "plan": plan_of(error),
        "moved": [],
        "compared": sorted(session.compared) if session else [],
        "message": str(error),
    }


def _end(session: Session, document: Mapping[str, Any]) -> None:
    end_run(
        session,
        code=int(document["exit"]),
        stopped=document["stopped"],
        why=document.get("message"),
        pairs=document["pairs"],
        plan=document["plan"],
    )


def _spend(session: Session, kept: Plan) -> None:
    from sync.domain.store import PlanState

    session.store.plans.mark(kept.id, PlanState.SPENT)


def print_outcome(out: Console, document: Mapping[str, Any]) -> None:
    """Say what a run did, in a table as small as it can be."""
    out.print(_table(document))
    calls = document["calls"]
    out.print(
        f"Run {document['run']}: {calls['hubspot']} HubSpot and {calls['salesforce']} Salesforce "
        f"calls. {_verdict(document)}"
    )
    if document["compared"]:
        out.print(
            "All records were compared (each `compare_every`, or with --full): "
            "most of its calls are for that."
        )
    if document["limited"]:
        out.print("More is left to do: --limit kept it for another run.")
    for pair, reason in document["without"].items():
        out.print(f"  {pair} was left out of this run: {reason}")
    for moved in document["moved"]:
        ids = moved["record"]
        out.print(
            f"  left out: {moved['pair']} HubSpot {ids['hubspot'] or '-'}, "
            f"Salesforce {ids['salesforce'] or '-'}: {moved['reason']}"
        )


def _table(document: Mapping[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    columns = ("created", "updated", "linked", "held", "errors", "left_out", "unchanged")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("pair")
    table.add_column("in")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for pair, sides in document["pairs"].items():
        for side in Side:
            counts = sides[SIDES[side]]
            cells = [str(counts[column]) if counts[column] else "·" for column in columns]
            table.add_row(pair if side is Side.LEFT else "", TITLES[side], *cells)
    return table


def _verdict(document: Mapping[str, Any]) -> str:
    waiting, new = document["waiting"], document["new"]
    if not any(waiting.values()):
        return "Nothing waits for you."
    parts = []
    if waiting["held"]:
        parts.append(f"{waiting['held']} held ({new['held']} new)")
    if waiting["errors"]:
        parts.append(f"{waiting['errors']} in error ({new['errors']} new)")
    return f"{' and '.join(parts)}: `revloop conflicts list` and `errors list` show them."
