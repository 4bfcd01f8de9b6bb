"""`revloop forget`: nothing of the person is left in the state, and no run takes them up again."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.demo import demo_seed
from sandbox.server import Sandbox
from sync.state import open_store
from tests.e2e.desk import STARTER, Desk, make_desk, people

ADDRESS = "both0@people.example"
NAME = "both0"


def everything(desk: Desk) -> bytes:
    """Give every byte of the state, of its log and of whatever else lies beside it."""
    return b"".join(path.read_bytes() for path in sorted(desk.state.parent.iterdir()))


def ids_of_the_person(desk: Desk) -> tuple[str, str]:
    """Give the ids of the person in both CRMs."""
    return desk.id_of("contacts", "email", ADDRESS), desk.id_of("Lead", "Email", ADDRESS)


def edit(desk: Desk, system: str, object_name: str, id: str, **values: str) -> None:
    desk.sandbox.edit(system, object_name, id, values, by="person")


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Give a desk whose state knows a person from every side: written, held and in error."""
    assert desk.run_here("sync", "--json").code in (0, 1)
    hubspot, _ = ids_of_the_person(desk)
    edit(desk, "hubspot", "contacts", hubspot, city=f"{NAME}-town", seniority="Manager")
    assert desk.run_here("sync").code in (0, 1)
    # One that fails, and a plan that is kept.
    desk.sandbox.salesforce.validate(
        "Lead", lambda row: f"{row['Email']} may not" if row.get("LastName") == NAME else None
    )
    edit(desk, "hubspot", "contacts", hubspot, city=f"{NAME}-city")
    assert desk.run_here("sync").code == 1
    assert desk.run_here("plan").code == 0
    desk.sandbox.salesforce.validate("Lead", lambda row: None)
    return desk


def test_no_byte_of_the_state_tells_of_who_was_forgotten(told):
    hubspot, salesforce = ids_of_the_person(told)
    before = everything(told)
    assert all(mark.encode() in before for mark in (ADDRESS, NAME, salesforce))

    done = told.run_here("forget", ADDRESS.upper(), "--json")

    assert done.code == 0
    ids = {(one["side"], one["id"]) for one in done.document["records"]}
    assert ids == {("hubspot", hubspot), ("salesforce", salesforce)}
    assert done.document["rows"]["links"] == 1
    left = everything(told)
    for mark in (ADDRESS, NAME, salesforce, salesforce[:15]):
        assert mark.encode() not in left
    # HubSpot's ids are short numbers: no column holds one as a word of its own.
    assert not [row for row in every_text(told) if f'"{hubspot}"' in row or row == hubspot]
    assert b"both1@people.example" in left


def every_text(desk: Desk) -> list[str]:
    """Give every text in every column of every table."""
    with sqlite3.connect(desk.state) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        rows = [row for name in names for row in connection.execute(f'SELECT * FROM "{name}"')]
    connection.close()
    return [str(value) for row in rows for value in row if value is not None]


def test_no_later_run_links_or_makes_the_person_again(told):
    assert told.run_here("forget", ADDRESS).code == 0
    people_before = told.emails("hubspot"), told.emails("salesforce")
    for words in (("sync",), ("sync", "--full"), ("plan", "--full"), ("sync", "--full")):
        told.forget_calls()
        assert told.run_here(*words).code == 0
    # Another record of the same person, made by a person.
    told.sandbox.add(
        "salesforce",
        "Lead",
        {"Email": ADDRESS, "LastName": "Twice", "Company": "Example"},
        by="person",
    )
    hubspot, _ = ids_of_the_person(told)
    edit(told, "hubspot", "contacts", hubspot, city="Elsewhere")
    done = told.run_here("sync", "--json")

    assert done.code == 0
    assert told.emails("hubspot") == people_before[0]
    assert told.emails("salesforce") == sorted([*people_before[1], ADDRESS])
    for mark in (ADDRESS, NAME, "Twice", "Elsewhere"):
        assert mark.encode() not in everything(told)


def test_an_older_copy_of_the_state_brings_nobody_back(desk, tmp_path):
    assert desk.run_here("sync").code == 0
    desk.run_here("state", "backup", str(tmp_path / "copy.db"))
    desk.run_here("forget", ADDRESS)
    restored = desk.run_here("state", "restore", str(tmp_path / "copy.db"))
    hubspot, salesforce = ids_of_the_person(desk)
    edit(desk, "hubspot", "contacts", hubspot, city="Elsewhere")
    desk.sandbox.remove("salesforce", "Lead", salesforce)
    before = desk.export()
    for words in (("sync",), ("sync", "--full"), ("verify",), ("sync", "--full")):
        assert desk.run_here(*words).code == 0, words

    assert "People forgotten since that copy was made: 1." in restored.out
    assert desk.export() == before
    # The copy told of the person: to forget them again erases that, too.
    assert desk.run_here("forget", ADDRESS).code == 0
    assert NAME not in "".join(every_text(desk))


def test_whoever_is_allowed_again_is_linked_by_the_next_run(told):
    told.run_here("forget", ADDRESS)
    told.run_here("sync")

    assert told.run_here("forget", ADDRESS, "--allow-again", "--json").document["allowed_again"]
    assert told.run_here("sync").code in (0, 1)

    assert told.run_here("record", "show", ADDRESS).code == 0
    assert told.emails("hubspot").count(ADDRESS) == 1
    assert told.emails("salesforce").count(ADDRESS) == 1


def test_what_is_no_address_is_refused(desk):
    done = desk.run("forget", "Ada Lovelace")

    assert done.code == 2
    assert "Ada" not in done.err
    assert "forget ada@example.com" in done.err


def test_a_run_under_way_keeps_forget_waiting(desk):
    desk.run_here("sync")
    with open_store(f"sqlite:///{desk.state}") as store:
        store.runs.lease("a run", now=datetime.now(UTC), ttl=timedelta(minutes=1))
        assert desk.run("forget", ADDRESS).code == 3


@pytest.fixture(scope="module")
def crms():
    with Sandbox(people(both=3, hubspot=2, salesforce=2), limits=False) as serving:
        yield serving


@pytest.fixture
def desk(crms, tmp_path):
    crms.reset()
    return make_desk(tmp_path / "project", crms)


def test_neither_deals_nor_campaigns_bring_a_forgotten_person_back(tmp_path):
    with Sandbox(list(demo_seed()), limits=False) as sandbox:
        desk = make_desk(tmp_path / "project", sandbox)
        for name in ("deals", "campaigns", "lifecycle"):
            shutil.copy(STARTER / f"{name}.yaml", desk.folder / "mappings")
        desk.write("revloop.yaml", "guard: {changes: 9999, creates: 9999, blanks: 9999}\n")
        assert desk.run_here("sync").code in (0, 1)
        tied = (
            "SELECT links.left_id, links.right_id FROM row_ends JOIN links ON "
            "links.right_id = row_ends.member_id WHERE row_ends.side = 'right' "
            "AND row_ends.pair LIKE 'deals.%'"
        )
        hubspot, salesforce = next(desk.rows(tied))
        address = sandbox.read("hubspot", "contacts", hubspot)["email"]

        assert desk.run_here("forget", address).code == 0
        before = desk.export()
        for words in (("sync", "--full"), ("sync",)):
            assert desk.run_here(*words).code in (0, 1)
            assert not [text for text in every_text(desk) if salesforce in text or address in text]
            assert salesforce.encode() not in everything(desk)
        made = {line["id"] for line in desk.export() if "id" in line}
        assert made == {line["id"] for line in before if "id" in line}
