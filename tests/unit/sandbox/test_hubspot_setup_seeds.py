from __future__ import annotations

from typing import Any

import pytest

from sandbox.errors import SeedError
from tests.unit.sandbox.portal import Portal

CAR: dict[str, Any] = {
    "system": "hubspot",
    "object": "schemas",
    "key": "car",
    "properties": {
        "name": "car",
        "labels": {"singular": "Car", "plural": "Cars"},
        "primaryDisplayProperty": "plate",
        "requiredProperties": ["plate"],
    },
}
GARAGE: dict[str, Any] = {
    "system": "hubspot",
    "object": "pipelines",
    "key": "garage",
    "properties": {
        "object": "deals",
        "id": "partners",
        "label": "Partners",
        "stages": [
            {"id": "met", "label": "Met", "metadata": {"probability": "0.1"}},
            {"id": "won", "label": "Won", "metadata": {"probability": "1"}},
        ],
    },
}
LINES: tuple[dict[str, Any], ...] = (
    {
        "system": "hubspot",
        "object": "car",
        "key": "car1",
        "properties": {"plate": "B-1"},
        "associations": [{"to": "deals", "key": "d1"}],
    },
    {
        "system": "hubspot",
        "object": "deals",
        "key": "d1",
        "properties": {"dealname": "Big", "pipeline": "partners"},
        "history": {
            "dealstage": [
                {"value": "met", "timestamp": "2026-01-05T09:00:00Z"},
                {"value": "won", "timestamp": "2026-01-09T09:00:00Z"},
            ]
        },
    },
    {
        "system": "hubspot",
        "object": "association_labels",
        "key": "l1",
        "properties": {"from": "car", "to": "deals", "name": "sold", "label": "Sold by"},
    },
    {
        "system": "hubspot",
        "object": "deals",
        "field": {"name": "region", "groupName": "crm", "description": "Where", "formField": True},
    },
    {
        "system": "hubspot",
        "object": "groups",
        "key": "g1",
        "properties": {"object": "deals", "name": "crm", "label": "CRM", "displayOrder": 2},
    },
    {"system": "hubspot", "object": "car", "field": {"name": "plate", "hasUniqueValue": True}},
    CAR,
    GARAGE,
    {
        "system": "hubspot",
        "object": "pipelines",
        "key": "p0",
        "properties": {"object": "tickets", "id": "0", "deleted": True},
    },
)


def exported(portal: Portal) -> list[dict[str, Any]]:
    return list(portal.store.export())


def test_setup_lines_may_stand_in_any_order(portal: Portal):
    portal.load(*LINES)
    (deal,) = portal.store.ids("deals")
    values = portal.stored("deals", deal)
    assert values["hs_v2_date_entered_met"] == "2026-01-05T09:00:00.000Z"
    assert values["hs_is_closed_won"] == "true"
    (car,) = portal.store.ids("car")
    ties = portal.get(f"/crm/v4/objects/p_car/{car}/associations/deals").json()["results"]
    assert [one["toObjectId"] for one in ties] == [int(deal)]
    assert portal.get("/crm/v3/pipelines/tickets").json()["results"] == []


def test_export_loads_again_as_the_same(portal: Portal):
    portal.load(*LINES)
    before = exported(portal)
    portal.store.clear()
    portal.load(*before)
    assert exported(portal) == before


def test_changes_made_over_the_api_are_exported(portal: Portal):
    stock = exported(portal)
    portal.call("PATCH", "/crm/v3/pipelines/deals/default/stages/closedwon", json={"label": "Yes"})
    options = portal.get("/crm/v3/properties/contacts/lifecyclestage").json()["options"][:3]
    path = "/crm/v3/properties/contacts/lifecyclestage"
    portal.call("PATCH", path, json={"options": options})
    before = exported(portal)
    assert len(before) == len(stock) + 2
    portal.store.clear()
    assert exported(portal) == stock
    portal.load(*before)
    assert len(portal.get(path).json()["options"]) == 3
    stage = portal.get("/crm/v3/pipelines/deals/default/stages/closedwon").json()
    assert stage["label"] == "Yes"


@pytest.mark.parametrize(
    "line",
    [
        {**CAR, "properties": {"name": "car"}},
        {**CAR, "properties": {**CAR["properties"], "primaryDisplayProperty": "nope"}},
        {**GARAGE, "properties": {**GARAGE["properties"], "stages": []}},
        {**GARAGE, "properties": {**GARAGE["properties"], "object": "contacts"}},
        {**LINES[2], "properties": {"from": "nothing", "to": "deals", "label": "X"}},
    ],
)
def test_line_that_cannot_be_used_is_named(portal: Portal, line: dict[str, Any]):
    with pytest.raises(SeedError, match=r"seed:1"):
        portal.load(line)


def test_clearing_forgets_the_setup(portal: Portal):
    portal.load(*LINES)
    portal.store.clear()
    assert portal.get("/crm/v3/objects/p_car").status_code == 400
    assert len(portal.get("/crm/v3/pipelines/deals").json()["results"]) == 1


def test_person_edits_deals_and_custom_records(portal: Portal):
    portal.load(*LINES)
    (car,) = portal.store.ids("car")
    assert portal.store.edit("car", car, {"plate": "B-2"}, by="person")["plate"] == "B-2"
    made = portal.store.add("deals", {"dealname": "Small", "dealstage": "closedlost"})
    assert portal.stored("deals", made)["hs_is_closed_lost"] == "true"
