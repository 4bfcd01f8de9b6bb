"""Objects beyond people and companies: deals with pipelines and record types, and custom ones."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from mappings.findings import MappingErrors
from sync.domain.errors import ConfigError
from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import LinkState
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World

STAGES = """
deal_stage:
  map: dealstage <-> StageName
  values:
    Qualified To Buy: Prospecting
    contractsent: Negotiation/Review
    closedwon: Closed Won
    Closed Lost: Closed Lost
"""


def deals(*fields: str, more: str = "", stages: str = STAGES) -> str:
    """Write a mapping of deals that are matched by name; `more` are further keys of the pair."""
    lines = [
        "name: dealname <-> Name",
        "amount: {map: amount <-> Amount, type: money}",
        "closes: {map: closedate <-> CloseDate, type: date}",
        *stages.strip().splitlines(),
        *fields,
    ]
    return "\n".join(
        [
            "pair: deals",
            "hubspot: deals",
            "salesforce: Opportunity",
            "first_sync: salesforce",
            "match: [name]",
            *more.strip().splitlines(),
            "fields:",
            *(f"  {line}" for line in lines),
            "",
        ]
    )


MACHINES = """
pair: machines
hubspot: machines
salesforce: Machine__c
first_sync: hubspot
keys: {hubspot: sf_id, salesforce: Hub_Id__c}
match: [serial]
create: {salesforce: {when: record.serial != ""}, hubspot: {when: record.serial != ""}}
fields:
  serial:   serial <-> Serial__c
  place:    place <-> Place__c
  state:    {map: state <-> State__c, values: {running: Running, broken: Broken}}
  built_on: built_on <-> Built__c
"""

BOTH_WAYS = "create: {hubspot: {when: 'true'}, salesforce: {when: 'true'}}"
IN_RENEWALS = """
deal_stage:
  map: dealstage <-> StageName
  values: {Offer out: Prospecting, Renewed: Closed Won, Gone: Closed Lost}
"""


def part(world: World, side: Side, name: str) -> str:
    """Give the id of a record type or pipeline by the name people have for it."""
    shape = world.connect(side).describe("deals" if side is HUBSPOT else "Opportunity")
    return next(one.id for one in shape.divisions if one.name == name)


def add_deal(world: World, **values: Native) -> str:
    given: dict[str, Any] = {"dealname": "Big one", "dealstage": "qualifiedtobuy"}
    return world.add(HUBSPOT, "deals", **{**given, "pipeline": "default", **values})


def add_opportunity(world: World, **values: Native) -> str:
    given: dict[str, Any] = {
        "Name": "Big one",
        "StageName": "Prospecting",
        "CloseDate": "2026-12-31",
    }
    return world.add(SALESFORCE, "Opportunity", **{**given, **values})


def coupled(world: World, left: str, right: str) -> Couple:
    result = world.sync()
    assert result.error is None, result.error
    couple = Couple(
        world=world,
        ids={HUBSPOT: left, SALESFORCE: right},
        objects={HUBSPOT: "deals", SALESFORCE: "Opportunity"},
    )
    assert state_of(couple) is LinkState.OPEN
    return couple


def state_of(couple: Couple) -> LinkState:
    return couple.link.state


def couple_of(
    world: World,
    hubspot: Mapping[str, Native] | None = None,
    salesforce: Mapping[str, Native] | None = None,
) -> Couple:
    left, right = add_deal(world, **(hubspot or {})), add_opportunity(world, **(salesforce or {}))
    return coupled(world, left, right)


# --- deals --------------------------------------------------------------------------------------


def test_deal_edited_in_hubspot_is_edited_in_salesforce(world: World) -> None:
    world.use(deals())
    couple = couple_of(world)

    couple.edit(HUBSPOT, amount="1200.5", dealstage="contractsent")
    world.sync()

    on = couple.on(SALESFORCE)
    assert (on["Amount"], on["StageName"]) == ("1200.5", "Negotiation/Review")
    world.settles()


def test_opportunity_edited_in_salesforce_is_edited_in_hubspot(world: World) -> None:
    world.use(deals())
    couple = couple_of(world)

    couple.edit(SALESFORCE, Name="Bigger one", StageName="Closed Lost", CloseDate="2027-03-31")
    world.sync()

    on = couple.on(HUBSPOT)
    assert (on["dealname"], on["dealstage"]) == ("Bigger one", "closedlost")
    assert on["closedate"] == "2027-03-30T22:00:00.000Z", "the day begins in Berlin"
    world.settles()


def test_deal_edited_on_both_sides_gets_both_edits(world: World) -> None:
    world.use(deals())
    couple = couple_of(world)

    couple.edit(HUBSPOT, amount="10")
    couple.edit(SALESFORCE, StageName="Closed Won")
    world.sync()

    assert couple.on(SALESFORCE)["Amount"] == "10"
    assert couple.on(HUBSPOT)["dealstage"] == "closedwon"
    world.settles()


def test_new_deals_are_made_on_both_sides_and_carry_each_others_ids(world: World) -> None:
    world.use(deals(more=BOTH_WAYS))
    left = add_deal(world, dealname="From HubSpot", closedate="2026-12-31T10:00:00.000Z")
    right = add_opportunity(world, Name="From Salesforce", StageName="Closed Won", Amount="7")

    world.sync()

    made = world.all(HUBSPOT, "deals").keys() - {left}
    opportunities = world.all(SALESFORCE, "Opportunity")
    (other,) = opportunities.keys() - {right}
    assert opportunities[other]["CloseDate"] == "2026-12-31"
    assert opportunities[other]["HubSpot_Deal_Id__c"] == left
    deal = world.values(HUBSPOT, "deals", made.pop())
    assert (deal["dealname"], deal["dealstage"]) == ("From Salesforce", "closedwon")
    assert (deal["amount"], deal["salesforce_id"]) == ("7", right)
    world.settles()


def test_f18_time_of_day_and_zone_make_no_edit_of_a_closing_date(world: World) -> None:
    world.use(deals())
    couple = couple_of(
        world, {"closedate": "2026-12-30T23:00:00.000Z"}, {"CloseDate": "2026-12-31"}
    )
    assert world.carried() == []

    couple.edit(HUBSPOT, closedate="2026-12-31T17:30:00.000Z")
    world.sync()

    assert world.written() == []
    assert couple.on(SALESFORCE)["CloseDate"] == "2026-12-31"


def test_closing_date_picked_late_in_the_day_is_the_day_people_see(world: World) -> None:
    world.use(deals())
    couple = couple_of(world, salesforce={"CloseDate": "2026-12-31"})

    couple.edit(HUBSPOT, closedate="2027-01-14T23:30:00.000Z")
    world.sync()

    assert couple.on(SALESFORCE)["CloseDate"] == "2027-01-15"


def test_stage_without_a_line_is_held_and_nothing_else(world: World) -> None:
    world.use(deals())
    couple = couple_of(world)

    couple.edit(HUBSPOT, dealstage="presentationscheduled", amount="5")
    world.sync()

    (held,) = world.conflicts()
    assert held.field == "deal_stage"
    assert couple.on(SALESFORCE)["Amount"] == "5"
    assert couple.on(SALESFORCE)["StageName"] == "Prospecting"


# --- pipelines ----------------------------------------------------------------------------------

RENEWALS = "pipeline: Renewals\ncreate: {hubspot: {when: 'true'}, salesforce: {when: 'true'}}"


def test_deal_of_another_pipeline_is_left_out_and_counted_with_the_reason(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    left = add_deal(world)

    result = world.sync()

    assert world.all(SALESFORCE, "Opportunity") == {}
    assert result.count(HUBSPOT, "left_out") == 1
    with world.workshop() as workshop:
        known = workshop.store.records.get("deals", HUBSPOT, [RecordRef("deals", left)])
    assert [one.why for one in known.values()] == ["pipeline: Renewals"]
    world.settles()


def test_new_deal_goes_into_the_pipeline_with_a_stage_of_it(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    add_opportunity(world, StageName="Closed Won")

    world.sync()

    _, deal = world.only(HUBSPOT, "deals")
    assert (deal["pipeline"], deal["dealstage"]) == ("renewals", "7102")
    world.settles()


def test_r31_deal_moved_into_the_pipeline_is_made_across(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    left = add_deal(world, closedate="2026-12-31T10:00:00.000Z")
    world.sync()

    world.edit(HUBSPOT, "deals", left, pipeline="renewals", dealstage="7101")
    world.sync()

    _, opportunity = world.only(SALESFORCE, "Opportunity")
    assert (opportunity["StageName"], opportunity["HubSpot_Deal_Id__c"]) == ("Prospecting", left)
    world.settles()


def test_r20_deal_that_leaves_the_pipeline_travels_no_more_until_it_is_back(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    couple = couple_of(world, {"pipeline": "renewals", "dealstage": "7101"})

    couple.edit(HUBSPOT, pipeline="default", dealstage="closedwon", amount="99")
    world.sync()

    assert state_of(couple) is LinkState.OUTSIDE
    assert (couple.on(SALESFORCE)["Amount"], couple.on(SALESFORCE)["StageName"]) == (
        None,
        "Prospecting",
    )
    couple.edit(SALESFORCE, Name="Not for HubSpot")
    world.sync()
    assert couple.on(HUBSPOT)["dealname"] == "Big one"
    world.settles()

    couple.edit(HUBSPOT, pipeline="renewals", dealstage="7102")
    world.sync()

    assert state_of(couple) is LinkState.OPEN
    on = couple.on(SALESFORCE)
    assert (on["Amount"], on["StageName"]) == ("99", "Closed Won")
    assert couple.on(HUBSPOT)["dealname"] == "Not for HubSpot"
    world.settles()


def test_r20_deal_that_leaves_the_pipeline_is_unlinked_where_the_mapping_says_so(
    world: World,
) -> None:
    world.use(deals(more=f"{RENEWALS}\non_leave: unlink", stages=IN_RENEWALS))
    couple = couple_of(world, {"pipeline": "renewals", "dealstage": "7101"})

    couple.edit(HUBSPOT, pipeline="default", dealstage="closedwon")
    world.sync()

    assert state_of(couple) is LinkState.CLOSED
    assert len(world.all(SALESFORCE, "Opportunity")) == 1
    reasons = [entry.reason for entry in world.audit(couple.link)]
    assert "left by pipeline: Renewals; on_leave: unlink" in reasons
    world.settles()


def test_r31_pipeline_changed_in_the_mapping_moves_no_deal(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    couple = couple_of(world, {"pipeline": "renewals", "dealstage": "7101"})
    other = add_deal(world, dealname="Another", closedate="2026-12-31T10:00:00.000Z")
    world.sync()
    assert len(world.all(SALESFORCE, "Opportunity")) == 1

    world.use(deals(more=RENEWALS.replace("Renewals", "Sales Pipeline")))
    world.sync()

    assert couple.on(HUBSPOT)["pipeline"] == "renewals"
    assert state_of(couple) is LinkState.OUTSIDE
    made = world.all(SALESFORCE, "Opportunity")
    assert {one["HubSpot_Deal_Id__c"] for one in made.values()} == {couple.ids[HUBSPOT], other}
    world.settles()


def test_deal_of_another_pipeline_is_no_counterpart(world: World) -> None:
    world.use(deals(more="pipeline: renewals", stages=IN_RENEWALS))
    add_deal(world)
    add_opportunity(world)

    world.sync()

    assert world.link_count("deals") == 0
    assert world.written() == []


def test_r7_killed_after_creating_in_the_pipeline_makes_no_second_one(world: World) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    add_opportunity(world)
    world.kill(HUBSPOT)

    world.killed_sync()
    world.recover()
    world.sync()

    _, deal = world.only(HUBSPOT, "deals")
    assert (deal["pipeline"], deal["dealstage"]) == ("renewals", "7101")
    assert world.link_count("deals") == 1
    world.settles()


# --- record types -------------------------------------------------------------------------------

RENEWAL_TYPE = "record_type: Renewal\ncreate: {hubspot: {when: 'true'}, salesforce: {when: 'true'}}"


def test_only_opportunities_of_the_record_type_are_kept(world: World) -> None:
    world.use(deals(more=RENEWAL_TYPE))
    add_opportunity(world, RecordTypeId=part(world, SALESFORCE, "New_Business"))
    add_opportunity(world, Name="Again", RecordTypeId=part(world, SALESFORCE, "Renewal"))

    result = world.sync()

    _, deal = world.only(HUBSPOT, "deals")
    assert deal["dealname"] == "Again"
    assert result.count(SALESFORCE, "left_out") == 1
    world.settles()


def test_new_opportunity_gets_the_record_type(world: World) -> None:
    world.use(deals(more=RENEWAL_TYPE))
    add_deal(world, closedate="2026-12-31T10:00:00.000Z")

    world.sync()

    _, opportunity = world.only(SALESFORCE, "Opportunity")
    assert opportunity["RecordTypeId"] == part(world, SALESFORCE, "Renewal")
    world.settles()


def test_r20_opportunity_that_changes_its_record_type_leaves(world: World) -> None:
    world.use(deals(more=RENEWAL_TYPE))
    couple = couple_of(world, salesforce={"RecordTypeId": part(world, SALESFORCE, "Renewal")})

    couple.edit(SALESFORCE, RecordTypeId=part(world, SALESFORCE, "New_Business"), Amount="3")
    world.sync()

    assert state_of(couple) is LinkState.OUTSIDE
    assert couple.on(HUBSPOT)["amount"] is None
    world.settles()

    couple.edit(SALESFORCE, RecordTypeId=part(world, SALESFORCE, "Renewal"))
    world.sync()

    assert state_of(couple) is LinkState.OPEN
    assert couple.on(HUBSPOT)["amount"] == "3"


# --- custom objects -----------------------------------------------------------------------------


def test_custom_objects_need_nothing_but_a_mapping_file(world: World) -> None:
    world.use(MACHINES)
    left = world.add(HUBSPOT, "machines", serial="A1", place="Berlin", state="running")
    right = world.add(SALESFORCE, "Machine__c", Serial__c="B2", State__c="Broken")
    world.add(HUBSPOT, "machines", serial="C3", built_on="2020-05-01")
    world.add(SALESFORCE, "Machine__c", Serial__c="C3", Place__c="Graz")

    world.sync()

    machines = world.all(SALESFORCE, "Machine__c")
    made = next(one for one in machines.values() if one["Serial__c"] == "A1")
    assert (made["Place__c"], made["State__c"], made["Hub_Id__c"]) == ("Berlin", "Running", left)
    across = world.all(HUBSPOT, "machines")
    back = next(one for one in across.values() if one["serial"] == "B2")
    assert (back["state"], back["sf_id"]) == ("broken", right)
    linked = next(one for one in across.values() if one["serial"] == "C3")
    assert (linked["place"], linked["built_on"]) == ("Graz", "2020-05-01")
    assert (len(machines), len(across)) == (3, 3)
    world.settles()


def test_custom_object_edited_and_deleted(world: World) -> None:
    world.use(MACHINES)
    left = world.add(HUBSPOT, "machines", serial="A1", state="running")
    world.sync()
    right, _ = world.only(SALESFORCE, "Machine__c")

    world.edit(SALESFORCE, "Machine__c", right, State__c="Broken", Place__c="Wien")
    world.sync()
    edited = world.values(HUBSPOT, "machines", left)
    assert (edited["state"], edited["place"]) == ("broken", "Wien")

    world.remove(HUBSPOT, "machines", left)
    world.sync(full=True)

    assert world.link_count("machines", LinkState.CLOSED) == 1
    assert len(world.all(SALESFORCE, "Machine__c")) == 1
    world.settles()


def test_custom_objects_without_keys_are_created_once_though_the_answer_was_lost(
    world: World,
) -> None:
    world.use("\n".join(line for line in MACHINES.splitlines() if not line.startswith("keys:")))
    world.add(HUBSPOT, "machines", serial="A1", place="Berlin")
    world.fail_write(SALESFORCE, Fault.NO_ANSWER_AFTER)

    world.sync()
    world.recover()
    world.sync()

    world.only(SALESFORCE, "Machine__c")
    assert world.link_count("machines") == 1
    world.settles()


# --- what is not there --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "finding"),
    [
        (
            deals(more="pipeline: Renewal", stages=IN_RENEWALS),
            (
                "deals.yaml:6:11: pipeline: HubSpot's deals has no pipeline 'Renewal'; did you "
                "mean 'Renewals'?"
            ),
        ),
        (
            deals(more="record_type: New_Busines"),
            (
                "deals.yaml:6:14: record_type: Salesforce's Opportunity has no record type "
                "'New_Busines'; did you mean 'New_Business'?"
            ),
        ),
        (
            MACHINES.replace("first_sync", "pipeline: Any\nfirst_sync"),
            (
                "machines.yaml:5:11: pipeline: HubSpot's machines has no pipelines this user can "
                "see; leave 'pipeline' out"
            ),
        ),
        (
            deals(more="pipeline: Renewals"),
            (
                "deals.yaml:14:7: fields.deal_stage.values.Qualified To Buy: 'Qualified To Buy' is "
                "not in the picklist deals.dealstage of HubSpot"
            ),
        ),
    ],
    ids=["pipeline", "record type", "no pipelines", "stage of another pipeline"],
)
def test_part_that_is_not_there_is_found_with_its_place(
    world: World, mapping: str, finding: str
) -> None:
    world.use(mapping)

    result = world.sync()

    assert isinstance(result.error, ConfigError)
    assert result.exit == 2
    assert finding in str(result.error)


def test_object_that_is_not_there_is_found_with_the_nearest_name(world: World) -> None:
    world.use(MACHINES.replace("Machine__c", "Machin__c"))

    result = world.sync()

    assert isinstance(result.error, MappingErrors)
    assert (
        "machines.yaml:4:13: salesforce: Salesforce shows no object 'Machin__c' to this user; did "
        "you mean 'Machine__c'?"
    ) in str(result.error)


# --- what happens in between ---------------------------------------------------------------------


def test_deal_that_leaves_between_reading_and_writing_settles_once_it_is_back(
    world: World,
) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    couple = couple_of(world, {"pipeline": "renewals", "dealstage": "7101"})
    couple.edit(SALESFORCE, StageName="Closed Won")
    world.before_write(
        HUBSPOT, lambda: couple.edit(HUBSPOT, pipeline="default", dealstage="contractsent")
    )

    world.sync()
    world.sync()
    # Whether HubSpot takes a stage of another pipeline for a move there is a setting.
    is_back = couple.on(HUBSPOT)["pipeline"] == "renewals"
    assert state_of(couple) is (LinkState.OPEN if is_back else LinkState.OUTSIDE)
    assert couple.on(SALESFORCE)["StageName"] == "Closed Won"

    couple.edit(HUBSPOT, pipeline="renewals", dealstage="7103")
    world.sync()
    assert state_of(couple) is LinkState.OPEN
    world.settles()


def test_one_refused_deal_of_a_batch_stops_no_other(world: World) -> None:
    world.use(deals(more=BOTH_WAYS))
    world.forbid("Opportunity", "Name", "Bad")
    for name in ("Good", "Bad", "Better"):
        add_deal(world, dealname=name, closedate="2026-12-31T10:00:00.000Z")

    world.sync()

    names = {one["Name"] for one in world.all(SALESFORCE, "Opportunity").values()}
    assert names == {"Good", "Better"}
    assert len(world.errors()) == 1

    world.allow()
    (bad,) = (id for id, one in world.all(HUBSPOT, "deals").items() if one["dealname"] == "Bad")
    world.edit(HUBSPOT, "deals", bad, amount="1")
    world.sync()
    assert len(world.all(SALESFORCE, "Opportunity")) == 3
    assert list(world.errors()) == []
    world.settles()


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.DOWN])
def test_r27_deals_wait_for_a_crm_that_does_not_answer(world: World, fault: Fault) -> None:
    world.use(deals(more=RENEWALS, stages=IN_RENEWALS))
    add_opportunity(world)
    world.fail(HUBSPOT, fault)

    assert world.sync().exit == 3
    world.recover()
    world.sync()

    _, deal = world.only(HUBSPOT, "deals")
    assert deal["pipeline"] == "renewals"
    world.settles()


def test_r20_pipeline_added_to_the_mapping_lets_the_others_leave_and_taken_out_brings_them_back(
    world: World,
) -> None:
    every = """
    deal_stage:
      map: dealstage <-> StageName
      values: {qualifiedtobuy: Prospecting, Renewed: Closed Won, Closed Lost: Closed Lost}
    """
    every = dedent(every)
    world.use(deals(stages=every))
    sale = couple_of(world)
    left = add_deal(world, dealname="Again", pipeline="renewals", dealstage="7102")
    right = add_opportunity(world, Name="Again", StageName="Closed Won")
    renewal = coupled(world, left, right)

    only = every.replace("qualifiedtobuy: Prospecting, ", "").replace(
        ", Closed Lost: Closed Lost", ""
    )
    world.use(deals(stages=only, more="pipeline: Renewals"))
    world.sync()
    assert (state_of(sale), state_of(renewal)) == (LinkState.OUTSIDE, LinkState.OPEN)
    assert world.written() == []
    sale.edit(HUBSPOT, amount="77")
    renewal.edit(HUBSPOT, amount="88")
    world.sync()
    assert (sale.on(SALESFORCE)["Amount"], renewal.on(SALESFORCE)["Amount"]) == (None, "88")
    world.settles()

    world.use(deals(stages=every))
    world.sync()
    assert (state_of(sale), state_of(renewal)) == (LinkState.OPEN, LinkState.OPEN)
    assert sale.on(SALESFORCE)["Amount"] == "77"
    world.settles()
