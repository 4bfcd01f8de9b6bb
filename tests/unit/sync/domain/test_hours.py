"""Business time adds up, over nights, weekends, holidays, years and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.hours import BusinessCalendar

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = {date(2026, 1, 1), date(2026, 5, 1), date(2026, 12, 25)}
HOUR = timedelta(hours=1)


def week(**other: object) -> BusinessCalendar:
    rules: dict[str, object] = {
        "days": range(5),
        "start": time(9),
        "end": time(17, 30),
        "zone": BERLIN,
        "holidays": lambda year: [day for day in HOLIDAYS if day.year == year],
    }
    return BusinessCalendar(**{**rules, **other})  # type: ignore[arg-type]


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 3, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


WEEK = week()
NIGHTS = week(days=range(7), start=time(0), end=time(6))
FAR = week(days=(0, 3, 6), start=time(2, 30), end=time(23, 59), zone=ZoneInfo("Pacific/Apia"))
calendars = st.sampled_from([WEEK, NIGHTS, FAR])
moments = st.timedeltas(timedelta(0), timedelta(days=8_000)).map(
    lambda passed: datetime(2009, 1, 1, tzinfo=UTC) + passed
)
anything = st.datetimes(timezones=st.just(UTC))


@given(calendars, st.tuples(moments, moments, moments))
def test_business_time_is_additive(calendar: BusinessCalendar, at: tuple[datetime, ...]) -> None:
    a, b, c = sorted(at)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@settings(max_examples=30)
@given(calendars, anything, anything)
def test_business_time_is_never_negative_nor_longer_than_time(
    calendar: BusinessCalendar, a: datetime, b: datetime
) -> None:
    assert timedelta(0) <= calendar.between(a, b) <= max(b - a, timedelta(0))


@given(calendars, moments, st.timedeltas(timedelta(seconds=1), timedelta(days=300)))
def test_the_end_of_a_promise_is_the_first_moment_at_which_its_time_has_passed(
    calendar: BusinessCalendar, start: datetime, span: timedelta
) -> None:
    end = calendar.add(start, span)
    assert calendar.between(start, end) == span
    assert calendar.between(start, end - timedelta(microseconds=1)) < span


def minute_by_minute(calendar: BusinessCalendar, a: datetime, b: datetime) -> timedelta:
    """Count the slow way, by asking of every minute on the wall."""
    minute, passed = timedelta(minutes=1), timedelta(0)
    while a < b:
        passed += minute * calendar.is_open(a)
        a += minute
    return passed


@pytest.mark.parametrize("calendar", [WEEK, NIGHTS, FAR])
@pytest.mark.parametrize("start", [date(2026, 3, 26), date(2026, 10, 22), date(2011, 12, 28)])
def test_counting_minute_by_minute_gives_the_same(calendar: BusinessCalendar, start: date) -> None:
    a = datetime.combine(start, time(11, 17), tzinfo=UTC)
    b = a + timedelta(days=5, hours=3)
    assert calendar.between(a, b) == minute_by_minute(calendar, a, b)


def test_nights_and_weekends_do_not_count() -> None:
    # Friday 16:00 to Monday 10:00: an hour and a half, and an hour.
    assert WEEK.between(berlin(13, 16), berlin(16, 10)) == 2.5 * HOUR
    assert WEEK.add(berlin(13, 16), 4 * HOUR) == berlin(16, 11, 30)


def test_holidays_do_not_count() -> None:
    assert WEEK.between(berlin(30, 17, month=4), berlin(4, 10, month=5)) == 1.5 * HOUR


def test_a_night_on_which_the_clocks_go_forward_is_an_hour_short() -> None:
    assert NIGHTS.between(berlin(28, 20), berlin(29, 20)) == 5 * HOUR
    assert NIGHTS.between(berlin(24, 20, month=10), berlin(25, 20, month=10)) == 7 * HOUR


def test_a_week_of_working_days_is_as_long_with_the_clocks_changed() -> None:
    assert WEEK.between(berlin(23, 0), berlin(30, 0)) == 5 * 8.5 * HOUR
    assert WEEK.between(berlin(27, 17), berlin(30, 9, 30)) == HOUR


def test_opening_is_business_time_and_closing_is_not() -> None:
    assert [WEEK.is_open(berlin(16, hour)) for hour in (8, 9, 17, 18)] == [False, True, True, False]
    assert not WEEK.is_open(berlin(16, 17, 30))


def test_a_promise_that_can_never_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no end"):
        week(days=()).add(berlin(16, 9), HOUR)
