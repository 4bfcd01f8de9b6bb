from __future__ import annotations

from decimal import Decimal
from threading import Thread

import pytest

from connectors.limits import Budget, CallKind, Pace
from sync.domain.errors import DailyQuotaError, RunLockedError
from sync.domain.ports import Usage


class Time:
    """A clock that only `sleep` moves, and a record of how long was slept."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time():
    return Time()


def budget(time, **settings):
    return Budget("Acme", clock=time.clock, sleep=time.sleep, **settings)


def test_calls_without_a_stated_limit_do_not_wait(time):
    acme = budget(time)

    for _ in range(1000):
        acme.before()

    assert time.slept == []
    assert acme.calls == 1000


def test_calls_stay_under_the_stated_limit_in_any_window(time):
    acme = budget(time, paces={CallKind.GENERAL: Pace(100, 10)})
    times = []
    for _ in range(300):
        acme.before()
        times.append(time.now)

    busiest = max(sum(1 for t in times if start <= t < start + 10) for start in times)

    assert 80 <= busiest <= 90


def test_searches_have_a_pace_of_their_own(time):
    acme = budget(time, paces={CallKind.SEARCH: Pace(5, 1)})

    for _ in range(20):
        acme.before(CallKind.GENERAL)
    assert time.slept == []
    for _ in range(5):
        acme.before(CallKind.SEARCH)

    assert time.slept


def test_pace_follows_what_answers_state(time):
    acme = budget(time)
    acme.before()
    acme.note_pace(CallKind.GENERAL, Pace(10, 10))
    for _ in range(9):
        acme.before()
    assert time.now - 1000 >= 10
    time.slept.clear()

    acme.note_pace(CallKind.GENERAL, Pace(1000, 10))
    for _ in range(100):
        acme.before()

    assert time.slept == []


def test_clock_that_does_not_follow_sleep_does_not_hang_a_call():
    waits = []
    acme = Budget(
        "Acme", paces={CallKind.GENERAL: Pace(2, 60)}, clock=lambda: 5.0, sleep=waits.append
    )

    acme.before()
    acme.before()

    assert sum(waits) >= 60


def test_run_stops_when_no_more_than_the_share_to_leave_is_left(time):
    acme = budget(time, leave=Decimal("0.4"))
    acme.note(left=401, total=1000)
    acme.before()

    with pytest.raises(DailyQuotaError, match="400 of 1000 calls") as caught:
        acme.before()

    assert "40%" in str(caught.value)
    assert acme.calls == 1


def test_last_call_of_the_day_is_used_where_nothing_is_to_be_left(time):
    acme = budget(time)
    acme.note(left=1, total=1000)
    acme.before()

    with pytest.raises(DailyQuotaError):
        acme.before()


def test_used_calls_are_counted_from_the_total(time):
    acme = budget(time)

    acme.note(used=18, total=5000)

    assert (acme.quota, acme.left) == (5000, 4982)


def test_answer_that_says_nothing_changes_nothing(time):
    acme = budget(time)
    acme.note(left=7, total=10)

    acme.note()

    assert (acme.quota, acme.left) == (10, 7)


def test_unknown_quota_stops_nobody(time):
    acme = budget(time, leave=Decimal("0.9"))
    acme.note(left=1)

    acme.before()

    assert acme.calls == 1


def test_usage_tells_all_counts(time):
    acme = budget(time)
    acme.note(left=10, total=100)
    acme.before()
    acme.before(writes=True)

    assert acme.usage() == Usage(calls=2, writes=1, quota=100, left=8)


def test_right_to_write_is_asked_before_each_write_and_after_its_pause(time):
    asked = []
    acme = budget(
        time,
        paces={CallKind.GENERAL: Pace(1, 10.0)},
        may_write=lambda: asked.append(time.now),
    )
    acme.before()

    acme.before(writes=True)
    acme.before()
    acme.before(writes=True)

    # The pace kept is one call in ten seconds: each question came when its call could go.
    assert [round(at) for at in asked] == [1010, 1030]
    assert acme.writes == 2
    assert acme.calls == 4


def test_call_that_may_not_write_is_not_counted(time):
    def refuse() -> None:
        raise RunLockedError("taken")

    acme = budget(time, may_write=refuse)

    with pytest.raises(RunLockedError):
        acme.before(writes=True)
    acme.before()

    assert (acme.calls, acme.writes) == (1, 0)


def test_pace_is_halved_where_the_crm_asks_to_slow_down_and_grows_back(time):
    acme = budget(time, paces={CallKind.GENERAL: Pace(100, 10)})

    def in_a_stretch():
        begun, count = time.now, 0
        while time.now < begun + 10:
            acme.before()
            count += 1
        return count

    assert 80 <= in_a_stretch() <= 90
    acme.asked_to_slow(pause=0)
    time.now += 10
    assert 38 <= in_a_stretch() <= 46

    for _ in range(10 * 50):
        acme.answered()

    time.now += 10
    assert 80 <= in_a_stretch() <= 90


def test_several_calls_refused_at_once_halve_the_pace_once(time):
    acme = budget(time, paces={CallKind.GENERAL: Pace(100, 10)})

    for _ in range(4):
        acme.asked_to_slow(pause=0)
    for _ in range(42):
        acme.before()

    assert time.slept == []


def test_pace_never_falls_below_an_eighth(time):
    acme = budget(time, paces={CallKind.GENERAL: Pace(100, 10)})

    for _ in range(20):
        acme.asked_to_slow(pause=0)
        time.now += 11
    for _ in range(10):
        acme.before()

    assert time.slept == []


def test_pace_is_halved_before_a_call_is_refused_where_others_call_too(time):
    acme = budget(time)
    acme.note_pace(CallKind.GENERAL, Pace(100, 10), left=60)
    acme.note_pace(CallKind.GENERAL, Pace(100, 10), left=9)

    for _ in range(43):
        acme.before()

    assert time.slept


def test_search_that_is_refused_does_not_slow_other_calls(time):
    acme = budget(time, paces={kind: Pace(100, 10) for kind in CallKind})

    acme.asked_to_slow(CallKind.SEARCH, pause=5)
    for _ in range(85):
        acme.before()

    assert time.slept == []


def test_other_threads_wait_where_one_was_asked_to_and_that_one_has_waited_itself(time):
    acme = budget(time)
    asked = Thread(target=acme.asked_to_slow, kwargs={"pause": 7.0})
    asked.start()
    asked.join()

    acme.before()
    acme.before()
    assert time.slept == [7.0]

    acme.asked_to_slow(pause=30.0)
    acme.before()
    assert time.slept == [7.0]
