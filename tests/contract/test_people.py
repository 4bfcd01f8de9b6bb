"""Every connector reads the people of its CRM alike: who is there, who left, and queues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from connectors.memory import MemoryBench, MemoryCrm, Operation
from connectors.salesforce import SalesforceSettings
from connectors.salesforce import connect as connect_salesforce
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.people import Person, PersonKind
from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome
from tests.contract.sandboxes import StandingClock, no_sleep, serving

MANY = 2_150


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with serving([]) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    return served


@pytest.fixture(params=list(ApiVersion))
def hubspot(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Crm]:
    settings = HubSpotSettings(
        access_token=sandbox.hubspot_token,
        base_url=sandbox.hubspot_url,
        api_version=request.param,
    )
    crm = connect_hubspot(settings, sleep=no_sleep, clock=sandbox.clock.now)
    yield crm
    crm.close()


@pytest.fixture
def salesforce(sandbox: Sandbox) -> Iterator[Crm]:
    settings = SalesforceSettings(
        instance_url=sandbox.salesforce_url, access_token=sandbox.salesforce_token
    )
    crm = connect_salesforce(settings, sleep=no_sleep, clock=sandbox.clock.now)
    yield crm
    crm.close()


def by_id(crm: Crm) -> dict[str, Person]:
    found = crm.people()
    assert len({one.id for one in found}) == len(found), "somebody is there twice"
    return {one.id: one for one in found}


def add_user(sandbox: Sandbox, name: str, **more: object) -> str:
    values = {
        "LastName": name,
        "Alias": name[:8],
        "Email": f"{name}@example.com",
        "Username": f"{name}@org.example",
        **more,
    }
    return sandbox.add(System.SALESFORCE, "User", values, by="person")  # type: ignore[arg-type]


def test_hubspot_owners_stay_known_when_they_leave(sandbox: Sandbox, hubspot: Crm) -> None:
    values = {"email": "Ada@Example.com", "firstName": "Ada", "lastName": "Byron"}
    ada = sandbox.add(System.HUBSPOT, "owners", {**values}, by="person")
    before = hubspot.usage().calls

    assert by_id(hubspot)[ada] == Person(id=ada, name="Ada Byron", email="Ada@Example.com")
    assert hubspot.usage().calls == before + 2

    sandbox.remove(System.HUBSPOT, "owners", ada)
    assert not by_id(hubspot)[ada].active


def test_hubspot_owners_of_many_pages_are_all_there(sandbox: Sandbox, hubspot: Crm) -> None:
    added = {
        sandbox.add(System.HUBSPOT, "owners", {"email": f"p{n}@example.com"}, by="person")
        for n in range(MANY)
    }

    assert added <= by_id(hubspot).keys()


def test_salesforce_users_stay_known_when_they_leave(sandbox: Sandbox, salesforce: Crm) -> None:
    ada = add_user(sandbox, "ada", IsActive=True)

    assert by_id(salesforce)[ada] == Person(id=ada, name="ada", email="ada@example.com")
    assert salesforce.usage().calls == 1

    sandbox.edit(System.SALESFORCE, "User", ada, {"IsActive": False}, by="person")
    assert not by_id(salesforce)[ada].active


def test_salesforce_shows_standard_users_only(sandbox: Sandbox, salesforce: Crm) -> None:
    found = by_id(salesforce)

    assert sandbox.salesforce.person_id in found
    assert sandbox.salesforce.automation_id not in found


def test_salesforce_queues_tell_what_they_take(sandbox: Sandbox, salesforce: Crm) -> None:
    group = {"Name": "Inbound", "Type": "Queue"}
    inbound = sandbox.add(System.SALESFORCE, "Group", {**group}, by="person")
    sandbox.add(System.SALESFORCE, "Group", {"Name": "All of us", "Type": "Regular"}, by="person")
    taken = {"QueueId": inbound, "SobjectType": "Lead"}
    sandbox.add(System.SALESFORCE, "QueueSobject", {**taken}, by="person")

    queues = [one for one in salesforce.people() if one.kind is PersonKind.QUEUE]

    assert queues == [
        Person(id=inbound, name="Inbound", kind=PersonKind.QUEUE, owns=("Lead",)),
    ]


def test_salesforce_users_of_many_pages_are_all_there(sandbox: Sandbox, salesforce: Crm) -> None:
    added = {add_user(sandbox, f"p{n}", IsActive=True) for n in range(MANY)}

    assert added <= by_id(salesforce).keys()
    assert salesforce.usage().calls == 2


def test_memory_knows_whom_its_bench_employs() -> None:
    crm = MemoryCrm("HubSpot", {}, clock=StandingClock().now, shows_gone_in_changes=False)
    bench = MemoryBench(crm)
    ada = Person(id="1", name="Ada", email="ada@example.com")
    bench.employ(ada)

    assert tuple(crm.people()) == (ada,)
    assert bench.count_calls() == {Operation.PEOPLE: 1}


def test_salesforce_names_the_user_its_token_was_given_to(salesforce: Crm) -> None:
    before = salesforce.usage().calls
    me = salesforce.own_user()
    assert me is not None
    assert by_id(salesforce)[me].active
    assert salesforce.usage().calls == before + 2


def test_hubspot_works_as_nobody(hubspot: Crm) -> None:
    assert hubspot.own_user() is None


def test_only_the_write_that_asks_for_it_is_assigned_by_the_orgs_own_rules(
    sandbox: Sandbox, salesforce: Crm
) -> None:
    me, ben = salesforce.own_user(), add_user(sandbox, "ben")
    sandbox.salesforce.assign("Lead", lambda _: ben)

    def lead(token: str, *, assign: bool) -> Write:
        return Write(
            token=token,
            kind=WriteKind.CREATE,
            object_name="Lead",
            values={"LastName": token, "Company": "Acme"},
            assign=assign,
        )

    results = salesforce.apply(
        [lead("a", assign=False), lead("b", assign=True), lead("c", assign=False)]
    )
    assert [one.outcome for one in results] == [WriteOutcome.DONE] * 3
    ids = [one.id or "" for one in results]
    found = {
        one.ref.id: one.fields["OwnerId"] for one in salesforce.fetch("Lead", ids, ["OwnerId"])
    }
    assert [found[id] for id in ids] == [me, ben, me]

    # A lead that is there already is assigned by an update as well.
    move = Write(
        token="move",
        kind=WriteKind.UPDATE,
        object_name="Lead",
        id=ids[0],
        values={"Company": "Acme Ltd"},
        assign=True,
    )
    assert [one.outcome for one in salesforce.apply([move])] == [WriteOutcome.DONE]
    assert sandbox.salesforce.get("Lead", ids[0])["OwnerId"] == ben
