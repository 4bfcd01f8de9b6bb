"""The list of what ran; from the state alone, without a call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.run_ends import why_of
from console.undoing import undone_run

if TYPE_CHECKING:
    from rich.table import Table

    from sync.domain.store import RunRow

__all__ = ["history", "run_json"]


def history(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print the latest runs, the newest first; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        runs = list(workshop.store.runs.latest(50))
    if as_json:
        print_json({"runs": [run_json(run) for run in runs]})
        return 0
    out = paper()
    table = _table("run", "kind", "started", "ended", "exit", "stopped", "writes")
    for run in runs:
        table.add_row(
            run.name,
            " ".join(filter(None, (run.kind, undone_run(run)))),
            f"{run.started:%Y-%m-%d %H:%M:%S}",
            f"{run.ended:%H:%M:%S}" if run.ended else "cut off",
            "" if run.exit is None else str(run.exit),
            run.stopped or "",
            _writes(run),
        )
    out.print(table if runs else "No run yet.")
    last = next((run for run in runs if run.stopped), None)
    if last is not None and (why := why_of(last.summary)):
        out.print(f"What stopped {last.name}: {why}", markup=False)
    return 0


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column.startswith("record"))
    return table


def run_json(run: RunRow) -> dict[str, Any]:
    """Give a run as it is told to machines."""
    return {
        "run": run.name,
        "kind": run.kind,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "exit": run.exit,
        "stopped": run.stopped,
        "why": why_of(run.summary),
        "pairs": run.summary.get("pairs", {}),
        "undoes": undone_run(run),
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
