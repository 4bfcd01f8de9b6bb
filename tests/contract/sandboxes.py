"""Both sides of the sandbox as test beds: one server a module, emptied before each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from sandbox.clock import Clock
from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sandbox.traffic import CallLog, FaultRule
from sync.domain.ports import Crm
from sync.domain.record import Native

__all__ = ["SandboxTestbed", "native", "no_sleep", "serving", "start_over"]

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


@contextmanager
def serving(seed: Sequence[JsonObject]) -> Iterator[Sandbox]:
    """Serve a sandbox whose time stands still and which enforces no limits."""
    with Sandbox(seed, limits=False, clock=StandingClock()) as sandbox:
        yield sandbox


def start_over(sandbox: Sandbox) -> None:
    """Let it be now, with no calls made and no faults planned.

    Records are left to each test bed: putting back both systems takes longer than most tests.
    """
    if isinstance(sandbox.clock, StandingClock):
        sandbox.clock.restart()
    for box in sandbox.fault_boxes:
        box.clear()
    for log in (sandbox.hubspot_traffic, sandbox.salesforce_traffic):
        log.reset()


def no_sleep(_seconds: float) -> None:
    """Let no time pass between two attempts."""


class SandboxTestbed:
    """What both sandboxes have in common: a clock, a count of calls and faults on the wire."""

    #: The sandbox's own names for faults that each API answers in its own words.
    faults: ClassVar[Mapping[str, str]]

    system: ClassVar[System]

    def __init__(
        self, connect: Callable[[str], Crm], *, token: str, sandbox: Sandbox, calls: CallLog
    ) -> None:
        self._connect = connect
        self._opened = [connect(token)]
        self.crm = self._opened[0]
        self._sandbox = sandbox
        self._calls = calls
        self._repairs: list[Callable[[], None]] = [box.clear for box in sandbox.fault_boxes]

    def reconnect(self, *, token: str) -> Crm:
        crm = self._connect(token)
        self._opened.append(crm)
        return crm

    def close(self) -> None:
        """Leave the sandbox as it was found, the last calls noted."""
        self.recover()
        self.calls()
        for crm in self._opened:
            crm.close()

    def track(self, name: str) -> None:
        """Do nothing: a CRM that has to be told says so itself."""

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    def pass_time(self, span: timedelta) -> None:
        self._sandbox.clock.move(span)

    def calls(self) -> int:
        # The sandbox notes a call once it is answered, a moment after the client has the answer.
        for _ in range(_PATIENCE):
            if self._calls.total() >= self.crm.usage().calls:
                break
            time.sleep(0.01)
        return self._calls.total()

    def spoil(self, fault: str, *, times: int = 1, skip: int = 0) -> None:
        kind = self.faults.get(fault, fault)
        self._sandbox.add_fault(FaultRule(system=self.system, kind=kind, times=times, skip=skip))

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
