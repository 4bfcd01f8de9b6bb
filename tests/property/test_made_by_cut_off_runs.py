"""Records made by a run that was cut off before it had the answer: told in few steps."""

from __future__ import annotations

import pytest

from connectors.memory import Killed
from sync.domain.record import Side
from sync.domain.store import LinkState
from tests.property.by_hand import begin, enter, enter_lead
from tests.property.loop_invariants import broken


@pytest.mark.parametrize("email", ["p0@example.com", "p9@example.com"])
def test_record_whose_lead_was_converted_before_it_was_linked_is_the_contacts(email: str) -> None:
    world = begin(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    lead = enter_lead(world, "p0@example.com")
    left.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    contact = right.convert("Lead", lead, into="Contact", values={"Email": email})
    world.sync()

    (made,) = left.all("contacts").values()
    assert made["salesforce_id"] == contact
    assert not world.store.findings.conflicts()


@pytest.mark.parametrize("merged", [True, False])
def test_lead_converted_before_its_link_was_known_is_not_made_again(merged: bool) -> None:
    world = begin(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    person = enter(world, "contacts", email="p0@example.com", lastname="Byron")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()
    (lead,) = right.all("Lead")

    values = {"Email": "p9@example.com", "HubSpot_Contact_Id__c": None}
    contact = right.convert("Lead", lead, into="Contact", values=values)
    if merged:
        other = enter(world, "Contact", Email="p2@example.com", LastName="Byron")
        contact = right.merge("Contact", other, contact)
    world.sync()

    assert list(left.all("contacts")) == [person]
    assert left.values("contacts", person)["salesforce_id"] == contact
    assert not broken(world, compared=False)


@pytest.mark.parametrize("side", list(Side))
def test_record_deleted_before_its_link_was_known_is_not_made_again(side: Side) -> None:
    world = begin(create_as="Contact")
    bench = world.benches[side]
    if side is Side.LEFT:
        enter(world, "Contact", Email="p0@example.com", LastName="Byron")
    else:
        enter(world, "contacts", email="p0@example.com", lastname="Byron")
    bench.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    name = "contacts" if side is Side.LEFT else "Contact"
    (made,) = bench.all(name)
    bench.remove(name, made)
    world.sync()
    assert bench.all(name) == {}

    bench.restore(name, made)
    world.sync()
    assert not broken(world, compared=False)
    assert {link.state for link in world.links("contacts").values()} == {LinkState.OPEN}


def test_record_merged_before_its_link_was_known_is_not_made_again() -> None:
    world = begin(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    enter(world, "contacts", email="p0@example.com", lastname="Byron")
    other = enter(world, "Contact", Email="p1@example.com", LastName="Lovelace")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    (made,) = right.all("Contact").keys() - {other}
    right.merge("Contact", other, made)
    world.sync()
    world.clock.sleep(120)
    world.sync(full=True)

    assert list(right.all("Contact")) == [other]
    assert not broken(world, compared=True)
    assert len(left.all("contacts")) == 1 or world.store.findings.conflicts()


@pytest.mark.parametrize("origin_goes_up", [True, False])
def test_record_that_went_up_in_a_linked_one_before_its_answer_came_is_not_made_again(
    origin_goes_up: bool,
) -> None:
    world = begin(create_as="Contact", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    first = enter(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    (linked,) = right.all("Contact")
    person = enter(world, "contacts", email="p1@example.com", lastname="Lovelace")
    other = enter(world, "Contact", Email="p2@example.com", LastName="Byron")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    (made,) = right.all("Contact").keys() - {linked, other}
    right.merge("Contact", made, linked)
    right.merge("Contact", other, made)
    left.remove("contacts", first)
    if origin_goes_up:
        merged = left.add("contacts", {"email": "p3@example.com", "lastname": "Byron"})
        person = left.merge("contacts", person, merged, new_id=True)
    world.sync(full=True)

    assert list(right.all("Contact")) == [other]
    assert {(one.left.id, one.right.id) for one in world.links("contacts").values()} == {
        (person, other)
    }


def test_campaign_made_without_an_answer_is_known_though_another_has_its_name() -> None:
    world = begin()
    left, right = (world.benches[side] for side in Side)
    first = enter(world, "Campaign", Name="c0", Note="loud")
    left.fail("after", Killed(), records=1)
    world.sync()
    world.calm()
    (made,) = left.all("campaigns")

    enter(world, "Campaign", Name="c0", Note="late")
    left.edit("campaigns", made, {"note": None})
    world.sync()

    assert list(left.all("campaigns")) == [made]
    assert right.values("Campaign", first)["HubSpot_Campaign_Id__c"] == made
    (link,) = world.store.queries.find_links(made)
    told = list(world.store.queries.audit_of_link(link.id))
    assert ("create", "") in [(one.entry.kind, one.entry.field) for one in told]
    assert "loud" in [one.entry.after for one in told]


def test_campaign_whose_origin_was_deleted_before_the_answer_came_is_not_carried_back() -> None:
    world = begin(delete="unlink")
    left, right = (world.benches[side] for side in Side)
    campaign = enter(world, "Campaign", Name="c0", Note="loud")
    left.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    right.remove("Campaign", campaign)
    world.sync()
    (made,) = left.all("campaigns")
    left.edit("campaigns", made, {"note": "late"})
    world.sync(full=True)

    assert right.all("Campaign") == {}
    assert not broken(world, compared=True)


def test_both_agree_on_what_was_blank_as_one_was_made_from_the_other() -> None:
    world = begin(create_as="Contact", first_sync="salesforce", wins="newest, unsure: hubspot")
    left, right = (world.benches[side] for side in Side)
    for number in range(4):
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
    right.fail("before", Killed(), skip=1)
    world.sync()
    world.calm()

    contact, made = next(iter(right.all("Contact").items()))
    right.edit("Contact", contact, {"Title": "Boss"})
    world.clock.sleep(60)
    left.edit("contacts", made["HubSpot_Contact_Id__c"] or "", {"jobtitle": "Cook"})
    world.sync()

    assert right.values("Contact", contact)["Title"] == "Cook"


def test_value_that_was_sent_without_an_answer_is_in_the_audit_though_it_was_overwritten() -> None:
    world = begin(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    person = enter(world, "contacts", email="p0@example.com", lastname="Byron", jobtitle="Boss")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    (contact,) = right.all("Contact")
    right.edit("Contact", contact, {"Title": "Cook"})
    world.sync()

    assert left.values("contacts", person)["jobtitle"] == "Cook"
    (link,) = world.store.queries.find_links(contact)
    titles = [
        one.entry.origin
        for one in world.store.queries.audit_of_link(link.id)
        if one.entry.field == "title"
    ]
    assert titles == ["Boss", "Cook"]


def test_record_made_of_one_that_was_deleted_before_the_answer_came_is_not_carried_back() -> None:
    world = begin(delete="unlink", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    enter(world, "contacts", email="p2@example.com", lastname="Byron")
    world.sync()
    person = enter(world, "contacts", email="p1@example.com", lastname="Byron")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()
    assert len(right.all("Contact")) == 2

    left.remove("contacts", person)
    world.sync(full=True)

    assert len(left.all("contacts")) == 1
    assert not broken(world, compared=True)


def test_record_whose_lead_was_merged_before_it_was_linked_is_not_carried_back() -> None:
    world = begin(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    kept = enter_lead(world, "p1@example.com")
    world.sync()
    lead = enter_lead(world, "p0@example.com")
    left.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    right.merge("Lead", kept, lead)
    right.convert("Lead", kept, into="Contact")
    world.sync()

    assert set(right.all("Lead")) <= {kept}
    assert not broken(world, compared=False)


def test_record_that_was_made_is_its_origins_though_a_linked_one_went_up_in_it() -> None:
    world = begin(create_as="Lead", wins="newest, unsure: hold", blank="keep", delete="archive")
    left, right = (world.benches[side] for side in Side)
    first = enter(world, "companies", domain="c1", name="Acme")
    world.sync()
    second = enter(world, "companies", domain="c3", name="Globex")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()
    accounts = {row["HubSpot_Company_Id__c"]: id for id, row in right.all("Account").items()}

    right.merge("Account", accounts[second], accounts[first])
    left.edit("companies", first, {"domain": "c0"})
    for _ in range(2):
        world.clock.sleep(120)
        world.sync(full=True)

    assert list(right.all("Account")) == [accounts[second]]
    assert left.values("companies", first)["name"] == "Acme"
    assert left.values("companies", second)["salesforce_id"] == accounts[second]
    assert not broken(world, compared=True)
