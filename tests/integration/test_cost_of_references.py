"""What references cost, counted at the CRMs' own logs: calls and batches, never time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, at_work

_PEOPLE = 250
_COMPANIES = 20
_HUBSPOT_BATCH = 100
_SALESFORCE_BATCH = 200
_ASSOCIATIONS = r"/associations/"

#: Longer than the overlap, so that nothing written before is read again.
_LATER = timedelta(minutes=20)
_SETTINGS = "{guard: {changes: 100000, creates: 100000}, compare_every: 400d}\n"

_CREATES = 'create: {salesforce: {when: "true"}, hubspot: {when: "true"}}'
_CONTACTS = f"""\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
{_CREATES}
fields:
  email: {{map: email <-> Email, type: email}}
  last_name: lastname <-> LastName
  account: {{map: associated company <-> AccountId, pair: companies}}
"""
_COMPANIES_FILE = f"""\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [domain]
{_CREATES}
fields:
  name: name <-> Name
  domain: {{map: domain <-> Website, type: domain}}
"""


def _fewest(records: int, size: int) -> int:
    return -(-records // size)


def _seed() -> Iterator[JsonObject]:
    for number in range(_COMPANIES):
        yield {
            "system": "salesforce",
            "object": "Account",
            "key": f"a{number}",
            "fields": {"Name": f"Company {number}", "Website": f"company{number}.example"},
        }
    for number in range(_PEOPLE):
        yield {
            "system": "salesforce",
            "object": "Contact",
            "key": f"p{number}",
            "fields": {
                "Email": f"p{number}@example.com",
                "LastName": f"Last {number}",
                "AccountId": {"key": f"a{number % _COMPANIES}"},
            },
        }


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    folder = tmp_path / "project"
    with at_work(folder, Sandbox(list(_seed())), mapping=_CONTACTS, settings=_SETTINGS) as admin:
        (folder / "mappings" / "companies.yaml").write_text(_COMPANIES_FILE)
        yield admin


def _associating(admin: Admin) -> list[str]:
    calls = admin.sandbox.hubspot_traffic.calls(path=_ASSOCIATIONS)
    return [call.path.rsplit("/batch/")[-1] for call in calls]


def test_references_of_a_first_sync_cost_one_call_for_a_thousand(admin: Admin) -> None:
    first = admin.sync()
    assert first.exit == 0
    assert first.counts(System.HUBSPOT)["created"] == _PEOPLE
    assert _associating(admin) == ["create"]
    records = [size for size in first.batches[System.HUBSPOT] if size]
    assert len(records) == _fewest(_PEOPLE, _HUBSPOT_BATCH) + _fewest(_COMPANIES, _HUBSPOT_BATCH)
    # Both objects' properties, newest pages and lists, the account, the creates, the ties. What
    # was made need not be looked at once more: the answers hold all that is mapped.
    assert first.calls[System.HUBSPOT] <= 2 + 2 + 2 + 1 + len(records) + 1

    quiet = admin.sync()
    assert quiet.saved == 0
    assert quiet.calls[System.HUBSPOT] <= 2
    assert quiet.calls[System.SALESFORCE] <= 2
    assert _associating(admin) == []

    admin.sandbox.clock.move(_LATER)
    later = admin.sync()
    assert later.calls[System.HUBSPOT] <= 2
    assert later.calls[System.SALESFORCE] <= 2

    _moves_of_accounts(admin)
    _associations_of_hubspot(admin)


def _moves_of_accounts(admin: Admin) -> None:
    """Move every person to the next account in Salesforce: what it costs."""
    admin.sandbox.clock.move(_LATER)
    org = admin.sandbox.salesforce
    accounts = list(org.database.table("Account").rows)
    for at, id in enumerate(org.database.table("Contact").rows):
        org.edit("Contact", id, {"AccountId": accounts[(at + 1) % len(accounts)]})

    moved = admin.sync()

    assert moved.counts(System.HUBSPOT)["updated"] == _PEOPLE
    assert _associating(admin) == ["create"]
    assert moved.batches[System.HUBSPOT] == []
    # The newest pages, the records concerned, the ties.
    assert moved.calls[System.HUBSPOT] <= 2 + _fewest(_PEOPLE, _HUBSPOT_BATCH) + 1
    assert moved.calls[System.SALESFORCE] <= 2 + 2


def _associations_of_hubspot(admin: Admin) -> None:
    """Compare in full, with nothing changed: no association is read by itself."""
    admin.sandbox.clock.move(_LATER)
    full = admin.sync("--full")
    assert full.saved == 0
    assert _associating(admin) == []
