"""What both real data sets come to, counted straight from their files, apart from the product.

Nothing here knows of the reports: texts are split, days counted and amounts added as anybody would
do it by hand. The names of figures are those of the reports' columns, so that both can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from tests.integration.maven import Maven
from tests.integration.olist import Olist

__all__ = [
    "ALL_TIME",
    "Deal",
    "Figures",
    "Lead",
    "Span",
    "by_segment",
    "by_source",
    "maven_deals",
    "olist_deals",
    "olist_leads",
    "quarters",
    "told",
]

#: Figures by the names of the reports' columns; None where there is nothing to count.
Figures = Mapping[str, Decimal | None]

_PLACES = Decimal("0.000001")


class Span(NamedTuple):
    """The days from the first until just before the end, and what the reports call them."""

    name: str
    first: date
    end: date

    def holds(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.first <= day < self.end


ALL_TIME = Span("", date.min, date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Somebody who came on a day, and whether they ever bought; `told` by the segments' names."""

    came: date
    bought: bool
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What was closed: from which day to which, of which account, at what."""

    id: str
    opened: date
    closed: date
    won: bool
    worth: Decimal
    account: str
    told: Mapping[str, str]

    @property
    def days(self) -> int:
        """Give how long it took, below nothing where it closed before it began."""
        return (self.closed - self.opened).days


def olist_leads(olist: Olist) -> list[Lead]:
    """Give all leads."""
    return [
        Lead(
            came=date.fromisoformat(row["first_contact_date"]),
            bought=id in olist.deals,
            told=_olist_told(row, olist.deals.get(id, {})),
        )
        for id, row in olist.leads.items()
    ]


def olist_deals(olist: Olist) -> list[Deal]:
    """Give all deals; all of them were won."""
    return [
        Deal(
            id=id,
            opened=date.fromisoformat(olist.leads[id]["first_contact_date"]),
            closed=date.fromisoformat(row["won_date"][:10]),
            won=True,
            worth=Decimal(row["declared_monthly_revenue"]),
            account=row["seller_id"],
            told=_olist_told(olist.leads[id], row),
        )
        for id, row in olist.deals.items()
    ]


def _olist_told(lead: Mapping[str, str], deal: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "source": lead["origin"],
        "contacts.landing_page": lead["landing_page_id"],
        "contacts.segment": deal.get("business_segment", ""),
        "contacts.lead_type": deal.get("lead_type", ""),
        "contacts.sales_rep": deal.get("sr_id", ""),
    }


def maven_deals(maven: Maven) -> list[Deal]:
    """Give what was closed, won and lost."""
    return [
        Deal(
            id=row["opportunity_id"],
            opened=date.fromisoformat(row["engage_date"]),
            closed=date.fromisoformat(row["close_date"]),
            won=row["deal_stage"] == "Won",
            worth=Decimal(row["close_value"]),
            account=row["account"],
            told={
                "owner": row["sales_agent"],
                "deals.product": row["product"],
                "companies.sector": maven.accounts[row["account"]]["sector"],
            },
        )
        for row in maven.opportunities
        if row["close_date"]
    ]


def told(
    lines: Iterable[Mapping[str, object]], label: str, expected: Mapping[str, Figures]
) -> Mapping[str, Figures]:
    """Give a report's lines by their label, with no other figures than those that are expected."""
    names = next(iter(expected.values()), {})
    return {
        str(line[label]): {
            name: None if line[name] is None else Decimal(str(line[name])) for name in names
        }
        for line in lines
    }


def quarters(days: Iterable[date]) -> Iterator[Span]:
    """Give the quarters from that of the first day to that of the last one."""
    known = sorted(days)
    year, month = known[0].year, (known[0].month - 1) // 3 * 3 + 1
    while (first := date(year, month, 1)) <= known[-1]:
        year, month = (year + 1, 1) if month == 10 else (year, month + 3)
        yield Span(f"{first.year}-Q{first.month // 3 + 1}", first, date(year, month, 1))


def by_source(
    leads: Sequence[Lead], deals: Sequence[Deal], span: Span = ALL_TIME
) -> Mapping[str, Figures]:
    """Give what came of each source: who came in these days, and what was closed in them."""
    came = [one for one in leads if span.holds(one.came)]
    closed = [one for one in deals if span.holds(one.closed)]
    found: dict[str, Figures] = {}
    sources = {one.told["source"] for one in came} | {one.told["source"] for one in closed}
    for source in sources:
        here = [one for one in came if one.told["source"] == source]
        theirs = [one for one in closed if one.told["source"] == source]
        won = [one for one in theirs if one.won]
        found[source] = {
            **_conversion(here),
            "reached_customer": Decimal(sum(one.bought for one in here)),
            "opportunities": Decimal(len(theirs)),
            **_rate(won, theirs),
            "revenue_linear": _worth(won),
            "median_days": _median(won),
        }
    return found


def by_segment(
    name: str,
    deals: Sequence[Deal],
    span: Span = ALL_TIME,
    *,
    leads: Sequence[Lead] | None = None,
) -> Mapping[str, Figures]:
    """Give what each value of a segment brought in these days; leads where it tells them apart."""
    of_deals: dict[str, list[Deal]] = {}
    for deal in deals:
        if deal.closed < span.end:
            of_deals.setdefault(deal.told[name], []).append(deal)
    of_leads: dict[str, list[Lead]] = {}
    for lead in leads or ():
        if span.holds(lead.came):
            of_leads.setdefault(lead.told[name], []).append(lead)
    found: dict[str, Figures] = {}
    first = _first_wins(deals)
    for value in of_deals.keys() | of_leads.keys():
        theirs = of_deals.get(value, [])
        here = _conversion(of_leads.get(value, []))
        found[value] = {
            **(here if leads is not None else {}),
            **_of_segment(theirs, [one for one in theirs if span.holds(one.closed)], span, first),
        }
    return found


def _of_segment(
    told: Sequence[Deal], within: Sequence[Deal], span: Span, first: Mapping[str, Deal]
) -> Figures:
    won = [one for one in within if one.won]
    wins: dict[str, list[date]] = {}
    for one in told:
        if one.won:
            wins.setdefault(one.account, []).append(one.closed)
    before = [days for days in wins.values() if min(days) < span.first]
    kept = [days for days in before if any(span.holds(day) for day in days)]
    existing = [one for one in won if first[one.account] is not one]
    repeated = sum(len(days) > 1 for days in wins.values())
    return {
        **_rate(won, within),
        "revenue": _worth(won),
        "revenue_existing": _worth(existing),
        "revenue_new": _worth(won) - _worth(existing),
        "average": _part(_worth(won), len(won)),
        "median_days": _median(won),
        "cycle_days": _median(within),
        "customers": Decimal(len(wins)),
        "lifetime_value": _part(_worth(one for one in told if one.won), len(wins)),
        "repeat": _part(Decimal(repeated), len(wins)),
        "retention": _part(Decimal(len(kept)), len(before)),
    }


def _first_wins(deals: Iterable[Deal]) -> Mapping[str, Deal]:
    """Give the first win of each account; of those of one day the one that stands first."""
    first: dict[str, Deal] = {}
    for one in sorted(deals, key=lambda one: one.closed):
        if one.won:
            first.setdefault(one.account, one)
    return first


def _conversion(here: Sequence[Lead]) -> Figures:
    bought = Decimal(sum(one.bought for one in here))
    return {"people": Decimal(len(here)), "conversion": _part(bought, len(here))}


def _rate(won: Sequence[Deal], closed: Sequence[Deal]) -> Figures:
    return {
        "won": Decimal(len(won)),
        "lost": Decimal(len(closed) - len(won)),
        "win_rate": _part(Decimal(len(won)), len(closed)),
    }


def _worth(deals: Iterable[Deal]) -> Decimal:
    return sum((one.worth for one in deals), Decimal(0))


def _median(deals: Sequence[Deal]) -> Decimal | None:
    return Decimal(str(median(one.days for one in deals))) if deals else None


def _part(part: Decimal, whole: int) -> Decimal | None:
    return (part / whole).quantize(_PLACES) if whole else None
