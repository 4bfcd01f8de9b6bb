"""What customers of each kind are worth: revenue, value over their life, who stays, who returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from reports.earnings import (
    BY_DAY,
    CLOSED_FIRST,
    UNDATED,
    WITHOUT_VALUE,
    closed_first,
    days_open,
    rate,
    ratio,
)
from reports.frame import Line, Note, Period, Report, Trace
from reports.journeys import Behind, came_in, closes_in, furthest
from reports.segment_columns import SEGMENT_COLUMNS
from reports.statistics import Durations
from reports.view import Person, Sale, View

__all__ = ["segments_report"]

_DAY = timedelta(days=1)


class _Key(NamedTuple):
    """Which line: the field opportunities are told apart by, and its value."""

    segment: str
    value: str


@dataclass(slots=True)
class _Customer:
    """What one customer bought: up to the end of the period, in it, and before it."""

    wins: int = 0
    before: bool = False
    within: bool = False


@dataclass(slots=True)
class _Segment:
    """What is counted in one line."""

    people: int | None = None
    bought: int = 0
    customers: defaultdict[str, _Customer] = field(default_factory=lambda: defaultdict(_Customer))
    lifetime: Decimal = Decimal(0)
    won: int = 0
    lost: int = 0
    valued: int = 0
    revenue: Decimal = Decimal(0)
    new: Decimal = Decimal(0)
    days: Durations = field(default_factory=Durations)
    cycle: Durations = field(default_factory=Durations)


def segments_report(view: View, period: Period) -> Report:
    """Give a line for each value of each segment: source, owner, type and the kept fields.

    People count where they became known in the period. Lifetime, repeat business and retention
    look at all wins up to the end of the period.
    """
    sales = [
        sale
        for chunk in view.sales()
        for sale in chunk
        if sale.is_closed and _is_until_end(sale, period)
    ]
    behind, names = Behind(view, sales), view.users()
    found: defaultdict[_Key, _Segment] = defaultdict(_Segment)
    kept = sorted({name for sale in sales for name in sale.facts})
    for sale in sales:
        for key in _keys(sale, behind, names, kept):
            _count(found[key], sale, period, view.zone)
    undated, of_people = _count_people(view, period, found)
    ordered = sorted(found, key=lambda key: _largest_first(key, found[key]))
    within = [one for one in sales if closes_in(period, one)]
    return Report(
        name="segments",
        title="Segments",
        means="what customers of each kind bring, now and over their life",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=SEGMENT_COLUMNS,
        lines=[_line(key, found[key]) for key in ordered],
        totals={
            "won": sum(one.is_won for one in within),
            "lost": sum(not one.is_won for one in within),
            "revenue": sum(
                (one.value for one in within if one.is_won and one.value is not None), Decimal(0)
            ),
            "customers": len({_customer(one) for one in sales if one.is_won}),
        },
        notes=_notes(within, undated, view.zone),
        label="value",
        chart=("revenue",),
        traces=chain(
            _traces_of_people(view, period, of_people), _traces(within, behind, names, kept)
        ),
    )


def _largest_first(key: _Key, one: _Segment) -> tuple[str, Decimal, int, str]:
    return key.segment, -one.revenue, -(one.people or 0), key.value


def _count_people(
    view: View, period: Period, found: defaultdict[_Key, _Segment]
) -> tuple[int, set[str]]:
    """Count people; give of how many nobody knows when they came, and which segments are theirs."""
    last = view.stages[-1].rank if view.stages else None
    undated, everybody, of_people = 0, _Segment(people=0), {"source"}
    for person, rank in furthest(view):
        undated += person.created is None
        of_people.update(person.facts)
        if not came_in(period, person):
            continue
        lines = [found[_Key(name, value or "")] for name, value in _told(person).items()]
        for one in (everybody, *lines):
            one.people = (one.people or 0) + 1
            one.bought += last is not None and rank >= last
    for name in of_people:
        _count_untold(found, name, everybody)
    return undated, of_people


def _told(person: Person) -> Mapping[str, str | None]:
    return {"source": person.source, **person.facts}


def _count_untold(found: defaultdict[_Key, _Segment], name: str, everybody: _Segment) -> None:
    """Count people of whom a segment says nothing on its empty line, so that all lines add up."""
    lines = [one for key, one in found.items() if key.segment == name]
    for one in lines:
        one.people = one.people or 0
    untold = (everybody.people or 0) - sum(one.people or 0 for one in lines)
    if untold:
        empty = found[_Key(name, "")]
        empty.people = (empty.people or 0) + untold
        empty.bought += everybody.bought - sum(one.bought for one in lines)


def _is_until_end(sale: Sale, period: Period) -> bool:
    return sale.closed is None or period.end_day is None or sale.closed < period.end_day


def _keys(
    sale: Sale, behind: Behind, names: Mapping[str, str], kept: Sequence[str]
) -> Iterator[_Key]:
    yield _Key("source", behind.source(sale))
    yield _Key("owner", names.get(sale.owner or "", sale.owner or ""))
    yield _Key("business", "existing" if sale.existing else "new")
    for name in kept:
        yield _Key(name, sale.facts.get(name) or "")


def _customer(sale: Sale) -> str:
    """Tell who bought: the company, else the first person, else nobody else."""
    if sale.company is not None:
        return f"company {sale.company}"
    return f"person {sale.people[0]}" if sale.people else f"sale {sale.id}"


def _count(one: _Segment, sale: Sale, period: Period, zone: tzinfo) -> None:
    within = closes_in(period, sale)
    one.won += within and sale.is_won
    one.lost += within and not sale.is_won
    days = days_open(sale, zone) if within else None
    if days is not None:
        one.cycle.add(days * _DAY)
    if not sale.is_won:
        return
    customer = one.customers[_customer(sale)]
    customer.wins += 1
    customer.within = customer.within or within
    customer.before = customer.before or not within
    value = sale.value or Decimal(0)
    one.lifetime += value
    if not within:
        return
    one.revenue += value
    one.new += Decimal(0) if sale.existing else value
    one.valued += sale.value is not None
    if days is not None:
        one.days.add(days * _DAY)


def _line(key: _Key, one: _Segment) -> Line:
    customers = one.customers.values()
    repeated = sum(each.wins > 1 for each in customers)
    before = [each for each in customers if each.before]
    kept = sum(each.within for each in before)
    return {
        "segment": key.segment,
        "value": key.value,
        **_came(one),
        "won": one.won,
        "lost": one.lost,
        **rate("win_rate", one.won, one.lost),
        "revenue": one.revenue,
        "revenue_new": one.new,
        "revenue_existing": one.revenue - one.new,
        "average": ratio(one.revenue, one.valued),
        "median_days": one.days.median(unit=_DAY),
        "cycle_days": one.cycle.median(unit=_DAY),
        "customers": len(customers),
        "lifetime_value": ratio(one.lifetime, len(customers)),
        **rate("repeat", repeated, len(customers) - repeated),
        **rate("retention", kept, len(before) - kept),
    }


def _came(one: _Segment) -> Line:
    if one.people is None:
        return dict.fromkeys(("people", "conversion", "conversion_low", "conversion_high"))
    return {"people": one.people, **rate("conversion", one.bought, one.people - one.bought)}


def _notes(sales: Sequence[Sale], undated: int, zone: tzinfo) -> Sequence[Note]:
    told = {
        UNDATED: undated,
        BY_DAY: sum(one.closed is not None for one in sales),
        WITHOUT_VALUE: sum(one.is_won and one.value is None for one in sales),
        CLOSED_FIRST: sum(closed_first(one, zone) for one in sales),
        "closed on a day nobody knows; counted in every period": sum(
            one.closed is None for one in sales
        ),
    }
    return [Note(text=text, count=count) for text, count in told.items() if count]


def _traces_of_people(view: View, period: Period, segments: set[str]) -> Iterator[Trace]:
    named = {one.rank: one.name for one in view.stages}
    for person, rank in furthest(view):
        if not came_in(period, person):
            continue
        told = _told(person)
        for segment in sorted(segments):
            yield Trace(
                line=f"{segment}: {told.get(segment) or ''}",
                hubspot=person.hubspot,
                salesforce=person.salesforce,
                values={"came": person.created, "reached": named.get(rank)},
            )


def _traces(
    sales: Sequence[Sale], behind: Behind, names: Mapping[str, str], kept: Sequence[str]
) -> Iterator[Trace]:
    for sale in sales:
        for key in _keys(sale, behind, names, kept):
            yield Trace(
                line=f"{key.segment}: {key.value}",
                hubspot=sale.deal,
                salesforce=sale.id,
                values={"won": sale.is_won, "closed": sale.closed, "value": sale.value},
            )
