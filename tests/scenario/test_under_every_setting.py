"""The engine where the CRMs' documentation is silent: scenarios under every setting of a switch.

docs/sandbox.md numbers the switches. Those the product cannot meet are named here with the reason,
so that a new switch has to be put on one of the two lists.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from sandbox.hubspot.switches import Switches as HubSpotSwitches
from sandbox.salesforce.switches import Switches as SalesforceSwitches
from tests.scenario import (
    test_contact_roles,
    test_fields,
    test_membership,
    test_merges,
    test_objects,
    test_records,
    test_references,
    test_runs,
    test_stage_events,
)
from tests.scenario.backends import Served
from tests.scenario.settings import SETTINGS, switches_of
from tests.scenario.world import HUBSPOT as LEFT
from tests.scenario.world import SALESFORCE as RIGHT
from tests.scenario.world import World

_ACTIVITIES = "activities are not synced"
_RELATIONS = "tests/contract/test_salesforce_relations.py turns it; the engine meets no difference"
_DEAL_CONTACT = "no starter maps Opportunity.ContactId; a role it makes is one a person made"
_LISTS = "lists and campaign members are not synced yet"
_SETUP = "the product makes no pipelines, labels or objects"
_SIGN_IN = "signing in is the connectors' matter; tests/contract covers it"
_CAMPAIGNS = "tests/scenario/test_campaigns.py turns it"

NOT_MET = {
    "hubspot": {
        **dict.fromkeys(("stage_use_always_checked", "labels_per_pair"), _SETUP),
        **dict.fromkeys(("list_name_clash", "deleted_list_is_readable"), _LISTS),
        "restored_record_returns_to_lists": _LISTS,
        **dict.fromkeys(("marketing_hub", "withheld_scopes"), _CAMPAIGNS),
        **dict.fromkeys(("campaign_names_are_unique", "campaign_status_is_checked"), _CAMPAIGNS),
        "oauth_errors": _SIGN_IN,
    },
    "salesforce": {
        "daily_calls": "no scenario comes near it; tests/contract covers a quota that is used up",
        **dict.fromkeys(("session_life", "assertion_ceiling", "refresh_token_rotates"), _SIGN_IN),
        **dict.fromkeys(("unknown_member_status", "dated_rates"), _RELATIONS),
        "contact_id_makes_role": _DEAL_CONTACT,
        "lead_activity_with_what": _ACTIVITIES,
    },
}

Scenario = Callable[[World], None]


def _r9_role_that_outlives_its_contact_takes_nothing_away(world: World) -> None:
    test_contact_roles.use(world, "blank: clear")
    deal, (ada,) = test_contact_roles.stand(world)
    role = test_contact_roles.ROLE
    test_contact_roles.put(world, RIGHT, deal, ada, role[RIGHT])
    test_contact_roles.settled(world, full=True)

    world.remove(RIGHT, "Contact", ada[RIGHT])
    test_contact_roles.settled(world, full=True)

    for side in (LEFT, RIGHT):
        assert test_contact_roles.on(world, side) == test_contact_roles.row(
            side, deal, ada, role[side]
        )
    world.settles()


#: Under every setting: a record made on either side, and edits against each other.
ALWAYS: tuple[Scenario, ...] = (
    test_records.test_r1_new_record_in_salesforce_is_created_in_hubspot,
    test_fields.test_f8_edit_that_was_surely_later_wins,
)

#: Where the switch itself is felt.
MORE: dict[str, tuple[Scenario, ...]] = {
    "null_value": (partial(test_fields.test_f11_emptied_value_empties_the_other_side, side=RIGHT),),
    "empty_as_null": (
        partial(test_fields.test_f11_emptied_value_empties_the_other_side, side=LEFT),
        partial(test_fields.test_f11_emptied_value_empties_the_other_side, side=RIGHT),
        partial(test_fields.test_f10_emptied_value_is_kept_apart, side=LEFT),
        partial(test_fields.test_f12_emptied_value_comes_back, side=LEFT),
    ),
    "association_moves_stamp": (
        partial(
            test_references.test_r24_another_company_on_one_side_is_named_on_the_other, side=LEFT
        ),
        partial(
            test_references.test_r23_company_made_in_the_same_run_is_named_in_that_run, side=RIGHT
        ),
    ),
    "first_company_is_primary": (
        partial(
            test_references.test_r23_company_made_in_the_same_run_is_named_in_that_run, side=LEFT
        ),
        partial(test_references.test_r24_removal_counts_as_a_blank, side=RIGHT, blank="clear"),
    ),
    "opt_out_writable": (
        partial(test_fields.test_f22_opt_out_on_one_side_opts_out_both, side=RIGHT, wins="newest"),
    ),
    "opt_out_in_batches": (
        partial(test_fields.test_f22_opt_out_on_one_side_opts_out_both, side=RIGHT, wins="newest"),
    ),
    **dict.fromkeys(
        (
            "deal_needs_stage",
            "stage_elsewhere",
            "close_date_is_set",
            "deal_moves_lifecycle",
            "unknown_stage",
        ),
        (
            test_objects.test_new_deals_are_made_on_both_sides_and_carry_each_others_ids,
            test_objects.test_deal_edited_on_both_sides_gets_both_edits,
            test_objects.test_new_deal_goes_into_the_pipeline_with_a_stage_of_it,
        ),
    ),
    "bare_custom_names": (test_objects.test_custom_objects_need_nothing_but_a_mapping_file,),
    "same_value_moves_stamp": (test_fields.test_f1_nothing_edited_is_nothing_written,),
    "duplicate_ids": (test_records.test_r3_several_matches_are_held,),
    "unique_clash": (
        test_runs.test_r22_key_of_another_record_is_refused_and_the_rest_is_sent,
        test_records.test_r8_existing_record_hubspot_names_is_linked_in_the_same_run,
    ),
    "results_in_input_order": (
        test_runs.test_r26_one_refused_record_stops_no_other,
        test_records.test_r8_existing_record_hubspot_names_is_linked_in_the_same_run,
    ),
    "secondary_email_finds": (
        test_records.test_r7_create_is_found_by_its_match_key_where_no_field_keeps_our_id,
    ),
    "index_delay": (
        test_records.test_r7_create_is_found_by_its_match_key_where_no_field_keeps_our_id,
        test_records.test_r1_new_contact_is_created_in_salesforce,
    ),
    "history_depth": (
        test_fields.test_f8_newer_edit_of_another_field_is_no_evidence,
        partial(
            test_stage_events.test_stage_that_moved_there_and_back_between_two_runs_is_two_events,
            side=LEFT,
        ),
    ),
    "rows_per_page": (test_records.test_r3_several_matches_are_held,),
    "covered_lag": (
        partial(
            test_records.test_r9_r10_deletion_closes_the_link_and_keeps_the_other_record, side=RIGHT
        ),
    ),
    "deletions_asked_for": (
        partial(
            test_records.test_r9_r10_deletion_closes_the_link_and_keeps_the_other_record, side=RIGHT
        ),
    ),
    "deleted_members_show": (
        partial(
            test_membership.test_r24_person_taken_out_of_a_campaign_counts_as_a_blank,
            side=RIGHT,
            blank="clear",
        ),
        test_membership.test_r9_members_of_a_deleted_person_fall_quiet,
    ),
    "member_after_conversion": (
        test_membership.test_r17_member_stays_the_same_when_the_lead_is_converted,
    ),
    "roles_outlive_contacts": (_r9_role_that_outlives_its_contact_takes_nothing_away,),
    "second_primary_role": (
        partial(test_contact_roles.test_r24_another_role_travels_alone, side=LEFT),
    ),
    "merge_keeps_primary_id": (
        partial(
            test_merges.test_r14_r16_link_moves_to_the_survivor_and_both_keep_each_others_ids,
            side=LEFT,
        ),
        partial(
            test_merges.test_r15_r16_held_pair_is_settled_once_people_merge_the_rest,
            side=LEFT,
            own=False,
        ),
    ),
    "merged_id_in_batch_read": (
        partial(
            test_merges.test_r14_r16_link_moves_to_the_survivor_and_both_keep_each_others_ids,
            side=LEFT,
        ),
        partial(test_merges.test_r14_r16_merge_is_found_where_all_is_read_and_compared, side=LEFT),
    ),
    "binned_unique_value_blocks": (
        partial(
            test_records.test_r9_r10_deletion_closes_the_link_and_keeps_the_other_record, side=RIGHT
        ),
    ),
}


def _name(one: Scenario) -> str:
    function = one.func if isinstance(one, partial) else one
    return str(getattr(function, "__name__", function)).removeprefix("test_")


CASES = [
    pytest.param(setting, scenario, id=f"{setting[1]}={setting[2]}-{_name(scenario)}")
    for setting in SETTINGS
    for scenario in (*ALWAYS, *MORE.get(setting[1], ()))
]


@pytest.fixture
def setting(served: Served, request: pytest.FixtureRequest) -> Iterator[None]:
    """Turn one switch for one test."""
    system, name, value = request.param
    sandbox = served.sandbox
    usual = getattr(switches_of(sandbox, system), name)
    setattr(switches_of(sandbox, system), name, value)
    yield
    setattr(switches_of(sandbox, system), name, usual)


@pytest.mark.parametrize(("setting", "scenario"), CASES, indirect=["setting"])
@pytest.mark.parametrize("world", ["sandbox"], indirect=True)
def test_scenario_holds_under_the_setting(setting: None, world: World, scenario: Scenario) -> None:
    scenario(world)


@pytest.mark.parametrize(
    ("system", "switches"), [("hubspot", HubSpotSwitches), ("salesforce", SalesforceSwitches)]
)
def test_every_switch_is_turned_or_named_as_one_the_product_cannot_meet(
    system: str, switches: type[Any]
) -> None:
    turned = {name for of, name, _ in SETTINGS if of == system}
    names = {field.name for field in dataclasses.fields(switches)}
    named = set(NOT_MET[system])
    assert not turned & named
    # Bulk jobs are used by no sync, whatever they are asked.
    bulk = {name for name in names if name.startswith("bulk_")}
    assert names - bulk == turned | named
