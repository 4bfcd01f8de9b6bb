"""What people decide on held items is carried out by the next sync, if it still holds then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from console.resolving import Cannot, settle
from sync.domain.record import Side
from sync.domain.resolutions import Resolution
from sync.domain.store import AuditEntry, Conflict, LinkState
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, people

TITLE = "title: {map: jobtitle <-> Title%s}"
CITY = "city: city <-> MailingCity"
LEVEL = """
level:
  map: seniority <-> Level__c
  values: {Executive: C-Level, VP: C-Level, Manager: Manager}
  otherwise: hold
"""
NAMES = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}
OBJECTS = {HUBSPOT: "contacts", SALESFORCE: "Contact"}

sides = pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])


def _title(**keys: str) -> str:
    return TITLE % "".join(f", {name}: {value}" for name, value in keys.items())


def _resolve(world: World, take: str) -> Resolution | Cannot:
    """Take something for the one item that is held."""
    with world.workshop() as workshop:
        ((_, made),) = settle(workshop, world.conflicts(), take)
    return made


def _kept(world: World) -> list[Resolution]:
    with world.workshop() as workshop:
        return list(workshop.store.resolutions.all())


def _held(world: World, **keys: str) -> Couple:
    """Give two records whose titles were edited differently on both sides."""
    world.use(people(_title(wins="hold", **keys), CITY))
    ada = world.couple({"jobtitle": "CEO", "city": "Bonn"}, {"Title": "CEO", "MailingCity": "Bonn"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    assert world.sync().exit == 1
    return ada


def _titles(ada: Couple) -> tuple[object, object]:
    return ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]


def _writes(world: World, ada: Couple) -> list[AuditEntry]:
    return [one for one in world.audit(ada.link) if one.field == "title" and one.kind == "write"]


@sides
def test_side_that_is_taken_is_written_to_the_other_and_the_audit_keeps_what_it_overruled(
    world: World, side: Side
) -> None:
    ada = _held(world)

    _resolve(world, {HUBSPOT: "hubspot", SALESFORCE: "salesforce"}[side])
    result = world.sync()

    taken, lost = {HUBSPOT: ("Chair", "Head"), SALESFORCE: ("Head", "Chair")}[side]
    assert result.exit == 0
    assert world.carried() == [(side.other, NAMES[side.other], taken)]
    last = _writes(world, ada)[-1]
    assert (last.reason, last.overruled, last.overruled_side) == ("RESOLVED", lost, side.other)
    assert (world.conflicts(), _kept(world)) == ([], [])
    world.settles()
    ada.edit(HUBSPOT, jobtitle="Founder")
    world.sync()
    assert _titles(ada) == ("Founder", "Founder")


def test_value_that_is_given_goes_to_both_sides_and_shows_in_the_plan(world: World) -> None:
    ada = _held(world)

    _resolve(world, "Founder")
    planned = {
        (one["side"], field["name"], field["new"])
        for one in world.plan()
        for field in one["fields"]
    }
    result = world.sync()

    assert planned == {("hubspot", "title", "Founder"), ("salesforce", "title", "Founder")}
    assert result.exit == 0
    assert _titles(ada) == ("Founder", "Founder")
    assert {one.overruled for one in _writes(world, ada)[-2:]} == {"Chair", "Head"}
    assert (world.conflicts(), _kept(world)) == ([], [])
    world.settles()


@sides
def test_run_killed_between_the_two_sides_is_finished_by_the_next(world: World, side: Side) -> None:
    ada = _held(world)
    _resolve(world, "Founder")
    world.kill(side, before=side is SALESFORCE)
    world.killed_sync()
    world.recover()

    world.sync()

    assert _titles(ada) == ("Founder", "Founder")
    world.settles()
    assert (world.conflicts(), _kept(world)) == ([], [])


@sides
@pytest.mark.parametrize("take", ["hubspot", "salesforce", "Founder"])
def test_side_edited_after_the_decision_keeps_the_item_held_and_says_so(
    world: World, side: Side, take: str
) -> None:
    ada = _held(world)
    _resolve(world, take)
    ada.edit(side, **{NAMES[side]: "Vice"})

    result = world.sync()

    (item,) = world.conflicts()
    assert world.written() == []
    assert "edited again" in item.reason
    assert {HUBSPOT: item.left, SALESFORCE: item.right}[side] == "Vice"
    assert result.exit == 0  # it waits as before
    assert _kept(world) == []
    world.settles()
    _resolve(world, "hubspot")
    world.sync()
    assert len(set(_titles(ada))) == 1
    assert world.conflicts() == []


def test_edit_of_another_field_meanwhile_does_not_disturb_the_decision(world: World) -> None:
    ada = _held(world)
    _resolve(world, "hubspot")
    ada.edit(SALESFORCE, MailingCity="Kiel")

    world.sync()

    assert _titles(ada) == ("Chair", "Chair")
    assert ada.on(HUBSPOT)["city"] == "Kiel"
    world.settles()


def test_sides_that_came_to_agree_meanwhile_close_the_item_without_a_write(world: World) -> None:
    ada = _held(world)
    _resolve(world, "hubspot")
    ada.edit(HUBSPOT, jobtitle="Head")

    world.sync()

    assert world.written() == []
    assert (world.conflicts(), _kept(world)) == ([], [])


def test_refused_decision_becomes_an_error_and_is_carried_out_once_it_is_taken(
    world: World,
) -> None:
    ada = _held(world)
    _resolve(world, "hubspot")
    world.forbid("Contact", "Title", "Chair")

    world.sync()
    assert [one.link_id for one in world.errors()] == [ada.link.id]
    assert _titles(ada) == ("Chair", "Head")
    world.allow()
    world.sync()

    assert _titles(ada) == ("Chair", "Chair")
    assert (world.errors(), world.conflicts(), _kept(world)) == ([], [], [])
    world.settles()


def test_blank_that_is_taken_empties_the_other_side_where_the_mapping_clears(world: World) -> None:
    world.use(people(_title(wins="hold", blank="clear")))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, jobtitle=None)
    ada.edit(SALESFORCE, Title="Head")
    world.sync()
    _resolve(world, "hubspot")

    world.sync()

    assert _titles(ada) == (None, None)
    assert world.conflicts() == []
    world.settles()


def test_value_without_an_entry_is_settled_by_the_other_side_and_not_by_itself(
    world: World,
) -> None:
    world.use(people(LEVEL))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry")
    world.sync()

    _resolve(world, "hubspot")
    world.sync()
    (item,) = world.conflicts()
    assert "'Entry'" in item.reason
    assert _kept(world) == []

    _resolve(world, "VP")
    world.sync()
    assert (ada.on(HUBSPOT)["seniority"], ada.on(SALESFORCE)["Level__c"]) == ("VP", "C-Level")
    assert world.conflicts() == []
    world.settles()


def test_one_way_field_takes_its_source_or_leaves_both_as_they_are(world: World) -> None:
    world.use(people("title: jobtitle -> Title", first_sync="hold"))
    world.add(HUBSPOT, "contacts", email="a@x.example", lastname="A", jobtitle="CEO")
    world.add(SALESFORCE, "Contact", Email="a@x.example", LastName="A", Title="Head")
    world.sync()

    assert isinstance(_resolve(world, "Founder"), Cannot)
    _resolve(world, "salesforce")
    world.sync()

    assert world.written() == [] or world.carried() == []
    assert (world.conflicts(), _kept(world)) == ([], [])
    world.settles()


def test_difference_from_before_the_link_is_settled_too(world: World) -> None:
    world.use(people(_title(), first_sync="hold"))
    world.add(HUBSPOT, "contacts", email="a@x.example", lastname="A", jobtitle="CEO")
    world.add(SALESFORCE, "Contact", Email="a@x.example", LastName="A", Title="Head")
    world.sync()
    (item,) = world.conflicts()

    _resolve(world, "salesforce")
    world.sync()

    assert world.carried() == [(HUBSPOT, "jobtitle", "Head")]
    assert item.id not in [one.id for one in world.conflicts()]
    world.settles()


# --- records ------------------------------------------------------------------------------------


def _deleted_and_edited(world: World) -> Couple:
    """Give two records of which Salesforce's was deleted and HubSpot's edited."""
    world.use(people(_title(), more="delete: archive"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.remove(SALESFORCE)
    assert world.sync(full=True).exit == 1
    return ada


def test_deletion_that_is_taken_archives_the_other_record(world: World) -> None:
    ada = _deleted_and_edited(world)

    _resolve(world, "salesforce")
    world.sync()

    assert ada.ids[HUBSPOT] not in world.all(HUBSPOT, "contacts")
    assert (world.conflicts(), ada.link.state, _kept(world)) == ([], LinkState.CLOSED, [])
    world.settles()


def test_record_that_is_taken_stays_and_is_linked_no_more(world: World) -> None:
    ada = _deleted_and_edited(world)

    _resolve(world, "hubspot")
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    assert (world.conflicts(), ada.link.state, _kept(world)) == ([], LinkState.CLOSED, [])
    world.settles()


def test_record_edited_after_its_deletion_was_taken_is_not_archived(world: World) -> None:
    ada = _deleted_and_edited(world)
    _resolve(world, "salesforce")
    ada.edit(HUBSPOT, jobtitle="Founder")

    world.sync()

    (item,) = world.conflicts()
    assert "again after it was resolved" in item.reason
    assert ada.on(HUBSPOT)["jobtitle"] == "Founder"
    assert _kept(world) == []
    world.settles()


def _namesakes(world: World) -> tuple[str, str, str]:
    """Give two Salesforce contacts and the one HubSpot contact they match, held."""
    world.use(people(_title()))
    one, two = (
        world.add(SALESFORCE, "Contact", Email="a@x.example", LastName=name) for name in ("A", "B")
    )
    there = world.add(HUBSPOT, "contacts", email="a@x.example", lastname="A")
    world.sync()
    return one, two, there


def test_record_chosen_from_a_group_is_linked_and_the_other_stays_a_duplicate(
    world: World,
) -> None:
    _, two, there = _namesakes(world)
    item = _only(world.conflicts())
    assert isinstance(_resolve(world, "salesforce"), Cannot)

    assert isinstance(_resolve(world, two), Resolution)
    world.sync()

    assert world.values(HUBSPOT, "contacts", there)["lastname"] == "B"
    assert world.values(SALESFORCE, "Contact", two)["LastName"] == "B"
    assert world.link_count(state=LinkState.OPEN) == 1
    assert len(world.all(HUBSPOT, "contacts")) == 1
    world.settles()
    left = world.conflicts()
    assert item.records != ()
    assert len(left) == 1
    assert isinstance(_resolve(world, two), Cannot)


def _only(items: Sequence[Conflict]) -> Conflict:
    (item,) = items
    return item
