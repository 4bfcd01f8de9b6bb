"""What marketing and sales promised each other, and what they kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from mappings.lifecycle.model import Lifecycle, ServiceLevel
from mappings.lifecycle.words import Per
from reports.answered import Answered, Promise, Verdict, promise_of
from reports.answers import histories
from reports.earnings import rate_columns
from reports.frame import Column, Kind, Line, Note, Period, Report, Trace
from reports.promised import Delivered, Window, window_of
from reports.view import View
from sync.domain.hours import BusinessCalendar

__all__ = ["sla_report"]

_SECOND = timedelta(seconds=1)
_PLACES = Decimal("0.000001")
_COUNTED = (Verdict.MET, Verdict.LATE, Verdict.WAITING, Verdict.OVERDUE)


def sla_report(
    view: View,
    period: Period,
    *,
    lifecycle: Lifecycle | None,
    hours: BusinessCalendar | None = None,
) -> Report:
    """Give for each service level how far it was kept: answers by owner, people, revenue.

    `hours` are the business hours of lifecycle.yaml.
    """
    window = window_of(
        period, as_of=view.as_of, zone=hours.zone if hours is not None else view.zone
    )
    levels = lifecycle.service_levels if lifecycle is not None else ()
    promises = [
        promise_of(one, lifecycle, hours)
        for one in levels
        if lifecycle is not None and one.within is not None
    ]
    answered = {one.level.name: Answered(one) for one in promises}
    delivered = {
        one.name: _delivered(one, window)
        for one in levels
        if one.stage is not None or _currency(one) == view.currency
    }
    _count_people(view, period, answered.values(), delivered.values(), lifecycle)
    apart = _count_sales(view, window, delivered.values())
    return Report(
        name="sla",
        title="Service levels",
        means="what marketing and sales promised each other, and what was kept of it",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_COLUMNS,
        lines=list(_lines(levels, answered, delivered, view.users())),
        totals={
            "handed_over": sum(sum(one.verdicts.values()) for one in answered.values()),
            **{
                verdict.value: sum(one.verdicts.get(verdict, 0) for one in answered.values())
                for verdict in _COUNTED
            },
        },
        notes=[
            *_notes(levels, answered.values(), delivered.values(), currency=view.currency),
            *(Note(text=text, count=count) for text, count in apart.items() if count),
        ],
        label="level",
        chart=("kept",),
        traces=_traces(view, period, promises),
    )


def _delivered(level: ServiceLevel, window: Window) -> Delivered:
    assert level.per is not None
    promised = level.won.value if level.won is not None else Decimal(level.at_least or 0)
    return Delivered(level=level, per=level.per, promised=promised, window=window)


def _currency(level: ServiceLevel) -> str | None:
    return level.won.currency if level.won is not None else None


def _count_people(
    view: View,
    period: Period,
    answered: Iterable[Answered],
    delivered: Iterable[Delivered],
    lifecycle: Lifecycle | None,
) -> None:
    """Read everybody's history once, and count it for each promise."""
    ranked = [
        (one, lifecycle.rank(one.level.stage) or 0)
        for one in delivered
        if lifecycle is not None and one.level.stage is not None
    ]
    asked = list(answered)
    # Who came to a later stage may have gone past the one that was promised.
    ranks = {at for _, rank in ranked for at in range(rank, len(view.stages))}
    starts = {one.promise.start_rank for one in asked if not one.promise.at_hand_over}
    for history in histories(view, period, ranks | starts) if asked or ranked else ():
        for one in asked:
            for judged in one.promise.judged(history, period, now=view.as_of):
                one.add(judged)
        for volume, rank in ranked:
            volume.add_person(history)
            volume.note_passed(history.entries, rank)


def _count_sales(view: View, window: Window, delivered: Iterable[Delivered]) -> Mapping[str, int]:
    """Count won opportunities for each promise of revenue; tell what was counted apart."""
    asked = [one for one in delivered if one.level.won is not None]
    undated = unvalued = 0
    for chunk in view.sales() if asked else ():
        for sale in chunk:
            if not sale.is_won:
                continue
            undated += sale.closed is None
            in_time = sale.closed is not None and window.holds(sale.closed)
            unvalued += in_time and sale.value is None
            for one in asked:
                one.add_sale(sale)
    return {
        "won opportunities without the day they closed: in no month": undated,
        "won opportunities without an amount in the currency of all figures: nothing": unvalued,
    }


# --- what is told -------------------------------------------------------------------------------


def _lines(
    levels: Sequence[ServiceLevel],
    answered: Mapping[str, Answered],
    delivered: Mapping[str, Delivered],
    names: Mapping[str, str],
) -> Iterator[Line]:
    empty = dict.fromkeys(column.key for column in _COLUMNS)
    for level in levels:
        said = {**empty, "level": level.name, "promised": _words(level)}
        if level.name in answered:
            for who, cells in answered[level.name].lines(names):
                yield {**said, "who": who, **cells}
        elif level.name in delivered:
            for one in delivered[level.name].deliveries():
                share = one.delivered / one.due if one.due else None
                yield {
                    **said,
                    "who": one.unit.name,
                    "due": one.due,
                    "delivered": one.delivered,
                    "kept": share.quantize(_PLACES) if share is not None else None,
                }


def _words(level: ServiceLevel) -> str:
    """Say what was promised in the words of the file."""
    if level.within is not None:
        kind = "business " if level.within.business else ""
        return f"{level.to} within {level.within.count} {kind}{level.within.unit}"
    per = level.per.value if level.per is not None else Per.YEAR.value
    if level.won is not None:
        return f"{level.won.value:f} {level.won.currency} a {per}"
    return f"{level.at_least} {level.stage} a {per}"


_COLUMNS = (
    Column(key="level", title="agreed", means="the service level's name"),
    Column(
        key="who",
        title="who, when",
        means="all hand-overs together, or those to one owner; or the month, quarter or such",
    ),
    Column(key="promised", title="promised", means="what was promised"),
    Column(
        key="handed_over",
        title="handed over",
        kind=Kind.COUNT,
        means="hand-overs in the period; somebody handed over twice counts twice",
    ),
    Column(
        key="met",
        title="met",
        kind=Kind.COUNT,
        means="of them, those taken or handed back within the time",
    ),
    Column(
        key="late",
        title="late",
        kind=Kind.COUNT,
        means="taken or handed back after the time was over",
    ),
    Column(
        key="waiting",
        title="waiting",
        kind=Kind.COUNT,
        means="not answered yet, and the time is not over",
    ),
    Column(
        key="overdue",
        title="overdue",
        kind=Kind.COUNT,
        means="not answered yet, and the time is over",
    ),
    Column(
        key="handed_back",
        title="handed back",
        kind=Kind.COUNT,
        means="of those met or late, the ones sales handed back",
    ),
    *rate_columns(
        "kept",
        "kept",
        "met / (met + late + overdue); for numbers and revenue, delivered / due",
    ),
    Column(
        key="median_hours",
        title="median h",
        kind=Kind.HOURS,
        means="median hours until an answer, of those answered; of business hours where promised",
    ),
    Column(
        key="p90_hours",
        title="90 % within h",
        kind=Kind.HOURS,
        means="hours within which nine of ten of those answered were",
    ),
    Column(
        key="due",
        title="due",
        kind=Kind.NUMBER,
        means="what was promised, for so much of the month or such as lies in the period",
    ),
    Column(
        key="delivered",
        title="delivered",
        kind=Kind.NUMBER,
        means="people who came to the stage from before it, or the value of what was won",
    ),
)


def _notes(
    levels: Sequence[ServiceLevel],
    answered: Iterable[Answered],
    delivered: Iterable[Delivered],
    *,
    currency: str,
) -> Iterator[Note]:
    if not levels:
        yield Note(
            text="lifecycle.yaml promises nothing; write what was agreed on under service_levels"
        )
    for one in answered:
        undecided = one.verdicts.get(Verdict.UNDECIDED, 0)
        if undecided:
            text = (
                f"hand-overs of {one.promise.level.name} that were followed by another before an "
                "answer, while there was time: neither met nor late"
            )
            yield Note(text=text, count=undecided)
    for level in levels:
        if level.won is not None and level.won.currency != currency:
            yield Note(
                text=f"{level.name} is promised in {level.won.currency} and all figures are in "
                f"{currency}: not compared; write it in {currency}"
            )
    for each in delivered:
        yield from _notes_on(each)


def _notes_on(delivered: Delivered) -> Iterator[Note]:
    for one in delivered.deliveries():
        if one.counted < one.days:
            yield Note(
                text=f"{delivered.level.name}, {one.unit.name}: {one.counted} of its {one.days} "
                "days count, and that part of what was promised is due"
            )
    if delivered.passed:
        text = f"people who went past {delivered.level.stage} without standing there: not counted"
        yield Note(text=text, count=delivered.passed)


def _traces(view: View, period: Period, promises: Sequence[Promise]) -> Iterator[Trace]:
    """Give every hand-over behind the figures, with its verdict."""
    names = view.users()
    starts = {one.start_rank for one in promises if not one.at_hand_over}
    for history in histories(view, period, starts) if promises else ():
        for promise in promises:
            for one in promise.judged(history, period, now=view.as_of):
                owner = one.clock.owner
                yield Trace(
                    line=promise.level.name,
                    hubspot=history.person.hubspot,
                    salesforce=history.person.salesforce,
                    values={
                        "owner": names.get(owner, owner) if owner is not None else None,
                        "at": one.clock.started,
                        "answered": one.clock.stopped,
                        "kind": one.clock.answer.value,
                        "verdict": one.verdict.value,
                        "hours": (Decimal(one.took // _SECOND) / 3600).quantize(_PLACES),
                    },
                )
