"""Functions of one value: parts of dates, and what a label or a time zone makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sandbox.salesforce.model import FieldSpec, FieldType, Value
from sandbox.salesforce.wire import from_stamp

__all__ = ["DATE_FUNCTIONS", "date_part", "result_spec"]


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _day_in_year(day: date) -> int:
    return day.timetuple().tm_yday


DATE_FUNCTIONS: Mapping[str, Callable[[datetime], Value]] = {
    "CALENDAR_YEAR": lambda day: day.year,
    "CALENDAR_QUARTER": _quarter,
    "CALENDAR_MONTH": lambda day: day.month,
    "FISCAL_YEAR": lambda day: day.year,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_MONTH": lambda day: day.month,
    "DAY_IN_YEAR": _day_in_year,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "DAY_ONLY": lambda day: day.date().isoformat(),
    "HOUR_IN_DAY": lambda day: day.hour,
    "WEEK_IN_YEAR": lambda day: (_day_in_year(day) - 1) // 7 + 1,
    "WEEK_IN_MONTH": lambda day: (day.day - 1) // 7 + 1,
}
"""What each function gives of a moment; the org's fiscal year begins in January."""

_OF_TIMES_ONLY = ("DAY_ONLY", "HOUR_IN_DAY")


def date_part(function: str, value: Value) -> Value:
    """Give a part of a stored date or moment; null stays null."""
    if value is None:
        return None
    text = str(value)
    moment = from_stamp(text) if len(text) > 10 else datetime.fromisoformat(text)
    return DATE_FUNCTIONS[function](moment)


def result_spec(function: str, argument: FieldSpec) -> FieldSpec | None:
    """Give what a function's results are, or None when it does not take such a field."""
    if argument.type is not FieldType.DATETIME and (
        argument.type is not FieldType.DATE or function in _OF_TIMES_ONLY
    ):
        return None
    kind = FieldType.DATE if function == "DAY_ONLY" else FieldType.INT
    return FieldSpec(name=f"{function}({argument.name})", label=function, type=kind)
