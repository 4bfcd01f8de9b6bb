"""The Salesforce stand-in as clients see it, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from sandbox.clock import Clock
from sandbox.listener import Listener, Listeners
from sandbox.salesforce.app import build_app
from sandbox.salesforce.errors import Fault, fault_body
from sandbox.salesforce.rules import DuplicateRule
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

TOKEN = "00DdM0000000001!test"
START = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
KEY = "HubSpot_Contact_Id__c"
FIELDS = [
    {"name": KEY, "type": "string", "length": 20, "unique": True, "externalId": True},
    {"name": "Batch__c", "type": "string", "length": 20, "externalId": True},
]


class Switchboard:
    """One server for the module; each test puts its own org behind it."""

    app = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def switchboard():
    board = Switchboard()
    listeners = Listeners([Listener(board)])
    listeners.start()
    board.url = f"http://127.0.0.1:{listeners.ports[0]}"
    yield board
    listeners.stop()


class Org:
    """An org and a plain client for it."""

    def __init__(self, url, store):
        self.url = url
        self.store = store
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def call(self, method, path, **options):
        return self.session.request(method, f"{self.url}/services/data/v59.0{path}", **options)

    def lead(self, **fields):
        return self.store.create("Lead", {"LastName": "Li", "Company": "Acme", **fields})

    def query(self, text, path="/query", **options):
        return self.call("GET", path, params={"q": text}, **options)


@pytest.fixture
def make_org(switchboard):
    made = []

    def make(*, limits=False):
        store = SalesforceStore(Clock(start=START))
        lines = [
            {"system": "salesforce", "object": sobject, "field": field}
            for sobject in ("Lead", "Contact")
            for field in FIELDS
        ]
        store.load(list(parse_lines(enumerate(lines, start=1))))
        switchboard.app = build_app(store, token=TOKEN, limits=limits)
        made.append(Org(switchboard.url, store))
        return made[-1]

    yield make
    for org in made:
        org.session.close()


@pytest.fixture
def org(make_org):
    return make_org()


def error_of(response):
    """Give status and code of a refused request."""
    return response.status_code, response.json()[0]["errorCode"]


def row_code(result):
    assert result["success"] is False
    assert "id" not in result
    return result["errors"][0]["statusCode"]


def leads(*names, **fields):
    attributes = {"attributes": {"type": "Lead"}}
    return [{**attributes, "LastName": name, "Company": "Acme", **fields} for name in names]


# Finding the way


def test_versions_need_no_token(org):
    versions = requests.get(f"{org.url}/services/data/", timeout=5).json()
    by_number = {one["version"]: one for one in versions}
    assert by_number["59.0"] == {
        "label": "Winter '24",
        "url": "/services/data/v59.0",
        "version": "59.0",
    }


def test_retired_version_is_gone(org):
    response = org.session.get(f"{org.url}/services/data/v30.0/sobjects")
    assert error_of(response) == (410, "UNSUPPORTED_API_VERSION")


@pytest.mark.parametrize("header", ["", "Bearer nobody"])
def test_unknown_token_gets_the_array_body(org, header):
    org.session.headers["Authorization"] = header
    response = org.call("GET", "/sobjects")
    assert response.status_code == 401
    assert response.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


@pytest.mark.parametrize("path", ["/nothing", "/sobjects/Nothing/describe", "/tooling/query"])
def test_unknown_address_is_the_apis_not_found(org, path):
    assert error_of(org.call("GET", path)) == (404, "NOT_FOUND")


def test_wrong_method_is_refused(org):
    assert error_of(org.call("PUT", "/sobjects/Lead/x")) == (405, "METHOD_NOT_ALLOWED")


def test_every_authorised_answer_counts_and_says_so(org):
    first = org.call("GET", "/sobjects")
    second = org.call("GET", "/nothing")
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert second.headers["Sforce-Limit-Info"].startswith("api-usage=2/")
    assert org.call("GET", "/limits/").json()["DailyApiRequests"] == {
        "Max": 100000,
        "Remaining": 99998,
    }


def test_spent_budget_is_refused_until_a_day_has_passed(make_org):
    org = make_org(limits=True)
    org.store.switches.daily_calls = 1
    assert org.call("GET", "/sobjects").ok
    refused = org.call("GET", "/sobjects")
    assert error_of(refused) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert refused.json()[0]["message"] == "TotalRequests Limit exceeded."
    org.store.database.clock.move(timedelta(hours=24, seconds=1))
    assert org.call("GET", "/sobjects").ok


# Single rows


@pytest.mark.parametrize("path", ["/sobjects/Lead", "/sobjects/Lead/", "/sobjects/lead/Id"])
def test_create_answers_201_with_its_address(org, path):
    response = org.call("POST", path, json={"lastname": "Li", "COMPANY": "Acme"})
    body = response.json()
    assert response.status_code == 201
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert response.headers["Location"] == f"/services/data/v59.0/sobjects/Lead/{body['id']}"
    assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert org.store.get("Lead", body["id"])["OwnerId"] == org.store.api_user_id


def test_read_gives_all_fields_or_those_asked_for(org):
    lead = org.lead(City="Bonn", CountryCode="DE")
    whole = org.call("GET", f"/sobjects/Lead/{lead}").json()
    assert list(whole)[:3] == ["attributes", "Id", "IsDeleted"]
    assert whole["Address"]["countryCode"] == "DE"
    assert whole["CreatedDate"] == "2026-03-02T10:00:30.000+0000"
    some = org.call("GET", f"/sobjects/lead/{lead[:15]}", params={"fields": "name,city"}).json()
    assert {name: some[name] for name in ("Name", "City", "Id")} == {
        "Name": "Li",
        "City": "Bonn",
        "Id": lead,
    }


def test_update_answers_204_without_a_body(org):
    lead = org.lead(City="Bonn")
    response = org.call("PATCH", f"/sobjects/Lead/{lead}/", json={"City": "", "Title": " Dr "})
    assert (response.status_code, response.content) == (204, b"")
    row = org.store.get("Lead", lead)
    assert (row["City"], row["Title"], row["LastModifiedById"]) == (
        None,
        "Dr",
        org.store.api_user_id,
    )


def test_deleted_row_is_named_as_deleted(org):
    lead = org.lead()
    assert org.call("DELETE", f"/sobjects/Lead/{lead}").status_code == 204
    assert error_of(org.call("GET", f"/sobjects/Lead/{lead}")) == (404, "ENTITY_IS_DELETED")
    assert error_of(org.call("DELETE", f"/sobjects/Lead/{lead}")) == (404, "ENTITY_IS_DELETED")


def test_address_of_nobody_is_not_found(org):
    nobody = "00QdM00000000zzUAA"
    assert error_of(org.call("GET", f"/sobjects/Lead/{nobody}")) == (404, "NOT_FOUND")
    refused = org.call("PATCH", f"/sobjects/Lead/{nobody}", json={"City": "Bonn"})
    assert error_of(refused) == (404, "INVALID_CROSS_REFERENCE_KEY")


def test_id_of_another_object_is_refused(org):
    contact = org.store.create("Contact", {"LastName": "Li"})
    assert error_of(org.call("GET", f"/sobjects/Lead/{contact}")) == (404, "NOT_FOUND")


def test_update_may_not_repeat_the_id(org):
    lead = org.lead()
    response = org.call("PATCH", f"/sobjects/Lead/{lead}", json={"Id": lead})
    assert error_of(response) == (400, "INVALID_FIELD")


def test_row_error_names_code_text_and_field(org):
    response = org.call("POST", "/sobjects/Lead", json={"FirstName": "x" * 41, "LastName": "Li"})
    assert response.status_code == 400
    assert response.json() == [
        {
            "message": f"First Name: data value too large: {'x' * 41} (max length=40)",
            "errorCode": "STRING_TOO_LONG",
            "fields": ["FirstName"],
        }
    ]


def test_unreadable_body_is_refused(org):
    headers = {"Content-Type": "application/json"}
    response = org.call("POST", "/sobjects/Lead", data="{", headers=headers)
    assert error_of(response) == (400, "JSON_PARSER_ERROR")


def test_conditional_read_and_write(org):
    lead = org.lead()
    path = f"/sobjects/Lead/{lead}"
    stamp = org.call("GET", path).headers["Last-Modified"]
    assert org.call("GET", path, headers={"If-Modified-Since": stamp}).status_code == 304
    org.store.database.clock.move(timedelta(seconds=5))
    org.store.edit("Lead", lead, {"City": "Bonn"})
    headers = {"If-Unmodified-Since": stamp}
    refused = org.call("PATCH", path, json={"City": "Ulm"}, headers=headers)
    assert error_of(refused) == (412, "PRECONDITION_FAILED")


# External ids


def test_upsert_creates_then_updates(org):
    path = f"/sobjects/Lead/{KEY}/77"
    created = org.call("PATCH", path, json={"LastName": "Li", "Company": "Acme"})
    lead = created.json()["id"]
    assert (created.status_code, created.json()["created"]) == (201, True)
    updated = org.call("PATCH", path, json={"City": "Bonn"})
    assert (updated.status_code, updated.json()) == (
        200,
        {"id": lead, "success": True, "errors": [], "created": False},
    )
    org.store.switches.upsert_update_status = 204
    assert org.call("PATCH", path, json={"City": "Ulm"}).status_code == 204
    assert org.call("GET", path).json()["City"] == "Ulm"


def test_upsert_that_may_only_update_creates_nothing(org):
    refused = org.call(
        "PATCH", f"/sobjects/Lead/{KEY}/1", params={"updateOnly": "true"}, json={"City": "Bonn"}
    )
    assert error_of(refused) == (404, "NOT_FOUND")


def test_key_of_several_records_answers_300_with_their_addresses(org):
    ids = [org.lead(Batch__c="b") for _ in range(2)]
    response = org.call("PATCH", "/sobjects/Lead/Batch__c/b", json={"City": "Bonn"})
    assert response.status_code == 300
    assert response.json() == [f"/services/data/v59.0/sobjects/Lead/{one}" for one in ids]
    assert org.store.get("Lead", ids[0])["City"] is None


def test_encoded_slash_stays_inside_the_key(org):
    path = f"/sobjects/Lead/{KEY}/{quote('a/b c', safe='')}"
    assert org.call("PATCH", path, json={"LastName": "Li", "Company": "A"}).status_code == 201
    assert org.call("GET", path).json()[KEY] == "a/b c"


def test_field_that_is_no_key_is_not_found(org):
    response = org.call("PATCH", "/sobjects/Lead/City/Bonn", json={"LastName": "Li"})
    assert error_of(response) == (404, "NOT_FOUND")
    assert response.json()[0]["message"].endswith("does not exist or is not accessible: City")


def test_taken_unique_key_names_the_holder(org):
    lead = org.lead(**{KEY: "1"})
    body = {"LastName": "Ng", "Company": "Ng", KEY: "1"}
    response = org.call("POST", "/sobjects/Lead", json=body)
    assert error_of(response) == (400, "DUPLICATE_VALUE")
    assert response.json()[0]["message"] == (
        f"duplicate value found: {KEY} duplicates value on record with id: {lead[:15]}"
    )


def test_parent_may_be_named_by_its_key(org):
    contact = org.store.create("Contact", {"LastName": "Li", KEY: "1"})
    body = {"LastName": "Ng", "ReportsTo": {KEY: "1"}}
    made = org.call("POST", "/sobjects/Contact", json=body).json()["id"]
    assert org.store.get("Contact", made)["ReportsToId"] == contact


# Rules of the org


def test_duplicate_rule_answers_400_with_the_match(org):
    org.store.detect_duplicates("Contact", DuplicateRule(fields=("Email",)))
    first = org.store.create("Contact", {"LastName": "Li", "Email": "a@b.co"})
    body = {"LastName": "Ng", "Email": "A@b.co"}
    response = org.call("POST", "/sobjects/Contact", json=body)
    assert error_of(response) == (400, "DUPLICATES_DETECTED")
    result = response.json()[0]["duplicateResut"]
    assert result["allowSave"] is True
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == first
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert org.call("POST", "/sobjects/Contact", json=body, headers=headers).status_code == 201


def test_blocking_duplicate_rule_cannot_be_passed(org):
    rule = DuplicateRule(fields=("Email",), allow_save=False)
    org.store.detect_duplicates("Contact", rule)
    org.store.create("Contact", {"LastName": "Li", "Email": "a@b.co"})
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    body = {"LastName": "Ng", "Email": "a@b.co"}
    response = org.call("POST", "/sobjects/Contact", json=body, headers=headers)
    assert response.json()[0]["duplicateResut"]["allowSave"] is False


def test_assignment_rule_runs_unless_told_not_to(org):
    org.store.assign("Lead", lambda record: org.store.person_id)
    body = {"LastName": "Li", "Company": "Acme"}
    made = org.call("POST", "/sobjects/Lead", json=body).json()["id"]
    assert org.store.get("Lead", made)["OwnerId"] == org.store.person_id
    headers = {"Sforce-Auto-Assign": "FALSE"}
    made = org.call("POST", "/sobjects/Lead", json=body, headers=headers).json()["id"]
    assert org.store.get("Lead", made)["OwnerId"] == org.store.api_user_id


def test_planned_refusals_meet_the_next_rows_only(org):
    org.store.refuse_next("Lead", 1, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "No", ["City"])
    org.store.lock_next("Lead", 1)
    results = org.call("POST", "/composite/sobjects", json={"records": leads("a", "b", "c")}).json()
    assert [one["success"] for one in results] == [False, False, True]
    assert [row_code(one) for one in results[:2]] == [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "UNABLE_TO_LOCK_ROW",
    ]


# Collections


def test_collection_keeps_order_and_reports_each_row(org):
    records = leads("a", None, "c")
    response = org.call("POST", "/composite/sobjects", json={"records": records})
    results = response.json()
    assert response.status_code == 200
    assert [one["success"] for one in results] == [True, False, True]
    assert results[1]["errors"] == [
        {
            "statusCode": "REQUIRED_FIELD_MISSING",
            "message": "Required fields are missing: [LastName]",
            "fields": ["LastName"],
        }
    ]
    assert org.store.get("Lead", results[2]["id"])["LastName"] == "c"


def test_all_or_none_rolls_back_the_innocent(org):
    body = {"allOrNone": True, "records": leads("a", None)}
    results = org.call("POST", "/composite/sobjects", json=body).json()
    assert [row_code(one) for one in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert org.query("SELECT COUNT() FROM Lead").json()["totalSize"] == 0


def test_collection_update_takes_lower_case_id_and_refuses_a_repeat(org):
    lead = org.lead()
    record = {"attributes": {"type": "Lead"}, "id": lead, "City": "Bonn"}
    results = org.call("PATCH", "/composite/sobjects", json={"records": [record, record]}).json()
    assert results[0] == {"id": lead, "success": True, "errors": []}
    assert row_code(results[1]) == "DUPLICATE_VALUE"


def test_collection_upsert_says_what_was_created(org):
    lead = org.lead(**{KEY: "1"})
    records = [{**one, KEY: key} for one, key in zip(leads("a", "b"), "12", strict=True)]
    results = org.call("PATCH", f"/composite/sobjects/Lead/{KEY}", json={"records": records}).json()
    assert [one["created"] for one in results] == [False, True]
    assert results[0]["id"] == lead
    assert org.store.get("Lead", lead)["LastName"] == "a"


def test_collection_delete_takes_encoded_commas(org):
    ids = [org.lead(), org.lead()]
    path = f"/composite/sobjects?ids={'%2C'.join(ids)}&allOrNone=false"
    results = org.call("DELETE", path).json()
    assert [one["id"] for one in results] == ids
    assert org.store.get("Lead", ids[1])["IsDeleted"] is True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_retrieve_gives_null_for_what_is_not_there(org, method):
    lead, gone = org.lead(), org.lead()
    org.store.remove("Lead", gone)
    ids = [gone, lead[:15], "00QdM00000000zzUAA"]
    if method == "GET":
        options = {"params": {"ids": ",".join(ids), "fields": "Name"}}
    else:
        options = {"json": {"ids": ids, "fields": ["Name"]}}
    rows = org.call(method, "/composite/sobjects/Lead", **options).json()
    assert [row and row["Id"] for row in rows] == [None, lead, None]


def test_too_many_rows_or_runs_are_refused(org):
    body = {"records": leads(*"x" * 201)}
    assert org.call("POST", "/composite/sobjects", json=body).status_code == 400
    account = {"attributes": {"type": "Account"}, "Name": "Acme"}
    runs = [record for lead in leads(*"x" * 6) for record in (lead, account)]
    assert org.call("POST", "/composite/sobjects", json={"records": runs}).status_code == 400
    body = {"records": runs[:10]}
    results = org.call("POST", "/composite/sobjects", json=body).json()
    assert all(one["success"] for one in results)


# Composite


def part(name, method, path, **more):
    return {
        "referenceId": name,
        "method": method,
        "url": f"/services/data/v59.0{path}",
        **more,
    }


def composite(org, *parts, all_or_none=False):
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    response = org.call("POST", "/composite", json=body)
    assert response.status_code == 200, response.text
    return response.json()["compositeResponse"]


def test_composite_parts_use_earlier_answers(org):
    answers = composite(
        org,
        part("acc", "POST", "/sobjects/Account", body={"Name": "Acme"}),
        part(
            "two",
            "POST",
            "/composite/sobjects",
            body={
                "records": [
                    {"attributes": {"type": "Contact"}, "LastName": "Li", "AccountId": "@{acc.id}"}
                ]
            },
        ),
        part("found", "GET", "/query?q=SELECT Id FROM Contact WHERE Id = '@{two[0].id}'"),
        part("read", "GET", "/sobjects/Contact/@{found.records[0].Id}?fields=LastName,AccountId"),
        part("write", "PATCH", "/sobjects/Account/@{acc.id}", body={"Site": "of @{acc.id}"}),
    )
    account = answers[0]["body"]["id"]
    assert [one["httpStatusCode"] for one in answers] == [201, 200, 200, 200, 204]
    assert answers[0]["httpHeaders"]["Location"].endswith(account)
    assert answers[3]["body"]["AccountId"] == account
    assert answers[4]["body"] is None
    assert org.store.get("Account", account)["Site"] == f"of {account}"
    assert org.call("GET", "/limits").headers["Sforce-Limit-Info"].startswith("api-usage=2/")


def test_composite_part_that_needs_a_failed_one_fails_alone(org):
    answers = composite(
        org,
        part("acc", "POST", "/sobjects/Account", body={}),
        part("con", "POST", "/sobjects/Contact", body={"LastName": "@{acc.id}"}),
        part("own", "POST", "/sobjects/Contact", body={"LastName": "Li"}),
    )
    codes = [one["body"][0]["errorCode"] for one in answers[:2]]
    assert codes == ["REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert answers[2]["httpStatusCode"] == 201


def test_composite_all_or_none_rolls_everything_back(org):
    answers = composite(
        org,
        part("acc", "POST", "/sobjects/Account", body={"Name": "Acme"}),
        part("bad", "POST", "/sobjects/Contact", body={}),
        all_or_none=True,
    )
    assert [one["body"][0]["errorCode"] for one in answers] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
    ]
    assert org.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0


def test_composite_part_has_its_own_headers(org):
    org.store.assign("Lead", lambda record: org.store.person_id)
    body = {"LastName": "Li", "Company": "Acme"}
    headers = {"Sforce-Auto-Assign": "FALSE"}
    kept, assigned = composite(
        org,
        part("kept", "POST", "/sobjects/Lead", body=body, httpHeaders=headers),
        part("assigned", "POST", "/sobjects/Lead", body=body),
    )
    owners = [org.store.get("Lead", one["body"]["id"])["OwnerId"] for one in (kept, assigned)]
    assert owners == [org.store.api_user_id, org.store.person_id]


@pytest.mark.parametrize(
    "parts",
    [
        [part("same", "GET", "/limits"), part("same", "GET", "/limits")],
        [{"method": "GET", "url": "/services/data/v59.0/limits"}],
        [part(f"p{n}", "GET", "/limits") for n in range(26)],
        [part(f"p{n}", "GET", "/query?q=SELECT Id FROM Lead") for n in range(6)],
    ],
)
def test_bad_composite_envelope_runs_nothing(org, parts):
    response = org.call("POST", "/composite", json={"compositeRequest": parts})
    assert response.status_code == 400


def test_batch_runs_independent_parts_and_counts_each(org):
    body = {
        "batchRequests": [
            {"method": "GET", "url": "v59.0/limits"},
            {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "Acme"}},
            {"method": "GET", "url": "v59.0/nothing"},
        ]
    }
    response = org.call("POST", "/composite/batch", json=body)
    answer = response.json()
    assert answer["hasErrors"] is True
    assert [one["statusCode"] for one in answer["results"]] == [200, 201, 404]
    assert response.headers["Sforce-Limit-Info"].startswith("api-usage=3/")


# Queries


def test_pages_follow_until_done_with_the_whole_size(org):
    ids = [org.lead() for _ in range(450)]
    headers = {"Sforce-Query-Options": "batchSize=1"}
    page = org.query("SELECT Id FROM Lead ORDER BY Id", headers=headers).json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (450, False, 200)
    found = page["records"]
    while not page["done"]:
        assert page["nextRecordsUrl"].startswith("/services/data/v59.0/query/")
        page = org.session.get(org.url + page["nextRecordsUrl"]).json()
        found += page["records"]
    assert "nextRecordsUrl" not in page
    assert [row["Id"] for row in found] == ids


def test_dead_locator_is_refused(org):
    org.store.switches.rows_per_page = 1
    org.lead(), org.lead()
    page = org.query("SELECT Id FROM Lead").json()
    assert org.session.get(org.url + page["nextRecordsUrl"]).ok
    org.store.forget_locators()
    refused = org.session.get(org.url + page["nextRecordsUrl"])
    assert error_of(refused) == (400, "INVALID_QUERY_LOCATOR")


def test_only_query_all_sees_the_recycle_bin(org):
    winner, loser = org.lead(), org.lead()
    org.store.merge("Lead", winner, [loser])
    text = "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true"
    assert org.query(text).json()["records"] == []
    rows = org.query(text, path="/queryAll/").json()["records"]
    assert [(row["Id"], row["MasterRecordId"]) for row in rows] == [(loser, winner)]


def test_stamp_with_an_encoded_plus_is_understood(org):
    lead = org.lead()
    text = "SELECT Id FROM Lead WHERE SystemModstamp >= 2026-03-02T11:00:30+01:00"
    assert org.query(text).json()["records"][0]["Id"] == lead


# Replication


def window(start, end):
    return {"params": {"start": start.isoformat(), "end": end.isoformat()}}


def test_updated_covers_whole_minutes_only(org):
    lead = org.lead()
    start = START - timedelta(minutes=5)
    answer = org.call("GET", "/sobjects/Lead/updated/", **window(start, START)).json()
    assert answer == {"ids": [], "latestDateCovered": "2026-03-02T10:00:00.000+0000"}
    org.store.database.clock.move(timedelta(minutes=3))
    end = START + timedelta(minutes=2)
    answer = org.call("GET", "/sobjects/Lead/updated", **window(START, end)).json()
    assert answer == {"ids": [lead], "latestDateCovered": "2026-03-02T10:02:00.000+0000"}


def test_deleted_lists_what_is_in_the_bin_and_nothing_purged(org):
    gone, purged = org.lead(), org.lead()
    org.store.remove("Lead", gone)
    org.store.purge("Lead", purged)
    org.store.database.clock.move(timedelta(minutes=3))
    end = START + timedelta(minutes=2)
    answer = org.call("GET", "/sobjects/Lead/deleted/", **window(START, end)).json()
    [row] = answer["deletedRecords"]
    assert (row["id"], row["deletedDate"]) == (gone, answer["earliestDateAvailable"])
    assert START <= datetime.strptime(row["deletedDate"], "%Y-%m-%dT%H:%M:%S.%f%z") < end


@pytest.mark.parametrize(
    ("kind", "start", "length"),
    [
        ("updated", 0, timedelta(0)),
        ("updated", 31, timedelta(days=31)),
        ("deleted", 0, timedelta(seconds=20)),
    ],
)
def test_window_that_cannot_be_is_refused(org, kind, start, length):
    began = START - timedelta(days=start)
    response = org.call("GET", f"/sobjects/Lead/{kind}", **window(began, began + length))
    assert error_of(response) == (400, "INVALID_REPLICATION_DATE")


# Describe


def test_describe_tells_fields_as_writes_treat_them(org):
    response = org.call("GET", "/sobjects/contact/describe/")
    fields = {one["name"]: one for one in response.json()["fields"]}
    assert (fields[KEY]["externalId"], fields[KEY]["unique"], fields[KEY]["custom"]) == (
        True,
        True,
        True,
    )
    assert (fields["Name"]["createable"], fields["LastName"]["nillable"]) == (False, False)
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert {"value": "DE", "label": "Germany"}.items() <= next(
        one for one in fields["MailingCountryCode"]["picklistValues"] if one["value"] == "DE"
    ).items()
    headers = {"If-Modified-Since": response.headers["Last-Modified"]}
    unchanged = org.call("GET", "/sobjects/Contact/describe", headers=headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_global_describe_lists_objects_with_their_prefixes(org):
    answer = org.call("GET", "/sobjects").json()
    prefixes = {one["name"]: one["keyPrefix"] for one in answer["sobjects"]}
    assert (answer["encoding"], answer["maxBatchSize"]) == ("UTF-8", 200)
    assert (prefixes["Lead"], prefixes["Contact"], prefixes["Account"]) == ("00Q", "003", "001")


# Signing in


def test_token_is_issued_and_leads_to_user_and_org(org):
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "secret"}
    answer = requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=5).json()
    assert answer["instance_url"] == org.url
    assert answer["id"].endswith(f"/{org.store.org_id}/{org.store.api_user_id}")
    org.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert org.call("GET", "/sobjects").ok
    info = org.session.get(f"{org.url}/services/oauth2/userinfo").json()
    assert (info["organization_id"], info["user_id"]) == (
        org.store.org_id,
        org.store.api_user_id,
    )
    assert org.session.get(answer["id"]).json()["organization_id"] == org.store.org_id


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "app"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "app"}, "invalid_grant"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        (
            {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b"},
            "invalid_grant",
        ),
    ],
)
def test_bad_token_request_gets_an_object_not_an_array(org, form, error):
    response = requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=5)
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_revoked_token_is_refused(org):
    requests.post(f"{org.url}/services/oauth2/revoke", data={"token": TOKEN}, timeout=5)
    assert org.call("GET", "/sobjects").status_code == 401


@pytest.mark.parametrize("kind", list(Fault))
def test_every_planned_fault_has_its_answer(kind):
    status, headers, body = fault_body(kind)
    assert status >= 400
    assert body.startswith(b"<!DOCTYPE" if "html" in headers["Content-Type"] else b'[{"message"')


# simple-salesforce, unchanged


class Loopback(HTTPAdapter):
    """Sends what the client addresses to https to the sandbox instead."""

    def __init__(self, url):
        super().__init__()
        self._netloc = urlsplit(url).netloc

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = urlunsplit(("http", self._netloc, *parts[2:]))
        return super().send(request, **options)


@pytest.fixture
def client(org):
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Loopback(org.url))
    yield Salesforce(instance_url=org.url, session_id=TOKEN, session=session, version="59.0")
    session.close()


def test_simple_salesforce_writes_and_reads_people_and_companies(client):
    account = client.Account.create({"Name": "Acme", "BillingCountryCode": "DE"})["id"]
    contact = client.Contact.create({"LastName": "Li", "AccountId": account})["id"]
    assert client.Contact.update(contact, {"Email": "a@b.co", "Title": None}) == 204
    found = client.query_all("SELECT Id, Email, Account.BillingCountry FROM Contact")
    assert found["records"][0]["Account"]["BillingCountry"] == "Germany"
    assert client.Contact.get(contact)["Email"] == "a@b.co"
    assert client.Contact.upsert(f"{KEY}/1", {"LastName": "Ng"}) == 201
    assert client.Contact.get_by_custom_id(KEY, "1")["Name"] == "Ng"
    assert client.Contact.delete(contact) == 204
    assert client.query("SELECT Id FROM Contact", include_deleted=True)["totalSize"] == 2
    assert client.api_usage["api-usage"].total == 100000


def test_simple_salesforce_follows_pages_and_describes(client, org):
    org.store.switches.rows_per_page = 2
    ids = [org.lead() for _ in range(5)]
    found = client.query_all_iter("SELECT Id FROM Lead ORDER BY Id")
    assert [row["Id"] for row in found] == ids
    assert client.Lead.describe()["keyPrefix"] == "00Q"
    assert client.describe()["maxBatchSize"] == 200
    start, end = START - timedelta(hours=1), START
    assert client.Lead.updated(start, end)["ids"] == []
    assert client.Lead.deleted(start, end)["deletedRecords"] == []


def test_simple_salesforce_raises_by_status(client, org):
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Lead.create({"LastName": "Li"})
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get("00QdM00000000zzUAA")
    org.lead(Batch__c="b"), org.lead(Batch__c="b")
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Lead.get_by_custom_id("Batch__c", "b")
    client.headers["Authorization"] = "Bearer nobody"
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Lead")


def test_simple_salesforce_logs_in_with_client_credentials(org):
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Loopback(org.url))
        client = Salesforce(
            consumer_key="app", consumer_secret="secret", domain="acme.my", session=session
        )
        assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
