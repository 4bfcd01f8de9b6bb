"""Keeping the state tidy: what is older than `keep` says is deleted, once a day or more often."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.project import Project
    from sync.state import SqlStore

__all__ = ["tidy"]

_NOTE = "tidied"
_EVERY = timedelta(days=1)


def tidy(store: SqlStore, project: Project, *, now: datetime) -> None:
    """Delete what is old, unless that was done within the last day, or what runs are kept."""
    from sync.ops.logging import get_logger

    kept = store.runs.note(_NOTE)
    if kept is None:
        # A state that was just made holds nothing that is old; another one can wait a day.
        store.runs.keep_note(_NOTE, now.isoformat())
    runs = min(project.keep_runs, project.keep_audit)
    if kept is None or not _is_due(kept, now, every=min(runs, _EVERY)):
        return
    deleted = store.prune(audit_before=now - project.keep_audit, runs_before=now - runs)
    store.runs.keep_note(_NOTE, now.isoformat())
    if any(deleted.values()):
        get_logger().info("state_tidied", **deleted)


def _is_due(kept: str, now: datetime, *, every: timedelta) -> bool:
    try:
        # By a clock that was set back, the last time may lie ahead.
        return abs(now - datetime.fromisoformat(kept)) >= every
    except (ValueError, TypeError):
        return True
