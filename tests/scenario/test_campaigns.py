"""HubSpot campaigns and Salesforce Campaigns kept one, through the real connectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import mappings
from cli import cli
from connectors.hubspot.campaign_money import OWN_ITEM
from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from sync.state import open_store
from tests.contract.sandboxes import StandingClock, serving
from tests.scenario.backends import Fault, Served
from tests.scenario.campaign_world import (
    CAMPAIGN,
    CAMPAIGNS,
    SEED,
    CampaignBackend,
    campaigns,
    start_over,
)
from tests.scenario.opening import opened
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

STARTS = "starts: {map: hs_start_date <-> StartDate, type: date}"
NOTES = "notes: hs_notes <-> Description"
BUDGET = "budget: {map: budget -> BudgetedCost, type: money}"
COST = "cost: {map: spend <- ActualCost, type: money}"
BOTH_WAYS = 'create: {salesforce: {when: "true"}, hubspot: {when: "true"}}'
TO_SALESFORCE = 'create: {salesforce: {when: "true"}}'

#: Longer than a run goes without comparing everything.
LONG = timedelta(hours=25)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("state") / "revloop.db"
    open_store(f"sqlite:///{state}").close()
    with serving(SEED) as sandbox:
        yield Served(sandbox, state.read_bytes())


@pytest.fixture
def backend(served: Served) -> Iterator[CampaignBackend]:
    assert isinstance(served.sandbox.clock, StandingClock)
    served.sandbox.clock.restart()
    start_over(served)
    backend = CampaignBackend(served)
    usual = served.sandbox.hubspot.switches
    served.sandbox.hubspot.switches = type(usual)()
    yield backend
    served.sandbox.hubspot.switches = usual


@pytest.fixture
def world(
    backend: CampaignBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    clock = backend.sandbox.clock
    assert isinstance(clock, StandingClock)
    with opened(backend, tmp_path, clock, monkeypatch) as world:
        yield world


@pytest.fixture
def command(
    world: World, backend: CampaignBackend, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """Give a way to type commands in the project's folder; exit code and output come back."""

    def type_in(*words: str) -> tuple[int, str]:
        runner = CliRunner(env=backend.environment())
        result = runner.invoke(cli, [*words, "--project", str(tmp_path)])
        return result.exit_code, result.output

    return type_in


def goes_well(world: World, **options: object) -> None:
    """Run, and show that nothing stopped it and that the next run writes nothing."""
    result = world.sync(**options)
    assert result.error is None, result.error
    settles(world)


def settles(world: World) -> None:
    result = world.sync()
    assert result.error is None, result.error
    assert world.written() == [], "a run with no edits wrote"


def pair_up(world: World, **values: str) -> tuple[str, str]:
    """Add a campaign to both sides, let a run link them, and give both ids."""
    left = world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair", **values)
    right = world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    goes_well(world)
    assert world.link_count("campaigns") == 1
    return left, right


# --- made, linked, edited ------------------------------------------------------------------------


def test_r1_new_campaign_in_hubspot_is_made_in_salesforce_with_its_id(world: World) -> None:
    world.use(campaigns(STARTS, more=TO_SALESFORCE))
    id = world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair", hs_start_date="2026-03-02")

    goes_well(world)

    _, made = world.only(SALESFORCE, CAMPAIGN)
    assert (made["Name"], made["StartDate"]) == ("Fair", "2026-03-02")
    assert made["HubSpot_Campaign_Id__c"] == id


def test_r1_new_campaign_in_salesforce_is_made_in_hubspot_and_keeps_its_id(world: World) -> None:
    world.use(campaigns(STARTS, more=BOTH_WAYS))
    id = world.add(SALESFORCE, CAMPAIGN, Name="Fair", StartDate="2026-03-02")

    goes_well(world)

    made, values = world.only(HUBSPOT, CAMPAIGNS)
    assert (values["hs_name"], values["hs_start_date"]) == ("Fair", "2026-03-02")
    assert world.values(SALESFORCE, CAMPAIGN, id)["HubSpot_Campaign_Id__c"] == made


def test_r1_side_without_a_rule_gets_no_campaign(world: World) -> None:
    world.use(campaigns(more=TO_SALESFORCE))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")

    goes_well(world)

    assert world.all(HUBSPOT, CAMPAIGNS) == {}


def test_r2_campaigns_of_one_name_are_linked_and_filled_from_each_other(world: World) -> None:
    world.use(campaigns(STARTS, NOTES, more=BOTH_WAYS))
    left = world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair", hs_start_date="2026-03-02")
    right = world.add(SALESFORCE, CAMPAIGN, Name=" fair", Description="Hall 4")

    goes_well(world)

    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == "Hall 4"
    linked = world.values(SALESFORCE, CAMPAIGN, right)
    assert (linked["Name"], linked["StartDate"]) == ("Fair", "2026-03-02")
    assert linked["HubSpot_Campaign_Id__c"] == left


def test_f2_f3_edits_travel_each_way(world: World) -> None:
    world.use(campaigns(STARTS, NOTES))
    left, right = pair_up(world, hs_start_date="2026-03-02")

    world.edit(HUBSPOT, CAMPAIGNS, left, hs_start_date="2026-03-09")
    world.edit(SALESFORCE, CAMPAIGN, right, Description="Hall 4", Name="Spring fair")
    goes_well(world)

    assert world.values(SALESFORCE, CAMPAIGN, right)["StartDate"] == "2026-03-09"
    now = world.values(HUBSPOT, CAMPAIGNS, left)
    assert (now["hs_notes"], now["hs_name"]) == ("Hall 4", "Spring fair")


@pytest.mark.parametrize(
    ("switch", "value"),
    [("campaign_names_are_unique", True), ("campaign_status_is_checked", False)],
)
def test_campaigns_travel_under_each_setting(
    world: World, backend: CampaignBackend, switch: str, value: object
) -> None:
    setattr(backend.sandbox.hubspot.switches, switch, value)
    world.use(campaigns(STARTS, NOTES, more='create: {salesforce: {when: "true"}}'))
    left, right = pair_up(world, hs_start_date="2026-03-02")

    world.add(HUBSPOT, CAMPAIGNS, hs_name="Autumn fair")
    world.edit(HUBSPOT, CAMPAIGNS, left, hs_start_date="2026-03-09")
    world.edit(SALESFORCE, CAMPAIGN, right, Description="Hall 4")
    goes_well(world)

    assert world.values(SALESFORCE, CAMPAIGN, right)["StartDate"] == "2026-03-09"
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == "Hall 4"
    assert world.link_count("campaigns") == 2


@pytest.mark.parametrize("wins", ["hubspot", "salesforce"])
def test_f7_edited_on_both_sides_the_named_one_wins(world: World, wins: str) -> None:
    world.use(campaigns(f"notes: {{map: hs_notes <-> Description, wins: {wins}}}"))
    left, right = pair_up(world)
    world.edit(HUBSPOT, CAMPAIGNS, left, hs_notes="ours")
    world.edit(SALESFORCE, CAMPAIGN, right, Description="theirs")

    goes_well(world)

    winner = "ours" if wins == "hubspot" else "theirs"
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == winner
    assert world.values(SALESFORCE, CAMPAIGN, right)["Description"] == winner


def test_f8_without_a_history_no_edit_of_two_is_known_to_be_the_later(world: World) -> None:
    world.use(campaigns(NOTES))
    left, right = pair_up(world)
    world.edit(HUBSPOT, CAMPAIGNS, left, hs_notes="earlier")
    world.pass_time(timedelta(minutes=5))
    world.edit(SALESFORCE, CAMPAIGN, right, Description="later")

    world.sync()

    (held,) = world.conflicts()
    assert (held.field, held.kind) == ("notes", ConflictKind.FIELD)
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == "earlier"
    assert world.values(SALESFORCE, CAMPAIGN, right)["Description"] == "later"


def test_f10_emptied_value_stays_where_it_was_emptied(world: World) -> None:
    world.use(campaigns(STARTS))
    left, right = pair_up(world, hs_start_date="2026-03-02")

    world.edit(SALESFORCE, CAMPAIGN, right, StartDate=None)
    goes_well(world)

    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_start_date"] == "2026-03-02"


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f11_emptied_value_empties_the_other_side_where_blanks_clear(
    world: World, side: Side
) -> None:
    world.use(campaigns("starts: {map: hs_start_date <-> StartDate, type: date, blank: clear}"))
    left, right = pair_up(world, hs_start_date="2026-03-02")

    if side is HUBSPOT:
        world.edit(HUBSPOT, CAMPAIGNS, left, hs_start_date="")
    else:
        world.edit(SALESFORCE, CAMPAIGN, right, StartDate=None)
    goes_well(world)

    assert not world.values(HUBSPOT, CAMPAIGNS, left).get("hs_start_date")
    assert world.values(SALESFORCE, CAMPAIGN, right).get("StartDate") is None


def test_f15_state_hubspot_does_not_know_is_not_sent_and_all_else_is(world: World) -> None:
    world.use(campaigns("status: hs_campaign_status <- Status", NOTES))
    left, right = pair_up(world)

    world.edit(SALESFORCE, CAMPAIGN, right, Status="Aborted", Description="Hall 4")
    goes_well(world)

    (error,) = world.errors()
    assert error.field == "status"
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == "Hall 4"


# --- what it costs --------------------------------------------------------------------------------


def spend_items(backend: CampaignBackend, id: str) -> list[tuple[str, float]]:
    """Give name and amount of the items of a campaign's spend."""
    campaign = backend.sandbox.hubspot.campaigns.find(id)
    assert campaign is not None
    return [(one.name, float(one.amount)) for one in campaign.spend.values()]


def test_budget_and_cost_travel_in_their_directions(world: World, backend: CampaignBackend) -> None:
    world.use(campaigns(BUDGET, COST))
    left, right = pair_up(world, budget="12000")
    assert world.values(SALESFORCE, CAMPAIGN, right)["BudgetedCost"] == "12000.0"

    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="11350")
    goes_well(world)

    assert spend_items(backend, left) == [(OWN_ITEM, 11350)]


def test_changed_cost_changes_our_item_and_no_other(world: World, backend: CampaignBackend) -> None:
    world.use(campaigns(COST))
    left, right = pair_up(world, spend="400")
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="1000")
    goes_well(world)
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="1500")
    goes_well(world)

    assert spend_items(backend, left) == [("Stand", 400), (OWN_ITEM, 1100)]


def test_cost_smaller_than_peoples_items_is_an_error_that_says_so(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST, NOTES))
    left, right = pair_up(world, spend="400")
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="300", Description="Hall 4")
    goes_well(world)

    (error,) = world.errors()
    assert (error.field, error.code) == ("cost", "OTHER_ITEMS")
    assert spend_items(backend, left) == [("Stand", 400)]
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_notes"] == "Hall 4"

    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="500")
    goes_well(world)
    assert world.errors() == []
    assert spend_items(backend, left) == [("Stand", 400), (OWN_ITEM, 100)]


def test_new_campaign_is_made_with_its_cost_in_one_run(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST, more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair", ActualCost="250")

    goes_well(world)

    made, _ = world.only(HUBSPOT, CAMPAIGNS)
    assert spend_items(backend, made) == [(OWN_ITEM, 250)]


def test_cost_of_a_campaign_made_by_a_run_that_was_killed_is_not_forgotten(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST, more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair", ActualCost="250")
    world.kill(HUBSPOT)
    world.killed_sync()

    goes_well(world)

    made, _ = world.only(HUBSPOT, CAMPAIGNS)
    assert spend_items(backend, made) == [(OWN_ITEM, 250)]


def test_cost_whose_answer_is_lost_is_entered_once(world: World, backend: CampaignBackend) -> None:
    world.use(campaigns(COST))
    left, right = pair_up(world)
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="250")
    backend.lose_answers_to("POST", "/spend")

    goes_well(world)

    assert spend_items(backend, left) == [(OWN_ITEM, 250)]


def test_cost_written_by_a_run_that_was_killed_is_entered_once(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST))
    left, right = pair_up(world)
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="250")
    world.kill(HUBSPOT)
    world.killed_sync()

    goes_well(world)

    assert spend_items(backend, left) == [(OWN_ITEM, 250)]


def test_i7_plan_shows_the_cost_of_a_new_campaign_and_carries_it_out(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST, more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair", ActualCost="250")

    planned = world.plan()
    world.approve()
    result = world.sync()

    kinds = [operation["kind"] for operation in planned]
    assert kinds == ["create", "associate"]
    assert (result.exit, result.moved) == (0, ())
    made, _ = world.only(HUBSPOT, CAMPAIGNS)
    assert spend_items(backend, made) == [(OWN_ITEM, 250)]


def test_f4_cost_that_people_change_in_hubspot_stays_as_they_left_it(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(COST))
    left, right = pair_up(world)
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="250")
    goes_well(world)

    world.edit(HUBSPOT, CAMPAIGNS, left, spend="900")
    goes_well(world)

    assert spend_items(backend, left) == [("Stand", 900)]
    assert world.values(SALESFORCE, CAMPAIGN, right)["ActualCost"] == "250.0"


def test_budget_that_moves_no_stamp_is_seen_by_the_next_run(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(BUDGET))
    left, right = pair_up(world, budget="100")
    world.pass_time(timedelta(hours=3))

    backend.enter_unstamped(left, "200")
    goes_well(world)

    assert world.values(SALESFORCE, CAMPAIGN, right)["BudgetedCost"] == "200.0"


def test_budget_that_moves_no_stamp_is_seen_beyond_a_page_by_the_full_comparison(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(BUDGET, more=TO_SALESFORCE))
    ids = [world.add(HUBSPOT, CAMPAIGNS, hs_name=f"Fair {n}") for n in range(105)]
    goes_well(world)
    backend.enter_unstamped(ids[0], "200")

    world.pass_time(LONG)
    goes_well(world)

    budgets = [one.get("BudgetedCost") for one in world.all(SALESFORCE, CAMPAIGN).values()]
    assert budgets.count("200.0") == 1


# --- several of one name -------------------------------------------------------------------------


def test_r3_name_that_two_have_is_held(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair")
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.add(SALESFORCE, CAMPAIGN, Name="FAIR")

    goes_well(world)

    assert world.link_count("campaigns") == 0
    assert [held.kind for held in world.conflicts()] == [ConflictKind.DUPLICATE]
    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1


def test_r5_two_new_ones_of_one_name_make_one(world: World) -> None:
    world.use(campaigns(more=TO_SALESFORCE))
    first = world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair")
    world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair")

    goes_well(world)

    _, made = world.only(SALESFORCE, CAMPAIGN)
    assert made["HubSpot_Campaign_Id__c"] == first
    assert len(world.conflicts()) == 1


def test_r8_name_hubspot_says_is_taken_links_the_one_that_has_it(
    world: World, backend: CampaignBackend
) -> None:
    backend.sandbox.hubspot.switches.campaign_names_are_unique = True
    world.use(campaigns(more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.before_write(HUBSPOT, lambda: world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair"))

    goes_well(world)

    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1
    assert world.link_count("campaigns") == 1
    assert world.errors() == []


# --- gone ----------------------------------------------------------------------------------------


def test_r9_campaign_deleted_in_hubspot_is_unlinked_and_not_made_again(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    left, right = pair_up(world)
    world.add(HUBSPOT, CAMPAIGNS, hs_name="Another")

    world.remove(HUBSPOT, CAMPAIGNS, left)
    world.pass_time(LONG)
    goes_well(world)

    assert world.links_of(right)[-1].state is LinkState.CLOSED
    assert right in world.all(SALESFORCE, CAMPAIGN)
    assert left not in world.all(HUBSPOT, CAMPAIGNS)
    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1


def test_r9_last_campaign_that_vanishes_may_be_a_fault_and_its_link_sleeps(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    left, right = pair_up(world)

    world.remove(HUBSPOT, CAMPAIGNS, left)
    world.pass_time(LONG)
    goes_well(world)

    assert world.links_of(right)[-1].state is LinkState.ASLEEP
    assert world.all(HUBSPOT, CAMPAIGNS) == {}


def test_r9_r10_deletions_are_followed_where_the_mapping_says_so(world: World) -> None:
    world.use(campaigns(more="delete: archive"))
    left, right = pair_up(world)
    other_left = world.add(HUBSPOT, CAMPAIGNS, hs_name="Other")
    other_right = world.add(SALESFORCE, CAMPAIGN, Name="Other")
    world.add(HUBSPOT, CAMPAIGNS, hs_name="Third")
    goes_well(world)

    world.remove(HUBSPOT, CAMPAIGNS, left)
    world.remove(SALESFORCE, CAMPAIGN, other_right)
    world.pass_time(LONG)
    goes_well(world)

    assert right not in world.all(SALESFORCE, CAMPAIGN)
    assert other_left not in world.all(HUBSPOT, CAMPAIGNS)


def test_r10_campaign_deleted_in_salesforce_is_unlinked_and_kept_in_hubspot(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    left, right = pair_up(world)

    world.remove(SALESFORCE, CAMPAIGN, right)
    goes_well(world)

    assert world.links_of(left)[-1].state is LinkState.CLOSED
    assert left in world.all(HUBSPOT, CAMPAIGNS)
    assert world.all(SALESFORCE, CAMPAIGN) == {}


# --- crashes, faults and limits ------------------------------------------------------------------


def test_r7_campaign_made_by_a_run_that_was_killed_is_found_and_not_made_twice(
    world: World,
) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    id = world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.kill(HUBSPOT)
    world.killed_sync()
    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1

    goes_well(world)

    made, _ = world.only(HUBSPOT, CAMPAIGNS)
    assert world.values(SALESFORCE, CAMPAIGN, id)["HubSpot_Campaign_Id__c"] == made
    assert world.link_count("campaigns") == 1


def test_r7_campaign_whose_create_was_never_answered_is_looked_for(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.fail_write(HUBSPOT, Fault.NO_ANSWER_AFTER)

    assert world.sync().exit == 3
    goes_well(world)

    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1
    assert world.link_count("campaigns") == 1


def test_r7_campaign_that_was_not_made_before_the_end_is_made_by_the_next_run(
    world: World,
) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.kill(HUBSPOT, before=True)
    world.killed_sync()

    goes_well(world)

    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1


def test_r26_half_a_batch_refused_leaves_the_others_done(world: World) -> None:
    world.use(campaigns(STARTS, more=BOTH_WAYS))
    for number in range(4):
        world.add(SALESFORCE, CAMPAIGN, Name=f"Fair {number}")
    goes_well(world)
    for number, id in enumerate(world.all(SALESFORCE, CAMPAIGN)):
        world.edit(SALESFORCE, CAMPAIGN, id, Name=f"Spring {number}")
    gone = next(iter(world.all(HUBSPOT, CAMPAIGNS)))
    world.before_write(HUBSPOT, lambda: world.remove(HUBSPOT, CAMPAIGNS, gone))

    world.sync()

    names = {one["hs_name"] for one in world.all(HUBSPOT, CAMPAIGNS).values()}
    assert len(names) == 3
    assert all(name is not None and name.startswith("Spring") for name in names)
    assert world.errors() == [], "the one refused is gone, and its link with it"
    assert world.link_count("campaigns") == 3


def test_r27_limits_are_waited_out(world: World) -> None:
    world.use(campaigns(more=BOTH_WAYS))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.fail_write(HUBSPOT, Fault.TOO_MANY)

    goes_well(world)

    assert len(world.all(HUBSPOT, CAMPAIGNS)) == 1


# --- many ----------------------------------------------------------------------------------------


def test_more_than_a_page_of_campaigns_are_made_and_old_ones_are_followed(world: World) -> None:
    world.use(campaigns(NOTES, more=TO_SALESFORCE))
    ids = [world.add(HUBSPOT, CAMPAIGNS, hs_name=f"Fair {number}") for number in range(130)]
    goes_well(world)
    assert len(world.all(SALESFORCE, CAMPAIGN)) == 130

    world.pass_time(timedelta(hours=2))
    for id in (ids[0], ids[70], ids[129]):
        world.edit(HUBSPOT, CAMPAIGNS, id, hs_notes="late")
    goes_well(world)

    notes = [one.get("Description") for one in world.all(SALESFORCE, CAMPAIGN).values()]
    assert notes.count("late") == 3


def test_run_with_no_change_asks_hubspot_once_however_many_there_are(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(more=TO_SALESFORCE))
    for number in range(130):
        world.add(HUBSPOT, CAMPAIGNS, hs_name=f"Fair {number}")
    goes_well(world)
    world.pass_time(timedelta(minutes=30))
    world.sync()
    backend.sandbox.hubspot_traffic.reset()

    world.pass_time(timedelta(minutes=5))
    world.sync()

    assert backend.sandbox.hubspot_traffic.total() == 1


# --- accounts without campaigns ------------------------------------------------------------------


def test_account_without_marketing_hub_does_without_and_the_others_go_on(
    world: World, backend: CampaignBackend
) -> None:
    backend.sandbox.hubspot.switches.marketing_hub = False
    world.use(campaigns(more=BOTH_WAYS), people(more='create: {salesforce: {when: "true"}}'))
    world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")

    result = world.sync()

    assert (result.exit, result.error) == (0, None)
    assert "subscription" in result.document["without"]["campaigns"]
    assert list(result.document["pairs"]) == ["contacts"]
    assert len(world.all(SALESFORCE, "Contact")) == 1


def test_account_that_loses_marketing_hub_between_two_runs_does_without(
    world: World, backend: CampaignBackend
) -> None:
    world.use(campaigns(more=BOTH_WAYS), people(more='create: {salesforce: {when: "true"}}'))
    left, right = pair_up(world)
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    backend.sandbox.hubspot.switches.marketing_hub = False

    result = world.sync()
    assert (result.exit, list(result.document["without"])) == (0, ["campaigns"])
    assert len(world.all(SALESFORCE, "Contact")) == 1

    backend.sandbox.hubspot.switches.marketing_hub = True
    world.edit(SALESFORCE, CAMPAIGN, right, Name="Spring fair")
    goes_well(world)
    assert world.values(HUBSPOT, CAMPAIGNS, left)["hs_name"] == "Spring fair"


DEALS = """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
match: [name]
create: {hubspot: {when: "true"}}
fields:
  name: dealname <-> Name
  stands:
    map: dealstage <- StageName
    values: {appointmentscheduled: Prospecting}
  campaign: {map: description <- CampaignId, pair: campaigns}
"""


def test_r23_reference_to_a_campaign_waits_until_the_account_has_campaigns(
    world: World, backend: CampaignBackend
) -> None:
    hubspot = backend.sandbox.hubspot
    hubspot.switches.marketing_hub = False
    world.use(campaigns(more=BOTH_WAYS), DEALS)
    campaign = world.add(SALESFORCE, CAMPAIGN, Name="Fair")
    backend.sandbox.add(
        "salesforce",
        "Opportunity",
        {
            "Name": "Big",
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
            "CampaignId": campaign,
        },
        by="person",
    )
    goes_well(world)
    (deal,) = hubspot.ids("deals")
    assert not (hubspot.get("deals", deal) or {}).get("description")

    hubspot.switches.marketing_hub = True
    goes_well(world)

    made, _ = world.only(HUBSPOT, CAMPAIGNS)
    assert (hubspot.get("deals", deal) or {}).get("description") == made


def test_commands_say_that_an_account_has_no_campaigns_and_end_well(
    world: World, backend: CampaignBackend, command: Callable[..., tuple[int, str]]
) -> None:
    backend.sandbox.hubspot.switches.marketing_hub = False
    world.use(campaigns(more=BOTH_WAYS), people())

    doctor = command("doctor")
    check = command("mappings", "check", "--live")
    plan = command("plan")
    sync = command("sync")

    assert [code for code, _ in (doctor, check, plan, sync)] == [0, 0, 0, 0]
    assert "runs do without this pair" in " ".join(doctor[1].split())
    assert "campaigns: runs do without this pair" in check[1]
    assert "campaigns is left out" in plan[1]
    assert "campaigns was left out of this run" in sync[1]


def test_doctor_names_the_scopes_campaigns_need(
    world: World, command: Callable[..., tuple[int, str]]
) -> None:
    world.use(campaigns(more=BOTH_WAYS))

    code, told = command("doctor")

    assert code == 0
    assert "marketing.campaigns.write" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cost: hs_spend_items_sum_amount <- ActualCost", "is read-only"),
        ("aim: hs_goall -> Type", "did you mean 'hs_goal'"),
        ("day: {map: hs_start_dat <-> StartDate, type: date}", "did you mean 'hs_start_date'"),
    ],
)
def test_lines_hubspot_cannot_follow_are_found_before_a_run(
    world: World, command: Callable[..., tuple[int, str]], line: str, words: str
) -> None:
    world.use(campaigns(line))

    code, told = command("mappings", "check", "--live")

    assert code == 2
    assert words in told


def test_amount_without_its_currency_is_found_where_both_keep_several(
    world: World, backend: CampaignBackend, command: Callable[..., tuple[int, str]]
) -> None:
    account, switches = backend.sandbox.hubspot.account, backend.sandbox.salesforce.switches
    backend.sandbox.hubspot.account = replace(account, more_currencies=("USD",))
    switches.multi_currency = True
    try:
        world.use(campaigns(COST))
        without = command("mappings", "check", "--live")
        world.use(campaigns(COST, "currency: hs_currency_code <- CurrencyIsoCode"))
        beside = command("mappings", "check", "--live")
    finally:
        backend.sandbox.hubspot.account, switches.multi_currency = account, False

    assert without[0] == 2
    assert "add a line: 'currency: hs_currency_code <- CurrencyIsoCode'" in without[1]
    assert beside[0] == 0


def test_starter_needs_nothing_but_to_be_there(
    world: World, backend: CampaignBackend, command: Callable[..., tuple[int, str]]
) -> None:
    starter = Path(mappings.__file__).parent / "starter" / "campaigns.yaml"
    # Its members are people.
    world.use(starter.read_text(encoding="utf-8"), people("city: city <-> MailingCity"))
    left = world.add(HUBSPOT, CAMPAIGNS, hs_name="Fair", hs_start_date="2026-03-02", budget="12000")

    assert command("mappings", "check", "--live")[0] == 0
    goes_well(world)
    (right,) = world.all(SALESFORCE, CAMPAIGN)
    world.edit(SALESFORCE, CAMPAIGN, right, ActualCost="11350")
    goes_well(world)

    made = world.values(SALESFORCE, CAMPAIGN, right)
    assert (made["Name"], made["StartDate"]) == ("Fair", "2026-03-02")
    assert made["BudgetedCost"] == "12000.0"
    assert spend_items(backend, left) == [(OWN_ITEM, 11350)]
