"""simple-salesforce, unchanged, over the APIs of the Salesforce stand-in as it is served."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from sandbox.server import Sandbox

KEY = "Ext__c"
SEED = [
    {
        "system": "salesforce",
        "object": "Contact",
        "field": {"name": KEY, "type": "string", "unique": True, "externalId": True},
    },
    {"system": "salesforce", "object": "Account", "key": "a1", "fields": {"Name": "Acme"}},
]


class Loopback(HTTPAdapter):
    """Sends what the client addresses to https to the sandbox instead."""

    def __init__(self, url):
        super().__init__()
        self._netloc = urlsplit(url).netloc

    def send(self, request, *args, **options):
        parts = urlsplit(request.url)
        request.url = urlunsplit(("http", self._netloc, *parts[2:]))
        return super().send(request, *args, **options)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SEED) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session(sandbox):
    with requests.Session() as session:
        session.trust_env = False
        url = sandbox.environment()["SALESFORCE_INSTANCE_URL"]
        session.mount("https://", Loopback(url))
        yield session


@pytest.fixture
def client(session):
    return Salesforce(
        username="integration@sandbox.invalid",
        password="any",
        security_token="",
        session=session,
        version="59.0",
    )


def test_session_that_ran_out_is_renewed_by_the_client(client, sandbox):
    token = client.session_id
    sandbox.clock.move(timedelta(hours=3))
    assert client.query("SELECT Name FROM Account")["records"][0]["Name"] == "Acme"
    assert client.session_id != token


def test_rows_loaded_in_bulk_are_counted_in_groups(client):
    rows = [
        {"LastName": f"P{n}", "Title": "CEO" if n % 2 else "CFO", KEY: str(n)} for n in range(9)
    ]
    done = client.bulk2.Contact.insert(records=rows, wait=0.01)
    assert [one["numberRecordsFailed"] for one in done] == [0]
    groups = client.query(
        f"SELECT Title, COUNT(Id) n FROM Contact WHERE {KEY} != null "
        "GROUP BY Title HAVING COUNT(Id) > 4"
    )
    assert [(row["Title"], row["n"]) for row in groups["records"]] == [("CFO", 5)]


def test_changes_and_deletions_are_listed(client, sandbox):
    kept = client.Contact.create({"LastName": "Kept"})["id"]
    gone = client.Contact.create({"LastName": "Gone"})["id"]
    client.Contact.delete(gone)
    sandbox.clock.move(timedelta(minutes=2))
    now = sandbox.clock.now()
    assert kept in client.Contact.updated(now - timedelta(hours=1), now)["ids"]
    deleted = client.Contact.deleted(now - timedelta(hours=1), now)["deletedRecords"]
    assert [row["id"] for row in deleted] == [gone]


def test_composite_parts_build_on_one_another(client):
    lead = "/services/data/v59.0"
    parts = [
        {
            "method": "POST",
            "url": f"{lead}/sobjects/Account",
            "referenceId": "acc",
            "body": {"Name": "Beta"},
        },
        {
            "method": "POST",
            "url": f"{lead}/sobjects/Contact",
            "referenceId": "con",
            "body": {"LastName": "Li", "AccountId": "@{acc.id}"},
        },
        {
            "method": "GET",
            "url": f"{lead}/query?q=SELECT Account.Name FROM Contact WHERE Id = '@{{con.id}}'",
            "referenceId": "found",
        },
    ]
    body = {"allOrNone": True, "compositeRequest": parts}
    answers = client.restful("composite", method="POST", json=body)["compositeResponse"]
    assert [one["httpStatusCode"] for one in answers] == [201, 201, 200]
    assert answers[2]["body"]["records"][0]["Account"]["Name"] == "Beta"
