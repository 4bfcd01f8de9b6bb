"""The probe: whether the job does well, from the state alone and quickly."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import print_json

if TYPE_CHECKING:
    from sync.ops.health import Signs, Verdict

__all__ = ["health", "health_json"]

_UNWELL = 3


def health(
    folder: Path,
    *,
    as_json: bool,
    max_age: timedelta | None = None,
    max_waiting: int | None = None,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] | None = None,
) -> int:
    """Print whether the job does well; give 0, or 3 where it does not."""
    from console.wiring import now
    from sync.ops.health import judge

    moment = (clock or now)()
    signs = _signs(folder, environment, moment)
    verdict = judge(signs, now=moment, max_age=max_age, max_waiting=max_waiting)
    if as_json:
        print_json(health_json(signs, verdict))
    else:
        _print(verdict)
    return 0 if verdict.healthy else _UNWELL


def _signs(folder: Path, environment: Mapping[str, str], now: datetime) -> Signs:
    """Read the state without the mapping, which takes longer to read than all else."""
    from console.signs import signs_of
    from mappings.project import load_project
    from sync.domain.errors import NoStateError
    from sync.ops.health import Signs
    from sync.state import open_store

    project = load_project(folder, environment)
    try:
        with open_store(project.state, create=False) as store:
            return signs_of(store, now=now)
    except NoStateError:
        return Signs()


def health_json(signs: Signs, verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as it is told to machines."""
    last, good = signs.last, signs.last_good
    return {
        "exit": 0 if verdict.healthy else _UNWELL,
        "healthy": verdict.healthy,
        "reasons": list(verdict.reasons),
        "notes": list(verdict.notes),
        "last_run": None
        if last is None
        else {"run": last.name, "exit": last.exit, "stopped": last.stopped},
        "last_good_run": None
        if good is None
        else {"run": good.name, "ended": good.ended.isoformat() if good.ended else None},
        "age_seconds": None if verdict.age is None else round(verdict.age.total_seconds()),
        "max_age_seconds": round(verdict.max_age.total_seconds()),
        "guard_plan": verdict.guard,
        "waiting": {"held": signs.held, "errors": signs.errors},
    }


def _print(verdict: Verdict) -> None:
    print("healthy" if verdict.healthy else "not healthy")
    for line in (*verdict.reasons, *verdict.notes):
        print(f"  {line}")
