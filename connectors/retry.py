"""When a call to a CRM is sent again, and after how long: one policy for each error class."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from sync.domain.errors import RateLimitedError, RecordLockedError, RetryableError

__all__ = ["ONCE_ONLY", "REPEATABLE", "Policy", "retrying", "run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often a call is tried, and how long the pauses are (in seconds).

    `repeatable` says that carrying the call out twice does no harm; where it is False the call
    is tried again only when the CRM surely did nothing.
    """

    repeatable: bool
    attempts: int = 5
    first_pause: float = 1.0
    longest_pause: float = 30.0
    longest_asked: float = 120.0
    lock_pause: float = 2.0


#: Reads, updates by id and archives: the second time changes nothing.
REPEATABLE = Policy(repeatable=True)

#: Creates: a second time would make a second record.
ONCE_ONLY = Policy(repeatable=False)


def run(
    call: Callable[[], T],
    policy: Policy,
    *,
    sleep: Callable[[float], object],
    draw: Callable[[], float] = random.random,
    doubts: list[RetryableError] | None = None,
) -> T:
    """Make a call under a policy; when the attempts are spent the last error is raised.

    To `doubts` come the errors of attempts that may have been carried out. An error raised after
    such an attempt says so, too, whatever became of the last one.
    """
    found: list[RetryableError] = [] if doubts is None else doubts

    def attempt() -> T:
        try:
            return call()
        except RetryableError as error:
            if error.maybe_done:
                found.append(error)
            elif found:
                error.maybe_done = True
            raise

    return retrying(policy, sleep=sleep, draw=draw)(attempt)


def retrying(
    policy: Policy,
    *,
    sleep: Callable[[float], object],
    draw: Callable[[], float] = random.random,
) -> tenacity.Retrying:
    """Build the retrying for a policy; only `RetryableError` is tried again.

    `draw` gives a random number from 0 up to 1, so that many runs do not come back together.
    """

    def rest(seconds: float) -> None:
        sleep(seconds)

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(policy.attempts),
        retry=tenacity.retry_if_exception(lambda error: _may_repeat(error, policy)),
        wait=lambda state: _pause(state, policy, draw),
        sleep=rest,
        reraise=True,
    )


def _may_repeat(error: BaseException, policy: Policy) -> bool:
    if not isinstance(error, RetryableError):
        return False
    return policy.repeatable or not error.maybe_done


def _pause(state: tenacity.RetryCallState, policy: Policy, draw: Callable[[], float]) -> float:
    """Give the pause before the next attempt, by what went wrong in this one."""
    error = state.outcome.exception() if state.outcome is not None else None
    growing = min(policy.longest_pause, policy.first_pause * 2.0 ** (state.attempt_number - 1))
    jittered = growing * (0.5 + draw() / 2)
    if isinstance(error, RateLimitedError) and error.retry_after is not None:
        return min(max(0.0, error.retry_after), policy.longest_asked) + draw() * 0.25
    if isinstance(error, RecordLockedError):
        return policy.lock_pause + jittered
    return jittered
