"""Campaigns, their members and totals, and activities in the Salesforce stand-in."""

from __future__ import annotations

import pytest

from sandbox.salesforce.switches import (
    LeadActivity,
    MemberAfterConversion,
    UnknownMemberStatus,
)
from tests.unit.sandbox.orgs import (
    field,
    later,
    new_org,
    record,
    refused,
    round_trip,
    rows,
    the_one,
)


@pytest.fixture
def org():
    return new_org()


@pytest.fixture
def campaign(org):
    return org.create("Campaign", {"Name": "Fair"})


def lead(org, name="Li"):
    return org.create("Lead", {"LastName": name, "Company": "Acme", "Email": f"{name}@x.example"})


def join(org, campaign, **fields):
    return org.create("CampaignMember", {"CampaignId": campaign, **fields})


def totals(org, campaign, *names):
    row = org.get("Campaign", campaign)
    return tuple(row[name] for name in names)


def test_new_campaign_has_two_statuses_and_no_totals(org, campaign):
    statuses = rows(org, "CampaignMemberStatus")
    assert [(s["Label"], s["IsDefault"], s["HasResponded"]) for s in statuses] == [
        ("Sent", True, False),
        ("Responded", False, True),
    ]
    assert totals(org, campaign, "NumberOfLeads", "AmountAllOpportunities") == (0, 0)


def test_member_gets_the_default_status_and_the_persons_columns(org, campaign):
    row = org.get("CampaignMember", join(org, campaign, LeadId=lead(org)))
    shown = (row["Status"], row["HasResponded"], row["Email"], row["CompanyOrAccount"], row["Type"])
    assert shown == ("Sent", False, "Li@x.example", "Acme", "Lead")


def test_person_is_a_member_once(org, campaign):
    person = lead(org)
    join(org, campaign, LeadId=person)
    error = refused(join, org, campaign, LeadId=person)
    assert (error.code, error.message) == ("DUPLICATE_VALUE", "Already a campaign member.")


def test_member_needs_a_person(org, campaign):
    assert refused(join, org, campaign).code == "REQUIRED_FIELD_MISSING"


def test_of_lead_and_contact_only_the_contact_is_kept(org, campaign):
    contact = org.create("Contact", {"LastName": "Ng"})
    row = org.get("CampaignMember", join(org, campaign, LeadId=lead(org), ContactId=contact))
    assert (row["LeadId"], row["ContactId"]) == (None, contact)


def test_person_of_a_member_cannot_be_changed(org, campaign):
    made = join(org, campaign, LeadId=lead(org))
    error = refused(org.edit, "CampaignMember", made, {"LeadId": lead(org, "Ng")})
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_responded_status_is_dated_and_counted(org, campaign):
    made = join(org, campaign, LeadId=lead(org))
    org.edit("CampaignMember", made, {"Status": "Responded"})
    row = org.get("CampaignMember", made)
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-03-02")
    assert totals(org, campaign, "NumberOfLeads", "NumberOfResponses") == (1, 1)


@pytest.mark.parametrize(
    ("how", "status"), [(UnknownMemberStatus.DEFAULT, "Sent"), (UnknownMemberStatus.ACCEPT, "Hm")]
)
def test_unknown_status_is_a_switch(org, campaign, how, status):
    org.switches.unknown_member_status = how
    made = join(org, campaign, LeadId=lead(org), Status="Hm")
    assert org.get("CampaignMember", made)["Status"] == status


def test_unknown_status_can_be_refused(org, campaign):
    org.switches.unknown_member_status = UnknownMemberStatus.REFUSE
    error = refused(join, org, campaign, LeadId=lead(org), Status="Hm")
    assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_member_follows_a_renamed_status(org, campaign):
    made = join(org, campaign, LeadId=lead(org))
    sent = rows(org, "CampaignMemberStatus")[0]["Id"]
    org.edit("CampaignMemberStatus", sent, {"Label": "Invited", "HasResponded": True})
    row = org.get("CampaignMember", made)
    assert (row["Status"], row["HasResponded"]) == ("Invited", True)


def test_status_in_use_stays(org, campaign):
    join(org, campaign, LeadId=lead(org), Status="Responded")
    for status in rows(org, "CampaignMemberStatus"):
        assert refused(org.remove, "CampaignMemberStatus", status["Id"]).code == "DELETE_FAILED"


def test_new_default_status_takes_the_place_of_the_old(org, campaign):
    body = {"CampaignId": campaign, "Label": "Invited", "IsDefault": True}
    org.create("CampaignMemberStatus", body)
    defaults = [s["Label"] for s in rows(org, "CampaignMemberStatus") if s["IsDefault"]]
    assert defaults == ["Invited"]


def test_member_columns_follow_the_person_without_a_stamp(org, campaign):
    person = lead(org)
    made = join(org, campaign, LeadId=person)
    before = org.get("CampaignMember", made)["SystemModstamp"]
    org.edit("Lead", person, {"Email": "new@x.example"})
    row = org.get("CampaignMember", made)
    assert (row["Email"], row["SystemModstamp"]) == ("new@x.example", before)


def test_totals_follow_deals_and_deletions(org, campaign):
    body = {"Name": "A", "StageName": "Closed Won", "CloseDate": "2026-04-01", "Amount": 10.5}
    won = org.create("Opportunity", {**body, "CampaignId": campaign})
    org.create("Opportunity", {**body, "StageName": "Prospecting", "CampaignId": campaign})
    names = ("NumberOfOpportunities", "AmountAllOpportunities", "AmountWonOpportunities")
    assert totals(org, campaign, *names) == (2, 21, 10.5)
    org.remove("Opportunity", won)
    assert totals(org, campaign, *names) == (1, 10.5, 0)


def test_totals_move_no_stamp(org, campaign):
    before = org.get("Campaign", campaign)["SystemModstamp"]
    later(org, hours=1)
    join(org, campaign, LeadId=lead(org))
    assert org.get("Campaign", campaign)["SystemModstamp"] == before


def test_totals_are_rolled_back_with_their_members(org, campaign):
    def join_and_fail():
        with org.database.transaction():
            join(org, campaign, LeadId=lead(org))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        join_and_fail()
    assert totals(org, campaign, "NumberOfLeads") == (0,)


@pytest.mark.parametrize(
    ("how", "has_lead", "has_contact"),
    [
        (MemberAfterConversion.GAINS_CONTACT, True, True),
        (MemberAfterConversion.MOVES, False, True),
        (MemberAfterConversion.STAYS, True, False),
    ],
)
def test_membership_after_conversion_is_a_switch(org, campaign, how, has_lead, has_contact):
    org.switches.member_after_conversion = how
    person = lead(org)
    made = join(org, campaign, LeadId=person)
    contact = org.convert_lead(person).contact_id
    row = org.get("CampaignMember", made)
    assert row["LeadId"] == (person if has_lead else None)
    assert row["ContactId"] == (contact if has_contact else None)


def test_converted_lead_counts_as_converted(org, campaign):
    person = lead(org)
    join(org, campaign, LeadId=person)
    org.convert_lead(person)
    names = ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts")
    assert totals(org, campaign, *names) == (0, 1, 1)


def test_converted_lead_joins_no_campaign(org, campaign):
    person = lead(org)
    org.convert_lead(person)
    assert refused(join, org, campaign, LeadId=person).code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_merge_of_two_members_leaves_one(org, campaign):
    winner, loser = lead(org), lead(org, "Ng")
    join(org, campaign, LeadId=winner)
    join(org, campaign, LeadId=loser)
    org.merge("Lead", winner, [loser])
    assert the_one(org, "CampaignMember")["LeadId"] == winner
    assert totals(org, campaign, "NumberOfLeads") == (1,)


def test_members_go_with_their_person(org, campaign):
    person = lead(org)
    join(org, campaign, LeadId=person)
    org.remove("Lead", person)
    assert totals(org, campaign, "NumberOfLeads") == (0,)
    org.restore("Lead", person)
    assert totals(org, campaign, "NumberOfLeads") == (1,)


def test_seeded_members_are_completed_whatever_the_order():
    fair = {"CampaignId": {"key": "c"}}
    org = new_org(
        record("CampaignMember", "m", LeadId={"key": "l"}, Status="Came", **fair),
        record("CampaignMemberStatus", "s", Label="Came", HasResponded=True, **fair),
        record("CampaignMemberStatus", "t", Label="Asked", IsDefault=True, **fair),
        record("Lead", "l", LastName="Li", Company="Acme"),
        record("Campaign", "c", Name="Fair"),
    )
    row = the_one(org, "CampaignMember")
    assert (row["HasResponded"], row["LastName"]) == (True, "Li")
    assert the_one(org, "Campaign")["NumberOfResponses"] == 1
    assert len(rows(org, "CampaignMemberStatus")) == 2


def test_campaigns_survive_export(org, campaign):
    join(org, campaign, LeadId=lead(org), Status="Responded")
    person = lead(org, "Ng")
    join(org, campaign, LeadId=person)
    org.convert_lead(person, opportunity=True)
    copy = round_trip(org)
    for table in org.database.tables():
        if table.spec.name != "Organization":
            assert copy.database.table(table.spec.name).rows == table.rows
    assert list(copy.export()) == list(org.export())


def test_own_roll_up_counts_and_sums():
    org = new_org(
        field("Account", name="Deals__c", type="integer", rollUp=_roll_up()),
        field("Account", name="Won__c", type="currency", scale=2, rollUp=_roll_up("Amount")),
        record("Account", "a", Name="Acme"),
    )
    account = the_one(org, "Account")["Id"]
    body = {"Name": "A", "CloseDate": "2026-04-01", "Amount": 3, "AccountId": account}
    org.create("Opportunity", {**body, "StageName": "Closed Won"})
    org.create("Opportunity", {**body, "StageName": "Prospecting"})
    row = org.get("Account", account)
    assert (row["Deals__c"], row["Won__c"]) == (1, 3)


def _roll_up(sum_of=None):
    return {
        "child": "Opportunity",
        "reference": "AccountId",
        "sumOf": sum_of,
        "where": {"IsWon": True},
    }


def test_completed_task_is_closed(org):
    made = org.create("Task", {"Subject": "Call", "Status": "Completed", "Priority": "High"})
    row = org.get("Task", made)
    assert (row["IsClosed"], row["IsHighPriority"]) == (True, True)


def test_task_of_a_deal_belongs_to_its_account(org):
    account = org.create("Account", {"Name": "Acme"})
    body = {"Name": "A", "StageName": "Prospecting", "CloseDate": "2026-04-01"}
    deal = org.create("Opportunity", {**body, "AccountId": account})
    assert org.get("Task", org.create("Task", {"WhatId": deal}))["AccountId"] == account


def test_leads_task_about_something_else_is_a_switch(org):
    body = {"WhoId": lead(org), "WhatId": org.create("Account", {"Name": "Acme"})}
    assert refused(org.create, "Task", body).code == "FIELD_INTEGRITY_EXCEPTION"
    org.switches.lead_activity_with_what = LeadActivity.ACCEPT
    assert org.create("Task", body)


def test_event_gets_its_end_from_its_minutes(org):
    body = {"StartDateTime": "2026-03-05T09:00:00Z", "DurationInMinutes": 90}
    row = org.get("Event", org.create("Event", body))
    assert (row["EndDateTime"], row["ActivityDate"]) == (
        "2026-03-05T10:30:00.000+0000",
        "2026-03-05",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"DurationInMinutes": 5}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": "2026-03-05T09:00:00Z"}, "REQUIRED_FIELD_MISSING"),
        (
            {"StartDateTime": "2026-03-05T09:00:00Z", "EndDateTime": "2026-03-04T09:00:00Z"},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ],
)
def test_event_without_a_start_or_a_sound_end_is_refused(org, body, code):
    assert refused(org.create, "Event", body).code == code
