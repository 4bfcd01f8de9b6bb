"""The HubSpot connector keeps the contract, on numbered and on dated paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings, connect
from sandbox.jsontypes import JsonObject
from sandbox.seeds import System, parse_lines
from sandbox.server import Sandbox
from sync.domain.ports import ChangeQuery, Crm
from sync.domain.record import Fields, Native
from tests.contract.hubspot_models import Listener
from tests.contract.sandboxes import SandboxTestbed, native, no_sleep, serving, start_over
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
    {"name": "fit_score", "label": "fit_score", "type": "number"},
    {
        "name": "seniority_level",
        "label": "Seniority",
        "type": "enumeration",
        "options": [{"label": "Junior", "value": "junior"}, {"label": "Senior", "value": "senior"}],
    },
    {"name": "no_calls", "label": "no_calls", "type": "bool"},
    {"name": "born_on", "label": "born_on", "type": "date"},
    {"name": "met_at", "label": "met_at", "type": "datetime"},
    {"name": "salesforce_id", "label": "salesforce_id", "type": "string", "hasUniqueValue": True},
)

#: HubSpot's searches show no more results than this, however they are paged.
MOST_FOUND = 10_000

SEED: tuple[JsonObject, ...] = tuple(
    {"system": "hubspot", "object": "contacts", "field": each} for each in PROPERTIES
)


class HubSpotTestbed(SandboxTestbed):
    """A portal with the suite's own properties and no contacts."""

    system = System.HUBSPOT
    names = NAMES
    keeps_edit_times = True
    faults: ClassVar = {
        "slow_down": "rate_limit",
        "credentials": "expired_token",
        "quota": "rate_limit_daily",
    }

    def __init__(self, connect: Callable[[str], Crm], sandbox: Sandbox) -> None:
        super().__init__(
            connect,
            token=sandbox.hubspot_token,
            sandbox=sandbox,
            calls=sandbox.hubspot_traffic,
        )
        self._store = sandbox.hubspot
        self.account_id = str(sandbox.hubspot.account.id)

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
def sandbox(listener: Listener) -> Iterator[Sandbox]:
    with serving(SEED) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox


@pytest.fixture(autouse=True)
def _keeps_to_hubspots_models(listener: Listener) -> Iterator[None]:
    yield
    listener.assert_clean()


@pytest.fixture(params=[ApiVersion.NUMBERED, ApiVersion.SEPTEMBER_2026])
def bed(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[HubSpotTestbed]:
    start_over(sandbox)
    sandbox.hubspot.clear()
    sandbox.hubspot.load(list(parse_lines(enumerate(SEED, start=1))))

    def connector(token: str) -> Crm:
        settings = HubSpotSettings(
            access_token=token, base_url=sandbox.hubspot_url, api_version=request.param
        )
        return connect(settings, sleep=no_sleep, clock=sandbox.clock.now)

    testbed = HubSpotTestbed(connector, sandbox)
    yield testbed
    testbed.close()


class TestHubSpot(HttpCrmContract):
    """One portal of the sandbox, spoken to in both families of paths."""

    def test_more_changes_of_one_stamp_than_a_search_shows_are_all_there(
        self, bed: HubSpotTestbed
    ) -> None:
        bed.add({NAMES.last: "Early"})
        bed.pass_time(timedelta(minutes=1))
        since = bed.now()
        made = bed.add_many([{NAMES.last: f"Person {i}"} for i in range(MOST_FOUND + 50)])

        changes = ChangeQuery(object_name=NAMES.object, fields=(), since=since)
        read = [record.ref.id for page in bed.crm.read_changes(changes) for record in page]

        assert sorted(read) == sorted(made)

    def test_stage_that_a_deal_lifted_is_nobodys_own_doing(self, bed: HubSpotTestbed) -> None:
        portal = bed._store
        person = bed.add({NAMES.last: "Lovelace"})
        deal = portal.add("deals", {"dealname": "Deal", "dealstage": "qualifiedtobuy"})
        bed.pass_time(timedelta(minutes=1))
        portal.link(("deals", int(deal)), ("contacts", int(person)))

        pages = bed.crm.read_history("contacts", ["lifecyclestage"], ids=[person])
        *_, lifted = [change for page in pages for change in page]

        assert lifted.after == "opportunity"
        assert lifted.source.startswith("DEALS")
        assert lifted.editor is None

    def test_history_of_fifty_records_is_one_call(self, bed: HubSpotTestbed) -> None:
        made = bed.add_many([{NAMES.last: f"Person {i}"} for i in range(51)])
        before = bed.calls()
        assert len(list(bed.crm.read_history("contacts", ["lifecyclestage"], ids=made))) == 2
        assert bed.calls() - before == 2
