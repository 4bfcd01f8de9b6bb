"""A copy of two accounts without personal data, and what a mapping makes of it."""

from __future__ import annotations

import json

import pytest

from sandbox.hubspot.desks import desk_of
from sandbox.server import Sandbox


def values(line):
    return line.get("properties") or line.get("fields") or {}


def records(lines, *objects):
    return [line for line in lines if line.get("object") in objects and "key" in line]


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("source", ["sandbox", "accounts"])
def test_anonymised_copy_holds_nobody_and_matches_as_before(source, desk, tmp_path):
    path = tmp_path / "copy.jsonl"
    control = ["--control", desk.sandbox.control_url] if source == "sandbox" else []

    done = desk.run("sandbox", "export", "--anonymise", "--out", str(path), *control)

    assert (done.code, done.err) == (0, "")
    text, lines = path.read_text(), read(path)
    assert "people.example" not in text
    assert path.stat().st_mode & 0o077 == 0
    with Sandbox(path, limits=False) as copy:
        before = {values(line)["email"] for line in records(lines, "contacts")}
        after = {values(line)["Email"] for line in records(lines, "Contact", "Lead")}
        assert before
        assert before & after
        assert copy.hubspot.ids("contacts")


def test_copy_of_two_accounts_loads_and_plans_as_the_accounts_do(desk, tmp_path):
    path = tmp_path / "copy.jsonl"
    desk.run("sandbox", "export", "--out", str(path))
    plan = desk.run("plan", "--json").document

    with Sandbox(path, limits=False) as copy:
        desk.environment.update(copy.environment())
        again = desk.run("plan", "--json")

    assert again.code == 0, again.err
    assert len(again.document["operations"]) == len(plan["operations"])


def test_values_that_were_equal_are_equal_and_no_two_runs_agree(desk, tmp_path):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    for path in (first, second):
        desk.run("sandbox", "export", "--anonymise", "--out", str(path))
    one, two = (
        {values(line)["email"] for line in records(read(path), "contacts")}
        for path in (first, second)
    )
    assert len(one) == len(two)
    assert not one & two


def test_export_without_a_sandbox_or_a_project_says_what_is_missing(desk, tmp_path):
    done = desk.run("sandbox", "export", "--project", str(tmp_path), project=False)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: ")


OWNER = "  owner: {map: hubspot_owner_id <-> OwnerId, type: user, wins: salesforce}\n"


def test_copy_has_the_owners_a_mapping_reads(desk, tmp_path):
    mapping = desk.folder / "mappings" / "contacts.yaml"
    text = mapping.read_text(encoding="utf-8")
    if "hubspot_owner_id" not in text:
        mapping.write_text(text.replace("\nfields:\n", f"\nfields:\n{OWNER}", 1), encoding="utf-8")
    anna = desk_of(desk.sandbox.hubspot, "owners").add({"email": "anna@example.com"})
    (first, *_) = desk.sandbox.hubspot.ids("contacts")
    desk.sandbox.hubspot.edit("contacts", first, {"hubspot_owner_id": anna})
    path = tmp_path / "copy.jsonl"

    desk.run("sandbox", "export", "--out", str(path))

    owned = [values(line) for line in records(read(path), "Contact", "Lead")]
    with Sandbox(path, limits=False) as copy:
        emails = {str(one.id): one.email for one in copy.hubspot.owners}
        assert emails[anna] == "anna@example.com"
        assert copy.hubspot.get("contacts", first)["hubspot_owner_id"] == anna
        assert {one["OwnerId"] for one in owned} <= {
            one["id"] for one in records(read(path), "User")
        }
