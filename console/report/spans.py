"""Which time a report is about, and as of when, in words."""

from __future__ import annotations

from datetime import UTC, date, timedelta, tzinfo

from reports.frame import Period, Report

__all__ = ["day_text", "days_text", "span_text"]

_MONTHS = (
    "January February March April May June July August September October November December"
).split()

#: Names of periods that say no more than their days do.
_SAID = ("from ", "until ")


def span_text(report: Report, *, zone: tzinfo = UTC) -> str:
    """Say the period of a report, and as of when its figures are."""
    told = days_text(report.period)
    if not report.period.name.startswith(_SAID) and report.period.name not in told:
        told = f"{report.period.name}: {told}"
    if report.as_of is None:
        return told
    at = report.as_of.astimezone(zone)
    return f"{told}; as of {day_text(at.date())}, {at:%H:%M} {at.tzname()}"


def days_text(period: Period) -> str:
    """Say the first and the last day of a period, both part of it."""
    first = period.first_day or (period.since.date() if period.since else None)
    end = period.end_day or (period.until.date() if period.until else None)
    if first is None and end is None:
        return "all time"
    if first is None:
        assert end is not None
        return f"until {day_text(end - timedelta(days=1))}"
    if end is None:
        return f"since {day_text(first)}"
    last = end - timedelta(days=1)
    if last <= first:
        return day_text(first)
    if first.year != last.year:
        return f"{day_text(first)} to {day_text(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} to {day_text(last)}"
    return f"{first.day} to {day_text(last)}"


def day_text(day: date) -> str:
    """Say a day."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
