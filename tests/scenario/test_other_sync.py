"""Row R33 of the decision table: HubSpot's own Salesforce sync at work on the same records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies

MARK = "salesforcelastsynctime"
CREATE = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"


def stamp(world: World, *, ago: timedelta) -> str:
    """Give the mark that sync leaves, as HubSpot holds it."""
    return f"{world.clock.now() - ago:%Y-%m-%dT%H:%M:%S.000Z}"


def test_r33_fresh_mark_of_hubspots_own_sync_stops_the_run_until_it_is_a_day_old(
    world: World,
) -> None:
    world.use(companies("city: city <-> BillingCity", more=CREATE))
    example = world.company()
    example.edit(SALESFORCE, BillingCity="Bonn")
    mark = {MARK: stamp(world, ago=timedelta(minutes=5))}
    example.edit(HUBSPOT, by="automation", city="Kiel", **mark)
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped, world.written()) == (4, "other_sync", [])
    told = str(result.error)
    assert (MARK in told, "HubSpot's own Salesforce sync" in told) == (True, True)
    assert example.ids[HUBSPOT] in told
    assert world.sync(full=True).stopped == "other_sync"
    assert world.snapshot() == before
    # Nobody's edit is lost by the wait.
    example.edit(HUBSPOT, city="Bonn")
    world.pass_time(timedelta(days=1, minutes=1))
    assert world.sync().exit == 0
    assert example.on(SALESFORCE)["BillingCity"] == "Bonn"
    world.settles()


@pytest.mark.parametrize("first", [True, False], ids=["first sync", "later"])
def test_r33_plan_approved_before_is_not_applied_beside_another_sync(
    world: World, first: bool
) -> None:
    world.use(companies(more=CREATE), settings="guard: {creates: 0}")
    if not first:
        world.company()
    world.add(HUBSPOT, "companies", domain="acme.example", name="Acme")
    stopped = world.sync()
    assert stopped.stopped == "guard"
    world.approve(stopped.plan)
    mark = {MARK: stamp(world, ago=timedelta(hours=20))}
    world.add(HUBSPOT, "companies", by="automation", domain="other.example", **mark)
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped, world.written()) == (4, "other_sync", [])
    assert world.snapshot() == before


def test_r33_mark_of_a_sync_that_ended_long_ago_stops_nothing(world: World) -> None:
    world.use(companies(more=CREATE))
    mark = {MARK: stamp(world, ago=timedelta(days=2))}
    world.add(HUBSPOT, "companies", domain="acme.example", name="Acme", **mark)

    assert world.sync().exit == 0
    assert world.only(SALESFORCE, "Account")[1]["Name"] == "Acme"
    world.settles()
