"""Rows R9 to R13 and R20 of the decision table: deleted, edited meanwhile, restored."""

from __future__ import annotations

import pytest

from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, people

TITLE = "title: jobtitle <-> Title"
CITY = "city: city <-> MailingCity"
CREATE_BOTH = """
create:
  salesforce: {when: 'record.email != ""'}
  hubspot: {when: 'record.email != ""'}
"""
OBJECTS = {HUBSPOT: "contacts", SALESFORCE: "Contact"}
TITLES = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}
CITIES = {HUBSPOT: "city", SALESFORCE: "MailingCity"}

sides = pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])


def _ada(world: World, delete: str, *, more: str = "") -> Couple:
    world.use(people(TITLE, CITY, more=f"{CREATE_BOTH}\ndelete: {delete}\n{more}"))
    return world.couple(
        {"jobtitle": "CEO", "city": "Bonn"}, {"Title": "CEO", "MailingCity": "Bonn"}
    )


def _restore(ada: Couple, side: Side) -> None:
    ada.world.restore(side, OBJECTS[side], ada.ids[side])


# --- R11, R12 ------------------------------------------------------------------------------------


@sides
def test_r11_deleted_here_and_edited_there_is_held_and_stays_so(world: World, side: Side) -> None:
    ada = _ada(world, "archive")
    ada.edit(side.other, **{TITLES[side.other]: "Chair"})
    ada.remove(side)

    result = world.sync(full=True)

    assert result.exit == 1
    (held,) = world.conflicts()
    assert held.kind is ConflictKind.DELETED
    assert ada.on(side.other)[TITLES[side.other]] == "Chair"
    for full in (False, True):
        assert world.sync(full=full).exit == 0
        assert world.written() == []
    assert len(world.conflicts()) == 1
    asleep = [one for one in world.audit(ada.link) if one.kind == "asleep"]
    assert len(asleep) == 1


@sides
def test_r11_r13_restoring_the_record_settles_what_was_held(world: World, side: Side) -> None:
    ada = _ada(world, "archive")
    ada.edit(side.other, **{TITLES[side.other]: "Chair"})
    ada.remove(side)
    world.sync(full=True)

    _restore(ada, side)
    world.sync()

    assert ada.on(side)[TITLES[side]] == "Chair"
    assert (world.conflicts(), ada.link.state) == ([], LinkState.OPEN)
    world.settles()


@sides
@pytest.mark.parametrize("delete", ["unlink", "archive", "ignore"])
@pytest.mark.parametrize("together", [True, False], ids=["in one run", "in two runs"])
def test_r12_deleted_on_both_sides_closes_the_link(
    world: World, side: Side, delete: str, together: bool
) -> None:
    ada = _ada(world, delete)
    ada.remove(side)
    if not together:
        world.sync(full=True)
    if ada.ids[side.other] in world.all(side.other, OBJECTS[side.other]):
        ada.remove(side.other)
    world.sync(full=True)

    assert world.link_count(state=LinkState.CLOSED) == 1
    assert (world.conflicts(), world.link_count(state=LinkState.ASLEEP)) == ([], 0)
    world.settles()


def test_r11_r12_deleting_the_other_record_too_settles_what_was_held(world: World) -> None:
    ada = _ada(world, "archive")
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.remove(SALESFORCE)
    world.sync()

    ada.remove(HUBSPOT)
    world.sync(full=True)

    assert (world.conflicts(), ada.link.state) == ([], LinkState.CLOSED)
    world.settles()


# --- R13 -----------------------------------------------------------------------------------------


@sides
@pytest.mark.parametrize("delete", ["unlink", "ignore"])
def test_r13_restored_record_takes_up_its_link_and_merges_on_the_old_shadows(
    world: World, side: Side, delete: str
) -> None:
    ada = _ada(world, delete)
    link = ada.link
    ada.edit(side, **{CITIES[side]: "Kiel"})
    ada.remove(side)
    world.sync(full=True)
    ada.edit(side.other, **{TITLES[side.other]: "Chair"})
    world.sync()

    _restore(ada, side)
    result = world.sync()

    assert result.exit == 0
    assert (ada.link.id, ada.link.state) == (link.id, LinkState.OPEN)
    # Each side's edit has reached the other.
    for at in Side:
        assert (ada.on(at)[TITLES[at]], ada.on(at)[CITIES[at]]) == ("Chair", "Kiel")
    assert world.link_count(state=LinkState.CLOSED) == 0
    world.settles()


@sides
def test_r13_record_restored_before_any_run_saw_it_deleted_is_nothing(
    world: World, side: Side
) -> None:
    ada = _ada(world, "archive")
    ada.remove(side)
    _restore(ada, side)

    world.sync(full=True)

    assert world.carried() == []
    assert ada.link.state is LinkState.OPEN
    world.settles()


@sides
def test_r13_record_restored_alone_is_not_made_again_across(world: World, side: Side) -> None:
    ada = _ada(world, "archive")
    ada.remove(side)
    world.sync(full=True)
    assert world.all(side.other, OBJECTS[side.other]) == {}

    _restore(ada, side)
    world.sync()

    assert world.all(side.other, OBJECTS[side.other]) == {}
    assert (world.link_count(), world.conflicts()) == (0, [])
    world.settles()
    _restore(ada, side.other)
    world.sync()
    assert ada.link.state is LinkState.OPEN
    world.settles()


def test_r13_link_is_not_taken_from_the_record_that_has_it_now(world: World) -> None:
    # Where a field keeps our id, its uniqueness already stands against the restored record.
    ada = _ada(world, "unlink", more="keys: {hubspot: not_there, salesforce: Not_There__c}")
    ada.remove(SALESFORCE)
    world.sync()
    again = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")
    world.sync()
    assert ada.link.right.id == again

    _restore(ada, SALESFORCE)
    world.sync()

    assert (ada.link.right.id, world.link_count()) == (again, 1)
    assert len(world.all(HUBSPOT, "contacts")) == 1
    world.settles()


# --- R20 -----------------------------------------------------------------------------------------


@sides
def test_r20_deletion_of_a_record_that_left_include_is_followed(world: World, side: Side) -> None:
    ada = _ada(world, "unlink", more="include: {hubspot: 'record.city != \"Kiel\"'}")
    ada.edit(HUBSPOT, city="Kiel")
    world.sync()
    left = ada.link.state

    ada.remove(side)
    world.sync(full=True)

    assert (left, ada.link.state) == (LinkState.OUTSIDE, LinkState.CLOSED)
    world.settles()


def test_r20_record_that_meets_include_again_returns_as_if_restored(world: World) -> None:
    ada = _ada(world, "unlink", more="include: {hubspot: 'record.city != \"Kiel\"'}")
    ada.edit(HUBSPOT, city="Kiel")
    world.sync()
    ada.edit(SALESFORCE, Title="Chair")
    world.sync()
    assert ada.on(HUBSPOT)["jobtitle"] == "CEO"

    ada.edit(HUBSPOT, city="Bonn")
    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.link.state) == ("Chair", LinkState.OPEN)
    world.settles()
