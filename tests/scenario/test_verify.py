"""Checking that both sides agree: what is counted, why something differs, and what mends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sync.domain.record import Native
from sync.domain.store import Changes, ShadowUpdate
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, Result, World, people

TITLE = "title: jobtitle <-> Title"


def linked(world: World, *fields: str, **values: str) -> Couple:
    """Link Ada, who is Countess on both sides."""
    world.use(people(*(fields or (TITLE,))))
    couple = world.couple({"jobtitle": "Countess"}, {"Title": "Countess"})
    world.settles()
    return couple


def causes(result: Result) -> list[tuple[Native, str]]:
    """Give what differs, by field and cause."""
    return [(one["field"], one["cause"]) for one in result.document["drift"]]


def counts(result: Result, name: str = "title") -> dict[str, int]:
    """Give how one field was counted."""
    found: dict[str, Any] = result.document["pairs"]["contacts"]["fields"][name]
    return {what: number for what, number in found.items() if number}


def test_both_sides_that_agree_are_counted_and_nothing_is_written(world: World) -> None:
    linked(world)
    before = world.snapshot()

    result = world.verify()

    assert (result.exit, result.document["drift"]) == (0, [])
    assert counts(result) == {"agree": 1}
    assert result.document["pairs"]["contacts"]["agree"] == 1
    assert world.snapshot() == before


def test_edit_since_the_last_sync_is_drift_until_a_sync_carries_it(world: World) -> None:
    ada = linked(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")

    result = world.verify()

    assert (result.exit, causes(result)) == (1, [("title", "edited_since")])
    (found,) = result.document["drift"]
    assert (found["hubspot"], found["salesforce"]) == ("Analyst", "Countess")
    assert "HubSpot" in found["why"]
    world.sync()
    assert world.verify().exit == 0


def test_held_field_is_counted_as_held_with_the_way_to_see_it(world: World) -> None:
    ada = linked(world, "title: {map: jobtitle <-> Title, wins: hold}")
    ada.edit(HUBSPOT, jobtitle="Analyst")
    ada.edit(SALESFORCE, Title="Poet")
    world.sync()

    result = world.verify()

    assert (counts(result), causes(result)) == ({"held": 1}, [("title", "held")])
    assert "revloop conflicts show" in result.document["drift"][0]["why"]


def test_value_kept_apart_by_a_rule_is_no_drift_and_is_listed(world: World) -> None:
    ada = linked(world)
    ada.edit(SALESFORCE, Title=None)
    world.sync()

    result = world.verify()

    assert (result.exit, counts(result)) == (0, {"kept_apart": 1})
    (kept,) = result.document["kept_apart"]
    assert kept["why"] == "emptied in Salesforce; blank: keep"


def test_deleted_record_and_one_nobody_saw_are_named(world: World) -> None:
    ada = linked(world)
    world.add(HUBSPOT, "contacts", email="new@example.com", lastname="New")
    ada.remove(SALESFORCE)

    result = world.verify()

    assert causes(result) == [(None, "gone")]
    assert result.document["pairs"]["contacts"]["unlinked"]["hubspot"] == {"never_seen": 1}


def test_state_that_believes_in_an_agreement_is_doubted_and_mended(world: World) -> None:
    ada = linked(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    # What a state put back from an old backup, or damaged, would believe.
    with world.workshop() as workshop:
        update = [
            ShadowUpdate(
                link_id=ada.link.id,
                side=side,
                base={**shadow.base, "title": value},
                seen={**shadow.seen, "title": value},
                read_at=shadow.read_at,
            )
            for (_, side), shadow in workshop.store.links.shadows([ada.link.id]).items()
            for value in [{HUBSPOT: "Analyst", SALESFORCE: "Countess"}[side]]
        ]
        workshop.store.commit(Changes(shadows=update), run=1, at=workshop.clock())
    assert world.sync(full=True).exit == 0
    assert world.written() == []

    result = world.verify(repair=True)

    assert causes(result) == [("title", "differs")]
    world.approve(result.document["plan"])
    world.sync()
    # As at first linking, first_sync decides.
    assert ada.on(HUBSPOT)["jobtitle"] == "Countess"
    assert world.verify().exit == 0


def test_check_that_was_stopped_goes_on_and_counts_nothing_twice(world: World) -> None:
    linked(world)
    world.pass_time(timedelta(minutes=1))
    world.fail(SALESFORCE, Fault.HTML)

    stopped = world.verify()
    world.recover()
    result = world.verify()

    assert stopped.exit == 3
    assert result.exit == 0
    assert counts(result) == {"agree": 1}
