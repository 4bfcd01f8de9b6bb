from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.portal import Portal

V3 = "/crm/v3/pipelines/deals"
NEW = "/crm/pipelines/2026-09/deals"
TICKETS = "/crm/pipelines/2026-09/tickets"
DEALS = "/crm/v3/objects/deals"


def stage(label: str, probability: str = "0.5", order: int = 0, **more: Any) -> dict[str, Any]:
    metadata = {"probability": probability}
    return {"label": label, "displayOrder": order, "metadata": metadata, **more}


def add(portal: Portal, label: str = "Partners", **more: Any) -> str:
    body = {"label": label, "displayOrder": 1, "stages": [stage("Met"), stage("Won", "1", 1)]}
    answer = portal.post(NEW, {**body, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def labels_and_orders(portal: Portal, path: str) -> list[tuple[str, int]]:
    stages = portal.get(f"{path}/stages").json()["results"]
    return [(one["label"], one["displayOrder"]) for one in stages]


@pytest.mark.parametrize("path", [V3, "/crm/v3/pipelines/0-3", "/crm/pipelines/2026-03/DEAL", NEW])
def test_portal_starts_with_the_sales_pipeline_as_recorded(portal: Portal, path: str):
    (pipeline,) = portal.get(path).json()["results"]
    assert (pipeline["id"], pipeline["label"]) == ("default", "Sales Pipeline")
    assert [(one["id"], one["metadata"]["probability"]) for one in pipeline["stages"]] == [
        ("appointmentscheduled", "0.2"),
        ("qualifiedtobuy", "0.4"),
        ("presentationscheduled", "0.6"),
        ("decisionmakerboughtin", "0.8"),
        ("contractsent", "0.9"),
        ("closedwon", "1.0"),
        ("closedlost", "0.0"),
    ]
    assert pipeline["stages"][5]["metadata"]["isClosed"] == "true"
    assert set(pipeline["stages"][0]) == {
        "label",
        "displayOrder",
        "metadata",
        "id",
        "createdAt",
        "updatedAt",
        "writePermissions",
        "archived",
    }


def test_stage_without_an_id_gets_a_number(portal: Portal):
    made = portal.get(f"{NEW}/{add(portal)}").json()
    assert made["id"].isdigit()
    assert all(one["id"].isdigit() for one in made["stages"])


@pytest.mark.parametrize(
    "body",
    [
        {"label": "Partners", "stages": []},
        {"label": "sales pipeline", "stages": [stage("Met")]},
        {"label": "P", "pipelineId": "default", "stages": [stage("Met")]},
        {"label": "P", "stages": [stage("Met"), stage(" met")]},
        {"label": "P", "stages": [{"label": "Met", "metadata": {}}]},
        {"label": "P", "stages": [stage("Met", "1.5")]},
        {"label": "P", "stages": [stage("Met", order=-1)]},
        {"stages": [stage("Met")]},
    ],
)
def test_pipeline_that_cannot_be_is_refused(portal: Portal, body: dict[str, Any]):
    answer = portal.post(NEW, body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_stage_id_of_another_pipeline_is_a_conflict(portal: Portal):
    body = {"label": "P", "stages": [stage("Met", stageId="closedwon")]}
    answer = portal.post(NEW, body)
    assert answer.status_code == 409
    assert answer.json()["subCategory"].endswith("STAGE_ID_EXISTS_IN_ANOTHER_PIPELINE")


@pytest.mark.parametrize(("told", "kept"), [("0.50", "0.5"), ("1", "1.0"), ("0", "0.0")])
def test_probability_decides_what_is_closed(portal: Portal, told: str, kept: str):
    body: dict[str, Any] = {"label": "P", "displayOrder": 1, "stages": [stage("Met", told)]}
    body["stages"][0]["metadata"]["isClosed"] = "true"
    path = f"{NEW}/{portal.post(NEW, body).json()['id']}"
    metadata = portal.get(path).json()["stages"][0]["metadata"]
    closed = "false" if kept == "0.5" else "true"
    assert metadata == {"probability": kept, "isClosed": closed}


def test_stage_on_a_taken_place_comes_after_and_all_are_renumbered(portal: Portal):
    path = f"{NEW}/{add(portal)}"
    portal.post(f"{path}/stages", stage("Shown", order=0))
    assert labels_and_orders(portal, path) == [("Met", 0), ("Shown", 1), ("Won", 2)]


def test_stage_on_a_free_place_leaves_the_others(portal: Portal):
    path = f"{NEW}/{add(portal)}"
    portal.post(f"{path}/stages", stage("Shown", order=7))
    assert labels_and_orders(portal, path) == [("Met", 0), ("Won", 1), ("Shown", 7)]


def test_stage_patch_keeps_what_is_not_sent(portal: Portal):
    path = f"{V3}/default/stages/closedwon"
    answer = portal.call("PATCH", path, json={"metadata": {}, "label": "Won!"})
    assert answer.json()["metadata"] == {"probability": "1.0", "isClosed": "true"}
    assert answer.json()["label"] == "Won!"


def test_stage_is_replaced_and_deleted(portal: Portal):
    path = f"{V3}/default/stages/contractsent"
    replaced = portal.call("PUT", path, json=stage("Sent", "0.7", 4))
    assert (replaced.status_code, replaced.json()["id"]) == (200, "contractsent")
    assert portal.call("PUT", path, json={"displayOrder": 4, "metadata": {}}).status_code == 400
    assert portal.call("DELETE", path).status_code == 204
    assert portal.call("DELETE", path).status_code == 204
    assert portal.get(path).status_code == 404


def test_put_of_a_pipeline_drops_the_stages_it_leaves_out(portal: Portal):
    path = f"{NEW}/{add(portal)}"
    met = portal.get(path).json()["stages"][0]["id"]
    body = {"label": "Partners", "displayOrder": 1, "stages": [stage("Seen", stageId=met)]}
    stages = portal.call("PUT", path, json=body).json()["stages"]
    assert [(one["id"], one["label"]) for one in stages] == [(met, "Seen")]


def test_patch_of_a_pipeline_changes_its_label_alone(portal: Portal):
    path = f"{NEW}/{add(portal)}"
    fresh = portal.call("PATCH", path, json={"label": "Resellers"}).json()
    assert (fresh["label"], fresh["displayOrder"], len(fresh["stages"])) == ("Resellers", 1, 2)


def test_stage_in_use_is_protected_on_the_newest_paths(portal: Portal):
    deal = portal.create(DEALS, dealname="Big", dealstage="contractsent")
    for path in (f"{NEW}/default/stages/contractsent", f"{NEW}/default"):
        answer = portal.call("DELETE", path)
        assert answer.status_code == 400
        assert answer.json()["subCategory"] == "PipelineError.STAGE_ID_IN_USE"
        assert answer.json()["context"]["objectIds"] == [f"[{deal}]"]
    portal.call("DELETE", f"{DEALS}/{deal}")
    assert portal.call("DELETE", f"{NEW}/default").status_code == 204


def test_older_paths_protect_a_stage_when_asked_to(portal: Portal):
    portal.create(DEALS, dealname="Big", dealstage="contractsent")
    asked = {"validateDealStageUsagesBeforeDelete": "true"}
    assert portal.call("DELETE", f"{V3}/default", params=asked).status_code == 400
    assert portal.call("DELETE", f"{V3}/default").status_code == 204


def test_last_stage_and_last_closed_ticket_stage_stay(portal: Portal):
    path = f"{NEW}/{add(portal, stages=[stage('Met')])}"
    only = portal.get(path).json()["stages"][0]["id"]
    assert portal.call("DELETE", f"{path}/stages/{only}").status_code == 400
    answer = portal.call("DELETE", f"{TICKETS}/0/stages/4")
    assert answer.json()["subCategory"] == "PipelineError.MISSING_CLOSED_STAGE"


@pytest.mark.parametrize("state", ["open", "DONE", 1])
def test_ticket_stage_is_open_or_closed(portal: Portal, state: Any):
    body = {"label": "Odd", "displayOrder": 9, "metadata": {"ticketState": state}}
    assert portal.post(f"{TICKETS}/0/stages", body).status_code == 400


def test_stages_are_the_options_of_the_property(portal: Portal):
    add(portal, stages=[stage("Met", stageId="met")])
    options = portal.get("/crm/v3/properties/deals/dealstage").json()["options"]
    assert options[-1]["value"] == "met"
    assert portal.get("/crm/v3/properties/deals/hs_date_entered_met").json()["calculated"] is True
    portal.call("DELETE", f"{NEW}/default/stages/closedlost")
    gone = "/crm/v3/properties/deals/hs_date_entered_closedlost"
    assert portal.get(gone).status_code == 404


def test_audit_tells_what_was_done(portal: Portal):
    path = f"{V3}/default"
    portal.call("PATCH", path, json={"label": "Sales"})
    portal.call("PATCH", f"{path}/stages/closedwon", json={"label": "Won"})
    (entry, *_) = portal.get(f"{path}/stages/closedwon/audit").json()["results"]
    assert (entry["identifier"], entry["action"]) == ("closedwon", "UPDATE")
    assert entry["rawObject"]["label"] == "Won"
    assert len(portal.get(f"{path}/audit").json()["results"]) == 2


def test_contacts_have_no_pipelines_of_their_own(portal: Portal):
    assert portal.get("/crm/v3/pipelines/contacts").status_code == 400


def test_custom_object_gets_stages_with_its_first_pipeline(portal: Portal):
    labels = {"singular": "Car", "plural": "Cars"}
    body = {
        "name": "car",
        "labels": labels,
        "primaryDisplayProperty": "hs_object_id",
        "requiredProperties": [],
        "properties": [],
        "associatedObjects": [],
    }
    car = portal.post("/crm-object-schemas/2026-09/schemas", body).json()["objectTypeId"]
    assert portal.get(f"/crm/v3/properties/{car}/hs_pipeline_stage").status_code == 404
    stages = [
        {"label": "In", "stageId": "in", "displayOrder": 0},
        {"label": "Out", "displayOrder": 1, "metadata": {"state": "CLOSED"}},
    ]
    pipeline = {"label": "Garage", "pipelineId": "garage", "displayOrder": 0, "stages": stages}
    assert portal.post(f"/crm/pipelines/2026-09/{car}", pipeline).status_code == 201
    made = portal.create(f"/crm/v3/objects/{car}", hs_pipeline_stage="in")
    assert portal.stored(car, made)["hs_pipeline"] == "garage"
    deleting = portal.call("DELETE", f"/crm/pipelines/2026-09/{car}/garage")
    assert deleting.json()["subCategory"] == "PipelineError.STAGE_ID_IN_USE"
