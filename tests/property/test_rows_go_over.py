"""Rows of lists in stories told by hand: where what they tie became one, each in a few steps."""

from __future__ import annotations

from sync.domain.record import Side
from sync.domain.store import LinkState
from tests.property.by_hand import begin, enter, enter_lead
from tests.property.loop_invariants import broken


def test_row_without_a_counterpart_takes_the_place_of_one_that_is_taken_off() -> None:
    world = begin(create_as="Lead", wins="salesforce", blank="fill", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    first, second = (
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
        for number in range(2)
    )
    campaign = left.add("campaigns", {"hs_name": "c0"})
    left.add("campaigns/contacts", {"owner": campaign, "member": first, "label": "members"})
    world.sync()
    leads = {row["Email"]: id for id, row in right.all("Lead").items()}
    (old,) = right.all("CampaignMember")

    contact = right.convert("Lead", leads["p1@example.com"], into="Contact")
    left.merge("contacts", second, first, new_id=True)
    world.sync(full=True)
    (new,) = right.all("CampaignMember").keys() - {old}
    right.remove("CampaignMember", new)
    right.convert("Lead", leads["p0@example.com"], into="Contact", existing_id=contact)
    right.edit("CampaignMember", old, {"LeadOrContactId": contact})
    world.sync(full=True)

    assert list(right.all("CampaignMember")) == [old]
    assert not broken(world, compared=True)


def test_row_of_a_merged_deal_takes_the_place_of_its_own_beside_a_second_one_across() -> None:
    world = begin(create_as="Contact", delete="archive", without="campaigns")
    left, right = (world.benches[side] for side in Side)
    for number in range(2):
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
    _, sale = (enter(world, "Opportunity", Name=f"o{number}") for number in range(2))
    world.sync()
    people = {row["Email"]: id for id, row in right.all("Contact").items()}
    deals = {row["dealname"]: id for id, row in left.all("deals").items()}
    for email, role in (("p1@example.com", "Buyer"), ("p0@example.com", None)):
        ends = {"OpportunityId": sale, "ContactId": people[email]}
        right.add("OpportunityContactRole", {**ends, "Role": role})
    right.merge("Contact", people["p0@example.com"], people["p1@example.com"])
    world.sync()

    left.merge("deals", deals["o1"], deals["o0"], new_id=True)
    world.clock.sleep(120)
    world.sync(full=True)

    assert {link.state for link in world.links("deals.people").values()} == {LinkState.OPEN}
    assert not broken(world, compared=True)


def test_row_made_anew_goes_to_the_link_that_was_whole_and_not_to_one_that_waits() -> None:
    world = begin(create_as="Contact", delete="ignore", without="campaigns")
    left, right = (world.benches[side] for side in Side)
    for number in range(2):
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
    other, sale = (enter(world, "Opportunity", Name=f"o{number}") for number in range(2))
    world.sync()
    first, second = right.all("Contact")
    deals = {row["salesforce_id"]: id for id, row in left.all("deals").items()}
    for person in (first, second):
        ends = {"OpportunityId": sale, "ContactId": person}
        right.add("OpportunityContactRole", {**ends, "Role": "Buyer"})
    world.sync()
    row, _ = left.all("deals/contacts")

    left.remove("deals/contacts", row)
    right.merge("Contact", second, first)
    left.merge("deals", deals[sale], deals[other], new_id=True)
    world.clock.sleep(120)
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_row_to_be_put_back_that_stands_there_as_another_ones_waits_for_a_person() -> None:
    world = begin(create_as="Contact", wins="salesforce", blank="fill", without="deals")
    right = world.benches[Side.RIGHT]
    for number in range(2):
        enter(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
    campaign = enter(world, "Campaign", Name="c0")
    world.sync()
    first, second = right.all("Contact")
    rows = [
        right.add(
            "CampaignMember", {"CampaignId": campaign, "LeadOrContactId": id, "Status": "Sent"}
        )
        for id in (first, second)
    ]
    world.sync()

    right.remove("CampaignMember", rows[0])
    right.merge("Contact", first, second)
    world.clock.sleep(120)
    world.sync(full=True)

    assert list(right.all("CampaignMember")) == rows[1:]
    assert not broken(world, compared=True)
    world.clock.sleep(120)
    assert world.sync(full=True) == (True, 0)


def test_rows_of_a_deal_whose_link_is_open_again_are_compared() -> None:
    world = begin(
        create_as="Contact", wins="salesforce", blank="clear", delete="unlink", without="campaigns"
    )
    left, right = (world.benches[side] for side in Side)
    enter(world, "contacts", email="p0@example.com", lastname="Byron")
    enter(world, "deals", dealname="d0")
    world.sync()
    (sale,), (person,) = right.all("Opportunity"), right.all("Contact")
    right.remove("Opportunity", sale)
    world.sync()
    right.restore("Opportunity", sale)
    right.add(
        "OpportunityContactRole", {"OpportunityId": sale, "ContactId": person, "Role": "Buyer"}
    )
    world.sync()

    (row,) = left.all("deals/contacts")
    left.edit("deals/contacts", row, {"label": None})
    world.clock.sleep(120)
    world.sync(full=True)

    (role,) = right.all("OpportunityContactRole").values()
    assert role["Role"] is None
    assert not broken(world, compared=True)


def test_row_is_not_made_for_a_lead_that_became_a_deleted_contact() -> None:
    world = begin(create_as="Lead", wins="salesforce", blank="keep", delete="ignore")
    left, right = (world.benches[side] for side in Side)
    person = enter(world, "contacts", email="p0@example.com", lastname="Byron")
    campaign = left.add("campaigns", {"hs_name": "c0"})
    world.sync()
    (lead,) = right.all("Lead")

    right.remove("Contact", right.convert("Lead", lead, into="Contact"))
    left.add("campaigns/contacts", {"owner": campaign, "member": person, "label": "members"})
    for _ in range(2):
        world.sync()
        world.clock.sleep(1200)

    assert not right.all("CampaignMember")
    assert world.sync() == (True, 0)
    assert not broken(world, compared=True)


def test_link_that_waits_with_a_record_nobody_can_read_takes_no_other_links_place() -> None:
    world = begin(
        create_as="Lead", wins="hubspot", blank="clear", delete="unlink", without="campaigns"
    )
    left, right = (world.benches[side] for side in Side)
    enter(world, "deals", dealname="d0")
    for number in range(2):
        enter(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
    world.sync()
    (sale,) = right.all("Opportunity")
    people = {row["Email"]: id for id, row in right.all("Contact").items()}
    left_people = {row["email"]: id for id, row in left.all("contacts").items()}
    first, second = (people[f"p{number}@example.com"] for number in range(2))
    right.merge("Contact", first, second)
    enter(world, "Contact", Email="p2@example.com", LastName="Hopper")
    ends = {"OpportunityId": sale, "ContactId": first}
    right.add("OpportunityContactRole", {**ends, "Role": "User"})
    world.sync()
    others = {row["email"]: id for id, row in left.all("contacts").items()}

    # No run has seen that the second is deleted, when the first's link loses its own record.
    left.remove("contacts", left_people["p1@example.com"])
    left.merge("contacts", others["p2@example.com"], left_people["p0@example.com"], new_id=True)
    world.sync()
    world.clock.sleep(120)
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_row_of_a_person_who_was_unlinked_is_not_made_for_who_takes_the_others_place() -> None:
    world = begin(create_as="Lead", wins="hubspot", blank="fill", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    campaign = enter(world, "Campaign", Name="c0")
    for number in range(2):
        enter(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
    lead = enter_lead(world, "p2@example.com")
    world.sync()
    first, second = right.all("Contact")
    people = {row["salesforce_id"]: id for id, row in left.all("contacts").items()}
    right.convert("Lead", lead, into="Contact", existing_id=second)
    world.sync()

    ends = {"CampaignId": campaign, "LeadOrContactId": first}
    right.add("CampaignMember", {**ends, "Status": "Responded"})
    merged = left.merge("contacts", people[second], people[first], new_id=True)
    world.sync()
    left.remove("contacts", merged)
    world.clock.sleep(120)
    world.sync(full=True)

    assert not left.all("campaigns/contacts")
    assert not broken(world, compared=True)


def test_row_of_a_person_whose_own_record_ended_with_another_link_waits_for_people() -> None:
    for swapped in (False, True):
        world = begin(create_as="Lead", wins="salesforce", delete="unlink", without="campaigns")
        left, right = (world.benches[side] for side in Side)
        emails = ["p0@example.com", "p4@example.com", "p1@example.com", "p3@example.com"]
        for email in reversed(emails) if swapped else emails:
            enter(world, "contacts", email=email, lastname="Byron")
        sale = enter(world, "Opportunity", Name="o0")
        world.sync()
        one, other, third, fourth = (
            next(id for id, row in left.all("contacts").items() if row["email"] == email)
            for email in emails
        )
        leads = {row["HubSpot_Contact_Id__c"]: id for id, row in right.all("Lead").items()}
        first, second = (right.convert("Lead", leads[id], into="Contact") for id in (one, third))
        merged = left.merge("contacts", other, one, new_id=True)
        ends = {"OpportunityId": sale, "ContactId": second}
        right.add("OpportunityContactRole", {**ends, "Role": "Buyer"})
        world.sync()

        left.remove("contacts", merged)
        right.convert("Lead", leads[fourth], into="Contact")
        left.merge("contacts", fourth, third, new_id=True)
        right.merge("Contact", first, second)
        for _ in range(2):
            world.clock.sleep(120)
            world.sync(full=True)

        assert not broken(world, compared=True)


def test_row_is_put_back_for_who_has_it_by_now_though_its_counterpart_ties_another() -> None:
    world = begin(create_as="Contact", wins="newest, unsure: hold", blank="fill", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    campaign = enter(world, "Campaign", Name="c0")
    for number in range(3):
        enter(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
    world.sync()
    first, second, _ = right.all("Contact")
    people = [row["salesforce_id"] for row in left.all("contacts").values()]
    assert people == list(right.all("Contact"))
    mine, other, third = left.all("contacts")
    ends = {"CampaignId": campaign, "LeadOrContactId": first}
    row = right.add("CampaignMember", {**ends, "Status": "Sent"})
    world.sync()

    right.remove("CampaignMember", row)
    right.add("CampaignMember", {**ends, "Status": "Sent"})
    right.merge("Contact", first, second)
    merged = left.merge("contacts", third, mine, new_id=True)
    world.clock.sleep(1200)
    world.sync(full=True)

    assert not broken(world, compared=True)
    tied = {one["member"] for one in left.all("campaigns/contacts").values()}
    assert tied == {other, merged}
    assert world.sync() == (True, 0)
