"""How far a check of both sides is, and what it found: kept in the state while it goes on.

What does not agree is kept as the items of a plan that is none, one for each link or record; the
head of that plan holds the counts and the place reached. So a check that is stopped goes on where
it was, and what it finds takes no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sync.domain.agreement import Cause, Difference
from sync.domain.merge import Reason
from sync.domain.plan import Held, Item, ItemKind
from sync.domain.record import RecordRef, Side
from sync.domain.store import Plan, PlanState, Plans

__all__ = ["COUNTS", "Check", "Found", "PairCheck"]

#: What is counted of each field.
COUNTS = ("agree", "differ", "kept_apart", "held")

#: A check that was stopped is gone on with for this long; later it says nothing of today.
_GOOD_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What does not agree: two linked records, or one that stands alone."""

    pair: str
    left: RecordRef | None
    right: RecordRef | None
    link_id: int | None
    difference: Difference


@dataclass(slots=True)
class PairCheck:
    """The counts of one pair, and how far it was read: the last link, the sides read to the end."""

    linked: int = 0
    agree: int = 0
    asleep: int = 0
    outside: int = 0
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    unlinked: dict[str, dict[str, int]] = field(default_factory=dict)
    after: int = 0
    drift: int = 0
    links_read: bool = False
    read: list[str] = field(default_factory=list)

    def count(self, name: str, what: str) -> None:
        """Count one field of one link."""
        self.fields.setdefault(name, dict.fromkeys(COUNTS, 0))[what] += 1

    def count_alone(self, side: Side, state: str) -> None:
        """Count one record that has no link."""
        of_side = self.unlinked.setdefault(side.value, {})
        of_side[state] = of_side.get(state, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """Give it as data."""
        return {name: getattr(self, name) for name in self.__slots__}


class Check:
    """One check of both sides, begun or gone on with."""

    def __init__(self, plans: Plans, plan: Plan) -> None:
        """Take up a check where it stands."""
        self._plans = plans
        self._plan = plan
        self.pairs = {
            name: PairCheck(**kept) for name, kept in plan.summary.get("pairs", {}).items()
        }
        self.finished = bool(plan.summary.get("finished"))

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
    def goes_on(self) -> bool:
        """Tell whether an earlier run did a part of it."""
        return bool(self._plan.summary)

    @property
    def begun_at(self) -> datetime:
        """Tell when it was begun."""
        return self._plan.created

    def keep(self, found: Sequence[Found] = (), *, finished: bool = False) -> None:
        """Keep what was found, and the place reached."""
        self._plans.add(self._plan.id, [_item(one) for one in found])
        self.finished = finished
        summary = {
            "pairs": {name: one.to_json() for name, one in self.pairs.items()},
            "finished": finished,
        }
        self._plans.mark(self._plan.id, PlanState.CHECK, summary)

    def found(self) -> Iterator[Found]:
        """Give all that was found, in order, each once.

        What was kept just before a stop may be found once more; the later finding is left out.
        """
        told: dict[tuple[str, str], int] = {}
        seen: set[tuple[Side, RecordRef]] = set()
        alone = ""
        for item in self._plans.items(self._plan.id):
            if item.link_id is not None:
                (one,) = item.held
                last = told.get((item.pair, "link"), 0)
                if item.link_id < last or (item.link_id == last and one.name in self._names):
                    continue
                if item.link_id != last:
                    self._names: set[str] = set()
                told[item.pair, "link"] = item.link_id
                self._names.add(one.name)
            del seen, alone
            yield _found(item)
