from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal

DEALS = "/crm/v3/objects/deals"
PAIR = "/crm/v4/associations/deals/contacts"
LIMITS = "/crm/v4/associations/definitions/configurations/deals/contacts"
HUBSPOT_TYPES = {
    ("contacts", "companies"): {1: "Primary", 279: None},
    ("companies", "contacts"): {2: "Primary", 280: None},
    ("deals", "contacts"): {3: None},
    ("contacts", "deals"): {4: None},
    ("deals", "companies"): {5: "Primary", 341: None},
    ("companies", "deals"): {6: "Primary", 342: None},
    ("contacts", "tickets"): {15: None},
    ("deals", "line_items"): {19: None},
    ("companies", "tickets"): {25: "Primary", 340: None},
    ("tickets", "companies"): {26: "Primary", 339: None},
    ("deals", "tickets"): {27: None},
}


def own(number: int) -> list[dict[str, Any]]:
    return [{"associationCategory": "USER_DEFINED", "associationTypeId": number}]


def add(portal: Portal, name: str = "buyer", **more: Any) -> list[dict[str, Any]]:
    body = {"label": name.title(), "name": name, **more}
    answer = portal.post(f"{PAIR}/labels", body)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["results"]
    return told


@pytest.fixture
def deal(portal: Portal) -> str:
    return portal.create(DEALS, dealname="Big")


@pytest.fixture
def ada(portal: Portal) -> str:
    return portal.create(CONTACTS, email="ada@example.com")


def pair(deal: str, contact: str) -> str:
    return f"/crm/v4/objects/deals/{deal}/associations/contacts/{contact}"


@pytest.mark.parametrize(("start", "end"), HUBSPOT_TYPES)
@pytest.mark.parametrize("family", ["/crm/v4/associations", "/crm/associations/2026-09"])
def test_types_hubspot_defines(portal: Portal, family: str, start: str, end: str):
    told = portal.get(f"{family}/{start}/{end}/labels").json()["results"]
    assert {one["typeId"]: one["label"] for one in told} == HUBSPOT_TYPES[(start, end)]
    assert {one["category"] for one in told} == {"HUBSPOT_DEFINED"}


def test_only_one_company_of_a_deal_is_primary(portal: Portal, deal: str):
    acme, bolt = (portal.create(COMPANIES, name=name) for name in ("Acme", "Bolt"))
    for company in (acme, bolt):
        kinds = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]
        path = f"/crm/v4/objects/deals/{deal}/associations/companies/{company}"
        assert portal.call("PUT", path, json=kinds).status_code == 201
    told = portal.get(f"/crm/v4/objects/deals/{deal}/associations/companies").json()["results"]
    types = {
        one["toObjectId"]: [kind["typeId"] for kind in one["associationTypes"]] for one in told
    }
    assert types == {int(acme): [341], int(bolt): [5, 341]}


def test_label_is_a_pair_of_types_with_a_text_for_each_end(portal: Portal, deal: str, ada: str):
    there, back = add(portal, inverseLabel="Buys in")
    assert (there["category"], there["label"], back["label"]) == (
        "USER_DEFINED",
        "Buyer",
        "Buys in",
    )
    assert portal.call("PUT", pair(deal, ada), json=own(there["typeId"])).status_code == 201
    read = portal.get(f"/crm/v4/objects/contacts/{ada}/associations/deals").json()["results"]
    assert [one["label"] for one in read[0]["associationTypes"]] == [None, "Buys in"]


def test_label_is_renamed_at_both_ends(portal: Portal):
    there, back = add(portal, inverseLabel="Buys in")
    body = {"associationTypeId": there["typeId"], "label": "Payer"}
    assert portal.call("PUT", f"{PAIR}/labels", json=body).status_code == 204
    told = portal.get("/crm/v4/associations/contacts/deals/labels").json()["results"]
    assert [one["label"] for one in told if one["typeId"] == back["typeId"]] == ["Payer"]


def test_deleted_label_is_gone_from_the_records(portal: Portal, deal: str, ada: str):
    there, back = add(portal)
    portal.call("PUT", pair(deal, ada), json=own(there["typeId"]))
    path = f"/crm/v4/associations/contacts/deals/labels/{back['typeId']}"
    assert portal.call("DELETE", path).status_code == 204
    assert portal.call("DELETE", path).status_code == 404
    read = portal.get(f"/crm/v4/objects/deals/{deal}/associations/contacts").json()["results"]
    assert [one["typeId"] for one in read[0]["associationTypes"]] == [3]
    assert portal.call("PUT", pair(deal, ada), json=own(there["typeId"])).status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"name": "x"}, {"label": "X"}, {"label": "", "name": "x"}, {"label": "X", "name": "buyer"}],
)
def test_label_that_cannot_be_is_refused(portal: Portal, body: dict[str, str]):
    add(portal)
    assert portal.post(f"{PAIR}/labels", body).status_code == 400


def test_one_label_more_than_a_pair_can_have_is_refused(portal: Portal):
    portal.store.switches.labels_per_pair = 2
    add(portal, "one")
    add(portal, "two")
    answer = portal.post(f"{PAIR}/labels", {"label": "Three", "name": "three"})
    assert answer.status_code == 437
    assert "No more than 2 association types" in answer.json()["message"]


def test_limit_on_ties_of_a_kind_is_held(portal: Portal, deal: str, ada: str):
    one = {"category": "HUBSPOT_DEFINED", "typeId": 3, "maxToObjectIds": 1}
    made = portal.post(f"{LIMITS}/batch/create", {"inputs": [one]})
    assert made.status_code == 201
    assert made.json()["results"][0]["userEnforcedMaxToObjectIds"] == 1
    bea = portal.create(CONTACTS, email="bea@example.com")
    default = f"/crm/v4/objects/deals/{deal}/associations/default/contacts"
    assert portal.call("PUT", f"{default}/{ada}").status_code == 200
    assert portal.call("PUT", f"{default}/{ada}").status_code == 200
    assert portal.call("PUT", f"{default}/{bea}").status_code == 400
    changed = portal.post(f"{LIMITS}/batch/update", {"inputs": [{**one, "maxToObjectIds": 2}]})
    assert changed.status_code == 200
    assert portal.call("PUT", f"{default}/{bea}").status_code == 200


def test_limits_are_listed_and_lifted(portal: Portal):
    one = {"category": "HUBSPOT_DEFINED", "typeId": 3}
    portal.post(f"{LIMITS}/batch/create", {"inputs": [{**one, "maxToObjectIds": 1}]})
    everywhere = "/crm/v4/associations/definitions/configurations/all"
    for path in (LIMITS, everywhere):
        told = portal.get(path).json()["results"]
        assert [(row["typeId"], row["userEnforcedMaxToObjectIds"]) for row in told] == [(3, 1)]
    assert portal.post(f"{LIMITS}/batch/purge", {"inputs": [one]}).status_code == 204
    assert portal.get(LIMITS).json()["results"] == []


def test_ties_of_many_deals_are_read_and_made_in_batches(portal: Portal, deal: str, ada: str):
    row = {"from": {"id": deal}, "to": {"id": ada}}
    made = portal.post(f"{PAIR}/batch/create", {"inputs": [{**row, "types": own_type(3)}]})
    assert made.status_code == 201
    read = portal.post(f"{PAIR}/batch/read", {"inputs": [{"id": deal}, {"id": "9"}]})
    assert read.status_code == 207
    assert read.json()["results"][0]["to"][0]["toObjectId"] == int(ada)
    assert read.json()["errors"][0]["message"] == "No contact is associated with deal 9."
    assert read.json()["errors"][0]["context"]["fromObjectType"] == ["deal"]


def own_type(number: int) -> list[dict[str, Any]]:
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
