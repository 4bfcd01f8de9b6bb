"""simple-salesforce, unchanged, over every object and operation of the Salesforce stand-in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from sandbox.server import Sandbox
from tests.contract.test_salesforce_client_apis import Loopback
from tests.e2e.node_clients import NODE

USER = "integration@sandbox.invalid"
KEY = "HubSpot_Contact_Id__c"


@pytest.fixture(scope="module")
def sandbox():
    # What the Node clients are given: rules, keys and an object of the org's own.
    with Sandbox(NODE / "objects.jsonl", limits=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session(sandbox):
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Loopback(sandbox.environment()["SALESFORCE_INSTANCE_URL"]))
        yield session


@pytest.fixture(scope="module")
def client(sandbox, session):
    given = sandbox.environment()
    return Salesforce(
        instance_url=given["SALESFORCE_INSTANCE_URL"],
        session_id=given["SALESFORCE_ACCESS_TOKEN"],
        session=session,
        version="62.0",
    )


@pytest.fixture(scope="module")
def parents(client):
    """Give what members, roles and activities hang on."""
    account = client.Account.create({"Name": "Acme"})["id"]
    deal = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-10"}
    return {
        "account": account,
        "contact": client.Contact.create({"LastName": "Li", "AccountId": account})["id"],
        "lead": client.Lead.create({"LastName": "Ek", "Company": "Beta"})["id"],
        "campaign": client.Campaign.create({"Name": "Fair"})["id"],
        "deal": client.Opportunity.create({**deal, "AccountId": account})["id"],
    }


SAMPLES = {
    "Account": ({"Name": "A"}, {"Name": "B"}),
    "Contact": ({"LastName": "A"}, {"LastName": "B"}),
    "Lead": ({"LastName": "A", "Company": "A"}, {"Company": "B"}),
    "Opportunity": (
        {"Name": "A", "StageName": "Prospecting", "CloseDate": "2026-12-10"},
        {"StageName": "Closed Lost"},
    ),
    "OpportunityContactRole": (
        {"OpportunityId": "{deal}", "ContactId": "{contact}"},
        {"Role": "Decision Maker"},
    ),
    "Campaign": ({"Name": "A"}, {"Name": "B"}),
    "CampaignMember": ({"CampaignId": "{campaign}", "LeadId": "{lead}"}, {"Status": "Responded"}),
    "CampaignMemberStatus": ({"CampaignId": "{campaign}", "Label": "Came"}, {"Label": "Was there"}),
    "Task": ({"Subject": "A", "WhoId": "{contact}"}, {"Status": "Completed"}),
    "Event": (
        {"Subject": "A", "StartDateTime": "2026-12-05T09:00:00Z", "DurationInMinutes": 30},
        {"Subject": "B"},
    ),
    "Project__c": ({"Name": "A", "Account__c": "{account}"}, {"Name": "B"}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_client_leads_every_object_from_first_to_last(client, parents, name):
    api = getattr(client, name)
    values, change = SAMPLES[name]
    made = api.create(
        {
            key: value.format(**parents) if isinstance(value, str) else value
            for key, value in values.items()
        }
    )["id"]
    assert api.update(made, change) == 204
    row = api.get(made)
    assert {key: row[key] for key in change} == change
    assert api.describe()["keyPrefix"] == made[:3]
    assert client.query(f"SELECT COUNT() FROM {name} WHERE Id = '{made}'")["totalSize"] == 1
    assert api.delete(made) == 204
    with pytest.raises(SalesforceResourceNotFound):
        api.get(made)


def test_client_upserts_by_external_id(client):
    assert client.Contact.upsert(f"{KEY}/u1", {"LastName": "U"}) == 201
    assert client.Contact.upsert(f"{KEY}/u1", {"LastName": "V"}) == 200
    assert client.Contact.get_by_custom_id(KEY, "u1")["LastName"] == "V"
    with pytest.raises(SalesforceMoreThanOneRecord) as caught:
        client.Contact.upsert("Shared_Key__c/same", {"LastName": "V"})
    assert len(caught.value.content) == 2


def test_client_reads_pages_children_groups_and_the_bin(client, parents):
    rows = [{"LastName": f"P{n:03}", "AccountId": parents["account"]} for n in range(210)]
    for start in (0, 200):
        some = [{"attributes": {"type": "Contact"}, **row} for row in rows[start : start + 200]]
        client.restful("composite/sobjects", method="POST", json={"records": some})
    headers = {"Sforce-Query-Options": "batchSize=200"}
    soql = "SELECT LastName FROM Contact WHERE LastName LIKE 'P%' ORDER BY LastName"
    first = client.query(soql, headers=headers)
    assert (len(first["records"]), first["done"], first["totalSize"]) == (200, False, 210)
    rest = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert [len(rest["records"]), rest["done"]] == [10, True]
    assert len(list(client.query_all_iter(soql, headers=headers))) == 210
    tree = client.query(
        "SELECT (SELECT LastName FROM Contacts WHERE LastName < 'P002'), "
        f"(SELECT Name FROM Opportunities) FROM Account WHERE Id = '{parents['account']}'"
    )["records"][0]
    assert (tree["Contacts"]["totalSize"], tree["Opportunities"]["totalSize"]) == (3, 1)
    groups = client.query(
        "SELECT Account.Name firm, COUNT(Id) n FROM Contact GROUP BY Account.Name "
        "HAVING COUNT(Id) > 9"
    )["records"]
    assert [(row["firm"], row["n"]) for row in groups] == [("Acme", 211)]
    gone = client.Contact.create({"LastName": "Gone"})["id"]
    client.Contact.delete(gone)
    soql = f"SELECT IsDeleted FROM Contact WHERE Id = '{gone}'"
    assert client.query(soql)["totalSize"] == 0
    assert client.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True


def test_client_writes_collections_row_by_row(client):
    def send(method, records):
        body = {"allOrNone": False, "records": records}
        return client.restful("composite/sobjects", method=method, json=body)

    kind = {"attributes": {"type": "Contact"}}
    made = send("POST", [{**kind, "LastName": "C1"}, {**kind, "FirstName": "C2"}])
    assert [row["success"] for row in made] == [True, False]
    assert made[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    changed = send("PATCH", [{**kind, "id": made[0]["id"], "Title": "CEO"}])
    assert changed == [{"id": made[0]["id"], "success": True, "errors": []}]
    read = client.restful(
        "composite/sobjects/Contact",
        method="POST",
        json={"ids": [made[0]["id"], "003000000000000AAA"], "fields": ["Title"]},
    )
    assert [row and row["Title"] for row in read] == ["CEO", None]
    upserted = client.restful(
        f"composite/sobjects/Contact/{KEY}",
        method="PATCH",
        json={"allOrNone": False, "records": [{**kind, KEY: "c9", "LastName": "C9"}]},
    )
    assert [row["created"] for row in upserted] == [True]
    deleted = client.restful(f"composite/sobjects?ids={made[0]['id']}", method="DELETE")
    assert [row["success"] for row in deleted] == [True]


def test_client_sends_batches_and_trees(client, parents):
    batch = client.restful(
        "composite/batch",
        method="POST",
        json={
            "batchRequests": [
                {"method": "GET", "url": f"v62.0/sobjects/Account/{parents['account']}"},
                {"method": "GET", "url": "v62.0/sobjects/Account/001000000000000AAA"},
            ]
        },
    )
    assert [one["statusCode"] for one in batch["results"]] == [200, 404]
    leaf = {"attributes": {"type": "Contact", "referenceId": "leaf"}, "LastName": "Leaf"}
    root = {"attributes": {"type": "Account", "referenceId": "root"}, "Name": "Tree"}
    tree = {"records": [{**root, "Contacts": {"records": [leaf]}}]}
    grown = client.restful("composite/tree/Account", method="POST", json=tree)
    assert [one["referenceId"] for one in grown["results"]] == ["root", "leaf"]


def test_client_loads_and_extracts_in_bulk(client):
    bulk = client.bulk2.Contact
    rows = [{KEY: f"b{n}", "LastName": f"B{n}", "Title": "Bulk"} for n in range(3)]
    (done,) = bulk.upsert(records=rows, external_id_field=KEY, wait=0.01)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 0)
    text = "".join(bulk.query(f"SELECT Id, {KEY} FROM Contact WHERE Title = 'Bulk'", wait=0.01))
    found = list(csv.DictReader(io.StringIO(text)))
    assert {row[KEY] for row in found} == {"b0", "b1", "b2"}
    (done,) = bulk.update(records=[{"Id": row["Id"], "Title": "CEO"} for row in found], wait=0.01)
    assert done["numberRecordsFailed"] == 0
    bad = [{KEY: "b0", "LastName": "Twice"}]
    (done,) = bulk.insert(records=bad, wait=0.01)
    assert done["numberRecordsFailed"] == 1
    assert "DUPLICATE_VALUE" in bulk.get_failed_records(done["job_id"])
    (done,) = bulk.delete(records=[{"Id": row["Id"]} for row in found], wait=0.01)
    assert done["numberRecordsFailed"] == 0
    assert client.query("SELECT COUNT() FROM Contact WHERE Title = 'CEO'")["totalSize"] == 0


def test_client_lists_what_changed_and_what_went(client, sandbox):
    kept = client.Lead.create({"LastName": "Kept", "Company": "K"})["id"]
    gone = client.Lead.create({"LastName": "Gone", "Company": "G"})["id"]
    client.Lead.delete(gone)
    sandbox.clock.move(timedelta(minutes=2))
    now = sandbox.clock.now()
    assert kept in client.Lead.updated(now - timedelta(hours=1), now)["ids"]
    deleted = client.Lead.deleted(now - timedelta(hours=1), now)["deletedRecords"]
    assert gone in [row["id"] for row in deleted]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Company": "X"}, "REQUIRED_FIELD_MISSING"),
        ({"LastName": "X", "Company": "X", "Country": "Germany"}, "FIELD_CUSTOM_VALIDATION"),
        ({"LastName": "X", "Company": "X", "Email": "no"}, "INVALID_EMAIL_ADDRESS"),
        ({"LastName": "X" * 99, "Company": "X"}, "STRING_TOO_LONG"),
        ({"LastName": "X", "Company": "X", "Nothing__c": 1}, "INVALID_FIELD"),
        ({"LastName": "X", "Company": "X", "IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"LastName": "X", "Company": "X", "OwnerId": "005000000000000AAA"}, "INVALID_CROSS_REF"),
        ({"LastName": "X", "Company": "X", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR"),
    ],
)
def test_client_is_told_why_a_row_is_refused(client, values, code):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Lead.create(values)
    assert caught.value.content[0]["errorCode"].startswith(code)


def test_client_is_told_of_duplicates_and_may_allow_them(client):
    values = {"LastName": "Dup", "Company": "D", "Email": "dup@example.com"}
    first = client.Lead.create(values)["id"]
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Lead.create(values)
    (error,) = caught.value.content
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    assert first in str(error)
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert client.Lead.create(values, headers=headers)["success"]


def test_client_searches_reads_limits_and_reference_data(client, parents):
    found = client.search("FIND {Acme} IN NAME FIELDS RETURNING Account(Name)")
    assert found["searchRecords"][0]["Name"] == "Acme"
    assert client.limits()["DailyApiRequests"]["Remaining"] > 0
    assert client.api_usage["api-usage"].used > 0
    assert client.query("SELECT COUNT() FROM User WHERE IsActive = true")["totalSize"] > 0
    assert client.query("SELECT COUNT() FROM Group")["totalSize"] >= 0
    won = client.query("SELECT ApiName FROM OpportunityStage WHERE IsWon = true")["records"]
    assert [row["ApiName"] for row in won] == ["Closed Won"]


def private_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("flow", ["password", "client_credentials", "jwt"])
def test_client_signs_in_by_every_flow_it_has(session, flow):
    given = {
        "password": {"username": USER, "password": "any", "security_token": ""},
        "client_credentials": {
            "consumer_key": "app",
            "consumer_secret": "secret",
            "domain": "acme.my",
        },
        "jwt": {"username": USER, "consumer_key": "app"},
    }[flow]
    if flow == "jwt":
        given["privatekey"] = private_key().decode()
    client = Salesforce(session=session, version="62.0", **given)
    assert client.query("SELECT COUNT() FROM User")["totalSize"] > 0


def test_client_with_an_ended_session_is_told_so(session, sandbox):
    url = sandbox.environment()["SALESFORCE_INSTANCE_URL"]
    client = Salesforce(instance_url=url, session_id="00D!ended", session=session, version="62.0")
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        client.query("SELECT Id FROM Account")
