from __future__ import annotations

import pytest

from tests.unit.sandbox.portal import CONTACTS, Portal

PROPERTIES = "/crm/v3/properties/contacts"


def definition(name: str, **more: object) -> dict:
    base = {
        "name": name,
        "label": name.title(),
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    return base | more


def test_standard_properties_are_listed_with_what_may_be_written(portal: Portal):
    listed = {one["name"]: one for one in portal.get(PROPERTIES).json()["results"]}
    assert listed["email"]["hasUniqueValue"] is True
    assert listed["email"]["modificationMetadata"]["readOnlyValue"] is False
    assert listed["hubspotscore"]["calculated"] is True
    assert listed["hubspotscore"]["modificationMetadata"]["readOnlyValue"] is True
    assert listed["hubspot_owner_id"]["referencedObjectType"] == "OWNER"


def test_lifecycle_stages_come_in_their_order(portal: Portal):
    options = portal.get(f"{PROPERTIES}/lifecyclestage").json()["options"]
    ordered = [one["value"] for one in sorted(options, key=lambda one: one["displayOrder"])]
    assert ordered[:3] == ["subscriber", "lead", "marketingqualifiedlead"]


def test_made_property_takes_values(portal: Portal):
    assert (
        portal.post(
            PROPERTIES, definition("shoe_size", type="number", fieldType="number")
        ).status_code
        == 201
    )
    made = portal.create(CONTACTS, shoe_size="42")
    assert portal.stored("contacts", made)["shoe_size"] == "42"


def test_name_in_use_is_a_conflict(portal: Portal):
    portal.post(PROPERTIES, definition("hobby"))
    answer = portal.post(PROPERTIES, definition("hobby"))
    assert answer.status_code == 409
    assert answer.json()["category"] == "OBJECT_ALREADY_EXISTS"
    assert answer.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Hobby"},
        {"type": "poem"},
        {"type": "number"},
        {"groupName": "nowhere"},
        {"label": ""},
        {"options": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]},
    ],
)
def test_bad_definition_is_refused(portal: Portal, wrong: dict):
    assert portal.post(PROPERTIES, definition("hobby") | wrong).status_code == 400


def test_eleventh_unique_property_is_refused(portal: Portal):
    answers = [
        portal.post(PROPERTIES, definition(f"key_{number}", hasUniqueValue=True)).status_code
        for number in range(11)
    ]
    assert answers == [201] * 10 + [400]


def test_changed_options_replace_the_old_ones(portal: Portal):
    options = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
    portal.post(
        PROPERTIES, definition("rank", type="enumeration", fieldType="select", options=options)
    )
    answer = portal.call("PATCH", f"{PROPERTIES}/rank", json={"options": options[:1]})
    assert [one["value"] for one in answer.json()["options"]] == ["a"]
    assert portal.post(CONTACTS, {"properties": {"rank": "b"}}).status_code == 400


def test_archived_property_comes_back_under_its_name(portal: Portal):
    created = portal.post(PROPERTIES, definition("hobby")).json()["createdAt"]
    assert portal.call("DELETE", f"{PROPERTIES}/hobby").status_code == 204
    assert portal.get(f"{PROPERTIES}/hobby").status_code == 404
    assert portal.get(f"{PROPERTIES}/hobby", archived="true").json()["archived"] is True
    again = portal.post(PROPERTIES, definition("hobby"))
    assert (again.status_code, again.json()["createdAt"]) == (201, created)


def test_several_options_are_joined_and_added_to(portal: Portal):
    options = [{"label": one, "value": one} for one in "abc"]
    portal.post(
        PROPERTIES, definition("likes", type="enumeration", fieldType="checkbox", options=options)
    )
    made = portal.create(CONTACTS, likes="a;b")
    portal.patch(f"{CONTACTS}/{made}", likes=";c")
    assert portal.stored("contacts", made)["likes"] == "a;b;c"


def test_batch_create_of_properties_is_partial(portal: Portal):
    body = {"inputs": [definition("hobby"), definition("email")]}
    answer = portal.post(f"{PROPERTIES}/batch/create", body)
    assert answer.status_code == 207
    assert [one["name"] for one in answer.json()["results"]] == ["hobby"]


def test_group_with_properties_stays(portal: Portal):
    portal.post(f"{PROPERTIES}/groups", {"name": "sales", "label": "Sales"})
    portal.post(PROPERTIES, definition("hobby", groupName="sales"))
    assert portal.call("DELETE", f"{PROPERTIES}/groups/sales").status_code == 400
    portal.call("DELETE", f"{PROPERTIES}/hobby")
    assert portal.call("DELETE", f"{PROPERTIES}/groups/sales").status_code == 204


@pytest.fixture
def owned(portal: Portal) -> Portal:
    for name, more in (("anna", {}), ("ben", {"archived": True})):
        properties = {"email": f"{name}@example.com", "firstName": name.title(), **more}
        portal.load(
            {"system": "hubspot", "object": "owners", "key": name, "properties": properties}
        )
    return portal


@pytest.mark.parametrize("path", ["/crm/v3/owners/", "/crm/v3/owners", "/crm/owners/2026-03"])
def test_owners_are_listed(owned: Portal, path: str):
    assert [one["email"] for one in owned.get(path).json()["results"]] == ["anna@example.com"]


def test_inactive_owner_is_listed_apart_without_its_user(owned: Portal):
    owner = owned.get("/crm/v3/owners/", archived="true").json()["results"][0]
    assert owner["userId"] is None
    assert owner["userIdIncludingInactive"]


def test_owner_is_found_by_email_in_any_case(owned: Portal):
    assert len(owned.get("/crm/v3/owners/", email="ANNA@example.com").json()["results"]) == 1


def test_owner_can_be_read_by_id_and_by_user(owned: Portal):
    owner = owned.get("/crm/v3/owners/").json()["results"][0]
    assert owned.get(f"/crm/v3/owners/{owner['id']}").json() == owner
    by_user = owned.get(f"/crm/v3/owners/{owner['userId']}", idProperty="userId")
    assert by_user.json() == owner


def test_record_can_be_given_to_an_owner(owned: Portal):
    owner = owned.get("/crm/v3/owners/").json()["results"][0]["id"]
    made = owned.create(CONTACTS, hubspot_owner_id=owner)
    assert owned.stored("contacts", made)["hubspot_owner_id"] == owner


@pytest.mark.parametrize("path", ["/account-info/v3/details", "/account-info/2026-03/details"])
def test_account_tells_its_portal(portal: Portal, path: str):
    assert portal.get(path).json()["portalId"] == portal.store.account.id


def test_daily_usage_counts_calls(portal: Portal):
    path = "/account-info/v3/api-usage/daily/private-apps"
    first = portal.get(path).json()["results"][0]
    assert portal.get(path).json()["results"][0]["currentUsage"] == first["currentUsage"] + 1
