"""One HubSpot portal ready to be served: its data, limits, call log and faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sandbox.clock import Clock
from sandbox.hubspot.app import Gate, call_kind, create_app
from sandbox.hubspot.faults import hubspot_faults
from sandbox.hubspot.limits import CallLimits
from sandbox.hubspot.store import HubSpotStore
from sandbox.seeds import System
from sandbox.traffic import CallLog, FaultBox, HandlerFault, Traffic

__all__ = ["DEFAULT_TOKEN", "HubSpotService"]

DEFAULT_TOKEN = "pat-na1-sandbox-0000-0000-0000-000000000000"  # noqa: S105 - opens nothing but the sandbox


class HubSpotService:
    """Wires a portal to its web application."""

    def __init__(self, clock: Clock, *, token: str = DEFAULT_TOKEN, limits: bool = True) -> None:
        self.store = HubSpotStore(clock)
        self.limits = CallLimits(
            clock, enforced=limits, time_zone=lambda: self.store.account.time_zone
        )
        self.gate = Gate(self.store, self.limits, token)
        self.log = CallLog(call_kind)
        self.faults = FaultBox(system=System.HUBSPOT, api_faults=hubspot_faults)
        self.app = Traffic(
            create_app(self.gate),
            system=System.HUBSPOT,
            clock=clock,
            log=self.log,
            faults=self.faults,
            mood=self._mood,
        )

    @contextmanager
    def _mood(self, fault: HandlerFault, seconds: float) -> Iterator[None]:
        if fault is HandlerFault.HALF_REFUSED:
            with self.store.refusing_half():
                yield
            return
        switches = self.store.switches
        usual = switches.index_delay
        switches.index_delay = usual + timedelta(seconds=seconds)
        try:
            yield
        finally:
            switches.index_delay = usual
