"""Ending a run from outside: at a batch border if it gets there in time, and within 10 seconds."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from sync.domain.errors import UsageError
from sync.domain.stopping import Stop

__all__ = ["GRACE_SETTING", "GivenUp", "SignalStop", "pause", "stopped_by_signals"]

#: The setting for how many seconds a run has for what is under way when it is asked to end.
GRACE_SETTING = "REVLOOP_STOP_GRACE"
_GRACE = 6.0
#: What a run gets on top to write down how it ended; a process that still hangs then is ended.
_TO_WRITE_IT_DOWN = 3.0
#: Temporary: the next run goes on.
_EXIT = 3

#: A pause shorter than this is kept, so that a batch of several calls gets to its border.
_SHORT = 1.0
_STEP = 0.1

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_HINT = b"\nStopping: what is under way is finished first. Once more stops at once.\n"


class GivenUp(KeyboardInterrupt):
    """What was under way did not end in time after the run was asked to end."""


class SignalStop(Stop):
    """What a signal asks."""

    __slots__ = ()

    def wait(self, seconds: float) -> bool:
        """Wait so long or until the end is asked for; tell whether it is."""
        end = time.monotonic() + seconds
        while not self.asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _STEP))
        return self.asked


@contextmanager
def stopped_by_signals(environment: Mapping[str, str] = os.environ) -> Iterator[SignalStop]:
    """Let SIGTERM and Ctrl-C ask for an end; a second one ends at once, by KeyboardInterrupt.

    What is under way when they ask has some seconds (`REVLOOP_STOP_GRACE`) before GivenUp is
    raised in the main thread; a process that cannot even do that ends hard soon after, with exit
    code 3. Outside the main thread, where signals never arrive, nothing is changed.
    """
    stop = SignalStop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    grace = _grace(environment)
    given_up = threading.Event()
    with (
        _ended_hard(after=grace + _TO_WRITE_IT_DOWN, even_after=given_up),
        _handled(stop, given_up, grace=grace),
    ):
        yield stop


def pause(stop: Stop, seconds: float) -> None:
    """Wait, and raise RunTerminatedError as soon as the run is asked to end; in any thread."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if left > _SHORT:
            stop.ensure_going()
        time.sleep(min(left, _STEP))


def _grace(environment: Mapping[str, str]) -> float:
    text = environment.get(GRACE_SETTING) or str(_GRACE)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise UsageError(f"{GRACE_SETTING}: {text!r} is no number of seconds, such as 6")
    return seconds


@contextmanager
def _handled(stop: Stop, given_up: threading.Event, *, grace: float) -> Iterator[None]:
    def ask(number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0 if stop.asked else grace)
        if stop.asked:
            raise KeyboardInterrupt
        stop.ask()
        if number == signal.SIGINT and sys.stderr.isatty():
            # Not by the stream: whatever was interrupted may be writing to it.
            os.write(2, _HINT)

    def give_up(_number: int, _frame: FrameType | None) -> None:
        given_up.set()
        raise GivenUp

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
        **dict.fromkeys(_SIGNALS, ask),
        signal.SIGALRM: give_up,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


@contextmanager
def _ended_hard(*, after: float, even_after: threading.Event) -> Iterator[None]:
    """End the process so long after a signal, even where Python code cannot run any more.

    A look-up of a host's address, for one, lets no signal handler run until it is through. What
    was given up (`even_after`) is watched to the end of the process: a thread that hangs in a call
    would keep it from ending.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(reads, over, after), name="stop", daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        if not even_after.is_set():
            over.set()
            os.write(writes, b"\0")
            watch.join()
            os.close(reads)
        os.close(writes)


def _watch(reads: int, over: threading.Event, after: float) -> None:
    while True:
        select.select([reads], [], [])
        told = os.read(reads, 64)
        if over.is_set():
            return
        if any(number in told for number in _SIGNALS):
            break
    if not over.wait(after):
        os._exit(_EXIT)
