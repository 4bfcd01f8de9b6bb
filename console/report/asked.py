"""What is asked of a report: the time it is about, and the forms it is wanted in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from reports.frame import Period
from reports.periods import between, moment, parse_period
from sync.domain.errors import UsageError

__all__ = ["Asked"]

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `revloop report`, as typed."""

    as_json: bool = False
    as_csv: bool = False
    html: Path | None = None
    rows: bool = False
    anonymise: bool = False
    since: str | None = None
    until: str | None = None
    period: str | None = None
    as_of: str | None = None

    def check(self) -> None:
        """Refuse what cannot be meant, before any work is done for it; raises UsageError."""
        from console.output import check_writable

        if self.as_json and self.as_csv:
            raise UsageError("--json and --csv both go to standard output; choose one")
        if self.period is not None and (self.since is not None or self.until is not None):
            raise UsageError("--period says both ends; leave --since and --until out, or it")
        if self.rows and self.html is not None and not (self.as_json or self.as_csv):
            raise UsageError("--rows goes with --json, --csv or the terminal; a page has none")
        if self.html is not None:
            check_writable(self.html)

    def time(self, *, now: datetime, zone: tzinfo) -> Period:
        """Give the period that is meant; all time, where none is."""
        if self.period is not None:
            return parse_period(self.period, now=now, zone=zone)
        if self.since is None and self.until is None:
            return Period()
        return between(self.since, self.until, now=now, zone=zone)

    def week(self, *, now: datetime, zone: tzinfo) -> Period:
        """Give the week that is meant: the last whole one, where none is; raises UsageError."""
        if self.since is not None or self.until is not None:
            raise UsageError("the page is of one week; name it by --period 2026-W40")
        found = parse_period(self.period or "last-week", now=now, zone=zone)
        first, end = found.first_day, found.end_day
        if first is None or end is None or first.weekday() or end - first != _WEEK:
            raise UsageError(f"{self.period} is no week; write --period 2026-W40 or last-week")
        return found

    def moment(self, *, now: datetime, zone: tzinfo) -> datetime:
        """Give as of when figures are wanted."""
        return moment(self.as_of, now=now, zone=zone)
