"""Both sandboxes as test beds: one server for all tests, emptied before each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from sandbox.clock import Clock
from sandbox.traffic import FaultRule, Traffic
from sync.domain.ports import Crm
from sync.domain.record import Native

__all__ = ["SandboxTestbed", "StandingClock", "native", "no_sleep"]

_MANY_TIMES = 10_000
_PATIENCE = 200


class StandingClock(Clock):
    """Stands still until it is moved, so that records made together carry one stamp."""

    def __init__(self) -> None:
        super().__init__()
        self.restart()

    def now(self) -> datetime:
        return self._time

    def move(self, by: timedelta) -> None:
        self._time += by

    def restart(self) -> None:
        """Take the machine's time once more, for a sandbox that holds nothing yet."""
        self._time = datetime.now(UTC).replace(microsecond=0)


def no_sleep(_seconds: float) -> None:
    """Let no time pass between two attempts."""


class SandboxTestbed:
    """What both sandboxes have in common: a clock, a count of calls and faults on the wire."""

    #: The sandbox's own names for faults that each API answers in its own words.
    faults: ClassVar[Mapping[str, str]]

    def __init__(self, crm: Crm, *, clock: Clock, traffic: Traffic) -> None:
        self.crm = crm
        self._clock = clock
        self._traffic = traffic
        self._repairs: list[Callable[[], None]] = [traffic.faults.clear]

    def now(self) -> datetime:
        return self._clock.now()

    def pass_time(self, span: timedelta) -> None:
        self._clock.move(span)

    def calls(self) -> int:
        # The sandbox notes a call once it is answered, a moment after the client has the answer.
        for _ in range(_PATIENCE):
            if self._traffic.log.total() >= self.crm.usage().calls:
                break
            time.sleep(0.01)
        return self._traffic.log.total()

    def spoil(self, fault: str, *, times: int = 1, skip: int = 0) -> None:
        kind = self.faults.get(fault, fault)
        system = self._traffic.system
        self._traffic.faults.add(FaultRule(system=system, kind=kind, times=times, skip=skip))

    def lose_answer(self) -> None:
        self.spoil("drop_after")

    def slow_down(self) -> None:
        self.spoil("slow_down")

    def refuse_credentials(self) -> None:
        self.spoil("credentials", times=_MANY_TIMES)

    def break_down(self) -> None:
        self.spoil("503", times=_MANY_TIMES)

    def use_up_quota(self) -> None:
        self.spoil("quota", times=_MANY_TIMES)

    def recover(self) -> None:
        for repair in self._repairs:
            repair()


def native(value: object) -> Native:
    """Give a stored value in native form, as far as the suite looks at it behind the scenes."""
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
