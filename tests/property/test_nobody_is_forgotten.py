"""Nobody waits for what is gone, whatever cut a run off: told in the few steps it takes."""

from __future__ import annotations

from datetime import timedelta

from connectors.memory import Killed
from sync.domain.record import Side
from sync.domain.store import LinkState
from tests.property.by_hand import begin, enter, enter_lead
from tests.property.loop_invariants import broken


def test_record_held_beside_one_whose_new_key_was_read_by_its_id_is_looked_at_again() -> None:
    world = begin(create_as="Contact", wins="salesforce", blank="keep")
    left, right = (world.benches[side] for side in Side)
    first = enter(world, "campaigns", hs_name="c2", note="late")
    world.sync()
    enter(world, "campaigns", hs_name="c2")
    world.sync()
    (campaign,) = right.all("Campaign")

    left.edit("campaigns", first, {"hs_name": "c4"})
    left.hide([first], until=world.clock.now + timedelta(seconds=50))
    right.edit("Campaign", campaign, {"Note": None})
    world.sync()
    assert right.values("Campaign", campaign)["Name"] == "c4"
    world.clock.sleep(60)
    world.sync()

    assert {one["Name"] for one in right.all("Campaign").values()} == {"c2", "c4"}


def test_records_held_beside_others_are_looked_at_again_though_that_run_was_cut_off() -> None:
    world = begin(create_as="Contact")
    left = world.benches[Side.LEFT]
    for again in range(2):
        for number in range(4):
            enter(world, "Account", Website=f"a{number}", Name=f"Acme {again}")
        world.sync()
    companies = left.all("companies")
    assert len(companies) == 4

    for number, company in enumerate(companies):
        left.edit("companies", company, {"domain": f"c{number}"})
    left.fail("before", Killed())
    world.sync()
    world.calm()
    assert len(left.all("companies")) == 4
    world.sync()

    assert len(left.all("companies")) == 8
    assert not broken(world, compared=True)


def test_held_record_edited_in_the_second_it_was_read_is_looked_at_again() -> None:
    world = begin(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    enter(world, "Contact", Email="p1@example.com", LastName="Byron")
    world.sync()
    second = enter(world, "Contact", Email="p1@example.com", LastName="Lovelace")
    world.sync()
    stamp = world.rows(Side.RIGHT, "Contact")[second].stamp

    right.edit("Contact", second, {"Email": "p2@example.com"})
    assert world.rows(Side.RIGHT, "Contact")[second].stamp == stamp
    world.sync()

    assert {one["email"] for one in left.all("contacts").values()} == {
        "p1@example.com",
        "p2@example.com",
    }


def test_record_of_a_waiting_link_edited_in_the_second_it_was_read_gives_its_key_free() -> None:
    world = begin(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    for number in (1, 2):
        enter(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
    world.sync()
    ids = {one["email"]: id for id, one in left.all("contacts").items()}
    left.merge("contacts", ids["p2@example.com"], ids["p1@example.com"], new_id=True)
    world.sync()
    (link,) = (one for one in world.links("contacts").values() if one.state is LinkState.ASLEEP)

    world.clock.sleep(1.5)
    right.edit("Contact", link.right.id, {"Email": "p3@example.com"})
    world.sync()
    stamp = world.rows(Side.RIGHT, "Contact")[link.right.id].stamp
    right.edit("Contact", link.right.id, {"Email": "p4@example.com"})
    assert world.rows(Side.RIGHT, "Contact")[link.right.id].stamp == stamp
    enter(world, "contacts", email="p3@example.com", lastname="Lovelace")
    world.sync()

    emails = {one["Email"] for one in right.all("Contact").values()}
    assert emails == {"p2@example.com", "p3@example.com", "p4@example.com"}


def test_record_of_a_link_joined_with_a_sleeping_one_is_not_taken_for_its_heir() -> None:
    world = begin(create_as="Contact", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    person = enter(world, "contacts", email="p4@example.com", lastname="Byron")
    first, second = (
        enter(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
        for number in (1, 2)
    )
    world.sync()
    ids = {one["salesforce_id"]: id for id, one in left.all("contacts").items()}

    right.purge("Contact", left.values("contacts", person)["salesforce_id"] or "")
    world.purged.add("contacts")
    right.merge("Contact", second, first)
    world.sync()
    merged = left.merge("contacts", person, ids[second], new_id=True)
    right.remove("Contact", second)
    world.sync()
    world.sync(full=True)

    assert merged in left.all("contacts")
    assert not broken(world, compared=True)


def test_record_restored_whose_lead_became_somebody_elses_is_held() -> None:
    world = begin(create_as="Lead", delete="ignore")
    left, right = (world.benches[side] for side in Side)
    contact = enter(world, "Contact", Email="p1@example.com", LastName="Byron")
    world.sync()
    person = enter(world, "contacts", email="p2@example.com", lastname="Lovelace")
    right.fail("after", Killed(), records=1)
    world.sync()
    world.calm()
    (lead,) = right.all("Lead")

    left.remove("contacts", person)
    world.sync()
    right.convert("Lead", lead, into="Contact", existing_id=contact)
    world.sync()
    left.restore("contacts", person)
    world.sync()

    assert not broken(world, compared=True)
    (held,) = world.store.findings.conflicts()
    assert "still two in" in held.reason


def test_record_refused_beside_one_is_made_once_that_is_deleted() -> None:
    world = begin(create_as="Contact", delete="unlink")
    left = world.benches[Side.LEFT]
    enter(world, "Contact", Email="p1@example.com", LastName="Byron")
    world.sync()
    (person,) = left.all("contacts")
    left.edit("contacts", person, {"email": "p2@example.com"})
    left.hide([person], until=world.clock.now + timedelta(seconds=50))
    other = enter(world, "Contact", Email="p2@example.com", LastName="Lovelace")
    world.sync()
    assert len(world.store.findings.conflicts()) == 1

    left.remove("contacts", person)
    world.sync()

    assert [one["salesforce_id"] for one in left.all("contacts").values()] == [other]
    assert not world.store.findings.conflicts()


def test_reference_taken_back_that_waited_as_its_lead_became_a_contact_is_settled() -> None:
    world = begin(blank="clear", create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    account = enter(world, "Account", Website="a0", Name="Acme")
    person = enter(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    (lead,) = right.all("Lead")
    held = left.add("companies", {"domain": "a0", "name": "Globex"})
    contact = enter(world, "Contact", Email="p1@example.com", LastName="Byron", AccountId=account)
    world.clock.sleep(60)

    left.edit("contacts", person, {"associated company": held})
    right.convert("Lead", lead, into="Contact", existing_id=contact)
    world.sync(full=True)
    assert right.values("Contact", contact)["AccountId"] == account
    left.edit("contacts", person, {"associated company": None})
    world.sync(full=True)

    assert right.values("Contact", contact)["AccountId"] is None


def test_link_whose_record_nobody_can_read_keeps_its_other_one_beside_a_newcomer() -> None:
    world = begin(create_as="Lead", wins="salesforce", blank="keep", delete="ignore")
    left, right = (world.benches[side] for side in Side)
    for number in range(2):
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
    world.sync()
    leads = {row["Email"]: id for id, row in right.all("Lead").items()}
    first, second = (leads[f"p{number}@example.com"] for number in range(2))
    (purged,) = (id for id, row in left.all("contacts").items() if row["salesforce_id"] == first)

    left.purge("contacts", purged)
    world.purged.add("contacts")
    contact = right.convert("Lead", first, into="Contact")
    world.sync()
    right.convert("Lead", second, into="Contact", existing_id=contact)
    for _ in range(2):
        world.clock.sleep(120)
        world.sync(full=True)

    assert not broken(world, compared=True)


def test_contact_of_a_lead_that_is_restored_after_its_link_ended_is_not_made_again() -> None:
    world = begin(create_as="Lead", wins="hubspot", blank="fill", delete="ignore")
    left, right = (world.benches[side] for side in Side)
    enter(world, "Contact", Email="p4@example.com", LastName="Byron")
    enter(world, "contacts", email="p1@example.com", lastname="Byron")
    world.sync()
    people = {row["email"]: id for id, row in left.all("contacts").items()}
    (lead,) = right.all("Lead")

    contact = right.convert("Lead", lead, into="Contact")
    right.edit("Contact", contact, {"HubSpot_Contact_Id__c": None})
    world.clock.sleep(90_000)  # nobody reads the lead once more
    left.merge("contacts", people["p4@example.com"], people["p1@example.com"], new_id=True)
    right.remove("Contact", contact)
    world.sync()
    right.restore("Contact", contact)
    world.sync()

    assert len(left.all("contacts")) == 1
    world.clock.sleep(120)
    world.sync(full=True)
    assert len(left.all("contacts")) == 1


def test_refused_edit_travels_once_its_link_is_open_again_though_that_run_was_cut_off() -> None:
    for doomed_at in range(40, 76, 5):  # from where the link is open again to the end
        world = begin(create_as="Contact", wins="salesforce", blank="clear", delete="ignore")
        left, right = (world.benches[side] for side in Side)
        person = enter(world, "Contact", Email="p2@example.com", LastName="Lovelace")
        world.sync()
        (one,) = left.all("contacts")
        other = enter(world, "contacts", email="p4@example.com", lastname="Byron")
        right.edit("Contact", person, {"Email": "p4@example.com"})
        world.sync()
        left.remove("contacts", one)
        right.edit("Contact", person, {"LastName": "Byron"})
        world.sync()
        assert {link.state for link in world.links("contacts").values()} == {LinkState.ASLEEP}

        left.restore("contacts", one)
        left.edit("contacts", one, {"jobtitle": "Boss"})
        right.edit("Contact", person, {"Title": "Boss"})
        left.edit("contacts", other, {"email": "p5@example.com"})
        world.sync(doomed_at=doomed_at)
        world.clock.sleep(120)
        world.sync(full=True)

        assert left.values("contacts", one)["email"] == "p4@example.com"


def test_what_a_lead_could_not_hold_travels_once_its_contacts_link_is_open_again() -> None:
    world = begin(create_as="Contact", wins="newest, unsure: hold", delete="archive")
    left, right = (world.benches[side] for side in Side)
    account = enter(world, "Account", Website="a4", Name="Globex")
    lead = enter_lead(world, "p3@example.com")
    world.sync()
    (company,), (person,) = left.all("companies"), left.all("contacts")
    left.edit("contacts", person, {"associated company": company}, silently=True)
    world.clock.sleep(120)
    world.sync(full=True)

    contact = right.convert("Lead", lead, into="Contact")
    left.remove("contacts", person)
    world.sync()
    left.restore("contacts", person)
    world.clock.sleep(120)
    world.sync(full=True)

    assert right.values("Contact", contact)["AccountId"] == account
    assert not broken(world, compared=True)
