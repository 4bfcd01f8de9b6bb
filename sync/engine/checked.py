"""How far a check of both sides is, and what it found: kept in the state while it goes on.

What does not agree is kept as the items of a plan that is none, one for each link or record; the
head of that plan holds the counts and the place reached. So a check that is stopped goes on where
it was, and what it finds takes no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sync.domain.agreement import Cause, Difference
from sync.domain.merge import Reason
from sync.domain.plan import Held, Item, ItemKind
from sync.domain.record import RecordRef
from sync.domain.store import Plan, Plans, PlanState

__all__ = ["COUNTS", "Check", "Found", "PairCheck", "found_item"]

#: What is counted of each field.
COUNTS = ("agree", "differ", "kept_apart", "held")

#: A check that was stopped is gone on with for this long; later it says nothing of today.
_GOOD_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What does not agree: a field of two linked records, a link, or a record that stands alone."""

    pair: str
    left: RecordRef | None
    right: RecordRef | None
    link_id: int | None
    difference: Difference


@dataclass(slots=True)
class PairCheck:
    """The counts of one pair, and how far it was read: the last link, and which objects."""

    linked: int = 0
    agree: int = 0
    asleep: int = 0
    outside: int = 0
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    unlinked: dict[str, dict[str, int]] = field(default_factory=dict)
    drift: int = 0
    after: int = 0
    links_read: bool = False
    objects_read: list[str] = field(default_factory=list)

    def count(self, name: str, what: str) -> None:
        """Count one field of one link."""
        self.fields.setdefault(name, dict.fromkeys(COUNTS, 0))[what] += 1

    def count_alone(self, side: str, state: str) -> None:
        """Count one record that has no link."""
        of_side = self.unlinked.setdefault(side, {})
        of_side[state] = of_side.get(state, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """Give it as data."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


class Check:
    """One check of both sides, begun or gone on with."""

    def __init__(self, plans: Plans, plan: Plan) -> None:
        """Take up a check where it stands."""
        self._plans = plans
        self._plan = plan
        kept = plan.summary
        self.pairs = {name: PairCheck(**one) for name, one in kept.get("pairs", {}).items()}
        self.finished = bool(kept.get("finished"))
        self.goes_on = bool(kept)
        #: What was found behind the place that was noted last is found again.
        self._skipped: list[tuple[int, int]] = [(a, b) for a, b in kept.get("skipped", ())]
        self._count = sum(1 for _ in plans.items(plan.id))
        if self._count > (noted := kept.get("count", 0)) and not self.finished:
            self._skipped.append((noted, self._count))

    @staticmethod
    def begin(plans: Plans, fingerprint: str, *, now: datetime, anew: bool = False) -> Check:
        """Go on with the check that was stopped, or begin one; what was found before is dropped."""
        last = plans.newest(PlanState.CHECK)
        if last is not None:
            young = now - last.created < _GOOD_FOR
            unfinished = not last.summary.get("finished")
            if unfinished and young and last.fingerprint == fingerprint and not anew:
                return Check(plans, last)
            plans.drop(last.id)
        number = plans.open(fingerprint, now)
        plans.mark(number, PlanState.CHECK, {})
        plan = plans.get(number)
        assert plan is not None
        return Check(plans, plan)

    @property
    def begun_at(self) -> datetime:
        """Tell when it was begun."""
        return self._plan.created

    def of(self, pair: str) -> PairCheck:
        """Give the counts of a pair."""
        return self.pairs.setdefault(pair, PairCheck())

    def add(self, items: Sequence[Item]) -> None:
        """Keep what was found; it counts once the place reached is noted."""
        self._plans.add(self._plan.id, items)
        self._count += len(items)

    def note(self, *, finished: bool = False) -> None:
        """Note the place reached, with the counts up to there."""
        self.finished = finished
        summary = {
            "pairs": {name: one.to_json() for name, one in self.pairs.items()},
            "count": self._count,
            "skipped": self._skipped,
            "finished": finished,
        }
        self._plans.mark(self._plan.id, PlanState.CHECK, summary)

    def found(self) -> Iterator[Found]:
        """Give all that was found, in the order it was read."""
        for place, item in enumerate(self._plans.items(self._plan.id)):
            if any(start <= place < end for start, end in self._skipped):
                continue
            for held in item.held:
                yield Found(
                    pair=item.pair,
                    left=item.left,
                    right=item.right,
                    link_id=item.link_id,
                    difference=Difference(
                        name=held.name,
                        cause=Cause(held.proposal),
                        why=held.why,
                        left=held.left,
                        right=held.right,
                    ),
                )


def found_item(
    pair: str,
    differences: Sequence[Difference],
    *,
    left: RecordRef | None = None,
    right: RecordRef | None = None,
    link_id: int | None = None,
) -> Item:
    """Give what was found of one link, or of one record without a link, as it is kept."""
    return Item(
        pair=pair,
        kind=ItemKind.HOLD,
        left=left,
        right=right,
        link_id=link_id,
        held=tuple(
            Held(
                name=one.name,
                left=one.left,
                right=one.right,
                reason=Reason.UNCHANGED,
                why=one.why,
                proposal=one.cause.value,
            )
            for one in differences
        ),
    )
