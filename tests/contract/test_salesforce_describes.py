"""The Salesforce stand-in's describes, compared with those recorded from real orgs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.salesforce.api.describes import DescribeHandlers
from sandbox.salesforce.api.exchange import ApiRequest
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.store import SalesforceStore

ROOT = Path(__file__).parents[2]
OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole")
FROM_OTHER_VERSIONS = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
"""Keys that describes of older API versions lack."""

NOT_THERE = {
    "Account": {
        "RecordTypeId",
        "IsPartner",
        "IsCustomerPortal",
        "ChannelProgramName",
        "ChannelProgramLevelName",
        "JigsawCompanyId",
        "DandbCompanyId",
        "OperatingHoursId",
    },
    "Contact": {"LastCURequestDate", "LastCUUpdateDate", "JigsawContactId", "IndividualId"},
    "Lead": {"JigsawContactId", "DandbCompanyId", "IndividualId"},
    "Opportunity": {"Pricebook2Id", "HasOpenActivity", "HasOverdueTask"},
    "OpportunityContactRole": set(),
}
"""Fields the stand-in has no use for: those of objects and features it lacks."""

DIFFERENT = {("Lead", "IsConverted", "createable"), ("Opportunity", "Fiscal", "byteLength")}

ODD = {("Lead", "keyPrefix"), ("Event", "keyPrefix"), ("Event", "mergeable")}
"""What the recorded list of objects says against the recorded describes and the documentation."""


def recorded(name):
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    path = shared / "fixtures" / "salesforce" / "cumulusci" / f"GET_sobjects_{name}_describe.json"
    if not path.is_file():
        pytest.skip("the recorded describes are not there")
    body = json.loads(path.read_text())[0]["response"]["body"]
    text = body["string"] if isinstance(body, dict) and "string" in body else body
    return json.loads(text) if isinstance(text, str) else text


@pytest.fixture(scope="module")
def handlers():
    return DescribeHandlers(Org(SalesforceStore(Clock())))


def ours(handlers, name):
    request = ApiRequest(method="GET", version="59.0", path=())
    return handlers.describe(request, name).body


def shape(value):
    """Give a value's type, numbers all being one."""
    return "number" if type(value) in (int, float) else type(value).__name__


@pytest.mark.parametrize("name", OBJECTS)
def test_describe_has_the_keys_of_a_recorded_one(handlers, name):
    assert set(ours(handlers, name)) - FROM_OTHER_VERSIONS == set(recorded(name)) - (
        FROM_OTHER_VERSIONS
    )


@pytest.mark.parametrize("name", OBJECTS)
def test_flags_of_the_object_are_those_recorded(handlers, name):
    real, made = recorded(name), ours(handlers, name)
    flags = {key for key, value in real.items() if not isinstance(value, (dict, list))}
    assert {key: made[key] for key in flags} == {key: real[key] for key in flags}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_recorded_standard_field_is_there(handlers, name):
    real = {one["name"] for one in recorded(name)["fields"] if "__" not in one["name"]}
    made = {one["name"] for one in ours(handlers, name)["fields"]}
    assert real - made == NOT_THERE[name]


@pytest.mark.parametrize("name", OBJECTS)
def test_fields_say_of_themselves_what_was_recorded(handlers, name):
    real = {one["name"]: one for one in recorded(name)["fields"]}
    differences = [
        (field["name"], key, value, field.get(key, "missing"))
        for field in ours(handlers, name)["fields"]
        for key, value in real.get(field["name"], {}).items()
        if key != "picklistValues"
        and field.get(key, "missing") != value
        and (name, field["name"], key) not in DIFFERENT
    ]
    assert differences == []


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("part", ["childRelationships", "recordTypeInfos", "fields"])
def test_parts_have_the_keys_and_types_recorded(handlers, name, part):
    real, made = recorded(name)[part], ours(handlers, name)[part]
    if not real:
        assert made == []
        return
    types = {key: {shape(one[key]) for one in real} for key in real[0]}
    for one in made:
        assert set(one) == set(real[0])
        if part != "fields":
            assert {key: shape(value) for key, value in one.items() if value is not None} == {
                key: shape(value)
                for key, value in one.items()
                if value is not None and shape(value) in types[key]
            }


@pytest.mark.parametrize("name", OBJECTS)
def test_relationships_to_children_cascade_as_recorded(handlers, name):
    def told(described):
        return {
            (one["childSObject"], one["field"]): (one["relationshipName"], one["cascadeDelete"])
            for one in described["childRelationships"]
        }

    real, made = told(recorded(name)), told(ours(handlers, name))
    shared = set(real) & set(made)
    assert {key: made[key] for key in shared} == {key: real[key] for key in shared}


def test_objects_in_short_have_the_keys_recorded(handlers):
    request = ApiRequest(method="GET", version="59.0", path=())
    body = handlers.everything(request).body
    real = recorded("Global")
    assert set(body) == set(real)
    assert all(set(one) == set(real["sobjects"][0]) for one in body["sobjects"])


def test_objects_in_short_are_as_recorded(handlers):
    request = ApiRequest(method="GET", version="59.0", path=())
    made = {one["name"]: one for one in handlers.everything(request).body["sobjects"]}
    differences = []
    for real in recorded("Global")["sobjects"]:
        for key, value in real.items():
            ours = made.get(real["name"])
            if ours is None or key == "urls" or (real["name"], key) in ODD:
                continue
            if ours[key] != value:
                differences.append((real["name"], key, value, ours[key]))
    assert differences == []
