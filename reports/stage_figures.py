"""What the funnel counts: who entered, who is there, how far they came, how long it took.

A state answers these itself, in its database; whatever else gives stays is read stay by stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Protocol, runtime_checkable

from reports.frame import Period
from reports.statistics import percentile
from reports.view import Entry, View
from sync.domain.fact_reading import StayTimes
from sync.domain.hours import BusinessCalendar

__all__ = ["PERCENTS", "CountingView", "FromEntries", "StageFigures", "figures_of"]

#: The percentiles of how long stays lasted: the median, and what nine of ten stay below.
PERCENTS = (50, 90)
_SECOND = timedelta(seconds=1)


class StageFigures(Protocol):
    """What the stays of all people add up to, by the rank of the stage."""

    def present(self) -> Mapping[int, int]:
        """Count the people who are at each stage."""
        ...

    def furthest(self, period: Period) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered in a period, and the furthest one since."""
        ...

    def stay_times(self, period: Period, *, business: bool) -> Mapping[int, StayTimes]:
        """Tell how many seconds the stays lasted that ended in a period, by `PERCENTS`."""
        ...


@runtime_checkable
class CountingView(View, Protocol):
    """A view that counts stays by itself."""

    @property
    def figures(self) -> StageFigures:
        """Give what all stays add up to."""
        ...


def figures_of(view: View, hours: BusinessCalendar | None = None) -> StageFigures:
    """Give what the stays of a view add up to, by its own count if it has one."""
    return view.figures if isinstance(view, CountingView) else FromEntries(view, hours)


class FromEntries:
    """What stays add up to, read one after the other."""

    def __init__(self, view: View, hours: BusinessCalendar | None = None) -> None:
        """Read the stays of a view; `hours` tells when sales works."""
        self._view = view
        self._hours = hours

    def present(self) -> Mapping[int, int]:
        """Count the people who are at each stage."""
        return Counter(one.rank for stays in self._by_person() for one in stays if one.left is None)

    def furthest(self, period: Period) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered in a period, and the furthest one since."""
        found: Counter[tuple[int, int]] = Counter()
        for stays in self._by_person():
            seen: set[int] = set()
            for at, one in enumerate(stays):
                if period.holds(one.entered) and one.rank not in seen:
                    seen.add(one.rank)
                    found[one.rank, max(later.rank for later in stays[at:])] += 1
        return found

    def stay_times(self, period: Period, *, business: bool) -> Mapping[int, StayTimes]:
        """Tell how many seconds the stays lasted that ended in a period, by `PERCENTS`."""
        if business and self._hours is None:
            return {}
        took: dict[int, list[Decimal]] = {}
        for stays in self._by_person():
            for one in stays:
                if one.left is not None and period.holds(one.left):
                    lasted = one.left - one.entered
                    if business and self._hours is not None:
                        lasted = self._hours.between(one.entered, one.left)
                    took.setdefault(one.rank, []).append(Decimal(lasted // _SECOND))
        return {
            rank: StayTimes(len(values), tuple(_percentiles(sorted(values))))
            for rank, values in took.items()
        }

    def _by_person(self) -> Iterator[Sequence[Entry]]:
        entries = (one for chunk in self._view.entries() for one in chunk)
        for _, stays in groupby(entries, key=lambda one: one.link):
            yield list(stays)


def _percentiles(values: Sequence[Decimal]) -> Iterator[Decimal]:
    for percent in PERCENTS:
        found = percentile(values, percent)
        assert found is not None  # nobody asks for the percentiles of nothing
        yield found
