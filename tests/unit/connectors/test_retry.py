from __future__ import annotations

import pytest

from connectors.retry import ONCE_ONLY, REPEATABLE, Policy, run
from sync.domain.errors import (
    DailyQuotaError,
    RateLimitedError,
    RecordLockedError,
    UnavailableError,
    ValidationRejectedError,
)


class Call:
    """Fails with these errors, one after the other, then answers."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.made = 0

    def __call__(self):
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def pauses(call, policy=REPEATABLE, draw=0.0):
    waits = []
    assert run(call, policy, sleep=waits.append, draw=lambda: draw) == "answer"
    return waits


def test_good_call_is_made_once():
    call = Call()

    assert pauses(call) == []
    assert call.made == 1


def test_pauses_grow_and_are_spread():
    errors = [UnavailableError("away") for _ in range(4)]

    assert pauses(Call(*errors)) == [0.5, 1.0, 2.0, 4.0]
    assert pauses(Call(*[UnavailableError("away") for _ in range(4)]), draw=1.0) == [1, 2, 4, 8]


def test_pauses_have_an_end():
    policy = Policy(repeatable=True, attempts=9, longest_pause=10)
    errors = [UnavailableError("away") for _ in range(8)]

    assert max(pauses(Call(*errors), policy, draw=1.0)) == 10


def test_pause_the_crm_asks_for_is_kept():
    assert pauses(Call(RateLimitedError("slow", retry_after=7))) == [7]


def test_pause_the_crm_asks_for_is_capped():
    assert pauses(Call(RateLimitedError("slow", retry_after=21_600))) == [120]


def test_limit_without_a_time_waits_as_any_other():
    assert pauses(Call(RateLimitedError("slow"))) == [0.5]


def test_lock_is_given_two_seconds_at_least():
    (pause,) = pauses(Call(RecordLockedError("locked")))

    assert pause >= 2


@pytest.mark.parametrize(
    "error", [ValidationRejectedError("no"), DailyQuotaError("spent"), ValueError("a bug")]
)
def test_other_errors_are_not_tried_again(error):
    call = Call(error)

    with pytest.raises(type(error)):
        pauses(call)

    assert call.made == 1


def test_last_error_is_raised_when_the_attempts_are_spent():
    errors = [UnavailableError(f"away {number}") for number in range(9)]
    call = Call(*errors)

    with pytest.raises(UnavailableError, match="away 4"):
        pauses(call)

    assert call.made == REPEATABLE.attempts == 5


def test_create_that_may_be_done_is_not_sent_again():
    call = Call(UnavailableError("no answer", maybe_done=True))

    with pytest.raises(UnavailableError):
        pauses(call, ONCE_ONLY)

    assert call.made == 1


@pytest.mark.parametrize(
    "error", [UnavailableError("closed door"), RateLimitedError("slow"), RecordLockedError("lock")]
)
def test_create_that_surely_did_nothing_is_sent_again(error):
    call = Call(error)

    pauses(call, ONCE_ONLY)

    assert call.made == 2


def test_repeatable_call_that_may_be_done_is_sent_again():
    call = Call(UnavailableError("no answer", maybe_done=True))

    pauses(call)

    assert call.made == 2


def test_attempts_that_may_have_been_carried_out_are_told():
    lost, away = UnavailableError("lost", maybe_done=True), UnavailableError("away")
    doubts = []

    assert run(Call(lost, away), REPEATABLE, sleep=print, doubts=doubts) == "answer"
    assert doubts == [lost]


def test_last_error_tells_of_an_attempt_that_may_have_been_carried_out():
    lost = UnavailableError("lost", maybe_done=True)
    errors = [lost, *(RateLimitedError("slow", retry_after=0) for _ in range(4))]

    with pytest.raises(RateLimitedError) as caught:
        run(Call(*errors), REPEATABLE, sleep=lambda _seconds: None)
    assert caught.value.maybe_done
