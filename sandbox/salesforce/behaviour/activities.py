"""Tasks and events."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from sandbox.salesforce.behaviour.base import Behaviour
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.errors import ApiError, required_fields_missing
from sandbox.salesforce.model import Row, Value
from sandbox.salesforce.switches import LeadActivity
from sandbox.salesforce.wire import from_stamp, to_stamp

__all__ = ["Events", "Tasks"]

_LONGEST = 99_999_999
"""What the field's eight digits can hold."""


class _Activity(Behaviour):
    """What both kinds share: whom and what they are about."""

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Find the account an activity belongs to."""
        row["AccountId"] = self._account_of(row.get("WhatId")) or self._account_of(row.get("WhoId"))

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a lead's activity that is about something else too, if the switch says so."""
        refuses = self.switches.lead_activity_with_what is LeadActivity.REFUSE
        if refuses and row.get("WhatId") is not None and str(row.get("WhoId"))[:3] == "00Q":
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION",
                "Related To ID: a lead's activity cannot be related to another record",
                fields=("WhatId",),
            )

    def _account_of(self, record_id: Value) -> Value:
        found = None if record_id is None else self.database.row_of(str(record_id))
        if found is None:
            return None
        spec, row = found
        return row["Id"] if spec.name == "Account" else row.get("AccountId")


class Tasks(_Activity):
    """A task is closed when its status is Completed."""

    sobject: ClassVar[str] = "Task"

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Derive what follows from status and priority."""
        super().complete(before, row, values)
        closed = row.get("Status") == "Completed"
        if not closed:
            row["CompletedDateTime"] = None
        elif row.get("CompletedDateTime") is None:
            row["CompletedDateTime"] = row.get("LastModifiedDate") or self.database.now
        row |= {"IsClosed": closed, "IsHighPriority": row.get("Priority") == "High"}


class Events(_Activity):
    """An event lasts from a start to an end; either the end or the minutes are given."""

    sobject: ClassVar[str] = "Event"

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Complete start, end, minutes and day from one another."""
        super().complete(before, row, values)
        start = row.get("ActivityDateTime" if "ActivityDateTime" in values else "StartDateTime")
        start = start or row.get("ActivityDateTime") or _midnight(row.get("ActivityDate"))
        if start is None:
            return
        row |= {"StartDateTime": start, "ActivityDateTime": start, "ActivityDate": str(start)[:10]}
        end, minutes = row.get("EndDateTime"), row.get("DurationInMinutes")
        is_end_newer = "EndDateTime" in values or "DurationInMinutes" not in values
        if end is not None and (is_end_newer or minutes is None):
            length = from_stamp(str(end)) - from_stamp(str(start))
            row["DurationInMinutes"] = int(length.total_seconds() // 60)
        elif isinstance(minutes, (int, float)):
            row["EndDateTime"] = to_stamp(from_stamp(str(start)) + timedelta(minutes=minutes))

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse an event without a start or an end, or that ends before it starts."""
        super().check(before, row, context)
        if row.get("StartDateTime") is None:
            raise required_fields_missing(["ActivityDateTime"])
        if row.get("EndDateTime") is None:
            raise required_fields_missing(["DurationInMinutes"])
        minutes = row.get("DurationInMinutes")
        if isinstance(minutes, int) and minutes > _LONGEST:
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"Duration: value outside of valid range on numeric field: {minutes}",
                fields=("DurationInMinutes",),
            )
        if isinstance(minutes, int) and minutes < 0:
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION",
                "End Date Time: an event cannot end before it starts",
                fields=("EndDateTime",),
            )


def _midnight(day: Value) -> str | None:
    return f"{day}T00:00:00.000+0000" if isinstance(day, str) else None
