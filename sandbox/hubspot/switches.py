"""How the stand-in behaves where HubSpot's documentation leaves it open.

docs/sandbox.md holds the numbered table of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

__all__ = [
    "BackwardStage",
    "DuplicateIds",
    "ListNameClash",
    "MergedRead",
    "NullValue",
    "OAuthErrors",
    "StageElsewhere",
    "Switches",
    "UniqueClash",
]


class BackwardStage(StrEnum):
    """What a write of an earlier lifecycle stage does."""

    IGNORE = "ignore"
    REFUSE = "refuse"
    ACCEPT = "accept"


class MergedRead(StrEnum):
    """What a batch read of a merged-away id gives."""

    SURVIVOR = "survivor"
    MISSING = "missing"


class NullValue(StrEnum):
    """What a JSON null as a property's value does."""

    CLEAR = "clear"
    IGNORE = "ignore"


class DuplicateIds(StrEnum):
    """What a batch that names one record twice does."""

    REFUSE = "refuse"
    REVERSE = "reverse"


class UniqueClash(StrEnum):
    """How a value of a unique property that is taken is refused."""

    INVALID = "invalid"
    CONFLICT = "conflict"


class ListNameClash(StrEnum):
    """How a list's name that is taken is refused."""

    CONFLICT = "conflict"
    INVALID = "invalid"


class OAuthErrors(StrEnum):
    """The form of a refused token: HubSpot's word on v1 and OAuth's on newer paths, or one."""

    BY_VERSION = "by_version"
    STATUS = "status"
    ERROR = "error"


class StageElsewhere(StrEnum):
    """What a stage of another pipeline does when the write names no pipeline."""

    REFUSE = "refuse"
    MOVE = "move"


@dataclass(slots=True, kw_only=True)
class Switches:
    """One setting for each open behaviour; all can change while the sandbox runs."""

    index_delay: timedelta = field(default=timedelta(0))
    backward_stage: BackwardStage = BackwardStage.IGNORE
    default_stage: str = "lead"
    merge_keeps_primary_id: bool = False
    merged_id_in_batch_read: MergedRead = MergedRead.SURVIVOR
    secondary_email_finds: bool = True
    null_value: NullValue = NullValue.CLEAR
    same_value_moves_stamp: bool = False
    duplicate_ids: DuplicateIds = DuplicateIds.REFUSE
    unique_clash: UniqueClash = UniqueClash.INVALID
    results_in_input_order: bool = False
    first_company_is_primary: bool = False
    association_moves_stamp: bool = False
    empty_as_null: bool = True
    opt_out_writable: bool = False
    opt_out_in_batches: bool = True
    history_depth: int = 45
    deal_needs_stage: bool = False
    stage_elsewhere: StageElsewhere = StageElsewhere.REFUSE
    close_date_is_set: bool = True
    deal_moves_lifecycle: bool = True
    stage_use_always_checked: bool = False
    bare_custom_names: bool = False
    labels_per_pair: int = 50
    list_name_clash: ListNameClash = ListNameClash.CONFLICT
    deleted_list_is_readable: bool = False
    restored_record_returns_to_lists: bool = True
    campaign_names_are_unique: bool = False
    campaign_status_is_checked: bool = True
    oauth_errors: OAuthErrors = OAuthErrors.BY_VERSION
    marketing_hub: bool = True
    withheld_scopes: str = ""
    """Scopes the token was not granted, joined by commas."""
