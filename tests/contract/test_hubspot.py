"""The HubSpot connector keeps the contract, on numbered and on dated paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings, connect
from sandbox.hubspot.service import HubSpotService
from sandbox.jsontypes import JsonObject
from sandbox.listener import Listener, Listeners
from sandbox.seeds import parse_lines
from sync.domain.ports import Crm
from sync.domain.record import Fields, Native
from tests.contract.sandboxes import SandboxTestbed, StandingClock, native, no_sleep
from tests.contract.suite import HttpCrmContract
from tests.contract.testbed import Names

NAMES = Names(
    object="contacts",
    first="firstname",
    last="lastname",
    email="email",
    phone="phone",
    score="fit_score",
    level="seniority_level",
    opted_out="no_calls",
    born="born_on",
    met="met_at",
    key="salesforce_id",
    claimed="email",
    levels=("junior", "senior"),
    unknown_id="999999999",
)

PROPERTIES: tuple[JsonObject, ...] = (
    {"name": "fit_score", "type": "number"},
    {
        "name": "seniority_level",
        "type": "enumeration",
        "options": [{"label": "Junior", "value": "junior"}, {"label": "Senior", "value": "senior"}],
    },
    {"name": "no_calls", "type": "bool"},
    {"name": "born_on", "type": "date"},
    {"name": "met_at", "type": "datetime"},
    {"name": "salesforce_id", "type": "string", "hasUniqueValue": True},
)


class HubSpotTestbed(SandboxTestbed):
    """A portal with the suite's own properties and no contacts."""

    names = NAMES
    keeps_edit_times = True
    faults: ClassVar = {
        "slow_down": "rate_limit",
        "credentials": "expired_token",
        "quota": "rate_limit_daily",
    }

    def __init__(self, crm: Crm, *, service: HubSpotService, clock: StandingClock) -> None:
        super().__init__(crm, clock=clock, traffic=service.app)
        self._store = service.store
        self.account_id = str(service.store.account.id)

    def add(self, values: Fields) -> str:
        return self._store.add("contacts", _properties(values))

    def add_many(self, values: Sequence[Fields]) -> list[str]:
        return [self.add(each) for each in values]

    def edit(self, record_id: str, values: Fields) -> None:
        self._store.edit("contacts", record_id, _properties(values))

    def remove(self, record_id: str) -> None:
        self._store.archive("contacts", record_id)

    def merge(self, winner_id: str, loser_id: str) -> str:
        kind = self._store.kind("contacts")
        return str(self._store.merge(kind, int(winner_id), int(loser_id)).id)

    def value(self, record_id: str, name: str) -> Native:
        return native((self._store.get("contacts", record_id) or {}).get(name))

    def count(self) -> int:
        return len(self._store.ids("contacts"))

    def delay_index(self, span: timedelta) -> None:
        self._store.index_delay = span
        self._repairs.append(self._index_at_once)

    def _index_at_once(self) -> None:
        self._store.index_delay = timedelta(0)

    def lock(self) -> None:
        self.spoil("locked", times=1000)


def _properties(values: Fields) -> dict[str, str]:
    return {name: value or "" for name, value in values.items()}


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def service(clock: StandingClock) -> HubSpotService:
    return HubSpotService(clock, limits=False)


@pytest.fixture(scope="module")
def address(service: HubSpotService) -> Iterator[str]:
    listeners = Listeners([Listener(service.app)])
    listeners.start()
    yield f"http://127.0.0.1:{listeners.ports[0]}"
    listeners.stop()


@pytest.fixture(params=[ApiVersion.NUMBERED, ApiVersion.SEPTEMBER_2026])
def bed(
    request: pytest.FixtureRequest, service: HubSpotService, clock: StandingClock, address: str
) -> Iterator[HubSpotTestbed]:
    clock.restart()
    service.faults.clear()
    service.log.reset()
    service.store.clear()
    lines: list[JsonObject] = [
        {"system": "hubspot", "object": "contacts", "field": {"label": each["name"], **each}}
        for each in PROPERTIES
    ]
    service.store.load(list(parse_lines(enumerate(lines, start=1))))
    settings = HubSpotSettings(
        access_token=service.gate.token, base_url=address, api_version=request.param
    )
    crm = connect(settings, sleep=no_sleep, clock=clock.now)
    testbed = HubSpotTestbed(crm, service=service, clock=clock)
    yield testbed
    testbed.recover()
    testbed.calls()
    crm.close()


class TestHubSpot(HttpCrmContract):
    """One portal of the sandbox, spoken to in both families of paths."""
