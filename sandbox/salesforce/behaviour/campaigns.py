"""Campaigns bring their own member statuses."""

from __future__ import annotations

from typing import ClassVar

from sandbox.salesforce.behaviour.base import Behaviour
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import Row, Value

__all__ = ["Campaigns", "MemberStatuses", "statuses_of"]

_FIRST_STATUSES = (("Sent", True, False), ("Responded", False, True))


def statuses_of(behaviour: Behaviour, campaign_id: Value) -> list[Row]:
    """Give the live statuses of a campaign, in their order."""
    return _statuses(behaviour, campaign_id)


class Campaigns(Behaviour):
    """A new campaign gets the statuses Sent and Responded."""

    sobject: ClassVar[str] = "Campaign"

    def saved(self, before: Row, row: Row, context: WriteContext) -> None:
        """Make the statuses of a new campaign, unless it has some."""
        if before or _statuses(self, row["Id"]):
            return
        spec = self._spec("CampaignMemberStatus")
        for place, (label, is_default, has_responded) in enumerate(_FIRST_STATUSES, start=1):
            status: Row = {
                "CampaignId": row["Id"],
                "Label": label,
                "SortOrder": place + 2,
                "IsDefault": is_default,
                "HasResponded": has_responded,
            }
            self._insert(spec, status, context)


class MemberStatuses(Behaviour):
    """Labels are told apart, one is the default, and members follow their status."""

    sobject: ClassVar[str] = "CampaignMemberStatus"

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Put a new status at the end."""
        if row.get("SortOrder") is None:
            row["SortOrder"] = 3 + len(_statuses(self, row.get("CampaignId")))

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a label that the campaign has already, or that no member could hold."""
        label, longest = str(row.get("Label")), self._spec("CampaignMember").fields["Status"].length
        if len(label) > longest:
            raise ApiError(
                "STRING_TOO_LONG",
                f"Label: data value too large: {label} (max length={longest})",
                fields=("Label",),
            )
        for other in _statuses(self, row.get("CampaignId")):
            same = str(other.get("Label")).casefold() == str(row.get("Label")).casefold()
            if same and other["Id"] != row.get("Id"):
                raise ApiError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: Label duplicates value on record with id: "
                    f"{str(other['Id'])[:15]}",
                    fields=(),
                )

    def saved(self, before: Row, row: Row, context: WriteContext) -> None:
        """Keep one default, and let members follow a new label or a new meaning."""
        others = [one for one in _statuses(self, row["CampaignId"]) if one["Id"] != row["Id"]]
        if row.get("IsDefault"):
            for other in others:
                if other.get("IsDefault"):
                    self._stamp(self._spec(), {**other, "IsDefault": False}, context)
        elif before.get("IsDefault") and not any(one.get("IsDefault") for one in others):
            self._stamp(self._spec(), {**row, "IsDefault": True}, context)
        if before and any(before.get(n) != row.get(n) for n in ("Label", "HasResponded")):
            self._move_members(before, row, context)

    def check_delete(self, row: Row) -> None:
        """Keep the default status, and one that members have."""
        if row.get("IsDefault"):
            raise ApiError(
                "DELETE_FAILED", "The default member status cannot be deleted", fields=()
            )
        if self._members(row["CampaignId"], row.get("Label")):
            raise ApiError(
                "DELETE_FAILED",
                "Your attempt to delete the member status failed because members have it",
                fields=(),
            )

    def _members(self, campaign_id: Value, label: Value) -> list[Row]:
        table = self.database.table("CampaignMember")
        rows = [table.rows[one] for one in table.holders("CampaignId", campaign_id)]
        return [row for row in rows if row.get("Status") == label]

    def _move_members(self, before: Row, row: Row, context: WriteContext) -> None:
        responded = bool(row.get("HasResponded"))
        for member in self._members(row["CampaignId"], before.get("Label")):
            changed: Row = {"Status": row.get("Label"), "HasResponded": responded}
            if responded and member.get("FirstRespondedDate") is None:
                changed["FirstRespondedDate"] = self.database.now[:10]
            self._stamp(self._spec("CampaignMember"), member | changed, context)


def _statuses(behaviour: Behaviour, campaign_id: Value) -> list[Row]:
    table = behaviour.database.table("CampaignMemberStatus")
    rows = [table.rows[one] for one in table.holders("CampaignId", campaign_id)]
    return sorted(rows, key=lambda row: (int(row.get("SortOrder") or 0), str(row["Id"])))
