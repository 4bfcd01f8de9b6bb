"""Dates and times: a date as 2026-03-31, a time in UTC with three decimals."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mappings.transforms.reading import UnreadableError

__all__ = ["day_in", "midnight_in", "read_date", "read_datetime", "whole_second", "zone_named"]

#: Milliseconds since 1970, as HubSpot gives some calculated times: 13 digits, from September 2001
#: to November 2286. Fewer digits may be a day written without signs.
_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_date(text: str) -> str:
    """Give a date; of a time its day in UTC, of a midnight elsewhere the day it begins there."""
    written = text.strip()
    if len(written) == 10:
        return _day(written).isoformat()
    moment = _moment(written)
    if moment.time() != time.min:
        moment = _in_utc(moment)
    return moment.date().isoformat()


def read_datetime(text: str) -> str:
    """Give a time in UTC, as `2026-03-31T22:14:05.000Z`; of a date its midnight."""
    written = text.strip()
    if len(written) == 10:
        moment = datetime.combine(_day(written), time.min, tzinfo=UTC)
    else:
        moment = _in_utc(_moment(written))
    whole = moment.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{whole}.{moment.microsecond // 1000:03d}Z"


def whole_second(time: str) -> str:
    """Give a time in UTC without the parts of its second."""
    return f"{time[: -len('.000Z')]}.000Z"


def zone_named(name: str) -> tzinfo:
    """Give a time zone by its name; UTC where this machine knows none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day_in(text: str, zone: tzinfo) -> str:
    """Give the day a time is on for people of a zone; a midnight is the day it is written as.

    Programs write a day as its midnight in UTC, people pick it where they are.
    """
    written = text.strip()
    if len(written) == 10:
        return _day(written).isoformat()
    moment = _moment(written)
    if moment.time() == time.min:
        return moment.date().isoformat()
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError as exc:
        raise UnreadableError("a date and time between the years 1 and 9999 is expected") from exc


def midnight_in(day: str, zone: tzinfo) -> str:
    """Give the time, in UTC, at which a day begins for people of a zone."""
    return read_datetime(datetime.combine(_day(day), time.min, tzinfo=zone).isoformat())


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise UnreadableError("a date and time between the years 1 and 9999 is expected") from exc


def _day(text: str) -> date:
    # A week's day, as in 2026-W14-2, is as long as a date and would be read, too.
    if text[4] == text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableError("a date like 2026-03-31 is expected")


def _moment(text: str) -> datetime:
    """Read a time; one that names no zone is taken as UTC."""
    if _MILLISECONDS.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(text))
    if len(text) < 11 or text[10] not in "Tt ":
        raise UnreadableError(
            "a date like 2026-03-31, or a time like 2026-03-31T22:14:05Z, is expected"
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UnreadableError("a time like 2026-03-31T22:14:05Z is expected") from exc
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
