"""What long stories broke, each told again in the few steps it takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from connectors.memory import Killed
from sync.domain.errors import UnavailableError
from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from tests.property.loop_invariants import broken
from tests.property.loop_project import draw_rules
from tests.property.loop_world import MARKERS, LoopWorld


def _world(**rules: Any) -> LoopWorld:
    """Begin a story without deals under these rules."""
    drawn = replace(draw_rules(Random("by hand")), without="deals", chunk=100)
    return LoopWorld(replace(drawn, **rules))


def _add(world: LoopWorld, name: str, **values: str) -> str:
    """Let somebody enter a person; it is known again by its mark."""
    side = Side.LEFT if name in world.objects(Side.LEFT) else Side.RIGHT
    marker = f"{side.value}{len(world.markers)}"
    world.markers.add(marker)
    return world.benches[side].add(name, {**values, MARKERS[side]: marker})


def _lead(world: LoopWorld, email: str) -> str:
    return _add(world, "Lead", Email=email, LastName="Byron", Company="Acme")


def test_lead_that_waited_beside_a_link_whose_contact_was_merged_is_not_archived() -> None:
    world = _world(delete="archive", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    first, second = (_lead(world, f"p{number}@example.com") for number in (1, 2))
    other = _add(world, "Contact", Email="p3@example.com", LastName="Byron")
    world.sync()
    made = {one["salesforce_id"]: id for id, one in left.all("contacts").items()}

    contact = right.convert("Lead", second, into="Contact")
    right.convert("Lead", first, into="Contact", existing_id=contact)
    left.remove("contacts", made[second])
    world.sync()
    right.merge("Contact", other, contact)
    left.remove("contacts", made[first])
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_contact_of_a_person_who_went_up_in_a_deleted_one_goes_the_same_way() -> None:
    world = _world(delete="archive", create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    lead = _lead(world, "p0@example.com")
    _add(world, "Contact", Email="p1@example.com", LastName="Byron")
    world.sync()
    people = {one["email"]: id for id, one in left.all("contacts").items()}
    merged = left.merge("contacts", people["p1@example.com"], people["p0@example.com"], new_id=True)
    world.sync()

    right.convert("Lead", lead, into="Contact")
    left.remove("contacts", merged)
    world.sync(full=True)

    assert left.all("contacts") == right.all("Contact") == {}
    assert not broken(world, compared=True)


def test_id_that_another_record_carries_is_not_sent_in_each_run() -> None:
    world = _world(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    (lead,) = right.all("Lead")
    contact = _add(world, "Contact", Email="p5@example.com", LastName="Lovelace")
    left.fail("after", Killed(), records=1)
    world.sync()
    world.calm()

    right.convert("Lead", lead, into="Contact", existing_id=contact)
    world.sync(full=True)
    assert left.values("contacts", person)["salesforce_id"] == lead
    world.clock.sleep(60)

    assert world.sync() == (True, 0)


def test_record_merged_from_a_remembered_one_stays_remembered_after_it_was_held() -> None:
    world = _world(delete="unlink", create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p2@example.com", lastname="Byron")
    world.sync()
    (lead,) = right.all("Lead")
    right.remove("Lead", lead)
    world.sync()

    other = _add(world, "contacts", email="p0@example.com", lastname="Lovelace")
    left.merge("contacts", person, other, new_id=True)
    world.sync()
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_row_of_a_person_who_is_held_in_the_very_run_waits() -> None:
    world = _world(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    _add(world, "contacts", email="p0@example.com", lastname="Byron")
    other = _add(world, "Contact", Email="p1@example.com", LastName="Byron")
    campaign = left.add("campaigns", {"hs_name": "c0"})
    world.sync()
    people = {one["email"]: id for id, one in left.all("contacts").items()}

    (lead,) = right.all("Lead")
    right.convert("Lead", lead, into="Contact", existing_id=other)
    ends = {"owner": campaign, "member": people["p0@example.com"], "label": "members"}
    left.add("campaigns/contacts", ends)
    world.sync()

    assert right.all("CampaignMember") == {}
    assert world.store.findings.conflicts("contacts")


def test_locked_record_stays_in_error_though_its_association_is_written() -> None:
    world = _world(blank="clear", wins="salesforce", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p2@example.com", lastname="Byron", jobtitle="Cook")
    account = _add(world, "Account", Website="a0", Name="Globex")
    world.sync()
    (contact,) = right.all("Contact")
    (company,) = left.all("companies")

    right.edit("Contact", contact, {"Title": None, "AccountId": account})
    left.lock(3)
    world.sync()
    assert left.values("contacts", person)["associated company"] == company
    assert [one.code for one in world.store.findings.errors()] != []
    world.calm()
    world.clock.sleep(3600)
    world.sync()

    assert left.values("contacts", person)["jobtitle"] is None
    assert not world.store.findings.errors()


def test_link_whose_record_cannot_be_read_follows_its_other_one() -> None:
    world = _world(delete="ignore", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    one = _add(world, "Contact", Email="p3@example.com", LastName="Byron")
    other = _add(world, "Contact", Email="p4@example.com", LastName="Byron")
    world.sync()
    made = {row["salesforce_id"]: id for id, row in left.all("contacts").items()}

    right.merge("Contact", other, one)
    right.purge("Contact", other)
    newcomer = _add(world, "contacts", email="p1@example.com", lastname="Byron")
    left.merge("contacts", made[one], newcomer, new_id=True)
    world.sync(full=True)
    assert len(right.all("Contact")) == 0
    left.merge("contacts", made[other], left.add("contacts", {"email": "p5@example.com"}))
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_person_whose_contact_cannot_be_read_is_not_made_again_as_another_became_them() -> None:
    world = _world(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    first, second = (_lead(world, f"p{number}@example.com") for number in range(2))
    contact = _add(world, "Contact", Email="p2@example.com", LastName="Byron")
    world.sync()
    made = {one["salesforce_id"]: id for id, one in left.all("contacts").items()}

    right.purge("Contact", right.convert("Lead", first, into="Contact"))
    right.convert("Lead", second, into="Contact", existing_id=contact)
    left.merge("contacts", made[first], made[second], new_id=True)
    world.sync(full=True)

    assert set(right.all("Lead")) == {first, second}
    assert [one.kind for one in world.store.findings.conflicts()] == [ConflictKind.MERGED]


def test_restored_record_has_its_link_before_a_lead_that_became_the_same_contact() -> None:
    world = _world(delete="unlink", create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    contact = _add(world, "Contact", Email="p0@example.com", LastName="Byron")
    lead = _lead(world, "p1@example.com")
    world.sync()
    made = {one["salesforce_id"]: id for id, one in left.all("contacts").items()}
    left.remove("contacts", made[contact])
    world.sync(full=True)

    left.restore("contacts", made[contact])
    right.convert("Lead", lead, into="Contact", existing_id=contact)
    world.sync()

    assert {link.left.id: link.state for link in world.links("contacts").values()} == {
        made[contact]: LinkState.OPEN,
        made[lead]: LinkState.ASLEEP,
    }
    assert not broken(world, compared=True)


def test_association_that_went_with_an_archived_company_is_not_taken_away_again() -> None:
    world = _world(delete="archive", blank="clear", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    contact = _add(world, "Contact", Email="p3@example.com", LastName="Byron")
    account = _add(world, "Account", Website="a0", Name="Globex")
    right.edit("Contact", contact, {"AccountId": account})
    world.sync()

    right.edit("Contact", contact, {"AccountId": None})
    right.remove("Account", account)
    world.sync(full=True)

    assert left.all("companies") == {}
    assert not broken(world, compared=True)
    assert world.sync() == (True, 0)


def test_what_a_contact_was_refused_is_not_sent_in_each_run_since_a_lead_waits_beside_it() -> None:
    world = _world(delete="ignore", wins="salesforce")
    right = world.benches[Side.RIGHT]
    _add(world, "Contact", Email="p1@example.com", LastName="Byron")
    kept = _add(world, "Contact", Email="p3@example.com", LastName="Byron")
    lead = _lead(world, "p0@example.com")
    world.sync()

    contact = _add(world, "Contact", Email="p0@example.com", LastName="Lovelace")
    right.convert("Lead", lead, into="Contact", existing_id=contact)
    right.merge("Contact", kept, contact)
    right.edit("Contact", kept, {"Email": "p1@example.com"})
    world.sync()
    assert [one.field for one in world.store.findings.errors()] == ["email"]
    world.clock.sleep(60)

    assert world.sync() == (True, 0)


def test_of_two_restored_records_the_one_that_was_linked_last_has_its_link_back() -> None:
    world = _world(delete="unlink", create_as="Contact", chunk=1)
    left = world.benches[Side.LEFT]
    _add(world, "Contact", Email="p0@example.com", LastName="Byron")
    world.sync()
    (first,) = left.all("contacts")
    left.edit("contacts", first, {"salesforce_id": None})
    left.remove("contacts", first)
    world.sync(full=True)
    second = _add(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    left.remove("contacts", second)
    world.sync(full=True)

    left.restore("contacts", second)
    left.edit("contacts", second, {"email": "p1@example.com"})
    left.restore("contacts", first)
    world.sync()

    assert {link.left.id: link.state for link in world.links("contacts").values()} == {
        second: LinkState.OPEN
    }


def test_newcomer_does_not_take_a_record_whose_link_comes_back() -> None:
    world = _world(delete="unlink", create_as="Lead")
    right = world.benches[Side.RIGHT]
    person = _add(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    (lead,) = right.all("Lead")
    right.remove("Lead", lead)
    world.sync()

    right.restore("Lead", lead)
    contact = _add(world, "Contact", Email="p0@example.com", LastName="Byron")
    world.sync()

    assert {(link.left.id, link.right.id) for link in world.links("contacts").values()} == {
        (person, lead)
    }
    (held,) = world.store.findings.conflicts("contacts")
    assert contact in {ref.id for _, ref in held.records}


def test_link_that_waits_beside_one_that_loses_its_place_has_the_record() -> None:
    world = _world(create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    first, third = (
        _add(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
        for number in (1, 3)
    )
    lead = _lead(world, "p2@example.com")
    world.sync()
    contacts = {one["HubSpot_Contact_Id__c"]: id for id, one in right.all("Contact").items()}
    second = right.values("Lead", lead)["HubSpot_Contact_Id__c"] or ""
    right.convert("Lead", lead, into="Contact", existing_id=contacts[first])
    world.sync()
    assert world.store.findings.conflicts("contacts")

    left.merge("contacts", third, first, new_id=True)
    other = _add(world, "Contact", Email="p5@example.com", LastName="Byron")
    right.merge("Contact", other, contacts[first])
    left.edit("contacts", second, {"lastname": "Lovelace"})
    world.sync()

    assert right.values("Contact", other)["LastName"] == "Lovelace"
    assert not broken(world, compared=True)


def test_record_that_matches_one_nobody_finds_waits_for_a_person() -> None:
    world = _world(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    lead = _lead(world, "p1@example.com")
    left.refuse("contacts")
    world.sync()
    assert not left.all("contacts")
    world.calm()

    right.purge("Lead", lead)
    world.purged.add("contacts")
    person = _add(world, "contacts", email="p1@example.com", lastname="Byron")
    world.sync(full=True)
    assert not broken(world, compared=True)

    left.edit("contacts", person, {"email": "p3@example.com"})
    world.sync()
    assert right.values("Lead", *right.all("Lead"))["Email"] == "p3@example.com"
    assert not world.store.findings.conflicts()


def test_row_goes_over_to_a_person_merged_twice_while_its_counterpart_is_held() -> None:
    world = _world(without="campaigns", create_as="Contact")
    left = world.benches[Side.LEFT]
    first, second, third = (
        _add(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
        for number in range(3)
    )
    deal = _add(world, "deals", dealname="d0")
    world.sync()
    left.add("deals/contacts", {"owner": deal, "member": first, "label": "buyer"})
    world.sync(full=True)

    merged = left.merge("contacts", first, second, new_id=True)
    world.sync()
    left.merge("contacts", third, merged, new_id=True)
    world.sync()
    world.clock.sleep(120)
    world.sync(full=True)

    assert not broken(world, compared=True)


def test_record_merged_while_its_counterpart_was_held_is_not_made_again_once_that_is_deleted() -> (
    None
):
    world = _world(create_as="Contact", delete="archive")
    left, right = (world.benches[side] for side in Side)
    people = [
        _add(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
        for number in range(2)
    ]
    world.sync()
    made = {one["HubSpot_Contact_Id__c"]: id for id, one in right.all("Contact").items()}
    first, second = (made[person] for person in people)
    right.merge("Contact", second, first)
    world.sync()

    newcomer = left.add("contacts", {"email": "p3@example.com", "lastname": "Lovelace"})
    left.merge("contacts", people[0], newcomer, new_id=True)
    right.remove("Contact", second)
    world.sync(full=True)

    assert right.all("Contact") == {}
    assert not broken(world, compared=True)


def test_field_emptied_before_the_lead_became_a_contact_that_existed_is_emptied_there() -> None:
    world = _world(blank="clear", wins="salesforce", create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p4@example.com", lastname="Lovelace", jobtitle="Boss")
    contact = _add(world, "Contact", Email="p5@example.com", LastName="Byron", Title="Cook")
    left.refuse("contacts")
    world.sync()
    world.calm()
    (lead,) = right.all("Lead")

    left.edit("contacts", person, {"jobtitle": None})
    right.convert("Lead", lead, into="Contact", existing_id=contact)
    world.sync()

    assert right.values("Contact", contact)["Title"] is None
    (link,) = world.store.queries.find_links(contact)
    assert "Cook" in [one.entry.overruled for one in world.store.queries.audit_of_link(link.id)]


def test_lead_listed_beside_a_contact_is_looked_at_again_once_we_gave_that_another_address() -> (
    None
):
    world = _world(create_as="Lead")
    left, right = (world.benches[side] for side in Side)
    contact = _add(world, "Contact", Email="p1@example.com", LastName="Byron")
    lead = _lead(world, "p1@example.com")
    world.sync()
    (person,) = left.all("contacts")

    left.edit("contacts", person, {"email": "p4@example.com"})
    world.sync()
    assert right.values("Contact", contact)["Email"] == "p4@example.com"
    world.sync()

    assert {one["salesforce_id"] for one in left.all("contacts").values()} == {contact, lead}
    assert world.sync() == (True, 0)


def test_row_is_made_again_whose_link_waits_since_it_tied_somebody_else() -> None:
    world = _world(create_as="Lead", wins="salesforce", blank="clear", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    first = _add(world, "contacts", email="p0@example.com", lastname="Byron")
    other = _add(world, "Contact", Email="p2@example.com", LastName="Byron")
    campaign = left.add("campaigns", {"hs_name": "c0"})
    left.add("campaigns/contacts", {"owner": campaign, "member": first, "label": "members"})
    world.sync()
    (lead,) = right.all("Lead")
    (member,) = right.all("CampaignMember")

    right.edit("CampaignMember", member, {"LeadOrContactId": other})
    world.sync(full=True)
    (row,) = left.all("campaigns/contacts")
    left.remove("campaigns/contacts", row)
    ends = {"CampaignId": next(iter(right.all("Campaign"))), "Status": "Sent"}
    right.add("CampaignMember", {**ends, "LeadOrContactId": lead})
    world.clock.sleep(120)
    world.sync(full=True)

    rows = left.all("campaigns/contacts").values()
    assert first in [one["member"] for one in rows]
    assert not broken(world, compared=True)


def test_members_of_two_people_stay_as_one_is_merged_and_the_other_converted() -> None:
    world = _world(create_as="Lead", wins="salesforce", blank="keep", delete="unlink")
    left, right = (world.benches[side] for side in Side)
    first, second = (
        _add(world, "contacts", email=f"p{number}@example.com", lastname="Byron")
        for number in range(2)
    )
    other = _add(world, "Contact", Email="p2@example.com", LastName="Byron")
    campaign = left.add("campaigns", {"hs_name": "c0"})
    left.add("campaigns/contacts", {"owner": campaign, "member": first, "label": "members"})
    world.sync()
    leads = {row["Email"]: id for id, row in right.all("Lead").items()}
    people = {row["email"]: id for id, row in left.all("contacts").items()}
    (member,) = right.all("CampaignMember")

    right.convert("Lead", leads["p0@example.com"], into="Contact", existing_id=other)
    right.edit("CampaignMember", member, {"LeadOrContactId": other})
    merged = left.merge("contacts", second, first, new_id=True)
    world.sync(full=True)

    tied = {one["member"] for one in left.all("campaigns/contacts").values()}
    assert tied == {merged, people["p2@example.com"]}
    across = Counter(one["LeadOrContactId"] for one in right.all("CampaignMember").values())
    assert across == Counter([other, leads["p1@example.com"]])
    assert not broken(world, compared=True)


def test_lead_whose_contact_cannot_be_read_is_not_archived() -> None:
    world = _world(create_as="Contact", delete="archive")
    left, right = (world.benches[side] for side in Side)
    lead = _lead(world, "p0@example.com")
    for number in (1, 2, 3):
        _add(world, "Contact", Email=f"p{number}@example.com", LastName="Byron")
    world.sync()
    people = {one["email"]: id for id, one in left.all("contacts").items()}
    merged = left.merge("contacts", people["p1@example.com"], people["p0@example.com"], new_id=True)
    world.sync()

    contact = right.convert("Lead", lead, into="Contact")
    right.purge("Contact", contact)
    world.clock.sleep(90_000)
    world.sync()
    left.remove("contacts", merged)
    world.clock.sleep(90_000)
    world.sync()

    assert not broken(world, compared=False)


def test_record_held_beside_one_that_is_archived_is_looked_at_again() -> None:
    world = _world(delete="archive", create_as="Contact")
    left, right = (world.benches[side] for side in Side)
    first = _add(world, "Contact", Email="p1@example.com", LastName="Byron")
    world.sync()
    second = _add(world, "Contact", Email="p1@example.com", LastName="Lovelace")
    world.sync()
    assert len(left.all("contacts")) == 1

    right.remove("Contact", first)
    world.sync()

    assert [one["salesforce_id"] for one in left.all("contacts").values()] == [second]
    assert not broken(world, compared=True)


@pytest.mark.parametrize("merged", [True, False])
def test_record_is_not_held_beside_a_lead_that_was_converted_in_the_same_run(
    merged: bool,
) -> None:
    world = _world(create_as="Lead", delete="ignore")
    left, right = (world.benches[side] for side in Side)
    other = _add(world, "Contact", Email="p4@example.com", LastName="Byron")
    person = _add(world, "contacts", email="p3@example.com", lastname="Byron")
    world.sync()
    (lead,) = right.all("Lead")

    if merged:
        left.edit("contacts", person, {"email": "p5@example.com"})
        right.convert("Lead", lead, into="Contact", existing_id=other)
    else:
        left.remove("contacts", person)
        right.merge("Contact", other, right.convert("Lead", lead, into="Contact"))
    _add(world, "contacts", email="p3@example.com", lastname="Lovelace")
    world.sync(full=True)

    assert {one["Email"] for one in right.all("Lead").values()} == {"p3@example.com"}
    assert not broken(world, compared=True)


def test_value_entered_that_an_unanswered_write_sent_is_kept_in_the_audit_as_overruled() -> None:
    world = _world(create_as="Contact", wins="salesforce")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p0@example.com", lastname="Byron")
    world.sync()
    (contact,) = right.all("Contact")

    left.edit("contacts", person, {"jobtitle": "Boss"})
    right.fail("before", UnavailableError("no answer"))
    world.sync()
    world.calm()
    left.edit("contacts", person, {"jobtitle": "Cook"})
    right.edit("Contact", contact, {"Title": "Boss"})
    world.sync()

    assert right.values("Contact", contact)["Title"] == "Cook"
    (link,) = world.store.queries.find_links(contact)
    rows = world.store.queries.audit_of_link(link.id)
    assert [one.entry.overruled for one in rows if one.entry.overruled] == ["Boss"]


@pytest.mark.parametrize("entered", ["Cook", None])
def test_value_entered_that_an_unanswered_write_sent_is_kept_though_a_run_was_cut_off_since(
    entered: str | None,
) -> None:
    world = _world(create_as="Contact", wins="salesforce", blank="clear")
    left, right = (world.benches[side] for side in Side)
    person = _add(world, "contacts", email="p0@example.com", lastname="Byron", jobtitle="Boss")
    world.sync()
    (contact,) = right.all("Contact")

    right.edit("Contact", contact, {"Title": entered})
    left.fail("before", UnavailableError("no answer", maybe_done=True), on="apply")
    world.sync()
    world.calm()
    left.edit("contacts", person, {"jobtitle": entered})
    right.edit("Contact", contact, {"Title": "Chair"})
    left.fail("before", UnavailableError("away"), on="apply")
    world.sync()
    world.calm()
    world.sync()

    assert left.values("contacts", person)["jobtitle"] == "Chair"
    (link,) = world.store.queries.find_links(contact)
    rows = [row.entry for row in world.store.queries.audit_of_link(link.id)]
    kept = [one.overruled for one in rows if one.overruled_side is Side.LEFT]
    assert kept == [entered]
