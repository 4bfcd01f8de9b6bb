"""Business time: how long sales had to answer, and when a promise ends.

A business day is the days' hours between two times of day on one date, in one zone; days of the
week that are not worked, and holidays, have none. All that is measured are moments, so that a day
on which the clocks are changed is as long as it really was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import accumulate

__all__ = ["BusinessCalendar", "no_holidays"]

_NONE = timedelta(0)
_DAY = timedelta(days=1)
#: No promise begins before the first of these years or ends after the last.
_FIRST, _LAST = 1900, 2200


def no_holidays(year: int) -> Collection[date]:
    """Give the holidays of a calendar that has none."""
    del year
    return ()


@dataclass(frozen=True, slots=True)
class _Year:
    """The days of a year: when each opens (None: never), how long, and how much was open before.

    `before` has one more than there are days; its last is the whole year.
    """

    opens: tuple[datetime | None, ...]
    length: tuple[timedelta, ...]
    before: tuple[timedelta, ...]


class BusinessCalendar:
    """When sales works. Years are worked out once, when they are first asked for."""

    __slots__ = ("_days", "_end", "_holidays", "_start", "_years", "_zone")

    def __init__(
        self,
        *,
        days: Collection[int],
        start: time,
        end: time,
        zone: tzinfo,
        holidays: Callable[[int], Collection[date]] = no_holidays,
    ) -> None:
        """Take the days of the week (Monday being 0), the hours, and the holidays by year."""
        self._days = frozenset(days)
        self._start = start
        self._end = end
        self._zone = zone
        self._holidays = holidays
        self._years: dict[int, _Year] = {}

    @property
    def zone(self) -> tzinfo:
        """Give the zone its times of day are told in."""
        return self._zone

    @property
    def day_length(self) -> timedelta:
        """Give how long a business day is, by the clock on the wall."""
        return datetime.combine(date.min, self._end) - datetime.combine(date.min, self._start)

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is business time; the opening moment is, the closing moment is not."""
        day = self._local_day(at)
        year = self._year(day.year)
        place = day.timetuple().tm_yday - 1
        opens = year.opens[place]
        return opens is not None and opens <= at < opens + year.length[place]

    def between(self, a: datetime, b: datetime) -> timedelta:
        """Give how much business time passed from one moment to a later one; else none."""
        if b <= a:
            return _NONE
        since, until = self._local_day(a), self._local_day(b)
        passed = self._open_until(b, until) - self._open_until(a, since)
        for year in range(since.year, until.year):
            passed += self._year(year).before[-1]
        return passed

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Give the first moment at which so much business time has passed.

        Raises ValueError where the calendar never has as much.
        """
        if span <= _NONE:
            return start
        day = self._local_day(start)
        left = span + self._open_until(start, day)
        for number in range(day.year, _LAST + 1):
            year = self._year(number)
            if left <= year.before[-1]:
                place = bisect_left(year.before, left) - 1
                opens = year.opens[place]
                assert opens is not None  # only a day with hours adds to what was open before
                return opens + (left - year.before[place])
            left -= year.before[-1]
        raise ValueError(f"there is no end to {span} of business time from {start}")

    def _open_until(self, at: datetime, day: date) -> timedelta:
        """Give how much of the year of a moment was open until then."""
        year = self._year(day.year)
        place = day.timetuple().tm_yday - 1
        opens = year.opens[place]
        if opens is None:
            return year.before[place]
        return year.before[place] + min(max(at - opens, _NONE), year.length[place])

    def _local_day(self, at: datetime) -> date:
        # A moment no calendar holds stands for the first or the last day of those it holds.
        if at.year <= _FIRST:
            return date(_FIRST, 1, 1)
        if at.year >= _LAST:
            return date(_LAST, 12, 31)
        return at.astimezone(self._zone).date()

    def _year(self, number: int) -> _Year:
        known = self._years.get(number)
        if known is None:
            known = self._years[number] = self._worked_out(number)
        return known

    def _worked_out(self, number: int) -> _Year:
        holidays = frozenset(self._holidays(number))
        opens: list[datetime | None] = []
        length: list[timedelta] = []
        day = date(number, 1, 1)
        while day.year == number:
            begins, took = self._hours(day) if day not in holidays else (None, _NONE)
            opens.append(begins)
            length.append(took)
            day += _DAY
        return _Year(tuple(opens), tuple(length), (_NONE, *accumulate(length)))

    def _hours(self, day: date) -> tuple[datetime | None, timedelta]:
        if day.weekday() not in self._days:
            return None, _NONE
        begins, ends = self._moment(day, self._start), self._moment(day, self._end)
        # Where the clocks skip hours, or a zone a whole day, there may be nothing left of it.
        if ends <= begins or begins.astimezone(self._zone).date() != day:
            return None, _NONE
        return begins, ends - begins

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self._zone).astimezone(UTC)
