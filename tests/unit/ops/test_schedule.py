from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.ops.schedule import Pending, Round, Schedule, Wait, after_round, first_round, next_step

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY_FIVE = Schedule(every=5 * MINUTE)


def after(
    pending: Pending,
    *,
    code: int = 0,
    stopped: str | None = None,
    took: timedelta = timedelta(seconds=2),
    schedule: Schedule = EVERY_FIVE,
    draw: float = 0.0,
) -> Pending:
    now = pending.due + took
    return after_round(schedule, pending, exit=code, stopped=stopped, now=now, draw=draw)


def test_first_round_begins_at_once():
    assert next_step(first_round(BEGIN), BEGIN)[1] == Round()


def test_rounds_keep_step_with_the_first_whatever_they_take():
    pending = first_round(BEGIN)
    dues = []
    for seconds in (1, 40, 200, 3):
        pending = after(pending, took=timedelta(seconds=seconds), draw=0.0)
        dues.append((pending.due - BEGIN) / MINUTE)

    assert dues == [5, 10, 15, 20]


def test_round_that_takes_longer_lets_those_pass_that_were_due_meanwhile():
    pending = after(first_round(BEGIN), took=12 * MINUTE)

    assert pending.due == BEGIN + 15 * MINUTE


def test_chance_puts_a_round_off_and_none_after_it():
    schedule = Schedule(every=5 * MINUTE, jitter=timedelta(seconds=30))

    first = after(first_round(BEGIN), schedule=schedule, draw=0.5)
    second = after(first, schedule=schedule, draw=0.0)

    assert first.due == BEGIN + 5 * MINUTE + timedelta(seconds=15)
    assert second.due == BEGIN + 10 * MINUTE


@pytest.mark.parametrize("code", [2, 3, 4, 70])
def test_failures_in_a_row_are_farther_apart_up_to_an_hour_and_a_good_round_ends_that(code):
    pending = first_round(BEGIN)
    pauses = []
    for _ in range(7):
        before = pending.due
        pending = after(pending, code=code, stopped="something")
        pauses.append((pending.due - before) / MINUTE)

    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    good = after(pending)
    assert (good.due - pending.due, good.failures) == (5 * MINUTE, 0)


def test_schedule_of_more_than_an_hour_is_kept_in_failure_too():
    daily = Schedule(every=timedelta(days=1))
    pending = after(first_round(BEGIN), code=3, stopped="unavailable", schedule=daily)
    pending = after(pending, code=3, stopped="unavailable", schedule=daily)

    assert pending.due == BEGIN + timedelta(days=2)


def test_another_run_at_work_is_no_failure():
    pending = after(first_round(BEGIN), code=3, stopped="locked")

    assert (pending.failures, pending.due) == (0, BEGIN + 5 * MINUTE)


@pytest.mark.parametrize(
    ("code", "needs"), [(0, False), (1, False), (3, False), (2, True), (4, True), (70, True)]
)
def test_only_some_ends_need_a_person(code, needs):
    assert after(first_round(BEGIN), code=code).needs_person is needs


def test_wait_is_taken_a_minute_at_once_and_ends_in_time():
    pending = after(first_round(BEGIN))

    assert next_step(pending, BEGIN + timedelta(seconds=2))[1] == Wait(MINUTE)
    assert next_step(pending, pending.due - timedelta(seconds=7))[1] == Wait(timedelta(seconds=7))
    assert next_step(pending, pending.due)[1] == Round()


def test_clock_set_back_makes_no_wait_longer():
    pending = after(first_round(BEGIN))
    back = BEGIN - timedelta(hours=3)

    pending, step = next_step(pending, back)

    assert isinstance(step, Wait)
    assert pending.due <= back + 5 * MINUTE


def test_clock_set_forward_begins_a_round_at_once_and_counts_on_from_there():
    pending = after(first_round(BEGIN))
    ahead = BEGIN + timedelta(hours=3, minutes=2)

    assert next_step(pending, ahead)[1] == Round()
    later = after_round(EVERY_FIVE, pending, exit=0, stopped=None, now=ahead, draw=0.0)
    assert later.due == BEGIN + timedelta(hours=3, minutes=5)
