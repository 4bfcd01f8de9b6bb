"""Clocks that jump, nights with an hour too many, and days that are not in every year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.syncing import run_once
from sync.domain.record import Side
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

TITLE = "title: jobtitle <-> Title"
NAMES = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}


def _sync_at(world: World, off: timedelta) -> int:
    """Run once by a clock that is off by some time; both CRMs' clocks are right."""
    world.pass_time()
    with world.workshop() as workshop:
        wrong = replace(workshop, clock=lambda: workshop.clock() + off)
        return int(run_once(wrong, as_json=True)["exit"])


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
@pytest.mark.parametrize("hours", [-1, 1, -26])
def test_machine_whose_clock_jumps_loses_no_edit_and_makes_none_twice(
    world: World, side: Side, hours: int
) -> None:
    world.use(people(TITLE, "code: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(side, **{NAMES[side]: "Chair"})
    assert _sync_at(world, timedelta(hours=hours)) == 0
    assert ada.on(side.other)[NAMES[side.other]] == "Chair"

    # Back to the right time, while people go on.
    ada.edit(side.other, **{NAMES[side.other]: "Head"})
    world.sync()
    assert ada.on(side)[NAMES[side]] == "Head"
    world.settles()
    writes = [one.after for one in world.audit(ada.link) if one.kind == "write"]
    assert writes[-2:] == ["Chair", "Head"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2027, 3, 28, 0, 59, tzinfo=UTC),  # Berlin's clocks go from 2 to 3
        datetime(2027, 10, 31, 0, 59, tzinfo=UTC),  # and from 3 to 2
        datetime(2028, 2, 28, 23, 59, tzinfo=UTC),  # the 29th begins
    ],
)
def test_edits_around_an_odd_night_travel_once_in_their_order(
    world: World, moment: datetime
) -> None:
    world.use(people(TITLE, "born: {map: born_on <-> Birthdate, type: date}"))
    with world.workshop() as workshop:
        world.pass_time(moment - workshop.clock())
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    for number in range(3):
        side = Side.LEFT if number % 2 else Side.RIGHT
        ada.edit(side, **{NAMES[side]: f"Title {number}"})
        world.pass_time(timedelta(minutes=30))
        world.sync()
        assert ada.on(side.other)[NAMES[side.other]] == f"Title {number}"
    world.settles()


def test_leap_day_is_the_same_day_on_both_sides(world: World) -> None:
    world.use(people("born: {map: born_on <-> Birthdate, type: date}"))
    ada = world.couple()
    ada.edit(SALESFORCE, Birthdate="1996-02-29")
    world.sync()
    assert str(ada.on(HUBSPOT)["born_on"]).startswith("1996-02-29")
    world.settles()
