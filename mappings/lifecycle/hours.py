"""Business hours of lifecycle.yaml as a calendar, with the holidays of their country."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mappings.lifecycle.model import BusinessHours
from mappings.lifecycle.words import Span, SpanUnit
from sync.domain.hours import BusinessCalendar, no_holidays

__all__ = ["calendar_of", "holidays_of", "length_of", "why_no_holidays"]

#: Spans of months and years are told from a day, never as a length.
_LENGTHS = {
    SpanUnit.MINUTES: timedelta(minutes=1),
    SpanUnit.HOURS: timedelta(hours=1),
    SpanUnit.DAYS: timedelta(days=1),
    SpanUnit.WEEKS: timedelta(weeks=1),
}


def calendar_of(hours: BusinessHours) -> BusinessCalendar:
    """Give the calendar sales works by."""
    return BusinessCalendar(
        days=hours.days.numbers,
        start=hours.from_,
        end=hours.to,
        zone=ZoneInfo(hours.zone),
        holidays=holidays_of(hours.holidays) if hours.holidays is not None else no_holidays,
    )


def holidays_of(region: str) -> Callable[[int], Collection[date]]:
    """Give the public holidays, by year, of a country or of a part of one, such as DE-BE."""
    from holidays import country_holidays

    country, _, part = region.partition("-")

    def of_year(year: int) -> Collection[date]:
        return tuple(country_holidays(country, subdiv=part or None, years=year))

    return of_year


def why_no_holidays(region: str) -> str | None:
    """Say why the holidays of a country or of a part of one are not known; None where they are."""
    try:
        holidays_of(region)(2000)
    except NotImplementedError:
        country, _, part = region.partition("-")
        instead = f"; write {country} for those of the whole country" if part else ""
        return f"the holidays of {region!r} are not known{instead}"
    return None


def length_of(span: Span, calendar: BusinessCalendar | None) -> timedelta:
    """Give how long a promise is; a business day is as long as the hours agreed on."""
    if span.business and span.unit is SpanUnit.DAYS:
        assert calendar is not None  # the file was checked: business hours are told
        return span.count * calendar.day_length
    return span.count * _LENGTHS[span.unit]
