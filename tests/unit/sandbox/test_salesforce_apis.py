"""Signing in, SOAP, XML, graphs, trees, searches and windows of the Salesforce stand-in."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from tests.unit.sandbox.sforce import KEY, START, TOKEN, Server

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USER = "integration@sandbox.invalid"
DATA = "/services/data/v59.0"


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


def error_of(answer):
    return answer.status_code, answer.json()[0]["errorCode"]


def assertion(seconds=180, **claims):
    expires = str(int((START + timedelta(seconds=seconds)).timestamp()))
    body = {"iss": "app", "sub": USER, "aud": "https://login.salesforce.com", "exp": expires}
    parts = ({"alg": "RS256"}, body | claims)
    coded = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts)
    return ".".join((*(one.rstrip("=") for one in coded), "signature"))


# Signing in


def test_assertion_signs_its_user_in(org):
    form = {"grant_type": JWT, "assertion": assertion(sub="sam.seller@sandbox.invalid")}
    answer = org.post("token", form).json()
    assert answer["id"].endswith(org.store.person_id)
    assert set(answer) == {
        *("access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at")
    }
    org.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    made = org.call("POST", "/sobjects/Contact", json={"LastName": "Li"}).json()["id"]
    assert org.store.get("Contact", made)["CreatedById"] == org.store.person_id


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"sub": "nobody@x.co"}, "user hasn't approved this consumer"),
        ({"aud": "salesforce"}, "audience is invalid"),
        ({"exp": "1"}, "assertion has expired"),
        ({"exp": "9" * 400}, "invalid assertion"),
    ],
)
def test_assertion_that_is_wrong_is_refused(org, claims, description):
    answer = org.post("token", {"grant_type": JWT, "assertion": assertion(**claims)})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_grant", "error_description": description},
    )


def test_assertion_may_not_reach_further_than_the_ceiling(org):
    org.store.switches.assertion_ceiling = timedelta(minutes=3)
    for seconds, status in ((180, 200), (600, 400)):
        form = {"grant_type": JWT, "assertion": assertion(seconds)}
        assert org.post("token", form).status_code == status


def test_unused_token_runs_out_by_the_clock(org):
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "s"}
    token = org.post("token", form).json()["access_token"]
    org.session.headers["Authorization"] = f"Bearer {token}"
    org.move(hours=1, minutes=59)
    assert org.call("GET", "/limits").status_code == 200
    org.move(hours=1, minutes=59)
    assert org.call("GET", "/limits").status_code == 200
    org.move(hours=2, minutes=1)
    answer = org.call("GET", "/limits")
    assert answer.status_code == 401
    assert answer.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_announced_token_never_runs_out(org):
    org.move(days=400)
    assert org.call("GET", "/limits").status_code == 200


def test_refresh_token_is_used_up_where_tokens_rotate(org):
    form = {"grant_type": "refresh_token", "client_id": "a", "refresh_token": "r1"}
    assert "refresh_token" not in org.post("token", form).json()
    org.store.switches.refresh_token_rotates = True
    renewed = org.post("token", form).json()["refresh_token"]
    assert org.post("token", form).json()["error_description"] == "expired access/refresh token"
    assert org.post("token", form | {"refresh_token": renewed}).ok


def test_revoked_refresh_token_gets_nothing(org):
    assert org.post("revoke", {"token": "r1"}).status_code == 200
    form = {"grant_type": "refresh_token", "client_id": "a", "refresh_token": "r1"}
    assert org.post("token", form).json()["error"] == "invalid_grant"


def test_password_must_be_of_a_user(org):
    form = {
        "grant_type": "password",
        "client_id": "a",
        "client_secret": "s",
        "username": USER,
        "password": "secret",
    }
    assert org.post("token", form).ok
    refused = org.post("token", form | {"username": "nobody"}).json()
    assert refused == {"error": "invalid_grant", "error_description": "authentication failure"}


def test_user_information_needs_a_token(org):
    address = f"{org.url}/services/oauth2/userinfo"
    refused = requests.get(address, headers={"Authorization": "Bearer x"}, timeout=5)
    assert (refused.status_code, refused.text) == (403, "Bad_OAuth_Token")
    assert requests.get(address, timeout=5).text == "Missing_OAuth_Token"
    assert org.session.get(address).json()["preferred_username"] == USER


# SOAP


def test_simple_salesforce_signs_in_with_username_and_password(org):
    options = {"username": USER, "password": "p", "security_token": "t", "domain": "test"}
    with org.real_client(**options) as client:
        assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_simple_salesforce_is_told_of_a_bad_login(org):
    options = {"username": "nobody@x.co", "password": "p", "security_token": "t"}
    with pytest.raises(SalesforceAuthenticationFailed) as caught, org.real_client(**options):
        pass
    assert caught.value.code == "INVALID_LOGIN"


def soap(org, call, token=TOKEN, version="59.0"):
    envelope = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader>"
        f'</soapenv:Header><soapenv:Body xmlns="urn:partner.soap.sforce.com">{call}'
        "</soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    address = f"{org.url}/services/Soap/u/{version}"
    return requests.post(address, data=envelope, headers=headers, timeout=5)


def test_login_is_gone_from_version_65(org):
    call = f"<login><username>{USER}</username><password>p</password></login>"
    assert "<sessionId>" in soap(org, call, version="64.0").text
    answer = soap(org, call, version="65.0")
    assert (answer.status_code, "UNSUPPORTED_API_VERSION" in answer.text) == (500, True)


def test_call_needs_a_session(org):
    answer = soap(org, "<getUserInfo/>", token="nobody")
    assert answer.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in answer.text


def test_merge_leaves_losers_with_their_winner(org):
    winner, loser = org.contact(LastName="A"), org.contact(LastName="B")
    call = (
        f"<merge><request><masterRecord><type>Contact</type><Id>{winner}</Id><Title>CEO</Title>"
        f"</masterRecord><recordToMergeIds>{loser}</recordToMergeIds></request></merge>"
    )
    answer = soap(org, call)
    assert f"<mergedRecordIds>{loser}</mergedRecordIds><success>true</success>" in answer.text
    assert org.store.get("Contact", winner)["Title"] == "CEO"
    assert org.store.get("Contact", loser)["MasterRecordId"] == winner


def test_undelete_brings_back(org):
    one = org.contact()
    org.store.remove("Contact", one)
    assert "<success>true</success>" in soap(org, f"<undelete><ids>{one}</ids></undelete>").text
    assert org.store.get("Contact", one)["IsDeleted"] is False
    again = soap(org, f"<undelete><ids>{one}</ids></undelete>").text
    assert "<statusCode>UNDELETE_FAILED</statusCode>" in again


def test_lead_is_converted(org):
    lead = org.store.create("Lead", {"LastName": "Li", "Company": "Acme"})
    call = (
        f"<convertLead><leadConverts><leadId>{lead}</leadId>"
        "<convertedStatus>Closed - Converted</convertedStatus>"
        "<doNotCreateOpportunity>true</doNotCreateOpportunity></leadConverts></convertLead>"
    )
    answer = soap(org, call)
    assert '<opportunityId xsi:nil="true"/><success>true</success>' in answer.text
    assert org.store.get("Lead", lead)["IsConverted"] is True
    assert "CANNOT_UPDATE_CONVERTED_LEAD" in soap(org, call).text


# XML


def test_xml_is_given_to_those_who_ask_for_it(org):
    one = org.account()
    accept = {"Accept": "application/xml"}
    answer = org.query("SELECT Id, Name FROM Account", headers=accept)
    assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8"
    assert f'<records type="Account" url="{DATA}/sobjects/Account/{one}"><Id>{one}</Id>' in (
        answer.text
    )
    refused = org.query("SELECT Nope FROM Account", headers=accept).text
    assert "<Errors><Error>" in refused
    assert "<errorCode>INVALID_FIELD</errorCode>" in refused


# Graphs and trees


def part(name, url, method="POST", **body):
    return {"method": method, "url": f"{DATA}{url}", "referenceId": name, "body": body}


def test_each_graph_is_all_or_nothing(org):
    good = [
        part("a", "/sobjects/Account", Name="Acme"),
        part("c", "/sobjects/Contact", LastName="Li", AccountId="@{a.id}"),
    ]
    bad = [part("a", "/sobjects/Account", Name="Beta"), part("c", "/sobjects/Contact")]
    body = {
        "graphs": [
            {"graphId": "g1", "compositeRequest": good},
            {"graphId": "g2", "compositeRequest": bad},
        ]
    }
    first, second = org.call("POST", "/composite/graph", json=body).json()["graphs"]
    assert list(first) == ["graphId", "graphResponse", "isSuccessful"]
    assert (first["isSuccessful"], second["isSuccessful"]) == (True, False)
    codes = [one["body"][0]["errorCode"] for one in second["graphResponse"]["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    found = org.query("SELECT Name FROM Account").json()["records"]
    assert [row["Name"] for row in found] == ["Acme"]


@pytest.mark.parametrize(
    "graphs",
    [
        [],
        [{"graphId": "g", "compositeRequest": [part("q", "/query?q=x", "GET")]}],
        [{"graphId": "g", "compositeRequest": [part("a", "/sobjects/Account")]}] * 2,
        [
            {"graphId": str(n), "compositeRequest": [part("a", "/sobjects/Account")]}
            for n in range(76)
        ],
    ],
)
def test_graphs_that_may_not_be_are_refused(org, graphs):
    assert org.call("POST", "/composite/graph", json={"graphs": graphs}).status_code == 400


def tree(name, **fields):
    return {"attributes": {"type": "X", "referenceId": name}, **fields}


def test_tree_makes_parents_and_children(org):
    contacts = {"records": [tree("c1", LastName="Li"), tree("c2", LastName="Ng")]}
    body = {"records": [tree("a1", Name="Acme", Contacts=contacts)]}
    answer = org.call("POST", "/composite/tree/Account", json=body)
    made = {one["referenceId"]: one["id"] for one in answer.json()["results"]}
    assert (answer.status_code, list(made)) == (201, ["a1", "c1", "c2"])
    assert org.store.get("Contact", made["c2"])["AccountId"] == made["a1"]


def test_tree_with_a_bad_record_makes_nothing(org):
    contacts = {"records": [tree("c1", Email="x")]}
    body = {"records": [tree("a1", Name="Acme", Contacts=contacts)]}
    answer = org.call("POST", "/composite/tree/Account", json=body)
    assert answer.status_code == 400
    result = answer.json()["results"][0]
    assert (answer.json()["hasErrors"], result["referenceId"]) == (True, "c1")
    assert org.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0


# Searches, counts, pages, windows


def test_sosl_finds_words_in_text_fields(org):
    org.contact(LastName="Lovelace", Email="ada@acme.co")
    org.contact(LastName="Li", Title="Acme fan")
    text = "FIND {acm*} IN ALL FIELDS RETURNING Contact(Id, Name WHERE Title != null), Account"
    found = org.call("GET", "/search", params={"q": text}).json()["searchRecords"]
    assert [row["Name"] for row in found] == ["Li"]
    assert org.call("GET", "/search", params={"q": "FIND {nobody}"}).json() == {"searchRecords": []}


def test_search_that_cannot_be_read_is_refused(org):
    answer = org.call("GET", "/search", params={"q": "FIND John"})
    assert error_of(answer) == (400, "MALFORMED_SEARCH")


def test_parameterized_search_names_object_and_fields(org):
    org.account(Name="Acme Corp")
    asked = {"q": "acme", "sobject": "Account", "Account.fields": "Id,Name"}
    found = org.call("GET", "/parameterizedSearch", params=asked).json()["searchRecords"]
    body = {"q": "acme", "sobjects": [{"name": "Account", "fields": ["Id", "Name"]}]}
    posted = org.call("POST", "/parameterizedSearch", json=body).json()["searchRecords"]
    assert found == posted
    assert found[0]["Name"] == "Acme Corp"


def test_record_counts_leave_empty_objects_out(org):
    org.account()
    counts = org.call("GET", "/limits/recordCount", params={"sObjects": "Account,Contact"})
    assert counts.json() == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_long_list_of_children_comes_in_pages(org):
    org.store.switches.rows_per_page = 2
    account = org.account()
    for number in range(5):
        org.contact(LastName=str(number), AccountId=account)
    text = "SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account"
    children = org.query(text).json()["records"][0]["Contacts"]
    assert (children["totalSize"], children["done"]) == (5, False)
    found = [row["LastName"] for row in children["records"]]
    while not children["done"]:
        children = org.session.get(org.url + children["nextRecordsUrl"]).json()
        found += [row["LastName"] for row in children["records"]]
    assert found == list("01234")


@pytest.mark.parametrize("locator", ["x", "0r8dM0000000001AAA-2", "-", "0r8-9" + "9" * 500])
def test_locator_of_nobody_is_refused(org, locator):
    assert error_of(org.call("GET", f"/query/{locator}")) == (400, "INVALID_QUERY_LOCATOR")


def test_row_without_attributes_fails_alone_as_recorded(org):
    """Word for word as a real org answered."""
    body = {"records": [{"Id": "001000000000000000", "Name": "X"}], "allOrNone": False}
    answer = org.call("PATCH", "/composite/sobjects/Account/Id", json=body)
    message = (
        "Nested object for polymorphic foreign key must have an attributes field before any "
        "other fields."
    )
    error = {"statusCode": "JSON_PARSER_ERROR", "message": message, "fields": []}
    assert answer.json() == [{"success": False, "errors": [error], "created": False}]


def window(org, kind, *, days=0, minutes=60, **options):
    now = org.clock.now()
    start = now - timedelta(days=days, minutes=minutes)
    params = {"start": start.isoformat(), "end": now.isoformat()}
    return org.call("GET", f"/sobjects/Contact/{kind}/", params=params, **options)


def test_covered_time_may_lag(org):
    org.store.switches.covered_lag = timedelta(minutes=5)
    assert window(org, "updated").json()["latestDateCovered"] == "2026-03-02T09:55:00.000+0000"


@pytest.mark.parametrize(("reach", "status"), [(30, 200), (15, 400)])
def test_reach_of_deletions_can_be_switched(org, reach, status):
    org.store.switches.deletions_asked_for = reach
    assert window(org, "deleted", days=20).status_code == status
    assert window(org, "updated", days=20).status_code == 200


def test_many_deletions_are_listed_by_their_time(org):
    ids = [org.contact() for _ in range(600)]
    for one in ids[:550]:
        org.store.remove("Contact", one)
    org.move(minutes=10)
    org.store.remove("Contact", ids[-1])
    org.move(minutes=2)
    found = window(org, "deleted", minutes=5).json()["deletedRecords"]
    assert [row["id"] for row in found] == [ids[-1]]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("PUT", "/jobs/ingest", "METHOD_NOT_ALLOWED"),
        ("GET", "/jobs/nope", "NOT_FOUND"),
        ("GET", "/jobs/ingest/750000000000000", "NOT_FOUND"),
        ("GET", "/composite/graph", "METHOD_NOT_ALLOWED"),
        ("POST", "/composite/tree/Nope", "NOT_FOUND"),
        ("GET", "/search/x", "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_refused(org, method, path, code):
    answer = org.call(method, path, json={} if method == "POST" else None)
    assert answer.json()[0]["errorCode"] == code


def test_key_is_upserted_through_the_real_client(org):
    with org.real_client() as client:
        assert client.Contact.upsert(f"{KEY}/1", {"LastName": "Li"}) == 201
        assert client.Contact.upsert(f"{KEY}/1", {"LastName": "Ng"}) == 200
        assert client.limits()["DailyApiRequests"]["Max"] == 100000
        made = client.restful(
            "composite/tree/Account",
            method="POST",
            json={"records": [tree("a", Name="Acme")]},
        )
        assert made["hasErrors"] is False
        assert client.search("FIND {Acme} RETURNING Account(Name)")["searchRecords"]
