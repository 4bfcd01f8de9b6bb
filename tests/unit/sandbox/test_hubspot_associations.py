from __future__ import annotations

import pytest

from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal

PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
PLAIN = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
PAIRS = "/crm/v4/associations/contacts/companies"


@pytest.fixture
def ada(portal: Portal) -> str:
    return portal.create(CONTACTS, email="ada@example.com")


@pytest.fixture
def acme(portal: Portal) -> str:
    return portal.create(COMPANIES, name="Acme")


def tie(portal: Portal, contact: str, company: str, *types: dict):
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    return portal.call("PUT", path, json=list(types))


def types_of(portal: Portal, contact: str) -> dict[int, list[int]]:
    rows = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/companies").json()[
        "results"
    ]
    return {row["toObjectId"]: [one["typeId"] for one in row["associationTypes"]] for row in rows}


def test_primary_company_brings_the_plain_tie(portal: Portal, ada: str, acme: str):
    answer = tie(portal, ada, acme, PRIMARY)
    assert answer.status_code == 201
    assert answer.json()["labels"] == ["Primary"]
    assert types_of(portal, ada) == {int(acme): [1, 279]}


def test_tie_reads_from_the_other_end(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    row = portal.get(f"/crm/v4/objects/companies/{acme}/associations/contacts").json()["results"][0]
    assert row["toObjectId"] == int(ada)
    assert [one["typeId"] for one in row["associationTypes"]] == [2, 280]


def test_new_primary_company_takes_the_place_of_the_old(portal: Portal, ada: str, acme: str):
    other = portal.create(COMPANIES, name="Other")
    tie(portal, ada, acme, PRIMARY)
    tie(portal, ada, other, PRIMARY)
    assert types_of(portal, ada) == {int(acme): [279], int(other): [1, 279]}
    assert portal.stored("contacts", ada)["associatedcompanyid"] == other


def test_default_tie_is_plain(portal: Portal, ada: str, acme: str):
    path = f"/crm/v4/objects/contacts/{ada}/associations/default/companies/{acme}"
    assert portal.call("PUT", path).status_code == 200
    assert types_of(portal, ada) == {int(acme): [279]}
    assert "associatedcompanyid" not in portal.stored("contacts", ada)


def test_first_company_becomes_primary_where_the_portal_does_so(
    portal: Portal, ada: str, acme: str
):
    portal.store.switches.first_company_is_primary = True
    tie(portal, ada, acme, PLAIN)
    assert types_of(portal, ada) == {int(acme): [1, 279]}


def test_type_of_the_other_direction_is_refused(portal: Portal, ada: str, acme: str):
    wrong = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 2}
    assert tie(portal, ada, acme, wrong).status_code == 400


def test_record_without_ties_is_an_error_entry_of_a_207(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    alone = portal.create(CONTACTS, email="bo@example.com")
    answer = portal.post(f"{PAIRS}/batch/read", {"inputs": [{"id": ada}, {"id": alone}]})
    body = answer.json()
    assert answer.status_code == 207
    assert [one["from"]["id"] for one in body["results"]] == [ada]
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert body["errors"][0]["context"]["fromObjectId"] == [alone]


def test_dated_batch_read_gives_ids_as_texts(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    answer = portal.post(
        "/crm/associations/2026-03/contacts/companies/batch/read", {"inputs": [{"id": ada}]}
    )
    assert answer.status_code == 200
    assert answer.json()["results"][0]["to"][0]["toObjectId"] == acme


def test_batch_create_is_partial(portal: Portal, ada: str, acme: str):
    rows = [{"from": {"id": ada}, "to": {"id": one}, "types": [PRIMARY]} for one in (acme, "1234")]
    answer = portal.post(f"{PAIRS}/batch/create", {"inputs": rows})
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["message"] == "COMPANY=1234 is not valid"
    assert types_of(portal, ada) == {int(acme): [1, 279]}


def test_labels_are_taken_away_without_the_tie(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    row = {"from": {"id": ada}, "to": {"id": acme}, "types": [PRIMARY]}
    assert portal.post(f"{PAIRS}/batch/labels/archive", {"inputs": [row]}).status_code == 204
    assert types_of(portal, ada) == {int(acme): [279]}


def test_without_the_plain_type_no_tie_is_left(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    row = {"from": {"id": ada}, "to": {"id": acme}, "types": [PLAIN]}
    portal.post(f"{PAIRS}/batch/labels/archive", {"inputs": [row]})
    assert types_of(portal, ada) == {}


def test_batch_archive_cuts_pairs(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    row = {"from": {"id": ada}, "to": [{"id": acme}]}
    assert portal.post(f"{PAIRS}/batch/archive", {"inputs": [row]}).status_code == 204
    assert types_of(portal, ada) == {}


def test_archived_company_loses_its_ties_and_a_restored_one_has_them_again(
    portal: Portal, ada: str, acme: str
):
    tie(portal, ada, acme, PRIMARY)
    portal.store.archive("companies", acme)
    assert types_of(portal, ada) == {}
    portal.store.restore("companies", acme)
    assert types_of(portal, ada) == {int(acme): [1, 279]}


def test_create_ties_the_new_record(portal: Portal, acme: str):
    body = {
        "properties": {"email": "bo@example.com"},
        "associations": [{"to": {"id": acme}, "types": [PRIMARY]}],
    }
    made = portal.post(CONTACTS, body).json()["id"]
    assert portal.stored("contacts", made)["associatedcompanyid"] == acme


def test_create_tied_to_a_missing_record_makes_nothing(portal: Portal):
    body = {
        "properties": {"email": "bo@example.com"},
        "associations": [{"to": {"id": "77"}, "types": [PRIMARY]}],
    }
    answer = portal.post(CONTACTS, body)
    assert answer.status_code == 400
    assert answer.json()["context"]["INVALID_OBJECT_IDS"] == ["77"]
    assert portal.store.ids("contacts") == []


def test_record_read_names_each_kind_of_tie(portal: Portal, ada: str, acme: str):
    tie(portal, ada, acme, PRIMARY)
    record = portal.get(f"{CONTACTS}/{ada}", associations="companies").json()
    assert record["associations"]["companies"]["results"] == [
        {"id": acme, "type": "contact_to_company"},
        {"id": acme, "type": "contact_to_company_unlabeled"},
    ]


def test_merge_moves_ties_to_the_survivor(portal: Portal, ada: str, acme: str):
    other = portal.create(CONTACTS, email="bo@example.com")
    tie(portal, other, acme, PRIMARY)
    merged = portal.post(
        f"{CONTACTS}/merge", {"primaryObjectId": ada, "objectIdToMerge": other}
    ).json()["id"]
    assert types_of(portal, merged) == {int(acme): [1, 279]}


def test_company_has_one_parent(portal: Portal, acme: str):
    first, second = (portal.create(COMPANIES, name=name) for name in ("One", "Two"))
    parent = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}
    for one in (first, second):
        path = f"/crm/v4/objects/companies/{acme}/associations/companies/{one}"
        assert portal.call("PUT", path, json=[parent]).status_code == 201
    assert portal.stored("companies", acme)["hs_parent_company_id"] == second


def test_own_label_can_be_made_and_used(portal: Portal, ada: str, acme: str):
    made = portal.post(f"{PAIRS}/labels", {"label": "Advisor", "name": "advisor"}).json()["results"]
    own = {"associationCategory": "USER_DEFINED", "associationTypeId": made[0]["typeId"]}
    assert tie(portal, ada, acme, own).json()["labels"] == ["Advisor"]
    listed = portal.get(f"{PAIRS}/labels").json()["results"]
    assert {one["label"] for one in listed} == {"Primary", None, "Advisor"}
