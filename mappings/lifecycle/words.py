"""The short texts of lifecycle.yaml: lengths of time, days of the week, amounts, people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum

from mappings.transforms.iso import is_currency

__all__ = [
    "Amount",
    "Days",
    "Moves",
    "OpportunityState",
    "Per",
    "Queue",
    "RoutingBy",
    "Span",
    "SpanUnit",
    "read_amount",
    "read_clock",
    "read_days",
    "read_pause",
    "read_span",
]


class SpanUnit(StrEnum):
    """In what a length of time is told."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class Moves(StrEnum):
    """Whether a stage may fall back without a hand-back."""

    FORWARD = "forward"
    FREE = "free"


class Per(StrEnum):
    """The period an agreed volume or revenue is for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class RoutingBy(StrEnum):
    """How one of several people is chosen."""

    TURNS = "turns"
    WON_RATE = "won_rate"


class OpportunityState(StrEnum):
    """A stage that stands for the opportunities behind a person."""

    OPEN = "opportunity open"
    WON = "opportunity won"
    LOST = "opportunity lost"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; of business hours only where `business`."""

    count: int
    unit: SpanUnit
    business: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money in one currency, by its ISO 4217 code."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week, Monday being 0."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """A Salesforce queue by its name."""

    name: str


_SPAN = re.compile(r"([1-9]\d{0,4})\s+(business\s+)?([a-z]+?)s?")
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,2})?)\s+([A-Z]{3})")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A service level is met within minutes to weeks; a pause is days to years.
_SHORT = (SpanUnit.MINUTES, SpanUnit.HOURS, SpanUnit.DAYS, SpanUnit.WEEKS)
_LONG = (SpanUnit.DAYS, SpanUnit.WEEKS, SpanUnit.MONTHS, SpanUnit.YEARS)
#: Longer business spans have no one meaning: a business day is as long as the hours agreed on.
_BUSINESS = (SpanUnit.MINUTES, SpanUnit.HOURS, SpanUnit.DAYS)


def read_span(value: object) -> Span:
    """Read how soon something is due, such as `4 business hours`."""
    return _span(value, _SHORT, example="'4 business hours' or '2 days'")


def read_pause(value: object) -> Span:
    """Read how long to wait before another try, such as `6 months`."""
    found = _span(value, _LONG, example="'6 months' or '90 days'")
    if found.business:
        raise ValueError(f"{value!r} counts calendar time; leave 'business' out")
    return found


def read_amount(value: object) -> Amount:
    """Read an amount with its currency, such as `200000 EUR`."""
    found = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no amount with its currency; write '200000 EUR'")
    if not is_currency(found[2]):
        raise ValueError(f"{found[2]!r} is no currency; write its three letters, such as EUR")
    return Amount(Decimal(found[1]), found[2])


def read_clock(value: object) -> time:
    """Read a time of day, such as `09:00`."""
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{value!r} is no time of day; write it in quotes, such as "09:00"')
    return time(int(found[1]), int(found[2]))


def read_days(value: object) -> Days:
    """Read days of the week: `Mon-Fri`, or `Mon, Tue, Thu`."""
    if not isinstance(value, str):
        raise ValueError("must be days of the week, such as Mon-Fri")
    found: set[int] = set()
    for part in value.split(","):
        ends = [_day(one, value) for one in part.split("-")]
        if len(ends) > 2 or ends[-1] < ends[0]:
            raise ValueError(f"{part.strip()!r} is no run of days; write it as Mon-Fri")
        found.update(range(ends[0], ends[-1] + 1))
    return Days(tuple(sorted(found)))


def _span(value: object, units: tuple[SpanUnit, ...], *, example: str) -> Span:
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    unit = None
    if found is not None:
        unit = next((one for one in units if one.value == f"{found[3]}s"), None)
    if found is None or unit is None:
        raise ValueError(f"{value!r} is no length of time here; write {example}")
    business = found[2] is not None
    if business and unit not in _BUSINESS:
        raise ValueError(f"{value!r} says no one length; write it in business hours or days")
    return Span(int(found[1]), unit, business)


def _day(text: str, whole: str) -> int:
    name = text.strip().casefold()[:3]
    if name not in _WEEK:
        raise ValueError(f"{whole!r} holds {text.strip()!r}, which is no day; write Mon-Fri")
    return _WEEK.index(name)
