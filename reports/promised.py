"""What was promised by the month or quarter, and what was delivered: people, and revenue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from mappings.lifecycle.model import ServiceLevel
from mappings.lifecycle.words import Per
from reports.answers import History
from reports.frame import Period
from reports.units import Unit, unit_of, units_between
from reports.view import Entry, Sale

__all__ = ["Delivered", "Delivery", "Window", "window_of"]

_PLACES = Decimal("0.000001")


class Window(NamedTuple):
    """The days a report is about, in the team's zone: none before `first`, none from `end` on."""

    first: date | None
    end: date
    zone: tzinfo

    def day_of(self, at: datetime) -> date:
        """Give the day a moment lies in, where the team works."""
        return at.astimezone(self.zone).date()

    def holds(self, day: date) -> bool:
        """Tell whether a day is among them."""
        return (self.first is None or day >= self.first) and day < self.end


def window_of(period: Period, *, as_of: datetime, zone: tzinfo) -> Window:
    """Give the days of a period up to the one a report is as of, that day among them."""
    first, end = period.first_day, period.end_day
    if first is None and period.since is not None:
        first = period.since.astimezone(zone).date()
    if end is None and period.until is not None:
        end = period.until.astimezone(zone).date()
    tomorrow = as_of.astimezone(zone).date() + timedelta(days=1)
    return Window(first, min(end, tomorrow) if end is not None else tomorrow, zone)


class Delivery(NamedTuple):
    """What one unit of a promise came to; of its `days` only `counted` lie in the window."""

    unit: Unit
    due: Decimal
    delivered: Decimal
    days: int
    counted: int


@dataclass(slots=True)
class Delivered:
    """What is delivered of one promise, unit by unit."""

    level: ServiceLevel
    per: Per
    promised: Decimal
    window: Window
    #: How many people went past the stage without standing there.
    passed: int = 0
    _found: defaultdict[Unit, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add_person(self, history: History) -> None:
        """Count a person once in each unit in which they came to the stage from before it."""
        units = {
            unit_of(day, self.per)
            for one in self.arrivals(history.entries)
            if self.window.holds(day := self.window.day_of(one.entered))
        }
        for unit in units:
            self._found[unit] += 1

    def arrivals(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Give the stays at the stage that followed none, or one at an earlier stage."""
        before: Entry | None = None
        for one in entries:
            if one.stage == self.level.stage and (before is None or before.rank < one.rank):
                yield one
            before = one

    def note_passed(self, entries: Sequence[Entry], rank: int) -> None:
        """Count somebody who came past the stage of this rank without standing there."""
        before = -1
        for one in entries:
            day = self.window.day_of(one.entered)
            if before < rank < one.rank and self.window.holds(day):
                self.passed += 1
                return
            before = one.rank

    def add_sale(self, sale: Sale) -> None:
        """Count the value of a won opportunity on the day it closed."""
        if sale.closed is not None and sale.value is not None and self.window.holds(sale.closed):
            self._found[unit_of(sale.closed, self.per)] += sale.value

    def deliveries(self) -> Iterator[Delivery]:
        """Give every unit of the window, also those in which nothing was delivered."""
        first = self.window.first
        if first is None:
            first = min((unit.first for unit in self._found), default=self.window.end)
        for unit in units_between(first, self.window.end, self.per):
            days, counted = unit.days(None, None), unit.days(first, self.window.end)
            due = (self.promised * counted / days).quantize(_PLACES)
            yield Delivery(unit, due, self._found.get(unit, Decimal(0)), days, counted)
