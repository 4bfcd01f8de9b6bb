from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.sandbox.portal import Portal

PROPERTIES = "/crm/v3/properties/deals"
DEALS = "/crm/v3/objects/deals"
FAMILIES = (
    "/crm/v3/properties/deals",
    "/crm/properties/2026-03/0-3",
    "/crm/properties/2026-09/DEAL",
)


def wanted(name: str = "region", **more: Any) -> dict[str, Any]:
    base = {"name": name, "label": "Region", "type": "string", "fieldType": "text"}
    return {**base, "groupName": "dealinformation", **more}


@pytest.mark.parametrize("path", FAMILIES)
def test_property_of_a_deal_is_made_as_recorded(portal: Portal, path: str):
    answer = portal.post(path, wanted(description="Where"))
    told = answer.json()
    assert answer.status_code == 201
    assert told["modificationMetadata"] == {
        "archivable": True,
        "readOnlyDefinition": False,
        "readOnlyValue": False,
    }
    assert (told["options"], told["displayOrder"], told["calculated"]) == ([], -1, False)
    assert portal.get(f"{path}/region").json() == told


@pytest.mark.parametrize(
    ("more", "sub_category"),
    [
        ({"type": "enumeration", "fieldType": "select"}, None),
        (
            {"type": "bool", "fieldType": "booleancheckbox"},
            "PropertyValidationError.INVALID_BOOLEAN_OPTION",
        ),
        ({"externalOptions": True}, None),
        ({"groupName": "nowhere"}, None),
        ({"name": "Bad Name"}, None),
        ({"fieldType": "date"}, None),
    ],
)
def test_definition_that_cannot_be_is_refused(
    portal: Portal, more: dict[str, Any], sub_category: str | None
):
    answer = portal.post(PROPERTIES, wanted(**more))
    assert (answer.status_code, answer.json().get("subCategory")) == (400, sub_category)


def test_what_is_fixed_at_creation_is_passed_over(portal: Portal):
    portal.post(PROPERTIES, wanted())
    answer = portal.call("PATCH", "/crm/properties/2026-09/deals/region", json={"label": "R"})
    assert answer.status_code == 200
    portal.service.app.taps.clear()
    answer = portal.call("PATCH", f"{PROPERTIES}/region", json={"hasUniqueValue": True})
    assert (answer.status_code, answer.json()["hasUniqueValue"]) == (200, False)


def test_owner_property_of_a_portals_own_takes_owners_only(portal: Portal):
    line = {"system": "hubspot", "object": "owners", "key": "o1", "properties": {"email": "a@b.co"}}
    portal.load(line)
    more: dict[str, Any] = {"type": "enumeration", "fieldType": "select", "externalOptions": True}
    portal.post(PROPERTIES, wanted(**more, referencedObjectType="OWNER"))
    (owner,) = portal.store.owners
    assert portal.post(DEALS, {"properties": {"region": "9"}}).status_code == 400
    assert portal.post(DEALS, {"properties": {"region": str(owner.id)}}).status_code == 201


def test_formula_makes_a_property_calculated_and_holds_what_it_uses(portal: Portal):
    portal.post(PROPERTIES, wanted("fee", type="number", fieldType="number"))
    formula = wanted("double", type="number", fieldType="number", calculationFormula="fee * 2")
    told = portal.post(PROPERTIES, formula).json()
    assert (told["calculated"], told["fieldType"]) == (True, "calculation_equation")
    answer = portal.call("DELETE", f"{PROPERTIES}/fee")
    assert answer.json()["subCategory"] == "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
    assert answer.json()["errors"][0]["context"]["parentName"] == ["double"]


def test_values_survive_the_archive_of_their_property(portal: Portal):
    portal.post(PROPERTIES, wanted(hasUniqueValue=True))
    deal = portal.create(DEALS, region="north")
    assert portal.call("DELETE", f"{PROPERTIES}/region").status_code == 204
    assert portal.call("DELETE", f"{PROPERTIES}/region").status_code == 404
    hidden = portal.get(f"{DEALS}/{deal}", properties="region", propertiesWithHistory="region")
    assert "region" not in hidden.json()["properties"]
    portal.post(PROPERTIES, wanted(type="string", fieldType="textarea"))
    shown = portal.get(f"{DEALS}/north", idProperty="region", properties="region")
    assert shown.json()["properties"]["region"] == "north"


def test_archived_property_is_forgotten_after_ninety_days(portal: Portal):
    portal.post(PROPERTIES, wanted())
    portal.call("DELETE", f"{PROPERTIES}/region")
    assert len(portal.get(PROPERTIES, archived="true").json()["results"]) == 1
    portal.clock.move(timedelta(days=91))
    assert portal.get(PROPERTIES, archived="true").json()["results"] == []
    assert portal.get(f"{PROPERTIES}/region", archived="true").status_code == 404


def test_batches_of_definitions(portal: Portal):
    rows = [wanted("one"), wanted("two", type="nope")]
    made = portal.post(f"{PROPERTIES}/batch/create", {"inputs": [rows[0], rows[0]]})
    assert (made.status_code, made.json()["errors"][0]["category"]) == (
        207,
        "OBJECT_ALREADY_EXISTS",
    )
    gone = {"inputs": [{"name": "one"}, {"name": "nowhere"}]}
    assert portal.post(f"{PROPERTIES}/batch/archive", gone).status_code == 204
    for archived, found in ((True, ["one"]), (False, [])):
        read = portal.post(f"{PROPERTIES}/batch/read", {**gone, "archived": archived})
        assert [one["name"] for one in read.json()["results"]] == found


def test_groups_are_made_changed_and_archived_when_empty(portal: Portal):
    groups = f"{PROPERTIES}/groups"
    body = {"name": "crm", "label": "CRM", "displayOrder": 3}
    assert portal.post(groups, body).json() == {**body, "archived": False}
    assert portal.post(groups, body).status_code == 409
    portal.post(PROPERTIES, wanted(groupName="crm"))
    fresh = portal.call("PATCH", f"{groups}/crm", json={"label": "Sales"}).json()
    assert (fresh["label"], fresh["displayOrder"]) == ("Sales", 3)
    refused = portal.call("DELETE", f"{groups}/crm").json()
    assert refused["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    portal.call("DELETE", f"{PROPERTIES}/region")
    assert portal.call("DELETE", f"{groups}/crm").status_code == 204
    assert portal.get(f"{groups}/crm").status_code == 404


def test_only_ten_properties_of_an_object_are_unique(portal: Portal):
    for number in range(10):
        answer = portal.post(PROPERTIES, wanted(f"key_{number}", hasUniqueValue=True))
        assert answer.status_code == 201
    assert portal.post(PROPERTIES, wanted("key_10", hasUniqueValue=True)).status_code == 400


def test_new_lifecycle_stage_has_a_date_of_its_own(portal: Portal):
    path = "/crm/v3/properties/contacts/lifecyclestage"
    options = portal.get(path).json()["options"]
    options.append({"label": "Fan", "value": "12345", "displayOrder": 8, "hidden": False})
    assert portal.call("PATCH", path, json={"options": options}).status_code == 200
    made = portal.create("/crm/v3/objects/contacts", lifecyclestage="12345")
    values = portal.stored("contacts", made)
    assert values["hs_v2_date_entered_12345"] == values["createdate"]
    assert "hs_v2_date_entered_lead" not in values


def test_merge_beyond_what_a_record_can_hold_is_refused(portal: Portal):
    first = portal.create("/crm/v3/objects/contacts", email="a0@example.com")
    record = portal.store.table(portal.store.kind("contacts")).live[int(first)]
    object.__setattr__(record, "merged_ids", tuple(range(249)))
    object.__setattr__(record, "merged_at", (0,) * 249)
    second = portal.create("/crm/v3/objects/contacts", email="a1@example.com")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    answer = portal.post("/crm/v3/objects/contacts/merge", body)
    assert answer.status_code == 414
    assert answer.json()["message"] == "Cannot have more than 250 identities on a profile"
