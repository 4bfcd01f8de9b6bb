"""HubSpot's own Python client drives deals, pipelines, custom objects and their definitions.

All that is said on the way is held against HubSpot's published models.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.associations.v4.schema import (
    PublicAssociationDefinitionCreateRequest,
    PublicAssociationDefinitionUpdateRequest,
)
from hubspot.crm.deals import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputUpsert,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.pipelines import (
    PipelineInput,
    PipelinePatchInput,
    PipelineStageInput,
    PipelineStagePatchInput,
)
from hubspot.crm.properties import PropertyCreate, PropertyGroupCreate, PropertyUpdate
from hubspot.crm.schemas import (
    AssociationDefinitionEgg,
    ObjectSchemaEgg,
    ObjectTypeDefinitionLabels,
    ObjectTypeDefinitionPatch,
    ObjectTypePropertyCreate,
)

from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.contract.hubspot_models import Listener
from tests.contract.hubspot_spec import Spec
from tests.contract.sandboxes import serving

SEED: tuple[JsonObject, ...] = (
    {
        "system": "hubspot",
        "object": "contacts",
        "key": "ada",
        "id": "1",
        "properties": {"email": "ada@example.com"},
    },
    {
        "system": "hubspot",
        "object": "deals",
        "field": {"name": "sfdc_id", "type": "string", "hasUniqueValue": True},
    },
)


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


def test_client_leads_a_deal_to_its_end(client: HubSpot) -> None:
    api = client.crm.deals.basic_api
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}
    made = api.create(
        SimplePublicObjectInputForCreate(
            properties={"dealname": "Big", "dealstage": "contractsent", "amount": "9"},
            associations=[{"to": {"id": "1"}, "types": [kind]}],
        )
    )
    api.update(made.id, SimplePublicObjectInput(properties={"dealstage": "closedwon"}))
    read = api.get_by_id(
        made.id,
        properties=["hs_is_closed_won", "hs_v2_date_entered_closedwon"],
        properties_with_history=["dealstage"],
        associations=["contacts"],
    )
    assert read.properties["hs_is_closed_won"] == "true"
    stages = [one.value for one in read.properties_with_history["dealstage"]]
    assert stages == ["closedwon", "contractsent"]
    assert [one.type for one in read.associations["contacts"].results] == ["deal_to_contact"]
    contact = client.crm.contacts.basic_api.get_by_id("1", properties=["lifecyclestage"])
    assert contact.properties["lifecyclestage"] == "customer"


def test_client_changes_upserts_finds_and_merges_deals(client: HubSpot) -> None:
    deals = client.crm.deals
    rows = [{"idProperty": "sfdc_id", "id": key, "properties": {"dealname": key}} for key in "AB"]
    made = deals.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=rows))
    assert all(one.new for one in made.results)
    ids = sorted(one.id for one in made.results)
    row = {"id": ids[0], "properties": {"dealstage": "nowhere"}, "objectWriteTraceId": "t"}
    changed = deals.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=[row]))
    assert (changed.num_errors, changed.errors[0].context["objectWriteTraceId"]) == (1, ["t"])
    wanted = {"propertyName": "dealname", "operator": "CONTAINS_TOKEN", "value": "B"}
    asked = PublicObjectSearchRequest(
        filter_groups=[{"filters": [wanted]}], properties=["sfdc_id"], limit=10
    )
    found = deals.search_api.do_search(asked)
    assert [one.properties["sfdc_id"] for one in found.results] == ["B"]
    merged = deals.basic_api.merge(
        PublicMergeInput(primary_object_id=ids[0], object_id_to_merge=ids[1])
    )
    assert merged.id not in ids


def test_client_makes_changes_and_deletes_pipelines(client: HubSpot) -> None:
    pipelines, stages = client.crm.pipelines.pipelines_api, client.crm.pipelines.pipeline_stages_api
    first = PipelineStageInput(label="Met", display_order=0, metadata={"probability": "0.1"})
    made = pipelines.create(
        "deals", PipelineInput(label="Partners", display_order=1, stages=[first])
    )
    won = PipelineStageInput(label="Won", display_order=1, metadata={"probability": "1.0"})
    added = stages.create("deals", made.id, won)
    assert added.metadata["isClosed"] == "true"
    fresh = stages.update("deals", made.id, added.id, PipelineStagePatchInput(label="Signed"))
    assert (fresh.label, fresh.metadata["probability"]) == ("Signed", "1.0")
    stages.replace("deals", made.id, added.id, won)
    pipelines.update("deals", made.id, PipelinePatchInput(label="Resellers"))
    assert [one.label for one in stages.get_all("deals", made.id).results] == ["Met", "Won"]
    audits = client.crm.pipelines.pipeline_audits_api.get_audit("deals", made.id)
    assert audits.results[-1].action == "CREATE"
    stages.archive("deals", made.id, added.id)
    pipelines.archive("deals", made.id)
    assert [one.id for one in pipelines.get_all("deals").results] == ["default"]


def test_client_defines_a_custom_object_and_its_records(client: HubSpot) -> None:
    schemas = client.crm.schemas.core_api
    plate = ObjectTypePropertyCreate(
        name="plate", label="Plate", type="string", field_type="text", has_unique_value=True
    )
    made = schemas.create(
        ObjectSchemaEgg(
            name="car",
            labels=ObjectTypeDefinitionLabels(singular="Car", plural="Cars"),
            primary_display_property="plate",
            required_properties=["plate"],
            searchable_properties=["plate"],
            properties=[plate],
            associated_objects=["CONTACT"],
        )
    )
    kind = made.object_type_id
    changed = schemas.update(
        kind, ObjectTypeDefinitionPatch(secondary_display_properties=["plate"])
    )
    assert changed.fully_qualified_name == made.fully_qualified_name
    tie = schemas.create_association(
        kind, AssociationDefinitionEgg(from_object_type_id=kind, to_object_type_id="0-3", name="x")
    )
    objects = client.crm.objects
    record = objects.basic_api.create(kind, {"properties": {"plate": "B-1"}, "associations": []})
    ties = client.crm.associations.v4.basic_api
    spec = AssociationSpec(
        association_category="USER_DEFINED", association_type_id=int(made.associations[0].id)
    )
    pair = ties.create(kind, record.id, "contacts", "1", [spec])
    assert (pair.from_object_type_id, pair.to_object_id) == (kind, "1")
    read = objects.batch_api.read(
        made.fully_qualified_name,
        {"inputs": [{"id": record.id}], "properties": ["plate"], "propertiesWithHistory": []},
    )
    assert read.results[0].properties["plate"] == "B-1"
    schemas.archive_association(kind, tie.id)
    objects.basic_api.archive(kind, record.id)
    schemas.archive(kind)
    assert [one.archived for one in schemas.get_all(archived=True).results] == [True]


def test_client_defines_properties_and_groups(client: HubSpot) -> None:
    properties = client.crm.properties
    properties.groups_api.create("deals", PropertyGroupCreate(name="crm", label="CRM"))
    made = properties.core_api.create(
        "deals",
        PropertyCreate(
            name="tier",
            label="Tier",
            type="enumeration",
            field_type="select",
            group_name="crm",
            options=[{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
        ),
    )
    assert made.modification_metadata.read_only_value is False
    properties.core_api.update("deals", "tier", PropertyUpdate(label="Level"))
    properties.core_api.archive("deals", "tier")
    archived = properties.core_api.get_by_name("deals", "tier", archived=True)
    assert (archived.label, archived.archived) == ("Level", True)
    properties.groups_api.archive("deals", "crm")
    names = [one.name for one in properties.groups_api.get_all("deals").results]
    assert names == ["dealinformation"]


def test_client_defines_labels(client: HubSpot) -> None:
    api = client.crm.associations.v4.schema.definitions_api
    made = api.create(
        "deals",
        "contacts",
        PublicAssociationDefinitionCreateRequest(
            name="buyer", label="Buyer", inverse_label="Buys in"
        ),
    )
    number = made.results[0].type_id
    api.update(
        "deals",
        "contacts",
        PublicAssociationDefinitionUpdateRequest(association_type_id=number, label="Payer"),
    )
    labels = {one.type_id: one.label for one in api.get_all("deals", "contacts").results}
    assert labels[number] == "Payer"
    api.remove("deals", "contacts", number)
    assert number not in {one.type_id for one in api.get_all("deals", "contacts").results}
