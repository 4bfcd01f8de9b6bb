"""Which sources bring people, how far those come, what they earn, and what they cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from reports.attribution import Model, split
from reports.earnings import (
    BY_DAY,
    COST_COLUMNS,
    RATE_COLUMNS,
    REVENUE_COLUMNS,
    UNDATED,
    WITHOUT_VALUE,
    WON_EARLY,
    Earned,
    credited,
    rate,
    rate_columns,
    ratio,
    summed,
    summed_money,
)
from reports.frame import Cell, Column, Kind, Line, Note, Period, Report, Trace
from reports.journeys import Behind, came_in, closed_in, furthest, of_members
from reports.reached import Reached, reached_columns, reached_keys
from reports.statistics import Durations
from reports.view import Sale, StageWords, View

__all__ = ["sources_report"]

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Source:
    """What is counted of one source."""

    people: int = 0
    reached: Reached = field(default_factory=Reached)
    earned: Earned = field(default_factory=Earned)
    opportunities: int = 0
    days: Durations = field(default_factory=Durations)
    cost: Decimal | None = None


@dataclass(slots=True)
class _Apart:
    """What was counted apart."""

    undated: int = 0
    sourceless: int = 0
    by_day: int = 0
    early: int = 0
    worthless: int = 0
    nobody: int = 0


def sources_report(view: View, period: Period) -> Report:
    """Give a line for each source; people count in the period in which they became known."""
    stages = view.stages[1:]
    found: defaultdict[str, _Source] = defaultdict(_Source)
    apart = _Apart()
    _count_people(view, period, found, apart)
    sales = list(closed_in(view, period))
    behind = Behind(view, sales)
    for sale in sales:
        _count_sale(view, sale, behind, found, apart)
    _share_costs(view, found)
    lines = [_line(name, one, stages) for name, one in sorted(found.items(), key=_largest_first)]
    return Report(
        name="sources",
        title="Sources",
        means="where people come from, how far they come, and what they earn",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_columns(stages),
        lines=lines,
        totals=_totals(lines, stages),
        notes=_notes(apart),
        label="source",
        chart=("people", "revenue_linear"),
        traces=chain(_traces_of_people(view, period), _traces_of_sales(sales, behind)),
    )


def _traces_of_people(view: View, period: Period) -> Iterator[Trace]:
    named = {one.rank: one.name for one in view.stages}
    for person, rank in furthest(view):
        if came_in(period, person):
            yield Trace(
                line=person.source,
                hubspot=person.hubspot,
                salesforce=person.salesforce,
                values={"came": person.created, "reached": named.get(rank)},
            )


def _traces_of_sales(sales: Sequence[Sale], behind: Behind) -> Iterator[Trace]:
    for sale in sales:
        yield Trace(
            line=behind.source(sale),
            hubspot=sale.deal,
            salesforce=sale.id,
            values={"won": sale.is_won, "closed": sale.closed, "value": sale.value},
        )


def _count_people(
    view: View,
    period: Period,
    found: defaultdict[str, _Source],
    apart: _Apart,
) -> None:
    for person, rank in furthest(view):
        apart.undated += person.created is None
        if not came_in(period, person):
            continue
        one = found[person.source]
        one.people += 1
        apart.sourceless += not person.source
        one.reached.add(rank)


def _count_sale(
    view: View, sale: Sale, behind: Behind, found: defaultdict[str, _Source], apart: _Apart
) -> None:
    one = found[behind.source(sale)]
    one.opportunities += 1
    apart.by_day += sale.closed is not None
    one.earned.count(sale)
    apart.nobody += behind.first(sale) is None
    if not sale.is_won:
        return
    apart.worthless += sale.value is None
    days = behind.days(sale)
    if days is not None:
        one.days.add(days * _DAY)
        apart.early += days < 0
    journey = behind.by_source(sale, view.as_of)
    credited(lambda name: found[name].earned, journey, sale, nobody="")


def _share_costs(view: View, found: defaultdict[str, _Source]) -> None:
    """Let every member of a campaign cost the same, and a source what its people cost.

    A campaign nobody took part in was spent on nobody known: on the source "".
    """
    campaigns = {link: one.cost for link, one in view.campaigns().items() if one.cost is not None}
    if not campaigns:
        return
    sizes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for member, person in of_members(view):
        sizes[member.campaign][person.source if person is not None else ""] += 1
    for link, cost in campaigns.items():
        members = sizes[link] or Counter({"": 1})
        parts = {name: Fraction(number, members.total()) for name, number in members.items()}
        for name, part in split(cost, parts).items():
            found[name].cost = (found[name].cost or Decimal(0)) + part


def _line(name: str, one: _Source, stages: Sequence[StageWords]) -> Line:
    last = one.reached.of(stages[-1]) if stages else 0
    return {
        "source": name,
        "people": one.people,
        **one.reached.values(stages),
        **rate("conversion", last, one.people - last),
        "opportunities": one.opportunities,
        **one.earned.values(),
        "median_days": one.days.median(unit=_DAY),
        "cost": one.cost,
        "cost_per_person": ratio(one.cost, one.people),
        "cost_per_win": ratio(one.cost, one.earned.won),
        "return": ratio(one.earned.revenue[Model.LINEAR], one.cost or 0),
    }


def _columns(stages: Sequence[StageWords]) -> Sequence[Column]:
    last = stages[-1].name if stages else "stage"
    return (
        Column(key="source", title="source"),
        Column(
            key="people",
            title="people",
            kind=Kind.COUNT,
            means="people of this source who became known in the period",
            bar=True,
        ),
        *reached_columns(stages),
        *rate_columns("conversion", "conversion", f"of those, the share who ever reached {last!r}"),
        Column(
            key="opportunities",
            title="closed",
            kind=Kind.COUNT,
            means="opportunities closed in the period whose first person is of this source",
        ),
        *RATE_COLUMNS,
        *REVENUE_COLUMNS,
        Column(
            key="median_days",
            title="days to win",
            kind=Kind.DAYS,
            means="median days from when the first person became known to the day of the win",
        ),
        *COST_COLUMNS,
    )


def _totals(lines: Sequence[Line], stages: Sequence[StageWords]) -> Mapping[str, Cell]:
    counts = ("people", *reached_keys(stages), "opportunities", "won", "lost")
    return {**summed(lines, counts), **summed_money(lines)}


def _notes(apart: _Apart) -> Sequence[Note]:
    told = {
        UNDATED: apart.undated,
        "without a source; people on a line of their own": apart.sourceless,
        BY_DAY: apart.by_day,
        WON_EARLY: apart.early,
        WITHOUT_VALUE: apart.worthless,
        "closed with no known person behind them; counted under no source": apart.nobody,
    }
    return [Note(text=text, count=count) for text, count in told.items() if count]


def _largest_first(item: tuple[str, _Source]) -> tuple[int, int, str]:
    name, one = item
    return -one.people, -one.opportunities, name
