"""The report of a run: one JSON file for machines, one line for people; counts and no values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.output import write_private

__all__ = ["line_of", "report_of", "write_report"]

_WRITES = ("created", "updated", "archived")

#: The names we give; other files of the folder are nobody's business here.
_OURS = re.compile(r"(\d{8}T\d{6}Z)-(?:r\d+|none)\.json")
_STAMP = "%Y%m%dT%H%M%SZ"


def report_of(
    document: Mapping[str, Any], *, kind: str, started: datetime, ended: datetime
) -> dict[str, Any]:
    """Give the report of a run by what `sync --json` prints of it."""
    report = {
        "run": document["run"],
        "kind": kind,
        "exit": document["exit"],
        "stopped": document["stopped"],
        "message": document.get("message"),
        "started": started.isoformat(),
        "ended": ended.isoformat(),
        "seconds": round((ended - started).total_seconds(), 3),
        "pairs": document["pairs"],
        "calls": document["calls"],
        "quota": document.get("quota"),
        "new": document.get("new"),
        "waiting": document.get("waiting"),
        "limited": document.get("limited", False),
        "compared": document.get("compared", []),
        "plan": document["plan"],
        "left_out_of_plan": len(document["moved"]),
        "without": document.get("without", {}),
    }
    return {**report, "line": line_of(report)}


def line_of(report: Mapping[str, Any]) -> str:
    """Tell a run in one line."""
    counts = {what: _sum(report["pairs"], what) for what in _WRITES}
    done = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    calls = report["calls"]
    end = f"exit {report['exit']}"
    if report["stopped"]:
        end += f", stopped: {report['stopped']}"
    parts = [
        done or "nothing written",
        *_waiting(report),
        f"{calls['hubspot']} HubSpot and {calls['salesforce']} Salesforce calls",
        f"{report['seconds']:.1f} s",
        end,
    ]
    return f"{report['run'] or 'no run'}: {'; '.join(parts)}"


def _sum(pairs: Mapping[str, Any], what: str) -> int:
    return sum(int(counts.get(what, 0)) for sides in pairs.values() for counts in sides.values())


def _waiting(report: Mapping[str, Any]) -> list[str]:
    waiting = report["waiting"] or {}
    words = (("held", "held"), ("errors", "in error"))
    told = [f"{waiting[name]} {word}" for name, word in words if waiting.get(name)]
    return [", ".join(told)] if told else []


def write_report(target: Path, report: Mapping[str, Any], *, keep: timedelta) -> Path:
    """Write a report to a file, or to a folder under a name of its own; give where it is.

    A folder is made where a name ends in `/` or has no suffix; reports in it that are older than
    `keep` are deleted. Raises UsageError where it cannot be written.
    """
    ended = datetime.fromisoformat(str(report["ended"])).astimezone(UTC)
    if not _is_folder(target):
        file = target
    else:
        with suppress(OSError):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = target / f"{ended.strftime(_STAMP)}-{report['run'] or 'none'}.json"
    write_private(file, [json.dumps(report, ensure_ascii=False, indent=2), "\n"])
    if file is not target:
        _forget(target, before=ended - keep)
    return file


def _is_folder(target: Path) -> bool:
    return target.is_dir() or (not target.exists() and not target.suffix)


def _forget(folder: Path, *, before: datetime) -> None:
    for file in folder.iterdir():
        found = _OURS.fullmatch(file.name)
        if found and datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) < before:
            file.unlink(missing_ok=True)
