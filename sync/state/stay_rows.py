"""The stays of a person as rows, with what sums over all of them are worked out by."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.domain.facts import StaysOf
from sync.domain.timeline import Stay

__all__ = ["BUSINESS_LOT", "LOT", "stay_rows"]

#: How many seconds of a stay make a lot, and of one in business hours.
LOT, BUSINESS_LOT = 21_600, 3_600

_SECOND = timedelta(seconds=1)


def stay_rows(one: StaysOf) -> list[dict[str, object]]:
    """Give the rows of a person's stays, in order."""
    stays = one.timeline.stays
    tops = _tops(stays)
    before: dict[int, datetime] = {}
    rows: list[dict[str, object]] = []
    for number, (stay, business) in enumerate(zip(stays, one.business, strict=True)):
        seconds = None if stay.left is None else (stay.left - stay.entered) // _SECOND
        top, top_at = tops[number]
        rows.append(
            {
                "link_id": one.link_id,
                "number": number,
                "rank": stay.rank,
                "entered": stay.entered,
                "left_at": stay.left,
                "next_rank": stay.next_rank,
                "seconds": seconds,
                "lot": None if seconds is None else seconds // LOT,
                "business": business,
                "business_lot": None if business is None else business // BUSINESS_LOT,
                "top": top,
                "top_at": top_at,
                "before": before.get(stay.rank),
            }
        )
        before[stay.rank] = stay.entered
    return rows


def _tops(stays: tuple[Stay, ...]) -> list[tuple[int, datetime]]:
    """Give, for each stay, the furthest stage from there on, and when it was come to first."""
    found: list[tuple[int, datetime]] = []
    for stay in reversed(stays):
        here = (stay.rank, stay.entered)
        further = bool(found) and found[-1][0] > stay.rank
        found.append(found[-1] if further else here)
    return found[::-1]
