"""One CRM's budget of calls: how fast they may go, how many were made, when to stop for today.

The pace follows what answers state, is halved where the CRM asks to slow down, and grows back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from threading import Lock, get_ident
from typing import TYPE_CHECKING

from sync.domain.errors import DailyQuotaError
from sync.domain.ports import Usage

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

__all__ = ["Budget", "CallKind", "Pace"]

#: The share of a rate a CRM states that we use: other programs share it, and clocks differ.
_SHARE_OF_RATE = Decimal("0.85")

#: How the pace comes back after a CRM asked to slow down, which halves it: an eighth of the full
#: pace at a time, each after so many calls that were answered. It never falls below an eighth.
_STEP_BACK = Decimal("0.125")
_ANSWERED = 50

#: Where an answer says that less than this share of the calls of a stretch is left, others call
#: too: the pace is halved before a call is refused.
_SCARCE = Decimal("0.1")


class CallKind(StrEnum):
    """Which of a CRM's rate limits a call counts against."""

    GENERAL = "general"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `calls` calls in any stretch of `seconds`, as a CRM states its limit."""

    calls: int
    seconds: float

    def kept_under(self, part: Decimal = Decimal(1)) -> Pace:
        """Give the pace to keep, a little slower than the limit stated, or than a part of it."""
        return Pace(max(1, int(self.calls * _SHARE_OF_RATE * part)), self.seconds)


class _Gate:
    """Lets calls through at a pace; a limiter bucket driven by the clock it is given."""

    def __init__(
        self, pace: Pace, *, clock: Callable[[], float], sleep: Callable[[float], object]
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._stated = pace
        self._part = Decimal(1)
        self._answered = 0
        self._slowed_at: float | None = None
        self._bucket = _bucket(pace.kept_under())
        self._latest = 0
        self._lock = Lock()

    def adapt(self, stated: Pace) -> None:
        """Follow a new limit from now on; calls already let through still count."""
        with self._lock:
            if stated == self._stated:
                return
            self._stated = stated
            self._go_at(self._part)

    def slow_down(self) -> None:
        """Go half as fast from now on; once in a stretch, however many calls are refused in it."""
        with self._lock:
            now, before = self._clock(), self._slowed_at
            if before is None or now - before >= self._stated.seconds:
                self._slowed_at = now
                self._go_at(max(_STEP_BACK, self._part / 2))

    def scarce(self, left: int) -> bool:
        """Tell whether so few calls are left in a stretch that others must be calling, too."""
        return left < self._stated.calls * _SCARCE

    def answered(self) -> None:
        """Count a call that went well; enough of them make it faster again."""
        with self._lock:
            self._answered += 1
            if self._part < 1 and self._answered >= _ANSWERED:
                self._go_at(min(Decimal(1), self._part + _STEP_BACK))

    def _go_at(self, part: Decimal) -> None:
        self._part, self._answered = part, 0
        self._bucket.rates = _bucket(self._stated.kept_under(part)).rates

    def wait(self) -> None:
        """Return when the next call may go."""
        now = 0
        while (pause := self._take(max(now, int(self._clock() * 1000)))) > 0:
            self._sleep(pause / 1000)
            # Counted as passed even where the clock stands still, so that a clock which does
            # not follow `sleep` cannot make this loop for ever.
            now = self._latest + pause

    def _take(self, now: int) -> int:
        """Take a place if there is one, else give the milliseconds until there may be."""
        from pyrate_limiter import RateItem

        with self._lock:
            self._latest = max(now, self._latest)
            item = RateItem("call", self._latest)
            self._bucket.leak(item.timestamp)
            if self._bucket.put(item):
                return 0
            pause = self._bucket.waiting(item)
            return max(1, pause) if isinstance(pause, int) else 1


def _bucket(pace: Pace) -> InMemoryBucket:
    """Build a limiter bucket (imported here: the package takes a tenth of a second to load)."""
    from pyrate_limiter import InMemoryBucket, Rate

    return InMemoryBucket([Rate(pace.calls, max(1, int(pace.seconds * 1000)))])


class Budget:
    """Paces and counts the calls to one CRM, and ends them at the day's share.

    One for each portal or org, shared by everything that calls it; safe to use from threads.
    """

    def __init__(
        self,
        system: str,
        *,
        leave: Decimal | float = 0,
        paces: Mapping[CallKind, Pace] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        may_write: Callable[[], object] = lambda: None,
    ) -> None:
        """Start counting at nought.

        Args:
            system: The CRM's name as people read it.
            leave: The share of the day's calls to leave to others, from 0 to 1.
            paces: Limits as the CRM states them; a kind without one is not paced.
            clock: Gives seconds that never go back; their start does not matter.
            sleep: Waits so many seconds.
            may_write: Asked before each call that writes, the repeated ones too; raises where
                this process may write no more.
        """
        self._system = system
        self._leave = Decimal(str(leave))
        self._clock = clock
        self._sleep = sleep
        self._may_write = may_write
        self._lock = Lock()
        self._calls = 0
        self._writes = 0
        self._total: int | None = None
        self._left: int | None = None
        self._gates = {
            kind: _Gate(pace, clock=clock, sleep=sleep) for kind, pace in (paces or {}).items()
        }
        self._held: dict[CallKind, tuple[float, int]] = {}

    @property
    def calls(self) -> int:
        """Tell how many calls were let through."""
        return self._calls

    @property
    def writes(self) -> int:
        """Tell how many of the calls were to write."""
        return self._writes

    @property
    def quota(self) -> int | None:
        """Tell how many calls a day the CRM grants, once it has said so."""
        return self._total

    @property
    def left(self) -> int | None:
        """Tell how many of the day's calls are left, calls since the last answer counted."""
        return self._left

    def usage(self) -> Usage:
        """Give all counts at once."""
        with self._lock:
            return Usage(calls=self._calls, writes=self._writes, quota=self._total, left=self._left)

    def before(self, kind: CallKind = CallKind.GENERAL, *, writes: bool = False) -> None:
        """Wait until a call of this kind may go, and count it.

        Raises:
            DailyQuotaError: No more than the share to leave is left of the day's calls.
        """
        self._check_share()
        self._wait_for_others(kind)
        gate = self._gates.get(kind)
        if gate is not None:
            gate.wait()
        if writes:
            # Last of all: whoever waited here may have lost the right to.
            self._may_write()
        with self._lock:
            self._calls += 1
            self._writes += writes
            if self._left is not None:
                self._left = max(0, self._left - 1)

    def note(
        self, *, left: int | None = None, used: int | None = None, total: int | None = None
    ) -> None:
        """Take over what an answer says of the day's calls: how many are left or used, of how
        many. What the answer does not say stays as it was."""
        with self._lock:
            if total is not None:
                self._total = total
            if left is None and used is not None and self._total is not None:
                left = max(0, self._total - used)
            if left is not None:
                self._left = left

    def note_pace(self, kind: CallKind, stated: Pace, *, left: int | None = None) -> None:
        """Take over the rate limit an answer states, and how many calls are left of it now."""
        with self._lock:
            gate = self._gates.get(kind)
            if gate is None:
                gate = _Gate(stated, clock=self._clock, sleep=self._sleep)
                self._gates[kind] = gate
        gate.adapt(stated)
        if left is not None and gate.scarce(left):
            gate.slow_down()

    def answered(self, kind: CallKind = CallKind.GENERAL) -> None:
        """Count a call that went well: after enough of them a pace that was halved grows again."""
        gate = self._gates.get(kind)
        if gate is not None:
            gate.answered()

    def asked_to_slow(self, kind: CallKind = CallKind.GENERAL, *, pause: float) -> None:
        """Halve the pace, and hold the calls of other threads for as long as this one pauses."""
        with self._lock:
            until, _ = self._held.get(kind, (0.0, 0))
            self._held[kind] = (max(until, self._clock() + pause), get_ident())
        gate = self._gates.get(kind)
        if gate is not None:
            gate.slow_down()

    def _wait_for_others(self, kind: CallKind) -> None:
        """Wait where another thread was asked to; who was asked itself has waited already."""
        until, by = self._held.get(kind, (0.0, 0))
        pause = until - self._clock() if by and by != get_ident() else 0.0
        if pause > 0:
            self._sleep(pause)

    def _check_share(self) -> None:
        with self._lock:
            left, total = self._left, self._total
        if left is None or total is None or left > total * self._leave:
            return
        raise DailyQuotaError(
            f"{self._system}: {left} of {total} calls of this day are left, and the setting "
            f"`leave` keeps {self._leave:.0%} for others. Nothing is lost: the next run goes on "
            "when the day's count starts again, or lower `leave` in revloop.yaml.",
            system=self._system,
            code="LEAVE",
        )
