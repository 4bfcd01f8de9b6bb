"""The Salesforce connector keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from connectors.salesforce import SalesforceSettings, connect
from sandbox.jsontypes import Json, JsonObject
from sandbox.listener import Listener, Listeners
from sandbox.salesforce.app import build_app
from sandbox.salesforce.errors import fault_body
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import System, parse_lines
from sandbox.traffic import CallLog, FaultBox, PlannedAnswer, Traffic
from sync.domain.ports import Crm
from sync.domain.record import Fields, Native
from tests.contract.sandboxes import SandboxTestbed, StandingClock, native, no_sleep
from tests.contract.suite import HttpCrmContract
from tests.contract.testbed import Names

TOKEN = "00DdM0000000001!contract.suite"

NAMES = Names(
    object="Contact",
    first="FirstName",
    last="LastName",
    email="Email",
    phone="Phone",
    score="Score__c",
    level="Level__c",
    opted_out="HasOptedOutOfEmail",
    born="Birthdate",
    met="Met__c",
    key="HubSpot_Contact_Id__c",
    claimed="HubSpot_Contact_Id__c",
    levels=("Junior", "Senior"),
    unknown_id="003dM00000zzzzzQAA",
)

FIELDS: tuple[JsonObject, ...] = (
    {"name": "Score__c", "type": "double", "precision": 18, "scale": 2},
    {"name": "Level__c", "type": "picklist", "values": ["Junior", "Senior"]},
    {"name": "Met__c", "type": "datetime"},
    {
        "name": "HubSpot_Contact_Id__c",
        "type": "string",
        "length": 40,
        "unique": True,
        "externalId": True,
    },
)

#: The real page of 2,000 rows would need as many records for every test of paging.
ROWS_PER_PAGE = 200

NUMBERS = {"Score__c"}
FLAGS = {"HasOptedOutOfEmail"}


@dataclass(frozen=True, slots=True)
class Org:
    """One org, ready to be served."""

    store: SalesforceStore
    traffic: Traffic


class SalesforceTestbed(SandboxTestbed):
    """An org with the suite's own fields and no contacts."""

    names = NAMES
    keeps_edit_times = False
    faults: ClassVar = {
        "slow_down": "concurrent_limit",
        "credentials": "expired_token",
        "quota": "daily_limit",
        "503": "unavailable",
    }

    def __init__(self, crm: Crm, *, org: Org, clock: StandingClock) -> None:
        super().__init__(crm, clock=clock, traffic=org.traffic)
        self._store = org.store
        self._repairs.append(self._open_locks)
        self.account_id = org.store.org_id

    def add(self, values: Fields) -> str:
        return self._store.create("Contact", _wire(values))

    def add_many(self, values: Sequence[Fields]) -> list[str]:
        return [self.add(each) for each in values]

    def edit(self, record_id: str, values: Fields) -> None:
        self._store.edit("Contact", record_id, _wire(values))

    def remove(self, record_id: str) -> None:
        self._store.remove("Contact", record_id)

    def merge(self, winner_id: str, loser_id: str) -> str:
        self._store.merge("Contact", winner_id, [loser_id])
        return winner_id

    def value(self, record_id: str, name: str) -> Native:
        return native(self._store.get("Contact", record_id)[name])

    def count(self) -> int:
        rows = self._store.database.table("Contact").rows.values()
        return sum(1 for row in rows if not row.get("IsDeleted"))

    def delay_index(self, span: timedelta) -> None:
        """Do nothing: queries see every committed row."""

    def lock(self) -> None:
        self._store.lock_next("Contact", 1000)

    def _open_locks(self) -> None:
        while self._store.rules.next_refusal("Contact", None) is not None:
            pass


def _wire(values: Fields) -> dict[str, Json]:
    return {name: _wire_value(name, value) for name, value in values.items()}


def _wire_value(name: str, value: Native) -> Json:
    if value is None:
        return None
    if name in NUMBERS:
        return float(value)
    return value == "true" if name in FLAGS else value


def _planned(kind: str) -> PlannedAnswer | None:
    try:
        status, headers, body = fault_body(kind)
    except ValueError:
        return None
    return PlannedAnswer(status=status, body=body, content_type=headers["Content-Type"])


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def org(clock: StandingClock) -> Org:
    store = SalesforceStore(clock)
    store.switches.rows_per_page = ROWS_PER_PAGE
    lines: list[JsonObject] = [
        {"system": "salesforce", "object": "Contact", "field": each} for each in FIELDS
    ]
    store.load(list(parse_lines(enumerate(lines, start=1))))
    app = build_app(store, token=TOKEN, limits=False)
    faults = FaultBox(system=System.SALESFORCE, api_faults=_planned)
    traffic = Traffic(app, system=System.SALESFORCE, clock=clock, log=CallLog(), faults=faults)
    return Org(store, traffic)


@pytest.fixture(scope="module")
def address(org: Org) -> Iterator[str]:
    listeners = Listeners([Listener(org.traffic)])
    listeners.start()
    yield f"http://127.0.0.1:{listeners.ports[0]}"
    listeners.stop()


@pytest.fixture
def bed(org: Org, clock: StandingClock, address: str) -> Iterator[SalesforceTestbed]:
    clock.restart()
    org.traffic.log.reset()
    for record_id in list(org.store.database.table("Contact").rows):
        org.store.purge("Contact", record_id)
    settings = SalesforceSettings(instance_url=address, access_token=TOKEN)
    crm = connect(settings, sleep=no_sleep, clock=clock.now)
    testbed = SalesforceTestbed(crm, org=org, clock=clock)
    yield testbed
    testbed.recover()
    testbed.calls()
    crm.close()


class TestSalesforce(HttpCrmContract):
    """One org of the sandbox."""
