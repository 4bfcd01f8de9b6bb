"""Several calls under way at once: sent in order, answered in threads, kept by one.

Whatever is written down is written by the thread that owns the state: the intent before a call
leaves, its answer when its turn comes. The thread of a call makes that call and nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from threading import Condition, Thread
from types import TracebackType
from typing import Protocol

from sync.domain.errors import CrmSyncError
from sync.domain.ports import WriteResult
from sync.domain.record import Side

__all__ = ["InFlight", "Job"]

#: How many batches have to be answered in good order before one more is sent at a time.
_STEADY = 10


class Job(Protocol):
    """One batch: prepared, sent and taken in."""

    @property
    def side(self) -> Side:
        """The CRM it is for."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it is so large that nothing else is to be under way to that CRM meanwhile."""
        ...

    def begin(self) -> Callable[[], Sequence[WriteResult]] | None:
        """Write down what is about to be sent; give the call, None where nothing is left to."""
        ...

    def end(self, results: Sequence[WriteResult]) -> bool:
        """Take the answer in; tell whether the CRM can bear as many calls at once."""
        ...


class _Flight:
    """One call in a thread of its own."""

    def __init__(
        self, job: Job, call: Callable[[], Sequence[WriteResult]], landed: Condition
    ) -> None:
        self.job = job
        self.over = False
        self.fault: BaseException | None = None
        self.results: Sequence[WriteResult] = ()
        self._call = call
        self._landed = landed
        # A daemon: one that hangs in a call does not keep the process from ending.
        self.thread = Thread(
            target=copy_context().run, args=(self._fly,), name="write", daemon=True
        )
        self.thread.start()

    def _fly(self) -> None:
        try:
            self.results = self._call()
        except BaseException as fault:  # noqa: BLE001 - raised again by the thread that waits
            self.fault = fault
        with self._landed:
            self.over = True
            self._landed.notify_all()


class InFlight:
    """Batches on their way to both CRMs, so many to each at once.

    Each CRM's batches leave and are taken in in the order they were added. With `most` 1 nothing
    is under way but while it is added, and no thread is made. A CRM whose records were locked gets
    one batch at a time, and more again once that goes well. As a context manager: where an error
    ends it, nothing more is sent, and the answers of what is under way are taken in first.
    """

    def __init__(self, most: int) -> None:
        """Send so many batches to one CRM at once."""
        self._most = most
        self._width = dict.fromkeys(Side, most)
        self._steady = dict.fromkeys(Side, 0)
        self._waiting: dict[Side, deque[Job]] = {side: deque() for side in Side}
        self._under_way: dict[Side, deque[_Flight]] = {side: deque() for side in Side}
        self._landed = Condition()

    def __enter__(self) -> InFlight:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whatever else ends a process ends it here.
        if isinstance(error, Exception | KeyboardInterrupt):
            try:
                self._bring_home(wait=isinstance(error, Exception))
            except KeyboardInterrupt:
                # Not to be waited for any longer.
                self._bring_home(wait=False)
                raise

    def add(self, job: Job) -> None:
        """Send a batch as soon as its turn comes."""
        if self._most == 1:
            call = job.begin()
            if call is not None:
                job.end(call())
            return
        self._waiting[job.side].append(job)

    def send(self) -> None:
        """Send all that waits; what is under way then may stay so."""
        self._go_on(until=self._waiting)

    def settle(self) -> None:
        """Send all that waits, and take in every answer."""
        self._go_on(until=self._waiting)
        self._go_on(until=self._under_way)

    def _go_on(self, *, until: dict[Side, deque[Job]] | dict[Side, deque[_Flight]]) -> None:
        self._launch()
        while any(until.values()):
            self._take_in(self._next())
            self._launch()

    def _launch(self) -> None:
        for side, waiting in self._waiting.items():
            flights = self._under_way[side]
            while waiting and self._has_room(side, waiting[0]):
                job = waiting.popleft()
                call = job.begin()
                if call is not None:
                    flights.append(_Flight(job, call, self._landed))

    def _has_room(self, side: Side, job: Job) -> bool:
        flights = self._under_way[side]
        if job.alone or any(flight.job.alone for flight in flights):
            return not flights
        return len(flights) < self._width[side]

    def _next(self) -> _Flight:
        """Wait for the oldest call of either CRM."""
        heads = [flights for flights in self._under_way.values() if flights]
        with self._landed:
            self._landed.wait_for(lambda: any(flights[0].over for flights in heads))
        return next(flights for flights in heads if flights[0].over).popleft()

    def _take_in(self, flight: _Flight) -> None:
        if flight.fault is not None:
            raise flight.fault
        side = flight.job.side
        if not flight.job.end(flight.results):
            self._width[side], self._steady[side] = 1, 0
            return
        self._steady[side] += 1
        if self._steady[side] % _STEADY == 0:
            self._width[side] = min(self._most, self._width[side] + 1)

    def _bring_home(self, *, wait: bool) -> None:
        """Take in what was answered before all ends; what cannot be, the next run looks for."""
        for waiting in self._waiting.values():
            waiting.clear()
        for flights in self._under_way.values():
            while flights:
                if wait:
                    with self._landed:
                        self._landed.wait_for(lambda: flights[0].over)  # noqa: B023 - asked here
                flight = flights.popleft()
                if flight.over and flight.fault is None:
                    self._take_home(flight)

    def _take_home(self, flight: _Flight) -> None:
        try:
            flight.job.end(flight.results)
        except CrmSyncError:
            # What ended the run is told; of this batch the journal says that it was sent.
            return
