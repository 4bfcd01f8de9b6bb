"""Relative dates: `TODAY`, `LAST_N_DAYS:30`, `THIS_MONTH` and the like, in UTC.

The org's fiscal year begins in January, so fiscal quarters and years are those of the calendar.
"""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["relative_days"]

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


def relative_days(word: str, today: date) -> tuple[date, date] | None:
    """Give the first day and the day after the last, or None when the word is no date."""
    name, _, number = word.upper().replace("_FISCAL_", "_").partition(":")
    if number:
        return _counted(name, int(number), today)
    single = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    if name in single:
        first = today + timedelta(days=single[name])
        return first, first + _DAY
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        return _counted(name.replace("90", "N"), 90, today)
    which, _, unit = name.partition("_")
    steps = {"LAST": -1, "THIS": 0, "NEXT": 1}
    if which in steps and unit in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        step = steps[which]
        return _unit_start(unit, today, step), _unit_start(unit, today, step + 1)
    return None


def _counted(name: str, count: int, today: date) -> tuple[date, date] | None:
    match name.split("_"):
        case ["LAST", "N", "DAYS"]:
            return today - count * _DAY, today + _DAY
        case ["NEXT", "N", "DAYS"]:
            return today + _DAY, today + (count + 1) * _DAY
        case ["N", "DAYS", "AGO"]:
            return today - count * _DAY, today - (count - 1) * _DAY
        case ["LAST", "N", units]:
            return _units(units, today, -count, 0)
        case ["NEXT", "N", units]:
            return _units(units, today, 1, count + 1)
        case ["N", units, "AGO"]:
            return _units(units, today, -count, -count + 1)
    return None


def _units(units: str, today: date, first: int, stop: int) -> tuple[date, date] | None:
    unit = units.removesuffix("S")
    if unit not in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        return None
    return _unit_start(unit, today, first), _unit_start(unit, today, stop)


def _unit_start(unit: str, today: date, step: int) -> date:
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return sunday + step * _WEEK
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    month_number = (today.year * 12 + today.month - 1) // months * months + step * months
    return date(month_number // 12, month_number % 12 + 1, 1)
