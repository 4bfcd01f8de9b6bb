"""Lists of what waits, what failed and what ran; from the state alone, without a call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.owner_names import OwnerNames, owner_names
from console.words import SIDES, TITLES, record_json, refs_json
from sync.domain.record import Side
from sync.domain.store import ConflictKind

if TYPE_CHECKING:
    from rich.table import Table

    from sync.domain.store import Conflict, ErrorItem, RunRow

__all__ = ["conflicts", "errors", "history"]


def conflicts(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print the held items with both values; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        owners = owner_names(workshop.store, workshop.pairs)
        items = [_named(item, owners) for item in workshop.store.findings.conflicts()]
    if as_json:
        print_json({"items": [_conflict_json(item) for item in items]})
        return 0
    out = paper()
    if not items:
        out.print("Nothing is held.")
        return 0
    table = _table("id", "pair", "records", "field", "HubSpot", "Salesforce", "why")
    for item in items:
        table.add_row(
            str(item.id),
            item.pair,
            "\n".join(f"{TITLES[side]} {ref.id}" for side, ref in item.records),
            item.field,
            item.left or "",
            item.right or "",
            _why(item),
        )
    out.print(table)
    return 0


def _why(item: Conflict) -> str:
    """Say why an item waits, and what people may do in the CRM where that is all there is."""
    if item.kind is not ConflictKind.MERGED:
        return item.reason
    return f"{item.reason}. {item.proposal}"


def errors(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print the error items with what to do about each; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        items = list(workshop.store.findings.errors())
    if as_json:
        print_json({"items": [_error_json(item) for item in items]})
        return 0
    out = paper()
    if not items:
        out.print("Nothing is in error.")
        return 0
    table = _table("id", "pair", "record", "field", "what happened", "what to do")
    for item in items:
        ref = item.ref or item.origin
        side = item.side if item.ref else item.side.other
        table.add_row(
            str(item.id),
            item.pair,
            f"{TITLES[side]} {ref.object_name} {ref.id}" if ref else "",
            item.field,
            f"{item.code}: {item.message}",
            item.fix,
        )
    out.print(table)
    return 0


def history(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print the latest runs, the newest first; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        runs = list(workshop.store.runs.latest(50))
    if as_json:
        print_json({"runs": [_run_json(run) for run in runs]})
        return 0
    out = paper()
    table = _table("run", "kind", "started", "ended", "exit", "stopped", "writes")
    for run in runs:
        table.add_row(
            run.name,
            run.kind,
            f"{run.started:%Y-%m-%d %H:%M:%S}",
            f"{run.ended:%H:%M:%S}" if run.ended else "cut off",
            "" if run.exit is None else str(run.exit),
            run.stopped or "",
            _writes(run),
        )
    out.print(table if runs else "No run yet.")
    return 0


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column.startswith("record"))
    return table


def _named(item: Conflict, owners: OwnerNames) -> Conflict:
    """Give a held item with its owners by name."""
    return replace(
        item,
        left=owners.value(item.pair, item.field, Side.LEFT, item.left),
        right=owners.value(item.pair, item.field, Side.RIGHT, item.right),
    )


def _conflict_json(item: Conflict) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "pair": item.pair,
        "records": refs_json(item.records),
        "field": item.field or None,
        "hubspot": item.left,
        "salesforce": item.right,
        "reason": item.reason,
        "proposal": {Side.LEFT.value: "hubspot", Side.RIGHT.value: "salesforce"}.get(
            item.proposal, item.proposal or None
        ),
    }


def _error_json(item: ErrorItem) -> dict[str, Any]:
    refs = {item.side: item.ref, item.side.other: item.origin}
    return {
        "id": item.id,
        "category": item.category,
        "pair": item.pair,
        "side": SIDES[item.side],
        "record": record_json(refs[Side.LEFT], refs[Side.RIGHT]),
        "field": item.field or None,
        "code": item.code,
        "message": item.message,
        "fix": item.fix,
        "attempts": item.attempts,
    }


def _run_json(run: RunRow) -> dict[str, Any]:
    return {
        "run": run.name,
        "kind": run.kind,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "exit": run.exit,
        "stopped": run.stopped,
        "pairs": run.summary.get("pairs", {}),
    }


def _writes(run: RunRow) -> str:
    counts = run.summary.get("pairs", {})
    total = sum(
        side.get(what, 0)
        for sides in counts.values()
        for side in sides.values()
        for what in ("created", "updated", "archived")
    )
    return str(total) if counts else ""
