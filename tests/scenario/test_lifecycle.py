"""The funnel: stages that move, hand-overs and hand-backs, and what is not written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mappings.findings import MappingErrors
from sandbox.hubspot.switches import BackwardStage
from sandbox.server import Sandbox
from sync.domain.record import Native
from sync.domain.store import LinkState
from tests.scenario.backends import Served
from tests.scenario.funnel_shapes import FUNNEL_NAMES
from tests.scenario.test_objects import deals
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, people

LEAD, MQL, SQL = "lead", "marketingqualifiedlead", "salesqualifiedlead"
MAPPED = (
    "score: {map: fit_score -> Score__c, type: number}",
    "sales_status: <- Lead.Status",
    "funnel: <- Contact.Funnel__c",
    "return_reason: <- Return_Reason__c",
)
AGREED = """
stages:
  - {name: lead, hubspot: {lifecyclestage: lead}, salesforce: {Lead.Funnel__c: New}}
  - {name: mql, hubspot: {lifecyclestage: marketingqualifiedlead, hs_lead_status: OPEN},
     salesforce: {Lead.Status: Open - Not Contacted, Lead.Funnel__c: MQL, Contact.Funnel__c: MQL}}
  - {name: sal, hubspot: {lifecyclestage: marketingqualifiedlead, hs_lead_status: IN_PROGRESS},
     salesforce: {Lead.Status: Working - Contacted, Lead.Funnel__c: SAL, Contact.Funnel__c: SAL}}
  - {name: sql, hubspot: {lifecyclestage: salesqualifiedlead},
     salesforce: {Lead.Funnel__c: SQL, Contact.Funnel__c: SQL}}
  - {name: opportunity, hubspot: {lifecyclestage: opportunity}, salesforce: opportunity open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
reasons:
  no_budget: {means: cannot pay now, salesforce: [No Budget], hubspot: no_budget,
              again_after: 6 months}
  bad_data: {means: cannot be reached, salesforce: [Bad Data], hubspot: bad_data}
hand_over: {to: mql, when: record.score >= 50}
hand_back:
  - {when: record.sales_status == "Closed - Not Converted", from: [mql, sal], to: lead,
     reason: return_reason}
  - {when: record.funnel == "Returned", from: [mql, sal, sql], to: lead, reason: return_reason}
"""
LEFT_MADE = "create: {salesforce: {as: Lead, when: handed_over}}"


def use(
    world: World, *, objects: str = "Contact | Lead", rules: str = AGREED, more: str = ""
) -> None:
    world.agree(rules)
    world.use(
        people(
            "company: {map: jobtitle -> Lead.Company, if_blank: none}",
            *MAPPED,
            objects=objects,
            more=more,
        )
    )
    world.show(HUBSPOT, *FUNNEL_NAMES, "revloop_try_again_date")


def lead(world: World, *, stage: str = "New", **hubspot: Native) -> Couple:
    """Link somebody who is a Lead, at the first stage on both sides."""
    return world.couple(
        {"lifecyclestage": LEAD, **hubspot},
        {"Company": "Example", "Funnel__c": stage},
        objects=("contacts", "Lead"),
    )


def settled(world: World) -> None:
    result = world.sync()
    assert result.error is None, result.error
    assert result.exit == 0, (world.errors(), world.conflicts())


def standing(couple: Couple) -> tuple[Native, Native]:
    return couple.on(HUBSPOT)["lifecyclestage"], couple.on(SALESFORCE)["Funnel__c"]


def test_l1_stage_that_moves_forward_on_one_side_moves_on_the_other(world: World) -> None:
    use(world)
    couple = lead(world)

    couple.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")
    settled(world)

    assert standing(couple) == (MQL, "SAL")
    assert couple.on(HUBSPOT)["hs_lead_status"] == "IN_PROGRESS"
    assert couple.on(HUBSPOT)["revloop_stage"] == "sal"
    world.settles()

    couple.edit(HUBSPOT, lifecyclestage=SQL)
    settled(world)

    assert standing(couple) == (SQL, "SQL")
    world.settles()


def test_l1_event_is_kept_with_time_values_and_who(world: World) -> None:
    use(world)
    couple = lead(world)

    couple.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")
    settled(world)

    with world.workshop() as workshop:
        events = workshop.store.stages.of_links([couple.link.id])[couple.link.id]
    ours = [(one.side, one.field, one.after) for one in events if one.by_us]
    assert (HUBSPOT, "lifecyclestage", MQL) in ours


def test_l2_of_two_moves_forward_the_further_wins(world: World) -> None:
    use(world)
    couple = lead(world)

    couple.edit(HUBSPOT, lifecyclestage=MQL, hs_lead_status="OPEN")
    couple.edit(SALESFORCE, Funnel__c="SQL")
    settled(world)

    assert standing(couple) == (SQL, "SQL")
    assert couple.overruled("stage") == [(HUBSPOT, "mql")]
    world.settles()


def test_l3_stage_that_falls_back_in_salesforce_is_left_to_its_owner(world: World) -> None:
    use(world)
    couple = lead(world, stage="SQL", lifecyclestage=SQL)

    couple.edit(SALESFORCE, Funnel__c="New")
    settled(world)

    assert standing(couple) == (SQL, "New")
    assert couple.on(HUBSPOT)["revloop_stage"] == "sql"
    world.settles()

    couple.edit(HUBSPOT, lifecyclestage="opportunity")
    settled(world)
    assert standing(couple) == ("opportunity", "New")


def test_l3_stage_that_falls_back_in_hubspot_is_moved_forward_again(world: World) -> None:
    use(world)
    couple = lead(world, stage="SQL", lifecyclestage=SQL)

    couple.edit(HUBSPOT, lifecyclestage=LEAD)
    settled(world)

    assert standing(couple) == (SQL, "SQL")
    assert couple.overruled("stage") == [(HUBSPOT, "lead")]
    world.settles()


def test_l3_automation_that_falls_back_again_and_again_is_held(world: World) -> None:
    use(world)
    couple = lead(world, stage="SQL", lifecyclestage=SQL)

    for _ in range(3):
        couple.edit(HUBSPOT, lifecyclestage=LEAD, by="automation")
        assert world.sync().error is None

    assert [one.field for one in world.conflicts()] == ["stage"]
    assert standing(couple) == (LEAD, "SQL")
    world.settles()


@pytest.mark.parametrize("backward", BackwardStage)
def test_l3_moves_that_are_free_travel_back_too(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch, backward: BackwardStage
) -> None:
    monkeypatch.setattr(served.sandbox.hubspot.switches, "backward_stage", backward)
    use(world, rules=f"moves: free\n{AGREED}")
    couple = lead(world, stage="SQL", lifecyclestage=SQL)

    couple.edit(SALESFORCE, Funnel__c="New")
    settled(world)

    assert standing(couple) == (LEAD, "New")
    world.settles()


def handed_over(world: World) -> Couple:
    """Link a Lead and hand them over."""
    couple = lead(world)
    couple.edit(HUBSPOT, fit_score="60")
    settled(world)
    return couple


def give_back(couple: Couple, reason: str | None = "No Budget") -> None:
    couple.edit(SALESFORCE, Status="Closed - Not Converted", Return_Reason__c=reason)
    settled(couple.world)


def handings(couple: Couple) -> list[str]:
    """Give all hand-overs and hand-backs of a person, oldest first."""
    with couple.world.workshop() as workshop:
        found = workshop.store.facts.handings([couple.link.id])
    return ["over" if one.over else "back" for one in found.get(couple.link.id, ())]


@pytest.mark.parametrize("backward", BackwardStage)
def test_l4_hand_back_takes_hubspot_back_and_leaves_salesforce_alone(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch, backward: BackwardStage
) -> None:
    monkeypatch.setattr(served.sandbox.hubspot.switches, "backward_stage", backward)
    use(world)
    couple = handed_over(world)
    assert standing(couple) == (MQL, "MQL")
    assert couple.on(HUBSPOT)["revloop_handed_over_at"] is not None

    give_back(couple)

    assert standing(couple) == (LEAD, "MQL")
    assert couple.on(SALESFORCE)["Status"] == "Closed - Not Converted"
    told = couple.on(HUBSPOT)
    assert told["revloop_stage"] == "lead"
    assert told["revloop_returned_reason"] == "no_budget"
    assert told["revloop_returned_at"] is not None
    assert told["revloop_try_again_date"] is not None
    assert world.written(SALESFORCE) == []
    staged = [write for write in world.written(HUBSPOT) if "lifecyclestage" in write.values]
    assert [write.values["lifecyclestage"] for write in staged] == [LEAD], "one intent"
    world.settles()


def test_l4_reason_that_was_not_agreed_on_is_not_lost(world: World) -> None:
    use(world)
    couple = handed_over(world)

    give_back(couple, "Something Else")

    told = couple.on(HUBSPOT)
    assert told["revloop_returned_reason"] == "Something Else"
    assert told["revloop_try_again_date"] is None


@pytest.mark.parametrize("before", [True, False])
def test_l4_hand_back_that_was_cut_off_goes_on(world: World, *, before: bool) -> None:
    use(world)
    couple = handed_over(world)
    couple.edit(SALESFORCE, Status="Closed - Not Converted", Return_Reason__c="No Budget")
    world.kill(HUBSPOT, before=before)
    world.killed_sync()

    settled(world)

    assert standing(couple) == (LEAD, "MQL")
    assert handings(couple) == ["over", "back"]
    world.settles()


def test_l5_handed_over_again_counts_anew(world: World) -> None:
    use(world)
    couple = handed_over(world)
    give_back(couple)
    first = couple.on(HUBSPOT)["revloop_handed_over_at"]

    couple.edit(HUBSPOT, fit_score="10")
    settled(world)
    couple.edit(HUBSPOT, fit_score="70")
    settled(world)

    assert standing(couple) == (MQL, "MQL")
    assert couple.on(SALESFORCE)["Status"] == "Open - Not Contacted"
    told = couple.on(HUBSPOT)
    assert told["revloop_handed_over_at"] != first
    assert told["revloop_returned_reason"] is None
    assert handings(couple) == ["over", "back", "over"]
    world.settles()

    give_back(couple, "Bad Data")
    assert standing(couple) == (LEAD, "MQL")
    assert handings(couple) == ["over", "back", "over", "back"]


def test_l9_hand_back_whose_condition_stays_true_fires_once(world: World) -> None:
    use(world)
    couple = handed_over(world)
    give_back(couple)

    couple.edit(SALESFORCE, Title="Countess")
    settled(world)
    couple.edit(HUBSPOT, hs_lead_status="IN_PROGRESS", lastname="King")
    settled(world)

    assert handings(couple) == ["over", "back"]
    assert couple.on(HUBSPOT)["lifecyclestage"] == LEAD


def test_l10_no_new_hand_over_before_the_time_to_try_again(world: World) -> None:
    use(world)
    couple = handed_over(world)
    give_back(couple, "No Budget")

    couple.edit(HUBSPOT, fit_score="90")
    settled(world)
    assert standing(couple) == (LEAD, "MQL")

    world.pass_time(timedelta(days=185))
    settled(world)

    assert standing(couple) == (MQL, "MQL")
    assert couple.on(HUBSPOT)["revloop_try_again_date"] is None
    assert handings(couple) == ["over", "back", "over"]
    world.settles()


def test_l10_without_a_time_not_until_the_condition_was_false(world: World) -> None:
    use(world)
    couple = handed_over(world)
    give_back(couple, "Bad Data")

    world.pass_time(timedelta(days=800))
    couple.edit(HUBSPOT, fit_score="95")
    settled(world)

    assert standing(couple) == (LEAD, "MQL")


def test_l11_of_two_stages_with_one_value_the_one_held_stays(world: World) -> None:
    use(world)
    couple = lead(world, lifecyclestage=LEAD)
    couple.edit(SALESFORCE, Funnel__c="SAL", Status="Working - Contacted")
    settled(world)

    couple.edit(HUBSPOT, hs_lead_status="UNQUALIFIED")
    settled(world)

    assert standing(couple) == (MQL, "SAL")
    assert couple.on(HUBSPOT)["revloop_stage"] == "sal"
    world.settles()


def test_first_sync_hands_nobody_over_and_counts_who_is_past_it(world: World) -> None:
    use(world)
    world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="B", lifecyclestage=SQL)
    bob = world.add(
        SALESFORCE, "Lead", Email="bob@example.com", LastName="B", Company="E", Funnel__c="SQL"
    )
    couple = lead(world, fit_score="80")

    assert standing(couple) == (LEAD, "New")
    assert handings(couple) == []
    with world.workshop() as workshop:
        ids = [couple.link.id, world.links_of(bob)[-1].id]
        kept = workshop.store.funnel.of_links(ids)
    assert [kept[id].handed_over for id in ids] == [True, True]
    world.settles()


def test_lead_is_made_once_somebody_is_handed_over(world: World) -> None:
    use(world, more=LEFT_MADE)
    assert world.sync().error is None
    id = world.add(
        HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace", lifecyclestage=LEAD
    )
    settled(world)
    assert world.all(SALESFORCE, "Lead") == {}

    world.edit(HUBSPOT, "contacts", id, fit_score="60")
    settled(world)

    made, values = world.only(SALESFORCE, "Lead")
    assert values["Funnel__c"] == "MQL"
    hubspot = world.values(HUBSPOT, "contacts", id)
    assert (hubspot["lifecyclestage"], hubspot["revloop_stage"]) == (MQL, "mql")
    assert hubspot["revloop_handed_over_at"] is not None
    assert world.links_of(made)[-1].state is LinkState.OPEN
    world.settles()


def test_lead_made_by_a_run_that_was_cut_off_is_handed_over_all_the_same(world: World) -> None:
    use(world, more=LEFT_MADE)
    assert world.sync().error is None
    id = world.add(
        HUBSPOT,
        "contacts",
        email="ada@example.com",
        lastname="Lovelace",
        lifecyclestage=LEAD,
        fit_score="60",
    )
    world.kill(SALESFORCE)
    world.killed_sync()

    settled(world)

    made, values = world.only(SALESFORCE, "Lead")
    assert values["Funnel__c"] == "MQL"
    hubspot = world.values(HUBSPOT, "contacts", id)
    assert (hubspot["lifecyclestage"], hubspot["revloop_stage"]) == (MQL, "mql")
    assert hubspot["revloop_handed_over_at"] is not None
    (link,) = world.links_of(made)
    with world.workshop() as workshop:
        (handed,) = workshop.store.facts.handings([link.id])[link.id]
    assert handed.over
    world.settles()


def bought(world: World, contact: str, **values: Native) -> str:
    """Add an opportunity with its person."""
    given: dict[str, Any] = {
        "Name": "Big one",
        "StageName": "Prospecting",
        "CloseDate": "2027-03-31",
    }
    id = world.add(SALESFORCE, "Opportunity", **{**given, **values})
    world.add(SALESFORCE, "OpportunityContactRole", OpportunityId=id, ContactId=contact)
    return id


@pytest.mark.parametrize("fights", [True, False])
def test_l6_opportunities_move_the_people_behind_them(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch, *, fights: bool
) -> None:
    monkeypatch.setattr(served.sandbox.hubspot.switches, "deal_moves_lifecycle", fights)
    use(world)
    world.use(deals(more='create: {hubspot: {when: "true"}}'))
    couple = world.couple({"lifecyclestage": SQL}, {"Funnel__c": "SQL"})

    deal = bought(world, couple.ids[SALESFORCE])
    settled(world)
    assert couple.on(HUBSPOT)["lifecyclestage"] == "opportunity"

    world.edit(SALESFORCE, "Opportunity", deal, StageName="Closed Won")
    settled(world)
    assert couple.on(HUBSPOT)["lifecyclestage"] == "customer"
    assert couple.on(HUBSPOT)["revloop_stage"] == "customer"

    lost = bought(world, couple.ids[SALESFORCE], Name="Another")
    settled(world)
    world.edit(SALESFORCE, "Opportunity", lost, StageName="Closed Lost")
    settled(world)
    assert couple.on(HUBSPOT)["lifecyclestage"] == "customer"

    world.edit(SALESFORCE, "Opportunity", deal, StageName="Prospecting")
    settled(world)
    assert couple.on(HUBSPOT)["lifecyclestage"] == "customer"
    assert couple.on(SALESFORCE)["Funnel__c"] == "SQL"
    world.settles()


def test_l6_what_hubspots_automation_moves_meanwhile_is_not_fought(world: World) -> None:
    use(world)
    couple = lead(world, stage="SQL", lifecyclestage=SQL)

    couple.edit(HUBSPOT, lifecyclestage="customer", by="automation")
    settled(world)

    assert standing(couple) == ("customer", "SQL")
    assert world.written(SALESFORCE) == []
    world.settles()


@pytest.mark.parametrize("backward", BackwardStage)
def test_l7_stage_the_portal_puts_in_another_order_is_emptied_and_set(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch, backward: BackwardStage
) -> None:
    monkeypatch.setattr(served.sandbox.hubspot.switches, "backward_stage", backward)
    turned = AGREED.replace(
        "{name: sql, hubspot: {lifecyclestage: salesqualifiedlead}",
        "{name: sql, hubspot: {lifecyclestage: subscriber}",
    )
    use(world, rules=turned)
    couple = lead(world)

    couple.edit(SALESFORCE, Funnel__c="SQL")
    result = world.sync()

    if backward is BackwardStage.REFUSE:
        assert [one.field for one in world.errors()] == ["stage"]
        return
    assert result.exit == 0
    assert standing(couple) == ("subscriber", "SQL")
    world.settles()


def test_l7_stage_that_is_none_of_ours_is_not_emptied_but_held(world: World) -> None:
    use(world)
    couple = lead(world)
    couple.edit(HUBSPOT, lifecyclestage="evangelist")
    settled(world)

    couple.edit(SALESFORCE, Funnel__c="SQL")
    assert world.sync().error is None

    (held,) = world.conflicts()
    assert (held.field, "kept another one" in held.reason) == ("stage", True)
    assert standing(couple) == ("evangelist", "SQL")
    world.settles()


def test_l8_stage_the_portal_does_not_know_is_a_mapping_error_with_its_place(
    world: World,
) -> None:
    use(world, rules=AGREED.replace("lifecyclestage: lead}", "lifecyclestage: Lead}"))

    result = world.sync()

    assert result.exit == 2
    assert "mappings/lifecycle.yaml:3:" in str(result.error)
    assert "did you mean 'lead'?" in str(result.error)


def test_l8_stage_that_vanished_pauses_stages_and_nothing_else(world: World) -> None:
    use(world)
    couple = lead(world)
    world.hide(HUBSPOT, "hs_lead_status")

    couple.edit(SALESFORCE, Funnel__c="SQL", FirstName="Ada", LastName="King")
    assert world.sync().error is None

    assert [one.field for one in world.errors()] == ["stage"]
    assert couple.on(HUBSPOT)["lastname"] == "King"
    assert standing(couple) == (LEAD, "SQL")

    world.show(HUBSPOT, "hs_lead_status")
    settled(world)
    assert standing(couple) == (SQL, "SQL")


def test_field_of_a_stage_is_not_written_by_a_line_as_well(world: World) -> None:
    world.agree(AGREED)
    world.use(people("lifecycle: lifecyclestage <-> Code__c", *MAPPED, objects="Contact | Lead"))

    with pytest.raises(
        MappingErrors, match=r"contacts.yaml:10:14: fields.lifecycle.map: .* stages"
    ):
        world.sync()


def test_stages_that_come_late_move_nobody_by_themselves(world: World) -> None:
    world.use(
        people(
            "company: {map: jobtitle -> Lead.Company, if_blank: none}",
            *MAPPED,
            objects="Contact | Lead",
        )
    )
    couple = lead(world, stage="SQL", fit_score="90")

    use(world)
    settled(world)

    assert standing(couple) == (SQL, "SQL")
    assert handings(couple) == []
    world.settles()


def test_conversion_carries_the_stage_to_the_contact(world: World) -> None:
    use(world)
    couple = handed_over(world)

    contact = world.convert(couple.ids[SALESFORCE])
    settled(world)

    assert world.values(SALESFORCE, "Contact", contact)["Funnel__c"] == "MQL"
    assert couple.on(HUBSPOT)["lifecyclestage"] == MQL
    world.settles()


def tasks(world: World, sandbox: Sandbox) -> list[dict[str, Any]]:
    """Give all tasks there are in Salesforce."""
    table = sandbox.salesforce.database.table("Task")
    return [dict(row) for row in table.rows.values()]


def test_contact_is_handed_over_by_their_stage_and_a_task_for_the_owner(
    world: World, served: Served
) -> None:
    use(world)
    owner = world.employ(SALESFORCE, "anna@example.com")
    couple = world.couple({"lifecyclestage": LEAD}, {"OwnerId": owner})

    couple.edit(HUBSPOT, fit_score="60")
    settled(world)

    assert standing(couple) == (MQL, "MQL")
    (task,) = tasks(world, served.sandbox)
    assert (task["WhoId"], task["OwnerId"]) == (couple.ids[SALESFORCE], owner)
    assert task["Subject"] == "Handed over by marketing: mql"
    world.settles()
    assert len(tasks(world, served.sandbox)) == 1


def test_task_whose_answer_never_came_is_made_once(world: World, served: Served) -> None:
    use(world)
    couple = world.couple({"lifecyclestage": LEAD})
    couple.edit(HUBSPOT, fit_score="60")
    world.kill(SALESFORCE, spared=1)
    world.killed_sync()
    assert len(tasks(world, served.sandbox)) == 1

    settled(world)

    assert len(tasks(world, served.sandbox)) == 1
    with world.workshop() as workshop:
        assert workshop.store.funnel.tasks("contacts") == []


def test_stage_that_is_refused_is_not_sent_run_after_run(world: World) -> None:
    use(world)
    couple = lead(world)
    world.forbid("Lead", "Funnel__c", "SQL")
    couple.edit(HUBSPOT, lifecyclestage=SQL)
    assert world.sync().exit == 1

    settled(world)
    assert world.written() == []

    world.allow()
    world.pass_time(timedelta(days=1))
    settled(world)
    assert standing(couple) == (SQL, "SQL")
    world.settles()


def test_hand_over_that_a_kept_plan_holds_is_carried_out_as_planned(world: World) -> None:
    use(world)
    couple = lead(world)
    couple.edit(HUBSPOT, fit_score="60")
    world.plan()
    world.pass_time(timedelta(days=2))

    world.approve()
    settled(world)

    assert standing(couple) == (MQL, "MQL")
    assert couple.on(HUBSPOT)["revloop_handed_over_at"] is not None
    assert handings(couple) == ["over"]
    world.settles()


def test_stage_that_gets_another_name_takes_nobody_forward_who_came_back(world: World) -> None:
    use(world)
    couple = handed_over(world)
    give_back(couple)

    use(world, rules=AGREED.replace("name: lead,", "name: known,").replace("to: lead", "to: known"))
    settled(world)

    assert standing(couple) == (LEAD, "MQL")
    assert couple.on(HUBSPOT)["revloop_stage"] == "known"
    world.settles()


def test_person_made_in_hubspot_begins_at_their_stage(world: World) -> None:
    use(world, more='create: {hubspot: {when: "true"}}')
    world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="L", Company="E", Funnel__c="SQL"
    )

    settled(world)

    _, values = world.only(HUBSPOT, "contacts")
    assert (values["lifecyclestage"], values["revloop_stage"]) == (SQL, "sql")
    world.settles()


def test_of_many_who_changed_the_history_of_those_is_read_whose_stage_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world)
    monkeypatch.setattr("sync.engine.stages._FEW", 1)
    couples = [
        world.couple(
            {"lifecyclestage": LEAD, "email": f"p{number}@x.example"},
            {"Company": "Example", "Funnel__c": "New", "Email": f"p{number}@x.example"},
            objects=("contacts", "Lead"),
        )
        for number in range(3)
    ]
    settled(world)
    world.settles()
    asked: list[list[str]] = []
    crm = world.connect(HUBSPOT)._crm  # type: ignore[attr-defined]  # what is watched
    read = crm.read_history

    def noted(name: str, fields: Any, **options: Any) -> Any:
        asked.append(list(options["ids"]))
        return read(name, fields, **options)

    monkeypatch.setattr(crm, "read_history", noted)
    for couple in couples:
        couple.edit(HUBSPOT, firstname="Another")
    couples[1].edit(HUBSPOT, lifecyclestage=MQL, hs_lead_status="OPEN")
    settled(world)
    assert asked == [[couples[1].ids[HUBSPOT]]]
