"""HubSpot's own Python client, unchanged, against the stand-in."""

from __future__ import annotations

from datetime import UTC

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicFetchAssociationsBatchRequest,
)
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.properties import PropertyCreate

from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal


@pytest.fixture
def client(portal: Portal) -> HubSpot:
    return HubSpot(access_token=portal.service.gate.token, host=portal.url)


def test_client_creates_reads_changes_and_archives(client: HubSpot):
    api = client.crm.contacts.basic_api
    made = api.create(
        SimplePublicObjectInputForCreate(properties={"email": "ada+x@example.com"}, associations=[])
    )
    assert made.created_at.tzinfo is not None
    read = api.get_by_id("ada+x@example.com", id_property="email", properties=["phone"])
    assert (read.id, read.properties["phone"], read.archived) == (made.id, None, False)
    changed = api.update(made.id, SimplePublicObjectInput(properties={"phone": "1"}))
    assert changed.properties["phone"] == "1"
    assert api.archive(made.id) is None
    assert [one.id for one in api.get_page(archived=True).results] == [made.id]


def test_client_gets_history_with_times(client: HubSpot, portal: Portal):
    made = portal.create(CONTACTS, firstname="Ada")
    read = client.crm.contacts.basic_api.get_by_id(made, properties_with_history=["firstname"])
    version = read.properties_with_history["firstname"][0]
    assert (version.value, version.source_type) == ("Ada", "INTEGRATION")
    assert abs((version.timestamp.astimezone(UTC) - portal.clock.now()).total_seconds()) < 60


def test_client_gets_partial_results_of_batches(client: HubSpot):
    batches = client.crm.contacts.batch_api
    rows = [
        {"properties": {"email": "a@example.com"}, "objectWriteTraceId": "1"},
        {"properties": {"nope": "x"}, "objectWriteTraceId": "2"},
    ]
    created = batches.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=rows))
    assert (created.num_errors, len(created.results)) == (1, 1)
    made = created.results[0].id
    read = batches.read(
        BatchReadInputSimplePublicObjectId(
            inputs=[{"id": made}, {"id": "77"}], properties=["email"], properties_with_history=[]
        )
    )
    assert (read.num_errors, read.results[0].id) == (1, made)
    updated = batches.update(
        BatchInputSimplePublicObjectBatchInput(inputs=[{"id": made, "properties": {"city": "B"}}])
    )
    assert updated.results[0].properties["city"] == "B"
    assert batches.archive({"inputs": [{"id": made}]}) is None


def test_client_searches(client: HubSpot, portal: Portal):
    portal.create(CONTACTS, email="ada@example.com")
    found = client.crm.contacts.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[
                {
                    "filters": [
                        {"propertyName": "email", "operator": "EQ", "value": "ada@example.com"}
                    ]
                }
            ],
            sorts=["lastmodifieddate"],
            properties=["email"],
            limit=10,
        )
    )
    assert found.total == 1


def test_client_lists_through_all_pages(client: HubSpot, portal: Portal):
    for number in range(101):
        portal.store.add("contacts", {"email": f"p{number}@example.com"})
    assert len(client.crm.contacts.get_all()) == 101


def test_client_raises_what_the_portal_answers(client: HubSpot, portal: Portal):
    portal.create(CONTACTS, email="ada@example.com")
    with pytest.raises(Exception, match="Contact already exists") as caught:
        client.crm.contacts.basic_api.create({"properties": {"email": "ada@example.com"}})
    assert getattr(caught.value, "status", None) == 409


def test_client_ties_and_reads_ties(client: HubSpot, portal: Portal):
    ada = portal.create(CONTACTS, email="ada@example.com")
    acme = portal.create(COMPANIES, name="Acme")
    api = client.crm.associations.v4
    api.basic_api.create(
        "contacts", ada, "companies", acme, [AssociationSpec("HUBSPOT_DEFINED", 1)]
    )
    read = api.batch_api.get_page(
        "contacts",
        "companies",
        BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": ada}]),
    )
    assert read.results[0].to[0].to_object_id == acme
    assert {one.type_id for one in read.results[0].to[0].association_types} == {1, 279}
    api.basic_api.create_default("contacts", ada, "companies", acme)
    assert api.basic_api.archive("contacts", ada, "companies", acme) is None


def test_client_makes_properties_and_reads_owners(client: HubSpot):
    core = client.crm.properties.core_api
    made = core.create(
        "contacts",
        PropertyCreate(
            name="salesforce_id",
            label="Salesforce id",
            type="string",
            field_type="text",
            group_name="contactinformation",
            has_unique_value=True,
        ),
    )
    assert made.has_unique_value is True
    assert (
        core.get_by_name("contacts", "salesforce_id").modification_metadata.read_only_value is False
    )
    assert len(core.get_all("contacts").results) > 40
    assert client.crm.owners.owners_api.get_page().results == []
