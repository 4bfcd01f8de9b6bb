"""The control page makes and changes what is no CRM record, and a reset takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.jsontypes import Json, JsonObject
from sandbox.server import Sandbox


def line(name: str, key: str, /, **properties: Json) -> JsonObject:
    return {"system": "hubspot", "object": name, "key": key, "properties": properties}


SEED: tuple[JsonObject, ...] = (
    line("contacts", "c1", email="a@b.co"),
    line("lists", "l1", name="Invited"),
)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SEED, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    return served


def control(sandbox: Sandbox, method: str, path: str, body: object = None) -> Any:
    answer = requests.request(method, sandbox.control_url + path, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hubspot(sandbox: Sandbox, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.hubspot_token}"}
    return requests.get(sandbox.hubspot_url + path, headers=headers, timeout=10)


def test_person_fills_an_active_list(sandbox: Sandbox):
    (contact,) = sandbox.hubspot.ids("contacts")
    values = {"name": "Active", "processingType": "DYNAMIC"}
    made = control(sandbox, "POST", "/hubspot/lists", {"properties": values})["id"]
    control(sandbox, "PATCH", f"/hubspot/lists/{made}", {"properties": {"members": [contact]}})
    told = hubspot(sandbox, f"/crm/v3/lists/{made}/memberships").json()["results"]
    assert [one["recordId"] for one in told] == [contact]
    control(sandbox, "DELETE", f"/hubspot/lists/{made}")
    assert hubspot(sandbox, f"/crm/v3/lists/{made}").status_code == 404
    control(sandbox, "POST", f"/hubspot/lists/{made}/restore")
    assert hubspot(sandbox, f"/crm/v3/lists/{made}").status_code == 200


def test_person_makes_and_changes_a_campaign(sandbox: Sandbox):
    made = control(sandbox, "POST", "/hubspot/campaigns", {"properties": {"hs_name": "Fair"}})["id"]
    spend = {"spend": [{"name": "Stand", "amount": "12.5"}]}
    control(sandbox, "PATCH", f"/hubspot/campaigns/{made}", {"properties": spend})
    told = hubspot(sandbox, f"/marketing/v3/campaigns/{made}/budget/totals").json()
    assert told["spendTotal"] == 12.5


def test_person_opts_out_and_in_again(sandbox: Sandbox):
    (contact,) = sandbox.hubspot.ids("contacts")

    def is_out() -> bool:
        return (sandbox.hubspot.get("contacts", contact) or {}).get("hs_email_optout") == "true"

    address = {"properties": {"email": "a@b.co"}}
    assert control(sandbox, "POST", "/hubspot/opt_outs", address)["id"] == "a@b.co"
    assert is_out()
    control(sandbox, "DELETE", "/hubspot/opt_outs/a@b.co")
    assert not is_out()


def test_reset_puts_lists_campaigns_and_owners_back(sandbox: Sandbox):
    lines = [line["key"] for line in sandbox.hubspot.export() if "key" in line]
    for name, values in (
        ("lists", {"name": "More"}),
        ("campaigns", {"hs_name": "Fair"}),
        ("owners", {"email": "anna@example.com"}),
    ):
        control(sandbox, "POST", f"/hubspot/{name}", {"properties": values})
    control(sandbox, "POST", "/reset")
    assert [line["key"] for line in sandbox.hubspot.export() if "key" in line] == lines


def test_consent_of_a_user_is_given_as_a_code(sandbox: Sandbox):
    app = sandbox.hubspot.tokens.app
    code = control(sandbox, "POST", "/hubspot/oauth_codes", {"properties": {}})["id"]
    form = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": app.redirect_uri,
        "code": code,
    }
    answer = requests.post(f"{sandbox.hubspot_url}/oauth/v1/token", data=form, timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/hubspot/lists", {"name": "Invited"}),
        ("/hubspot/lists", {"name": "X", "members": ["77"]}),
        ("/hubspot/campaigns", {"hs_name": "X", "colour": "red"}),
        ("/hubspot/campaigns", {"hs_name": "X", "assets": {"POEM": ["1"]}}),
        ("/hubspot/owners", {"type": "ROBOT"}),
    ],
)
def test_what_makes_no_sense_is_told(sandbox: Sandbox, path: str, values: dict):
    answer = requests.post(sandbox.control_url + path, json={"properties": values}, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]
