"""Rows R17 to R19 of the decision table: links follow Leads into Contacts."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from console.one_record import print_story, stories
from console.plan_text import print_plan
from console.plans import find_plan
from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, companies, people

CREATE_LEADS = """
create:
  salesforce: {as: Lead, when: 'record.email != ""'}
"""
COMPANY = "company: {map: company -> Lead.Company, if_blank: '[not given]'}"
TITLE = "title: jobtitle <-> Title"
LEVEL = "level: seniority <-> Level__c"
CITY = "city: city <-> Contact.MailingCity"
OBJECTS = "Contact | Lead"


def _lead(world: World, *fields: str, title: str = "CEO", more: str = "") -> Couple:
    world.use(people(COMPANY, TITLE, *fields, objects=OBJECTS, more=f"{CREATE_LEADS}\n{more}"))
    values = {"Title": title, "Company": "Example"}
    return world.couple(
        {"jobtitle": title, "company": "Example"}, values, objects=("contacts", "Lead")
    )


def _contact(world: World, email: str, **values: str) -> str:
    account = world.add(SALESFORCE, "Account", Name="Another")
    return world.add(
        SALESFORCE, "Contact", Email=email, LastName="Lovelace", AccountId=account, **values
    )


def _is_linked(world: World, left: str, contact: str) -> None:
    (link,) = [one for one in world.links_of(left) if one.state is not LinkState.CLOSED]
    assert (link.left.id, link.right.object_name, link.right.id) == (left, "Contact", contact)
    assert link.state is LinkState.OPEN
    assert world.values(SALESFORCE, "Contact", contact)["HubSpot_Contact_Id__c"] == left
    assert world.values(HUBSPOT, "contacts", left)["salesforce_id"] == contact


def _no_write_to(world: World, lead: str) -> None:
    assert lead not in {write.id for write in world.written(SALESFORCE)}


# --- R17: into a new Contact ---------------------------------------------------------------------


def test_r17_link_moves_to_the_contact_and_the_lead_is_never_written_again(world: World) -> None:
    ada = _lead(world, CITY, LEVEL)
    ada.edit(HUBSPOT, city="Bonn")
    world.sync()

    contact = world.convert(ada.ids[SALESFORCE])
    result = world.sync()

    assert result.exit == 0
    _is_linked(world, ada.ids[HUBSPOT], contact)
    _no_write_to(world, ada.ids[SALESFORCE])
    # What a Lead cannot hold is decided as at first linking.
    assert world.values(SALESFORCE, "Contact", contact)["MailingCity"] == "Bonn"
    assert (world.conflicts(), world.errors(), world.link_count()) == ([], [], 1)
    (moved,) = [one for one in world.audit(ada.link) if one.kind == "moved"]
    assert (moved.reason, moved.after) == ("converted", f"Contact {contact}")
    world.settles()
    ada.edit(HUBSPOT, jobtitle="Chair")
    world.sync()
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "Chair"
    _no_write_to(world, ada.ids[SALESFORCE])
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r17_edits_made_before_the_conversion_still_travel(world: World, side: Side) -> None:
    ada = _lead(world)
    ada.edit(side, **{"jobtitle" if side is HUBSPOT else "Title": "Chair"})

    contact = world.convert(ada.ids[SALESFORCE])
    world.sync()

    _is_linked(world, ada.ids[HUBSPOT], contact)
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "Chair"
    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    world.settles()


def test_r17_field_that_did_not_come_over_is_filled_and_not_emptied(world: World) -> None:
    level = "{map: seniority <-> Level__c, values: {VP: C-Level}, blank: clear}"
    ada = _lead(world, f"level: {level}")
    ada.edit(SALESFORCE, Level__c="C-Level")
    world.sync()
    assert ada.on(HUBSPOT)["seniority"] == "VP"

    contact = world.convert(ada.ids[SALESFORCE])
    world.sync()

    assert world.values(SALESFORCE, "Contact", contact)["Level__c"] == "C-Level"
    assert ada.on(HUBSPOT)["seniority"] == "VP"
    world.settles()


def test_r17_account_of_the_conversion_is_made_and_named_in_the_same_run(world: World) -> None:
    account = "account: {map: associated company <- Contact.AccountId, pair: companies}"
    world.use(companies(more="create: {hubspot: {when: 'record.name != \"\"'}}"))
    ada = _lead(world, account)

    contact = world.convert(ada.ids[SALESFORCE])
    result = world.sync()

    assert result.exit == 0
    _is_linked(world, ada.ids[HUBSPOT], contact)
    company, values = world.only(HUBSPOT, "companies")
    assert values["name"] == "Example"
    assert world.named(HUBSPOT, "contacts", ada.ids[HUBSPOT]) == company
    world.settles()


def test_r17_conversion_of_a_lead_that_left_include_is_followed(world: World) -> None:
    # R20: no field travels, the link follows.
    ada = _lead(world, more="include: {hubspot: 'record.title != \"Gone\"'}")
    ada.edit(HUBSPOT, jobtitle="Gone")
    world.sync()

    contact = world.convert(ada.ids[SALESFORCE])
    world.sync()

    (link,) = world.links_of(ada.ids[HUBSPOT])
    assert (link.right.id, link.state) == (contact, LinkState.OUTSIDE)
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "CEO"
    world.settles()


# --- R17a: into a Contact that was there ---------------------------------------------------------


@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
def test_r17a_hubspots_edits_travel_and_first_linking_decides_the_rest(
    world: World, seen: bool
) -> None:
    ada = _lead(world, "first_name: firstname <-> FirstName")
    contact = _contact(world, "king@example.com", Title="Founder", FirstName="Augusta")
    if seen:
        world.edit(HUBSPOT, "contacts", ada.ids[HUBSPOT], firstname="Ada")
        world.sync()
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.convert(ada.ids[SALESFORCE], into=contact)
    world.sync()

    (link,) = [one for one in world.links_of(contact) if one.state is LinkState.OPEN]
    assert link.left.id == ada.ids[HUBSPOT]
    values = world.values(SALESFORCE, "Contact", contact)
    # Edited in HubSpot since: it travels, and what the Contact held is kept in the audit.
    assert values["Title"] == ada.on(HUBSPOT)["jobtitle"] == "Chair"
    assert (SALESFORCE, "Founder") in ada.overruled("title")
    # Not edited since: `first_sync: salesforce`.
    assert values["FirstName"] == ada.on(HUBSPOT)["firstname"] == "Augusta"
    _no_write_to(world, ada.ids[SALESFORCE])
    world.settles()


def test_r17a_contact_that_was_held_as_a_duplicate_of_the_lead_is_settled(world: World) -> None:
    ada = _lead(world)
    contact = _contact(world, "ada@example.com", Title="CEO")
    world.sync()
    assert [one.kind for one in world.conflicts()] == [ConflictKind.DUPLICATE]

    world.convert(ada.ids[SALESFORCE], into=contact)
    world.sync()

    _is_linked(world, ada.ids[HUBSPOT], contact)
    assert world.conflicts() == []
    world.settles()


# --- R18: into a Contact that is somebody else's -------------------------------------------------


def _held(world: World) -> tuple[Couple, Couple]:
    ada = _lead(world)
    left = world.add(HUBSPOT, "contacts", email="king@example.com", lastname="King")
    right = _contact(world, "king@example.com", Title="Chair")
    assert world.sync().exit == 0
    king = Couple(
        world=world,
        ids={HUBSPOT: left, SALESFORCE: right},
        objects={HUBSPOT: "contacts", SALESFORCE: "Contact"},
    )
    world.convert(ada.ids[SALESFORCE], into=right)
    return ada, king


def test_r18_two_hubspot_contacts_of_one_salesforce_contact_are_held(world: World) -> None:
    ada, king = _held(world)
    before = ada.on(HUBSPOT), king.on(HUBSPOT), king.on(SALESFORCE)

    result = world.sync()

    assert result.exit == 1
    (held,) = world.conflicts()
    assert held.kind is ConflictKind.MERGED
    assert {ref.id for side, ref in held.records if side is HUBSPOT} == {
        ada.ids[HUBSPOT],
        king.ids[HUBSPOT],
    }
    assert "HubSpot" in held.proposal
    assert (ada.on(HUBSPOT), king.on(HUBSPOT), king.on(SALESFORCE)) == before
    assert world.written() == []
    world.settles()
    ada.edit(HUBSPOT, jobtitle="Founder")
    assert world.sync().exit == 0
    assert world.written() == []
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize("own", [True, False], ids=["into the linked one", "the other way"])
def test_r18_held_contacts_are_settled_once_people_merge_them(world: World, own: bool) -> None:
    ada, king = _held(world)
    world.sync()
    pair = (king.ids[HUBSPOT], ada.ids[HUBSPOT])

    survivor = world.merge(HUBSPOT, "contacts", *(pair if own else pair[::-1]))
    result = world.sync()

    assert (result.exit, world.conflicts()) == (0, [])
    _is_linked(world, survivor, king.ids[SALESFORCE])
    assert world.link_count(state=LinkState.ASLEEP) == 0
    world.settles()


# --- R19: converted while a run is at it ---------------------------------------------------------


def test_r19_lead_converted_between_reading_and_writing_is_followed_in_the_same_run(
    world: World,
) -> None:
    ada = _lead(world)
    ada.edit(HUBSPOT, jobtitle="Chair")
    made: list[str] = []
    world.before_write(SALESFORCE, lambda: made.append(world.convert(ada.ids[SALESFORCE])))

    result = world.sync()

    (contact,) = made
    assert (result.exit, world.errors()) == (0, [])
    _is_linked(world, ada.ids[HUBSPOT], contact)
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "Chair"
    world.settles()


# --- several things between two runs, and half of one --------------------------------------------


@pytest.mark.parametrize("together", [True, False], ids=["in one run", "run by run"])
def test_r17_converted_then_merged_then_deleted(world: World, together: bool) -> None:
    ada = _lead(world)
    other = _contact(world, "other@example.com")
    world.sync()

    contact = world.convert(ada.ids[SALESFORCE])
    if not together:
        world.sync()
        _is_linked(world, ada.ids[HUBSPOT], contact)
    world.merge(SALESFORCE, "Contact", other, contact)
    if not together:
        world.sync()
    world.remove(SALESFORCE, "Contact", other)
    result = world.sync()

    assert result.exit == 0
    assert (world.link_count(), world.link_count(state=LinkState.CLOSED)) == (0, 1)
    assert ada.ids[HUBSPOT] in world.all(HUBSPOT, "contacts")
    _no_write_to(world, ada.ids[SALESFORCE])
    world.settles()


def test_r17_contact_of_a_conversion_that_cannot_be_read_is_followed_once_it_can(
    world: World,
) -> None:
    ada = _lead(world)
    contact = world.convert(ada.ids[SALESFORCE])
    world.vanish(SALESFORCE, "Contact", contact)
    ada.edit(HUBSPOT, jobtitle="Chair")

    result = world.sync()

    assert result.exit == 1
    (error,) = world.errors()
    assert (error.code, error.ref.id if error.ref else "") == (
        "HEIR_NOT_READABLE",
        ada.ids[SALESFORCE],
    )
    assert world.link_count(state=LinkState.ASLEEP) == 1
    assert world.written() == []
    world.settles()
    world.reappear()
    world.sync(full=True)
    _is_linked(world, ada.ids[HUBSPOT], contact)
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "Chair"
    assert world.errors() == []
    world.settles()


def test_r17_new_contact_with_the_leads_address_is_not_taken_for_a_duplicate(world: World) -> None:
    ada = _lead(world)
    before = len(world.all(HUBSPOT, "contacts"))

    world.convert(ada.ids[SALESFORCE])
    result = world.sync(full=True)

    assert (result.exit, world.conflicts()) == (0, [])
    assert len(world.all(HUBSPOT, "contacts")) == before
    assert world.link_count() == 1


def test_r17_lead_merged_into_another_that_was_converted_is_followed_to_the_contact(
    world: World,
) -> None:
    ada = _lead(world)
    other = world.add(
        SALESFORCE, "Lead", Email="other@example.com", LastName="Lovelace", Company="Example"
    )
    world.sync()

    world.merge(SALESFORCE, "Lead", other, ada.ids[SALESFORCE])
    contact = world.convert(other)
    result = world.sync()

    assert result.exit == 0
    _is_linked(world, ada.ids[HUBSPOT], contact)
    world.settles()


def test_r14_r17_merged_in_hubspot_and_converted_in_salesforce_in_one_run(world: World) -> None:
    ada = _lead(world)
    other = world.add(HUBSPOT, "contacts", email="other@example.com", lastname="King")
    ada.edit(HUBSPOT, jobtitle="Chair")

    survivor = world.merge(HUBSPOT, "contacts", ada.ids[HUBSPOT], other)
    contact = world.convert(ada.ids[SALESFORCE])
    result = world.sync()

    assert (result.exit, world.conflicts()) == (0, [])
    _is_linked(world, survivor, contact)
    assert world.values(SALESFORCE, "Contact", contact)["Title"] == "Chair"
    world.settles()


def test_r18_contact_deleted_in_hubspot_leaves_the_other_one_its_link(world: World) -> None:
    ada, king = _held(world)
    ada.remove(HUBSPOT)

    result = world.sync(full=True)

    assert (result.exit, world.conflicts()) == (0, [])
    _is_linked(world, king.ids[HUBSPOT], king.ids[SALESFORCE])
    assert world.link_count(state=LinkState.CLOSED) == 1
    world.settles()


def test_r17_pair_that_keeps_leads_only_lets_the_link_sleep(world: World) -> None:
    world.use(people(COMPANY, TITLE, objects="Lead", more=CREATE_LEADS))
    values = {"Title": "CEO", "Company": "Example"}
    ada = world.couple(
        {"jobtitle": "CEO", "company": "Example"}, values, objects=("contacts", "Lead")
    )
    world.convert(ada.ids[SALESFORCE])
    ada.edit(HUBSPOT, jobtitle="Chair")

    result = world.sync()

    assert (result.exit, world.errors(), world.written()) == (0, [], [])
    assert ada.link.state is LinkState.ASLEEP
    world.settles()


def test_r17_plan_tells_of_the_move_and_a_kept_plan_makes_it(world: World) -> None:
    ada = _lead(world)
    contact = world.convert(ada.ids[SALESFORCE])

    planned = world.plan()

    assert planned[0]["kind"] == "link"
    assert planned[0]["record"] == {"hubspot": ada.ids[HUBSPOT], "salesforce": contact}
    world.approve()
    result = world.sync()
    assert (result.exit, result.moved) == (0, ())
    _is_linked(world, ada.ids[HUBSPOT], contact)
    world.sync()
    world.settles()


def test_r17_move_is_told_in_the_plan_and_in_the_record(world: World) -> None:
    ada = _lead(world)
    contact = world.convert(ada.ids[SALESFORCE])
    world.plan()
    told = f"Lead {ada.ids[SALESFORCE]} was converted into Contact {contact}"
    page = StringIO()
    out = Console(file=page, width=200)
    with world.workshop() as workshop:
        print_plan(out, workshop, find_plan(workshop.store, None))
    assert told in page.getvalue()
    world.sync()

    with world.workshop() as workshop:
        (story,) = stories(workshop, ada.ids[SALESFORCE])
        print_story(out, story)
    assert story.right.id == contact
    assert [(one.why, one.after) for one in story.moves] == [("converted", f"Contact {contact}")]
    assert page.getvalue().count(told) == 2


def test_r9_contact_of_a_converted_lead_that_is_remembered_is_not_made_anew(world: World) -> None:
    creates = "create: {salesforce: {as: Lead, when: 'true'}, hubspot: {when: 'true'}}"
    world.use(people(COMPANY, TITLE, objects=OBJECTS, more=f"{creates}\ndelete: archive"))
    values = {"Title": "CEO", "Company": "Example"}
    ada = world.couple(
        {"jobtitle": "CEO", "company": "Example"}, values, objects=("contacts", "Lead")
    )
    world.remove(SALESFORCE, "Lead", ada.ids[SALESFORCE])
    world.sync()
    assert world.all(HUBSPOT, "contacts") == {}

    world.restore(SALESFORCE, "Lead", ada.ids[SALESFORCE])
    contact = world.convert(ada.ids[SALESFORCE])
    world.sync()

    assert world.all(HUBSPOT, "contacts") == {}
    world.edit(SALESFORCE, "Contact", contact, Title="Chair")
    world.sync()
    assert world.all(HUBSPOT, "contacts") == {}
    world.settles()
