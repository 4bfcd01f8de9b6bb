from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.demo import demo_seed
from sandbox.errors import PortInUseError, SandboxError
from sandbox.server import Sandbox, read_faults
from sandbox.traffic import FaultRule

SEED: list[dict[str, Any]] = [
    {
        "system": "hubspot",
        "object": "contacts",
        "key": "ada",
        "properties": {"email": "ada@example.com", "firstname": "Ada"},
    },
    {
        "system": "salesforce",
        "object": "Lead",
        "key": "ada",
        "fields": {"LastName": "Lovelace", "Company": "Acme", "Email": "ada@example.com"},
    },
]


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SEED, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    return served


def control(sandbox: Sandbox, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(method, sandbox.control_url + path, json=body, timeout=10)


def hubspot(sandbox: Sandbox, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.hubspot_token}"}
    return requests.get(sandbox.hubspot_url + path, headers=headers, timeout=10)


def test_environment_leads_to_both(sandbox: Sandbox):
    environment = sandbox.environment()
    answer = requests.get(
        environment["HUBSPOT_BASE_URL"] + "/crm/v3/objects/contacts",
        headers={"Authorization": f"Bearer {environment['HUBSPOT_ACCESS_TOKEN']}"},
        timeout=10,
    )
    assert len(answer.json()["results"]) == 1
    answer = requests.get(
        environment["SALESFORCE_INSTANCE_URL"] + "/services/data/v62.0/query",
        params={"q": "SELECT Email FROM Lead"},
        headers={"Authorization": f"Bearer {environment['SALESFORCE_ACCESS_TOKEN']}"},
        timeout=10,
    )
    assert answer.json()["totalSize"] == 1


def test_announcement_names_addresses_and_tokens(sandbox: Sandbox):
    told = sandbox.announcement()
    assert set(told["hubspot"]) == {"base_url", "access_token"}
    assert set(told["salesforce"]) == {"instance_url", "access_token"}
    assert told["hubspot"]["base_url"].startswith("http://127.0.0.1:")


def test_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=str(port)):
            Sandbox(hubspot_port=port).start()


def test_address_before_the_start_is_refused():
    with pytest.raises(SandboxError, match="start it first"):
        _ = Sandbox().hubspot_url


def test_reset_brings_the_seed_back(sandbox: Sandbox):
    made = sandbox.hubspot.ids("contacts")[0]
    sandbox.hubspot.archive("contacts", made)
    sandbox.salesforce.create("Lead", {"LastName": "New", "Company": "Acme"})
    sandbox.reset()
    assert sandbox.hubspot.ids("contacts") == [made]
    assert sum(line.get("object") == "Lead" for line in sandbox.export()) == 1


def test_demo_survives_an_export(tmp_path: Path):
    first = Sandbox(demo_seed())
    lines = list(first.export())
    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert list(Sandbox(path).export()) == lines


def test_control_moves_the_clock(sandbox: Sandbox):
    before = sandbox.clock.now()
    assert control(sandbox, "POST", "/clock", {"seconds": 3600}).status_code == 200
    assert (sandbox.clock.now() - before).total_seconds() >= 3600


@pytest.mark.parametrize(
    ("by", "source"), [("person", "CRM_UI"), ("automation", "AUTOMATION_PLATFORM")]
)
def test_control_edits_as_somebody(sandbox: Sandbox, by: str, source: str):
    made = sandbox.hubspot.ids("contacts")[0]
    body = {"properties": {"firstname": "Eve"}, "by": by}
    answer = control(sandbox, "PATCH", f"/hubspot/contacts/{made}", body)
    assert answer.json()["firstname"] == "Eve"
    record = hubspot(
        sandbox, f"/crm/v3/objects/contacts/{made}?propertiesWithHistory=firstname"
    ).json()
    assert record["propertiesWithHistory"]["firstname"][0]["sourceType"] == source


def test_control_edits_salesforce(sandbox: Sandbox):
    made = next(str(one["id"]) for one in sandbox.export() if one.get("object") == "Lead")
    answer = control(sandbox, "PATCH", f"/salesforce/Lead/{made}", {"fields": {"City": "Bonn"}})
    assert answer.json()["City"] == "Bonn"


def test_control_removes_and_restores(sandbox: Sandbox):
    made = sandbox.hubspot.ids("contacts")[0]
    assert control(sandbox, "DELETE", f"/hubspot/contacts/{made}").status_code == 200
    assert control(sandbox, "GET", f"/hubspot/contacts/{made}").status_code == 400
    assert control(sandbox, "POST", f"/hubspot/contacts/{made}/restore").status_code == 200


def test_control_refuses_what_the_portal_refuses(sandbox: Sandbox):
    answer = control(sandbox, "POST", "/hubspot/contacts", {"properties": {"email": "x"}})
    assert answer.status_code == 400
    assert "INVALID_EMAIL" in answer.json()["error"]


def test_control_plans_faults_and_shows_calls(sandbox: Sandbox):
    fault = {"system": "hubspot", "kind": "503", "path": "contacts"}
    assert control(sandbox, "POST", "/faults", fault).status_code == 200
    assert hubspot(sandbox, "/crm/v3/objects/contacts").status_code == 503
    assert control(sandbox, "GET", "/faults").json() == {"faults": []}
    calls = control(sandbox, "GET", "/calls?system=hubspot").json()["calls"]
    assert (calls[0]["status"], calls[0]["fault"]) == (503, "503")
    assert control(sandbox, "GET", "/calls/counts").json()["hubspot"] == {"read": 1}


def test_control_sets_switches(sandbox: Sandbox):
    answer = control(
        sandbox, "POST", "/switches", {"hubspot": {"backward_stage": "accept", "index_delay": 2}}
    )
    assert answer.json()["hubspot"]["backward_stage"] == "accept"
    assert sandbox.hubspot.index_delay.total_seconds() == 2
    assert control(sandbox, "POST", "/switches", {"hubspot": {"nope": 1}}).status_code == 400
    control(
        sandbox, "POST", "/switches", {"hubspot": {"backward_stage": "ignore", "index_delay": 0}}
    )


def test_control_exports_seed_lines(sandbox: Sandbox):
    lines = control(sandbox, "GET", "/export").text.splitlines()
    assert [json.loads(line) for line in lines] == list(sandbox.export())


def test_control_answers_to_no_other_name(sandbox: Sandbox):
    answer = requests.get(
        sandbox.control_url + "/export", headers={"Host": "evil.example"}, timeout=10
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("request_limit", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("expired_token", 401, "INVALID_SESSION_ID"),
        ("503", 503, "SERVER_UNAVAILABLE"),
    ],
)
def test_salesforce_fault_has_its_own_form(sandbox: Sandbox, kind: str, status: int, code: str):
    sandbox.add_fault(FaultRule(system="salesforce", kind=kind))
    answer = requests.get(sandbox.salesforce_url + "/services/data/v62.0/limits", timeout=10)
    assert answer.status_code == status
    assert answer.json()[0]["errorCode"] == code


def test_faults_are_read_from_a_file(tmp_path: Path):
    path = tmp_path / "faults.jsonl"
    path.write_text('{"system": "hubspot", "kind": "500", "times": 3}\n', encoding="utf-8")
    assert read_faults(path) == [FaultRule(system="hubspot", kind="500", times=3)]
    path.write_text('{"system": "hubspot", "kinds": "500"}\n', encoding="utf-8")
    with pytest.raises(SandboxError, match=r"faults\.jsonl:1: a fault has no kinds"):
        read_faults(path)
