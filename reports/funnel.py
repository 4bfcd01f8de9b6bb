"""The funnel: who entered each stage, how far they came, who is there now, how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from reports.frame import Cell, Column, Kind, Note, Period, Report, Trace
from reports.stage_figures import figures_of
from reports.statistics import share, wilson
from reports.view import Entry, Person, StageWords, View
from sync.domain.fact_reading import StayTimes
from sync.domain.hours import BusinessCalendar

__all__ = ["funnel_report"]

_DAY, _HOUR = 86_400, 3_600
_SHOWN = Decimal("0.000001")


def funnel_report(view: View, period: Period, *, hours: BusinessCalendar | None = None) -> Report:
    """Give a line for each stage, in order; `hours` adds times in business hours."""
    figures = figures_of(view, hours)
    stages = view.stages
    reached, present = _reached(figures.furthest(period), stages), figures.present()
    entered = {stage.rank: reached[stage.rank, stage.rank] for stage in stages}
    took = figures.stay_times(period, business=False)
    worked = figures.stay_times(period, business=True) if hours is not None else {}
    lines = [
        {
            "stage": stage.name,
            "means": stage.means,
            "entered": entered.get(stage.rank, 0),
            "now": present.get(stage.rank, 0),
            **_conversion(stage, stages, reached),
            **_times(took.get(stage.rank), worked.get(stage.rank), hours),
        }
        for stage in stages
    ]
    return Report(
        name="funnel",
        title="Funnel",
        means="how many people entered each stage, how far they came, and how long it took",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_columns(stages, business=hours is not None),
        lines=lines,
        totals={
            "people_now": sum(present.values()),
            "entered": sum(entered.values()),
            "stays_ended": sum(one.count for one in took.values()),
        },
        notes=_notes(stages, entered),
        label="stage",
        chart=("entered", "now"),
        traces=_traces(view, period),
    )


def _reached(
    furthest: Mapping[tuple[int, int], int], stages: Sequence[StageWords]
) -> Mapping[tuple[int, int], int]:
    """Count, of those who entered a stage, who came to each stage or beyond it."""
    return {
        (first.rank, goal.rank): sum(
            count
            for (rank, end), count in furthest.items()
            if rank == first.rank and end >= goal.rank
        )
        for first in stages
        for goal in stages
        if goal.rank >= first.rank
    }


def _conversion(
    stage: StageWords, stages: Sequence[StageWords], reached: Mapping[tuple[int, int], int]
) -> dict[str, Cell]:
    """Give how many of a stage's cohort came to the next one, and to each later one."""
    cohort = reached[stage.rank, stage.rank]
    after = next((one for one in stages if one.rank == stage.rank + 1), None)
    found: dict[str, Cell] = {"next": None, "rate": None, "rate_low": None, "rate_high": None}
    if after is not None:
        came = reached[stage.rank, after.rank]
        found["next"] = came
        found["rate"] = share(came, cohort)
        if cohort:
            found["rate_low"], found["rate_high"] = wilson(came, cohort)
    for goal in stages[1:]:
        count = reached.get((stage.rank, goal.rank)) if goal.rank > stage.rank else None
        found[f"reached_{goal.name}"] = count
    return found


def _times(
    took: StayTimes | None, worked: StayTimes | None, hours: BusinessCalendar | None
) -> dict[str, Cell]:
    median, ninth = took.percentiles if took is not None else (None, None)
    found: dict[str, Cell] = {
        "ended": took.count if took is not None else 0,
        "median_days": _in(median, _DAY),
        "p90_days": _in(ninth, _DAY),
    }
    if hours is not None:
        median, ninth = worked.percentiles if worked is not None else (None, None)
        found |= {"median_hours": _in(median, _HOUR), "p90_hours": _in(ninth, _HOUR)}
    return found


def _in(seconds: Decimal | None, unit: int) -> Decimal | None:
    return None if seconds is None else (seconds / unit).quantize(_SHOWN)


def _columns(stages: Sequence[StageWords], *, business: bool) -> Sequence[Column]:
    count, share_, days, hours = Kind.COUNT, Kind.SHARE, Kind.DAYS, Kind.HOURS
    found = [
        Column(key="stage", title="stage", means="the stage, as both departments call it"),
        Column(key="means", title="means", means="what both understand by it"),
        Column(
            key="entered",
            title="entered",
            kind=count,
            bar=True,
            means="people who entered the stage in the period, each once",
        ),
        Column(
            key="now",
            title="there now",
            kind=count,
            means="people who were at the stage at the moment of the report",
        ),
        Column(
            key="next",
            title="went on",
            kind=count,
            means="of those who entered, the people who came to the next stage or beyond since",
        ),
        Column(
            key="rate",
            title="conversion",
            kind=share_,
            low="rate_low",
            high="rate_high",
            means="went on / entered",
        ),
        Column(key="rate_low", title="at least", kind=share_, means="lower end, 95 % interval"),
        Column(key="rate_high", title="at most", kind=share_, means="upper end, 95 % interval"),
        Column(
            key="ended", title="left", kind=count, means="stays at the stage ended in the period"
        ),
        Column(
            key="median_days", title="median days", kind=days, means="median days of those stays"
        ),
        Column(key="p90_days", title="90 % days", kind=days, means="90th percentile, days"),
    ]
    if business:
        found += [
            Column(
                key="median_hours",
                title="median hours",
                kind=hours,
                means="median of those stays in business hours",
            ),
            Column(
                key="p90_hours", title="90 % hours", kind=hours, means="90th percentile of the same"
            ),
        ]
    found += [
        Column(
            key=f"reached_{goal.name}",
            title=f"to {goal.name}",
            kind=count,
            means=f"of those who entered, the people who came to {goal.name} or beyond since",
        )
        for goal in stages[1:]
    ]
    return found


def _notes(stages: Sequence[StageWords], entered: Mapping[int, int]) -> list[Note]:
    found = [
        Note(text="one who skips a stage counts as having come to the stages between"),
        Note(text="intervals hold the true share in 95 of 100 cases"),
    ]
    if not stages:
        found = [Note(text="no stages are agreed on: write them into mappings/lifecycle.yaml")]
    elif not any(entered.values()):
        found.insert(0, Note(text="nobody entered any stage in this period"))
    return found


def _traces(view: View, period: Period) -> Iterator[Trace]:
    """Give every entry into a stage in the period, with the person's ids; both read once."""
    people = (one for chunk in view.people() for one in chunk)
    person = next(people, None)
    for chunk in view.entries():
        for entry in chunk:
            while person is not None and person.link < entry.link:
                person = next(people, None)
            if period.holds(entry.entered):
                yield _trace(entry, person)


def _trace(entry: Entry, person: Person | None) -> Trace:
    known = person if person is not None and person.link == entry.link else None
    return Trace(
        line=entry.stage,
        hubspot=known.hubspot if known is not None else None,
        salesforce=known.salesforce if known is not None else None,
        values={"entered": entry.entered, "left": entry.left},
    )
