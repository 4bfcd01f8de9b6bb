from __future__ import annotations

import threading

import pytest

from sync.domain.errors import DailyQuotaError, UnavailableError
from sync.domain.ports import WriteOutcome, WriteResult
from sync.domain.record import Side
from sync.engine.in_flight import InFlight

LEFT, RIGHT = Side.LEFT, Side.RIGHT
_LONG = 10.0


class Job:
    """A batch that notes what happens to it, and whose call does what it is told to."""

    def __init__(self, log, name, side, call, *, alone=False, steady=True, taking=None):
        self.log = log
        self.name = name
        self.side = side
        self.alone = alone
        self.call = call
        self.steady = steady
        self.taking = taking

    def begin(self):
        self.log.append(f"begin {self.name}")
        return self._call if self.call is not None else None

    def _call(self):
        self.call()
        return [WriteResult(token=self.name, outcome=WriteOutcome.DONE)]

    def end(self, results):
        if self.taking is not None:
            self.taking()
        self.log.append(f"end {results[0].token}")
        return self.steady


def nothing():
    pass


def failing(error):
    def call():
        raise error

    return call


def fly(most, *jobs, then=nothing):
    """Send jobs, then do something else, and take in what is under way at the end."""
    with InFlight(most) as flights:
        for job in jobs:
            flights.add(job)
        flights.send()
        then()
        flights.settle()


@pytest.fixture
def log():
    return []


def test_several_batches_are_under_way_to_both_crms_at_once(log):
    all_there = threading.Barrier(4, timeout=_LONG)

    with InFlight(2) as flights:
        for number in range(2):
            for side in Side:
                flights.add(Job(log, f"{side} {number}", side, all_there.wait))
        flights.settle()

    assert len([line for line in log if line.startswith("end")]) == 4


def test_no_more_batches_are_under_way_to_one_crm_than_allowed(log):
    now, most = [], []

    def call():
        now.append(1)
        most.append(len(now))
        now.pop()

    with InFlight(3) as flights:
        for number in range(20):
            flights.add(Job(log, str(number), LEFT, call))
        flights.settle()

    assert max(most) <= 3


def test_batches_are_begun_and_taken_in_in_order_whatever_is_answered_first(log):
    second_is_done = threading.Event()

    with InFlight(2) as flights:
        flights.add(Job(log, "1", LEFT, lambda: second_is_done.wait(_LONG)))
        flights.add(Job(log, "2", LEFT, second_is_done.set))
        flights.settle()

    assert log == ["begin 1", "begin 2", "end 1", "end 2"]


def test_slow_crm_does_not_hold_up_the_other(log):
    right_is_through = threading.Event()

    fly(
        2,
        Job(log, "slow", LEFT, lambda: right_is_through.wait(_LONG)),
        *(Job(log, f"quick {number}", RIGHT, nothing) for number in range(5)),
        Job(log, "last", RIGHT, right_is_through.set),
    )

    assert log.index("end quick 3") < log.index("end slow")


def test_what_is_begun_and_taken_in_is_so_in_the_thread_that_owns_the_state(log):
    here = threading.get_ident()
    calling = []

    with InFlight(2) as flights:
        job = Job(log, "1", LEFT, lambda: calling.append(threading.get_ident()))
        job.taking = lambda: calling.append(threading.get_ident())
        flights.add(job)
        flights.settle()

    assert calling[0] != here
    assert calling[1] == here


def test_one_at_a_time_needs_no_thread_and_is_over_when_it_is_added(log):
    calling = []

    with InFlight(1) as flights:
        flights.add(Job(log, "1", LEFT, lambda: calling.append(threading.get_ident())))
        assert log == ["begin 1", "end 1"]
        flights.add(Job(log, "2", RIGHT, nothing))
        assert log == ["begin 1", "end 1", "begin 2", "end 2"]

    assert calling == [threading.get_ident()]


def test_answers_of_the_others_are_taken_in_where_one_fails(log):
    failed = threading.Event()

    def late():
        assert failed.wait(_LONG)

    def fail():
        failed.set()
        raise UnavailableError("gone")

    jobs = [
        Job(log, "1", LEFT, fail),
        Job(log, "2", LEFT, late),
        Job(log, "3", RIGHT, late),
        Job(log, "4", LEFT, nothing),
    ]
    with pytest.raises(UnavailableError, match="gone"):
        fly(2, *jobs)

    assert sorted(log[:3]) == ["begin 1", "begin 2", "begin 3"]
    assert sorted(log[3:]) == ["end 2", "end 3"]


def test_used_up_quota_sends_nothing_more(log):
    over = failing(DailyQuotaError("over"))

    with pytest.raises(DailyQuotaError):
        fly(2, *(Job(log, str(number), LEFT, over) for number in range(9)))

    assert log == ["begin 0", "begin 1"]


def test_error_between_two_batches_does_not_lose_answers_on_their_way(log):
    with pytest.raises(ValueError, match="elsewhere"):
        fly(2, Job(log, "1", LEFT, nothing), then=failing(ValueError("elsewhere")))

    assert log == ["begin 1", "end 1"]


def test_answer_that_cannot_be_kept_any_more_does_not_hide_the_first_error(log):
    first = Job(log, "1", LEFT, failing(UnavailableError("first")))
    second = Job(log, "2", LEFT, nothing, taking=failing(UnavailableError("second")))

    with pytest.raises(UnavailableError, match="first"):
        fly(2, first, second)


def test_who_will_not_wait_gets_what_is_there_and_leaves_the_rest(log):
    never = threading.Event()
    with InFlight(2) as flights:
        flights.add(Job(log, "hangs", LEFT, lambda: never.wait(_LONG)))
        flights.add(Job(log, "2", RIGHT, nothing))
        flights.send()
        flights._under_way[RIGHT][0].thread.join(_LONG)

        flights.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    never.set()
    assert log == ["begin hangs", "begin 2", "end 2"]


def test_killed_process_takes_nothing_in(log):
    with pytest.raises(SystemExit):
        fly(2, Job(log, "1", LEFT, nothing), then=failing(SystemExit()))

    assert log == ["begin 1"]


def test_after_locks_batches_go_one_by_one_until_that_goes_well(log):
    with InFlight(2) as flights:
        flights.add(Job(log, "locked", LEFT, nothing, steady=False))
        flights.settle()
        for number in range(14):
            flights.add(Job(log, str(number), LEFT, nothing))
        flights.settle()

    one_by_one = [f"{what} {number}" for number in range(10) for what in ("begin", "end")]
    assert log[2:24] == [*one_by_one, "begin 10", "begin 11"]


def test_large_batch_goes_alone(log):
    with InFlight(4) as flights:
        flights.add(Job(log, "1", LEFT, nothing))
        flights.add(Job(log, "large", LEFT, nothing, alone=True))
        flights.add(Job(log, "2", LEFT, nothing))
        flights.settle()

    assert log == ["begin 1", "end 1", "begin large", "end large", "begin 2", "end 2"]


def test_batch_of_which_nothing_is_left_is_not_sent(log):
    with InFlight(2) as flights:
        flights.add(Job(log, "empty", LEFT, None))
        flights.settle()

    assert log == ["begin empty"]
