"""The stays of a person at the stages of the funnel, worked out from all that is known to happen.

Pure, and whatever the order in which it is told: one moment after the other, each side's values
are read as stages. A person goes forward to the furthest stage either side comes to, and falls
back by a hand-back only, or freely where the rules say so. So one stay follows the other without a
gap, none overlaps another, and none is shorter than nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sync.domain.outcomes import Opportunity, OutcomeWord
from sync.domain.record import Native, RecordRef, Side
from sync.domain.stage_rules import StageRules
from sync.domain.stages import StageEvent

__all__ = ["Handed", "Sold", "Stay", "Timeline", "sold_of", "timeline_of"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay at a stage, from one moment until just before another, and where it went on."""

    rank: int
    entered: datetime
    left: datetime | None = None
    next_rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All stays of a person in order, and what could not be taken for one.

    `unknown` counts the moments at which a record came to a value that is no stage, `fallen` those
    at which one fell back that may not, `undated` what has no date.
    """

    stays: tuple[Stay, ...] = ()
    unknown: int = 0
    fallen: int = 0
    undated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """That a person was handed over or back (`over` is False) to a stage."""

    at: datetime
    to: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """When an opportunity behind a person was opened, and when and how it closed."""

    created: datetime | None
    closed: datetime | None
    outcome: OutcomeWord

    @property
    def is_undated(self) -> bool:
        """Tell whether it does not say when it got to where it stands."""
        return (self.created if self.outcome is OutcomeWord.OPEN else self.closed) is None


def sold_of(one: Opportunity, events: Sequence[StageEvent] = ()) -> Sold:
    """Give when an opportunity was opened and closed, by its facts and its stage's `events`.

    It closed when its stage became what it is now, if that was on the closing day or next to it;
    else at the start of that day (UTC), or when it was opened, if that was on the same day.
    """
    if not one.closed or one.closes is None:
        return Sold(created=one.created, closed=None, outcome=one.outcome)
    start = datetime.combine(one.closes, time(), UTC)
    turned = [event.at for event in events if event.after == one.stage]
    near = [at for at in turned if start - _DAY <= at < start + 2 * _DAY]
    closed = max(near, default=start)
    if one.created is not None and one.created.date() == closed.date():
        closed = max(closed, one.created)
    return Sold(created=one.created, closed=closed, outcome=one.outcome)


def timeline_of(
    rules: StageRules,
    *,
    events: Sequence[StageEvent] = (),
    sales: Sequence[Sold] = (),
    handings: Sequence[Handed] = (),
    created: Mapping[RecordRef, datetime] | None = None,
) -> Timeline:
    """Work out the stays of one person.

    `events` are those of all records the person has, or had, in both CRMs; `created` says since
    when they exist: so long a record holds what its first event tells to have stood before.
    """
    fold = _Fold(rules)
    moments = _moments(events, sales, handings, created or {})
    for at in sorted(moments):
        fold.take(at, moments[at])
    fold.undated += sum(1 for one in sales if one.is_undated)
    return Timeline(
        stays=tuple(fold.stays), unknown=fold.unknown, fallen=fold.fallen, undated=fold.undated
    )


@dataclass(slots=True)
class _Moment:
    """All that happened at one moment."""

    values: list[tuple[Side, RecordRef, str, Native]] = field(default_factory=list)
    sales: list[OutcomeWord] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)


def _moments(
    events: Iterable[StageEvent],
    sales: Iterable[Sold],
    handings: Iterable[Handed],
    created: Mapping[RecordRef, datetime],
) -> dict[datetime, _Moment]:
    """Give what happened by its moment; of one moment always in one order."""
    found: dict[datetime, _Moment] = {}

    def at(moment: datetime) -> _Moment:
        return found.setdefault(moment, _Moment())

    ordered = sorted(events, key=lambda one: (one.at, one.id or 0, one.field, one.after or ""))
    first: set[tuple[Side, RecordRef, str]] = set()
    for one in ordered:
        place = (one.side, one.ref, one.field)
        since = created.get(one.ref)
        if place not in first and one.before is not None and since is not None and since < one.at:
            at(since).values.append((*place, one.before))
        first.add(place)
    for one in ordered:
        at(one.at).values.append((one.side, one.ref, one.field, one.after))
    for sold in sales:
        if sold.created is not None:
            at(sold.created).sales.append(OutcomeWord.OPEN)
        if sold.closed is not None:
            at(sold.closed).sales.append(sold.outcome)
    for handed in handings:
        moment = at(handed.at)
        (moment.over if handed.over else moment.back).append(handed.to)
    return found


class _Fold:
    """Stays as they grow, moment by moment."""

    def __init__(self, rules: StageRules) -> None:
        self._rules = rules
        self._held: dict[tuple[Side, RecordRef], dict[str, Native]] = {}
        self._now: int | None = None
        self.stays: list[Stay] = []
        self.unknown = self.fallen = self.undated = 0

    def take(self, at: datetime, moment: _Moment) -> None:
        """Go through what happened at one moment, later than all before."""
        target = self._moved(self._reached(moment), self._sold(moment))
        for name in moment.over:
            rank = self._rules.rank(name)
            if rank is not None and (target is None or rank > target):
                target = rank
        for name in moment.back:
            rank = self._rules.rank(name)
            target = target if rank is None else rank
        if target is not None and target != self._now:
            self._go(at, target)

    def _reached(self, moment: _Moment) -> list[int]:
        """Give the stage each record that was touched now stands at."""
        touched: dict[tuple[Side, RecordRef], bool] = {}
        for side, ref, name, value in moment.values:
            self._held.setdefault((side, ref), {})[name] = value
            strange = value is not None and not self._rules.knows(
                side, ref.object_name, name, value
            )
            touched[side, ref] = touched.get((side, ref), False) or strange
        found: list[int] = []
        for (side, ref), strange in touched.items():
            standing = self._rules.standing(side, ref.object_name, self._held[side, ref])
            rank = self._rules.pick(standing, self._now)
            if rank is not None:
                found.append(rank)
            else:
                self.unknown += strange
        return found

    def _sold(self, moment: _Moment) -> list[int]:
        """Give the stages that opportunities lead to."""
        found = (self._rules.pick(self._rules.of_sales(one), self._now) for one in moment.sales)
        return [rank for rank in found if rank is not None]

    def _moved(self, reached: Sequence[int], sold: Sequence[int]) -> int | None:
        """Give the stage that all of them together come to, from the one held.

        An opportunity never makes anybody fall back: it is new business of the same person.
        """
        now, furthest = self._now, max(reached, default=None)
        if furthest is not None and now is not None and furthest < now and not self._rules.free:
            self.fallen += 1
            furthest = now
        now = now if furthest is None else furthest
        return max((*sold, *(() if now is None else (now,))), default=None)

    def _go(self, at: datetime, rank: int) -> None:
        if self.stays:
            last = self.stays[-1]
            self.stays[-1] = Stay(rank=last.rank, entered=last.entered, left=at, next_rank=rank)
        self.stays.append(Stay(rank=rank, entered=at))
        self._now = rank
