"""Counting of calls and faults on demand, in front of either stand-in's application."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Protocol

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.exchange import (
    Application,
    Exchange,
    PlannedAnswer,
    Receive,
    Scope,
    Send,
    Spoken,
    Tap,
)

__all__ = [
    "ApiFaults",
    "Application",
    "CallLog",
    "FaultBox",
    "FaultRule",
    "HandlerFault",
    "LoggedCall",
    "Mood",
    "PlannedAnswer",
    "Spoken",
    "Tap",
    "Traffic",
    "WireFault",
]

_LOG_SIZE = 200_000
_FOREVER = 3600.0


class WireFault(StrEnum):
    """Faults that look the same whatever the API; all others are the API's own answers."""

    DROP_BEFORE = "drop_before"
    """The connection breaks and the call never reached the handler."""
    DROP_AFTER = "drop_after"
    """The handler ran (a write is committed), then the connection breaks without an answer."""
    SILENT_BEFORE = "silent_before"
    """No answer ever comes, and the call never reached the handler."""
    SILENT_AFTER = "silent_after"
    """The handler ran, and no answer ever comes."""
    LATE = "late"
    """The answer comes after `seconds`; the handler ran at once."""
    SLOW_BYTES = "slow_bytes"
    """The answer trickles, spread over `seconds`."""
    HTML_OK = "html_200"
    """A page of HTML with status 200, from a proxy on the way; the handler did not run."""
    HTML_UNAVAILABLE = "html_503"
    """A page of HTML with status 503; the handler did not run."""
    TRUNCATED = "truncated"
    """The handler ran; half of its JSON arrives, with a length that agrees."""


class HandlerFault(StrEnum):
    """Faults of the CRM's data while it handles a call, which is then answered as usual."""

    HALF_REFUSED = "half_refused"
    """Every second row the call writes is refused: HubSpot's with VALIDATION_ERROR,
    Salesforce's with UNABLE_TO_LOCK_ROW."""
    LATE_INDEX = "late_index"
    """What the call writes is found later: HubSpot's search knows it after `seconds`, and in
    Salesforce its rows are stamped `seconds` ago, behind a reader's cursor."""


class Mood(Protocol):
    """Lets a CRM's data misbehave while the context is open."""

    def __call__(self, fault: HandlerFault, seconds: float) -> AbstractContextManager[None]:
        """Begin a fault that ends with the context."""
        ...


class ApiFaults(Protocol):
    """Knows an API's own error answers by the name of the fault."""

    def __call__(self, kind: str) -> PlannedAnswer | None:
        """Give the answer for `kind`, or None if the API has no such fault."""
        ...


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """The next `times` calls of this system that match get the fault."""

    system: str
    kind: str
    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 0.05

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a call is meant by this rule."""
        if self.method and self.method.upper() != method.upper():
            return False
        return re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One call as it was answered; status 0 means that no answer was given."""

    at: datetime
    method: str
    path: str
    query: str
    status: int
    seconds: float
    request_bytes: int
    response_bytes: int
    kind: str
    fault: str


def _by_method(method: str, path: str) -> str:  # noqa: ARG001 - the shape all sorters have
    return method


@dataclass(slots=True)
class CallLog:
    """The calls one API got since the last reset."""

    classify: Callable[[str, str], str] = field(default=_by_method)
    _calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=_LOG_SIZE))
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, call: LoggedCall) -> None:
        """Note one call."""
        with self._lock:
            self._calls.append(call)
            self._counts[call.kind] += 1

    def calls(self, *, path: str = "", method: str = "") -> tuple[LoggedCall, ...]:
        """Give the calls in order, or those whose path matches the pattern."""
        with self._lock:
            calls = tuple(self._calls)
        return tuple(
            call
            for call in calls
            if (not method or call.method == method) and re.search(path, call.path)
        )

    def counts(self) -> dict[str, int]:
        """Give how many calls there were of each kind."""
        with self._lock:
            return dict(self._counts)

    def total(self) -> int:
        """Give how many calls there were."""
        with self._lock:
            return sum(self._counts.values())

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
            self._counts.clear()


class FaultBox:
    """The faults still to come for one system."""

    def __init__(self, *, system: str, api_faults: ApiFaults) -> None:
        self.system = system
        self.api_faults = api_faults
        self._rules: list[FaultRule] = []
        self._lock = Lock()

    def add(self, rule: FaultRule) -> None:
        """Plan a fault; a kind that neither the wire nor the API knows raises SandboxError."""
        if rule.kind not in {*WireFault, *HandlerFault} and self.api_faults(rule.kind) is None:
            raise SandboxError(f"{self.system} knows no fault {rule.kind!r}")
        try:
            re.compile(rule.path)
        except re.error as exc:
            raise SandboxError(f"{rule.path!r} is not a pattern: {exc}") from exc
        with self._lock:
            self._rules.append(rule)

    def add_all(self, rules: Iterable[FaultRule]) -> None:
        """Plan those of the rules that are for this system."""
        for rule in rules:
            if rule.system == self.system:
                self.add(rule)

    def take(self, method: str, path: str) -> FaultRule | None:
        """Give the fault for this call and count it down; None when there is none."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(method, path):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
                return rule
        return None

    def pending(self) -> tuple[FaultRule, ...]:
        """Give the rules that are not used up."""
        with self._lock:
            return tuple(self._rules)

    def clear(self) -> None:
        """Drop all planned faults."""
        with self._lock:
            self._rules.clear()


class Traffic:
    """ASGI middleware that logs each call and plays the planned faults."""

    def __init__(
        self,
        app: Application,
        *,
        system: str,
        clock: Clock,
        log: CallLog,
        faults: FaultBox,
        mood: Mood,
    ) -> None:
        self.app = app
        self._mood = mood
        self.system = system
        self._clock = clock
        self.log = log
        self.faults = faults
        self.taps: list[Tap] = []
        """Told of every call in full, in the server's thread."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send, clock=self._clock)
        exchange.is_kept = bool(self.taps)
        rule = self.faults.take(exchange.method, exchange.path)
        # Before the last byte leaves: who has the answer finds its call in the log.
        exchange.before_last = lambda: self._note(exchange, rule)
        try:
            await self._serve(exchange, rule)
        finally:
            exchange.end()

    async def _serve(self, exchange: Exchange, rule: FaultRule | None) -> None:
        if rule is None:
            await self.app(exchange.scope, exchange.receive, exchange.send)
            return
        planned = self._planned(rule)
        if planned is not None:
            await exchange.drain()
            await exchange.answer(planned)
            return
        if rule.kind in set(HandlerFault):
            await exchange.read_ahead()
            # Handlers do not pause once the request is there, so no other call meets the fault.
            with self._mood(HandlerFault(rule.kind), rule.seconds):
                held = await exchange.run_and_hold(self.app)
            await exchange.replay(held)
            return
        await self._play(exchange, WireFault(rule.kind), rule.seconds)

    async def _play(self, exchange: Exchange, fault: WireFault, seconds: float) -> None:
        if fault is WireFault.DROP_BEFORE:
            await exchange.drop()
            return
        if fault is WireFault.SILENT_BEFORE:
            await asyncio.sleep(_FOREVER)
            return
        held = await exchange.run_and_hold(self.app)
        if fault is WireFault.DROP_AFTER:
            await exchange.drop()
        elif fault is WireFault.SILENT_AFTER:
            await asyncio.sleep(_FOREVER)
        elif fault is WireFault.LATE:
            await asyncio.sleep(seconds)
            await exchange.replay(held)
        elif fault is WireFault.TRUNCATED:
            await exchange.replay(held.halved())
        else:
            await exchange.replay(held, seconds=seconds)

    def _planned(self, rule: FaultRule) -> PlannedAnswer | None:
        if rule.kind in (WireFault.HTML_OK, WireFault.HTML_UNAVAILABLE):
            return _html(200 if rule.kind == WireFault.HTML_OK else 503)
        return self.faults.api_faults(rule.kind)

    def _note(self, exchange: Exchange, rule: FaultRule | None) -> None:
        self.log.add(self._logged(exchange, rule))
        for tap in self.taps:
            tap(exchange.spoken("" if rule is None else rule.kind))

    def _logged(self, exchange: Exchange, rule: FaultRule | None) -> LoggedCall:
        return LoggedCall(
            at=self._clock.now(),
            method=exchange.method,
            path=exchange.path,
            query=exchange.scope.get("query_string", b"").decode("latin-1"),
            status=exchange.status,
            seconds=time.perf_counter() - exchange.started,
            request_bytes=exchange.request_bytes,
            response_bytes=exchange.response_bytes,
            kind=self.log.classify(exchange.method, exchange.path),
            fault="" if rule is None else rule.kind,
        )


def _html(status: int) -> PlannedAnswer:
    text = "<!DOCTYPE html><html><title>Please wait</title><h1>Maintenance</h1></html>"
    return PlannedAnswer(status=status, body=text.encode(), content_type="text/html; charset=utf-8")
