from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.portal import CONTACTS, Portal

SCHEMAS = "/crm-object-schemas/v3/schemas"
PLATE = {
    "name": "plate",
    "label": "Plate",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


def car(**more: Any) -> dict[str, Any]:
    return {
        "name": "car",
        "labels": {"singular": "Car", "plural": "Cars"},
        "primaryDisplayProperty": "plate",
        "requiredProperties": ["plate"],
        "searchableProperties": ["plate"],
        "properties": [PLATE],
        "associatedObjects": ["CONTACT"],
        **more,
    }


def define(portal: Portal, **more: Any) -> dict[str, Any]:
    answer = portal.post(SCHEMAS, car(**more))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_definition_is_as_recorded(portal: Portal):
    told = define(portal)
    number = told["id"]
    assert told["objectTypeId"] == f"2-{number}"
    assert told["fullyQualifiedName"] == f"p{portal.store.account.id}_car"
    assert (told["metaType"], told["archived"], told["restorable"]) == (
        "PORTAL_SPECIFIC",
        False,
        True,
    )
    assert told["requiredProperties"] == told["searchableProperties"] == ["plate"]
    groups = {one["groupName"] for one in told["properties"]}
    assert groups == {"car_information"}
    names = {one["name"] for one in told["properties"]}
    assert names >= {"plate", "hs_createdate", "hs_lastmodifieddate", "hs_object_id"}
    there, back = told["associations"]
    assert (there["fromObjectTypeId"], there["toObjectTypeId"]) == (told["objectTypeId"], "0-1")
    assert there["name"] == back["name"] == "car_to_contact"
    assert portal.get(SCHEMAS).json()["results"] == [told]
    assert portal.get(f"{SCHEMAS}/{told['objectTypeId']}").json() == told


@pytest.mark.parametrize("path", ["/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"])
def test_definitions_are_read_under_other_paths(portal: Portal, path: str):
    # The first is recorded, and unknown to the clients the models were taken from.
    portal.service.app.taps.clear()
    told = define(portal)
    assert portal.get(path).json()["results"] == [told]


@pytest.mark.parametrize("word", ["{type}", "{full}", "p_car", "P_CAR", "{full_upper}"])
@pytest.mark.parametrize("path", ["/crm/v3/objects/", "/crm/objects/2026-09/"])
def test_records_are_reached_by_type_id_and_qualified_name(portal: Portal, path: str, word: str):
    told = define(portal)
    full = told["fullyQualifiedName"]
    name = word.format(type=told["objectTypeId"], full=full, full_upper=full.upper())
    made = portal.create(path + name, plate="B-1")
    read = portal.get(f"{path}{told['objectTypeId']}/{made}").json()
    assert set(read["properties"]) == {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert read["url"].endswith(f"/record/{told['objectTypeId']}/{made}")


def test_bare_name_is_not_known_unless_the_switch_says_so(portal: Portal):
    define(portal)
    answer = portal.get("/crm/v3/objects/cars")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Unable to infer object type from: cars"
    portal.store.switches.bare_custom_names = True
    assert portal.get("/crm/v3/objects/cars").status_code == 200


def test_record_without_a_required_property_is_refused(portal: Portal):
    path = f"/crm/v3/objects/{define(portal)['objectTypeId']}"
    answer = portal.post(path, {"properties": {}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"


def test_batches_search_upsert_and_merge_work_on_custom_records(portal: Portal):
    path = f"/crm/v3/objects/{define(portal)['objectTypeId']}"
    rows = [
        {"properties": {"plate": plate}, "objectWriteTraceId": plate} for plate in ("B-1", "B-2")
    ]
    rows.append({"properties": {"nope": "x", "plate": "B-3"}, "objectWriteTraceId": "bad"})
    made = portal.post(f"{path}/batch/create", {"inputs": rows})
    assert made.status_code == 207
    assert made.json()["errors"][0]["context"]["objectWriteTraceId"] == ["bad"]
    first, second = sorted(one["id"] for one in made.json()["results"])
    upsert = {"idProperty": "plate", "id": "B-2", "properties": {"plate": "B-2"}}
    told = portal.post(f"{path}/batch/upsert", {"inputs": [upsert]}).json()["results"]
    assert [(one["id"], one["new"]) for one in told] == [(second, False)]
    wanted = {"propertyName": "plate", "operator": "IN", "values": ["b-1"]}
    found = portal.post(f"{path}/search", {"filterGroups": [{"filters": [wanted]}]}).json()
    assert [one["id"] for one in found["results"]] == [first]
    body = {"inputs": [{"id": "B-1"}, {"id": "B-9"}], "idProperty": "plate"}
    body |= {"properties": ["plate"], "propertiesWithHistory": ["plate"]}
    read = portal.post(f"{path}/batch/read", body)
    assert read.status_code == 207
    history = read.json()["results"][0]["propertiesWithHistory"]["plate"]
    assert [one["value"] for one in history] == ["B-1"]
    archived = portal.post(f"{path}/batch/archive", {"inputs": [{"id": first}]})
    assert archived.status_code == 204
    assert portal.get(path).json()["results"][0]["id"] == second


def test_records_are_tied_to_contacts_by_the_portals_own_type(portal: Portal):
    told = define(portal)
    kind, path = int(told["associations"][0]["id"]), told["objectTypeId"]
    made = portal.create(f"/crm/v3/objects/{path}", plate="B-1")
    ada = portal.create(CONTACTS, email="ada@example.com")
    one = {"associationCategory": "USER_DEFINED", "associationTypeId": kind}
    pair = f"/crm/v4/objects/{path}/{made}/associations/contacts/{ada}"
    assert portal.call("PUT", pair, json=[one]).status_code == 201
    read = portal.get(f"/crm/v4/objects/contacts/{ada}/associations/{path}").json()
    assert read["results"][0]["associationTypes"][0]["label"] is None
    key = told["fullyQualifiedName"]
    contact = portal.get(f"{CONTACTS}/{ada}", associations=path).json()
    assert contact["associations"][key]["results"] == [{"id": made, "type": "contact_to_car"}]


def test_pair_that_was_not_associated_cannot_be_tied(portal: Portal):
    told = define(portal)
    made = portal.create(f"/crm/v3/objects/{told['objectTypeId']}", plate="B-1")
    deal = portal.create("/crm/v3/objects/deals", dealname="Big")
    path = f"/crm/v4/objects/deals/{deal}/associations/default/{told['objectTypeId']}/{made}"
    assert portal.call("PUT", path).status_code == 400
    body = {"fromObjectTypeId": told["objectTypeId"], "toObjectTypeId": "0-3", "name": "car_deal"}
    added = portal.post(f"{SCHEMAS}/p_car/associations", body)
    assert (added.status_code, added.json()["name"]) == (201, "car_deal")
    assert portal.call("PUT", path).status_code == 200
    gone = f"{SCHEMAS}/p_car/associations/{added.json()['id']}"
    assert portal.call("DELETE", gone).status_code == 204
    assert portal.call("DELETE", gone).status_code == 404
    assert portal.call("PUT", path).status_code == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"name": "9car"}, 400),
        ({"labels": {"singular": "Car"}}, 400),
        ({"primaryDisplayProperty": "nope"}, 400),
        ({"requiredProperties": ["nope"]}, 400),
        ({"primaryDisplayProperty": None}, 400),
        ({"associatedObjects": ["NOPE"]}, 400),
        ({"properties": [{**PLATE, "type": "nope"}]}, 400),
    ],
)
def test_definition_that_cannot_be_leaves_nothing(
    portal: Portal, more: dict[str, Any], status: int
):
    assert portal.post(SCHEMAS, car(**more)).status_code == status
    assert portal.get(SCHEMAS).json()["results"] == []
    define(portal)


def test_name_in_use_is_a_conflict_in_any_capitals(portal: Portal):
    define(portal)
    assert portal.post(SCHEMAS, car(name="CAR")).status_code == 409


def test_patch_changes_labels_and_display(portal: Portal):
    path = f"{SCHEMAS}/{define(portal)['objectTypeId']}"
    body = {
        "labels": {"singular": "Auto", "plural": "Autos"},
        "requiredProperties": [],
        "searchableProperties": ["plate"],
        "primaryDisplayProperty": "plate",
        "secondaryDisplayProperties": ["hs_object_id"],
        "description": "Vehicles",
        "restorable": True,
        "clearDescription": False,
    }
    told = portal.call("PATCH", path, json=body).json()
    assert told["labels"]["plural"] == "Autos"
    assert portal.get(path).json()["description"] == "Vehicles"
    assert portal.post("/crm/v3/objects/p_car", {"properties": {}}).status_code == 201
    body["requiredProperties"] = ["nope"]
    assert portal.call("PATCH", path, json=body).status_code == 400


def test_object_with_records_stays_until_they_are_archived(portal: Portal):
    told = define(portal)
    path, records = f"{SCHEMAS}/{told['objectTypeId']}", f"/crm/v3/objects/{told['objectTypeId']}"
    made = portal.create(records, plate="B-1")
    answer = portal.call("DELETE", path)
    assert answer.status_code == 400
    assert answer.json()["subCategory"].endswith("EXISTING_OBJECT_RECORDS")
    assert portal.call("DELETE", path, params={"archived": "true"}).status_code == 400
    portal.call("DELETE", f"{records}/{made}")
    assert portal.call("DELETE", path).status_code == 204
    assert portal.get(records).status_code == 400
    assert portal.get(SCHEMAS).json()["results"] == []
    (archived,) = portal.get(SCHEMAS, archived="true").json()["results"]
    assert (archived["archived"], archived["properties"]) == (True, [])
    assert portal.call("DELETE", path, params={"archived": "true"}).status_code == 204
    assert portal.get(SCHEMAS, archived="true").json()["results"] == []


def test_archived_name_can_be_taken_again(portal: Portal):
    old = define(portal)
    portal.call("DELETE", f"{SCHEMAS}/{old['objectTypeId']}")
    assert define(portal)["objectTypeId"] != old["objectTypeId"]


def test_standard_objects_have_definitions_too(portal: Portal):
    told = portal.get(f"{SCHEMAS}/CONTACT").json()
    assert (told["metaType"], told["id"], told["fullyQualifiedName"]) == ("HUBSPOT", "1", "CONTACT")
    assert told["createdAt"] == "1970-01-01T00:00:00.000Z"
    assert portal.call("DELETE", f"{SCHEMAS}/deals").status_code == 400


def test_property_an_object_is_shown_by_stays(portal: Portal):
    told = define(portal)
    path = f"/crm/v3/properties/{told['objectTypeId']}/plate"
    answer = portal.call("DELETE", path)
    assert answer.json()["subCategory"].endswith("CANNOT_DELETE_PROPERTY_IN_USE")


def test_several_definitions_are_read_at_once(portal: Portal):
    # The list of dated operations does not say in what form this is answered.
    portal.service.app.taps.clear()
    told = define(portal)
    body = {
        "inputs": [told["objectTypeId"], "0-3", "2-9"],
        "includeAssociationDefinitions": True,
        "includeAuditMetadata": False,
        "includePropertyDefinitions": True,
    }
    read = portal.post("/crm-object-schemas/2026-03/schemas/batch/read", body)
    assert [one["name"] for one in read.json()["results"]] == ["car", "DEAL"]


def test_scopes_of_custom_objects_are_their_own(portal: Portal):
    told = define(portal)
    portal.service.gate.scopes = frozenset({"crm.objects.contacts.read"})
    answer = portal.get(f"/crm/v3/objects/{told['objectTypeId']}")
    assert answer.status_code == 403
    scopes = answer.json()["errors"][0]["context"]["requiredGranularScopes"]
    assert scopes == ["crm.objects.custom.read"]
