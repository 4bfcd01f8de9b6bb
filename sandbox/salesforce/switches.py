"""How the stand-in behaves where Salesforce's documentation leaves it open.

docs/sandbox.md holds the numbered table of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sandbox.salesforce.api_switches import ApiSwitches

__all__ = [
    "LeadActivity",
    "MemberAfterConversion",
    "SecondPrimary",
    "Switches",
    "UnknownMemberStatus",
    "UnknownStage",
]


class UnknownMemberStatus(StrEnum):
    """What a campaign member's status that its campaign lacks does."""

    DEFAULT = "default"
    REFUSE = "refuse"
    ACCEPT = "accept"


class MemberAfterConversion(StrEnum):
    """What becomes of a lead's campaign memberships when it is converted."""

    GAINS_CONTACT = "gains_contact"
    MOVES = "moves"
    STAYS = "stays"


class UnknownStage(StrEnum):
    """What an opportunity's stage that the org lacks does."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class SecondPrimary(StrEnum):
    """What a second primary contact role of an opportunity does."""

    CLEARS_FIRST = "clears_first"
    REFUSE = "refuse"


class LeadActivity(StrEnum):
    """What an activity of a lead that is related to another record as well does."""

    REFUSE = "refuse"
    ACCEPT = "accept"


@dataclass(kw_only=True)
class Switches(ApiSwitches):
    """Behaviours that the documentation leaves open, or that orgs set differently."""

    upsert_update_status: int = 200
    countries_are_checked: bool = True
    rows_per_page: int = 2000
    daily_calls: int = 100_000
    unknown_member_status: UnknownMemberStatus = UnknownMemberStatus.DEFAULT
    member_after_conversion: MemberAfterConversion = MemberAfterConversion.GAINS_CONTACT
    unknown_stage: UnknownStage = UnknownStage.ACCEPT
    second_primary_role: SecondPrimary = SecondPrimary.CLEARS_FIRST
    contact_id_makes_role: bool = True
    lead_activity_with_what: LeadActivity = LeadActivity.REFUSE
    roles_outlive_contacts: bool = False
    lookup_history_rows: int = 2
    history_notes_creation: bool = True
    undelete_clears_master: bool = True
    binned_unique_value_blocks: bool = False
    merge_cycle_fails: bool = True
    multi_currency: bool = False
    dated_rates: bool = True
    deleted_row_is_not_found: bool = False
    deleted_members_show: bool = False

    def __setattr__(self, name: str, value: object) -> None:
        """Set a switch, and tell who waits for it."""
        object.__setattr__(self, name, value)
        told = self.__dict__.get("_told")
        if told is not None and name in ("multi_currency", "dated_rates"):
            told()

    def on_currencies(self, told: Callable[[], None]) -> None:
        """Call when several currencies, or their dated rates, are turned on or off."""
        self.__dict__["_told"] = told
