"""Both CRMs are checked, the state is lost, and the links are made again, by the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, without_pauses
from tests.scenario.shapes import SEED

MAPPING = """\
pair: people
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
create: {salesforce: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title: jobtitle <-> Title
"""


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with Sandbox(SEED, limits=False) as serving:
        yield serving


def test_lost_state_is_adopted_and_verify_tells_how_things_stand(
    crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pauses(monkeypatch, patience=30)
    desk = Desk(tmp_path, crms, crms.environment() | {"REVLOOP_LOG_LEVEL": "error"})
    desk.write("mappings/people.yaml", MAPPING)
    ada = {"email": "ada@people.example", "lastname": "Lovelace", "jobtitle": "Countess"}
    id = crms.add("hubspot", "contacts", ada, by="person")
    assert desk.run_here("sync").code == 0
    told = desk.run_here("verify")
    assert (told.code, "1 of 1 links agree" in told.out) == (0, True)

    crms.edit("hubspot", "contacts", id, {"jobtitle": "Chair"}, by="person")
    told = desk.run_here("verify", "--json")
    (found,) = told.document["drift"]
    assert (told.code, found["field"], found["cause"]) == (1, "title", "edited_since")

    for file in (tmp_path / "state").iterdir():
        file.unlink()
    stopped = desk.run_here("sync")
    assert (stopped.code, "revloop adopt" in stopped.err) == (4, True)
    done = desk.run_here("adopt")
    assert (done.code, "links made again: 1;" in done.out) == (1, True)
    assert desk.run_here("adopt").code == 2
    assert desk.run_here("sync", "--fail-on", "new").code == 0
    (held,) = desk.run_here("conflicts", "list", "--json").document["items"]
    assert (held["hubspot"], held["salesforce"]) == ("Chair", "Countess")

    taken = desk.run_here("conflicts", "resolve", str(held["id"]), "--take", "hubspot")
    assert taken.code == 0
    assert desk.run_here("sync").code == 0
    assert desk.run_here("verify").code == 0
