"""How things stand, from the state alone: links, what waits, when each side was read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.causes import OFTEN
from console.output import paper, print_json
from console.run_ends import why_of
from console.words import SIDES, TITLES, without_values
from sync.domain.record import Side
from sync.domain.store import LinkState, RecordState

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sync.state import SqlStore

__all__ = ["status"]


def status(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print how things stand; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        document = _status(workshop)
    if as_json:
        print_json(document)
    else:
        _print_status(document)
    return 0


def _status(workshop: Workshop) -> dict[str, Any]:
    store = workshop.store
    runs = [run for run in store.runs.latest(20) if run.kind == "sync"]
    last = runs[0] if runs else None
    quota = last.summary.get("quota") if last else None
    return {
        "last_run": None
        if last is None
        else {
            "run": last.name,
            "started": last.started.isoformat(),
            "ended": last.ended.isoformat() if last.ended else None,
            "exit": last.exit,
            "stopped": last.stopped,
            "why": why_of(last.summary),
        },
        "quota": quota,
        "pairs": {pair.pair: _pair_status(store, pair.pair) for pair in workshop.pairs},
        "resolved": len(store.resolutions.all()),
        "held": [_held_json(one) for one in store.findings.conflicts()],
        "errors": [_error_json(one) for one in store.findings.errors()],
    }


def _pair_status(store: SqlStore, pair: str) -> dict[str, Any]:
    left_out = [
        {"side": SIDES[side], "why": why or "not decided yet: a run was cut off", "records": count}
        for (side, state, why), count in sorted(store.records.tally(pair).items())
        if state is RecordState.LEFT_OUT
    ]
    marks = [row for row in store.queries.watermarks() if row.pair == pair]
    return {
        "linked": store.links.count(pair),
        "outside": store.links.count(pair, LinkState.OUTSIDE),
        "asleep": store.links.count(pair, LinkState.ASLEEP),
        "references_waiting": store.references.count(pair),
        "left_out": left_out,
        "read": {
            f"{SIDES[row.side]} {row.object_name}": {
                "up_to": row.mark.stamp.isoformat(),
                "compared": row.mark.compared_at.isoformat(),
            }
            for row in marks
        },
    }


def _held_json(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "pair": one.pair,
        "records": [{"side": SIDES[side], "id": ref.id} for side, ref in one.records],
        "field": one.field or None,
        "reason": without_values(one.reason),
    }


def _error_json(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "category": one.category,
        "pair": one.pair,
        "side": SIDES[one.side],
        "record": one.ref.id if one.ref else None,
        "made_from": one.origin.id if one.origin and not one.ref else None,
        "field": one.field or None,
        "code": one.code,
        "fix": one.fix,
        "attempts": one.attempts,
        "next_try": one.next_try.isoformat(),
    }


def _print_status(document: Mapping[str, Any]) -> None:
    out = paper()
    last = document["last_run"]
    if last is None:
        out.print("No sync has run yet. `revloop plan` shows what the first one would do.")
    else:
        out.print(f"Last run {last['run']}: {_ending(last)}")
        if last["why"]:
            out.print(f"  {last['why']}", markup=False)
    for side, quota in (document["quota"] or {}).items():
        if quota["quota"]:
            left, total = quota["left"], quota["quota"]
            out.print(f"{_TITLE_OF[side]}: {left:,} of {total:,} calls left today")
    for pair, counts in document["pairs"].items():
        out.print(
            f"[bold]{pair}[/]: {counts['linked']} linked, {counts['outside']} outside `include`, "
            f"{counts['asleep']} asleep"
        )
        if counts["references_waiting"]:
            waiting = counts["references_waiting"]
            word = "reference waits" if waiting == 1 else "references wait"
            out.print(f"  {waiting} {word} for a record that is not on the other side yet")
        for one in counts["left_out"]:
            out.print(f"  left out in {_TITLE_OF[one['side']]}: {one['records']} ({one['why']})")
        for name, mark in counts["read"].items():
            side, object_name = name.split(" ", 1)
            out.print(
                f"  [dim]{_TITLE_OF[side]} {object_name}: read up to {_when(mark['up_to'])}, "
                f"compared in full {_when(mark['compared'])}[/]"
            )
    _print_waiting(out, document)


def _ending(run: Mapping[str, Any]) -> str:
    if run["ended"] is None:
        return "not ended: it is at work, or was cut off and the next run looks first"
    stopped = f", stopped: {run['stopped']}" if run["stopped"] else ""
    return f"ended {_when(run['ended'])}, exit {run['exit']}{stopped}"


_TITLE_OF = {SIDES[side]: TITLES[side] for side in Side}


def _when(text: str | None) -> str:
    """Give a time as people read it."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC" if text else ""


def _print_waiting(out: Console, document: Mapping[str, Any]) -> None:
    for one in document["held"]:
        who = ", ".join(f"{_TITLE_OF[where['side']]} {where['id']}" for where in one["records"])
        field_name = f" {one['field']}" if one["field"] else ""
        out.print(f"[yellow]held[/] {one['id']} {one['pair']}{field_name}: {one['reason']} ({who})")
    for one in document["errors"]:
        made_from = "for owner" if one["category"] == "owner" else "made from"
        who = one["record"] or f"{made_from} {one['made_from']}"
        field_name = f" {one['field']}" if one["field"] else ""
        out.print(
            f"[red]error[/] {one['id']} {one['pair']}{field_name}: {one['code']} in "
            f"{_TITLE_OF[one['side']]} {who}. {one['fix']}"
        )
    if often := sum(one["attempts"] >= OFTEN for one in document["errors"]):
        out.print(
            f"{often} of these failed {OFTEN} times or more, and are tried once a day from now on: "
            f"`revloop errors list` says what mends them."
        )
    if document["resolved"]:
        out.print(f"{document['resolved']} resolved: the next sync does what was decided.")
    if not document["held"] and not document["errors"]:
        out.print("Nothing waits for you.")
