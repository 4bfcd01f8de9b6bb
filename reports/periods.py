"""Periods as people say them, in the days of the zone the team works in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from reports.frame import Period
from sync.domain.errors import UsageError

__all__ = ["before", "between", "moment", "parse_period", "week_of"]

_DAY = timedelta(days=1)
_MONTHS = 12

_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

#: What a period may be called, for those who misspelt one.
_HOW = (
    "write a year (2026), a quarter (2026-Q3), a month (2026-09), a week (2026-W40), a day "
    "(2026-09-30), or this-week, last-week, and so on with month, quarter and year"
)


def parse_period(text: str, *, now: datetime, zone: tzinfo) -> Period:
    """Give the period a person means; `now` is for words like last-week. Raises UsageError."""
    word = text.strip()
    today = now.astimezone(zone).date()
    relative = _relative(word.casefold(), today)
    if relative is not None:
        first, end = relative
        return _period(first, end, zone, name=_name(word.casefold(), first))
    for pattern, days in _FORMS:
        found = pattern.fullmatch(word)
        if found is None:
            continue
        try:
            first, end = days(*(int(part) for part in found.groups()))
            return _period(first, end, zone, name=word.upper())
        except (ValueError, OverflowError):
            raise UsageError(f"there is no period {text!r}; {_HOW}") from None
    raise UsageError(f"{text!r} is no period; {_HOW}")


def between(since: str | None, until: str | None, *, now: datetime, zone: tzinfo) -> Period:
    """Give the period from the start of one day or period to the end of another.

    Raises UsageError for what is none, or ends before it starts.
    """
    first = parse_period(since, now=now, zone=zone) if since is not None else Period()
    last = parse_period(until, now=now, zone=zone) if until is not None else Period()
    begins, ends = first.first_day, last.end_day
    if begins is not None and ends is not None and ends <= begins:
        raise UsageError(f"--until {until} ends before --since {since} starts; exchange them")
    names = (f"from {since}" if since is not None else "", f"to {until}" if until else "")
    return Period(
        since=first.since,
        until=last.until,
        first_day=begins,
        end_day=ends,
        name=" ".join(name for name in names if name),
    )


def moment(text: str | None, *, now: datetime, zone: tzinfo) -> datetime:
    """Give the moment figures are asked for: a time, or the end of a day; None is now.

    A day that is not over means now. Raises UsageError for the future, and what is no date.
    """
    if text is None:
        return now
    word = text.strip()
    try:
        at = _end_of(date.fromisoformat(word), zone) if _DATE.fullmatch(word) else _time(word, zone)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--as-of {text!r} is no date; write 2026-09-30, or a time as 2026-09-30T17:00"
        ) from None
    if at <= now:
        return at
    if at - now <= _DAY and _DATE.fullmatch(word) and word == str(now.astimezone(zone).date()):
        return now
    raise UsageError(f"--as-of {text} is in the future; nothing is known of it yet")


def week_of(day: date, zone: tzinfo) -> Period:
    """Give the week a day is in, from Monday."""
    first = day - timedelta(days=day.weekday())
    return _period(first, first + 7 * _DAY, zone, name=_week_name(first))


def before(period: Period, *, days: int, zone: tzinfo) -> Period:
    """Give as many days right before a period that has a start."""
    if period.first_day is None:
        raise ValueError("an open period has no time before it")
    first = period.first_day - timedelta(days=days)
    named = _period(first, period.first_day, zone, name="")
    return replace(named, name=f"the {days} days before")


def _time(word: str, zone: tzinfo) -> datetime:
    at = datetime.fromisoformat(word)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _end_of(day: date, zone: tzinfo) -> datetime:
    return _start_of(day + _DAY, zone)


def _start_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _period(first: date, end: date, zone: tzinfo, *, name: str) -> Period:
    return Period(
        since=_start_of(first, zone),
        until=_start_of(end, zone),
        first_day=first,
        end_day=end,
        name=name,
    )


def _year_days(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year + 1, 1, 1)


def _months_on(year: int, month: int, count: int) -> date:
    """Give the first of a month, some months on from another."""
    years, place = divmod(month - 1 + count, _MONTHS)
    return date(year + years, place + 1, 1)


def _quarter_days(year: int, quarter: int) -> tuple[date, date]:
    month = 3 * quarter - 2
    return date(year, month, 1), _months_on(year, month, 3)


def _month_days(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), _months_on(year, month, 1)


def _week_days(year: int, week: int) -> tuple[date, date]:
    first = date.fromisocalendar(year, week, 1)
    return first, first + 7 * _DAY


def _one_day(year: int, month: int, day: int) -> tuple[date, date]:
    first = date(year, month, day)
    return first, first + _DAY


_FORMS: tuple[tuple[re.Pattern[str], Callable[..., tuple[date, date]]], ...] = (
    (_YEAR, _year_days),
    (_QUARTER, _quarter_days),
    (_MONTH, _month_days),
    (_WEEK, _week_days),
    (_DATE, _one_day),
)


def _relative(word: str, today: date) -> tuple[date, date] | None:
    """Give the days of words that count from today; None for others."""
    monday = today - timedelta(days=today.weekday())
    quarter = (today.month - 1) // 3 + 1
    this = {
        "week": (monday, monday + 7 * _DAY),
        "month": _month_days(today.year, today.month),
        "quarter": _quarter_days(today.year, quarter),
        "year": _year_days(today.year),
    }
    if word in ("today", "yesterday"):
        first = today if word == "today" else today - _DAY
        return first, first + _DAY
    which, _, unit = word.partition("-")
    if unit not in this or which not in ("this", "last"):
        return None
    first, end = this[unit]
    if which == "this":
        return first, end
    back = {"week": first - 7 * _DAY, "year": _months_on(first.year, 1, -_MONTHS)}
    months = {"month": -1, "quarter": -3}
    if unit in months:
        return _months_on(first.year, first.month, months[unit]), first
    return back[unit], first


def _week_name(first: date) -> str:
    year, week, _ = first.isocalendar()
    return f"{year}-W{week:02}"


def _name(word: str, first: date) -> str:
    """Name a period that was asked for by a word so that it still means the same later."""
    unit = word.partition("-")[2]
    names = {
        "week": _week_name(first),
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}-Q{(first.month - 1) // 3 + 1}",
        "year": str(first.year),
    }
    return names.get(unit, first.isoformat())
