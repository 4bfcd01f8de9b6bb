"""`revloop report`: figures of the closed loop over a time, as of any moment, from the state."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.facts_wiring import view_of
from console.report.asked import Asked
from console.report.forms import made_up_of
from console.report.terms import terms_of
from console.wiring import Purpose, now, open_workshop
from reports.registry import REPORTS, report_of

if TYPE_CHECKING:
    from reports.frame import Period, Report

__all__ = ["report", "week"]


def report(
    folder: Path,
    name: str,
    asked: Asked,
    *,
    by: str | None = None,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = now,
) -> int:
    """Give one report in the forms asked for; give the exit code."""
    from console.report.forms import give

    asked.check()
    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        terms = terms_of(workshop)
        terms = replace(terms, by=by or terms.by)
        # Words like last-week count from the moment figures are asked for.
        at = asked.moment(now=clock(), zone=terms.zone)
        period = asked.time(now=at, zone=terms.zone)
        view = view_of(workshop, as_of=at)
        made_up = made_up_of(asked, view.users())

        def make() -> Report:
            made = report_of(name, view, period, terms)
            return made_up.report(made) if made_up is not None else made

        give(make, asked, zone=terms.zone)
    return 0


def week(
    folder: Path,
    asked: Asked,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = now,
) -> int:
    """Give the page of a week; give the exit code."""
    from console.report.week_form import give_week
    from reports.periods import before
    from reports.week import WEEKS, week_of_reports

    asked.check()
    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        terms = terms_of(workshop)
        at = asked.moment(now=clock(), zone=terms.zone)
        period = asked.week(now=at, zone=terms.zone)
        view = view_of(workshop, as_of=at)
        made_up = made_up_of(asked, view.users())

        def make(name: str, over: Period) -> Report | None:
            if name not in REPORTS:
                return None
            made = report_of(name, view, over, terms)
            return made_up.report(made) if made_up is not None else made

        earlier = before(period, days=7 * WEEKS, zone=terms.zone)
        give_week(week_of_reports(make, view, period, earlier), asked, zone=terms.zone)
    return 0
