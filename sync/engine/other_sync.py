"""Whether another sync between the same two CRMs is at work on the same records (R33)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import OtherSyncError
from sync.domain.record import Native, Record, Side

if TYPE_CHECKING:
    from mappings.bound import BoundPair
    from sync.engine.session import Session

__all__ = ["RECENT", "check_other_sync", "marked_at"]

#: A mark younger than this means that the other sync is running.
RECENT = timedelta(days=1)


def check_other_sync(
    session: Session,
    pair: BoundPair,
    side: Side,
    records: Sequence[Record],
    *,
    at: datetime | None,
) -> None:
    """Stop where one of the records read carries another sync's fresh mark.

    `at` is the CRM's own time, None for ours. Raises OtherSyncError before anything is written.
    """
    now = at or session.clock()
    for record in records:
        other = pair.other_syncs.get((side, record.ref.object_name))
        if other is None:
            continue
        marked = marked_at(record.fields.get(other.mark))
        if marked is not None and marked >= now - RECENT:
            raise OtherSyncError(
                f"nothing was written: {other.name} is at work on the same records. "
                f"{session.title(side)} {record.ref.object_name} {record.ref.id} carries its "
                f"{other.mark} of {marked:%Y-%m-%d %H:%M} UTC, and two syncs would undo each "
                f"other's edits. What to do: {other.remedy}."
            )


def marked_at(value: Native) -> datetime | None:
    """Read the time a mark holds; anything else under its name is no mark."""
    try:
        time = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
