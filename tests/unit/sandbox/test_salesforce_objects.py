"""Every object of the Salesforce stand-in over HTTP, and the control page's part in it."""

from __future__ import annotations

import pytest
import requests

from sandbox.server import Sandbox
from tests.unit.sandbox.orgs import Switchboard, new_org, rows, the_one

OBJECTS = [spec.name for spec in new_org().database.schema]


@pytest.fixture(scope="module")
def board():
    board = Switchboard()
    board.start()
    yield board
    board.stop()


@pytest.fixture
def web(board):
    opened = board.serve(new_org())
    yield opened
    opened.session.close()


@pytest.mark.parametrize("name", OBJECTS)
def test_object_is_described_and_queried_by_all_its_fields(web, name):
    described = web.call("GET", f"/sobjects/{name}/describe")
    assert described.status_code == 200
    fields = ",".join(one["name"] for one in described.json()["fields"])
    answer = web.query(f"SELECT {fields} FROM {name} LIMIT 1")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", ["LeadStatus", "OpportunityStage"])
def test_objects_that_share_a_prefix_are_told_apart(web, name):
    record_id = rows(web.org, name)[-1]["Id"]
    answer = web.call("GET", f"/sobjects/{name}/{record_id}")
    assert (answer.status_code, answer.json()["attributes"]["type"]) == (200, name)


@pytest.mark.parametrize("name", ["LeadStatus", "OpportunityStage", "OpportunityFieldHistory"])
def test_object_the_platform_writes_takes_no_create(web, name):
    answer = web.call("POST", f"/sobjects/{name}", json={})
    assert answer.status_code == 400


def test_lead_statuses_are_the_values_of_the_picklist(web):
    found = web.query("SELECT ApiName FROM LeadStatus WHERE IsConverted = true").json()["records"]
    assert [one["ApiName"] for one in found] == ["Closed - Converted"]
    values = [one["value"] for one in web.fields("Lead")["Status"]["picklistValues"]]
    assert found[0]["ApiName"] in values


def test_deal_is_queried_with_its_children_and_parents(web):
    account = web.org.create("Account", {"Name": "Acme"})
    contact = web.org.create("Contact", {"LastName": "Li", "AccountId": account})
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10"}
    deal = web.org.create("Opportunity", {**body, "AccountId": account, "ContactId": contact})
    web.org.edit("Opportunity", deal, {"StageName": "Closed Won"})
    found = web.query(
        "SELECT Account.Name, (SELECT Contact.Name, IsPrimary FROM OpportunityContactRoles), "
        "(SELECT Field, OldValue, NewValue FROM Histories WHERE Field = 'StageName') "
        "FROM Opportunity WHERE IsWon = true"
    ).json()["records"]
    row = found[0]
    assert row["Account"]["Name"] == "Acme"
    assert row["OpportunityContactRoles"]["records"][0]["Contact"]["Name"] == "Li"
    assert row["Histories"]["records"][0]["NewValue"] == "Closed Won"


def test_old_value_of_a_history_cannot_be_filtered(web):
    answer = web.query("SELECT Id FROM LeadHistory WHERE OldValue = 'x'")
    assert answer.status_code == 400


def test_member_is_queried_through_person_and_campaign(web):
    campaign = web.org.create("Campaign", {"Name": "Fair"})
    lead = web.org.create("Lead", {"LastName": "Li", "Company": "Acme"})
    web.org.create("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    found = web.query("SELECT Campaign.Name, Lead.Company, LeadOrContactId FROM CampaignMember")
    row = found.json()["records"][0]
    assert (row["Campaign"]["Name"], row["Lead"]["Company"]) == ("Fair", "Acme")
    assert row["LeadOrContactId"] == lead


def test_roll_up_cannot_be_written(web):
    answer = web.call("POST", "/sobjects/Campaign", json={"Name": "A", "NumberOfLeads": 3})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.mark.parametrize("shown", [False, True])
def test_deleted_members_are_listed_as_deleted_where_the_switch_says_so(web, shown):
    web.org.switches.deleted_members_show = shown
    campaign = web.org.create("Campaign", {"Name": "Fair"})
    lead = web.org.create("Lead", {"LastName": "Li", "Company": "Acme"})
    body = {"CampaignId": campaign, "LeadId": lead}
    made = web.call("POST", "/sobjects/CampaignMember", json=body).json()["id"]
    assert web.call("DELETE", f"/sobjects/CampaignMember/{made}").status_code == 204
    found = web.query("SELECT Id FROM CampaignMember WHERE IsDeleted = true", "/queryAll").json()
    assert [one["Id"] for one in found["records"]] == ([made] if shown else [])
    code = web.call("GET", f"/sobjects/CampaignMember/{made}").json()[0]["errorCode"]
    assert code == ("ENTITY_IS_DELETED" if shown else "NOT_FOUND")


def test_group_member_is_deleted_without_a_bin(web):
    group = web.org.create("Group", {"Name": "Queue", "Type": "Queue"})
    member = web.org.create("GroupMember", {"GroupId": group, "UserOrGroupId": web.org.person_id})
    assert web.call("DELETE", f"/sobjects/GroupMember/{member}").status_code == 204
    assert rows(web.org, "GroupMember", deleted=True) == []


# The control page


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(
        [{"system": "salesforce", "object": "Account", "key": "a", "fields": {"Name": "Acme"}}]
    ) as sandbox:
        yield sandbox


@pytest.fixture
def control(sandbox):
    sandbox.reset()
    with requests.Session() as session:
        session.trust_env = False

        def call(method, path, **body):
            answer = session.request(method, f"{sandbox.control_url}{path}", json=body or None)
            return answer.status_code, answer.json()

        yield call


def test_lead_is_converted_by_the_control_page(sandbox, control):
    lead = sandbox.salesforce.create("Lead", {"LastName": "Li", "Company": "Acme"})
    status, made = control("POST", f"/salesforce/Lead/{lead}/convert", opportunity=True)
    assert status == 200
    assert sandbox.salesforce.get("Opportunity", made["opportunity"])["Name"] == "Acme"


def test_refused_conversion_is_told(sandbox, control):
    lead = sandbox.salesforce.create("Lead", {"LastName": "Li", "Company": "Acme"})
    status, told = control("POST", f"/salesforce/Lead/{lead}/convert", status="Nope")
    assert status == 400
    assert "INVALID_STATUS" in told["error"]


def test_records_are_merged_and_purged_by_the_control_page(sandbox, control):
    one, two = (sandbox.salesforce.create("Contact", {"LastName": name}) for name in "AB")
    assert control("POST", f"/salesforce/Contact/{one}/merge", losers=[two])[0] == 200
    assert sandbox.salesforce.get("Contact", two)["MasterRecordId"] == one
    assert control("POST", f"/salesforce/Contact/{two}/purge")[0] == 200
    assert control("GET", f"/salesforce/Contact/{two}")[0] == 400


def test_rows_are_locked_by_the_control_page(sandbox, control):
    assert control("POST", "/salesforce/Lead/refusals", count=1) == (200, {"refused": 1})
    answer = requests.post(
        f"{sandbox.salesforce_url}/services/data/v59.0/sobjects/Lead",
        json={"LastName": "Li", "Company": "Acme"},
        headers={"Authorization": f"Bearer {sandbox.salesforce_token}"},
        timeout=5,
    )
    assert answer.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"


def test_rules_are_set_up_and_dropped_by_the_control_page(sandbox, control):
    rule = {"kind": "validation_rule", "object": "Lead", "message": "No", "when": []}
    status, shown = control("POST", "/salesforce/setup", **rule)
    assert (status, shown["setup"]) == (200, [rule])
    assert control("DELETE", "/salesforce/setup")[1] == {"setup": []}
    assert sandbox.salesforce.create("Lead", {"LastName": "Li", "Company": "Acme"})


def test_reset_puts_the_set_up_back(sandbox, control):
    rule = {"kind": "validation_rule", "object": "Lead", "message": "No", "when": []}
    control("POST", "/salesforce/setup", **rule)
    control("POST", "/reset")
    assert control("GET", "/salesforce/setup")[1] == {"setup": []}
    assert the_one(sandbox.salesforce, "Account")["Name"] == "Acme"


def test_several_currencies_stay_over_a_reset(sandbox, control):
    control("POST", "/switches", salesforce={"multi_currency": True})
    control("POST", "/reset")
    try:
        assert the_one(sandbox.salesforce, "Account")["CurrencyIsoCode"] == "USD"
    finally:
        control("POST", "/switches", salesforce={"multi_currency": False})
