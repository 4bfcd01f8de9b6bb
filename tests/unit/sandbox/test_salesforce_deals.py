"""Opportunities in the Salesforce stand-in: stages, roles, snapshots and history."""

from __future__ import annotations

import pytest

from sandbox.salesforce.switches import SecondPrimary, UnknownStage
from tests.unit.sandbox.orgs import (
    field,
    later,
    load,
    new_org,
    record,
    refused,
    round_trip,
    rows,
    setup,
    the_one,
)


@pytest.fixture
def org():
    return new_org()


def deal(org, **fields):
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10", **fields}
    return org.create("Opportunity", body)


def test_stage_gives_probability_and_forecast(org):
    row = org.get("Opportunity", deal(org, StageName="Negotiation/Review", Amount=200))
    assert (row["Probability"], row["ForecastCategory"], row["IsClosed"]) == (90, "Pipeline", False)
    assert row["ExpectedRevenue"] == 180


def test_won_stage_closes_and_wins(org):
    made = deal(org)
    org.edit("Opportunity", made, {"StageName": "Closed Won"})
    row = org.get("Opportunity", made)
    assert (row["IsClosed"], row["IsWon"], row["ForecastCategoryName"]) == (True, True, "Closed")


def test_written_probability_stands_until_the_stage_moves(org):
    made = deal(org, Probability=33)
    assert org.get("Opportunity", made)["Probability"] == 33
    org.edit("Opportunity", made, {"StageName": "Closed Lost"})
    assert org.get("Opportunity", made)["Probability"] == 0


def test_fiscal_period_follows_the_close_date(org):
    row = org.get("Opportunity", deal(org))
    assert (row["FiscalYear"], row["FiscalQuarter"], row["Fiscal"]) == (2026, 2, "2026 2")


@pytest.mark.parametrize("name", ["Name", "StageName", "CloseDate"])
def test_required_field_is_missed(org, name):
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10"}
    del body[name]
    error = refused(org.create, "Opportunity", body)
    assert (error.code, error.fields) == ("REQUIRED_FIELD_MISSING", (name,))


def test_unknown_stage_is_taken_as_it_is(org):
    row = org.get("Opportunity", deal(org, StageName="Dreaming"))
    assert (row["StageName"], row["IsClosed"]) == ("Dreaming", False)


def test_unknown_stage_can_be_refused(org):
    org.switches.unknown_stage = UnknownStage.REFUSE
    error = refused(deal, org, StageName="Dreaming")
    assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_seeded_stage_is_a_value_of_the_picklist(org):
    load(org, record("OpportunityStage", "s", MasterLabel="Pilot", DefaultProbability=55))
    spec = org.database.schema.find("Opportunity")
    assert "Pilot" in [one.value for one in spec.fields["StageName"].values]
    assert org.get("Opportunity", deal(org, StageName="Pilot"))["Probability"] == 55


def test_seed_line_of_a_known_stage_changes_it(org):
    line = record("OpportunityStage", "s", ApiName="Prospecting", DefaultProbability=5)
    load(org, line)
    stages = [one for one in rows(org, "OpportunityStage") if one["ApiName"] == "Prospecting"]
    assert [(one["DefaultProbability"], one["ForecastCategory"]) for one in stages] == [
        (5, "Pipeline")
    ]


def test_contact_id_on_create_makes_the_primary_role(org):
    contact = org.create("Contact", {"LastName": "Li"})
    made = deal(org, ContactId=contact)
    role = the_one(org, "OpportunityContactRole")
    assert (role["OpportunityId"], role["ContactId"], role["IsPrimary"]) == (made, contact, True)


def test_second_primary_role_clears_the_first(org):
    made, person = deal(org), org.create("Contact", {"LastName": "Li"})
    body = {"OpportunityId": made, "ContactId": person, "IsPrimary": True}
    first = org.create("OpportunityContactRole", body)
    second = org.create("OpportunityContactRole", body)
    primaries = [org.get("OpportunityContactRole", one)["IsPrimary"] for one in (first, second)]
    assert primaries == [False, True]


def test_second_primary_role_can_be_refused(org):
    org.switches.second_primary_role = SecondPrimary.REFUSE
    made, person = deal(org), org.create("Contact", {"LastName": "Li"})
    body = {"OpportunityId": made, "ContactId": person, "IsPrimary": True}
    org.create("OpportunityContactRole", body)
    error = refused(org.create, "OpportunityContactRole", body)
    assert error.code == "FIELD_INTEGRITY_EXCEPTION"


def test_roles_go_with_their_opportunity_and_cannot_be_undeleted(org):
    made, person = deal(org), org.create("Contact", {"LastName": "Li"})
    role = org.create("OpportunityContactRole", {"OpportunityId": made, "ContactId": person})
    org.remove("Opportunity", made)
    assert org.get("OpportunityContactRole", role)["IsDeleted"]
    assert refused(org.restore, "OpportunityContactRole", role).code == "UNDELETE_FAILED"


def test_role_can_outlive_its_contact(org):
    org.switches.roles_outlive_contacts = True
    made, person = deal(org), org.create("Contact", {"LastName": "Li"})
    role = org.create("OpportunityContactRole", {"OpportunityId": made, "ContactId": person})
    org.remove("Contact", person)
    assert org.get("OpportunityContactRole", role)["ContactId"] == person
    assert not org.get("OpportunityContactRole", role)["IsDeleted"]


def test_change_of_stage_leaves_history_and_a_snapshot(org):
    made = deal(org)
    later(org, hours=1)
    org.edit("Opportunity", made, {"StageName": "Qualification", "NextStep": "Call"})
    changes = [r for r in rows(org, "OpportunityFieldHistory") if r["Field"] == "StageName"]
    assert [(r["OldValue"], r["NewValue"], r["CreatedById"]) for r in changes] == [
        ("Prospecting", "Qualification", org.person_id)
    ]
    assert [r["StageName"] for r in rows(org, "OpportunityHistory")] == [
        "Prospecting",
        "Qualification",
    ]


def test_amount_change_is_named_on_the_opportunity(org):
    made = deal(org)
    org.edit("Opportunity", made, {"Amount": 5})
    newest = rows(org, "OpportunityHistory")[-1]
    assert org.get("Opportunity", made)["LastAmountChangedHistoryId"] == newest["Id"]


@pytest.mark.parametrize(("wanted", "count"), [(1, 1), (2, 2)])
def test_change_of_owner_leaves_names_and_ids(org, wanted, count):
    org.switches.lookup_history_rows = wanted
    made = org.create("Account", {"Name": "Acme"})
    org.edit("Account", made, {"OwnerId": org.api_user_id})
    changes = [r for r in rows(org, "AccountHistory") if r["Field"] == "Owner"]
    assert len(changes) == count
    assert changes[-1]["NewValue"] == org.api_user_id


def test_field_without_tracking_leaves_no_history(org):
    made = org.create("Lead", {"LastName": "Li", "Company": "Acme"})
    org.edit("Lead", made, {"City": "Bonn"})
    assert [r["Field"] for r in rows(org, "LeadHistory")] == ["created"]


def test_tracking_is_set_up(org):
    org.set_up({"kind": "history_tracking", "object": "Lead", "fields": ["City", "Description"]})
    made = org.create("Lead", {"LastName": "Li", "Company": "Acme"})
    org.edit("Lead", made, {"City": "Bonn", "Description": "Long"})
    found = {r["Field"]: r.get("NewValue") for r in rows(org, "LeadHistory")}
    assert found == {"created": None, "City": "Bonn", "Description": None}


def test_seeded_history_becomes_history_records():
    line = record("Opportunity", "o", Name="Big", CloseDate="2026-05-10")
    line["history"] = {
        "StageName": [
            {"value": "Prospecting", "timestamp": "2026-01-05T09:00:00Z"},
            {"value": "Closed Won", "timestamp": "2026-02-05T09:00:00Z"},
        ]
    }
    org = new_org(line)
    assert the_one(org, "Opportunity")["IsWon"] is True
    change = the_one(org, "OpportunityFieldHistory")
    assert (change["OldValue"], change["NewValue"]) == ("Prospecting", "Closed Won")
    assert change["CreatedDate"] == "2026-02-05T09:00:00.000+0000"
    assert [r["Probability"] for r in rows(org, "OpportunityHistory")] == [10, 100]


def test_deals_survive_export():
    org = new_org(
        setup("history_tracking", object="Opportunity", fields=["StageName", "NextStep"]),
        record("OpportunityStage", "s", MasterLabel="Pilot", DefaultProbability=55),
        field("Opportunity", name="Region__c", type="picklist", values=["North"]),
    )
    person = org.create("Contact", {"LastName": "Li"})
    made = deal(org, ContactId=person, StageName="Pilot")
    org.edit("Opportunity", made, {"NextStep": "Call", "Amount": 7})
    copy = round_trip(org)
    for name in ("Opportunity", "OpportunityHistory", "OpportunityFieldHistory", "Contact"):
        assert copy.database.table(name).rows == org.database.table(name).rows
    assert list(copy.export()) == list(org.export())
    assert copy.rules.tracked == org.rules.tracked
