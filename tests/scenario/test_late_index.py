"""HubSpot's search that still shows records as they were before they were written last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario.backends import Served
from tests.scenario.test_lifecycle import LEAD, give_back, handed_over, standing, use
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people


@pytest.fixture
def late(served: Served, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """Let HubSpot's search see what was written only after so long."""
    delay = timedelta(minutes=5)
    monkeypatch.setattr(served.sandbox.hubspot.switches, "index_delay", delay)
    return delay


def test_value_search_still_shows_is_no_edit_of_somebody(world: World, late: timedelta) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    world.pass_time(late)
    ada.edit(SALESFORCE, Title="Chair")
    assert world.sync().exit == 0
    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"

    assert world.sync().exit == 0

    assert world.written() == []
    assert ada.on(SALESFORCE)["Title"] == "Chair"

    # What somebody enters behind the index is not taken for what was read.
    ada.edit(HUBSPOT, city="Bonn")
    world.sync()
    world.pass_time(late)
    world.sync()
    assert (ada.on(SALESFORCE)["Title"], ada.on(SALESFORCE)["MailingCity"]) == ("Chair", "Bonn")
    world.settles()


def test_l4_stage_search_still_shows_does_not_undo_a_hand_back(
    world: World, late: timedelta
) -> None:
    use(world)
    couple = handed_over(world)
    world.pass_time(late)
    give_back(couple)
    assert standing(couple) == (LEAD, "MQL")

    assert world.sync().exit == 0

    assert world.written() == []
    assert standing(couple) == (LEAD, "MQL")
    assert couple.on(SALESFORCE)["Status"] == "Closed - Not Converted"
    world.settles()
