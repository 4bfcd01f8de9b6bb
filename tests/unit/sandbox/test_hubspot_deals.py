from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal

DEALS = "/crm/v3/objects/deals"
ALL_PATHS = (
    "/crm/v3/objects/deals",
    "/crm/v3/objects/DEAL",
    "/crm/v3/objects/0-3",
    "/crm/objects/2026-03/0-3",
    "/crm/objects/2026-09/deals",
)


def tie(portal: Portal, deal: str, other: str, record: str, version: str = "v4") -> int:
    path = f"/crm/{version}/objects/deals/{deal}/associations/default/{other}/{record}"
    return portal.call("PUT", path).status_code


@pytest.mark.parametrize("path", ALL_PATHS)
def test_deal_is_made_and_read_under_every_name(portal: Portal, path: str):
    made = portal.create(path, dealname="Big", dealstage="qualifiedtobuy", amount="100")
    values = portal.get(f"{path}/{made}").json()["properties"]
    assert (values["pipeline"], values["dealstage"]) == ("default", "qualifiedtobuy")


def test_deal_without_stage_is_made_as_recorded(portal: Portal):
    answer = portal.post(DEALS, {"properties": {"dealname": "Big", "amount": 10000}})
    values = answer.json()["properties"]
    assert answer.status_code == 201
    assert "dealstage" not in values
    recorded = {
        "amount": "10000",
        "amount_in_home_currency": "10000",
        "days_to_close": "0",
        "hs_closed_amount": "0",
        "hs_forecast_amount": "10000",
        "hs_is_closed_lost": "false",
        "hs_is_closed_won": "false",
        "hs_num_of_associated_line_items": "0",
        "hs_object_source": "INTEGRATION",
        "hs_projected_amount": "0",
        "num_associated_contacts": "0",
    }
    assert {name: values[name] for name in recorded} == recorded


def test_switch_makes_name_and_stage_of_a_deal_required(portal: Portal):
    portal.store.switches.deal_needs_stage = True
    answer = portal.post(DEALS, {"properties": {"amount": "1"}})
    assert answer.status_code == 400
    assert answer.json()["context"]["properties"] == ["dealname", "dealstage"]


@pytest.mark.parametrize(
    "properties",
    [
        {"dealstage": "nowhere"},
        {"pipeline": "nowhere"},
        {"pipeline": "default", "dealstage": "met"},
        {"pipeline": "partners", "dealstage": "closedwon"},
        {"dealstage": "met"},
    ],
)
def test_stage_must_be_of_the_pipeline(portal: Portal, properties: dict[str, str]):
    add_partners(portal)
    answer = portal.post(DEALS, {"properties": {"dealname": "Big", **properties}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"


def test_switch_moves_a_deal_to_the_pipeline_of_its_stage(portal: Portal):
    add_partners(portal)
    portal.store.switches.stage_elsewhere = type(portal.store.switches.stage_elsewhere)("move")
    made = portal.create(DEALS, dealname="Big", dealstage="met")
    assert portal.stored("deals", made)["pipeline"] == "partners"


def test_pipeline_alone_cannot_change_under_a_stage(portal: Portal):
    add_partners(portal)
    made = portal.create(DEALS, dealname="Big", dealstage="qualifiedtobuy")
    assert portal.patch(f"{DEALS}/{made}", pipeline="partners").status_code == 400
    assert portal.patch(f"{DEALS}/{made}", pipeline="partners", dealstage="met").status_code == 200


def test_won_deal_is_closed_and_dated(portal: Portal):
    made = portal.create(DEALS, dealname="Big", dealstage="contractsent", amount="50")
    portal.clock.move(timedelta(days=3))
    portal.patch(f"{DEALS}/{made}", dealstage="closedwon")
    values = portal.stored("deals", made)
    assert values["hs_is_closed"] == values["hs_is_closed_won"] == "true"
    assert values["hs_deal_stage_probability"] == "1"
    assert values["days_to_close"] == "3"
    assert values["hs_closed_amount"] == "50"
    assert values["hs_date_entered_closedwon"] == values["hs_v2_date_entered_closedwon"]
    assert values["hs_date_exited_contractsent"] == values["hs_date_entered_closedwon"]
    assert "hs_date_exited_closedwon" not in values


def test_probability_is_written_to_the_last_binary_digit(portal: Portal):
    made = portal.create(DEALS, dealname="Big", dealstage="appointmentscheduled")
    told = portal.stored("deals", made)["hs_deal_stage_probability"]
    assert told == "0.200000000000000011102230246251565404236316680908203125"


@pytest.mark.parametrize(
    "name", ["hs_is_closed", "hs_date_entered_closedwon", "hs_projected_amount", "hs_createdate"]
)
def test_what_follows_from_the_stage_cannot_be_written(portal: Portal, name: str):
    answer = portal.post(DEALS, {"properties": {"dealname": "Big", name: "1"}})
    assert answer.json()["errors"][0]["code"] == "READ_ONLY_VALUE"


def test_history_of_the_outcome_follows_the_stages(portal: Portal):
    made = portal.create(DEALS, dealname="Big", dealstage="contractsent")
    for stage in ("closedlost", "contractsent", "closedwon"):
        portal.clock.move(timedelta(hours=1))
        portal.patch(f"{DEALS}/{made}", dealstage=stage)
    told = portal.get(f"{DEALS}/{made}", propertiesWithHistory="hs_is_closed,dealstage").json()
    closed = told["propertiesWithHistory"]["hs_is_closed"]
    assert [one["value"] for one in closed] == ["true", "false", "true", "false"]
    assert {one["sourceType"] for one in closed} == {"CALCULATED"}
    stages = told["propertiesWithHistory"]["dealstage"]
    assert [one["timestamp"] for one in stages] == [one["timestamp"] for one in closed]


def test_history_comes_in_batches_and_lists_too(portal: Portal):
    made = portal.create(DEALS, dealname="Big", dealstage="contractsent")
    body = {"inputs": [{"id": made}], "properties": [], "propertiesWithHistory": ["dealstage"]}
    batch = portal.post(f"{DEALS}/batch/read", body).json()["results"][0]
    listed = portal.get(DEALS, propertiesWithHistory="dealstage").json()["results"][0]
    assert batch["propertiesWithHistory"] == listed["propertiesWithHistory"]
    assert batch["propertiesWithHistory"]["dealstage"][0]["sourceType"] == "INTEGRATION"
    assert portal.get(DEALS, propertiesWithHistory="dealstage", limit=51).status_code == 400


def test_deals_are_found_by_what_follows_from_their_stage(portal: Portal):
    won = portal.create(DEALS, dealname="A", dealstage="closedwon")
    portal.create(DEALS, dealname="B", dealstage="contractsent")
    wanted = {"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}
    found = portal.post(f"{DEALS}/search", {"filterGroups": [{"filters": [wanted]}]}).json()
    assert [one["id"] for one in found["results"]] == [won]
    assert set(found["results"][0]["properties"]) >= {"dealname", "pipeline", "amount"}


@pytest.mark.parametrize("word", ["contact", "contacts", "0-1"])
def test_deals_are_found_by_the_contact_they_are_tied_to(portal: Portal, word: str):
    ada = portal.create(CONTACTS, email="ada@example.com")
    deal, other = (portal.create(DEALS, dealname=name) for name in "AB")
    assert tie(portal, deal, "contacts", ada) == 200
    tied = {"propertyName": f"associations.{word}", "operator": "EQ", "value": ada}
    untied = {"propertyName": f"associations.{word}", "operator": "NOT_HAS_PROPERTY"}
    for one, expected in ((tied, deal), (untied, other)):
        found = portal.post(f"{DEALS}/search", {"filterGroups": [{"filters": [one]}]}).json()
        assert [row["id"] for row in found["results"]] == [expected]


def test_deal_is_made_with_its_ties(portal: Portal):
    ada = portal.create(CONTACTS, email="ada@example.com")
    acme = portal.create(COMPANIES, name="Acme")
    body = {
        "properties": {"dealname": "Big", "dealstage": "contractsent"},
        "associations": [
            {
                "to": {"id": record},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}],
            }
            for record, kind in ((ada, 3), (acme, 5))
        ],
    }
    made = portal.post(DEALS, body).json()["id"]
    told = portal.get(f"{DEALS}/{made}", associations="contacts,companies").json()["associations"]
    assert told["contacts"]["results"] == [{"id": ada, "type": "deal_to_contact"}]
    assert [one["type"] for one in told["companies"]["results"]] == [
        "deal_to_company",
        "deal_to_company_unlabeled",
    ]
    assert portal.stored("deals", made)["hs_primary_associated_company"] == acme
    assert portal.stored("contacts", ada)["num_associated_deals"] == "1"


def test_open_deal_lifts_its_contact_to_opportunity_and_a_won_one_to_customer(portal: Portal):
    ada = portal.create(CONTACTS, email="ada@example.com")
    deal = portal.create(DEALS, dealname="Big", dealstage="contractsent")
    tie(portal, deal, "contacts", ada)
    assert portal.stored("contacts", ada)["lifecyclestage"] == "opportunity"
    portal.patch(f"{DEALS}/{deal}", dealstage="closedwon")
    assert portal.stored("contacts", ada)["lifecyclestage"] == "customer"
    told = portal.get(f"{CONTACTS}/{ada}", propertiesWithHistory="lifecyclestage").json()
    versions = told["propertiesWithHistory"]["lifecyclestage"]
    assert [one["sourceType"] for one in versions] == ["DEALS", "DEALS", "INTEGRATION"]


def test_deal_never_moves_a_lifecycle_back(portal: Portal):
    ada = portal.create(CONTACTS, email="ada@example.com", lifecyclestage="evangelist")
    deal = portal.create(DEALS, dealname="Big", dealstage="contractsent")
    tie(portal, deal, "contacts", ada)
    assert portal.stored("contacts", ada)["lifecyclestage"] == "evangelist"


def test_switch_leaves_the_lifecycle_alone(portal: Portal):
    portal.store.switches.deal_moves_lifecycle = False
    ada = portal.create(CONTACTS, email="ada@example.com")
    tie(portal, portal.create(DEALS, dealname="Big", dealstage="closedwon"), "contacts", ada)
    assert portal.stored("contacts", ada)["lifecyclestage"] == "lead"


def test_merged_deals_live_on_under_a_new_id(portal: Portal):
    ada = portal.create(CONTACTS, email="ada@example.com")
    first, second = (portal.create(DEALS, dealname=name, dealstage="contractsent") for name in "AB")
    tie(portal, second, "contacts", ada)
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    answer = portal.post(f"{DEALS}/merge", body)
    merged = answer.json()["id"]
    assert answer.status_code == 200
    assert merged not in (first, second)
    read = portal.get(
        f"{DEALS}/{first}", properties="hs_merged_object_ids", associations="contacts"
    )
    assert read.json()["id"] == merged
    assert read.json()["properties"]["hs_merged_object_ids"] == f"{first};{second}"
    assert read.json()["associations"]["contacts"]["results"][0]["id"] == ada


def test_upsert_of_deals_by_an_own_unique_property(portal: Portal):
    portal.define("sfdc_opportunity_id", on="deals", hasUniqueValue=True)
    row = {"idProperty": "sfdc_opportunity_id", "id": "006A", "properties": {"dealname": "Big"}}
    told = [portal.post(f"{DEALS}/batch/upsert", {"inputs": [row]}).json() for _ in range(2)]
    assert [one["results"][0]["new"] for one in told] == [True, False]


def test_archived_deal_is_gone_for_good_after_ninety_days(portal: Portal):
    made = portal.create(DEALS, dealname="Big")
    portal.call("DELETE", f"{DEALS}/{made}")
    assert portal.get(f"{DEALS}/{made}", archived="true").status_code == 200
    portal.clock.move(timedelta(days=91))
    assert portal.get(f"{DEALS}/{made}", archived="true").status_code == 404
    assert portal.get(DEALS, archived="true").json()["results"] == []


def test_line_items_and_tickets_are_there(portal: Portal):
    deal = portal.create(DEALS, dealname="Big")
    item = portal.create("/crm/v3/objects/line_items", name="Seat", price="10", quantity="3")
    assert portal.stored("line_items", item)["amount"] == "30"
    assert tie(portal, deal, "line_items", item) == 200
    told = portal.get(f"{DEALS}/{deal}", associations="line_items").json()["associations"]
    assert told["line items"]["results"][0]["type"] == "deal_to_line_item"
    tickets = "/crm/v3/objects/tickets"
    assert portal.post(tickets, {"properties": {"subject": "Help"}}).status_code == 400
    made = portal.create(tickets, subject="Help", hs_pipeline_stage="4")
    assert portal.stored("tickets", made)["hs_is_closed"] == "true"


def add_partners(portal: Portal) -> None:
    body = {
        "label": "Partners",
        "pipelineId": "partners",
        "displayOrder": 1,
        "stages": [
            {
                "label": "Met",
                "displayOrder": 0,
                "stageId": "met",
                "metadata": {"probability": "0.1"},
            },
            {
                "label": "Signed",
                "displayOrder": 1,
                "stageId": "signed",
                "metadata": {"probability": "1"},
            },
        ],
    }
    assert portal.post("/crm/pipelines/2026-09/deals", body).status_code == 201
