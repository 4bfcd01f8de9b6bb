"""The week in one page: what marketing and sales open their meeting with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from reports.frame import Cell, Column, Kind, Line, Period, Report
from reports.view import HandingKind, Sale, View

__all__ = ["WEEKS", "Make", "Part", "Tile", "Week", "week_of_reports"]

#: A usual week is what this many weeks before come to, each.
WEEKS = 4
#: So many sources and campaigns are spoken of in a meeting; their reports have all.
_TOP = 8

#: Gives a report by its name over a period; None where the project has no rules for it.
Make: TypeAlias = Callable[[str, Period], Report | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One large figure, and what to hold it against."""

    what: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a page: its heading, a sentence, and the reports in it."""

    id: str
    title: str
    lead: str
    reports: Sequence[Report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week in words, in a few large figures, and in parts."""

    period: Period
    as_of: datetime
    headline: str
    tiles: Sequence[Tile]
    parts: Sequence[Part]


@dataclass(slots=True)
class _Counts:
    """What happened in some time."""

    over: int = 0
    back: int = 0
    won: int = 0
    lost: int = 0
    revenue: Decimal = Decimal(0)
    entered: Mapping[str, int] = field(default_factory=dict)

    def close(self, sale: Sale) -> None:
        """Count an opportunity, if it is closed."""
        if not sale.is_closed:
            return
        self.won += sale.is_won
        self.lost += not sale.is_won
        if sale.is_won and sale.value is not None:
            self.revenue += sale.value


def week_of_reports(make: Make, view: View, week: Period, before: Period) -> Week:
    """Compose the page of a week, beside the weeks before it."""
    now, then = _counts(view, week, before)
    for period, counts in ((week, now), (before, then)):
        counts.entered = _entered(make("funnel", period))
    answers = _some(make("sla", week))
    losses = _some(make("losses", week))
    answered = _answered(answers)
    parts = _parts(make, view, week, (now, then), answers, losses)
    return Week(
        period=week,
        as_of=view.as_of,
        headline=_headline(now, then, answered, view.currency),
        tiles=_tiles(now, then, answered, view.currency),
        parts=[one for one in parts if one.reports],
    )


def _parts(
    make: Make,
    view: View,
    week: Period,
    counts: tuple[_Counts, _Counts],
    answers: Sequence[Report],
    losses: Sequence[Report],
) -> Sequence[Part]:
    """Give the parts of the page in the order a meeting goes through them."""
    now, then = counts
    return [
        Part(
            id="funnel",
            title="The funnel",
            lead="Who entered each stage this week, beside a usual one of the four weeks before.",
            reports=[_funnel(view, week, now, then)] if view.stages else [],
        ),
        Part(
            id="answers",
            title="Hand-overs and answers",
            lead="What marketing handed over, what sales handed back, and whether what was "
            "promised was kept.",
            reports=[_handed(view, week, now, then), *_promises(answers)],
        ),
        Part(
            id="returned",
            title="Returned, and why",
            lead="Whom sales gave back to marketing, by the reason it named.",
            reports=_by_reason(losses, "returned", "handed back"),
        ),
        Part(
            id="closed",
            title="Won and lost",
            lead="What closed this week, and why what was lost was lost.",
            reports=[_closed(view, week, now, then), *_by_reason(losses, "lost", "lost")],
        ),
        Part(
            id="earned",
            title="Sources and campaigns that earned",
            lead="What won this week's revenue, every touch on the way to a sale counting "
            "the same.",
            reports=[
                *_earning(make("sources", week), "source", "people"),
                *_earning(make("campaigns", week), "campaign", "people"),
            ],
        ),
        Part(
            id="health",
            title="What needs a person",
            lead="What nobody but a person can decide or put right.",
            reports=[replace(one, chart=()) for one in _some(make("health", week))],
        ),
    ]


def _counts(view: View, week: Period, before: Period) -> tuple[_Counts, _Counts]:
    """Count hand-overs and sales of a week and of the time before it."""
    now, then = _Counts(), _Counts()
    times = ((week, now), (before, then))
    for handing in (one for chunk in view.handings() for one in chunk):
        for counts in (counts for period, counts in times if period.holds(handing.at)):
            counts.over += handing.kind is HandingKind.OVER
            counts.back += handing.kind is HandingKind.BACK
    for sale in (one for chunk in view.sales() for one in chunk):
        for period, counts in times:
            if sale.closed is not None and period.holds_day(sale.closed):
                counts.close(sale)
    return now, then


def _entered(funnel: Report | None) -> Mapping[str, int]:
    """Give how many entered each stage; nothing where no stages were agreed on."""
    lines = funnel.lines if funnel is not None else ()
    counts = ((line.get("stage"), line.get("entered")) for line in lines)
    return {str(stage): number for stage, number in counts if isinstance(number, int)}


def _funnel(view: View, week: Period, now: _Counts, then: _Counts) -> Report:
    lines = [
        _beside(
            "stage", stage.name, now.entered.get(stage.name, 0), then.entered.get(stage.name, 0)
        )
        | {"means": stage.means}
        for stage in view.stages
    ]
    return _compared(view, week, "entered", "Entered each stage", "stage", lines)


def _handed(view: View, week: Period, now: _Counts, then: _Counts) -> Report:
    lines = [
        _beside("what", "handed over", now.over, then.over),
        _beside("what", "handed back", now.back, then.back),
    ]
    return _compared(view, week, "handed", "Handed over and back", "what", lines)


def _closed(view: View, week: Period, now: _Counts, then: _Counts) -> Report:
    lines = [
        _beside("what", "won", now.won, then.won),
        _beside("what", "lost", now.lost, then.lost),
    ]
    return _compared(view, week, "closed", "Opportunities closed", "what", lines)


def _beside(label: str, name: str, now: int, then: int) -> dict[str, Cell]:
    usual = Decimal(then) / WEEKS
    return {label: name, "this_week": now, "usual_week": usual, "difference": now - usual}


def _compared(
    view: View, week: Period, name: str, title: str, label: str, lines: Sequence[Line]
) -> Report:
    has_means = any(line.get("means") for line in lines)
    return Report(
        name=name,
        title=title,
        means="",
        as_of=view.as_of,
        period=week,
        currency=view.currency,
        columns=[
            Column(key=label, title=label),
            *([Column(key="means", title="means")] if has_means else []),
            Column(key="this_week", title="this week", kind=Kind.COUNT),
            Column(key="usual_week", title="usual week", kind=Kind.COUNT),
            Column(key="difference", title="difference", kind=Kind.COUNT),
        ],
        lines=lines,
        label=label,
        chart=("this_week", "usual_week"),
    )


def _promises(answers: Sequence[Report]) -> list[Report]:
    """Give what was promised in two tables: answers in time, and numbers and revenue."""
    return [table for one in answers for table in _kept(one) if table.lines]


def _kept(answers: Report) -> Iterator[Report]:
    lines = list(answers.lines)
    in_time = [line for line in lines if line.get("met") is not None]
    numbers = [line for line in lines if line.get("delivered") is not None]
    level = ["level"] if len({line.get("level") for line in in_time}) > 1 else []
    keys = (*level, "who", "promised", "met", "late", "waiting", "overdue", "kept")
    first = _picked(answers, keys, in_time, chart=("kept",))
    ends = [one for one in answers.columns if one.key in ("kept_low", "kept_high")]
    yield replace(first, title="Answers", columns=[*_titled(first, "owner"), *ends], label="who")
    second = _picked(answers, ("level", "who", "due", "delivered", "kept"), numbers, chart=())
    plain = [replace(one, low="", high="") for one in _titled(second, "when")]
    yield replace(second, name="promised", title="Promised and delivered", columns=plain)


def _titled(report: Report, who: str) -> list[Column]:
    """Name the column that tells lines apart for what it holds in these lines."""
    return [replace(one, title=who) if one.key == "who" else one for one in report.columns]


def _by_reason(losses: Sequence[Report], what: str, title: str) -> list[Report]:
    """Pick the lines of losses by reason."""
    return [_of_reason(one, what, title) for one in losses]


def _of_reason(losses: Report, what: str, title: str) -> Report:
    lines = [
        line for line in losses.lines if line.get("what") == what and line.get("by") == "reason"
    ]
    keys = ("value", "number", "agreed", "amount" if what == "lost" else "next_try")
    picked = _picked(losses, keys, lines, chart=("number",))
    named = [replace(one, title="reason") if one.key == "value" else one for one in picked.columns]
    return replace(picked, name=what, title=f"Why {title}", columns=named)


def _earning(report: Report | None, label: str, other: str) -> list[Report]:
    """Pick what earned most; where nothing did, what brought most."""
    if report is None:
        return []
    key = "revenue_linear"
    lines = [line for line in report.lines if line.get(key) or line.get(other)]
    lines.sort(key=lambda line: (-_size(line, key), -_size(line, other), str(line.get(label))))
    drawn = key if any(_size(line, key) for line in lines[:_TOP]) else other
    keys = (label, other, "won", key)
    picked = _picked(report, keys, lines[:_TOP], chart=(drawn,))
    columns = [replace(one, title="revenue") if one.key == key else one for one in picked.columns]
    return [replace(picked, columns=columns)]


def _picked(
    report: Report, keys: Sequence[str], lines: Sequence[Line], *, chart: Sequence[str]
) -> Report:
    known = {one.key: one for one in report.columns}
    return replace(
        report,
        columns=[replace(known[key], bar=False) for key in keys if key in known],
        lines=lines,
        totals={},
        notes=(),
        chart=chart,
        traces=iter(()),
    )


def _size(line: Line, key: str) -> Decimal:
    cell = line.get(key)
    return Decimal(cell) if isinstance(cell, int | Decimal) else Decimal(0)


def _some(report: Report | None) -> list[Report]:
    return [replace(report, lines=list(report.lines))] if report is not None else []


def _answered(answers: Sequence[Report]) -> Mapping[str, int]:
    """Give how many answers were in time, late, and are still waited for."""
    return {
        key: total
        for one in answers
        for key in ("met", "late", "waiting", "overdue")
        if isinstance(total := one.totals.get(key), int)
    }


def _headline(now: _Counts, then: _Counts, answered: Mapping[str, int], currency: str) -> str:
    """Say the week in words."""
    handed = f"Marketing handed over {_counted(now.over, 'person', 'people')} this week"
    if then.over:
        handed += f", {_against(now.over, Decimal(then.over) / WEEKS)}"
    told = []
    met, late, waiting, overdue = (
        answered.get(key, 0) for key in ("met", "late", "waiting", "overdue")
    )
    if met or late:
        told.append(f"answered {met:,} in time, {late:,} late,")
    worth = f" worth {_whole(now.revenue)} {currency}" if now.revenue else ""
    told.append(f"won {_counted(now.won, 'deal', 'deals')}{worth}" if now.won else "won nothing")
    told_all = f"{handed}. Sales {' and '.join(told)}"
    if waiting + overdue:
        told_all += f"; {_counted(waiting + overdue, 'person waits', 'people wait')} for an answer"
        told_all += f", {overdue:,} of them too long" if overdue else ""
    return f"{told_all}."


def _against(now: int, usual: Decimal) -> str:
    apart = now - usual
    if abs(apart) * 2 < 1:
        return "as many as usual"
    return f"{_whole(abs(apart))} {'more' if apart > 0 else 'fewer'} than usual"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _tiles(
    now: _Counts, then: _Counts, answered: Mapping[str, int], currency: str
) -> Sequence[Tile]:
    tiles = [Tile(what="Handed over", figure=f"{now.over:,}", note=_usually(then.over))]
    if answered:
        met, late = answered.get("met", 0), answered.get("late", 0)
        share = f"{_whole(Decimal(100 * met) / (met + late))} %" if met + late else "·"
        tiles.append(
            Tile(what="Answered in time", figure=share, note=f"{met:,} met, {late:,} late")
        )
        waiting, overdue = answered.get("waiting", 0), answered.get("overdue", 0)
        note = f"{overdue:,} of them too long" if overdue else "nobody too long"
        tiles.append(Tile(what="Waiting now", figure=f"{waiting + overdue:,}", note=note))
    tiles += [
        Tile(what="Handed back", figure=f"{now.back:,}", note=_usually(then.back)),
        Tile(
            what=f"Won, {currency}",
            figure=f"{_whole(now.revenue)}",
            note=f"usually {_whole(then.revenue / WEEKS)}",
        ),
        Tile(what="Lost", figure=f"{now.lost:,}", note=_usually(then.lost)),
    ]
    return tiles


def _usually(number: int) -> str:
    """Say what a usual week comes to, without noughts that say nothing."""
    usual = Decimal(number) / WEEKS
    if usual == usual.to_integral_value():
        return f"usually {usual:,.0f}"
    # As the tables round: format() would take the even neighbour.
    return f"usually {usual.quantize(Decimal('0.1'), ROUND_HALF_UP):,}"


def _whole(value: Decimal) -> str:
    """Write a figure without what is behind its point, where halves go up."""
    return f"{value.quantize(Decimal(1), rounding=ROUND_HALF_UP):,}"
