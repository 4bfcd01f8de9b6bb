"""The Salesforce connector keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from connectors.salesforce import SalesforceSettings, connect
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.ports import Crm
from sync.domain.record import Fields, Native
from tests.contract.sandboxes import SandboxTestbed, native, no_sleep, serving, start_over
from tests.contract.suite import MINUTE, HttpCrmContract
from tests.contract.testbed import Names

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

SEED: tuple[JsonObject, ...] = tuple(
    {"system": "salesforce", "object": "Contact", "field": each} for each in FIELDS
)

#: The real page of 2,000 rows would need as many records for every test of paging.
ROWS_PER_PAGE = 200

NUMBERS = {"Score__c"}
FLAGS = {"HasOptedOutOfEmail"}


class SalesforceTestbed(SandboxTestbed):
    """An org with the suite's own fields and no contacts."""

    system = System.SALESFORCE
    names = NAMES
    keeps_edit_times = False
    faults: ClassVar = {
        "slow_down": "concurrent_limit",
        "credentials": "expired_token",
        "quota": "request_limit",
    }

    def __init__(self, connect: Callable[[str], Crm], sandbox: Sandbox) -> None:
        super().__init__(
            connect,
            token=sandbox.salesforce_token,
            sandbox=sandbox,
            calls=sandbox.salesforce_traffic,
        )
        self._store = sandbox.salesforce
        self._store.switches.rows_per_page = ROWS_PER_PAGE
        self._repairs.append(self._open_locks)
        self.account_id = sandbox.salesforce.org_id

    def add(self, values: Fields) -> str:
        return self._store.create("Contact", _wire(values))

    def add_many(self, values: Sequence[Fields]) -> list[str]:
        return [self.add(each) for each in values]

    def edit(self, record_id: str, values: Fields) -> None:
        self._store.edit("Contact", record_id, _wire(values))

    def track(self, name: str) -> None:
        tracked = self._store.rules.tracked
        before = tracked.get("Contact", frozenset())
        tracked["Contact"] = before | {name}
        self._repairs.append(lambda: tracked.update({"Contact": before}))

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


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serving(SEED) as sandbox:
        yield sandbox


@pytest.fixture
def bed(sandbox: Sandbox) -> Iterator[SalesforceTestbed]:
    start_over(sandbox)
    for record_id in list(sandbox.salesforce.database.table("Contact").rows):
        sandbox.salesforce.purge("Contact", record_id)

    def connector(token: str) -> Crm:
        settings = SalesforceSettings(instance_url=sandbox.salesforce_url, access_token=token)
        return connect(settings, sleep=no_sleep, clock=sandbox.clock.now)

    testbed = SalesforceTestbed(connector, sandbox)
    yield testbed
    testbed.close()


class TestSalesforce(HttpCrmContract):
    """One org of the sandbox."""


def test_stages_are_told_apart_from_what_else_moves_an_opportunity(bed: SalesforceTestbed) -> None:
    org = bed._store
    fields = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    made = org.create("Opportunity", fields)
    for change in ({"Amount": 10}, {"StageName": "Closed Won"}, {"Amount": 20}):
        bed.pass_time(MINUTE)
        org.edit("Opportunity", made, change)
        late = bed.now()

    def told(since: datetime | None) -> list[tuple[Native, Native]]:
        pages = bed.crm.read_history("Opportunity", ["StageName"], since=since)
        return [(one.before, one.after) for page in pages for one in page if one.id == made]

    assert told(None) == [(None, "Prospecting"), ("Prospecting", "Closed Won")]
    # A snapshot is compared with the one before it, which is older than what is asked for.
    assert told(late - MINUTE) == [("Prospecting", "Closed Won")]
    assert told(late) == []
