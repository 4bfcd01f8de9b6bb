"""Linking again after the state was lost, from the ids both CRMs keep (row R32)."""

from __future__ import annotations

from typing import Any

import pytest

from console.adopting import adopt_once
from sync.domain.errors import ConnectorError, UsageError
from sync.domain.ports import WriteKind
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, people

TITLE = "title: jobtitle <-> Title"
BOTH = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"


def adopt(world: World) -> dict[str, Any]:
    """Adopt, a minute later; nothing may be written to a CRM by it."""
    world.pass_time()
    before = world.snapshot()
    with world.workshop() as workshop:
        document = adopt_once(workshop, as_json=True)
    assert world.snapshot() == before
    pair: dict[str, Any] = document["pairs"]["contacts"]
    return pair


def coupled(world: World, first_sync: str = "salesforce") -> Couple:
    world.use(people(TITLE, more=BOTH, first_sync=first_sync))
    return world.couple({"jobtitle": "Countess"}, {"Title": "Countess"})


def test_r32_lost_state_is_adopted_and_the_next_sync_writes_nothing(world: World) -> None:
    ada = coupled(world)
    world.sync()
    world.lose_state()
    assert world.sync().stopped == "empty_state"

    done = adopt(world)

    assert (done["linked"], done["held_fields"], done["held_records"]) == (1, 0, 0)
    assert world.sync().exit == 0
    assert world.written() == []
    ada.edit(HUBSPOT, jobtitle="Analyst")
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "Analyst"
    world.settles()


def test_r32_blank_is_filled_by_the_next_sync_and_what_differs_is_held(world: World) -> None:
    ada = coupled(world)
    bob = world.couple({"jobtitle": "Poet"}, {"Title": "Poet"}, email="bob@example.com")
    ada.edit(HUBSPOT, jobtitle=None)
    bob.edit(HUBSPOT, jobtitle="Cook")
    world.lose_state()

    done = adopt(world)

    assert (done["linked"], done["to_fill"], done["held_fields"]) == (2, 1, 1)
    world.sync()
    assert world.carried() == [(HUBSPOT, "jobtitle", "Countess")]
    (held,) = world.conflicts()
    assert (held.field, held.left, held.right) == ("title", "Cook", "Poet")
    # Neither first_sync nor an edit on one side decides it; a person does, or both get one value.
    bob.edit(SALESFORCE, Title="Boss")
    world.sync(full=True)
    assert (bob.on(HUBSPOT)["jobtitle"], bob.on(SALESFORCE)["Title"]) == ("Cook", "Boss")
    bob.edit(HUBSPOT, jobtitle="Boss")
    world.sync()
    assert world.conflicts() == []
    world.settles()


def test_r32_contradicting_ids_are_held_and_nothing_is_made(world: World) -> None:
    ada = coupled(world)
    bob = world.couple(email="bob@example.com")
    world.edit(HUBSPOT, "contacts", bob.ids[HUBSPOT], salesforce_id=None)
    world.edit(
        SALESFORCE, "Contact", bob.ids[SALESFORCE], HubSpot_Contact_Id__c=None, by="integration"
    )
    world.edit(HUBSPOT, "contacts", ada.ids[HUBSPOT], salesforce_id=bob.ids[SALESFORCE])
    world.lose_state()

    done = adopt(world)

    assert (done["linked"], done["held_records"]) == (0, 3)


def test_adopt_is_refused_where_the_state_is_not_lost(world: World) -> None:
    coupled(world)
    with pytest.raises(UsageError, match="not lost"):
        adopt(world)


def test_record_deleted_before_the_loss_is_not_made_again(world: World) -> None:
    ada = coupled(world)
    bob = world.couple(email="bob@example.com")
    bob.remove(SALESFORCE)
    world.sync(full=True)
    world.lose_state()

    done = adopt(world)

    assert done["linked"] == 1
    world.sync(full=True)
    assert [one for one in world.written() if one.kind is WriteKind.CREATE] == []
    assert ada.ids[SALESFORCE] in world.all(SALESFORCE, "Contact")


def test_adopt_that_is_cut_off_is_done_again_and_no_sync_runs_before(world: World) -> None:
    coupled(world)
    world.lose_state()
    world.fail(SALESFORCE, Fault.HTML)
    with pytest.raises(ConnectorError):
        adopt(world)
    world.recover()

    stopped = world.sync()

    assert (stopped.exit, stopped.stopped) == (4, "empty_state")
    assert "adopt" in str(stopped.error)
    assert adopt(world)["linked"] == 1
    assert world.sync().exit == 0
    assert world.written() == []
