"""References as people meet them: in plans, in `record show`, in `status`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import cli
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from tests.integration.admin import Admin, at_work

_CONTACTS = """\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
create: {hubspot: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  account: {map: associated company <-> AccountId, pair: companies}
"""
_COMPANIES = """\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [domain]
fields:
  name: name <-> Name
  domain: {map: domain <-> Website, type: domain}
"""
_SEED: tuple[JsonObject, ...] = (
    {
        "system": "salesforce",
        "object": "Account",
        "key": "a",
        "fields": {"Name": "Example Inc.", "Website": "example.com"},
    },
    {
        "system": "salesforce",
        "object": "Contact",
        "key": "p",
        "fields": {
            "Email": "ada@example.com",
            "LastName": "Lovelace",
            "AccountId": {"key": "a"},
        },
    },
)


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    folder = tmp_path / "project"
    with at_work(folder, Sandbox(list(_SEED)), mapping=_CONTACTS) as admin:
        (folder / "mappings" / "companies.yaml").write_text(_COMPANIES)
        yield admin


def said(admin: Admin, *words: str) -> str:
    """Give what a command prints, in one line."""
    runner = CliRunner(env={**admin.sandbox.environment(), "COLUMNS": "200"})
    result = runner.invoke(cli, [*words, "--project", str(admin.folder)])
    return " ".join(result.output.split())


def test_reference_that_waits_and_the_one_that_followed_are_told(admin: Admin) -> None:
    account = next(iter(admin.sandbox.salesforce.database.table("Account").rows))

    plan = said(admin, "plan")
    assert f"account follows when HubSpot has companies {account} of Salesforce" in plan

    assert admin.sync().exit == 0
    waits = "1 reference waits for a record that is not on the other side yet"
    assert waits in said(admin, "status")
    assert admin.type("status").document["pairs"]["contacts"]["references_waiting"] == 1
    shown = said(admin, "record", "show", "ada@example.com")
    assert "waits for the record it names" in shown
    assert "kept apart" not in shown

    values = {"name": "Example GmbH", "domain": "example.com"}
    company = admin.sandbox.add("hubspot", "companies", values, by="person")
    assert admin.sync().exit == 0
    assert "waits for a record" not in said(admin, "status")
    assert "waits" not in said(admin, "record", "show", "ada@example.com")
    document = admin.type("record", "show", "ada@example.com").document
    told = json.dumps(document)
    assert f"Example Inc. ({company})" in told
    assert f"Example Inc. ({account})" in told
