"""What is held is shown and settled, what failed is shown and tried again, by the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, Done, without_pauses

MAPPING = """\
pair: people
hubspot: contacts
salesforce: Contact
first_sync: hold
match: [email]
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title: {map: jobtitle <-> Title, wins: hold}
  city: city <-> MailingCity
"""


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with Sandbox([], limits=False) as serving:
        yield serving


@pytest.fixture
def desk(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give a project over two people in both CRMs, who hold other titles there."""
    crms.reset()
    without_pauses(monkeypatch, patience=30)
    desk = Desk(tmp_path, crms, crms.environment() | {"REVLOOP_LOG_LEVEL": "error"})
    desk.write("mappings/people.yaml", MAPPING)
    for name, left, right in (("ada", "Chair", "Head"), ("bob", "[bold]VP[/]", "Chief")):
        email = f"{name}@people.example"
        crms.add(
            "hubspot",
            "contacts",
            {"email": email, "lastname": name, "jobtitle": left},
            by="person",
        )
        crms.add(
            "salesforce", "Contact", {"Email": email, "LastName": name, "Title": right}, by="person"
        )
    assert desk.run_here("sync").code == 1
    return desk


def _items(desk: Desk, what: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = desk.run_here(what, "list", "--json").document["items"]
    return items


def _said(done: Done) -> str:
    """Give what was printed, however it was broken into lines."""
    return " ".join(done.out.split())


def _titles(desk: Desk) -> list[tuple[object, object]]:
    """Give who holds which title, in both CRMs."""
    found = []
    for line in desk.export():
        values: Any = line.get("properties", line.get("fields", {}))
        if line.get("object") in ("contacts", "Contact") and "field" not in line:
            found.append(
                (
                    values.get("lastname") or values.get("LastName"),
                    values.get("jobtitle") or values.get("Title"),
                )
            )
    return sorted(found, key=str)


def test_held_items_are_shown_resolved_and_carried_out(desk: Desk) -> None:
    ada, bob = _items(desk, "conflicts")
    assert (ada["hubspot"], ada["salesforce"], ada["resolution"]) == ("Chair", "Head", None)

    # What people typed is printed as they typed it.
    assert "[bold]VP[/]" in desk.run_here("conflicts", "list").out
    shown = _said(desk.run_here("conflicts", "show", str(bob["id"])))
    for words in ("mappings/people.yaml:9", "[bold]VP[/]", "HubSpot gets 'Chief'", "--take VALUE"):
        assert words in shown
    whole = desk.run_here("conflicts", "show", str(ada["id"]), "--json").document
    assert [one["take"] for one in whole["ways"]] == ["hubspot", "salesforce", "VALUE"]

    first = desk.run_here("conflicts", "resolve", str(ada["id"]), "--take", "hubspot")
    assert (first.code, "Chair" in first.out) == (0, True)
    second = desk.run_here("conflicts", "resolve", str(bob["id"]), "--take", "Founder", "--json")
    assert second.document["resolved"][0]["value"] == "Founder"
    assert [one["resolution"]["take"] for one in _items(desk, "conflicts")] == ["hubspot", "value"]
    assert "2 resolved: the next sync" in _said(desk.run_here("status"))

    assert desk.run_here("sync").code == 0
    assert _titles(desk) == [("ada", "Chair")] * 2 + [("bob", "Founder")] * 2
    assert _items(desk, "conflicts") == []
    assert desk.run_here("sync", "--json").document["waiting"] == {"held": 0, "errors": 0}


def test_many_are_resolved_by_field_and_may_be_taken_back(desk: Desk) -> None:
    assert (
        desk.run_here("conflicts", "resolve", "--field", "title", "--take", "salesforce").code == 0
    )
    one = _items(desk, "conflicts")[0]["id"]
    assert desk.run_here("conflicts", "resolve", str(one), "--withdraw").code == 0

    desk.run_here("sync")

    assert [item["id"] for item in _items(desk, "conflicts")] == [one]
    assert _titles(desk)[2:] == [("bob", "Chief")] * 2


def test_what_is_not_clear_is_said_and_changes_nothing(desk: Desk) -> None:
    for arguments, words in (
        (("resolve", "--take", "hubspot"), "say which items"),
        (("resolve", "--all"), "--take hubspot"),
        (("resolve", "99", "--take", "hubspot"), "no held item has the id 99"),
        (("show", "99"), "no held item has the id 99"),
    ):
        done = desk.run_here("conflicts", *arguments)
        assert (done.code, words in done.err) == (2, True), done.err
    assert desk.run_here("errors", "retry", "99").code == 2
    assert not any(item["resolution"] for item in _items(desk, "conflicts"))


def test_failed_records_are_grouped_shown_and_tried_again(desk: Desk) -> None:
    desk.run_here("conflicts", "resolve", "--all", "--take", "hubspot")
    desk.run_here("sync")
    for name in ("ada", "bob"):
        contact = desk.id_of("contacts", "lastname", name)
        desk.sandbox.edit("hubspot", "contacts", contact, {"city": "x" * 60}, by="person")
    assert desk.run_here("sync").code == 1

    listed = desk.run_here("errors", "list", "--json").document
    (group,) = listed["groups"]
    assert (group["category"], group["field"], group["line"], len(group["items"])) == (
        "value",
        "city",
        "mappings/people.yaml:10",
        2,
    )
    told = _said(desk.run_here("errors", "list"))
    for words in ("the value does not fit the field", "2 records", "mappings/people.yaml:10"):
        assert told.count(words) == 1
    id = str(group["items"][0])
    shown = _said(desk.run_here("errors", "show", id))
    assert "tried once" in shown
    assert f"revloop errors retry {id}" in shown

    # Nothing is tried before its time, unless somebody asks for it.
    assert _tries(desk) == [1, 1]
    desk.run_here("sync")
    assert _tries(desk) == [1, 1]
    assert desk.run_here("errors", "retry", id, "--json").document["due"] == [int(id)]
    desk.run_here("sync")
    assert _tries(desk) == [2, 1]
    assert "2 to be tried" in desk.run_here("errors", "retry").out


def test_item_tried_in_vain_stays_open_and_says_so(desk: Desk) -> None:
    contact = desk.id_of("contacts", "lastname", "ada")
    desk.sandbox.edit("hubspot", "contacts", contact, {"city": "x" * 60}, by="person")
    desk.run_here("sync")
    desk.do("UPDATE errors SET attempts = 4")
    desk.run_here("errors", "retry")
    desk.run_here("sync")

    assert _tries(desk) == [5]
    assert "tried 5 times" in _said(desk.run_here("errors", "list"))
    assert "1 of these failed 5 times or more" in _said(desk.run_here("status"))


def _tries(desk: Desk) -> list[int]:
    return [item["attempts"] for item in _items(desk, "errors")]
