"""When a job that runs by itself runs next: decided purely, from a moment and how a run ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["Pending", "Round", "Schedule", "Wait", "after_round", "first_round", "next_step"]

#: Ends of runs: done, done with records newly waiting, and temporary ones.
_GOOD = frozenset({0, 1})
_TEMPORARY = 3

#: Another run at work is no failure: this one's turn comes again.
_LOCKED = "locked"

#: Nothing is waited for longer than this at once, so that a clock that is set forward is noticed.
_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often rounds begin; `jitter` is the most a round is put off by chance.

    After failures rounds are farther apart, but never more than `longest` (or `every`).
    """

    every: timedelta
    jitter: timedelta = timedelta(0)
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The round that comes next.

    `began` is when the first one did: all others keep step with it. `planned` is how long the wait
    was when it was decided on, `failures` how many rounds in a row have failed.
    `needs_person` tells that waiting alone mends nothing.
    """

    due: datetime
    began: datetime
    planned: timedelta = timedelta(0)
    failures: int = 0
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait so long, then ask again."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Round:
    """Begin a round now."""


def first_round(now: datetime) -> Pending:
    """Give the first round, which is due at once."""
    return Pending(due=now, began=now)


def next_step(pending: Pending, now: datetime) -> tuple[Pending, Wait | Round]:
    """Decide whether a round begins now or how long to wait, at most a minute at once.

    A clock that was set back makes no wait longer than it was decided to be.
    """
    left = pending.due - now
    if left <= timedelta(0):
        return pending, Round()
    if left > pending.planned:
        left = pending.planned
        pending = replace(pending, due=now + left, began=now + left)
    return pending, Wait(min(left, _STEP))


def after_round(
    schedule: Schedule,
    pending: Pending,
    *,
    exit: int,  # noqa: A002 the word everybody knows it by
    stopped: str | None,
    now: datetime,
    draw: float,
) -> Pending:
    """Decide when the next round is due; `draw` is a random number from 0 up to 1.

    Rounds keep step with the first one, whatever they take; one that takes longer than `every`
    lets those pass that were due meanwhile. Each failure in a row doubles the pause.
    """
    failures = 0 if exit in _GOOD else pending.failures + (stopped != _LOCKED)
    due = _in_step(schedule, pending.began, now) + _more(schedule, failures)
    due += draw * schedule.jitter
    return Pending(
        due=due,
        began=pending.began,
        planned=due - now,
        failures=failures,
        needs_person=exit not in _GOOD and exit != _TEMPORARY,
    )


def _in_step(schedule: Schedule, began: datetime, now: datetime) -> datetime:
    """Give the first moment after now that is a whole number of rounds after the first one."""
    passed = (now - began) // schedule.every
    return began + (max(passed, 0) + 1) * schedule.every


def _more(schedule: Schedule, failures: int) -> timedelta:
    """Give how much longer than usual the pause is; the first failure is tried again as usual."""
    longest = max(schedule.longest, schedule.every)
    pause = schedule.every
    for _ in range(failures - 1):
        pause = min(pause * 2, longest)
        if pause == longest:
            break
    return pause - schedule.every
