"""Velocity: how fast people go from stage to stage, and sales closes; what that earns a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import groupby, pairwise

from reports.earnings import BY_DAY, CLOSED_FIRST, WITHOUT_VALUE, days_open, ratio
from reports.frame import Cell, Column, Kind, Note, Period, Report, Trace
from reports.journeys import closes_in
from reports.statistics import Durations, share, wilson
from reports.view import Entry, Sale, StageWords, View

__all__ = ["velocity_report"]

_DAY = timedelta(days=1)
_SHOWN = Decimal("0.000001")


@dataclass(slots=True)
class _Group:
    """What is counted of the opportunities of one owner, segment, or of all."""

    open: int = 0
    won: int = 0
    lost: int = 0
    valued: int = 0
    revenue: Decimal = Decimal(0)
    cycle: Durations = field(default_factory=Durations)
    cycle_won: Durations = field(default_factory=Durations)


@dataclass(slots=True)
class _Apart:
    """What was counted apart."""

    by_day: int = 0
    first: int = 0
    undated: int = 0
    worthless: int = 0


def velocity_report(view: View, period: Period, *, by: str = "owner") -> Report:
    """Give days from stage to stage, then the pace of sales: of all, and of each group.

    `by` is `owner`, "" for none, or the name of a fact of sales, such as `deals.product`.
    """
    lines: list[dict[str, Cell]] = list(_between_stages(view, period))
    apart = _Apart()
    everything, groups = _count(view, period, by, apart)
    lines.append(_sales_line("all opportunities", "sales", everything))
    for name in sorted(groups, key=lambda one: (-groups[one].revenue, one)):
        lines.append(_sales_line(name or "(nobody said)", "group", groups[name]))
    return Report(
        name="velocity",
        title="Velocity",
        means="how fast people go from stage to stage, and how fast sales closes",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_columns(),
        lines=lines,
        totals={
            "open": everything.open,
            "won": everything.won,
            "lost": everything.lost,
            "revenue": everything.revenue,
            "velocity": _velocity(everything),
        },
        notes=_notes(apart),
        label="what",
        chart=("median_days",),
        traces=_traces(view, period),
    )


# --- from stage to stage -------------------------------------------------------------------------


def _between_stages(view: View, period: Period) -> Iterator[dict[str, Cell]]:
    """Give the days from the first time at each stage to the first at the next one, or beyond."""
    stages = view.stages
    took = [Durations() for _ in stages]
    for stays in _by_person(view):
        for at, (one, after) in enumerate(pairwise(stages)):
            step = _step(stays, one, after)
            if step is not None and period.holds(step[1].entered):
                took[at].add(step[1].entered - step[0].entered)
    for at, (one, after) in enumerate(pairwise(stages)):
        yield {
            "what": f"{one.name} to {after.name}",
            "kind": "stages",
            "counted": len(took[at]),
            "median_days": _days(took[at], 50),
            "p90_days": _days(took[at], 90),
        }


def _by_person(view: View) -> Iterator[Sequence[Entry]]:
    entries = (one for chunk in view.entries() for one in chunk)
    for _, stays in groupby(entries, key=lambda one: one.link):
        yield list(stays)


def _step(stays: Sequence[Entry], one: StageWords, after: StageWords) -> tuple[Entry, Entry] | None:
    """Give the first stay at a stage, and the first one after it at the next stage or beyond."""
    first = next((at for at, stay in enumerate(stays) if stay.rank == one.rank), None)
    if first is None:
        return None
    later = (stay for stay in stays[first:] if stay.rank >= after.rank)
    reached = next(later, None)
    return (stays[first], reached) if reached is not None else None


# --- opportunities -------------------------------------------------------------------------------


def _count(
    view: View, period: Period, by: str, apart: _Apart
) -> tuple[_Group, Mapping[str, _Group]]:
    users, everything = view.users(), _Group()
    groups: dict[str, _Group] = {}
    for sale in _counted(view, period):
        kinds = [everything]
        if by:
            kinds.append(groups.setdefault(_name(sale, by, users), _Group()))
        days = _cycle(view, sale)
        for group in kinds:
            _add(group, sale, days)
        _set_apart(apart, sale, days)
    return everything, groups


def _name(sale: Sale, by: str, users: Mapping[str, str]) -> str:
    if by == "owner":
        return users.get(sale.owner or "", sale.owner or "")
    return sale.facts.get(by) or ""


def _cycle(view: View, sale: Sale) -> int | None:
    """Give the days from the day an opportunity was opened to the day it closed."""
    return days_open(sale, view.zone) if sale.is_closed else None


def _add(group: _Group, sale: Sale, days: int | None) -> None:
    group.open += not sale.is_closed
    group.won += sale.is_won
    group.lost += sale.is_closed and not sale.is_won
    if sale.is_won and sale.value is not None:
        group.valued += 1
        group.revenue += sale.value
    if days is not None:
        group.cycle.add(days * _DAY)
        if sale.is_won:
            group.cycle_won.add(days * _DAY)


def _set_apart(apart: _Apart, sale: Sale, days: int | None) -> None:
    apart.by_day += days is not None
    apart.first += days is not None and days < 0
    apart.undated += sale.is_closed and days is None
    apart.worthless += sale.is_won and sale.value is None


def _sales_line(what: str, kind: str, group: _Group) -> dict[str, Cell]:
    closed = group.won + group.lost
    low, high = wilson(group.won, closed) if closed else (None, None)
    return {
        "what": what,
        "kind": kind,
        "counted": len(group.cycle),
        "median_days": _days(group.cycle, 50),
        "p90_days": _days(group.cycle, 90),
        "median_days_won": _days(group.cycle_won, 50),
        "open": group.open,
        "won": group.won,
        "lost": group.lost,
        "win_rate": share(group.won, closed),
        "win_rate_low": low,
        "win_rate_high": high,
        "won_value": ratio(group.revenue, group.valued),
        "velocity": _velocity(group),
    }


def _velocity(group: _Group) -> Decimal | None:
    """Give what the open opportunities earn a day, if they go as those that closed did."""
    closed, cycle = group.won + group.lost, group.cycle_won.median(unit=_DAY)
    if not closed or not group.valued or cycle is None or cycle <= 0:
        return None
    found = group.open * Decimal(group.won) * group.revenue
    return (found / (closed * group.valued * cycle)).quantize(_SHOWN)


def _days(took: Durations, percent: int) -> Decimal | None:
    found = took.percentile(percent, unit=_DAY)
    return None if found is None else found.quantize(_SHOWN)


# --- how it is told ------------------------------------------------------------------------------


def _columns() -> Sequence[Column]:
    count, days, share_, money = Kind.COUNT, Kind.DAYS, Kind.SHARE, Kind.MONEY
    told = (
        ("what", "what", Kind.TEXT, "the step between two stages, or whose opportunities"),
        ("kind", "kind", Kind.TEXT, "stages, sales (all opportunities) or group"),
        ("counted", "counted", count, "steps made, or opportunities closed, in the period"),
        ("median_days", "median days", days, "median days a step took, or from opened to closed"),
        ("p90_days", "90 % days", days, "what nine of ten stayed below"),
        ("median_days_won", "days to win", days, "the median of those won alone"),
        ("open", "open", count, "opportunities open at the moment of the report"),
        ("won", "won", count, "opportunities won in the period"),
        ("lost", "lost", count, "opportunities lost in the period"),
        ("win_rate", "win rate", share_, "won / (won + lost)"),
        ("win_rate_low", "at least", share_, "lower end, 95 % interval"),
        ("win_rate_high", "at most", share_, "upper end, 95 % interval"),
        ("won_value", "won value", money, "average value of those won, where one is told"),
        ("velocity", "a day", money, "open x win rate x won value / days to win"),
    )
    intervals = {"win_rate": ("win_rate_low", "win_rate_high")}
    return [
        Column(
            key=key,
            title=title,
            kind=kind,
            means=means,
            bar=key == "median_days",
            low=intervals.get(key, ("", ""))[0],
            high=intervals.get(key, ("", ""))[1],
        )
        for key, title, kind, means in told
    ]


def _notes(apart: _Apart) -> list[Note]:
    said = (
        (apart.by_day, BY_DAY),
        (apart.first, CLOSED_FIRST),
        (apart.undated, "closed, and do not say when they were opened or closed: in no cycle"),
        (apart.worthless, WITHOUT_VALUE),
    )
    return [Note(text=text, count=count) for count, text in said if count]


def _traces(view: View, period: Period) -> Iterator[Trace]:
    for sale in _counted(view, period):
        yield Trace(
            line="all opportunities",
            hubspot=sale.deal,
            salesforce=sale.id,
            values={
                "opportunity": sale.name,
                "closed": sale.closed,
                "won": sale.is_won,
                "days": _cycle(view, sale),
                "value": sale.value,
            },
        )


def _counted(view: View, period: Period) -> Iterable[Sale]:
    return (
        sale
        for chunk in view.sales()
        for sale in chunk
        if not sale.is_closed or closes_in(period, sale)
    )
