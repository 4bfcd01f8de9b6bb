from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.unit.sandbox.portal import Portal

CAMPAIGNS = "/marketing/v3/campaigns"
DATED = "/marketing/campaigns/2026-03"


def make(portal: Portal, name: str = "Spring", **more: str) -> str:
    answer = portal.post(CAMPAIGNS, {"properties": {"hs_name": name, **more}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def item(**more: object) -> dict:
    return {"name": "Fair", "amount": 1500.5, "order": 0, **more}


@pytest.mark.parametrize("path", [CAMPAIGNS, DATED, "/marketing/campaigns/2026-09"])
def test_campaign_is_made_and_read_in_every_version(portal: Portal, path: str):
    made = portal.post(path, {"properties": {"hs_name": "Spring", "hs_start_date": "2026-03-01"}})
    assert made.status_code == 201
    assert str(uuid.UUID(made.json()["id"])) == made.json()["id"]
    read = portal.get(f"{path}/{made.json()['id']}", properties="hs_name,hs_start_date")
    assert read.json()["properties"] == {"hs_name": "Spring", "hs_start_date": "2026-03-01"}
    assert read.json()["assets"] == {}


def test_campaign_is_read_without_properties_unless_they_are_asked_for(portal: Portal):
    assert portal.get(f"{CAMPAIGNS}/{make(portal)}").json()["properties"] == {}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"nope": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_object_id": "1"}, "READ_ONLY_VALUE"),
        ({"hs_spend_items_sum_amount": "1"}, "READ_ONLY_VALUE"),
        ({"hs_start_date": "1.3.2026"}, "INVALID_DATE"),
        ({"hs_campaign_status": "sleeping"}, "INVALID_OPTION"),
        ({"hs_owner": "77"}, "INVALID_OPTION"),
    ],
)
def test_value_a_campaign_cannot_have_is_refused(portal: Portal, wrong: dict, code: str):
    answer = portal.post(CAMPAIGNS, {"properties": {"hs_name": "Spring", **wrong}})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


def test_campaign_needs_a_name(portal: Portal):
    assert portal.post(CAMPAIGNS, {"properties": {"hs_notes": "x"}}).status_code == 400


def test_status_may_be_anything_where_the_switch_says_so(portal: Portal):
    portal.store.switches.campaign_status_is_checked = False
    make(portal, hs_campaign_status="sleeping")


@pytest.mark.parametrize(("unique", "status"), [(False, 201), (True, 409)])
def test_name_of_another_campaign(portal: Portal, unique: bool, status: int):
    portal.store.switches.campaign_names_are_unique = unique
    make(portal)
    assert portal.post(CAMPAIGNS, {"properties": {"hs_name": "Spring"}}).status_code == status


def test_campaign_is_changed_and_a_value_cleared(portal: Portal):
    made = make(portal, hs_notes="old", hs_goal="leads")
    portal.clock.move(timedelta(seconds=1))
    answer = portal.patch(f"{CAMPAIGNS}/{made}", hs_notes="", hs_goal="deals")
    assert answer.json()["updatedAt"] > answer.json()["createdAt"]
    read = portal.get(f"{CAMPAIGNS}/{made}", properties="hs_notes,hs_goal").json()
    assert read["properties"] == {"hs_goal": "deals"}


def test_deleted_campaign_is_gone(portal: Portal):
    made = make(portal)
    assert portal.call("DELETE", f"{CAMPAIGNS}/{made}").status_code == 204
    answer = portal.get(f"{CAMPAIGNS}/{made}")
    assert (answer.status_code, answer.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    assert portal.call("DELETE", f"{CAMPAIGNS}/{made}").status_code == 204


def test_campaigns_are_listed_by_page_sort_and_name(portal: Portal):
    for name in ("Spring A", "Spring C", "Spring B", "Autumn"):
        make(portal, name)
    query = {"limit": 2, "sort": "-hs_name", "name": "spring", "properties": "hs_name"}
    first = portal.get(CAMPAIGNS, **query).json()
    after = first["paging"]["next"]["after"]
    second = portal.get(CAMPAIGNS, **query, after=after).json()
    names = [one["properties"]["hs_name"] for one in (*first["results"], *second["results"])]
    assert (first["total"], names) == (3, ["Spring C", "Spring B", "Spring A"])
    assert "paging" not in second


@pytest.mark.parametrize("query", [{"limit": 101}, {"sort": "budget"}, {"after": "x"}])
def test_list_that_cannot_be_is_refused(portal: Portal, query: dict):
    assert portal.get(CAMPAIGNS, **query).status_code == 400


def test_batch_tells_good_from_bad(portal: Portal):
    inputs = [{"properties": {"hs_name": "A"}}, {"properties": {"nope": "B"}}]
    made = portal.post(f"{CAMPAIGNS}/batch/create", {"inputs": inputs})
    assert (made.status_code, made.json()["numErrors"]) == (207, 1)
    campaign = made.json()["results"][0]["id"]
    ids = [{"id": campaign}, {"id": "nope"}]
    read = portal.post(f"{CAMPAIGNS}/batch/read?properties=hs_name", {"inputs": ids})
    assert read.status_code == 207
    assert read.json()["results"][0]["properties"] == {"hs_name": "A"}
    change = {"inputs": [{"id": campaign, "properties": {"hs_notes": "x"}}]}
    assert portal.post(f"{CAMPAIGNS}/batch/update", change).status_code == 200
    assert portal.post(f"{CAMPAIGNS}/batch/archive", {"inputs": ids}).status_code == 204
    assert len(portal.store.campaigns) == 0


def test_batch_holds_no_more_than_50(portal: Portal):
    inputs = [{"properties": {"hs_name": str(number)}} for number in range(51)]
    assert portal.post(f"{CAMPAIGNS}/batch/create", {"inputs": inputs}).status_code == 400


@pytest.mark.parametrize("side", ["budget", "spend"])
def test_money_is_added_read_changed_and_taken_away(portal: Portal, side: str):
    path = f"{CAMPAIGNS}/{make(portal)}/{side}"
    made = portal.post(path, item(description="Stand"))
    assert made.status_code == 201
    assert made.json()["amount"] == 1500.5
    assert isinstance(made.json()["createdAt"], int)
    one = f"{path}/{made.json()['id']}"
    assert portal.get(one).json() == made.json()
    changed = portal.call("PUT", one, json=item(amount=2000))
    assert (changed.status_code, changed.json()["amount"]) == (200, 2000)
    assert changed.json()["createdAt"] == made.json()["createdAt"]
    assert portal.call("DELETE", one).status_code == 204
    assert portal.get(one).status_code == 404


@pytest.mark.parametrize("wrong", [{"name": ""}, {"amount": "12"}, {"order": None}])
def test_money_that_makes_no_sense_is_refused(portal: Portal, wrong: dict):
    assert portal.post(f"{CAMPAIGNS}/{make(portal)}/budget", item(**wrong)).status_code == 400


def test_totals_tell_what_is_left(portal: Portal):
    made = make(portal, hs_currency_code="USD")
    portal.post(f"{CAMPAIGNS}/{made}/budget", item(amount=1000))
    portal.post(f"{CAMPAIGNS}/{made}/budget", item(amount=500.1))
    portal.post(f"{CAMPAIGNS}/{made}/spend", item(amount=600.3))
    totals = portal.get(f"{DATED}/{made}/budget/totals").json()
    assert (totals["budgetTotal"], totals["spendTotal"]) == (1500.1, 600.3)
    assert (totals["remainingBudget"], totals["currencyCode"]) == (899.8, "USD")
    names = "hs_budget_items_sum_amount,hs_spend_items_sum_amount"
    read = portal.get(f"{CAMPAIGNS}/{made}", properties=names).json()["properties"]
    assert set(read.values()) == {"1500.1", "600.3"}


def test_list_is_attached_and_taken_off(portal: Portal):
    body = {"name": "Invited", "objectTypeId": "0-1", "processingType": "MANUAL"}
    listed = portal.post("/crm/v3/lists", body).json()["list"]["listId"]
    made = make(portal)
    asset = f"{CAMPAIGNS}/{made}/assets/OBJECT_LIST/{listed}"
    assert portal.call("PUT", asset).status_code == 204
    assert portal.get(f"{CAMPAIGNS}/{made}/assets/OBJECT_LIST").json()["results"] == [
        {"id": listed, "name": "Invited"}
    ]
    assert portal.get(f"{CAMPAIGNS}/{made}").json()["assets"]["OBJECT_LIST"]["results"]
    assert portal.call("DELETE", asset).status_code == 204
    assert portal.get(f"{CAMPAIGNS}/{made}/assets/OBJECT_LIST").json()["results"] == []


@pytest.mark.parametrize(
    ("asset", "status"), [("OBJECT_LIST/77", 404), ("FORM/77", 404), ("POEM/1", 400)]
)
def test_asset_that_is_not_there_cannot_be_attached(portal: Portal, asset: str, status: int):
    answer = portal.call("PUT", f"{CAMPAIGNS}/{make(portal)}/assets/{asset}")
    assert answer.status_code == status


SEED = (
    {"system": "hubspot", "object": "contacts", "key": "c1", "properties": {"email": "a@b.co"}},
    {"system": "hubspot", "object": "lists", "key": "l1", "properties": {"name": "Invited"}},
    {
        "system": "hubspot",
        "object": "campaigns",
        "key": "k1",
        "created": "2026-01-05T09:00:00Z",
        "properties": {
            "hs_name": "Fair",
            "budget": [{"name": "Stand", "amount": "1500.50"}],
            "spend": [{"name": "Stand", "amount": "1400"}],
            "assets": {"OBJECT_LIST": [{"key": "l1"}]},
            "sessions": 12,
            "contacts": {"influencedContacts": [{"key": "c1"}]},
            "revenue": {"contacts": 1, "deals": 2, "dealAmount": "100", "amount": "99.5"},
        },
    },
)


def test_reports_tell_what_the_seed_says(portal: Portal):
    portal.load(*SEED)
    (campaign,) = portal.store.campaigns
    reports = f"{CAMPAIGNS}/{campaign.id}/reports"
    metrics = portal.get(f"{reports}/metrics").json()
    assert (metrics["sessions"], metrics["influencedContacts"]) == (12, 1)
    revenue = portal.get(f"{reports}/revenue", attributionModel="U_SHAPED").json()
    assert (revenue["dealsNumber"], revenue["revenueAmount"]) == (2, 99.5)
    contacts = portal.get(f"{reports}/contacts/influencedContacts").json()["results"]
    assert [one["id"] for one in contacts] == portal.store.ids("contacts")


@pytest.mark.parametrize("path", ["revenue?attributionModel=LUCK", "contacts/firstGlance"])
def test_report_nobody_knows_is_refused(portal: Portal, path: str):
    assert portal.get(f"{CAMPAIGNS}/{make(portal)}/reports/{path}").status_code == 400


def test_exported_campaigns_load_again_as_they_were(portal: Portal):
    portal.load(*SEED)
    lines = list(portal.store.export())
    portal.store.clear()
    portal.load(*lines)
    assert list(portal.store.export()) == lines


@pytest.mark.parametrize("path", [CAMPAIGNS, f"{DATED}/1/budget/totals"])
def test_account_without_marketing_hub_is_told_so(portal: Portal, path: str):
    portal.store.switches.marketing_hub = False
    assert portal.get(path).status_code == 403


def test_revenue_needs_a_scope_of_its_own(portal: Portal):
    portal.store.switches.withheld_scopes = "marketing.campaigns.revenue.read"
    made = make(portal)
    assert portal.get(f"{CAMPAIGNS}/{made}/reports/metrics").status_code == 200
    answer = portal.get(f"{CAMPAIGNS}/{made}/reports/revenue")
    wanted = answer.json()["errors"][0]["context"]["requiredGranularScopes"]
    assert (answer.status_code, wanted) == (403, ["marketing.campaigns.revenue.read"])
