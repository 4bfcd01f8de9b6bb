"""HubSpot's own Python client leads records of every object from the first to the last operation.

All that is said on the way is held against HubSpot's published models.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.contacts import PublicGdprDeleteInput
from hubspot.crm.objects import PublicObjectSearchRequest
from hubspot.crm.properties import PropertyCreate

from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.contract.hubspot_models import Listener
from tests.contract.hubspot_spec import Spec
from tests.contract.sandboxes import serving

KEY: JsonObject = {"name": "sf_key", "type": "string", "hasUniqueValue": True}
CAR: JsonObject = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "primaryDisplayProperty": "plate",
}
SEED: list[JsonObject] = [
    {"system": "hubspot", "object": "schemas", "key": "car", "properties": CAR},
    {"system": "hubspot", "object": "car", "field": {"name": "plate", "type": "string"}},
    {"system": "hubspot", "object": "contacts", "field": KEY},
    {"system": "hubspot", "object": "companies", "field": KEY},
    {"system": "hubspot", "object": "deals", "field": KEY},
    {"system": "hubspot", "object": "car", "field": KEY},
]

#: Each object with its name property; its records are made by `values`.
OBJECTS = {"contacts": "firstname", "companies": "name", "deals": "dealname", "p_car": "plate"}


@pytest.fixture
def sandbox(hubspot_spec: Spec | None) -> Iterator[Sandbox]:
    listener = Listener(hubspot_spec)
    with serving(SEED) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox
    listener.assert_clean()


@pytest.fixture
def client(sandbox: Sandbox) -> HubSpot:
    return HubSpot(access_token=sandbox.hubspot_token, host=sandbox.hubspot_url)


def values(name: str, word: str) -> dict[str, str]:
    more = {"contacts": {"email": f"{word}@example.com"}, "deals": {"dealstage": "contractsent"}}
    return {OBJECTS[name]: word, **more.get(name, {})}


@pytest.mark.parametrize("name", OBJECTS)
def test_client_leads_one_record_from_first_to_last(client: HubSpot, name: str) -> None:
    api, called = client.crm.objects.basic_api, OBJECTS[name]
    made = api.create(name, {"properties": values(name, "nia"), "associations": []})
    api.update(name, made.id, {"properties": {called: "Noor", "sf_key": "K1"}})
    told = api.get_by_id(
        name, "K1", properties=[called], properties_with_history=[called], id_property="sf_key"
    )
    assert (told.id, told.properties[called]) == (made.id, "Noor")
    assert [one.value for one in told.properties_with_history[called]] == ["Noor", "nia"]
    assert [one.id for one in api.get_page(name, limit=1).results] == [made.id]
    api.archive(name, made.id)
    assert api.get_page(name).results == []
    assert [one.archived for one in api.get_page(name, archived=True).results] == [True]
    with pytest.raises(Exception, match="404"):
        api.get_by_id(name, made.id)


@pytest.mark.parametrize("name", OBJECTS)
def test_client_leads_a_batch_from_first_to_last(client: HubSpot, name: str) -> None:
    api, called = client.crm.objects.batch_api, OBJECTS[name]
    rows: list[object] = [
        {"properties": values(name, word), "associations": [], "objectWriteTraceId": word}
        for word in ("bea", "cyd")
    ]
    bad = {"properties": {"novelty": "1"}, "associations": [], "objectWriteTraceId": "bad"}
    made = api.create(name, {"inputs": [*rows, bad]})
    assert len(made.results) == 2
    assert [one.context["objectWriteTraceId"] for one in made.errors] == [["bad"]]
    ids = [one.id for one in made.results]
    api.update(name, {"inputs": [{"id": each, "properties": {called: "Noor"}} for each in ids]})
    put = api.upsert(
        name,
        {
            "inputs": [
                {"id": "K1", "idProperty": "sf_key", "properties": values(name, "dora")},
            ]
        },
    )
    assert [one.new for one in put.results] == [True]
    asked = {
        "idProperty": "sf_key",
        "inputs": [{"id": "K1"}, {"id": "K2"}],
        "properties": [called],
        "propertiesWithHistory": [],
    }
    read = api.read(name, asked)
    assert ([one.properties[called] for one in read.results], read.num_errors) == (["dora"], 1)
    api.archive(name, {"inputs": [{"id": each} for each in ids]})
    left = client.crm.objects.basic_api.get_page(name).results
    assert [one.id for one in left] == [put.results[0].id]


@pytest.mark.parametrize("name", OBJECTS)
def test_client_searches_with_every_operator(client: HubSpot, name: str) -> None:
    called = OBJECTS[name]
    for word in ("ada", "bea", "cyd"):
        body = {"properties": values(name, word), "associations": []}
        client.crm.objects.basic_api.create(name, body)
    filters: dict[str, tuple[dict, set[str]]] = {
        "EQ": ({"value": "ADA"}, {"ada"}),
        "NEQ": ({"value": "ada"}, {"bea", "cyd"}),
        "IN": ({"values": ["ada", "cyd"]}, {"ada", "cyd"}),
        "NOT_IN": ({"values": ["ada"]}, {"bea", "cyd"}),
        "LT": ({"value": "bea"}, {"ada"}),
        "LTE": ({"value": "bea"}, {"ada", "bea"}),
        "GT": ({"value": "bea"}, {"cyd"}),
        "GTE": ({"value": "bea"}, {"bea", "cyd"}),
        "BETWEEN": ({"value": "ada", "highValue": "bea"}, {"ada", "bea"}),
        "CONTAINS_TOKEN": ({"value": "be*"}, {"bea"}),
        "NOT_CONTAINS_TOKEN": ({"value": "be*"}, {"ada", "cyd"}),
        "HAS_PROPERTY": ({}, {"ada", "bea", "cyd"}),
        "NOT_HAS_PROPERTY": ({}, set()),
    }
    for operator, (more, wanted) in filters.items():
        asked = PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": called, "operator": operator, **more}]},
            ],
            properties=[called],
            limit=10,
        )
        found = client.crm.objects.search_api.do_search(name, asked)
        assert {one.properties[called] for one in found.results} == wanted, operator


@pytest.mark.parametrize("name", ["contacts", "companies", "deals"])
def test_client_merges_two_records_into_a_new_one(client: HubSpot, name: str) -> None:
    api = getattr(client.crm, name).basic_api
    ids = [
        api.create({"properties": values(name, word), "associations": []}).id
        for word in ("ada", "bea")
    ]
    whole = api.merge({"primaryObjectId": ids[0], "objectIdToMerge": ids[1]})
    assert whole.id not in ids
    kept = api.get_by_id(whole.id, properties=["hs_merged_object_ids"])
    assert set(kept.properties["hs_merged_object_ids"].split(";")) == set(ids)


def test_client_forgets_a_contact_for_good(client: HubSpot) -> None:
    api = client.crm.contacts
    made = api.basic_api.create({"properties": {"email": "a@example.com"}, "associations": []})
    api.basic_api.purge(PublicGdprDeleteInput(object_id=made.id))
    assert api.basic_api.get_page(archived=True).results == []


def test_client_ties_in_batches_with_labels_and_a_primary_company(client: HubSpot) -> None:
    contact = client.crm.contacts.basic_api.create(
        {"properties": {"email": "a@example.com"}, "associations": []}
    )
    firms = [
        client.crm.companies.basic_api.create({"properties": {"name": word}, "associations": []}).id
        for word in ("one", "two")
    ]
    api = client.crm.associations.v4
    api.batch_api.create_default(
        "contacts",
        "companies",
        {"inputs": [{"from": {"id": contact.id}, "to": {"id": each}} for each in firms]},
    )
    primary = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)
    api.basic_api.create("contacts", contact.id, "companies", firms[1], [primary])
    told = api.basic_api.get_page("contacts", contact.id, "companies").results
    labels = {str(one.to_object_id): {kind.label for kind in one.association_types} for one in told}
    assert labels == {firms[0]: {None}, firms[1]: {None, "Primary"}}
    read = client.crm.contacts.basic_api.get_by_id(contact.id, properties=["associatedcompanyid"])
    assert read.properties["associatedcompanyid"] == firms[1]
    api.basic_api.archive("contacts", contact.id, "companies", firms[1])
    page = api.batch_api.get_page("contacts", "companies", {"inputs": [{"id": contact.id}]})
    assert [str(one.to_object_id) for one in page.results[0].to] == firms[:1]


@pytest.mark.parametrize("name", OBJECTS)
def test_client_defines_every_type_of_property(client: HubSpot, name: str) -> None:
    api = client.crm.properties.core_api
    group = client.crm.properties.groups_api.get_all(name).results[0].name
    types = {
        "string": "textarea",
        "number": "number",
        "date": "date",
        "datetime": "date",
        "enumeration": "select",
        "bool": "booleancheckbox",
    }
    options = {
        "enumeration": [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
        "bool": [
            {"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False},
            {"label": "No", "value": "false", "displayOrder": 1, "hidden": False},
        ],
    }
    for kind, widget in types.items():
        made = api.create(
            name,
            PropertyCreate(
                name=f"x_{kind}",
                label=kind,
                type=kind,
                field_type=widget,
                group_name=group,
                options=options.get(kind, []),
            ),
        )
        assert (made.type, made.field_type) == (kind, widget)
    assert {f"x_{kind}" for kind in types} <= {one.name for one in api.get_all(name).results}
