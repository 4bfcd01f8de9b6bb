"""Whoever is handed over gets an owner in Salesforce: once, by the rules, and it is said why."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from console.one_record import stories
from sync.domain.record import Native
from sync.domain.routing import ROUTED
from sync.engine import session
from sync.engine.session import Settings
from sync.state import SqlStore
from sync.state.tables import hand_overs
from tests.scenario.backends import Served
from tests.scenario.test_lifecycle import AGREED, LEFT_MADE, MAPPED, lead, settled, use
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, companies, people

ANNA, BEN = "anna@example.com", "ben@example.com"


def routing(*rules: str) -> str:
    return AGREED + "routing:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)


IN_TURNS = routing(f"to: [{ANNA}, {BEN}]")


def reasons(world: World) -> list[tuple[str | None, str]]:
    """Give who got whom by which rule, as the reports read it."""
    with world.workshop() as workshop:
        assert isinstance(workshop.store, SqlStore)
        with workshop.store._database.read() as connection:
            order = sa.select(hand_overs).order_by(hand_overs.c.id)
            return [(row.owner, row.rule) for row in connection.execute(order)]


def met(world: World, name: str) -> Couple:
    """Link one of several people, who is a Lead at the first stage."""
    return world.couple(
        {"lifecyclestage": "lead"},
        {"Company": "Example", "Funnel__c": "New"},
        email=f"{name}@example.com",
        objects=("contacts", "Lead"),
    )


def owner(couple: Couple) -> Native:
    return couple.on(SALESFORCE)["OwnerId"]


def hand_over(world: World, *couples: Couple) -> None:
    for couple in couples:
        couple.edit(HUBSPOT, fit_score="60")
    settled(world)


def test_people_are_handed_over_in_turns_that_go_on_from_run_to_run(world: World) -> None:
    use(world, rules=IN_TURNS)
    anna, ben = world.employ(SALESFORCE, ANNA), world.employ(SALESFORCE, BEN)
    ada, bob, cy = (met(world, name) for name in ("ada", "bob", "cy"))

    hand_over(world, bob, ada)
    hand_over(world, cy)

    assert [owner(one) for one in (ada, bob, cy)] == [anna, ben, anna]
    assert reasons(world) == [
        (anna, "rule 1: in turns, anna's turn"),
        (ben, "rule 1: in turns, ben's turn"),
        (anna, "rule 1: in turns, anna's turn"),
    ]
    world.settles()


def test_a_plan_names_the_owner_and_moves_no_turns(world: World) -> None:
    use(world, rules=IN_TURNS)
    anna, _ = world.employ(SALESFORCE, ANNA), world.employ(SALESFORCE, BEN)
    ada = lead(world)
    ada.edit(HUBSPOT, fit_score="60")

    for _ in range(2):
        [planned] = [
            (field["new"], field["reason"])
            for one in world.plan()
            for field in one["fields"]
            if field["name"] == ROUTED
        ]
        assert planned == (anna, "routing, rule 1: in turns, anna's turn")
    settled(world)

    assert owner(ada) == anna


def test_who_gets_whom_does_not_depend_on_how_many_are_looked_at_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, rules=IN_TURNS, more=LEFT_MADE)
    world.employ(SALESFORCE, ANNA)
    world.employ(SALESFORCE, BEN)
    known = [met(world, name) for name in ("ada", "bob", "cy")]
    for couple in reversed(known):
        couple.edit(HUBSPOT, fit_score="60")
    for name in ("fay", "dan", "eve"):
        world.add(HUBSPOT, "contacts", email=f"{name}@example.com", lastname=name, fit_score="70")

    def planned() -> list[tuple[object, object]]:
        return [
            (one["record"]["hubspot"], field["new"])
            for one in world.plan()
            for field in one["fields"]
            if field["name"] == ROUTED
        ]

    at_once = planned()
    monkeypatch.setattr(session, "Settings", partial(Settings, chunk=1))

    assert len({who for who, _ in at_once}) == 6
    assert planned() == at_once


def test_the_owner_is_written_once_and_is_sales_own_affair_then(world: World) -> None:
    use(world, rules=IN_TURNS)
    world.employ(SALESFORCE, ANNA)
    ben = world.employ(SALESFORCE, BEN)
    ada = lead(world)
    hand_over(world, ada)

    with world.workshop() as workshop:
        [story] = stories(workshop, "ada@example.com")
    [handed] = story.handings
    assert (handed.owner, handed.why) == ("anna", "rule 1: in turns, anna's turn")

    ada.edit(SALESFORCE, OwnerId=ben)
    ada.edit(HUBSPOT, fit_score="70")
    settled(world)

    assert owner(ada) == ben
    world.settles()


def test_the_owner_that_was_chosen_reaches_hubspot(world: World) -> None:
    world.agree(IN_TURNS)
    world.use(
        people(
            "company: {map: jobtitle -> Lead.Company, if_blank: none}",
            *MAPPED,
            "owner: {map: hubspot_owner_id <-> OwnerId, type: user, wins: salesforce}",
            objects="Contact | Lead",
            more=LEFT_MADE,
        )
    )
    anna = world.employ(HUBSPOT, ANNA), world.employ(SALESFORCE, ANNA)
    ben = world.employ(HUBSPOT, BEN), world.employ(SALESFORCE, BEN)
    ada = lead(world, hubspot_owner_id=ben[0])
    hand_over(world, ada)

    assert (owner(ada), ada.on(HUBSPOT)["hubspot_owner_id"]) == (anna[1], anna[0])

    # Who is new there belongs to whom routing gives them, whoever owned them in HubSpot.
    bob = world.add(
        HUBSPOT,
        "contacts",
        email="bob@example.com",
        lastname="Ray",
        fit_score="80",
        hubspot_owner_id=anna[0],
    )
    settled(world)
    _, made = next(
        (id, one)
        for id, one in world.all(SALESFORCE, "Lead").items()
        if one["Email"] == "bob@example.com"
    )
    assert made["OwnerId"] == ben[1]
    assert world.values(HUBSPOT, "contacts", bob)["hubspot_owner_id"] == ben[0]
    world.settles()


def test_the_owner_of_the_account_comes_first(world: World) -> None:
    world.agree(IN_TURNS)
    world.use(
        companies(),
        people(
            *MAPPED,
            "account: {map: associated company <- Contact.AccountId, pair: companies}",
            objects="Contact | Lead",
        ),
    )
    world.employ(SALESFORCE, ANNA)
    ben = world.employ(SALESFORCE, BEN)
    account = world.add(SALESFORCE, "Account", Name="Acme", Website="acme.example", OwnerId=ben)
    ada = world.couple(
        {"lifecyclestage": "lead"}, {"AccountId": account}, objects=("contacts", "Contact")
    )
    hand_over(world, ada)

    assert owner(ada) == ben
    assert reasons(world) == [(ben, "owner of the account: ben")]


def test_with_nobody_left_the_owner_stays_and_it_stands_with_the_errors(world: World) -> None:
    use(world, rules=routing(f"to: {BEN}"))
    world.employ(SALESFORCE, BEN, active=False)
    ada = lead(world)
    before = owner(ada)
    ada.edit(HUBSPOT, fit_score="60")

    assert world.sync().exit == 1

    assert owner(ada) == before
    [error] = world.errors()
    assert (error.field, error.code) == (ROUTED, "NOBODY_TO_ROUTE_TO")
    assert "the user ben@example.com is no longer active in Salesforce" in error.message


def test_salesforces_own_rules_choose_where_they_are_asked_to(world: World, served: Served) -> None:
    use(world, rules=routing("when: record.score > 70, to: salesforce rules", f"to: {ANNA}"))
    anna, ben = world.employ(SALESFORCE, ANNA), world.employ(SALESFORCE, BEN)
    ada, bob, cy = (met(world, name) for name in ("ada", "bob", "cy"))
    cy.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")  # nothing to write there
    settled(world)
    served.sandbox.salesforce.assign("Lead", lambda _: ben)
    ada.edit(HUBSPOT, fit_score="80")
    cy.edit(HUBSPOT, fit_score="90")
    hand_over(world, bob)

    assert [owner(one) for one in (ada, bob, cy)] == [ben, anna, ben]
    assert reasons(world) == [
        (None, "rule 1: left to Salesforce's own rules"),
        (anna, "rule 2: anna"),
        (None, "rule 1: left to Salesforce's own rules"),
    ]
    world.settles()


def test_an_owner_that_was_chosen_is_written_by_the_run_after_one_that_was_killed(
    world: World,
) -> None:
    use(world, rules=IN_TURNS)
    anna, ben = world.employ(SALESFORCE, ANNA), world.employ(SALESFORCE, BEN)
    ada, bob = met(world, "ada"), met(world, "bob")
    for couple in (ada, bob):
        # Their stage has been written already: the owner is all there is left to write.
        couple.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")
        settled(world)
    for couple in (ada, bob):
        couple.edit(HUBSPOT, fit_score="60")
    world.kill(SALESFORCE, before=True)
    world.killed_sync()
    bob.edit(SALESFORCE, OwnerId=anna)  # sales was faster
    settled(world)

    assert (owner(ada), owner(bob)) == (anna, anna)
    assert [one for one, _ in reasons(world)] == [anna, ben]
    world.settles()
