"""Periods as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reports.periods import before, between, moment, parse_period, week_of
from sync.domain.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday, half past midnight in Berlin, still Sunday in UTC.
NOW = datetime(2026, 10, 4, 22, 30, tzinfo=UTC)


def days(text: str, zone=BERLIN) -> tuple[date | None, date | None]:
    found = parse_period(text, now=NOW, zone=zone)
    return found.first_day, found.end_day


@pytest.mark.parametrize(
    ("text", "first", "end", "name"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1), "2026"),
        ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1), "2026-Q3"),
        ("2026q4", date(2026, 10, 1), date(2027, 1, 1), "2026Q4"),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), "2026-12"),
        ("2026-W40", date(2026, 9, 28), date(2026, 10, 5), "2026-W40"),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 4), "2020-W53"),
        ("2026-09-30", date(2026, 9, 30), date(2026, 10, 1), "2026-09-30"),
        ("last-week", date(2026, 9, 28), date(2026, 10, 5), "2026-W40"),
        ("this-week", date(2026, 10, 5), date(2026, 10, 12), "2026-W41"),
        ("last-month", date(2026, 9, 1), date(2026, 10, 1), "2026-09"),
        ("this-quarter", date(2026, 10, 1), date(2027, 1, 1), "2026-Q4"),
        ("last-quarter", date(2026, 7, 1), date(2026, 10, 1), "2026-Q3"),
        ("Last-Year", date(2025, 1, 1), date(2026, 1, 1), "2025"),
        ("yesterday", date(2026, 10, 4), date(2026, 10, 5), "2026-10-04"),
    ],
)
def test_period_is_what_people_mean(text: str, first: date, end: date, name: str):
    found = parse_period(text, now=NOW, zone=BERLIN)

    assert (found.first_day, found.end_day, found.name) == (first, end, name)


def test_days_are_those_of_the_zone_the_team_works_in():
    found = parse_period("2026-10", now=NOW, zone=BERLIN)

    # Summer time when the month begins, winter time when it ends.
    assert found.since == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert found.until == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert days("yesterday", UTC) == (date(2026, 10, 3), date(2026, 10, 4))


@pytest.mark.parametrize(
    "text", ["", "2026-Q5", "2026-13", "2026-W54", "2026-02-30", "0000", "9999", "next-week", "Q3"]
)
def test_what_is_no_period_is_refused_with_the_forms_there_are(text: str):
    with pytest.raises(UsageError, match="2026-Q3") as refused:
        parse_period(text, now=NOW, zone=BERLIN)

    assert refused.value.exit_code == 2


def test_since_and_until_take_days_and_periods_and_both_ends_count():
    found = between("2026-Q1", "2026-06-30", now=NOW, zone=BERLIN)
    open_end = between("2026-06-30", None, now=NOW, zone=BERLIN)

    assert (found.first_day, found.end_day) == (date(2026, 1, 1), date(2026, 7, 1))
    assert found.holds_day(date(2026, 6, 30))
    assert (open_end.first_day, open_end.until) == (date(2026, 6, 30), None)


def test_an_end_before_the_start_is_refused():
    with pytest.raises(UsageError, match="ends before"):
        between("2026-07-01", "2026-Q2", now=NOW, zone=BERLIN)


def test_moment_is_the_end_of_a_day_or_a_time_and_never_in_the_future():
    assert moment(None, now=NOW, zone=BERLIN) == NOW
    assert moment("2026-09-30", now=NOW, zone=BERLIN) == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert moment("2026-09-30T17:00", now=NOW, zone=BERLIN) == datetime(2026, 9, 30, 15, tzinfo=UTC)
    assert moment("2026-10-05", now=NOW, zone=BERLIN) == NOW
    for text in ("2026-10-06", "2026-10-05T09:00", "soon"):
        with pytest.raises(UsageError, match="--as-of"):
            moment(text, now=NOW, zone=BERLIN)


def test_time_before_a_week_ends_where_the_week_begins():
    week = week_of(date(2026, 9, 30), BERLIN)
    earlier = before(week, days=28, zone=BERLIN)

    assert (week.first_day, week.name) == (date(2026, 9, 28), "2026-W40")
    assert (earlier.first_day, earlier.until) == (date(2026, 8, 31), week.since)
