"""People on deals and in campaigns in HubSpot: what they cost in calls, what a token may lack."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario import test_contact_roles as roles
from tests.scenario import test_membership as membership
from tests.scenario.backends import Served
from tests.scenario.world import HUBSPOT, SALESFORCE, World

LISTS = "/lists"
TIES = "/associations/"


def calls(served: Served, path: str) -> int:
    """Count the calls to HubSpot since the last count."""
    count = len(served.sandbox.hubspot_traffic.calls(path=path))
    served.sandbox.hubspot_traffic.reset()
    return count


@pytest.mark.parametrize("world", ["sandbox-numbered"], indirect=True)
def test_members_cost_an_idle_run_one_call_and_a_changed_list_its_pages(
    world: World, served: Served
) -> None:
    membership.use(world)
    fair, (ada, bob) = membership.fair(world, "ada@example.com", "bob@example.com")
    membership.put(world, SALESFORCE, fair, ada)
    calls(served, LISTS)
    membership.settled(world)
    made = calls(served, LISTS)
    for _ in range(2):  # what a run wrote is within the window of the next one
        world.clock.move(timedelta(minutes=20))
        calls(served, LISTS)
        membership.settled(world)
    idle = calls(served, LISTS)
    membership.put(world, HUBSPOT, fair, bob)
    membership.settled(world)

    # A search, two lists made and one filled; then a search; then a search and both lists read.
    assert (made, idle, calls(served, LISTS)) == (4, 1, 3)


@pytest.mark.parametrize("world", ["sandbox-dated"], indirect=True)
def test_people_on_deals_cost_an_idle_run_nothing_and_a_changed_deal_one_call(
    world: World, served: Served
) -> None:
    roles.use(world)
    deal, (ada,) = roles.stand(world)
    roles.put(world, SALESFORCE, deal, ada, "Decision Maker")
    calls(served, TIES)
    roles.settled(world)
    made = calls(served, TIES)
    world.clock.move(timedelta(hours=2))
    roles.settled(world)
    idle = calls(served, TIES)
    world.edit(HUBSPOT, "deals", deal[HUBSPOT], dealname="Bigger")
    roles.settled(world)

    assert (made, idle, calls(served, TIES)) == (1, 0, 1)


@pytest.mark.parametrize("world", ["sandbox-numbered"], indirect=True)
def test_without_the_scope_for_lists_members_rest_and_all_else_goes_on(
    world: World, served: Served
) -> None:
    membership.use(world, "blank: clear")
    fair, (ada,) = membership.fair(world)
    membership.put(world, SALESFORCE, fair, ada)
    membership.settled(world)
    switches = served.sandbox.hubspot.switches
    switches.withheld_scopes = "crm.lists.read"
    try:
        world.edit(SALESFORCE, "Contact", ada[SALESFORCE], LastName="King")
        result = world.sync(full=True)
    finally:
        switches.withheld_scopes = ""

    assert result.exit == 0
    assert world.values(HUBSPOT, "contacts", ada[HUBSPOT])["lastname"] == "King"
    for side in (HUBSPOT, SALESFORCE):
        assert membership.on(world, side) == membership.row(side, fair, ada)
    world.settles()
