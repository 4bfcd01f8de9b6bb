"""Both stand-ins together, served on the loopback address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, cast

from sandbox.clock import Clock
from sandbox.control import create_control
from sandbox.errors import SandboxError
from sandbox.fault_lines import read_faults
from sandbox.hubspot.desk import Desk
from sandbox.hubspot.desks import desk_of
from sandbox.hubspot.errors import ApiError as HubSpotError
from sandbox.hubspot.service import DEFAULT_TOKEN as HUBSPOT_TOKEN
from sandbox.hubspot.service import HubSpotService
from sandbox.hubspot.store import HubSpotStore
from sandbox.jsontypes import Json, JsonObject
from sandbox.listener import Listener, Listeners
from sandbox.salesforce.errors import ApiError as SalesforceError
from sandbox.salesforce.store import Editor, SalesforceStore
from sandbox.salesforce_service import DEFAULT_TOKEN as SALESFORCE_TOKEN
from sandbox.salesforce_service import SalesforceService
from sandbox.seeds import Seed, System, parse_lines, read_seed
from sandbox.traffic import CallLog, FaultBox, FaultRule, Tap, Traffic

__all__ = ["Sandbox", "SeedSource", "read_faults"]

SeedSource: TypeAlias = Path | Iterable[Mapping[str, Json]]


class Sandbox:
    """A HubSpot portal and a Salesforce org on this machine.

    Use it as a context manager, or call `start` and `stop`. Port 0 takes any free port.
    """

    def __init__(
        self,
        seed: SeedSource | None = None,
        *,
        hubspot_port: int = 0,
        salesforce_port: int = 0,
        control_port: int = 0,
        limits: bool = True,
        faults: Iterable[FaultRule] = (),
        clock: Clock | None = None,
        hubspot_token: str = HUBSPOT_TOKEN,
        salesforce_token: str = SALESFORCE_TOKEN,
    ) -> None:
        self.clock = clock or Clock()
        self._seeds = _seeds_of(seed)
        self._hubspot = HubSpotService(self.clock, token=hubspot_token, limits=limits)
        self._salesforce = SalesforceService(self.clock, token=salesforce_token, limits=limits)
        self._listeners = Listeners(
            [
                Listener(self._hubspot.app, hubspot_port),
                Listener(self._salesforce.app, salesforce_port),
                Listener(create_control(self), control_port),
            ]
        )
        self._load()
        for rule in faults:
            self.add_fault(rule)

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve; returns once everything answers. PortInUseError names a port that is taken."""
        self._listeners.start()

    def stop(self) -> None:
        """Stop serving; the data stays."""
        self._listeners.stop()

    # What is there

    @property
    def hubspot(self) -> HubSpotStore:
        """The portal's data."""
        return self._hubspot.store

    @property
    def salesforce(self) -> SalesforceStore:
        """The org's data."""
        return self._salesforce.store

    @property
    def hubspot_traffic(self) -> CallLog:
        """The calls HubSpot got."""
        return self._hubspot.log

    @property
    def salesforce_traffic(self) -> CallLog:
        """The calls Salesforce got."""
        return self._salesforce.log

    @property
    def hubspot_url(self) -> str:
        """Where HubSpot answers."""
        return self._url(0)

    @property
    def salesforce_url(self) -> str:
        """Where Salesforce answers."""
        return self._url(1)

    @property
    def control_url(self) -> str:
        """Where the control page answers."""
        return self._url(2)

    @property
    def hubspot_token(self) -> str:
        """The token HubSpot takes."""
        return self._hubspot.gate.token

    @property
    def salesforce_token(self) -> str:
        """The session id Salesforce takes."""
        return self._salesforce.token

    @property
    def fault_boxes(self) -> tuple[FaultBox, FaultBox]:
        """The planned faults of both systems."""
        return (self._hubspot.faults, self._salesforce.faults)

    @property
    def fronts(self) -> tuple[Traffic, Traffic]:
        """What answers for HubSpot and for Salesforce."""
        return (self._hubspot.app, self._salesforce.app)

    def environment(self) -> dict[str, str]:
        """Give the environment variables that lead a connector here."""
        return {
            "HUBSPOT_BASE_URL": self.hubspot_url,
            "HUBSPOT_ACCESS_TOKEN": self.hubspot_token,
            "SALESFORCE_INSTANCE_URL": self.salesforce_url,
            "SALESFORCE_ACCESS_TOKEN": self.salesforce_token,
        }

    def announcement(self) -> dict[str, dict[str, str]]:
        """Give what `sandbox serve` prints: the addresses and tokens of both, and of control."""
        return {
            "hubspot": {"base_url": self.hubspot_url, "access_token": self.hubspot_token},
            "salesforce": {
                "instance_url": self.salesforce_url,
                "access_token": self.salesforce_token,
            },
            "control": {"url": self.control_url},
        }

    def export(self) -> Iterator[JsonObject]:
        """Give everything in both systems as seed lines."""
        yield from self.hubspot.export()
        yield from self.salesforce.export()

    # What can be done to it

    def add_fault(self, rule: FaultRule) -> None:
        """Plan a fault for one of the systems."""
        for box in self.fault_boxes:
            if box.system == rule.system:
                box.add(rule)
                return
        raise SandboxError(f"{rule.system!r} is not a system; write hubspot or salesforce")

    def listen(self, system: System, tap: Tap) -> None:
        """Tell `tap` of every call of a system in full, request and answer."""
        service = self._hubspot if system is System.HUBSPOT else self._salesforce
        service.app.taps.append(tap)

    def reset(self) -> None:
        """Put both systems back to what the seed says, and forget calls and planned faults.

        The time goes on and switches stay. `salesforce` is another store afterwards, without the
        hooks and rules the old one had, so ask for it again.
        """
        self.hubspot.clear()
        self._hubspot.limits.reset()
        self._salesforce.clear()
        for box, log in zip(
            self.fault_boxes, (self.hubspot_traffic, self.salesforce_traffic), strict=True
        ):
            box.clear()
            log.reset()
        self._load()

    def add(self, system: str, name: str, values: Mapping[str, Json], *, by: str) -> str:
        """Make a record as a person or an automation does and give its id."""
        try:
            if (desk := self._desk(system, name)) is not None:
                with self.hubspot.lock:
                    return desk.add(dict(values))
            if _system(system) is System.HUBSPOT:
                return self.hubspot.add(name, values, by=by)
            return self.salesforce.create(name, values, cast(Editor, by))
        except (HubSpotError, SalesforceError) as exc:
            raise SandboxError(str(exc)) from exc

    def read(self, system: str, name: str, record_id: str) -> JsonObject | None:
        """Give the values of a record, or None if it is not there."""
        try:
            if (desk := self._desk(system, name)) is not None:
                with self.hubspot.lock:
                    return desk.get(record_id)
            if _system(system) is System.HUBSPOT:
                values = self.hubspot.get(name, record_id)
                return None if values is None else dict(values)
            return self.salesforce.get(name, record_id)
        except (HubSpotError, SalesforceError) as exc:
            raise SandboxError(str(exc)) from exc

    def edit(
        self, system: str, name: str, record_id: str, values: Mapping[str, Json], *, by: str
    ) -> None:
        """Change a record as a person or an automation does."""
        try:
            if (desk := self._desk(system, name)) is not None:
                with self.hubspot.lock:
                    desk.edit(record_id, dict(values))
            elif _system(system) is System.HUBSPOT:
                self.hubspot.edit(name, record_id, values, by=by)
            else:
                self.salesforce.edit(name, record_id, values, cast(Editor, by))
        except (HubSpotError, SalesforceError) as exc:
            raise SandboxError(str(exc)) from exc

    def remove(self, system: str, name: str, record_id: str) -> None:
        """Archive a record, or put it in the recycle bin."""
        try:
            if (desk := self._desk(system, name)) is not None:
                with self.hubspot.lock:
                    desk.remove(record_id)
            elif _system(system) is System.SALESFORCE:
                self.salesforce.remove(name, record_id)
            elif not self.hubspot.archive(name, record_id):
                raise SandboxError(f"HubSpot has no live record {record_id} among {name}")
        except (HubSpotError, SalesforceError) as exc:
            raise SandboxError(str(exc)) from exc

    def restore(self, system: str, name: str, record_id: str) -> None:
        """Bring a record back."""
        try:
            if (desk := self._desk(system, name)) is not None:
                with self.hubspot.lock:
                    desk.restore(record_id)
            elif _system(system) is System.HUBSPOT:
                self.hubspot.restore(name, record_id)
            else:
                self.salesforce.restore(name, record_id)
        except (HubSpotError, SalesforceError) as exc:
            raise SandboxError(str(exc)) from exc

    def _desk(self, system: str, name: str) -> Desk | None:
        """Give the desk for what is no record of an object, such as lists."""
        if _system(system) is not System.HUBSPOT:
            return None
        return desk_of(self.hubspot, name)

    def _load(self) -> None:
        self.hubspot.load(self._seeds)
        self.salesforce.load(self._seeds)

    def _url(self, place: int) -> str:
        if not self._listeners.ports:
            raise SandboxError("the sandbox is not serving; start it first")
        return f"http://127.0.0.1:{self._listeners.ports[place]}"


def _seeds_of(seed: SeedSource | None) -> list[Seed]:
    if seed is None:
        return []
    if isinstance(seed, Path):
        return read_seed(seed)
    return list(parse_lines(enumerate(seed, start=1)))


def _system(name: str) -> System:
    try:
        return System(name)
    except ValueError as exc:
        raise SandboxError(f"{name!r} is not a system; write hubspot or salesforce") from exc
