"""A client nobody here wrote, over every object of the Salesforce stand-in."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from tests.unit.sandbox.sforce import Server


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def org(server):
    org = server.open()
    yield org
    org.session.close()


@pytest.fixture
def client(org):
    with org.real_client() as client:
        yield client


DEAL = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10", "Amount": 100}


def test_every_object_is_listed_and_described(client):
    for described in client.describe()["sobjects"]:
        full = getattr(client, described["name"]).describe()
        assert full["keyPrefix"] == described["keyPrefix"]
        assert full["fields"]


def test_deal_goes_from_first_stage_to_won(client):
    account = client.Account.create({"Name": "Acme"})["id"]
    contact = client.Contact.create({"LastName": "Li", "AccountId": account})["id"]
    deal = client.Opportunity.create({**DEAL, "AccountId": account, "ContactId": contact})["id"]
    assert client.Opportunity.update(deal, {"StageName": "Closed Won"}) == 204
    row = client.Opportunity.get(deal)
    assert (row["IsWon"], row["Probability"], row["ForecastCategory"]) == (True, 100, "Closed")
    history = client.query(
        "SELECT Field, OldValue, NewValue FROM OpportunityFieldHistory "
        f"WHERE OpportunityId = '{deal}' AND Field = 'StageName'"
    )
    assert history["records"][0]["NewValue"] == "Closed Won"
    roles = client.query("SELECT Contact.LastName, IsPrimary FROM OpportunityContactRole")
    assert roles["records"][0]["Contact"]["LastName"] == "Li"


def test_campaign_counts_who_joined_and_responded(client):
    campaign = client.Campaign.create({"Name": "Fair"})["id"]
    lead = client.Lead.create({"LastName": "Li", "Company": "Acme"})["id"]
    member = client.CampaignMember.create({"CampaignId": campaign, "LeadId": lead})["id"]
    client.CampaignMember.update(member, {"Status": "Responded"})
    row = client.Campaign.get(campaign)
    assert (row["NumberOfLeads"], row["NumberOfResponses"]) == (1, 1)
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.CampaignMember.create({"CampaignId": campaign, "LeadId": lead})
    assert caught.value.content[0] == {
        "message": "Already a campaign member.",
        "errorCode": "DUPLICATE_VALUE",
        "fields": [],
    }


def test_tasks_and_events_hang_on_records(client):
    contact = client.Contact.create({"LastName": "Li"})["id"]
    client.Task.create({"Subject": "Call", "WhoId": contact, "Status": "Completed"})
    client.Event.create(
        {"StartDateTime": "2026-03-05T09:00:00Z", "DurationInMinutes": 30} | {"WhoId": contact}
    )
    found = client.query("SELECT Who.Name, IsClosed FROM Task")["records"][0]
    assert (found["Who"]["Name"], found["IsClosed"]) == ("Li", True)
    rows = client.query("SELECT (SELECT DurationInMinutes FROM Events) FROM Contact")["records"]
    assert rows[0]["Events"]["records"][0]["DurationInMinutes"] == 30


def test_type_of_what_a_task_hangs_on_is_its_object(client):
    contact = client.Contact.create({"LastName": "Li"})["id"]
    account = client.Account.create({"Name": "Acme", "Type": "Prospect"})["id"]
    client.Task.create({"Subject": "Call", "WhoId": contact, "WhatId": account})
    found = client.query("SELECT Who.Type, What.Type, Owner.Type FROM Task")["records"][0]
    types = [found[name]["Type"] for name in ("Who", "What", "Owner")]
    assert types == ["Contact", "Account", "User"]
    counted = "SELECT COUNT() FROM Task WHERE What.Type = '{}'"
    assert client.query(counted.format("Account"))["totalSize"] == 1
    assert client.query(counted.format("Prospect"))["totalSize"] == 0
    assert client.query("SELECT Type FROM Account")["records"][0]["Type"] == "Prospect"


def test_reference_data_is_read(client):
    stages = client.query("SELECT ApiName, IsWon FROM OpportunityStage ORDER BY SortOrder")
    assert stages["records"][0]["ApiName"] == "Prospecting"
    assert client.query("SELECT COUNT() FROM LeadStatus")["totalSize"] == 4
    assert client.query("SELECT COUNT() FROM RecordType")["totalSize"] == 0
