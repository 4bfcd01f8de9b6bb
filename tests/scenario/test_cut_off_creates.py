"""Records a run made and never heard of again: what people edited since is an edit."""

from __future__ import annotations

from tests.scenario.test_records import CREATE_BOTH
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people


def made_unanswered(world: World) -> str:
    """Let Ada be made in Salesforce by a run that never had the answer; gives her id in HubSpot."""
    world.use(people("city: city <-> MailingCity", "title: jobtitle <-> Title", more=CREATE_BOTH))
    world.sync()
    id = world.add(
        HUBSPOT,
        "contacts",
        email="ada@people.example",
        lastname="Lovelace",
        city="Bonn",
        jobtitle="Countess",
    )
    world.kill(SALESFORCE)
    world.killed_sync()
    return id


def test_edit_of_the_record_it_was_made_from_travels(world: World) -> None:
    id = made_unanswered(world)
    world.edit(HUBSPOT, "contacts", id, city="Berlin")

    world.sync()

    _, made = world.only(SALESFORCE, "Contact")
    assert (world.values(HUBSPOT, "contacts", id)["city"], made["MailingCity"]) == (
        "Berlin",
        "Berlin",
    )
    world.settles()


def test_edits_of_both_records_travel_and_a_blank_stays_where_it_was_made(world: World) -> None:
    id = made_unanswered(world)
    made, _ = world.only(SALESFORCE, "Contact")
    world.edit(HUBSPOT, "contacts", id, jobtitle=None)
    world.edit(SALESFORCE, "Contact", made, MailingCity="Rome")

    world.sync()

    left, (_, right) = world.values(HUBSPOT, "contacts", id), world.only(SALESFORCE, "Contact")
    assert (left["city"], right["MailingCity"]) == ("Rome", "Rome")
    assert (left["jobtitle"], right["Title"]) == (None, "Countess")
    world.settles()
