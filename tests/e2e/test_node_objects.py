"""jsforce and HubSpot's own Node client, unchanged, over every object and operation there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.conftest import ROOT
from tests.contract.hubspot_models import Listener, load_hubspot_spec
from tests.e2e.node_clients import NODE, Seen, node_command, run

pytestmark = pytest.mark.node

STANDARD = ["contacts", "companies", "deals"]
ALL_WRITTEN = {
    *("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole", "Campaign"),
    *("CampaignMember", "CampaignMemberStatus", "Task", "Event", "Project__c"),
}
CAMPAIGN_PATHS = ["/marketing/v3/campaigns", "/marketing/campaigns/2026-03"]


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener(load_hubspot_spec(ROOT))


@contextmanager
def serving(listener: Listener) -> Iterator[Sandbox]:
    with Sandbox(NODE / "objects.jsonl", limits=False) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox


@pytest.fixture(scope="module")
def crm(listener: Listener) -> Seen:
    """Run crm.mjs once and give what it saw."""
    node = node_command()
    with serving(listener) as sandbox:
        return run(node, "crm.mjs", sandbox)


@pytest.fixture(scope="module")
def campaigns(listener: Listener) -> Seen:
    """Run campaigns.mjs once and give what it saw."""
    node = node_command()
    with serving(listener) as sandbox:
        app = sandbox.hubspot.tokens.app
        more = {
            "CLIENT_ID": app.client_id,
            "CLIENT_SECRET": app.client_secret,
            "REFRESH_TOKEN": app.refresh_token,
        }
        return run(node, "campaigns.mjs", sandbox, **more)


@pytest.fixture(scope="module")
def org(listener: Listener) -> Seen:
    """Run sforce.mjs once and give what it saw."""
    node = node_command()
    with serving(listener) as sandbox:
        return run(node, "sforce.mjs", sandbox)


def test_all_that_was_said_keeps_to_hubspots_models(
    crm: Seen, campaigns: Seen, listener: Listener
) -> None:
    if not listener.knows_models:
        pytest.skip("no models: the folder of HubSpot's operations and models is missing")
    listener.assert_clean()
    assert listener.checked > 150


@pytest.mark.parametrize("name", STANDARD)
def test_hubspot_client_defines_properties_and_groups(crm: Seen, name: str) -> None:
    assert crm["properties"][name] == {
        "group": "In step",
        "groups": True,
        "unique": True,
        "batch": 1,
        "read": ["Level"],
        "archived": ["tier"],
        "readOnly": True,
        "taken": 409,
    }


@pytest.mark.parametrize("name", STANDARD)
def test_hubspot_client_leads_records_from_first_to_last(crm: Seen, name: str) -> None:
    seen = crm["records"][name]

    assert seen["history"] == ["Noor", "Nia"]
    assert (seen["source"], seen["byKey"]) == ("INTEGRATION", True)
    assert seen["upserted"] == {"Nadja": False, "Nils": True}
    assert seen["created"] == 3
    assert seen["paged"] == [2, True, None]
    assert (seen["merged"], seen["gone"], seen["bin"]) == (True, 404, 2)


@pytest.mark.parametrize("name", STANDARD)
def test_hubspot_client_is_told_which_of_a_batch_failed(crm: Seen, name: str) -> None:
    seen = crm["records"][name]

    assert seen["mixed"]["done"] == ["Nell"]
    assert [refused["ids"] for refused in seen["mixed"]["refused"]] == [["999999"]]
    assert seen["read"] == {"known": 2, "missing": ["K9"]}
    assert seen["unwritable"] == [400, "VALIDATION_ERROR"]
    assert seen["unheardOf"] == [400, True]


@pytest.mark.parametrize("name", STANDARD)
def test_hubspot_client_searches_with_every_kind_of_filter(crm: Seen, name: str) -> None:
    found = crm["records"][name]["found"]

    assert found == {
        "equal": [1, 1],
        "among": [2, 2],
        "token": [4, 4],
        "known": [2, 2],
        "unknown": [3, 3],
        "between": [1, 1],
        "paged": [5, 2],
    }


def test_hubspot_client_forgets_a_contact_for_good(crm: Seen) -> None:
    assert crm["forgotten"] == 404


def test_hubspot_client_wins_a_deal(crm: Seen) -> None:
    assert crm["deal"] == {
        "won": "true",
        "closed": True,
        "stages": ["closedwon", "contractsent"],
        "ties": ["companies", "contacts"],
        "nowhere": 400,
    }


def test_hubspot_client_makes_and_drops_pipelines(crm: Seen) -> None:
    assert crm["pipelines"] == {
        "label": "Resellers",
        "stages": ["Met", "Signed off"],
        "closed": "true",
        "audit": True,
        "left": ["default"],
    }


def test_hubspot_client_ties_with_labels(crm: Seen) -> None:
    assert crm["ties"] == {
        "labelled": ["Advisor"],
        "types": ["279", "Counsel", "Primary"],
        "unlabelled": ["279", "Primary"],
        "backwards": True,
        "none": [],
        "plain": True,
        "kinds": True,
    }


def test_hubspot_client_defines_and_drops_a_custom_object(crm: Seen) -> None:
    assert crm["custom"] == {
        "kind": True,
        "label": "Motor",
        "required": 400,
        "upserted": False,
        "driver": 1,
        "found": 1,
        "merged": 200,
        "inUse": 400,
        "left": 0,
    }


def test_hubspot_client_reads_owners_and_the_account(crm: Seen) -> None:
    assert crm["owners"] == {
        "byId": "anna@example.com",
        "byUser": "anna@example.com",
        "gone": ["gone@example.com"],
        "nobody": 404,
    }
    assert (crm["account"], crm["usage"], crm["nowhere"]) == (True, True, 404)


def test_hubspot_client_leads_lists_from_first_to_last(campaigns: Seen) -> None:
    assert campaigns["lists"] == {
        "byId": "Source",
        "byName": "0-2",
        "several": 2,
        "renamed": "Origin",
        "taken": 409,
        "found": [["Target", "2"]],
        "changed": [1, 1],
        "members": True,
        "paged": [2, 1, 3],
        "removed": 1,
        "ofRecord": 2,
        "emptied": 0,
        "gone": 404,
        "restored": "Origin",
    }


@pytest.mark.parametrize("path", CAMPAIGN_PATHS)
def test_hubspot_client_leads_campaigns_from_first_to_last(campaigns: Seen, path: str) -> None:
    assert campaigns["campaigns"][path] == {
        "made": 201,
        "totals": [1000.5, 750, 250.5],
        "item": ["Stand", 1000.5],
        "assets": [204, True],
        "read": {"hs_name": "Fair", "hs_notes": "Hall 3"},
        "listed": 1,
        "batch": 1,
        "reports": [200, 200, 200],
        "deleted": [204, 204, 204],
        "after": 404,
    }


def test_hubspot_client_gets_looks_at_and_ends_tokens(campaigns: Seen) -> None:
    assert campaigns["tokens"] == {
        "portal": True,
        "reads": 1,
        "secret": 400,
        "grant": 400,
        "unknown": 401,
        "ended": 400,
    }


def test_jsforce_describes_every_object(org: Seen) -> None:
    assert org["missing"] == []
    assert all(org["described"].values())


def test_jsforce_makes_changes_reads_and_deletes_every_object(org: Seen) -> None:
    assert set(org["objects"]) == ALL_WRITTEN
    assert all(seen == [True, True, True, 1, True] for seen in org["objects"].values())


def test_jsforce_sees_what_follows_from_writes(org: Seen) -> None:
    assert org["follows"] == {
        "campaign": [1, 1, 1, 100],
        "deal": [True, True, 100],
        "fieldHistory": [["Prospecting", "Closed Won"]],
        "snapshots": 2,
        "member": True,
    }


def test_jsforce_queries_children_groups_pages_and_the_bin(org: Seen) -> None:
    assert org["soql"] == {
        "tree": [4, "Bea", 100],
        "groups": [["CEO", 2, "Cyd"]],
        "sums": [100, 100, 1],
        "pages": [200, False, 16, True, True],
        "built": ["P199", "P198", "P197"],
        "today": 2,
        "nested": 2,
        "upwards": "Acme",
        "binned": ["Changed"],
        "polymorphic": "Li",
        "malformed": [
            "INVALID_TYPE",
            "INVALID_FIELD",
            "MALFORMED_QUERY",
            "INVALID_QUERY_LOCATOR",
        ],
    }


def test_jsforce_upserts_one_several_and_none(org: Seen) -> None:
    assert org["upserts"] == {
        "made": [True, True],
        "found": [True, False],
        "several": "MULTIPLE_CHOICES",
        "collection": [
            [True, False, None],
            [True, True, None],
            [False, False, "REQUIRED_FIELD_MISSING"],
        ],
    }


def test_jsforce_is_told_why_rows_are_refused(org: Seen) -> None:
    assert org["refusals"] == {
        "missing": "REQUIRED_FIELD_MISSING",
        "rule": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "duplicate": "DUPLICATES_DETECTED",
        "allowed": True,
        "unique": "DUPLICATE_VALUE",
        "unknown": "INVALID_FIELD",
        "deleted": "ENTITY_IS_DELETED",
        "nowhere": "NOT_FOUND",
        "malformed": "NOT_FOUND",
        "type": "JSON_PARSER_ERROR",
        "twice": "DUPLICATE_VALUE",
        "allOrNone": ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"],
    }


def test_jsforce_sends_calls_made_of_parts(org: Seen) -> None:
    assert org["composite"] == {
        "statuses": [201, 201, 200],
        "tied": True,
        "batch": [True, [200, 404]],
        "tree": [False, ["a", "c"]],
    }


def test_jsforce_loads_and_extracts_in_bulk(org: Seen) -> None:
    assert org["bulk"] == {
        "inserted": [2, ["REQUIRED_FIELD_MISSING"]],
        "upserted": ["false", "true"],
        "renamed": 2,
        "extracted": ["Bulk1", 'Bulk2, "quoted"'],
        "deleted": 2,
        "unprocessed": 0,
        "aborted": "Aborted",
    }


def test_jsforce_lists_what_changed_and_what_went(org: Seen) -> None:
    assert org["changes"] == {"updated": True, "covered": True, "deleted": True}


def test_jsforce_reads_limits_users_and_reference_data(org: Seen) -> None:
    assert org["org"] == {
        "limits": [True, True],
        "used": True,
        "user": True,
        "stages": ["Closed Won"],
        "statuses": 1,
        "searched": True,
    }


def test_jsforce_converts_merges_and_undeletes(org: Seen) -> None:
    assert org["soap"] == {
        "converted": [True, True, True],
        "frozen": "CANNOT_UPDATE_CONVERTED_LEAD",
        "merged": [True, True, True],
        "undeleted": True,
    }


def test_jsforce_gets_renews_and_loses_tokens(org: Seen) -> None:
    assert org["tokens"] == {
        "credentials": True,
        "jwt": True,
        "password": "Bearer",
        "refreshed": [True, 1],
        "refused": "INVALID_SESSION_ID",
    }
