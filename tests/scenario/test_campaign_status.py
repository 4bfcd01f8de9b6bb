"""What people carry of the campaign they took part in last: the status of that membership."""

from __future__ import annotations

from sync.domain.record import Native
from tests.scenario import test_membership as membership
from tests.scenario.test_membership import put, settled
from tests.scenario.world import HUBSPOT, SALESFORCE, World

NAME = "revloop_last_campaign_status"
ROWS = membership.ROWS[SALESFORCE]


def use(world: World, rules: str = "") -> None:
    """Keep people, campaigns and who took part, with a property for the last status."""
    membership.use(world, rules)
    world.show(HUBSPOT, NAME)


def told(world: World, id: str) -> Native:
    """Give what a HubSpot contact says of its last campaign."""
    return world.values(HUBSPOT, "contacts", id).get(NAME)


def quiet(world: World) -> None:
    """Show that the next run writes nothing."""
    settled(world)
    assert world.written() == []


def test_person_carries_the_status_of_the_newest_membership(world: World) -> None:
    use(world)
    fair, (ada, bob) = membership.fair(world, "ada@example.com", "bob@example.com")
    expo = {SALESFORCE: world.add(SALESFORCE, "Campaign", Name="Expo")}
    older = put(world, SALESFORCE, fair, ada)
    newer = put(world, SALESFORCE, expo, ada, "Responded")

    settled(world)
    assert (told(world, ada[HUBSPOT]), told(world, bob[HUBSPOT])) == ("Responded", None)
    quiet(world)

    # Which was edited last says nothing of which is the newest.
    world.edit(SALESFORCE, ROWS, newer, Status="Sent")
    world.edit(SALESFORCE, ROWS, older, Status="Responded")
    settled(world)
    assert told(world, ada[HUBSPOT]) == "Sent"
    world.settles()


def test_status_of_a_membership_taken_away_is_that_of_the_one_before_and_then_blank(
    world: World,
) -> None:
    use(world, "blank: clear")
    fair, (ada,) = membership.fair(world)
    expo = {SALESFORCE: world.add(SALESFORCE, "Campaign", Name="Expo")}
    rows = [put(world, SALESFORCE, fair, ada), put(world, SALESFORCE, expo, ada, "Responded")]
    settled(world)

    for row, status in zip(reversed(rows), ("Sent", None), strict=True):
        world.remove(SALESFORCE, ROWS, row)
        # Salesforce leaves no trace of it: the next full comparison sees it.
        settled(world, full=True)
        assert told(world, ada[HUBSPOT]) == status
    quiet(world)


def test_membership_made_in_hubspot_is_told_by_the_run_that_writes_it(world: World) -> None:
    use(world, "blank: clear")
    fair, (ada,) = membership.fair(world)
    row = put(world, HUBSPOT, fair, ada, "responded")
    settled(world)
    assert told(world, ada[HUBSPOT]) == "Responded"
    quiet(world)

    world.remove(HUBSPOT, membership.ROWS[HUBSPOT], row)
    settled(world)
    assert told(world, ada[HUBSPOT]) is None
    quiet(world)


def test_r17_status_of_a_lead_stays_when_the_lead_is_converted(world: World) -> None:
    use(world)
    fair, _ = membership.fair(world)
    lead = world.add(SALESFORCE, "Lead", Email="bob@example.com", LastName="Bob", Company="Engines")
    put(world, SALESFORCE, fair, {SALESFORCE: lead}, "Responded")
    settled(world)
    (bob,) = (id for id, one in world.all(HUBSPOT, "contacts").items() if one["lastname"] == "Bob")
    assert told(world, bob) == "Responded"

    world.convert(lead)
    settled(world)
    assert told(world, bob) == "Responded"
    assert [one for one in world.carried() if one[1] == NAME] == []
    quiet(world)


def test_r15_r16_survivor_of_a_merge_carries_the_newest_status_of_both(world: World) -> None:
    use(world)
    fair, (ada,) = membership.fair(world)
    expo = {SALESFORCE: world.add(SALESFORCE, "Campaign", Name="Expo")}
    other = world.add(SALESFORCE, "Contact", Email="ada@example.org", LastName="King")
    put(world, SALESFORCE, fair, ada)
    put(world, SALESFORCE, expo, {SALESFORCE: other}, "Responded")
    settled(world)
    assert told(world, ada[HUBSPOT]) == "Sent"

    world.merge(SALESFORCE, "Contact", ada[SALESFORCE], other)
    world.sync()

    assert told(world, ada[HUBSPOT]) == "Responded"
