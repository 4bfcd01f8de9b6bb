"""HubSpot's search that still shows records as they were before they were written last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario.backends import Served
from tests.scenario.test_lifecycle import LEAD, give_back, handed_over, standing, use
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

LATE = timedelta(minutes=5)


def be_late(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HubSpot's search see only later what is written from now on."""
    monkeypatch.setattr(served.sandbox.hubspot.switches, "index_delay", LATE)


def test_value_search_still_shows_is_no_edit_of_somebody(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    be_late(served, monkeypatch)
    ada.edit(SALESFORCE, Title="Chair")
    assert world.sync().exit == 0
    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"

    assert world.sync().exit == 0

    assert world.written() == []
    assert ada.on(SALESFORCE)["Title"] == "Chair"

    # What somebody enters behind the index is not taken for what was read.
    ada.edit(HUBSPOT, city="Bonn")
    world.sync()
    world.pass_time(LATE)
    world.sync()
    assert (ada.on(SALESFORCE)["Title"], ada.on(SALESFORCE)["MailingCity"]) == ("Chair", "Bonn")
    world.settles()


def test_stage_search_still_shows_does_not_undo_a_hand_back(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world)
    couple = handed_over(world)
    be_late(served, monkeypatch)
    give_back(couple)
    assert standing(couple) == (LEAD, "MQL")

    assert world.sync().exit == 0

    assert world.written() == []
    assert standing(couple) == (LEAD, "MQL")
    assert couple.on(SALESFORCE)["Status"] == "Closed - Not Converted"
    world.settles()


def test_value_of_a_run_that_was_cut_off_is_no_edit_of_somebody(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, city="Bonn")
    be_late(served, monkeypatch)
    ada.edit(SALESFORCE, Title="Chair")
    world.kill(HUBSPOT)
    world.killed_sync()
    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"

    assert world.sync().exit == 0

    assert (ada.on(SALESFORCE)["Title"], ada.on(SALESFORCE)["MailingCity"]) == ("Chair", "Bonn")
    world.settles()
