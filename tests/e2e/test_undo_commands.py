"""A run is looked at, taken back, and the undo taken back, by the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, Done, without_pauses

MAPPING = """\
pair: people
hubspot: contacts
salesforce: Contact
first_sync: hold
match: [email]
create: {salesforce: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title: jobtitle <-> Title
"""


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with Sandbox([], limits=False) as serving:
        yield serving


@pytest.fixture
def desk(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give a project that has linked Ada, carried her new title, and made Bob in Salesforce."""
    crms.reset()
    without_pauses(monkeypatch, patience=30)
    desk = Desk(tmp_path, crms, crms.environment() | {"REVLOOP_LOG_LEVEL": "error"})
    desk.write("mappings/people.yaml", MAPPING)
    ada = {"email": "ada@people.example", "lastname": "Lovelace"}
    id = crms.add("hubspot", "contacts", ada, by="person")
    other = {"Email": "ada@people.example", "LastName": "Lovelace"}
    crms.add("salesforce", "Contact", other, by="person")
    assert desk.run_here("sync").code == 0
    crms.edit("hubspot", "contacts", id, {"jobtitle": "[bold]Chair[/]"}, by="person")
    bob = {"email": "bob@people.example", "lastname": "Bob"}
    crms.add("hubspot", "contacts", bob, by="person")
    assert desk.run_here("sync").code == 0
    return desk


def _said(done: Done) -> str:
    """Give what was printed, however it was broken into lines."""
    return " ".join(done.out.split())


def test_run_is_looked_at_taken_back_and_done_again(desk: Desk) -> None:
    shown = desk.run_here("history", "r2")
    assert "title in Salesforce: None -> '[bold]Chair[/]'" in _said(shown)
    assert "(edited in HubSpot only)" in _said(shown)

    planned = desk.run_here("undo", "r2", "--dry-run")
    assert planned.code == 0
    assert "title: '[bold]Chair[/]' -> None" in _said(planned)
    assert "Nothing was written" in planned.out

    done = desk.run_here("undo", "r2")
    assert done.code == 0
    assert "1 records written" in _said(done)
    assert "--delete-created" in _said(done)
    (item,) = desk.run_here("conflicts", "list", "--json").document["items"]
    assert (item["field"], item["salesforce"]) == ("title", None)

    newest = desk.run_here("history", "--json").document["runs"][0]
    assert (newest["kind"], newest["undoes"]) == ("undo", "r2")
    one = desk.run_here("history", "r2", "--json").document
    assert one["undone_by"] == newest["run"]
    back = desk.run_here("undo", newest["run"], "--json").document
    assert back["undoes"] == newest["run"]
    assert back["moved"] == []
    assert desk.run_here("conflicts", "list", "--json").document["items"] == []


def test_undo_the_guard_stopped_is_shown_and_let_through(desk: Desk) -> None:
    desk.write("revloop.yaml", "version: 1\nguard: {changes: 0}\n")

    stopped = desk.run_here("undo", "r2", "--json")
    assert stopped.code == 4
    assert stopped.document["stopped"] == "guard"
    plan = stopped.document["plan"]
    shown = desk.run_here("plan", "show", plan)
    assert shown.code == 0
    assert "title" in shown.out
    assert desk.run_here("sync", "--plan", plan).code == 2

    let_through = desk.run_here("approve", plan)
    assert "give the same `revloop undo` again" in let_through.out
    assert desk.run_here("sync").code == 0
    assert desk.run_here("undo", "r2", "--field", "last_name").code == 0
    done = desk.run_here("undo", "r2", "--json").document
    assert done["pairs"]["people"]["salesforce"]["updated"] == 1
    assert desk.run_here("undo", "r2").code == 0


def test_what_is_not_there_is_said(desk: Desk) -> None:
    for arguments, words in (
        (("undo", "r99"), "there is no run r99"),
        (("undo", "yesterday"), "is no run"),
        (("undo", "r2", "--field", "shoe_size"), "no line of the mapping is called 'shoe_size'"),
        (("undo", "r2", "--record", "eve@people.example"), "no linked record is known"),
        (("history", "r99"), "there is no run r99"),
    ):
        done = desk.run_here(*arguments)
        assert done.code == 2
        assert words in " ".join(done.err.split())
