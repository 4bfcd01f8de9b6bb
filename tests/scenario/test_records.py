"""Rows R1 to R10 of the decision table: what becomes of records, linked and not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

CREATE_BOTH = """
create:
  salesforce: {when: 'record.email != ""'}
  hubspot: {when: 'record.email != ""'}
"""
CREATE_LEADS = """
create:
  salesforce: {as: Lead, when: 'record.email != ""'}
  hubspot: {when: 'record.email != ""'}
"""
CREATE_COMPANIES = """
create:
  salesforce: {when: 'record.domain != ""'}
  hubspot: {when: 'record.domain != ""'}
"""
COMPANY = "company: {map: company -> Lead.Company, if_blank: '[not given]'}"
LEAD_OR_CONTACT = "Contact | Lead"


# --- R1: new, alone -----------------------------------------------------------------------------


def test_r1_new_contact_is_created_in_salesforce(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    bob = world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson", jobtitle="CEO")

    result = world.sync()

    id, values = world.only(SALESFORCE, "Contact")
    assert (values["Email"], values["LastName"], values["Title"]) == (
        "bob@example.com",
        "Bobson",
        "CEO",
    )
    assert result.count(SALESFORCE, "created") == 1
    assert values["HubSpot_Contact_Id__c"] == bob
    assert world.values(HUBSPOT, "contacts", bob)["salesforce_id"] == id
    assert world.link_count() == 1
    world.settles()


def test_r1_new_record_in_salesforce_is_created_in_hubspot(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    bob = world.add(SALESFORCE, "Contact", Email="bob@example.com", LastName="Bobson", Title="CEO")

    result = world.sync()

    id, values = world.only(HUBSPOT, "contacts")
    assert (values["email"], values["lastname"], values["jobtitle"]) == (
        "bob@example.com",
        "Bobson",
        "CEO",
    )
    assert result.count(HUBSPOT, "created") == 1
    assert values["salesforce_id"] == bob
    assert world.values(SALESFORCE, "Contact", bob)["HubSpot_Contact_Id__c"] == id
    world.settles()


def test_r1_new_contact_becomes_a_lead_where_the_mapping_says_so(world: World) -> None:
    more = "create: {salesforce: {as: Lead, when: 'record.email != \"\"'}}"
    world.use(people(COMPANY, objects=LEAD_OR_CONTACT, more=more))
    world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson")

    world.sync()

    _, values = world.only(SALESFORCE, "Lead")
    assert (values["Email"], values["Company"]) == ("bob@example.com", "[not given]")
    assert world.all(SALESFORCE, "Contact") == {}
    world.settles()


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        (
            "include: {hubspot: 'record.city == \"Bonn\"'}\ncreate: {salesforce: {when: 'true'}}",
            "include",
        ),
        ("create: {salesforce: {when: 'record.city == \"Bonn\"'}}", "create.salesforce"),
        ("", "create.salesforce"),
    ],
    ids=["include", "create.when", "no create"],
)
def test_r1_record_left_out_is_counted_with_the_rule_that_said_no(
    world: World, more: str, rule: str
) -> None:
    world.use(people("city: city <-> MailingCity", more=more))
    world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson", city="Kiel")

    result = world.sync()

    assert result.count(HUBSPOT, "left_out") == 1
    assert world.all(SALESFORCE, "Contact") == {}
    with world.workshop() as workshop:
        ((side, _, why),) = workshop.store.records.tally("contacts")
    assert side is HUBSPOT
    assert rule in why
    world.settles()


def test_r1_record_left_out_is_created_once_the_rule_lets_it(world: World) -> None:
    world.use(
        people(
            "city: city <-> MailingCity",
            more="create: {salesforce: {when: 'record.city == \"Bonn\"'}}",
        )
    )
    bob = world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson", city="Kiel")
    world.sync()
    world.edit(HUBSPOT, "contacts", bob, city="Bonn")

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["MailingCity"] == "Bonn"
    world.settles()


# --- R2, and first linking ----------------------------------------------------------------------


def test_r2_one_match_is_linked_and_equal_fields_write_nothing(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})

    assert world.carried() == []
    assert world.link_count() == 1
    world.settles()


@pytest.mark.parametrize("blank", ["keep", "clear", "fill"])
def test_r2_blank_is_filled_from_the_other_side_under_every_blank_rule(
    world: World, blank: str
) -> None:
    world.use(
        people(
            "title: jobtitle <-> Title",
            "city: city <-> MailingCity",
            more=f"defaults: {{blank: {blank}}}",
        )
    )
    ada = world.couple({"jobtitle": "CEO"}, {"MailingCity": "Bonn"})

    assert (ada.on(SALESFORCE)["Title"], ada.on(HUBSPOT)["city"]) == ("CEO", "Bonn")
    world.settles()


@pytest.mark.parametrize(("arrow", "filled"), [("->", SALESFORCE), ("<-", HUBSPOT)])
def test_r2_one_way_fields_are_filled_in_their_direction_only(
    world: World, arrow: str, filled: Side
) -> None:
    # Settled question 13.
    world.use(people(f"title: jobtitle {arrow} Title", f"city: city {arrow} MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"MailingCity": "Bonn"})

    if filled is SALESFORCE:
        assert (ada.on(SALESFORCE)["Title"], ada.on(HUBSPOT)["city"]) == ("CEO", None)
    else:
        assert (ada.on(SALESFORCE)["Title"], ada.on(HUBSPOT)["city"]) == (None, "Bonn")
    world.settles()


@pytest.mark.parametrize(("first_sync", "value"), [("hubspot", "Chair"), ("salesforce", "Head")])
def test_r2_first_sync_names_who_wins(world: World, first_sync: str, value: str) -> None:
    world.use(people("title: jobtitle <-> Title", first_sync=first_sync))
    ada = world.couple({"jobtitle": "Chair"}, {"Title": "Head"})

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == value
    loser = (SALESFORCE, "Head") if value == "Chair" else (HUBSPOT, "Chair")
    assert ada.overruled("title") == [loser]
    world.settles()


def test_r2_first_sync_hold_holds_the_field_and_links_the_records(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity", first_sync="hold"))
    ada = world.couple({"jobtitle": "Chair", "city": "Bonn"}, {"Title": "Head"})

    (item,) = world.conflicts()
    assert (item.field, item.left, item.right) == ("title", "Chair", "Head")
    assert ada.on(SALESFORCE)["MailingCity"] == "Bonn"
    world.settles()


def test_r2_records_match_whatever_the_form_of_their_key(world: World) -> None:
    world.use(people())
    world.couple({"email": "ada@example.com"}, {"Email": "Ada@Example.com"})

    assert world.link_count() == 1
    world.settles()


def test_r2_records_without_a_key_never_match(world: World) -> None:
    world.use(people("title: jobtitle <-> Title"))
    world.add(HUBSPOT, "contacts", lastname="Nobody", jobtitle="CEO")
    world.add(SALESFORCE, "Contact", LastName="Nobody", Title="CEO")

    world.sync()

    assert world.link_count() == 0
    world.settles()


# --- R3 to R6: several --------------------------------------------------------------------------


def test_r3_several_matches_are_held(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    ada = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    twins = [
        world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName=name)
        for name in ("Lovelace", "King")
    ]

    result = world.sync()

    assert result.exit == 1
    assert world.link_count() == 0
    assert {item.kind for item in world.conflicts()} == {ConflictKind.DUPLICATE}
    named = {ref.id for item in world.conflicts() for _, ref in item.records}
    assert named == {ada, *twins}
    assert len(world.all(HUBSPOT, "contacts")) == 1
    assert len(world.all(SALESFORCE, "Contact")) == 2
    world.settles()


def test_r3_one_group_is_one_held_item(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    for name in ("Lovelace", "King"):
        world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName=name)

    world.sync()

    assert len(world.conflicts()) == 1
    world.sync()
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize(
    ("prefer", "winner"), [("oldest", "Lovelace"), ("newest_activity", "King")]
)
def test_r3_prefer_picks_one_and_the_rest_are_possible_duplicates(
    world: World, prefer: str, winner: str
) -> None:
    world.use(people(more=f"{CREATE_BOTH}\nprefer: {prefer}", first_sync="hubspot"))
    twins = {
        name: world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName=name)
        for name in ("Lovelace", "King")
    }
    ada = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")

    world.sync()

    (link,) = world.links_of(ada)
    assert link.right.id == twins[winner]
    (item,) = world.conflicts()
    loser = next(id for name, id in twins.items() if name != winner)
    assert loser in {ref.id for _, ref in item.records}
    assert len(world.all(HUBSPOT, "contacts")) == 1
    world.settles()


def test_r3_no_weaker_rule_is_tried_after_one_that_finds_several(world: World) -> None:
    text = companies("city: city <-> BillingCity").replace(
        "match: [domain]", "match: [domain, name]"
    )
    world.use(text)
    world.add(HUBSPOT, "companies", domain="example.com", name="Example")
    for name in ("Example", "Example North"):
        world.add(SALESFORCE, "Account", Website="example.com", Name=name)

    world.sync()

    assert world.link_count("companies") == 0
    assert world.conflicts() != []
    world.settles()


def test_r3_second_rule_finds_what_the_first_does_not(world: World) -> None:
    text = companies().replace("match: [domain]", "match: [domain, name]")
    world.use(text)
    world.company({"domain": None}, {"Website": "example.com"})

    assert world.link_count("companies") == 1
    world.settles()


def test_r3_contact_is_linked_and_the_lead_beside_it_listed(world: World) -> None:
    world.use(people(COMPANY, objects=LEAD_OR_CONTACT, more=CREATE_LEADS))
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Example"
    )
    contact = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")
    ada = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")

    result = world.sync()

    (link,) = world.links_of(ada)
    assert link.right.id == contact
    assert world.links_of(lead) == []
    assert world.conflicts() == []
    assert result.count(SALESFORCE, "left_out") == 1
    world.settles()


def test_r4_two_new_records_with_one_match_are_held(world: World) -> None:
    world.use(companies(more=CREATE_COMPANIES))
    ours = [
        world.add(HUBSPOT, "companies", domain="example.com", name=name)
        for name in ("Example", "Example North")
    ]
    theirs = world.add(SALESFORCE, "Account", Website="example.com", Name="Example")

    result = world.sync()

    assert result.exit == 1
    assert world.link_count("companies") == 0
    named = {ref.id for item in world.conflicts() for _, ref in item.records}
    assert named == {*ours, theirs}
    assert len(world.all(SALESFORCE, "Account")) == 1
    world.settles()


def test_r4_prefer_picks_one_of_two_new_records(world: World) -> None:
    world.use(companies(more=f"{CREATE_COMPANIES}\nprefer: oldest"))
    first, second = (
        world.add(HUBSPOT, "companies", domain="example.com", name=name)
        for name in ("Example", "Example North")
    )
    theirs = world.add(SALESFORCE, "Account", Website="example.com", Name="Example")

    world.sync()

    (link,) = world.links_of(theirs)
    assert link.left.id == first
    assert world.links_of(second) == []
    assert len(world.all(SALESFORCE, "Account")) == 1
    world.settles()


def test_r5_oldest_of_two_is_created_and_the_other_held(world: World) -> None:
    world.use(companies(more=CREATE_COMPANIES))
    first, second = (
        world.add(HUBSPOT, "companies", domain="example.com", name=name)
        for name in ("Example", "Example North")
    )

    world.sync()

    _, values = world.only(SALESFORCE, "Account")
    assert (values["Name"], values["HubSpot_Company_Id__c"]) == ("Example", first)
    (item,) = world.conflicts()
    assert (item.kind, second in {ref.id for _, ref in item.records}) == (
        ConflictKind.DUPLICATE,
        True,
    )
    world.settles()


def test_r5_oldest_of_two_in_salesforce_is_created_in_hubspot(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    first, second = (
        world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName=name)
        for name in ("Lovelace", "King")
    )

    world.sync()

    _, values = world.only(HUBSPOT, "contacts")
    assert (values["lastname"], values["salesforce_id"]) == ("Lovelace", first)
    assert second in {ref.id for item in world.conflicts() for _, ref in item.records}
    world.settles()


def test_r6_new_on_both_sides_is_linked_not_created_crosswise(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    world.couple(email="old@example.com")
    ada = world.couple(email="ada@example.com")

    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 2
    assert ada.link.right.id == ada.ids[SALESFORCE]
    world.settles()


# --- R7: no answer ------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.NO_ANSWER_BEFORE, Fault.NO_ANSWER_AFTER])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r7_create_without_an_answer_makes_one_record(
    world: World, side: Side, fault: Fault
) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    _new_person(world, side.other)
    world.fail_write(side, fault)

    world.sync()
    world.recover()
    world.sync()

    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 1
    assert world.link_count() == 1
    assert world.errors() == []
    world.settles()


@pytest.mark.parametrize("before", [True, False], ids=["before it was sent", "after it was done"])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r7_create_whose_process_was_killed_makes_one_record(
    world: World, side: Side, before: bool
) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    _new_person(world, side.other)
    world.kill(side, before=before)

    world.killed_sync()
    world.sync()

    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 1
    assert world.link_count() == 1
    world.settles()


def test_r7_create_is_found_by_its_match_key_where_no_field_keeps_our_id(world: World) -> None:
    keys = "keys: {hubspot: not_there, salesforce: Not_There__c}"
    world.use(people("title: jobtitle <-> Title", more=f"{CREATE_BOTH}\n{keys}"))
    _new_person(world, HUBSPOT)
    world.kill(SALESFORCE)

    world.killed_sync()
    world.sync()

    assert len(world.all(SALESFORCE, "Contact")) == 1
    assert world.link_count() == 1
    world.settles()


def _new_person(world: World, side: Side) -> str:
    if side is HUBSPOT:
        return world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson")
    return world.add(SALESFORCE, "Contact", Email="bob@example.com", LastName="Bobson")


# --- R8: refused as a duplicate -----------------------------------------------------------------


def test_r8_existing_record_hubspot_names_is_linked_in_the_same_run(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    ada = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="King", Title="CEO")
    _meanwhile(world, HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")

    world.sync()

    id, values = world.only(HUBSPOT, "contacts")
    assert (values["jobtitle"], values["lastname"]) == ("CEO", "King")
    (link,) = world.links_of(ada)
    assert link.left.id == id
    assert world.errors() == []
    world.settles()


def test_r8_existing_record_is_merged_as_at_first_linking_never_overwritten(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH, first_sync="hubspot"))
    world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="King", Title="CEO")
    _meanwhile(
        world, HUBSPOT, "contacts", email="ada@example.com", lastname="King", jobtitle="Chair"
    )

    world.sync()

    assert world.only(HUBSPOT, "contacts")[1]["jobtitle"] == "Chair"
    assert world.only(SALESFORCE, "Contact")[1]["Title"] == "Chair"
    world.settles()


def test_r8_existing_record_a_duplicate_rule_finds_is_linked(world: World) -> None:
    # In answers to batches Salesforce does not name the record; the next run reads it.
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    world.refuse_duplicates("Contact", "Email")
    ada = world.add(
        HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace", jobtitle="CEO"
    )
    _meanwhile(world, SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")

    world.sync()
    world.sync()

    id, values = world.only(SALESFORCE, "Contact")
    assert values["Title"] == "CEO"
    (link,) = world.links_of(ada)
    assert link.right.id == id
    assert (world.errors(), world.conflicts()) == ([], [])
    world.settles()


def test_r8_existing_record_that_shares_no_key_is_held(world: World) -> None:
    world.use(
        people(more=CREATE_BOTH).replace("match: [email]", "match: [last_name]"),
    )
    ada = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")
    other = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="King")
    world.sync()

    assert world.links_of(ada) == []
    (item,) = world.conflicts()
    assert {ref.id for _, ref in item.records} == {ada, other}
    assert len(world.all(HUBSPOT, "contacts")) == 1


def test_r8_create_that_was_refused_is_not_sent_again_at_once(world: World) -> None:
    world.use(
        people(more="create: {hubspot: {when: 'true'}}").replace(
            "match: [email]", "match: [last_name]"
        ),
    )
    world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="King")
    world.sync()

    world.settles()


def _meanwhile(world: World, side: Side, name: str, **values: str) -> None:
    """Let somebody add a record after the run has read and before it writes to that side."""
    world.before_write(side, lambda: world.add(side, name, **values))


# --- R8a: beside a link -------------------------------------------------------------------------


def test_r8a_new_record_of_a_linked_key_is_held(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    ada = world.couple()
    twin = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="King")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.conflicts()
    assert twin in {ref.id for _, ref in item.records}
    assert ada.link.right.id == ada.ids[SALESFORCE]
    assert world.links_of(twin) == []
    assert len(world.all(HUBSPOT, "contacts")) == 1
    world.settles()


def test_r8a_new_company_of_a_linked_key_is_held(world: World) -> None:
    world.use(companies(more=CREATE_COMPANIES))
    world.company()
    twin = world.add(HUBSPOT, "companies", domain="example.com", name="Example North")

    world.sync()

    assert world.links_of(twin) == []
    assert twin in {ref.id for item in world.conflicts() for _, ref in item.records}
    assert len(world.all(SALESFORCE, "Account")) == 1
    world.settles()


def test_r8a_prefer_does_not_let_a_new_record_take_over_the_link(world: World) -> None:
    world.use(people(more=f"{CREATE_BOTH}\nprefer: newest_activity"))
    ada = world.couple()
    twin = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="King")

    world.sync()

    assert ada.link.right.id == ada.ids[SALESFORCE]
    assert world.links_of(twin) == []
    world.settles()


def test_r8a_open_lead_beside_a_linked_contact_is_listed_only(world: World) -> None:
    world.use(people(COMPANY, objects=LEAD_OR_CONTACT, more=CREATE_LEADS))
    world.couple()
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Example"
    )

    result = world.sync()

    assert result.exit == 0
    assert world.conflicts() == []
    assert world.links_of(lead) == []
    assert result.count(SALESFORCE, "left_out") == 1
    world.settles()


def test_r8a_contact_beside_a_linked_open_lead_is_held(world: World) -> None:
    world.use(people(COMPANY, objects=LEAD_OR_CONTACT, more=CREATE_LEADS))
    ada = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Example"
    )
    world.sync()
    contact = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")

    result = world.sync()

    assert result.exit == 1
    (link,) = world.links_of(ada)
    assert link.right.id == lead
    assert contact in {ref.id for item in world.conflicts() for _, ref in item.records}
    world.settles()


# --- R9, R10: deleted ---------------------------------------------------------------------------


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r9_r10_deletion_closes_the_link_and_keeps_the_other_record(
    world: World, side: Side
) -> None:
    world.use(people("title: jobtitle <-> Title", more=f"{CREATE_BOTH}\ndelete: unlink"))
    ada = world.couple()
    ada.remove(side)

    result = world.sync(full=True)

    assert result.exit == 0
    assert (world.link_count(), world.link_count(state=LinkState.CLOSED)) == (0, 1)
    left, right = len(world.all(HUBSPOT, "contacts")), len(world.all(SALESFORCE, "Contact"))
    assert (left, right) == ((0, 1) if side is HUBSPOT else (1, 0))
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r9_r10_record_whose_counterpart_was_deleted_is_not_created_again(
    world: World, side: Side
) -> None:
    world.use(people("title: jobtitle <-> Title", more=CREATE_BOTH))
    ada = world.couple()
    ada.remove(side)
    world.sync(full=True)
    if side is HUBSPOT:
        ada.edit(SALESFORCE, Title="CEO")
    else:
        ada.edit(HUBSPOT, jobtitle="CEO")

    world.sync()
    world.sync(full=True)

    left, right = len(world.all(HUBSPOT, "contacts")), len(world.all(SALESFORCE, "Contact"))
    assert (left, right) == ((0, 1) if side is HUBSPOT else (1, 0))
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r9_r10_archive_deletes_there_too(world: World, side: Side) -> None:
    world.use(people(more=f"{CREATE_BOTH}\ndelete: archive"))
    ada = world.couple()
    ada.remove(side)

    result = world.sync(full=True)

    assert world.all(HUBSPOT, "contacts") == world.all(SALESFORCE, "Contact") == {}
    assert result.count(SALESFORCE if side is HUBSPOT else HUBSPOT, "archived") == 1
    assert world.link_count(state=LinkState.CLOSED) == 1
    world.settles()


def test_r9_more_deletions_than_the_guard_allows_are_not_written(world: World) -> None:
    world.use(people(more=f"{CREATE_BOTH}\ndelete: archive"), settings="guard: {deletes: 1}")
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob")]
    for couple in couples:
        couple.remove(HUBSPOT)

    result = world.sync(full=True)

    assert (result.exit, result.stopped, world.written()) == (4, "guard", [])
    assert len(world.all(SALESFORCE, "Contact")) == 2
    world.approve(result.plan)
    world.sync()
    assert world.all(SALESFORCE, "Contact") == {}


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r9_r10_ignore_puts_the_link_to_sleep(world: World, side: Side) -> None:
    world.use(people("title: jobtitle <-> Title", more=f"{CREATE_BOTH}\ndelete: ignore"))
    ada = world.couple()
    ada.remove(side)

    world.sync(full=True)

    assert (world.link_count(), world.link_count(state=LinkState.ASLEEP)) == (0, 1)
    left, right = len(world.all(HUBSPOT, "contacts")), len(world.all(SALESFORCE, "Contact"))
    assert (left, right) == ((0, 1) if side is HUBSPOT else (1, 0))
    world.settles()
    assert world.link_count(state=LinkState.ASLEEP) == 1


def test_r9_deletion_is_found_by_the_comparison_at_its_own_interval(world: World) -> None:
    world.use(people(more=CREATE_BOTH))
    ada = world.couple()
    ada.remove(HUBSPOT)
    world.pass_time(timedelta(hours=25))

    world.sync()

    assert world.link_count(state=LinkState.CLOSED) == 1
