"""Outcomes of sales: on the people, companies and deals behind opportunities, or in the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from console.sales_wiring import agreement_as_kept
from reports.ledger import Ledger, Row, Totals
from sync.domain.record import Native
from tests.scenario.outcome_shapes import OUTCOME_NAMES
from tests.scenario.test_objects import deals
from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

LEFT_MADE = 'create: {hubspot: {when: "true"}}'
AGREED = """
stages:
  - {name: opportunity, hubspot: {lifecyclestage: opportunity}, salesforce: opportunity open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
reasons:
  no_budget: {means: "cannot pay now", salesforce: [No Budget], hubspot: too dear,
              again_after: 6 months}
"""
ROLE = "OpportunityContactRole"


def use(world: World, *, shown: bool = True) -> None:
    """Keep people, companies and deals, all of them made in HubSpot."""
    account = "account: {map: associated company <- Contact.AccountId, pair: companies}"
    company = "company: {map: associated company <- AccountId, pair: companies}"
    reason = "reason: <- Loss_Reason__c"
    world.use(
        people(account, more=LEFT_MADE),
        companies(more=LEFT_MADE),
        deals(company, reason, more=LEFT_MADE),
    )
    if shown:
        world.show(HUBSPOT, *OUTCOME_NAMES)


def add_account(world: World, domain: str = "example.com") -> str:
    return world.add(SALESFORCE, "Account", Name=domain, Website=domain)


def add_person(world: World, account: str | None = None, email: str = "ada@example.com") -> str:
    return world.add(SALESFORCE, "Contact", Email=email, LastName="Lovelace", AccountId=account)


def add_opportunity(world: World, account: str | None, *people: str, **values: Native) -> str:
    given: dict[str, Any] = {
        "Name": "Big one",
        "StageName": "Closed Won",
        "CloseDate": "2026-03-31",
        "Amount": "1250.5",
        "AccountId": account,
    }
    id = world.add(SALESFORCE, "Opportunity", **{**given, **values})
    for person in people:
        add_role(world, id, person)
    return id


def add_role(world: World, opportunity: str, person: str) -> str:
    return world.add(SALESFORCE, ROLE, OpportunityId=opportunity, ContactId=person)


def settled(world: World) -> None:
    result = world.sync()
    assert result.error is None, result.error
    assert result.exit == 0, (world.errors(), world.conflicts())


def carried(world: World, object_name: str, **by: str) -> dict[str, Native]:
    """Give what the one HubSpot record that holds these values carries, blanks left out."""
    (found,) = (
        values
        for values in world.all(HUBSPOT, object_name).values()
        if all(values[name] == value for name, value in by.items())
    )
    return {
        name.removeprefix("revloop_"): found[name]
        for name in OUTCOME_NAMES
        if found.get(name) is not None
    }


def of_person(world: World, email: str = "ada@example.com") -> dict[str, Native]:
    return carried(world, "contacts", email=email)


def of_company(world: World, domain: str = "example.com") -> dict[str, Native]:
    return carried(world, "companies", domain=domain)


def ledger(world: World) -> tuple[dict[str, Row], Totals]:
    """Give the ledger's rows by opportunity, and what they add up to."""
    with world.workshop() as workshop:
        agreement = agreement_as_kept(workshop.project, workshop.store)
        totals = Totals(agreement.currency)
        rows = list(Ledger(workshop.store, workshop.pairs, agreement).rows(totals))
    assert len({row.of.id for row in rows}) == len(rows), "an opportunity stands there twice"
    return {row.of.id: row for row in rows}, totals


def causes(world: World, id: str) -> str:
    return "; ".join(cause.text for cause in ledger(world)[0][id].causes)


WON = {
    "last_outcome": "won",
    "outcome_stage": "Closed Won",
    "won_revenue": "1250.5",
    "first_won_date": "2026-03-31",
    "business_type": "new",
}


def test_win_reaches_the_person_the_company_and_the_deal_in_one_run(world: World) -> None:
    use(world)
    account = add_account(world)
    won = add_opportunity(world, account, add_person(world, account))

    settled(world)

    assert of_person(world) == WON
    assert of_company(world) == WON
    assert carried(world, "deals", dealname="Big one") == {"reporting_amount": "1250.5"}
    rows, totals = ledger(world)
    assert (rows[won].arrived, rows[won].people, rows[won].behind) == ("yes", 1, 1)
    assert (totals.closed, totals.won, totals.delivered) == (1, 1, 1)
    assert totals.revenue == Decimal("1250.5")
    world.settles()


def test_outcomes_of_several_opportunities_add_up(world: World) -> None:
    use(world)
    account = add_account(world)
    ada, bob = add_person(world, account), add_person(world, account, "bob@example.com")
    add_opportunity(world, account, ada, Name="first", CloseDate="2026-01-31", Amount="100")
    add_opportunity(world, account, bob, Name="second", CloseDate="2026-02-28", Amount="20")
    add_opportunity(
        world, account, ada, bob, Name="third", StageName="Closed Lost", CloseDate="2026-04-30"
    )
    add_opportunity(world, account, bob, Name="fourth", StageName="Prospecting")

    settled(world)

    assert of_company(world)["won_revenue"] == "120"
    assert of_company(world)["last_outcome"] == "lost"
    assert of_person(world)["won_revenue"] == "100"
    assert of_person(world, "bob@example.com")["won_revenue"] == "20"
    assert of_person(world, "bob@example.com")["business_type"] == "existing"
    rows, totals = ledger(world)
    assert (len(rows), totals.won, totals.lost, totals.delivered) == (3, 2, 1, 3)
    world.settles()


def test_lost_for_an_agreed_reason_is_told_in_the_agreed_word_with_the_day_to_try_again(
    world: World,
) -> None:
    world.agree(AGREED)
    use(world)
    account = add_account(world)
    lost = add_opportunity(
        world,
        account,
        add_person(world, account),
        StageName="Closed Lost",
        CloseDate="2026-08-31",
        Loss_Reason__c="No Budget",
    )

    settled(world)

    assert of_person(world)["outcome_reason"] == "too dear"
    assert of_person(world)["try_again_date"] == "2027-02-28"
    assert of_person(world)["won_revenue"] == "0"
    row = ledger(world)[0][lost]
    assert (row.reason, row.arrived) == ("no_budget", "yes")
    world.settles()


def test_reason_nobody_agreed_on_is_not_passed_on_and_stands_in_the_ledger(world: World) -> None:
    world.agree(AGREED)
    use(world)
    account = add_account(world)
    lost = add_opportunity(
        world,
        account,
        add_person(world, account),
        StageName="Closed Lost",
        Loss_Reason__c="Mercury",
    )

    settled(world)

    assert of_person(world)["last_outcome"] == "lost"
    assert "outcome_reason" not in of_person(world)
    assert "'Mercury' is none that was agreed on" in causes(world, lost)


def test_reopened_opportunity_counts_as_open_and_takes_its_revenue_back(world: World) -> None:
    use(world)
    account = add_account(world)
    id = add_opportunity(world, account, add_person(world, account))
    settled(world)
    assert of_person(world) == WON

    world.edit(SALESFORCE, "Opportunity", id, StageName="Negotiation/Review")
    settled(world)

    reopened = {
        "last_outcome": "open",
        "outcome_stage": "Negotiation/Review",
        "won_revenue": "0",
        "business_type": "new",
    }
    assert (of_person(world), of_company(world)) == (reopened, reopened)
    assert ledger(world)[0] == {}
    world.settles()


def test_l6_without_a_contact_role_the_only_contact_of_the_account_is_credited(
    world: World,
) -> None:
    use(world)
    account = add_account(world)
    add_person(world, account)
    id = add_opportunity(world, account)

    settled(world)

    assert of_person(world) == WON
    row = ledger(world)[0][id]
    assert (row.arrived, row.alone, row.people) == ("yes", True, 1)
    world.settles()

    add_person(world, account, "bob@example.com")
    settled(world)

    assert of_person(world) == {}
    assert causes(world, id) == "no contact role, and no one contact of its account"
    world.settles()


def test_deleted_opportunity_takes_its_outcome_with_it(world: World) -> None:
    use(world)
    account = add_account(world)
    id = add_opportunity(world, account, add_person(world, account))
    settled(world)

    world.remove(SALESFORCE, "Opportunity", id)
    settled(world)

    assert (of_person(world), of_company(world)) == ({}, {})
    assert ledger(world)[0] == {}
    world.settles()


def test_contact_role_added_and_taken_away_later_moves_the_credit(world: World) -> None:
    use(world)
    account = add_account(world)
    ada, bob = add_person(world, account), add_person(world, account, "bob@example.com")
    id = add_opportunity(world, account, ada)
    settled(world)
    assert (of_person(world), of_person(world, "bob@example.com")) == (WON, {})

    role = add_role(world, id, bob)
    settled(world)
    assert of_person(world, "bob@example.com") == WON

    world.remove(SALESFORCE, ROLE, role)
    settled(world)
    assert (of_person(world), of_person(world, "bob@example.com")) == (WON, {})
    world.settles()


def test_account_that_is_not_linked_is_the_cause(world: World) -> None:
    use(world)
    world.use(companies(more="create: {hubspot: {when: 'record.domain != \"example.com\"'}}"))
    account = add_account(world)
    id = add_opportunity(world, account, add_person(world, account))

    settled(world)

    assert of_person(world) == WON
    row = ledger(world)[0][id]
    assert (row.arrived, row.company) == ("in part", None)
    assert "left out: create.hubspot.when" in causes(world, id)


def test_what_somebody_writes_over_an_outcome_is_put_back_and_kept(world: World) -> None:
    use(world)
    account = add_account(world)
    add_opportunity(world, account, add_person(world, account))
    settled(world)
    (id,) = world.all(HUBSPOT, "contacts")

    world.edit(HUBSPOT, "contacts", id, revloop_won_revenue="99")
    settled(world)

    assert of_person(world) == WON
    (link,) = world.links_of(id)
    overruled = [one.overruled for one in world.audit(link) if one.overruled is not None]
    assert overruled == ["99"]
    world.settles()


def test_win_written_by_the_run_itself_is_carried_on_in_that_run(world: World) -> None:
    use(world)
    account = add_account(world)
    id = add_opportunity(world, account, add_person(world, account), StageName="Prospecting")
    settled(world)
    (deal,) = world.all(HUBSPOT, "deals")

    world.edit(HUBSPOT, "deals", deal, dealstage="closedwon")
    settled(world)

    assert world.values(SALESFORCE, "Opportunity", id)["IsWon"] == "true"
    assert of_person(world) == WON
    world.settles()


def test_properties_that_come_later_are_filled_for_all_who_have_something_to_carry(
    world: World,
) -> None:
    use(world, shown=False)
    account = add_account(world)
    id = add_opportunity(world, account, add_person(world, account))
    settled(world)
    assert of_person(world) == {}
    assert "none of the properties" in causes(world, id)

    world.show(HUBSPOT, *OUTCOME_NAMES)
    settled(world)

    assert (of_person(world), of_company(world)) == (WON, WON)
    assert ledger(world)[0][id].arrived == "yes"
    world.settles()


def test_killed_run_loses_no_outcome(world: World) -> None:
    use(world)
    account = add_account(world)
    ada, bob = add_person(world, account), add_person(world, account, "bob@example.com")
    settled(world)
    add_opportunity(world, account, ada, bob)

    world.kill(HUBSPOT, before=True)
    world.killed_sync()
    settled(world)

    assert (of_person(world), of_person(world, "bob@example.com")) == (WON, WON)
    assert of_company(world) == WON
    world.settles()


def test_merged_contact_takes_the_credit_along(world: World) -> None:
    use(world)
    account = add_account(world)
    ada, bob = add_person(world, account), add_person(world, account, "bob@example.com")
    add_opportunity(world, account, bob)
    settled(world)
    assert of_person(world) == {}

    world.merge(SALESFORCE, "Contact", ada, bob)
    result = world.sync()

    assert result.error is None
    assert of_person(world) == WON


def test_plan_names_an_outcome_as_what_it_is(world: World) -> None:
    use(world)
    account = add_account(world)
    person = add_person(world, account)
    settled(world)
    add_opportunity(world, account, person)

    operations = world.plan()

    (update,) = (one for one in operations if one["pair"] == "contacts")
    (revenue,) = (one for one in update["fields"] if one["name"] == "outcomes.won_revenue")
    assert revenue["new"] == "1250.5"
    assert revenue["reason"].startswith("outcome of sales")


@pytest.mark.parametrize("first_sync", ["hubspot", "salesforce"])
def test_outcome_wins_at_first_linking_whoever_else_does(world: World, first_sync: str) -> None:
    use(world)
    world.use(people(first_sync=first_sync, more=LEFT_MADE))
    account = add_account(world)
    add_opportunity(world, account, add_person(world, account))
    world.add(
        HUBSPOT, "contacts", email="ada@example.com", lastname="Byron", revloop_won_revenue="7"
    )

    settled(world)

    assert of_person(world) == WON
    world.settles()


def test_person_put_on_the_deal_in_hubspot_gets_the_credit_in_that_run(world: World) -> None:
    use(world)
    line = "people: {map: associated contacts <-> OpportunityContactRole, pair: contacts}"
    world.use(deals(line, "reason: <- Loss_Reason__c", more=LEFT_MADE))
    account = add_account(world)
    add_person(world, account)
    add_person(world, account, "bob@example.com")
    id = add_opportunity(world, account)
    settled(world)
    assert of_person(world) == {}

    (deal,) = world.all(HUBSPOT, "deals")
    (ada,) = (
        person
        for person, values in world.all(HUBSPOT, "contacts").items()
        if values["email"] == "ada@example.com"
    )
    world.add(HUBSPOT, "deals/contacts", owner=deal, member=ada, label=None)
    result = world.sync(full=True)

    assert result.exit == 0, (result.error, world.errors(), world.conflicts())
    assert of_person(world) == WON
    assert ledger(world)[0][id].arrived == "yes"
    world.settles()
