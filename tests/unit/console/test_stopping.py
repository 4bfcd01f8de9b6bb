"""How signals ask a run to end, and what waits when they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from console.stopping import pause, stopped_by_signals
from sync.domain.errors import RunTerminatedError, UsageError
from sync.domain.stopping import Stop
from tests.e2e.desk import ROOT


def test_first_signal_asks_for_an_end_and_the_second_ends_at_once() -> None:
    with stopped_by_signals({}) as stop:
        asked = [stop.asked]
        os.kill(os.getpid(), signal.SIGTERM)
        asked.append(stop.asked)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    assert asked == [False, True]


def test_handlers_are_as_they_were_afterwards() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]

    with stopped_by_signals({}):
        os.kill(os.getpid(), signal.SIGTERM)

    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert not any(thread.name == "stop" for thread in threading.enumerate())


def test_pause_ends_as_soon_as_an_end_is_asked_for_in_any_thread() -> None:
    stop = Stop()
    with ThreadPoolExecutor() as pool:
        paused = pool.submit(pause, stop, 60.0)
        stop.ask()
        with pytest.raises(RunTerminatedError, match="the next run goes on"):
            paused.result()


def test_short_pause_is_kept_so_that_a_batch_of_several_calls_gets_to_its_border() -> None:
    stop = Stop()
    stop.ask()

    pause(stop, 0.01)


def test_wait_tells_whether_an_end_was_asked_for() -> None:
    with stopped_by_signals({}) as stop:
        assert not stop.wait(0.01)
        stop.ask()
        assert stop.wait(60.0)


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan"])
def test_grace_that_is_no_time_is_refused(text: str) -> None:
    with (
        pytest.raises(UsageError, match="REVLOOP_STOP_GRACE"),
        stopped_by_signals({"REVLOOP_STOP_GRACE": text}),
    ):
        pass


HANGS = """
import os, signal, sys, threading, time
from console import stopping
stopping._TO_WRITE_IT_DOWN = 0.1
with stopping.stopped_by_signals({"REVLOOP_STOP_GRACE": "0.1"}):
    os.kill(os.getpid(), signal.SIGTERM)
    try:
        time.sleep(60)
    except stopping.GivenUp:
        print("given up", flush=True)
        %s
"""


@pytest.mark.parametrize(
    "then",
    ["raise SystemExit(3)", "threading.Thread(target=time.sleep, args=[60]).start(); raise"],
    ids=["nothing hangs any more", "a thread hangs"],
)
def test_what_does_not_end_in_time_is_given_up_and_the_process_ends(then: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS % then],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (ended.stdout, ended.returncode) == ("given up\n", 3), ended.stderr
