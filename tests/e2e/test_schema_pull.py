"""`schema pull`, and what the mapping check does with the copy it keeps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.desk import Desk


@pytest.fixture
def pulled(desk: Desk) -> Desk:
    done = desk.run_here("schema", "pull")
    assert done.code == 0, done.err
    return desk


def _copy(desk: Desk, name: str) -> str:
    return (desk.folder / "schema" / f"{name}.json").read_text()


def test_pull_says_what_it_copied_from_where(desk: Desk) -> None:
    done = desk.run_here("schema", "pull")
    hubspot, salesforce = done.out.splitlines()
    assert hubspot.startswith("schema/hubspot.json: HubSpot account ")
    assert "contacts (" in hubspot
    assert "Lead (" in salesforce


def test_pull_as_json_names_files_accounts_and_counts(desk: Desk) -> None:
    told = desk.run_here("schema", "pull", "--json").document
    assert told["exit"] == 0
    assert told["hubspot"]["file"] == "schema/hubspot.json"
    assert told["salesforce"]["objects"]["Account"] > 40


def test_copy_holds_no_record_and_no_secret(pulled: Desk) -> None:
    held = _copy(pulled, "hubspot") + _copy(pulled, "salesforce")
    assert "people.example" not in held
    assert pulled.sandbox.hubspot_token not in held
    assert pulled.sandbox.salesforce_token not in held
    assert "127.0.0.1" not in held


def test_pulling_again_changes_the_time_alone(pulled: Desk) -> None:
    before = [_copy(pulled, name).splitlines() for name in ("hubspot", "salesforce")]
    pulled.run_here("schema", "pull")
    for name, lines in zip(("hubspot", "salesforce"), before, strict=True):
        after = _copy(pulled, name).splitlines()
        changed = [one for one, two in zip(lines, after, strict=True) if one != two]
        assert all(line.strip().startswith('"read": ') for line in changed)


def test_check_with_a_copy_finds_a_misspelt_field_and_calls_nobody(pulled: Desk) -> None:
    pulled.change("mappings/contacts.yaml", "firstname <-> FirstName", "firstnam <-> FirstName")
    pulled.environment.clear()
    pulled.forget_calls()
    done = pulled.run_here("mappings", "check")
    assert done.code == 2
    assert "HubSpot's contacts has no field 'firstnam' this user can see" in done.out
    assert "Held against the project's copy (HubSpot account " in done.out
    assert not pulled.sandbox.hubspot_traffic.calls()


def test_check_says_how_old_the_copy_is(pulled: Desk) -> None:
    path = pulled.folder / "schema" / "hubspot.json"
    old = json.loads(path.read_text())
    old["read"] = (datetime.now(UTC) - timedelta(days=3, hours=1)).isoformat()
    path.write_text(json.dumps(old))
    assert "read 3 days ago" in pulled.run_here("mappings", "check").out


def test_check_without_a_copy_says_how_to_get_one(desk: Desk) -> None:
    done = desk.run_here("mappings", "check")
    assert done.code == 0
    assert "`revloop schema pull` makes one, and --live asks both CRMs" in done.out
    assert desk.run_here("mappings", "check", "--json").document["schemas"] == {"from": None}


def test_check_as_json_names_what_was_used(pulled: Desk) -> None:
    copied = pulled.run_here("mappings", "check", "--json").document["schemas"]
    live = pulled.run_here("mappings", "check", "--live", "--json").document["schemas"]
    assert (copied["from"], live["from"]) == ("copy", "live")
    assert copied["hubspot"]["account"] == live["hubspot"]["account"]


def test_live_check_sees_what_changed_since_the_copy(pulled: Desk) -> None:
    path = pulled.folder / "schema" / "hubspot.json"
    old = json.loads(path.read_text())
    del old["objects"]["contacts"]["fields"]["firstname"]
    path.write_text(json.dumps(old))
    assert pulled.run_here("mappings", "check").code == 2
    assert pulled.run_here("mappings", "check", "--live").code == 0


def test_pair_mapped_after_the_copy_is_said_and_the_others_are_held(pulled: Desk) -> None:
    path = pulled.folder / "schema" / "hubspot.json"
    old = json.loads(path.read_text())
    del old["objects"]["companies"]
    path.write_text(json.dumps(old))
    done = pulled.run_here("mappings", "check")
    assert done.code == 0
    assert "companies: the copy knows no companies of HubSpot; `revloop schema pull`" in done.out
    assert "mappings/contacts.yaml:" in done.out


def test_broken_file_does_not_keep_the_others_from_the_schemas(pulled: Desk) -> None:
    pulled.change("mappings/contacts.yaml", "firstname <-> FirstName", "firstnam <-> FirstName")
    pulled.change("mappings/companies.yaml", "first_sync:", "frist_sync:")
    pulled.change("mappings/companies.yaml", "city <-> BillingCity", "citty <-> BillingCity")
    told = pulled.run_here("mappings", "check", "--json").document["findings"]
    assert [(one["file"], one["message"].split(" ")[0]) for one in told] == [
        ("mappings/companies.yaml", "'first_sync'"),
        ("mappings/companies.yaml", "frist_sync:"),
        ("mappings/contacts.yaml", "fields.first_name.map:"),
    ]


def test_broken_copy_ends_with_2_and_says_what_to_do(pulled: Desk) -> None:
    (pulled.folder / "schema" / "hubspot.json").write_text("{")
    done = pulled.run_here("mappings", "check", "--json")
    assert done.code == 2
    assert "make it anew with `revloop schema pull`" in done.document["error"]


def test_pull_without_a_mapping_says_what_is_missing(desk: Desk) -> None:
    for file in (desk.folder / "mappings").glob("*.yaml"):
        file.unlink()
    done = desk.run_here("schema", "pull")
    assert done.code == 2
    assert "a mapping names the objects to copy" in done.err
    assert not (desk.folder / "schema").exists()


def test_pull_that_one_crm_refuses_leaves_both_copies_as_they_were(pulled: Desk) -> None:
    before = _copy(pulled, "hubspot"), _copy(pulled, "salesforce")
    pulled.environment["SALESFORCE_ACCESS_TOKEN"] = "00D!ended"
    done = pulled.run_here("schema", "pull")
    assert done.code == 2
    assert "Salesforce" in done.err
    assert (_copy(pulled, "hubspot"), _copy(pulled, "salesforce")) == before
