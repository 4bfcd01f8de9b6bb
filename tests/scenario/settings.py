"""The settings of the sandbox's switches under which scenarios run, beside the usual ones.

`REVLOOP_SETTING=empty_as_null` runs all scenarios with that switch turned, which takes minutes;
`REVLOOP_SETTING=backward_stage=refuse` says which of its settings is meant.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from sandbox.hubspot.switches import (
    BackwardStage,
    DuplicateIds,
    MergedRead,
    NullValue,
    StageElsewhere,
    UniqueClash,
)
from sandbox.salesforce.switches import MemberAfterConversion, SecondPrimary, UnknownStage
from sandbox.server import Sandbox

__all__ = ["SETTINGS", "switches_of", "turn_as_asked"]

SETTINGS: tuple[tuple[str, str, object], ...] = (
    ("hubspot", "backward_stage", BackwardStage.REFUSE),
    ("hubspot", "backward_stage", BackwardStage.ACCEPT),
    ("hubspot", "merged_id_in_batch_read", MergedRead.MISSING),
    ("hubspot", "merge_keeps_primary_id", True),
    ("hubspot", "secondary_email_finds", False),
    ("hubspot", "null_value", NullValue.IGNORE),
    ("hubspot", "empty_as_null", False),
    ("hubspot", "same_value_moves_stamp", True),
    ("hubspot", "association_moves_stamp", True),
    ("hubspot", "first_company_is_primary", True),
    ("hubspot", "duplicate_ids", DuplicateIds.REVERSE),
    ("hubspot", "unique_clash", UniqueClash.CONFLICT),
    ("hubspot", "results_in_input_order", True),
    ("hubspot", "opt_out_writable", True),
    ("hubspot", "opt_out_in_batches", False),
    ("hubspot", "default_stage", ""),
    ("hubspot", "deal_needs_stage", True),
    ("hubspot", "stage_elsewhere", StageElsewhere.MOVE),
    ("hubspot", "close_date_is_set", False),
    ("hubspot", "deal_moves_lifecycle", False),
    ("hubspot", "bare_custom_names", True),
    ("hubspot", "history_depth", 2),
    ("hubspot", "index_delay", timedelta(seconds=20)),
    ("salesforce", "upsert_update_status", 204),
    ("salesforce", "countries_are_checked", False),
    ("salesforce", "rows_per_page", 1),
    ("salesforce", "covered_lag", timedelta(minutes=5)),
    ("salesforce", "deletions_asked_for", 15),
    ("salesforce", "locator_prefix", "01g"),
    ("salesforce", "lookup_history_rows", 1),
    ("salesforce", "history_notes_creation", False),
    ("salesforce", "undelete_clears_master", False),
    ("salesforce", "binned_unique_value_blocks", True),
    ("salesforce", "merge_cycle_fails", False),
    ("salesforce", "multi_currency", True),
    ("salesforce", "unknown_stage", UnknownStage.REFUSE),
    ("salesforce", "deleted_row_is_not_found", True),
    ("salesforce", "deleted_members_show", True),
    ("salesforce", "member_after_conversion", MemberAfterConversion.MOVES),
    ("salesforce", "member_after_conversion", MemberAfterConversion.STAYS),
    ("salesforce", "second_primary_role", SecondPrimary.REFUSE),
    ("salesforce", "roles_outlive_contacts", True),
)


def switches_of(sandbox: Sandbox, system: str) -> Any:
    """Give the switches of one of the two stand-ins."""
    return sandbox.hubspot.switches if system == "hubspot" else sandbox.salesforce.switches


def turn_as_asked(sandbox: Sandbox) -> None:
    """Turn the switch the environment names, if any; raises ValueError where there is none."""
    asked = os.environ.get("REVLOOP_SETTING")
    if not asked:
        return
    wanted, _, setting = asked.partition("=")
    turned = [
        (system, value)
        for system, name, value in SETTINGS
        if name == wanted and setting in ("", str(value))
    ]
    if not turned:
        raise ValueError(f"REVLOOP_SETTING={asked} names no switch that scenarios turn")
    for system, value in turned:
        setattr(switches_of(sandbox, system), wanted, value)
