"""Promises to answer in time: how each clock is judged, and what is counted of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mappings.lifecycle.hours import length_of
from mappings.lifecycle.model import Lifecycle, ServiceLevel
from reports.answers import Answer, Clock, History, clocks_of
from reports.earnings import rate
from reports.frame import Cell, Period
from reports.statistics import Durations
from sync.domain.hours import BusinessCalendar

__all__ = ["ALL", "Answered", "Judged", "Promise", "Verdict", "promise_of"]

#: The line of everybody together, beside those of single owners.
ALL = "all"

_HOUR = timedelta(hours=1)
_PLACES = Decimal("0.000001")


class Verdict(StrEnum):
    """How a hand-over stands against what was promised."""

    MET = "met"
    LATE = "late"
    WAITING = "waiting"  # nobody has answered yet, and there still is time
    OVERDUE = "overdue"  # nobody has answered yet, and the time is over
    UNDECIDED = "undecided"  # handed over again while there still was time


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One clock with its verdict, and how long it ran."""

    clock: Clock
    verdict: Verdict
    took: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """An answer within a time; `hours` are told where it is a time of business hours."""

    level: ServiceLevel
    start: str
    start_rank: int
    goal: int
    within: timedelta
    at_hand_over: bool
    hours: BusinessCalendar | None

    def judged(self, history: History, period: Period, *, now: datetime) -> Iterator[Judged]:
        """Give the clocks of a person that started in the period, each with its verdict."""
        found = clocks_of(history, start=self.start, goal=self.goal, at_hand_over=self.at_hand_over)
        for clock in found:
            if period.holds(clock.started):
                took = self._took(clock.started, clock.stopped or now)
                verdict = _verdict(clock, in_time=took <= self.within)
                yield Judged(clock=clock, verdict=verdict, took=took)

    def _took(self, since: datetime, until: datetime) -> timedelta:
        if self.hours is not None:
            return self.hours.between(since, until)
        return max(until - since, timedelta(0))


def promise_of(
    level: ServiceLevel, lifecycle: Lifecycle, hours: BusinessCalendar | None
) -> Promise:
    """Give a promise to answer in time, as the file makes it."""
    assert level.within is not None
    assert level.from_ is not None
    assert level.to is not None
    goal, begin = lifecycle.rank(level.to), lifecycle.rank(level.from_)
    assert goal is not None
    assert begin is not None
    over = lifecycle.hand_over
    return Promise(
        level=level,
        start=level.from_,
        start_rank=begin,
        goal=goal,
        within=length_of(level.within, hours),
        at_hand_over=over is not None and over.to == level.from_,
        hours=hours if level.within.business else None,
    )


def _verdict(clock: Clock, *, in_time: bool) -> Verdict:
    if clock.answer is Answer.NONE:
        return Verdict.WAITING if in_time else Verdict.OVERDUE
    if clock.answer is Answer.AGAIN and in_time:
        return Verdict.UNDECIDED
    answered = in_time and clock.answer is not Answer.AGAIN
    return Verdict.MET if answered else Verdict.LATE


@dataclass(slots=True)
class _Count:
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    backs: int = 0
    took: Durations = field(default_factory=Durations)

    def add(self, one: Judged) -> None:
        self.verdicts[one.verdict] += 1
        self.backs += one.clock.answer is Answer.BACK
        if one.clock.answer in (Answer.TAKEN, Answer.BACK):
            self.took.add(one.took)

    def cells(self) -> dict[str, Cell]:
        counts = self.verdicts
        broken = counts[Verdict.LATE] + counts[Verdict.OVERDUE]
        return {
            "handed_over": counts.total(),
            "met": counts[Verdict.MET],
            "late": counts[Verdict.LATE],
            "waiting": counts[Verdict.WAITING],
            "overdue": counts[Verdict.OVERDUE],
            "handed_back": self.backs,
            **rate("kept", counts[Verdict.MET], broken),
            "median_hours": _hours(self.took, 50),
            "p90_hours": _hours(self.took, 90),
        }


class Answered:
    """What is counted of one promise: of everybody, and of each owner."""

    def __init__(self, promise: Promise) -> None:
        self.promise = promise
        self._all = _Count()
        self._by_owner: defaultdict[str, _Count] = defaultdict(_Count)

    def add(self, one: Judged) -> None:
        """Count one clock."""
        self._all.add(one)
        self._by_owner[one.clock.owner or ""].add(one)

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """Give how many clocks have which verdict."""
        return self._all.verdicts

    def lines(self, names: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Cell]]]:
        """Give the cells of everybody together, then of each owner by name."""
        yield ALL, self._all.cells()
        named = sorted((names.get(owner, owner), owner) for owner in self._by_owner)
        for name, owner in named:
            yield name, self._by_owner[owner].cells()


def _hours(took: Durations, percent: int) -> Decimal | None:
    found = took.percentile(percent, unit=_HOUR)
    return found.quantize(_PLACES) if found is not None else None
