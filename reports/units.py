"""The days, weeks, months, quarters and years that promises are made for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mappings.lifecycle.words import Per

__all__ = ["Unit", "unit_of", "units_between"]

_MONTHS = {Per.MONTH: 1, Per.QUARTER: 3, Per.YEAR: 12}


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One of them, from its first day until just before its end; `name` as in 2026-W40."""

    first: date
    end: date
    name: str

    def days(self, first: date | None, end: date | None) -> int:
        """Give how many of its days lie between two days, the second one not among them."""
        begins = max(self.first, first) if first is not None else self.first
        ends = min(self.end, end) if end is not None else self.end
        return max(0, (ends - begins).days)


def unit_of(day: date, per: Per) -> Unit:
    """Give the one a day lies in; weeks begin on Monday."""
    if per is Per.DAY:
        return Unit(day, day + timedelta(days=1), day.isoformat())
    if per is Per.WEEK:
        first = day - timedelta(days=day.weekday())
        year, week, _ = first.isocalendar()
        return Unit(first, first + timedelta(days=7), f"{year}-W{week:02d}")
    months = _MONTHS[per]
    place = (day.month - 1) // months
    first = date(day.year, place * months + 1, 1)
    years, month = divmod((place + 1) * months, 12)
    return Unit(first, date(day.year + years, month + 1, 1), _name(first, per, place))


def units_between(first: date, end: date, per: Per) -> Iterator[Unit]:
    """Give all that have a day between two days, the second one not among them, in order."""
    day = first
    while day < end:
        unit = unit_of(day, per)
        yield unit
        day = unit.end


def _name(first: date, per: Per, place: int) -> str:
    if per is Per.MONTH:
        return f"{first.year}-{first.month:02d}"
    return f"{first.year}-Q{place + 1}" if per is Per.QUARTER else str(first.year)
