"""What describing an object asks HubSpot, against answers written by hand."""

from __future__ import annotations

import pytest

from sync.domain.errors import NoSuchObjectError, UnavailableError
from sync.domain.ports import ChangeQuery
from sync.domain.schema import Option

SCHEMAS = "/crm-object-schemas/v3/schemas"
DETAILS = "/account-info/v3/details"

DEAL = {
    "results": [
        {"name": "dealname", "label": "Deal name", "type": "string", "fieldType": "text"},
        {"name": "pipeline", "label": "Pipeline", "type": "enumeration", "fieldType": "select"},
        {"name": "dealstage", "label": "Stage", "type": "enumeration", "fieldType": "radio"},
    ]
}
PIPELINES = {
    "results": [
        {
            "id": "700",
            "label": "Renewals",
            "displayOrder": 1,
            "archived": True,
            "stages": [
                {"id": "72", "label": "Signed", "displayOrder": 1},
                {"id": "71", "label": "Open", "displayOrder": 0},
            ],
        },
        {
            "id": "default",
            "label": "Sales",
            "displayOrder": 0,
            "stages": [{"id": "won", "label": "Won", "displayOrder": 0}],
        },
    ]
}
MACHINES = {
    "results": [
        {
            "objectTypeId": "2-345",
            "name": "machine",
            "fullyQualifiedName": "p123_machine",
            "labels": {"singular": "Machine", "plural": "Machines"},
            "requiredProperties": ["serial"],
        },
        {"objectTypeId": "2-9", "name": "old", "archived": True},
        {"name": "without an id"},
    ]
}
SERIAL = {"results": [{"name": "serial", "type": "string", "fieldType": "text"}]}


def test_deals_are_divided_into_their_pipelines(wire, crm):
    wire.on("GET", "/crm/v3/properties/deals", (200, DEAL))
    wire.on("GET", "/crm/v3/pipelines/deals", (200, PIPELINES))

    shape = crm.describe("deals")

    assert shape.divided_by == "pipeline"
    assert [(one.id, one.name, one.active) for one in shape.divisions] == [
        ("default", "Sales", True),
        ("700", "Renewals", False),
    ]
    assert shape.divisions[1].options["dealstage"] == (
        Option("71", "Open"),
        Option("72", "Signed"),
    )
    stage = shape.fields["dealstage"]
    assert stage.named_by_label
    assert [option.value for option in stage.options] == ["won", "71", "72"]


def test_objects_without_stages_are_asked_for_no_pipelines(wire, crm):
    wire.on("GET", "/crm/v3/properties/companies", (200, SERIAL))

    shape = crm.describe("companies")

    assert (shape.divided_by, shape.divisions) == ("", ())
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "name", ["machine", "Machines", "p123_machine", "p_machine", "2-345", "MACHINE"]
)
def test_custom_object_is_called_by_its_type_id_whatever_the_mapping_calls_it(wire, crm, name):
    wire.on("GET", SCHEMAS, (200, MACHINES))
    wire.on("GET", "/crm/v3/properties/2-345", (200, SERIAL))
    wire.on("POST", "/crm/v3/objects/2-345/search", (200, {"results": [], "total": 0}))

    shape = crm.describe(name)
    crm.peek([ChangeQuery(object_name=name, fields=("serial",), since=None)])

    assert (shape.name, shape.label, shape.address) == (name, "Machines", "2-345")
    assert shape.fields["serial"].required
    assert len(wire.sent("/crm/v3/objects/2-345/search")) == 1


def test_remembered_custom_object_needs_no_look_at_definitions(wire, crm, connected):
    wire.on("GET", SCHEMAS, (200, MACHINES))
    wire.on("GET", "/crm/v3/properties/2-345", (200, SERIAL))
    wire.on("POST", "/crm/v3/objects/2-345/search", (200, {"results": [], "total": 0}))
    shape = crm.describe("machine")
    wire.requests.clear()

    later = connected()
    later.remember([shape])
    later.peek([ChangeQuery(object_name="machine", fields=("serial",), since=None)])

    assert [request.path for request in wire.requests] == ["/crm/v3/objects/2-345/search"]


@pytest.mark.parametrize(
    "reply",
    [
        (403, {"category": "MISSING_SCOPES", "message": "no"}),
        (404, "<html>nothing</html>"),
        (200, {"results": []}),
    ],
)
def test_whole_name_works_where_definitions_may_not_be_seen(wire, crm, reply):
    wire.on("GET", SCHEMAS, reply)
    wire.on("GET", "/crm/v3/properties/p123_machine", (200, SERIAL))

    assert crm.describe("p123_machine").address == ""


def test_unknown_object_tells_the_names_there_are(wire, crm):
    wire.on("GET", SCHEMAS, (200, MACHINES))
    wire.on(
        "GET",
        "/crm/v3/properties/machnie",
        (400, {"category": "VALIDATION_ERROR", "message": "Unable to infer object type from: x"}),
    )

    with pytest.raises(NoSuchObjectError, match="machnie") as caught:
        crm.describe("machnie")

    assert {"machine", "deals"} <= set(caught.value.known)
    assert "old" not in caught.value.known


def test_zone_of_the_portal_goes_with_objects_that_hold_times(wire, crm):
    wire.on("GET", DETAILS, (200, {"portalId": 1, "timeZone": "US/Eastern"}))
    times = {"results": [{"name": "due", "type": "datetime", "fieldType": "date"}]}
    wire.on("GET", "/crm/v3/properties/companies", (200, times))
    wire.on("GET", "/crm/v3/properties/contacts", (200, times))

    zones = [crm.describe(name).zone for name in ("companies", "contacts")]

    assert zones == ["US/Eastern", "US/Eastern"]
    assert len(wire.sent(DETAILS)) == 1


def test_currency_is_told_where_the_portal_has_several(wire, crm):
    money = {"name": "deal_currency_code", "type": "enumeration", "fieldType": "select"}
    wire.on("GET", "/crm/v3/properties/deals", (200, {"results": [*DEAL["results"], money]}))
    wire.on("GET", "/crm/v3/pipelines/deals", (200, PIPELINES))

    assert crm.describe("deals").currency_field == "deal_currency_code"


@pytest.mark.parametrize(
    "odd",
    [
        {"results": []},
        {"results": [{"label": "no id", "stages": []}]},
        {"results": [{"id": "1", "stages": "none"}, {"id": "2", "stages": [{"label": "x"}, 5]}]},
    ],
)
def test_odd_pipelines_break_nothing(wire, crm, odd):
    wire.on("GET", "/crm/v3/properties/deals", (200, DEAL))
    wire.on("GET", "/crm/v3/pipelines/deals", (200, odd))

    assert "dealstage" in crm.describe("deals").fields


@pytest.mark.parametrize(
    "reply",
    [
        (400, {"category": "VALIDATION_ERROR", "message": "Object type 0-9 has no pipelines"}),
        (403, {"category": "MISSING_SCOPES", "message": "no"}),
        (404, {"category": "OBJECT_NOT_FOUND", "message": "no"}),
        (404, "<html>nothing</html>"),
    ],
)
def test_object_whose_pipelines_cannot_be_seen_is_described_without(wire, crm, reply):
    wire.on("GET", "/crm/v3/properties/deals", (200, DEAL))
    wire.on("GET", "/crm/v3/pipelines/deals", reply)

    shape = crm.describe("deals")

    assert (shape.divided_by, shape.divisions) == ("", ())
    assert not shape.fields["dealstage"].named_by_label


def test_fault_of_hubspots_own_is_not_taken_for_no_pipelines(wire, crm):
    wire.on("GET", "/crm/v3/properties/deals", (200, DEAL))
    wire.on("GET", "/crm/v3/pipelines/deals", (503, "busy"))

    with pytest.raises(UnavailableError):
        crm.describe("deals")
