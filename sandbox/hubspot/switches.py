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
    "MergedRead",
    "NullValue",
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
    opt_out_writable: bool = True
    history_depth: int = 45
