"""Every report by its name: what it tells, and how it is made of what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.lifecycle.model import Lifecycle
    from reports.frame import Period, Report
    from reports.view import View
    from sync.domain.hours import BusinessCalendar

__all__ = ["REPORTS", "About", "Terms", "report_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What marketing and sales agreed on, and when sales works; nothing where no one said.

    `by` is what groups of a report are told apart by, where it has groups.
    """

    by: str = "owner"
    lifecycle: Lifecycle | None = None
    hours: BusinessCalendar | None = None

    @property
    def zone(self) -> tzinfo:
        """Give the zone whose days are meant."""
        return self.hours.zone if self.hours is not None else UTC


@dataclass(frozen=True, slots=True)
class About:
    """One report: what it tells, in a line, what makes it, and whether it takes `Terms.by`."""

    says: str
    make: Callable[[View, Period, Terms], Report]
    has_groups: bool = False


def report_of(name: str, view: View, period: Period, terms: Terms) -> Report:
    """Make a report by its name."""
    return REPORTS[name].make(view, period, terms)


# Each is imported when it is asked for, so that `--help` reads none of them.


def _funnel(view: View, period: Period, terms: Terms) -> Report:
    from reports.funnel import funnel_report

    return funnel_report(view, period, hours=terms.hours)


def _velocity(view: View, period: Period, terms: Terms) -> Report:
    from reports.velocity import velocity_report

    return velocity_report(view, period, by=terms.by)


def _health(view: View, period: Period, _: Terms) -> Report:
    from reports.health import health_report

    return health_report(view, period)


def _sla(view: View, period: Period, terms: Terms) -> Report:
    from reports.sla import sla_report

    return sla_report(view, period, lifecycle=terms.lifecycle, hours=terms.hours)


def _sources(view: View, period: Period, _: Terms) -> Report:
    from reports.sources import sources_report

    return sources_report(view, period)


def _campaigns(view: View, period: Period, _: Terms) -> Report:
    from reports.campaigns import campaigns_report

    return campaigns_report(view, period)


def _losses(view: View, period: Period, _: Terms) -> Report:
    from reports.losses import losses_report

    return losses_report(view, period)


def _segments(view: View, period: Period, _: Terms) -> Report:
    from reports.segments import segments_report

    return segments_report(view, period)


def _scores(view: View, period: Period, _: Terms) -> Report:
    from reports.scores import scores_report

    return scores_report(view, period)


#: All but the ledger of outcomes, which has options of its own, and the page of a week.
REPORTS: Mapping[str, About] = {
    "funnel": About("The funnel: who entered each stage, how far they came, how long.", _funnel),
    "sla": About("Service levels: met, late, waiting now; promised against delivered.", _sla),
    "sources": About("Sources: how far their people come, what they earn and cost.", _sources),
    "campaigns": About("Campaigns: who took part, what was won, what it cost.", _campaigns),
    "losses": About("What was lost and what came back, and why.", _losses),
    "segments": About("Segments: revenue, worth over time, who stays and buys again.", _segments),
    "scores": About("Scores: win rate by band, and whether the score ranks at all.", _scores),
    "velocity": About(
        "Velocity: days from stage to stage, and what sales bring a day.",
        _velocity,
        has_groups=True,
    ),
    "health": About("What nobody but a person can decide or put right.", _health),
}
