"""Clients nobody here wrote work against the sandbox as they do against the real APIs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.conftest import ROOT
from tests.contract.hubspot_models import Listener, load_hubspot_spec
from tests.e2e.node_clients import NODE, Seen, node_command, run

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def node() -> str:
    return node_command()


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener(load_hubspot_spec(ROOT))


@pytest.fixture(scope="module")
def sandbox(node: str, listener: Listener) -> Iterator[Sandbox]:
    with Sandbox(seed=NODE / "seed.jsonl", hubspot_port=0, salesforce_port=0, limits=False) as up:
        up.listen(System.HUBSPOT, listener)
        yield up


@pytest.fixture(scope="module")
def hubspot(node: str, sandbox: Sandbox) -> Seen:
    """Run hubspot.mjs once and give what it saw."""
    return run(node, "hubspot.mjs", sandbox)


@pytest.fixture(scope="module")
def marketing(node: str, sandbox: Sandbox) -> Seen:
    """Run marketing.mjs once and give what it saw."""
    app = sandbox.hubspot.tokens.app
    more = {
        "CLIENT_ID": app.client_id,
        "CLIENT_SECRET": app.client_secret,
        "REFRESH_TOKEN": app.refresh_token,
    }
    return run(node, "marketing.mjs", sandbox, **more)


@pytest.fixture(scope="module")
def jsforce(node: str, sandbox: Sandbox) -> Seen:
    """Run jsforce.mjs once and give what it saw."""
    return run(node, "jsforce.mjs", sandbox)


def test_all_that_was_said_keeps_to_hubspots_models(
    hubspot: Seen, marketing: Seen, listener: Listener
) -> None:
    if not listener.knows_models:
        pytest.skip("no models: the folder of HubSpot's operations and models is missing")
    listener.assert_clean()
    assert listener.checked > 20


def test_hubspot_client_makes_a_list_and_reads_its_members(marketing: Seen) -> None:
    assert marketing["list"] == {"name": "Invited", "type": "MANUAL"}
    assert marketing["added"] == {"added": 1, "missing": ["999"]}
    assert marketing["members"] == {"count": 1, "dated": True}
    assert marketing["listsOfRecord"] == 1
    assert marketing["found"] == ["Invited"]
    assert marketing["gone"] == 404


def test_hubspot_client_gets_a_token_and_uses_it(marketing: Seen) -> None:
    assert marketing["token"] == {"type": "bearer", "seconds": 1800, "reads": True}
    assert marketing["refusedToken"] == {"code": 400, "status": "BAD_REFRESH_TOKEN"}


def test_hubspot_client_makes_a_campaign_with_a_budget(marketing: Seen) -> None:
    assert marketing["campaign"] == {"status": 201, "left": 250.5}


def test_hubspot_client_creates_updates_and_reads_a_contact(hubspot: Seen) -> None:
    created = hubspot["created"]

    assert created == {"id": created["id"], "archived": False, "dated": True}
    assert hubspot["updated"] == "King"
    assert hubspot["read"]["id"] == created["id"]
    assert hubspot["read"]["properties"]["email"] == "ada@example.com"
    assert hubspot["read"]["properties"]["lastname"] == "King"


def test_hubspot_client_creates_updates_and_reads_a_batch(hubspot: Seen) -> None:
    assert hubspot["batchCreated"] == {"status": "COMPLETE", "count": 3}
    assert hubspot["batchUpdated"] == 3
    assert hubspot["batchRead"] == ["Byron", "Byron", "Byron"]


def test_hubspot_client_is_told_which_contact_has_the_address(hubspot: Seen) -> None:
    assert hubspot["duplicate"] == {"code": 409, "category": "CONFLICT", "names": True}


def test_hubspot_client_finds_a_contact_by_search(hubspot: Seen) -> None:
    assert hubspot["found"] == {"total": 1, "lastname": "Hopper"}


def test_hubspot_client_ties_and_unties_contact_and_company(hubspot: Seen) -> None:
    assert hubspot["associated"]["toThem"]
    assert 279 in hubspot["associated"]["types"]
    assert hubspot["batchAssociated"]
    assert hubspot["unassociated"] == 0


def test_hubspot_client_reads_and_creates_properties(hubspot: Seen) -> None:
    assert hubspot["property"] == {"name": "email", "type": "string"}
    assert {"name", "domain"} <= set(hubspot["companyProperties"])
    assert hubspot["propertyCreated"] is True
    assert hubspot["readByKey"] is True


def test_hubspot_client_reads_owners(hubspot: Seen) -> None:
    assert hubspot["owners"] is True


def test_hubspot_client_archives_contacts(hubspot: Seen) -> None:
    assert hubspot["archived"] == {"code": 404}
    assert hubspot["archivedListed"] is True
    assert hubspot["left"] == ["grace@example.com"]


def test_jsforce_describes_objects(jsforce: Seen) -> None:
    assert jsforce["described"] == {"name": "Contact", "keyPrefix": "003", "email": "email"}
    assert {"Account", "Contact", "Lead"} <= set(jsforce["objects"])


def test_jsforce_queries_across_a_relationship(jsforce: Seen) -> None:
    assert jsforce["found"] == {
        "total": 1,
        "done": True,
        "lastName": "Hopper",
        "account": "Navy",
    }


def test_jsforce_creates_updates_and_reads_a_contact(jsforce: Seen) -> None:
    assert jsforce["created"]["success"] is True
    assert jsforce["created"]["id"].startswith("003")
    assert len(jsforce["created"]["id"]) == 18
    assert jsforce["updated"] is True
    assert jsforce["read"] == {"LastName": "King", "Email": "ada@example.com", "Phone": None}
    assert jsforce["tied"] == "Engines"


def test_jsforce_upserts_by_external_id(jsforce: Seen) -> None:
    assert jsforce["upserted"] == {"first": True, "again": False, "same": True}


def test_jsforce_writes_several_and_is_told_which_was_refused(jsforce: Seen) -> None:
    assert jsforce["severalCreated"] == {"success": True, "count": 3}
    assert jsforce["severalUpdated"] == [True, False, True]
    assert jsforce["refusal"] == ["REQUIRED_FIELD_MISSING"]
    assert jsforce["severalRead"] == ["Byron", "Cleo", "Byron"]


def test_jsforce_limits_and_counts_in_a_query(jsforce: Seen) -> None:
    assert jsforce["limited"] == 2
    assert jsforce["counted"] == 6


def test_jsforce_is_told_why_a_call_was_refused(jsforce: Seen) -> None:
    assert jsforce["refused"] == "REQUIRED_FIELD_MISSING"
    assert jsforce["malformed"] == "INVALID_FIELD"


def test_jsforce_deletes_into_the_bin(jsforce: Seen) -> None:
    assert jsforce["deleted"] is True
    assert jsforce["gone"] in {"NOT_FOUND", "ENTITY_IS_DELETED"}
    assert jsforce["inTheBin"] == [True]


def test_jsforce_reads_the_quota_and_its_use(jsforce: Seen) -> None:
    assert jsforce["quota"] > 0
    assert jsforce["used"]["limit"] > 0
    assert jsforce["used"]["used"] > 0
