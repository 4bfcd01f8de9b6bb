"""Taking runs back: what goes back, what is held, and what is named and left (I11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from console.resolving import settle
from sync.domain.record import Native, Side
from sync.domain.store import LinkState
from tests.scenario import test_contact_roles as roles
from tests.scenario import test_lifecycle as stages
from tests.scenario import test_outcomes as outcomes
from tests.scenario import test_routing as routing
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, Result, World, companies, people

TITLE = "title: jobtitle <-> Title"
FIRST = "first_name: firstname <-> FirstName"


def titled(world: World, *fields: str, more: str = "") -> Couple:
    """Link Ada, who is Countess on both sides."""
    world.use(people(TITLE, FIRST, *fields, more=more))
    return world.couple({"jobtitle": "Countess"}, {"Title": "Countess"})


def synced(world: World) -> str:
    """Run without trouble; give the run's name."""
    result = world.sync()
    assert result.exit == 0, (result.error, world.errors(), world.conflicts())
    return str(result.document["run"])


def undone(world: World, run: str, **options: Any) -> Mapping[str, Any]:
    """Take a run back whole; give what is printed."""
    result = world.undo(run, **options)
    assert result.exit == 0, (result.error, result.document)
    return result.document


def reasons(result: Result) -> list[tuple[Native, str]]:
    """Give what was left, by field and reason."""
    return [(one["field"], one["reason"]) for one in result.moved]


def test_value_goes_back_and_is_held_and_the_next_sync_leaves_it(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst", firstname="Ada")
    run = synced(world)

    undone(world, run, fields=["title"])

    assert ada.on(SALESFORCE)["Title"] == "Countess"
    assert ada.on(HUBSPOT)["jobtitle"] == "Analyst"
    assert ada.on(SALESFORCE)["FirstName"] == "Ada"
    (held,) = world.conflicts()
    assert (held.field, held.left, held.right) == ("title", "Analyst", "Countess")
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_edit_on_either_side_ends_what_is_held(world: World, side: Side) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    undone(world, synced(world))

    ada.edit(side, **{"jobtitle" if side is HUBSPOT else "Title": "Poet"})
    synced(world)

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Poet"
    assert not world.conflicts()
    world.settles()


def test_undo_is_undone_and_both_sides_are_as_after_the_run(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    ada.edit(SALESFORCE, FirstName="Ada")
    run = synced(world)
    after = {side: ada.on(side) for side in Side}
    document = undone(world, run)
    assert ada.on(SALESFORCE)["Title"] == "Countess"
    assert ada.on(HUBSPOT)["firstname"] is None

    undone(world, document["run"])

    kept = ("jobtitle", "firstname", "Title", "FirstName")
    for side in Side:
        values = ada.on(side)
        assert {n: v for n, v in values.items() if n in kept} == {
            n: v for n, v in after[side].items() if n in kept
        }
    assert not world.conflicts()
    world.settles()


def test_field_edited_since_is_named_and_left_and_the_others_go_back(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst", firstname="Ada")
    run = synced(world)
    ada.edit(SALESFORCE, Title="Poet")

    result = world.undo(run)

    assert result.exit == 1
    assert [name for name, _ in reasons(result)] == ["title"]
    assert "edited in Salesforce since" in reasons(result)[0][1]
    assert ada.on(SALESFORCE)["Title"] == "Poet"
    assert ada.on(SALESFORCE)["FirstName"] is None
    synced(world)
    assert ada.on(HUBSPOT)["jobtitle"] == "Poet"
    world.settles()


def test_edit_across_that_waits_to_travel_is_not_lost_by_an_undo(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)
    ada.edit(HUBSPOT, jobtitle="Poet")

    result = world.undo(run)

    assert result.exit == 1
    assert "edited in HubSpot since" in reasons(result)[0][1]
    synced(world)
    assert ada.on(SALESFORCE)["Title"] == "Poet"


def test_what_a_later_run_wrote_is_left_to_that_run(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)
    ada.edit(HUBSPOT, jobtitle="Poet")
    synced(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    later = synced(world)

    result = world.undo(run)

    assert result.exit == 1
    assert "a later run" in reasons(result)[0][1]
    undone(world, later)
    assert ada.on(SALESFORCE)["Title"] == "Poet"


def test_dry_run_writes_nothing_and_says_what_would_go_back(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)
    before = world.snapshot()

    document = undone(world, run, dry_run=True)

    assert world.snapshot() == before
    (operation,) = document["operations"]
    assert (operation["kind"], operation["side"]) == ("update", "salesforce")
    assert operation["fields"][0]["new"] == "Countess"
    assert not world.conflicts()


def test_only_the_record_asked_for_goes_back(world: World) -> None:
    ada = titled(world)
    bob = world.couple({"jobtitle": "Duke"}, {"Title": "Duke"}, email="bob@example.com")
    for one in (ada, bob):
        one.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)

    undone(world, run, records=["bob@example.com"])

    assert bob.on(SALESFORCE)["Title"] == "Duke"
    assert ada.on(SALESFORCE)["Title"] == "Analyst"
    world.settles()


def test_records_the_run_only_linked_are_not_read(world: World) -> None:
    ada = titled(world)
    world.couple({"jobtitle": "Duke"}, {"Title": "Duke"}, email="bob@example.com")
    run = world.last_run()
    before = world.fetched()

    document = undone(world, run)

    assert document["stays_count"] == 1
    assert world.fetched() == before
    assert ada.on(SALESFORCE)["Title"] == "Countess"


def test_opt_out_is_never_taken_back(world: World) -> None:
    ada = titled(world, "out: {map: hs_email_optout <-> HasOptedOutOfEmail, type: opt_out}")
    ada.edit(HUBSPOT, hs_email_optout="true")
    run = synced(world)

    result = world.undo(run)

    assert result.exit == 1
    assert "never taken back" in reasons(result)[0][1]
    assert ada.on(SALESFORCE)["HasOptedOutOfEmail"] == "true"


def test_what_a_crm_refuses_is_named_and_not_tried_again(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)
    world.forbid("Contact", "Title", "Countess")

    result = world.undo(run)

    assert result.exit == 1
    assert "Salesforce refused it" in result.moved[0]["reason"]
    world.pass_time(timedelta(days=2))
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "Analyst"
    assert ada.on(HUBSPOT)["jobtitle"] == "Analyst"
    assert not world.errors()


def test_more_than_the_guard_allows_is_not_taken_back_until_approved(world: World) -> None:
    couples = []
    world.use(people(TITLE))
    for number in range(3):
        email = f"p{number}@example.com"
        couples.append(world.couple({"jobtitle": "Duke"}, {"Title": "Duke"}, email=email))
    for one in couples:
        one.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)
    world.use(people(TITLE), settings="guard: {changes: 2}")

    stopped = world.undo(run)

    assert stopped.stopped == "guard"
    assert {one.on(SALESFORCE)["Title"] for one in couples} == {"Analyst"}
    synced(world)  # no sync takes it for a plan of its own
    world.approve(stopped.plan)
    synced(world)
    assert {one.on(SALESFORCE)["Title"] for one in couples} == {"Analyst"}
    undone(world, run)
    assert {one.on(SALESFORCE)["Title"] for one in couples} == {"Duke"}
    world.settles()


# --- records ------------------------------------------------------------------------------------

CREATE = 'create: {salesforce: {when: "true"}, hubspot: {when: "true"}}'


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_made_record_stays_unless_it_is_to_be_deleted(world: World, side: Side) -> None:
    world.use(people(TITLE, more=CREATE))
    ada = {
        HUBSPOT: {"email": "ada@example.com", "lastname": "Lovelace"},
        SALESFORCE: {"Email": "ada@example.com", "LastName": "Lovelace"},
    }
    objects = {HUBSPOT: "contacts", SALESFORCE: "Contact"}
    world.add(side.other, objects[side.other], by="person", **ada[side.other])
    run = synced(world)

    document = undone(world, run)

    assert "--delete-created" in document["stays"][0]["reason"]
    assert len(world.all(side, objects[side])) == 1
    undone(world, run, delete_created=True)
    assert not world.all(side, objects[side])
    assert world.link_count(state=LinkState.CLOSED) == 1
    world.settles()
    assert not world.all(side, objects[side]), "made again"


def test_made_record_that_somebody_worked_on_stays(world: World) -> None:
    world.use(people(more=CREATE))
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    run = synced(world)
    (id,) = world.all(SALESFORCE, "Contact")
    world.pass_time()
    world.edit(SALESFORCE, "Contact", id, Title="Poet")

    result = world.undo(run, delete_created=True)

    assert result.exit == 1
    assert "worked on it" in result.moved[0]["reason"]
    assert list(world.all(SALESFORCE, "Contact")) == [id]


def test_made_account_goes_only_with_all_that_belongs_to_it(world: World) -> None:
    contacts = people(
        "company: {map: associated company <-> Contact.AccountId, pair: companies}", more=CREATE
    )
    world.use(companies(more=CREATE), contacts)
    world.add(HUBSPOT, "companies", domain="example.com", name="Example")
    run = synced(world)
    (account,) = world.all(SALESFORCE, "Account")
    world.add(SALESFORCE, "Contact", LastName="Byron", AccountId=account)

    result = world.undo(run, delete_created=True)

    assert result.exit == 1
    assert "belong to it" in result.moved[0]["reason"]
    assert list(world.all(SALESFORCE, "Account")) == [account]


# --- associations, rows and stages ----------------------------------------------------------------


def test_association_made_by_a_run_is_taken_away_again(world: World) -> None:
    contacts = people("company: {map: associated company <-> Contact.AccountId, pair: companies}")
    world.use(companies(), contacts)
    company, ada = world.company(), world.couple()
    world.refer(SALESFORCE, "Contact", ada.ids[SALESFORCE], company.ids[SALESFORCE])
    run = synced(world)
    assert world.named(HUBSPOT, "contacts", ada.ids[HUBSPOT]) == company.ids[HUBSPOT]

    undone(world, run)

    assert world.named(HUBSPOT, "contacts", ada.ids[HUBSPOT]) is None
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_row_made_by_a_run_is_taken_away_and_put_back_again(world: World, side: Side) -> None:
    roles.use(world)
    deal, (ada,) = roles.stand(world)
    roles.put(world, side, deal, ada, roles.ROLE[side])
    result = world.sync(full=True)
    assert len(roles.on(world, side.other)) == 1

    document = undone(world, result.document["run"])

    assert roles.on(world, side) == roles.row(side, deal, ada, roles.ROLE[side])
    assert not roles.on(world, side.other)
    world.settles()
    assert not roles.on(world, side.other)

    undone(world, document["run"])

    for each in Side:
        assert roles.on(world, each) == roles.row(each, deal, ada, roles.ROLE[each])
    world.settles()


def test_row_taken_away_by_a_run_is_put_back(world: World) -> None:
    roles.use(world, "blank: clear")
    deal, (ada,) = roles.stand(world)
    id = roles.put(world, HUBSPOT, deal, ada, roles.ROLE[HUBSPOT])
    world.sync(full=True)
    world.remove(HUBSPOT, roles.ROWS[HUBSPOT], id)
    result = world.sync(full=True)
    assert not roles.on(world, SALESFORCE)

    undone(world, result.document["run"])

    assert roles.on(world, SALESFORCE) == roles.row(SALESFORCE, deal, ada, roles.ROLE[SALESFORCE])
    assert not roles.on(world, HUBSPOT)
    world.settles()
    assert not roles.on(world, HUBSPOT)


def test_stage_goes_back_in_hubspot_and_no_run_moves_it_again(world: World) -> None:
    stages.use(world)
    couple = stages.lead(world)
    couple.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")
    run = synced(world)
    assert stages.standing(couple) == (stages.MQL, "SAL")

    undone(world, run)

    assert stages.standing(couple) == (stages.LEAD, "SAL")
    assert couple.on(HUBSPOT)["revloop_stage"] == "lead"
    world.settles()
    couple.edit(HUBSPOT, firstname="Ada")
    synced(world)
    assert stages.standing(couple) == (stages.LEAD, "SAL")
    assert couple.on(HUBSPOT)["revloop_stage"] == "lead"

    couple.edit(SALESFORCE, Funnel__c="SQL")
    synced(world)
    assert stages.standing(couple) == (stages.SQL, "SQL")
    assert not world.conflicts()


def test_hand_over_is_taken_back_and_does_not_fire_again(world: World) -> None:
    stages.use(world)
    couple = stages.lead(world)
    couple.edit(HUBSPOT, fit_score="60")
    run = synced(world)
    assert stages.standing(couple) == (stages.MQL, "MQL")

    result = world.undo(run)

    assert result.error is None
    assert stages.standing(couple) == (stages.LEAD, "New"), result.moved
    assert couple.on(HUBSPOT)["revloop_handed_over_at"] is None
    world.settles()
    couple.edit(HUBSPOT, fit_score="61")
    synced(world)
    assert stages.standing(couple) == (stages.LEAD, "New")


# --- when it is cut off ---------------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_undo_killed_as_it_writes_is_no_edit_to_the_next_sync(world: World, before: bool) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    run = synced(world)

    world.kill(SALESFORCE, before=before)
    world.killed_undo(run)
    synced_or_held = world.sync()

    assert synced_or_held.error is None
    assert ada.on(HUBSPOT)["jobtitle"] == "Analyst"
    assert ada.on(SALESFORCE)["Title"] == ("Analyst" if before else "Countess")
    world.settles()


def test_run_that_was_cut_off_is_taken_back_as_far_as_it_came(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    world.kill(SALESFORCE)
    world.killed_sync()
    assert ada.on(SALESFORCE)["Title"] == "Analyst"

    undone(world, "r2")

    assert ada.on(SALESFORCE)["Title"] == "Countess"
    result = world.sync()
    assert result.error is None
    assert ada.on(SALESFORCE)["Title"] == "Countess"
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_field_that_was_taken_back_is_settled_as_any_held_one(world: World, side: Side) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    undone(world, synced(world))
    with world.workshop() as workshop:
        settle(workshop, world.conflicts(), "hubspot" if side is HUBSPOT else "salesforce")

    synced(world)

    wanted = "Analyst" if side is HUBSPOT else "Countess"
    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == wanted
    assert not world.conflicts()
    world.settles()


def test_outcome_of_a_sale_is_taken_back_until_sales_says_something_new(world: World) -> None:
    outcomes.use(world)
    account = outcomes.add_account(world)
    ada = outcomes.add_person(world, account)
    synced(world)
    deal = outcomes.add_opportunity(world, account, ada)
    result = world.sync()
    assert outcomes.of_person(world)["last_outcome"] == "won"

    document = undone(world, result.document["run"])

    assert document["stays"], "the deal made in HubSpot stays"
    assert "last_outcome" not in outcomes.of_person(world)
    world.settles()
    assert "last_outcome" not in outcomes.of_person(world)
    world.edit(SALESFORCE, "Opportunity", deal, StageName="Closed Lost")
    world.sync()
    assert outcomes.of_person(world)["last_outcome"] == "lost"


def test_owner_that_routing_chose_goes_back_and_travels_nowhere(world: World) -> None:
    stages.use(world, rules=routing.IN_TURNS)
    world.employ(SALESFORCE, routing.ANNA)
    couple = stages.lead(world)
    before = couple.on(SALESFORCE)["OwnerId"]
    couple.edit(HUBSPOT, fit_score="60")
    run = synced(world)
    assert couple.on(SALESFORCE)["OwnerId"] != before

    result = world.undo(run)

    assert couple.on(SALESFORCE)["OwnerId"] == before, result.moved
    world.settles()
    assert couple.on(SALESFORCE)["OwnerId"] == before


def test_changed_line_does_not_carry_again_what_was_taken_back(world: World) -> None:
    ada = titled(world)
    ada.edit(HUBSPOT, jobtitle="Analyst")
    undone(world, synced(world))

    world.use(people("title: {map: jobtitle <-> Title, type: multiline}", FIRST))
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Analyst"
    assert ada.on(SALESFORCE)["Title"] == "Countess"
    assert [item.field for item in world.conflicts()] == ["title"]
    world.settles()
