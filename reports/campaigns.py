"""What campaigns brought: who took part, how far they came, what was won, and what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from reports.attribution import Model
from reports.earnings import (
    COST_COLUMNS,
    RATE_COLUMNS,
    REVENUE_COLUMNS,
    WITHOUT_VALUE,
    Earned,
    credited,
    ratio,
    summed,
    summed_money,
)
from reports.frame import Column, Kind, Line, Note, Period, Report, Trace
from reports.journeys import Behind, closed_in, furthest_of_members
from reports.reached import Reached, reached_columns, reached_keys
from reports.view import Campaign, Member, Sale, StageWords, View

__all__ = ["campaigns_report"]

#: The line of what no campaign had a part in; no link has this number.
_NONE = 0


@dataclass(slots=True)
class _Brought:
    """What is counted of one campaign."""

    people: int = 0
    responded: int = 0
    undated: int = 0
    reached: Reached = field(default_factory=Reached)
    earned: Earned = field(default_factory=Earned)


def campaigns_report(view: View, period: Period) -> Report:
    """Give a line for each campaign, and one for what was won without any.

    Taking part counts in the period in which it happened, sales in that in which they closed.
    """
    stages = view.stages[1:]
    found: defaultdict[int, _Brought] = defaultdict(_Brought)
    campaigns = view.campaigns()
    for link in campaigns:
        found[link]
    for member, _, rank in furthest_of_members(view):
        _count_member(found[member.campaign], member, rank, period)
    sales = list(closed_in(view, period))
    behind = Behind(view, sales)
    for sale in sales:
        _count_sale(view, sale, behind, found)
    ordered = sorted(found, key=lambda link: _largest_first(link, found[link], campaigns))
    lines = [_line(campaigns.get(link), found[link], stages) for link in ordered]
    counts = ("people", "responded", *reached_keys(stages))
    return Report(
        name="campaigns",
        title="Campaigns",
        means="who took part in each campaign, what was won with it, and what it cost",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_columns(stages),
        lines=lines,
        totals={**summed(lines, counts), **_sums(sales), **summed_money(lines)},
        notes=_notes(found, campaigns, sales),
        label="campaign",
        chart=("revenue_linear", "cost"),
        traces=chain(
            _traces_of_members(view, period, campaigns), _traces(view, sales, behind, campaigns)
        ),
    )


def _count_member(one: _Brought, member: Member, rank: int, period: Period) -> None:
    one.undated += member.at is None
    if not _joined_in(period, member):
        return
    one.people += 1
    one.responded += member.responded
    one.reached.add(rank)


def _joined_in(period: Period, member: Member) -> bool:
    if member.at is None:
        return period.since is None and period.until is None
    return period.holds(member.at)


def _count_sale(view: View, sale: Sale, behind: Behind, found: defaultdict[int, _Brought]) -> None:
    journey = behind.by_campaign(sale, view.as_of)
    for link in {touch.key for touch in journey.touches} or {_NONE}:
        found[link].earned.count(sale)
    credited(lambda link: found[link].earned, journey, sale, nobody=_NONE)


def _line(campaign: Campaign | None, one: _Brought, stages: Sequence[StageWords]) -> Line:
    cost = campaign.cost if campaign is not None else None
    return {
        "campaign": campaign.name if campaign is not None else "",
        "type": campaign.kind if campaign is not None else None,
        "starts": campaign.starts if campaign is not None else None,
        "people": one.people,
        "responded": one.responded,
        **one.reached.values(stages),
        **one.earned.values(),
        "budget": campaign.budget if campaign is not None else None,
        "cost": cost,
        "cost_per_person": ratio(cost, one.people),
        "cost_per_win": ratio(cost, one.earned.won),
        "return": ratio(one.earned.revenue[Model.LINEAR], cost or 0),
    }


def _columns(stages: Sequence[StageWords]) -> Sequence[Column]:
    return (
        Column(key="campaign", title="campaign", means="its name; without one: no campaign at all"),
        Column(key="type", title="type"),
        Column(key="starts", title="starts", kind=Kind.DATE),
        Column(
            key="people",
            title="took part",
            kind=Kind.COUNT,
            means="people who took part in it, counted in the period in which they joined",
            bar=True,
        ),
        Column(
            key="responded",
            title="responded",
            kind=Kind.COUNT,
            means="of those, who answered or came",
        ),
        *reached_columns(stages),
        *RATE_COLUMNS,
        *REVENUE_COLUMNS,
        Column(key="budget", title="budget", kind=Kind.MONEY),
        *COST_COLUMNS,
    )


def _sums(sales: Sequence[Sale]) -> Mapping[str, int]:
    """Count sales once each: several campaigns may have a part in one."""
    won = sum(one.is_won for one in sales)
    return {"won": won, "lost": len(sales) - won}


def _notes(
    found: Mapping[int, _Brought], campaigns: Mapping[int, Campaign], sales: Sequence[Sale]
) -> Sequence[Note]:
    told = {
        "took part at a time nobody knows; counted over all time only, and as the first touch": (
            sum(one.undated for one in found.values())
        ),
        "campaigns without a cost in the currency of all figures": sum(
            one.cost is None for one in campaigns.values()
        ),
        WITHOUT_VALUE: sum(one.is_won and one.value is None for one in sales),
    }
    notes = [Note(text=text, count=count) for text, count in told.items() if count]
    return [
        *notes,
        Note(text="Several campaigns may have a part in one win: `won` adds up to more than all."),
    ]


def _largest_first(
    link: int, one: _Brought, campaigns: Mapping[int, Campaign]
) -> tuple[bool, float, int, str]:
    name = campaigns[link].name if link in campaigns else ""
    return link == _NONE, -float(one.earned.revenue[Model.LINEAR]), -one.people, name


def _traces_of_members(
    view: View, period: Period, campaigns: Mapping[int, Campaign]
) -> Iterator[Trace]:
    named = {one.rank: one.name for one in view.stages}
    for member, person, rank in furthest_of_members(view):
        if _joined_in(period, member):
            yield Trace(
                line=campaigns[member.campaign].name if member.campaign in campaigns else "",
                hubspot=person.hubspot if person is not None else None,
                salesforce=person.salesforce if person is not None else None,
                values={"joined": member.at, "status": member.status, "reached": named.get(rank)},
            )


def _traces(
    view: View, sales: Sequence[Sale], behind: Behind, campaigns: Mapping[int, Campaign]
) -> Iterator[Trace]:
    for sale in sales:
        touches = behind.by_campaign(sale, view.as_of).touches
        for link in dict.fromkeys(touch.key for touch in touches) or (_NONE,):
            yield Trace(
                line=campaigns[link].name if link in campaigns else "",
                hubspot=sale.deal,
                salesforce=sale.id,
                values={"won": sale.is_won, "closed": sale.closed, "value": sale.value},
            )
