"""What the state tells of a job: how its runs ended, what waits, how much is linked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.store import LinkState
from sync.ops.health import LastRun, Signs
from sync.ops.metrics import Gauges

if TYPE_CHECKING:
    from sync.domain.store import RunRow
    from sync.state import SqlStore

__all__ = ["SCHEDULE", "gauges_of", "schedule_text", "signs_of"]

#: Under this note a job that runs by itself says how often it does, and what it did not take over.
SCHEDULE = "schedule"

_LINK_STATES = (LinkState.OPEN, LinkState.OUTSIDE, LinkState.ASLEEP)


def schedule_text(*, every: timedelta, refused: str | None = None) -> str:
    """Give what is kept of a schedule."""
    return json.dumps({"every": every.total_seconds(), "refused": refused})


def signs_of(store: SqlStore, *, now: datetime) -> Signs:
    """Give what health is judged by."""
    kept = _schedule(store)
    lease = store.queries.lease(now)
    held, errors = store.findings.count()
    return Signs(
        last=_last(store.runs.newest("sync")),
        last_good=_last(store.runs.newest("sync", good=True)),
        at_work_since=lease.since if lease is not None else None,
        every=timedelta(seconds=kept["every"]) if kept.get("every") else None,
        held=held,
        errors=errors,
        refused=kept.get("refused"),
    )


def gauges_of(store: SqlStore, signs: Signs, pairs: Iterable[str]) -> Gauges:
    """Give how things stand, as metrics tell it."""
    newest = store.runs.newest("sync")
    quota = (newest.summary.get("quota") or {}) if newest is not None else {}
    last, good = signs.last, signs.last_good
    return Gauges(
        links={
            (pair, state.value): store.links.count(pair, state)
            for pair in pairs
            for state in _LINK_STATES
        },
        held=signs.held,
        errors=signs.errors,
        guard_waiting=last is not None and last.stopped == "guard",
        files_refused=signs.refused is not None,
        quota={crm: (told.get("quota"), told.get("left")) for crm, told in quota.items()},
        last_exit=last.exit if last is not None else None,
        last_run=last.ended if last is not None else None,
        last_good=good.ended if good is not None else None,
    )


def _schedule(store: SqlStore) -> Mapping[str, Any]:
    try:
        kept = json.loads(store.runs.note(SCHEDULE) or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _last(run: RunRow | None) -> LastRun | None:
    if run is None:
        return None
    return LastRun(
        name=run.name,
        started=run.started,
        ended=run.ended,
        exit=run.exit,
        stopped=run.stopped,
        plan=run.summary.get("plan"),
    )
