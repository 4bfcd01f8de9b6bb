"""Records that are missing without proof (row R30), or that are shared with nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.domain.record import Side
from sync.domain.store import LinkState
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, people

TITLE = "title: jobtitle <-> Title"
ARCHIVE = "delete: archive\ncreate: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"
NAMES = ("ada", "bob", "cleo")
OBJECTS = {HUBSPOT: "contacts", SALESFORCE: "Contact"}


def trio(world: World) -> list[Couple]:
    """Link three people under the strictest mapping: what is deleted would be deleted across."""
    world.use(people(TITLE, more=ARCHIVE))
    return [world.couple(email=f"{name}@example.com") for name in NAMES]


def vanish(world: World, side: Side, *couples: Couple) -> None:
    world.vanish(side, OBJECTS[side], *(couple.ids[side] for couple in couples))


@pytest.mark.parametrize("side", Side)
def test_r30_object_that_answers_empty_is_a_fault_and_writes_nothing(
    world: World, side: Side
) -> None:
    couples = trio(world)
    world.use(settings="guard: {deletes: 2}")
    vanish(world, side, *couples)
    couples[0].edit(side.other, **{"jobtitle" if side is SALESFORCE else "Title": "CEO"})
    before = world.snapshot()

    result = world.sync(full=True)

    assert (result.exit, result.stopped, world.written()) == (4, "guard", [])
    assert "missing without proof" in str(result.error)
    assert world.snapshot() == before
    assert world.link_count() == 3
    # It was a fault: all is there again, and the edit made meanwhile was not lost.
    world.reappear()
    assert world.sync(full=True).exit == 0
    assert couples[0].on(HUBSPOT)["jobtitle"] == couples[0].on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("side", Side)
def test_r30_links_of_missing_records_sleep_and_wake_where_they_were(
    world: World, side: Side
) -> None:
    ada, bob, cleo = trio(world)
    vanish(world, side, ada, bob)
    title = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}

    assert world.sync(full=True).exit == 0

    assert world.link_count(state=LinkState.ASLEEP) == 2
    assert len(world.all(side.other, OBJECTS[side.other])) == 3
    # Nothing travels to or from what sleeps, nothing is created for it, and others go on.
    ada.edit(side.other, **{title[side.other]: "Chair"})
    cleo.edit(side.other, **{title[side.other]: "CEO"})
    assert world.sync().exit == 0
    assert world.sync(full=True).exit == 0
    assert cleo.on(side)[title[side]] == "CEO"
    assert len(world.all(side, OBJECTS[side])) == 1
    world.reappear()
    bob.edit(side, **{title[side]: "Head"})

    assert world.sync(full=True).exit == 0

    assert world.link_count() == 3
    for couple, value in ((ada, "Chair"), (bob, "Head"), (cleo, "CEO")):
        assert couple.on(HUBSPOT)["jobtitle"] == couple.on(SALESFORCE)["Title"] == value
    world.settles()


def test_r30_missing_records_above_the_guard_stop_the_run_until_a_person_says_so(
    world: World,
) -> None:
    ada, bob, _ = trio(world)
    world.use(settings="guard: {deletes: 1}")
    vanish(world, SALESFORCE, ada, bob)
    stopped = world.sync(full=True)
    assert (stopped.exit, stopped.stopped) == (4, "guard")
    assert "2 records missing without proof" in str(stopped.error)

    world.approve(stopped.plan)
    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    assert world.link_count(state=LinkState.ASLEEP) == 2
    world.settles()


def test_r30_only_the_full_comparison_sees_that_records_are_missing(world: World) -> None:
    # Settled question 16.
    ada, *_ = trio(world)
    vanish(world, HUBSPOT, ada)

    assert world.sync().document["compared"] == []
    assert world.link_count() == 3
    world.pass_time(timedelta(days=1, minutes=1))
    assert world.sync().document["compared"] == ["contacts"]
    assert world.link_count(state=LinkState.ASLEEP) == 1


def test_record_shared_with_nobody_is_an_error_that_says_so_and_stops_no_other(
    world: World,
) -> None:
    couples = trio(world)
    for couple in couples:
        couple.edit(HUBSPOT, jobtitle="CEO")
    world.unshare("Contact")

    assert world.sync().exit == 1

    (item,) = world.errors()
    assert item.code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert "share" in f"{item.message} {item.fix}".lower()
    assert sorted(couple.on(SALESFORCE)["Title"] or "" for couple in couples) == ["", "CEO", "CEO"]
    world.pass_time(timedelta(minutes=20))
    assert world.sync().exit == 0
    assert {couple.on(SALESFORCE)["Title"] for couple in couples} == {"CEO"}
    assert world.errors() == []
    world.settles()
