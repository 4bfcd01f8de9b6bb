"""What the control page does beyond edits: faults that are checked, merges, rows refused, time."""

from __future__ import annotations

import json

import pytest
import requests

from sandbox.errors import SandboxError
from sandbox.fault_lines import parse_fault, read_faults
from sandbox.json_text import read_json
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule

CONTACTS = "/crm/v3/objects/contacts"
ROWS = "/services/data/v64.0/composite/sobjects"


@pytest.fixture(scope="module")
def served():
    with Sandbox([], limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served):
    for system, name in (("hubspot", "contacts"), ("salesforce", "Contact")):
        for _ in range(2):
            served.add(
                system, name, {"lastname" if system == "hubspot" else "LastName": "Li"}, by="person"
            )
    yield served
    served.reset()


def control(sandbox, method, path, body=None):
    return requests.request(method, sandbox.control_url + path, json=body, timeout=5)


def hubspot(sandbox, path, body):
    token = {"Authorization": f"Bearer {sandbox.hubspot_token}"}
    return requests.post(sandbox.hubspot_url + path, json=body, headers=token, timeout=5)


def salesforce(sandbox, method, path, **more):
    token = {"Authorization": f"Bearer {sandbox.salesforce_token}"}
    url = sandbox.salesforce_url + path
    return requests.request(method, url, headers=token, timeout=5, **more)


def people(count):
    # Without a trace id a refused row refuses the whole batch.
    inputs = [
        {"properties": {"lastname": f"New {n}"}, "objectWriteTraceId": str(n)} for n in range(count)
    ]
    return {"inputs": inputs}


def rows(count):
    kind = {"type": "Contact"}
    return {
        "allOrNone": False,
        "records": [{"attributes": kind, "LastName": f"New {n}"} for n in range(count)],
    }


# Faults


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"system": "hubspot"}, "kind is missing"),
        ({"system": "hubspot", "kind": ""}, "kind is missing"),
        ({"system": "hubspot", "kind": "500", "times": "many"}, "times is 'many'"),
        ({"system": "hubspot", "kind": "500", "times": 0}, "times is 0"),
        ({"system": "hubspot", "kind": "500", "times": True}, "times is True"),
        ({"system": "hubspot", "kind": "500", "skip": -1}, "skip is -1"),
        ({"system": "hubspot", "kind": "500", "seconds": "x"}, "seconds is 'x'"),
        ({"system": "hubspot", "kind": "500", "path": "("}, "is not a pattern"),
        ({"system": "hubspot", "kind": "500", "path": 1}, "path is 1"),
        ({"system": "pipedrive", "kind": "500"}, "system is 'pipedrive'"),
        ({"system": "hubspot", "kind": "500", "when": 1}, "a fault has no when"),
        ([], "a fault is an object"),
    ],
)
def test_fault_that_cannot_be_used_says_why(line, why, tmp_path):
    path = tmp_path / "faults.jsonl"
    path.write_text(f"# planned\n{json.dumps(line)}\n")
    with pytest.raises(SandboxError, match=r"faults\.jsonl:2: ") as refused:
        read_faults(path)
    assert why in str(refused.value)


def test_fault_has_defaults():
    assert parse_fault({"system": "hubspot", "kind": "500"}) == FaultRule(
        system="hubspot", kind="500", path="", method="", times=1, skip=0, seconds=0.05
    )


def test_half_of_a_hubspot_batch_is_refused(sandbox):
    fault = {"system": "hubspot", "kind": "half_refused", "path": "batch/create"}
    assert control(sandbox, "POST", "/faults", fault).status_code == 200

    answer = hubspot(sandbox, f"{CONTACTS}/batch/create", people(4))

    assert answer.status_code == 207
    assert answer.json()["numErrors"] == 2
    assert sorted(one["properties"]["lastname"] for one in answer.json()["results"]) == [
        "New 0",
        "New 2",
    ]
    assert hubspot(sandbox, f"{CONTACTS}/batch/create", people(4)).status_code == 201


def test_half_of_a_salesforce_collection_is_refused(sandbox):
    control(sandbox, "POST", "/faults", {"system": "salesforce", "kind": "half_refused"})

    answer = salesforce(sandbox, "POST", ROWS, json=rows(4)).json()

    assert [one["success"] for one in answer] == [True, False, True, False]
    assert answer[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    again = salesforce(sandbox, "POST", ROWS, json=rows(2)).json()
    assert [one["success"] for one in again] == [True, True]


def test_hubspot_write_reaches_the_search_late(sandbox):
    fault = {"system": "hubspot", "kind": "late_index", "path": "batch/create", "seconds": 60}
    control(sandbox, "POST", "/faults", fault)
    hubspot(sandbox, f"{CONTACTS}/batch/create", people(1))
    name = {"propertyName": "lastname", "operator": "EQ", "value": "New 0"}
    search = {"filterGroups": [{"filters": [name]}]}

    def found():
        return hubspot(sandbox, f"{CONTACTS}/search", search).json()["total"]

    assert found() == 0
    control(sandbox, "POST", "/clock", {"seconds": 61})
    assert found() == 1


def test_salesforce_rows_of_a_slow_transaction_appear_behind_the_cursor(sandbox):
    fault = {"system": "salesforce", "kind": "late_index", "path": "composite", "seconds": 600}
    control(sandbox, "POST", "/faults", fault)
    late, usual = (
        salesforce(sandbox, "POST", ROWS, json=rows(1)).json()[0]["id"] for _ in range(2)
    )
    stamps = [sandbox.salesforce.get("Contact", one)["SystemModstamp"] for one in (late, usual)]
    assert stamps[0] < stamps[1]


# Records


def test_hubspot_records_are_merged(sandbox):
    first, second = sandbox.hubspot.ids("contacts")[:2]
    answer = control(sandbox, "POST", f"/hubspot/contacts/{first}/merge", {"losers": [second]})
    kept = answer.json()["id"]
    assert control(sandbox, "GET", f"/hubspot/contacts/{kept}").status_code == 200
    assert sandbox.hubspot.ids("contacts") == [kept]


def test_hubspot_record_is_removed_for_good(sandbox):
    first = sandbox.hubspot.ids("contacts")[0]
    control(sandbox, "POST", f"/hubspot/contacts/{first}/purge")
    assert control(sandbox, "POST", f"/hubspot/contacts/{first}/restore").status_code == 400


def test_next_hubspot_rows_are_refused(sandbox):
    plan = {"count": 1, "message": "Not today"}
    control(sandbox, "POST", "/hubspot/contacts/refusals", plan)
    answer = hubspot(sandbox, CONTACTS, {"properties": {"lastname": "Ng"}})
    assert (answer.status_code, answer.json()["message"]) == (400, "Not today")
    assert hubspot(sandbox, CONTACTS, {"properties": {"lastname": "Ng"}}).status_code == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/hubspot/contacts/1/merge", {"losers": []}),
        ("/hubspot/contacts/1/merge", {"losers": ["x"]}),
        ("/hubspot/contacts/x/merge", {"losers": ["1"]}),
        ("/hubspot/contacts/refusals", {"count": "many"}),
        ("/hubspot/nothing/refusals", {"count": 1}),
        ("/clock", {"seconds": 1e12}),
        ("/clock", {"seconds": -1}),
        ("/clock", {"seconds": "x"}),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(sandbox, path, body):
    answer = control(sandbox, "POST", path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


# JSON


@pytest.mark.parametrize("text", ["NaN", "[1e999]", "[" * 200 + "]" * 200, "[" * 100_000, "{"])
def test_json_no_strict_reader_takes_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        read_json(text)


def test_half_of_a_surrogate_pair_becomes_a_question_mark():
    assert read_json(rb'{"a\ud800": ["\ud83d\ude00", "\udfff"]}') == {"a?": ["\U0001f600", "?"]}


@pytest.mark.parametrize(("hidden", "code"), [(False, "ENTITY_IS_DELETED"), (True, "NOT_FOUND")])
def test_switch_decides_what_a_read_of_a_deleted_row_answers(sandbox, hidden, code):
    body = {"salesforce": {"deleted_row_is_not_found": hidden}}
    control(sandbox, "POST", "/switches", body)
    row = sandbox.salesforce.create("Contact", {"LastName": "Li"})
    sandbox.salesforce.remove("Contact", row)
    answer = salesforce(sandbox, "GET", f"/services/data/v64.0/sobjects/Contact/{row}")
    control(sandbox, "POST", "/switches", {"salesforce": {"deleted_row_is_not_found": False}})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, code)
