"""What the listener of a job answers, from what the job told it after its last round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.health import health_json
from console.listening import Answer
from sync.ops.health import Signs, judge
from sync.ops.metrics import Gauges, Totals, exposition

__all__ = ["Told", "paths_of"]

#: The job moves at least every minute while it waits; a round may take this long.
_STILL = timedelta(minutes=5)
_LONGEST_ROUND = timedelta(hours=6)

_OK = 200
_UNWELL = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a job: `moved` is when it last did anything.

    `at_work_since` is when the round under way began.
    """

    moved: datetime
    at_work_since: datetime | None = None
    signs: Signs | None = None
    metrics: bytes | None = None


def paths_of(
    told: Callable[[], Told], *, clock: Callable[[], datetime]
) -> dict[str, Callable[[], Answer]]:
    """Give what answers `/livez`, `/healthz` and `/metrics`; nothing there asks the state."""
    return {
        "/livez": lambda: _alive(told(), clock()),
        "/healthz": lambda: _healthy(told(), clock()),
        "/metrics": lambda: Answer(_OK, told().metrics or exposition(Totals(), Gauges())),
    }


def _alive(told: Told, now: datetime) -> Answer:
    """Say whether the loop still moves: a process that hangs is mended by a new one."""
    since, longest = told.at_work_since, _LONGEST_ROUND
    if since is None:
        since, longest = told.moved, _STILL
    alive = now - since <= longest
    return Answer.of_json(_OK if alive else _UNWELL, {"alive": alive, "since": since.isoformat()})


def _healthy(told: Told, now: datetime) -> Answer:
    """Judge as `revloop health` does."""
    signs = replace(told.signs or Signs(), at_work_since=told.at_work_since)
    verdict = judge(signs, now=now)
    return Answer.of_json(_OK if verdict.healthy else _UNWELL, health_json(signs, verdict))
