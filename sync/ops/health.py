"""Whether a job does well: judged purely, from what the state tells of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["LastRun", "Signs", "Verdict", "judge"]

#: Without a schedule that is known, the last good run may be so old.
_USUAL_AGE = timedelta(hours=1)
#: With one, so many rounds may fail or come late.
_ROUNDS = 3
_SHORTEST_AGE = timedelta(minutes=2)

#: A run that is at work longer than this is no sign of health.
_LONGEST_RUN = timedelta(hours=6)

_TEMPORARY = 3

#: Ends that say nothing of the job: somebody stopped it, or another run was at work.
_NO_MATTER = frozenset({"terminated", "interrupted", "locked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """One run: its name, when it began and ended, and how."""

    name: str
    started: datetime
    ended: datetime | None = None
    exit: int | None = None
    stopped: str | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of a job: its last run, its last good one, and what waits for people.

    `at_work_since` is when the run that holds the lock took it. `every` is the schedule, where a
    job keeps one. `refused` is the first thing wrong in changed files that were not taken over.
    """

    last: LastRun | None = None
    last_good: LastRun | None = None
    at_work_since: datetime | None = None
    every: timedelta | None = None
    held: int = 0
    errors: int = 0
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a job does well; `reasons` say why it does not, `notes` what to know besides."""

    healthy: bool
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    age: timedelta | None = None
    max_age: timedelta = _USUAL_AGE
    guard: str | None = None


def judge(
    signs: Signs,
    *,
    now: datetime,
    max_age: timedelta | None = None,
    max_waiting: int | None = None,
) -> Verdict:
    """Judge a job by the age of its last good run, how the last one ended, and what waits."""
    oldest = max_age or usual_age(signs.every)
    good = signs.last_good
    age = max(now - (good.ended or good.started), timedelta(0)) if good is not None else None
    reasons = [
        *_of_age(signs, age, oldest, now),
        *_of_end(signs.last),
        *_of_waiting(signs, max_waiting),
    ]
    notes = []
    if signs.refused is not None:
        notes.append(f"changed files were not taken over: {signs.refused}")
    if signs.at_work_since is not None:
        notes.append(f"a run is at work since {signs.at_work_since:%Y-%m-%d %H:%M:%S} UTC")
    return Verdict(
        healthy=not reasons,
        reasons=tuple(reasons),
        notes=tuple(notes),
        age=age,
        max_age=oldest,
        guard=_guard_of(signs.last),
    )


def usual_age(every: timedelta | None) -> timedelta:
    """Give how old the last good run may be for a schedule."""
    return _USUAL_AGE if every is None else max(_ROUNDS * every, _SHORTEST_AGE)


def _of_age(
    signs: Signs, age: timedelta | None, oldest: timedelta, now: datetime
) -> tuple[str, ...]:
    since = signs.at_work_since
    if since is not None and now - since <= _LONGEST_RUN:
        return ()
    if age is None:
        return ("no run has ended well yet",)
    if age <= oldest:
        return ()
    return (f"the last good run ended {_long(age)} ago, more than {_long(oldest)}",)


def _of_end(last: LastRun | None) -> tuple[str, ...]:
    """Say where the last run ended so that only a person can mend it."""
    if last is None or last.exit in (None, 0, 1, _TEMPORARY) or last.stopped in _NO_MATTER:
        return ()
    if (plan := _guard_of(last)) is not None:
        then = f"`revloop plan show {plan}`, then `revloop approve {plan}`"
        return (f"run {last.name} was stopped by the guard: {then}",)
    word = f" ({last.stopped})" if last.stopped else ""
    return (f"run {last.name} ended with {last.exit}{word}: `revloop status` says why",)


def _guard_of(last: LastRun | None) -> str | None:
    return last.plan if last is not None and last.stopped == "guard" else None


def _of_waiting(signs: Signs, most: int | None) -> tuple[str, ...]:
    waiting = signs.held + signs.errors
    if most is None or waiting <= most:
        return ()
    return (f"{waiting} records are held or in error, more than {most}",)


def _long(span: timedelta) -> str:
    """Give a length of time in words."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    return f"{seconds} seconds"
