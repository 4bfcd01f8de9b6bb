"""References to a record of another pair: a contact's company, a company's parent (R23, R24)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from connectors.memory import Killed
from sync.domain.ports import WriteKind
from sync.domain.record import Record, Side
from sync.domain.store import Intent
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

ACCOUNT = "account: {map: associated company %s Contact.AccountId, pair: companies%s}"
PARENT = "parent: {map: parent company <-> ParentId, pair: companies}"

COMPANY = {HUBSPOT: "companies", SALESFORCE: "Account"}
PERSON = {HUBSPOT: "contacts", SALESFORCE: "Contact"}
#: New records are made on either side.
CREATES = 'create: {salesforce: {when: "true"}, hubspot: {when: "true"}}'

BOTH_SIDES = pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])


class Firm(NamedTuple):
    """A company on both sides."""

    left: str
    right: str

    def on(self, side: Side) -> str:
        return self.left if side is HUBSPOT else self.right


def use(
    world: World,
    *,
    arrow: str = "<->",
    rules: str = "",
    more: str = CREATES,
    of_companies: str = CREATES,
) -> None:
    """Use pairs of people and of companies; people name their company."""
    account = ACCOUNT % (arrow, f", {rules}" if rules else "")
    first_name = "first_name: firstname <-> FirstName"
    world.use(people(account, first_name, more=more), companies(PARENT, more=of_companies))


def firm(world: World, domain: str = "example.com") -> Firm:
    """Add a company to both sides."""
    left = world.add(HUBSPOT, "companies", name=domain, domain=domain)
    right = world.add(SALESFORCE, "Account", Name=domain, Website=domain)
    return Firm(left, right)


def add_firm(world: World, side: Side, domain: str = "example.com") -> str:
    """Add a company to one side."""
    if side is HUBSPOT:
        return world.add(HUBSPOT, "companies", name=domain, domain=domain)
    return world.add(SALESFORCE, "Account", Name=domain, Website=domain)


def add_person(world: World, side: Side, email: str = "ada@example.com") -> str:
    """Add a person to one side."""
    if side is HUBSPOT:
        return world.add(HUBSPOT, "contacts", email=email, lastname="Lovelace")
    return world.add(SALESFORCE, "Contact", Email=email, LastName="Lovelace")


def person_on(world: World, side: Side, email: str = "ada@example.com") -> str:
    """Give the id of a person on one side."""
    name = "email" if side is HUBSPOT else "Email"
    (found,) = (id for id, values in world.all(side, PERSON[side]).items() if values[name] == email)
    return found


def company_on(world: World, side: Side, domain: str = "example.com") -> str:
    """Give the id of a company on one side."""
    name = "domain" if side is HUBSPOT else "Website"
    (found,) = (
        id for id, values in world.all(side, COMPANY[side]).items() if values[name] == domain
    )
    return found


def names(world: World, side: Side) -> str | None:
    """Give the company the person names on one side."""
    return world.named(side, PERSON[side], person_on(world, side))


def settled(world: World) -> None:
    """Run once without trouble."""
    result = world.sync()
    assert result.error is None, result.error
    assert result.exit == 0, (world.errors(), world.conflicts())


# --- R23: the company is there later, or never --------------------------------------------------


@BOTH_SIDES
def test_r23_company_made_in_the_same_run_is_named_in_that_run(world: World, side: Side) -> None:
    use(world)
    company, person = add_firm(world, side), add_person(world, side)
    world.refer(side, PERSON[side], person, company)

    settled(world)

    assert names(world, side.other) == company_on(world, side.other)
    assert world.waiting() == 0
    world.settles()


@BOTH_SIDES
def test_r23_new_record_is_made_without_its_company_and_gets_it_once_it_is_linked(
    world: World, side: Side
) -> None:
    use(world, of_companies="")
    company, person = add_firm(world, side), add_person(world, side)
    world.refer(side, PERSON[side], person, company)
    settled(world)
    assert names(world, side.other) is None
    assert world.waiting() == 1
    world.settles()

    other = add_firm(world, side.other)
    settled(world)

    assert names(world, side.other) == other
    assert world.waiting() == 0
    world.settles()


@BOTH_SIDES
def test_r23_linked_record_keeps_waiting_through_runs_and_edits_of_other_fields(
    world: World, side: Side
) -> None:
    use(world, of_companies="")
    ada = world.couple()
    company = add_firm(world, side)
    world.refer(side, PERSON[side], ada.ids[side], company)
    settled_full(world)
    assert world.waiting() == 1

    ada.edit(side, **{"firstname" if side is HUBSPOT else "FirstName": "Augusta"})
    settled(world)
    ada.edit(side, **{"lastname" if side is HUBSPOT else "LastName": "King"})
    settled(world)
    assert world.waiting() == 1
    assert names(world, side.other) is None

    other = add_firm(world, side.other)
    settled(world)
    assert names(world, side.other) == other
    world.settles()


def settled_full(world: World) -> None:
    """Run once with a full comparison: an association moves no stamp."""
    result = world.sync(full=True)
    assert result.exit == 0, (result.error, world.errors(), world.conflicts())


def test_r23_company_that_never_comes_stops_nothing_and_is_no_error(world: World) -> None:
    use(world, of_companies="")
    company, person = add_firm(world, SALESFORCE), add_person(world, SALESFORCE)
    world.refer(SALESFORCE, "Contact", person, company)

    for _ in range(3):
        settled(world)

    assert names(world, HUBSPOT) is None
    assert (world.errors(), world.conflicts()) == ([], [])
    world.settles()


@BOTH_SIDES
def test_r23_what_waits_is_forgotten_when_the_company_is_taken_away_again(
    world: World, side: Side
) -> None:
    use(world, of_companies="")
    ada = world.couple()
    company = add_firm(world, side)
    world.refer(side, PERSON[side], ada.ids[side], company)
    settled_full(world)
    assert world.waiting() == 1

    world.refer(side, PERSON[side], ada.ids[side], None)
    settled_full(world)
    assert world.waiting() == 0

    add_firm(world, side.other)
    settled(world)
    assert names(world, side.other) is None
    world.settles()


@BOTH_SIDES
def test_r23_what_waits_is_for_the_company_named_last(world: World, side: Side) -> None:
    use(world, of_companies="")
    ada = world.couple()
    first, second = add_firm(world, side), add_firm(world, side, "other.example")
    world.refer(side, PERSON[side], ada.ids[side], first)
    settled_full(world)
    world.refer(side, PERSON[side], ada.ids[side], second)
    settled_full(world)

    add_firm(world, side.other)
    settled(world)
    assert names(world, side.other) is None

    other = add_firm(world, side.other, "other.example")
    settled(world)
    assert names(world, side.other) == other
    world.settles()


@BOTH_SIDES
def test_r23_company_is_named_although_the_process_is_killed_in_between(
    world: World, side: Side
) -> None:
    use(world)
    company, person = add_firm(world, side), add_person(world, side)
    world.refer(side, PERSON[side], person, company)
    world.kill(side.other)
    world.killed_sync()
    for _ in range(6):
        world.kill(side.other)
        world.pass_time()
        try:
            world.killed_sync()
        except AssertionError:
            break
    world.recover()

    settled(world)

    assert names(world, side.other) == company_on(world, side.other)
    assert len(world.all(side.other, PERSON[side.other])) == 1
    assert world.waiting() == 0
    world.settles()


@BOTH_SIDES
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_r23_cut_off_at_any_batch_the_company_is_named_in_the_next_run(
    world: World, side: Side, before: bool
) -> None:
    use(world)
    cut_off = True
    for spared in range(9):
        domain, email = f"firm{spared}.example", f"person{spared}@example.com"
        company, person = add_firm(world, side, domain), add_person(world, side, email)
        world.refer(side, PERSON[side], person, company)
        world.kill(side.other, before=before, spared=spared)
        try:
            world.killed_sync()
        except AssertionError:
            cut_off = False
        world.recover()

        settled(world)

        made = person_on(world, side.other, email)
        named = world.named(side.other, PERSON[side.other], made)
        assert named == company_on(world, side.other, domain), f"cut off at batch {spared}"
        assert world.waiting() == 0
        if not cut_off:
            break
    assert not cut_off, "every run was cut off"
    world.settles()


def test_r23_cut_off_between_a_new_record_and_its_association_it_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world)
    company, person = add_firm(world, SALESFORCE), add_person(world, SALESFORCE)
    world.refer(SALESFORCE, "Contact", person, company)
    with world.workshop() as workshop, monkeypatch.context() as patched:
        journal = workshop.store.journal
        intend = journal.intend

        def killing(run: int, intents: Sequence[Intent], at: datetime) -> Sequence[int]:
            if intents[0].kind == WriteKind.ASSOCIATE:
                raise Killed
            return intend(run, intents, at)

        patched.setattr(journal, "intend", killing)
        world.killed_sync()
    assert names(world, HUBSPOT) is None
    assert world.waiting() == 1

    settled(world)

    assert names(world, HUBSPOT) == company_on(world, HUBSPOT)
    world.settles()


def test_r23_new_record_in_salesforce_is_made_with_the_company_made_before_it(
    world: World,
) -> None:
    use(world)
    company, person = add_firm(world, HUBSPOT), add_person(world, HUBSPOT)
    world.refer(HUBSPOT, "contacts", person, company)

    settled(world)

    (made,) = [write for write in world.written(SALESFORCE) if write.object_name == "Contact"]
    assert made.kind is WriteKind.CREATE
    assert made.values["AccountId"] == company_on(world, SALESFORCE)


def moves_stamps(world: World) -> bool:
    """Tell whether an association moves the stamp of its records in the setting under test."""
    return "association_moves_stamp" in os.environ.get("REVLOOP_SETTING", "")


# --- edits --------------------------------------------------------------------------------------


@BOTH_SIDES
def test_r24_another_company_on_one_side_is_named_on_the_other(world: World, side: Side) -> None:
    use(world)
    one, two = firm(world), firm(world, "other.example")
    ada = world.couple()
    world.refer(side, PERSON[side], ada.ids[side], one.on(side))
    settled_full(world)
    assert names(world, side.other) == one.on(side.other)

    world.refer(side, PERSON[side], ada.ids[side], two.on(side))
    settled_full(world)

    assert names(world, side.other) == two.on(side.other)
    world.settles()


def test_r24_association_is_seen_at_the_next_full_comparison_by_itself(world: World) -> None:
    use(world)
    one = firm(world)
    ada = world.couple()
    # Nothing that was written before is read again by its stamp.
    for _ in range(2):
        world.pass_time(timedelta(hours=7))
        settled(world)
    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], one.left)
    settled(world)
    if not moves_stamps(world):
        assert names(world, SALESFORCE) is None

    world.pass_time(timedelta(hours=25))
    settled(world)

    assert names(world, SALESFORCE) == one.right
    world.settles()


@BOTH_SIDES
@pytest.mark.parametrize("blank", ["keep", "clear", "fill"])
def test_r24_removal_counts_as_a_blank(world: World, side: Side, blank: str) -> None:
    use(world, rules=f"blank: {blank}")
    one = firm(world)
    ada = world.couple()
    world.refer(side, PERSON[side], ada.ids[side], one.on(side))
    settled_full(world)

    world.refer(side, PERSON[side], ada.ids[side], None)
    settled_full(world)

    wanted = {
        "keep": (None, one.on(side.other)),
        "clear": (None, None),
        "fill": (one.on(side), one.on(side.other)),
    }[blank]
    assert (names(world, side), names(world, side.other)) == wanted
    world.settles()


@pytest.mark.parametrize("wins", [HUBSPOT, SALESFORCE])
def test_r24_both_sides_named_another_company_and_the_named_side_wins(
    world: World, wins: Side
) -> None:
    word = "hubspot" if wins is HUBSPOT else "salesforce"
    use(world, rules=f"wins: {word}")
    one, two, three = (firm(world, f"{n}.example") for n in ("one", "two", "three"))
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled_full(world)
    assert names(world, HUBSPOT) == one.left

    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], two.left)
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], three.right)
    settled_full(world)

    chosen = two if wins is HUBSPOT else three
    assert (names(world, HUBSPOT), names(world, SALESFORCE)) == (chosen.left, chosen.right)
    assert len(ada.overruled("account")) == 1
    world.settles()


def test_r24_both_sides_named_the_same_company_and_nothing_is_written(world: World) -> None:
    use(world, rules="wins: hold")
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled_full(world)
    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], two.left)
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], two.right)

    settled_full(world)

    assert world.carried() == []
    world.settles()


def test_r24_both_named_another_company_is_held(world: World) -> None:
    use(world, rules="wins: hold")
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    settled(world)
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled_full(world)
    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], two.left)
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], None)
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    three = firm(world, "three.example")
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], three.right)

    world.sync(full=True)

    (held,) = world.conflicts()
    assert (held.field, held.left, held.right) == ("account", two.left, three.right)
    assert (names(world, HUBSPOT), names(world, SALESFORCE)) == (two.left, three.right)


def test_r24_one_way_arrow_carries_it_that_way_only(world: World) -> None:
    use(world, arrow="<-", rules="protect: salesforce")
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)
    assert names(world, HUBSPOT) == one.left

    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], two.left)
    settled_full(world)

    assert (names(world, HUBSPOT), names(world, SALESFORCE)) == (one.left, one.right)
    world.settles()


def test_r24_other_companies_of_a_contact_are_left_alone(world: World) -> None:
    use(world)
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)

    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], two.right)
    settled(world)

    assert names(world, HUBSPOT) == two.left
    (write,) = [write for write in world.written(HUBSPOT) if write.values]
    assert dict(write.values) == {"associated company": two.left}
    world.settles()


def test_association_that_a_list_gives_late_is_not_taken_for_an_edit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world)
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    for company in (one, two):
        world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], company.right)
        settled(world)
    assert names(world, HUBSPOT) == two.left
    crm = world.connect(HUBSPOT)._crm  # type: ignore[attr-defined]

    def late(record: Record) -> Record:
        shown = {**record.fields, "associated company": one.left}
        return replace(record, fields=shown) if record.ref.id == ada.ids[HUBSPOT] else record

    peek, fetch = crm.peek, crm.fetch
    monkeypatch.setattr(
        crm,
        "peek",
        lambda queries: [
            replace(found, records=tuple(map(late, found.records))) for found in peek(queries)
        ],
    )
    monkeypatch.setattr(crm, "fetch", lambda *asked: map(late, fetch(*asked)))

    ada.edit(HUBSPOT, firstname="Augusta")
    settled(world)

    assert (names(world, HUBSPOT), names(world, SALESFORCE)) == (two.left, two.right)
    assert world.carried() == [(SALESFORCE, "FirstName", "Augusta")]


# --- first linking ------------------------------------------------------------------------------


def test_first_linking_of_records_that_name_the_same_company_writes_nothing_of_it(
    world: World,
) -> None:
    use(world, more="")
    one = firm(world)
    left, right = add_person(world, HUBSPOT), add_person(world, SALESFORCE)
    world.refer(HUBSPOT, "contacts", left, one.left)
    world.refer(SALESFORCE, "Contact", right, one.right)

    settled(world)

    assert world.link_count() == 1
    assert world.carried() == []
    world.settles()


@BOTH_SIDES
def test_first_linking_fills_the_company_one_side_lacks(world: World, side: Side) -> None:
    use(world, more="")
    one = firm(world)
    ids = {at: add_person(world, at) for at in Side}
    world.refer(side, PERSON[side], ids[side], one.on(side))

    settled(world)

    assert names(world, side.other) == one.on(side.other)
    world.settles()


def test_new_line_for_a_reference_is_a_backfill(world: World) -> None:
    world.use(people(more=CREATES), companies(more=CREATES))
    one = firm(world)
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)

    use(world)
    settled(world)

    assert names(world, HUBSPOT) == one.left
    world.settles()


# --- a pair that refers to itself ---------------------------------------------------------------


@BOTH_SIDES
def test_parents_made_in_one_run_are_named_whichever_comes_first(world: World, side: Side) -> None:
    use(world)
    ids = [add_firm(world, side, f"{n}.example") for n in ("a", "b", "c")]
    # The one in the middle stands above both others, so that one child is made before it.
    for child in (ids[0], ids[2]):
        world.refer(side, COMPANY[side], child, ids[1])

    settled(world)

    other = side.other
    above = company_on(world, other, "b.example")
    for domain in ("a.example", "c.example"):
        child = company_on(world, other, domain)
        assert world.named(other, COMPANY[other], child) == above
    assert world.waiting("companies") == 0
    world.settles()


@BOTH_SIDES
def test_parents_of_records_linked_in_one_run_follow_in_it(world: World, side: Side) -> None:
    use(world, of_companies="")
    above, below = firm(world, "above.example"), firm(world, "below.example")
    world.refer(side, COMPANY[side], below.on(side), above.on(side))

    settled(world)

    other = side.other
    assert world.named(other, COMPANY[other], below.on(other)) == above.on(other)
    world.settles()


@pytest.mark.parametrize("world", ["memory"], indirect=True)
def test_two_companies_above_each_other_are_refused_and_kept_as_an_error(world: World) -> None:
    use(world, of_companies="")
    one, two = firm(world, "one.example"), firm(world, "two.example")
    settled(world)
    world.refer(HUBSPOT, "companies", one.left, two.left)
    world.refer(SALESFORCE, "Account", two.right, one.right)

    result = world.sync(full=True)

    assert result.exit == 1
    assert {(item.side, item.field, item.code) for item in world.errors()} == {
        (HUBSPOT, "parent", "CIRCULAR_REFERENCE"),
        (SALESFORCE, "parent", "CIRCULAR_REFERENCE"),
    }
    world.refer(SALESFORCE, "Account", two.right, None)
    world.pass_time(timedelta(minutes=20))
    settled(world)
    assert world.named(SALESFORCE, "Account", one.right) == two.right
    assert world.errors() == []


# --- other objects ------------------------------------------------------------------------------

MACHINES = f"""
pair: a_machines
hubspot: machines
salesforce: Machine__c
first_sync: hubspot
keys: {{hubspot: sf_id, salesforce: Hub_Id__c}}
match: [serial]
{CREATES}
fields:
  serial: serial <-> Serial__c
  site: {{map: associated company <-> Site__c, pair: companies, blank: clear}}
"""
DEALS = """
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
create: {hubspot: {when: "true"}}
fields:
  name: dealname <-> Name
  deal_stage: {map: dealstage <-> StageName, values: {qualifiedtobuy: Prospecting}}
  closes: {map: closedate <-> CloseDate, type: date}
  company: {map: associated company <- AccountId, pair: companies}
"""


@BOTH_SIDES
def test_custom_object_names_its_company_and_another_and_none(world: World, side: Side) -> None:
    world.use(companies(more=CREATES), MACHINES)
    name = {HUBSPOT: "machines", SALESFORCE: "Machine__c"}
    one, two = firm(world), firm(world, "two.example")
    machine = (
        world.add(HUBSPOT, "machines", serial="A1")
        if side is HUBSPOT
        else world.add(SALESFORCE, "Machine__c", Serial__c="A1")
    )
    world.refer(side, name[side], machine, one.on(side))
    settled(world)
    other, _ = world.only(side.other, name[side.other])
    assert world.named(side.other, name[side.other], other) == one.on(side.other)
    world.settles()

    world.refer(side, name[side], machine, two.on(side))
    settled_full(world)
    assert world.named(side.other, name[side.other], other) == two.on(side.other)
    world.settles()

    world.refer(side, name[side], machine, None)
    settled_full(world)
    assert world.named(side.other, name[side.other], other) is None
    world.settles()


def test_deal_gets_the_account_of_its_opportunity_as_primary_company(world: World) -> None:
    world.use(companies(more=CREATES), DEALS)
    account = add_firm(world, SALESFORCE)
    opportunity = world.add(
        SALESFORCE,
        "Opportunity",
        Name="40 chairs",
        StageName="Prospecting",
        CloseDate="2027-03-31",
        AccountId=account,
    )
    settled(world)
    deal, _ = world.only(HUBSPOT, "deals")
    assert world.named(HUBSPOT, "deals", deal) == company_on(world, HUBSPOT)
    world.settles()

    other = firm(world, "other.example")
    world.edit(SALESFORCE, "Opportunity", opportunity, AccountId=other.right)
    settled(world)
    assert world.named(HUBSPOT, "deals", deal) == other.left
    world.settles()


def test_custom_object_tied_to_several_companies_is_an_error_that_says_so(world: World) -> None:
    world.use(companies(more=CREATES), MACHINES)
    one, two = firm(world), firm(world, "two.example")
    machine = world.add(HUBSPOT, "machines", serial="A1")
    world.refer(HUBSPOT, "machines", machine, one.left)
    settled(world)
    world.tie_too("machines", machine, two.left)

    assert world.sync(full=True).exit == 1

    (error,) = world.errors()
    assert (error.field, error.code) == ("site", "several_references")
    assert "2 records of companies" in error.message
    other, _ = world.only(SALESFORCE, "Machine__c")
    assert world.named(SALESFORCE, "Machine__c", other) == one.right


# --- companies that are merged or deleted --------------------------------------------------------


def test_company_merged_into_one_that_is_linked_too_is_named_by_that_one(world: World) -> None:
    use(world)
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)
    assert names(world, HUBSPOT) == one.left

    world.merge(SALESFORCE, "Account", two.right, one.right)
    world.sync(full=True)

    assert names(world, SALESFORCE) == two.right
    assert names(world, HUBSPOT) == two.left


def test_company_merged_under_a_new_id_waits_for_its_link_and_harms_nothing(
    world: World,
) -> None:
    use(world, rules="blank: clear, wins: hubspot")
    one, two = firm(world), firm(world, "two.example")
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)

    merged = world.merge(HUBSPOT, "companies", one.left, two.left)
    world.sync(full=True)
    world.sync(full=True)

    assert names(world, HUBSPOT) == merged
    assert names(world, SALESFORCE) == one.right
    assert [one for one in world.errors() if one.pair == "contacts"] == []


def test_company_deleted_in_one_crm_leaves_the_reference_in_the_other(world: World) -> None:
    use(world)
    one = firm(world)
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    settled(world)

    world.remove(HUBSPOT, "companies", one.left)
    result = world.sync(full=True)

    assert result.exit == 0
    assert names(world, SALESFORCE) == one.right


# --- trouble ------------------------------------------------------------------------------------


def test_association_refused_for_one_record_stops_no_other(world: World) -> None:
    use(world)
    one, two = firm(world), firm(world, "two.example")
    settled(world)
    emails = ("ada@example.com", "bea@example.com")
    ids = [add_person(world, SALESFORCE, email) for email in emails]
    for id, company in zip(ids, (one, two), strict=True):
        world.refer(SALESFORCE, "Contact", id, company.right)
    # Between the reading and the writing one company is gone.
    settled_without = world.before_write
    settled_without(HUBSPOT, lambda: world.remove(HUBSPOT, "companies", one.left))

    result = world.sync()

    assert result.exit == 1
    assert [(item.side, item.field) for item in world.errors()] == [(HUBSPOT, "account")]
    bea = person_on(world, HUBSPOT, "bea@example.com")
    assert world.named(HUBSPOT, "contacts", bea) == two.left


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.DOWN])
def test_association_meets_a_crm_that_does_not_answer_and_follows_later(
    world: World, fault: Fault
) -> None:
    use(world)
    one = firm(world)
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)
    world.fail_write(HUBSPOT, fault, times=20)
    assert world.sync().exit == 3
    assert names(world, HUBSPOT) is None

    world.recover()
    settled(world)

    assert names(world, HUBSPOT) == one.left
    world.settles()


# --- plans --------------------------------------------------------------------------------------


def test_plan_names_an_association_as_an_operation_of_its_own(world: World) -> None:
    use(world)
    one = firm(world)
    ada = world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], one.right)

    operations = world.plan()

    assert [
        (each["kind"], each["side"], [(f["name"], f["old"], f["new"]) for f in each["fields"]])
        for each in operations
    ] == [("associate", "hubspot", [("account", None, one.left)])]


def test_approved_plan_gives_new_people_the_companies_it_makes(world: World) -> None:
    use(world)
    company, person = add_firm(world, SALESFORCE), add_person(world, SALESFORCE)
    world.refer(SALESFORCE, "Contact", person, company)
    world.plan()
    world.approve()

    settled(world)

    assert names(world, HUBSPOT) == company_on(world, HUBSPOT)


def test_approved_plan_that_links_companies_names_their_parents_in_the_same_run(
    world: World,
) -> None:
    use(world, of_companies="")
    above, below = firm(world, "above.example"), firm(world, "below.example")
    world.refer(SALESFORCE, "Account", below.right, above.right)
    world.plan()
    world.approve()

    settled(world)

    assert world.named(HUBSPOT, "companies", below.left) == above.left


def test_references_of_older_links_follow_in_the_next_run_where_they_are_many(
    world: World,
) -> None:
    use(world, of_companies="")
    company = add_firm(world, SALESFORCE)
    for number in range(3):
        email = f"p{number}@example.com"
        add_person(world, HUBSPOT, email)
        person = add_person(world, SALESFORCE, email)
        world.refer(SALESFORCE, "Contact", person, company)
    settled(world)
    assert world.waiting() == 3

    world.use(settings="guard: {changes: 2, creates: 100}")
    add_firm(world, HUBSPOT)
    assert world.sync().stopped is None
    assert world.waiting() == 3

    assert world.sync().stopped == "guard"
