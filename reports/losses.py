"""What was lost and what came back: for which reasons, from which sources, by whom, where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from reports.earnings import CLOSED_FIRST, closed_first, days_open, rate, rate_columns
from reports.frame import Column, Kind, Line, Note, Period, Report, Trace
from reports.journeys import Behind, closed_in, stage_at, until
from reports.statistics import Durations
from reports.view import Entry, Handing, HandingKind, Sale, View

__all__ = ["losses_report"]

_DAY = timedelta(days=1)
_LOST, _RETURNED = "lost", "returned"
_BY = ("reason", "source", "stage", "owner")


class _Key(NamedTuple):
    """Which line: of what was lost or came back, seen by what, at which value."""

    what: str
    by: str
    value: str


@dataclass(slots=True)
class _Count:
    """What is counted in one line."""

    number: int = 0
    value: Decimal | None = None
    agreed: bool = False
    days: Durations = field(default_factory=Durations)
    again: Counter[date] = field(default_factory=Counter)


class _Stays:
    """Where the first people behind what was lost stood when it closed."""

    def __init__(self, view: View, lost: Sequence[Sale]) -> None:
        self._zone = view.zone
        self._of: defaultdict[int, list[Entry]] = defaultdict(list)
        wanted = {link for sale in lost for link in sale.people[:1]}
        for chunk in view.entries() if wanted else ():
            for one in chunk:
                if one.link in wanted:
                    self._of[one.link].append(one)

    def stage_before(self, sale: Sale) -> str:
        """Give the stage the first person behind a lost opportunity was at when it closed."""
        if sale.closed is None or not sale.people:
            return ""
        return stage_at(self._of[sale.people[0]], until(sale.closed, self._zone))


def losses_report(view: View, period: Period) -> Report:
    """Give what was lost and what came back in the period, by reason, source, stage and owner."""
    lost = [one for one in closed_in(view, period) if not one.is_won]
    returned = [one for one in _returns(view) if period.holds(one.at)]
    behind = Behind(view, lost, others=[one.link for one in returned])
    stays, names = _Stays(view, lost), view.users()
    counts: defaultdict[_Key, _Count] = defaultdict(_Count)
    for sale in lost:
        for by, value in _seen(_of_sale(sale, behind, stays, names)):
            _count_lost(counts[_Key(_LOST, by, value)], sale, view.zone)
    for one in returned:
        for by, value in _seen(_of_return(one, behind, names)):
            _count_return(counts[_Key(_RETURNED, by, value)], one)
    whole = {_LOST: len(lost), _RETURNED: len(returned)}
    ordered = sorted(counts, key=lambda key: _largest_first(key, counts[key]))
    return Report(
        name="losses",
        title="Losses and returns",
        means="what was lost and what sales handed back, and why",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_COLUMNS,
        lines=[_line(key, counts[key], whole[key.what]) for key in ordered],
        totals={
            "lost": len(lost),
            "returned": len(returned),
            "amount": sum((one.value for one in lost if one.value is not None), Decimal(0)),
        },
        notes=_notes(lost, returned, view.zone),
        label="value",
        chart=("number",),
        traces=_traces(lost, returned, behind),
    )


def _returns(view: View) -> Iterator[Handing]:
    """Give all hand-backs, each with the owner of the hand-over it ended."""
    link, owner = -1, None
    for chunk in view.handings():
        for one in chunk:
            if one.kind is HandingKind.OVER:
                link, owner = one.link, one.owner
            else:
                yield replace(one, owner=one.owner or (owner if one.link == link else None))


def _of_sale(sale: Sale, behind: Behind, stays: _Stays, names: Mapping[str, str]) -> Sequence[str]:
    owner = names.get(sale.owner or "", sale.owner or "")
    return sale.reason or "", behind.source(sale), stays.stage_before(sale), owner


def _of_return(one: Handing, behind: Behind, names: Mapping[str, str]) -> Sequence[str]:
    person = behind.get(one.link)
    source, their_owner = (person.source, person.owner) if person is not None else ("", None)
    owner = one.owner or their_owner or ""
    return one.reason or "", source, one.came_from or "", names.get(owner, owner)


def _seen(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(_BY, values, strict=True)


def _count_lost(count: _Count, sale: Sale, zone: tzinfo) -> None:
    count.number += 1
    count.agreed = sale.agreed
    if sale.value is not None:
        count.value = (count.value or Decimal(0)) + sale.value
    days = days_open(sale, zone)
    if days is not None:
        count.days.add(days * _DAY)


def _count_return(count: _Count, one: Handing) -> None:
    count.number += 1
    count.agreed = one.agreed
    if one.again is not None:
        count.again[one.again] += 1


def _line(key: _Key, count: _Count, whole: int) -> Line:
    return {
        "what": key.what,
        "by": key.by,
        "value": key.value,
        "number": count.number,
        **rate("share", count.number, whole - count.number),
        "agreed": count.agreed if key.by == "reason" else None,
        "amount": count.value,
        "median_days": count.days.median(unit=_DAY),
        "nurtured": count.again.total(),
        "next_try": min(count.again, default=None),
    }


_COLUMNS = (
    Column(key="what", title="what", means="lost opportunities, or people handed back"),
    Column(key="by", title="by", means="reason, source, stage or owner"),
    Column(key="value", title="which", means="which of them; nothing where nobody said"),
    Column(key="number", title="number", kind=Kind.COUNT, means="how many", bar=True),
    *rate_columns("share", "share", "of all that was lost, or of all that came back"),
    Column(key="agreed", title="agreed", means="whether the reason is one of the agreed list"),
    Column(
        key="amount",
        title="amount",
        kind=Kind.MONEY,
        means="the value of the lost opportunities of which it is known",
    ),
    Column(
        key="median_days",
        title="days open",
        kind=Kind.DAYS,
        means="median days from the day a lost opportunity was opened to the day it closed",
    ),
    Column(
        key="nurtured",
        title="to nurture",
        kind=Kind.COUNT,
        means="of those handed back, how many may be tried again; the others are for good",
    ),
    Column(key="next_try", title="next try", kind=Kind.DATE, means="the first day to try again"),
)


def _notes(lost: Sequence[Sale], returned: Sequence[Handing], zone: tzinfo) -> Sequence[Note]:
    told = {
        "lost without any reason": sum(one.reason is None for one in lost),
        "lost for a reason that is none of the agreed ones": sum(
            one.reason is not None and not one.agreed for one in lost
        ),
        "handed back without any reason": sum(one.reason is None for one in returned),
        "handed back for a reason that is none of the agreed ones": sum(
            one.reason is not None and not one.agreed for one in returned
        ),
        CLOSED_FIRST: sum(closed_first(one, zone) for one in lost),
        "lost opportunities without an amount in the currency of all figures": sum(
            one.value is None for one in lost
        ),
    }
    return [Note(text=text, count=count) for text, count in told.items() if count]


def _largest_first(key: _Key, count: _Count) -> tuple[str, int, int, str]:
    return key.what, _BY.index(key.by), -count.number, key.value


def _traces(lost: Sequence[Sale], returned: Sequence[Handing], behind: Behind) -> Iterator[Trace]:
    for sale in lost:
        yield Trace(
            line=sale.reason or "",
            hubspot=sale.deal,
            salesforce=sale.id,
            values={"what": _LOST, "on": sale.closed, "value": sale.value},
        )
    for one in returned:
        person = behind.get(one.link)
        yield Trace(
            line=one.reason or "",
            hubspot=person.hubspot if person is not None else None,
            salesforce=person.salesforce if person is not None else None,
            values={"what": _RETURNED, "on": one.at, "from": one.came_from},
        )
