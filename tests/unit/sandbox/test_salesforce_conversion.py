"""Lead conversion, merge and the recycle bin in the Salesforce stand-in."""

from __future__ import annotations

import pytest

from sandbox.salesforce.conversion import Wanted
from sandbox.salesforce.saving import WriteContext
from tests.unit.sandbox.orgs import field, new_org, record, refused, rows, setup, the_one

LEAD = {"FirstName": "Ada", "LastName": "Li", "Company": "Acme", "LeadSource": "Web"}


@pytest.fixture
def org():
    return new_org()


def convert(org, lead, **wanted):
    settled = Wanted(status="Closed - Converted", **wanted)
    with org.database.transaction():
        return org.converter.convert(lead, settled, WriteContext(user_id=org.api_user_id))


def test_conversion_makes_an_opportunity_with_a_primary_role(org):
    made = convert(org, org.create("Lead", LEAD))
    deal = org.get("Opportunity", made.opportunity_id)
    shown = (deal["Name"], deal["StageName"], deal["CloseDate"], deal["LeadSource"])
    assert shown == ("Acme", "Prospecting", "2026-03-31", "Web")
    role = the_one(org, "OpportunityContactRole")
    assert (role["ContactId"], role["IsPrimary"]) == (made.contact_id, True)


def test_converted_lead_names_what_it_became(org):
    lead = org.create("Lead", LEAD)
    made = convert(org, lead)
    row = org.get("Lead", lead)
    assert row["ConvertedOpportunityId"] == made.opportunity_id
    assert (row["Status"], row["IsConverted"]) == ("Closed - Converted", True)
    assert "leadConverted" in [one["Field"] for one in rows(org, "LeadHistory")]


def test_conversion_can_leave_the_opportunity_out(org):
    assert convert(org, org.create("Lead", LEAD), makes_opportunity=False).opportunity_id is None
    assert rows(org, "Opportunity") == []


def test_conversion_into_existing_records_fills_what_is_empty(org):
    account = org.create("Account", {"Name": "Old", "Phone": "1"})
    body = {"LastName": "Lee", "AccountId": account, "LeadSource": "Other"}
    contact = org.create("Contact", body)
    lead = org.create("Lead", {**LEAD, "Phone": "2", "Email": "a@x.example"})
    convert(org, lead, account_id=account, contact_id=contact, overwrites_lead_source=True)
    row = org.get("Contact", contact)
    assert (row["LastName"], row["Email"], row["LeadSource"]) == ("Lee", "a@x.example", "Web")
    assert org.get("Account", account)["Phone"] == "1"


def test_contact_of_another_account_is_refused(org):
    account = org.create("Account", {"Name": "Old"})
    contact = org.create("Contact", {"LastName": "Lee"})
    lead = org.create("Lead", LEAD)
    error = refused(convert, org, lead, account_id=account, contact_id=contact)
    assert error.code == "INVALID_CROSS_REFERENCE_KEY"
    assert org.get("Lead", lead)["IsConverted"] is False


def test_status_that_is_no_converted_one_is_refused(org):
    lead = org.create("Lead", LEAD)
    assert refused(org.convert_lead, lead, status="Working - Contacted").code == "INVALID_STATUS"


def test_lead_is_converted_once(org):
    lead = org.create("Lead", LEAD)
    convert(org, lead)
    assert refused(convert, org, lead).code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_converted_lead_stays_in_queries_and_frozen(org):
    lead = org.create("Lead", LEAD)
    convert(org, lead)
    assert refused(org.edit, "Lead", lead, {"City": "Ulm"}).code == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert the_one(org, "Lead")["Id"] == lead


def test_queue_owned_lead_needs_an_owner():
    org = new_org(record("Group", "q", Name="Queue", Type="Queue"))
    lead = org.create("Lead", {**LEAD, "OwnerId": the_one(org, "Group")["Id"]})
    assert refused(convert, org, lead).code == "INVALID_OWNER"
    made = convert(org, lead, owner_id=org.person_id)
    assert org.get("Contact", made.contact_id)["OwnerId"] == org.person_id


def test_own_fields_are_mapped():
    org = new_org(
        field("Lead", name="Size__c", type="string"),
        field("Account", name="Size__c", type="string"),
        setup("lead_mapping", field="Size__c", to="Account", toField="Size__c"),
    )
    made = convert(org, org.create("Lead", {**LEAD, "Size__c": "XL"}))
    assert org.get("Account", made.account_id)["Size__c"] == "XL"


def test_activities_follow_the_lead(org):
    lead = org.create("Lead", LEAD)
    task = org.create("Task", {"WhoId": lead})
    made = convert(org, lead)
    row = org.get("Task", task)
    assert (row["WhoId"], row["WhatId"]) == (made.contact_id, made.opportunity_id)


def test_opportunity_belongs_to_the_leads_last_campaign(org):
    lead = org.create("Lead", LEAD)
    campaign = org.create("Campaign", {"Name": "Fair"})
    org.create("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    convert(org, lead)
    assert org.get("Campaign", campaign)["NumberOfOpportunities"] == 1


def test_merge_moves_deals_and_roles_to_the_winner(org):
    winner, loser = (org.create("Contact", {"LastName": name}) for name in ("A", "B"))
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10"}
    org.create("Opportunity", {**body, "ContactId": loser})
    org.merge("Contact", winner, [loser])
    assert the_one(org, "OpportunityContactRole")["ContactId"] == winner
    gone = org.get("Contact", loser)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, winner)


@pytest.mark.parametrize("fails", [True, False])
def test_merge_with_its_own_parent_is_a_switch(org, fails):
    org.switches.merge_cycle_fails = fails
    parent = org.create("Account", {"Name": "Parent"})
    child = org.create("Account", {"Name": "Child", "ParentId": parent})
    if fails:
        assert refused(org.merge, "Account", child, [parent]).code == "MERGE_FAILED"
    else:
        org.merge("Account", child, [parent])
        assert org.get("Account", child)["ParentId"] is None


@pytest.mark.parametrize("clears", [True, False])
def test_master_of_an_undeleted_loser_is_a_switch(org, clears):
    org.switches.undelete_clears_master = clears
    winner, loser = (org.create("Contact", {"LastName": name}) for name in ("A", "B"))
    org.merge("Contact", winner, [loser])
    org.restore("Contact", loser)
    assert org.get("Contact", loser)["MasterRecordId"] == (None if clears else winner)


@pytest.mark.parametrize("blocks", [True, False])
def test_unique_value_in_the_bin_is_a_switch(blocks):
    org = new_org(field("Lead", name="Key__c", type="string", unique=True, externalId=True))
    org.switches.binned_unique_value_blocks = blocks
    org.remove("Lead", org.create("Lead", {**LEAD, "Key__c": "k"}))
    if blocks:
        assert refused(org.create, "Lead", {**LEAD, "Key__c": "k"}).code == "DUPLICATE_VALUE"
    else:
        assert org.create("Lead", {**LEAD, "Key__c": "k"})


def test_account_takes_its_deals_to_the_bin_and_back(org):
    account = org.create("Account", {"Name": "Acme"})
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10"}
    deal = org.create("Opportunity", {**body, "AccountId": account})
    org.remove("Account", account)
    assert org.get("Opportunity", deal)["IsDeleted"]
    org.restore("Account", account)
    assert not org.get("Opportunity", deal)["IsDeleted"]
