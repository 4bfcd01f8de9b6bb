"""Scenarios with the state on PostgreSQL: of each kind of command and of each family of tables one.

`REVLOOP_TEST_STATE=postgresql make test ARGS=tests/scenario` keeps the state of all of them there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.postgres import is_asked_for
from tests.scenario import (
    test_adopt,
    test_changed_mapping,
    test_conversion,
    test_cut_off_creates,
    test_fields,
    test_lifecycle,
    test_merges,
    test_outcomes,
    test_people,
    test_records,
    test_references,
    test_resolving,
    test_routing,
    test_runs,
    test_stage_events,
    test_undo,
    test_verify,
)
from tests.scenario.world import HUBSPOT as LEFT
from tests.scenario.world import SALESFORCE as RIGHT
from tests.scenario.world import World

Scenario = Callable[[World], None]

CHOSEN: tuple[Scenario, ...] = (
    test_records.test_r1_new_record_in_salesforce_is_created_in_hubspot,
    test_records.test_r3_several_matches_are_held,
    partial(
        test_records.test_r9_r10_deletion_closes_the_link_and_keeps_the_other_record, side=RIGHT
    ),
    test_fields.test_f8_edit_that_was_surely_later_wins,
    partial(test_references.test_r23_company_made_in_the_same_run_is_named_in_that_run, side=RIGHT),
    test_people.test_r25_records_that_waited_follow_once_the_counterpart_is_there,
    partial(
        test_merges.test_r14_r16_link_moves_to_the_survivor_and_both_keep_each_others_ids, side=LEFT
    ),
    test_conversion.test_r17_link_moves_to_the_contact_and_the_lead_is_never_written_again,
    test_changed_mapping.test_f19_backfill_goes_on_where_a_limit_cut_it_off,
    partial(test_runs.test_r27_killed_update_is_finished_by_the_next_run, side=LEFT),
    test_runs.test_r29_approved_plan_leaves_out_and_names_what_has_moved,
    test_cut_off_creates.test_edit_of_the_record_it_was_made_from_travels,
    test_lifecycle.test_l1_stage_that_moves_forward_on_one_side_moves_on_the_other,
    test_stage_events.test_run_that_was_killed_leaves_no_event_out_and_none_twice,
    test_outcomes.test_outcomes_of_several_opportunities_add_up,
    test_routing.test_people_are_handed_over_in_turns_that_go_on_from_run_to_run,
    partial(
        test_resolving.test_run_killed_between_the_two_sides_is_finished_by_the_next, side=LEFT
    ),
    test_undo.test_undo_is_undone_and_both_sides_are_as_after_the_run,
    partial(test_undo.test_undo_killed_as_it_writes_is_no_edit_to_the_next_sync, before=False),
    test_verify.test_check_that_was_stopped_goes_on_and_counts_nothing_twice,
    test_adopt.test_r32_lost_state_is_adopted_and_the_next_sync_writes_nothing,
)


def _name(one: Scenario) -> str:
    function = one.func if isinstance(one, partial) else one
    return str(getattr(function, "__name__", function)).removeprefix("test_")


@pytest.mark.skipif(is_asked_for(), reason="all scenarios keep their state on PostgreSQL")
@pytest.mark.parametrize("scenario", CHOSEN, ids=_name)
@pytest.mark.parametrize("world", ["sandbox on PostgreSQL"], indirect=True)
def test_scenario_holds_with_the_state_on_postgresql(world: World, scenario: Scenario) -> None:
    scenario(world)
