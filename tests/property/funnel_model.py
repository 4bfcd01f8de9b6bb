"""What must become of one person in the funnel, told a second time and in the simplest words.

Written from the rows L1 to L11 alone: it knows nothing of how the sync works, and works on what
both records hold before and after a run.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta

from sync.domain.record import Native

__all__ = ["MQL", "Model", "Record"]

MQL = "marketingqualifiedlead"
_LADDER = ("lead", "mql", "sal", "sql", "opportunity", "customer")
_LEFT_ORDER = ("lead", MQL, "salesqualifiedlead", "opportunity", "customer", "evangelist")
_CLOSED = "Closed - Not Converted"

#: What a stage is on each kind of record, first field first; of several values one is written.
_TABLES: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "contacts": {
        "lead": {"lifecyclestage": ("lead",)},
        "mql": {"lifecyclestage": (MQL,), "hs_lead_status": ("OPEN",)},
        "sal": {"lifecyclestage": (MQL,), "hs_lead_status": ("IN_PROGRESS",)},
        "sql": {"lifecyclestage": ("salesqualifiedlead",)},
        "opportunity": {"lifecyclestage": ("opportunity",)},
        "customer": {"lifecyclestage": ("customer",)},
    },
    "Lead": {
        "lead": {"Status": ("New",)},
        "mql": {"Status": ("Open - Not Contacted",)},
        "sal": {"Status": ("Working - Contacted", "Attempting")},
    },
    "Contact": {
        "mql": {"Funnel__c": ("MQL",)},
        "sal": {"Funnel__c": ("SAL",)},
        "sql": {"Funnel__c": ("SQL",)},
    },
}
_BACK = ((("mql", "sal"), "lead"), (("sql",), "mql"))
_AGAIN = {"No Budget": timedelta(days=30)}


def _rank(stage: str | None) -> int:
    return _LADDER.index(stage) if stage is not None else -1


def _furthest(*stages: str | None) -> str | None:
    return max(stages, key=_rank, default=None)


@dataclass
class Record:
    """One record: its object, the fields a stage is told by, and the state of opportunities."""

    name: str
    values: dict[str, Native]
    sold: frozenset[str] = frozenset()

    def stands(self, held: str | None) -> str | None:
        """Give the stage it stands at; of several the one held already (L11)."""
        table = _TABLES[self.name]
        hits = {
            stage: [self.values.get(name) in values for name, values in fields.items()]
            for stage, fields in table.items()
        }
        found = [stage for stage, each in hits.items() if all(each)]
        found = found or [stage for stage, each in hits.items() if each[0]]
        own = held if held in found else next(iter(found), None)
        return _furthest(own, *self.sold)

    def is_odd(self) -> bool:
        """Tell whether it holds values, and they are no stage."""
        names = {name for fields in _TABLES[self.name].values() for name in fields}
        return self.stands(None) is None and any(self.values.get(name) for name in names)

    def take(self, stage: str) -> bool:
        """Let a stage be written; False where the CRM does not take all of it (L7)."""
        wanted = {name: values[0] for name, values in _TABLES[self.name][stage].items()}
        whole = True
        if self.name == "contacts" and self.stands(None) is None:
            # What is no stage of ours is not emptied, and HubSpot lets nothing go back.
            held = self.values["lifecyclestage"]
            ahead = held is not None and _LEFT_ORDER.index(held) > _LEFT_ORDER.index(
                wanted["lifecyclestage"]
            )
            if ahead:
                del wanted["lifecyclestage"]
                whole = False
        self.values.update(wanted)
        return whole

    def can_take(self, stage: str) -> bool:
        """Tell whether a stage can be written to it at all."""
        return stage in _TABLES[self.name]


@dataclass
class Model:
    """One person: the agreed stage, what was handed, and both records as the last run left them."""

    stage: str | None = None
    linked: bool = False
    handed_over: bool = False
    back: bool = False
    over_held: bool = False
    back_held: tuple[bool, bool] = (False, False)
    again: date | None = None
    reason: Native = None
    events: list[tuple[str, str | None, str | None, Native]] = field(default_factory=list)
    left: Record | None = None
    right: Record | None = None
    not_taken: bool = False
    _held: str | None = None

    def run(
        self, left: Record, right: Record | None, *, over: bool, today: date, first: bool
    ) -> tuple[Record, Record | None]:
        """Give both records as a whole run leaves them."""
        left, right = deepcopy(left), deepcopy(right)
        self.not_taken = False
        self._held = self.stage
        if right is None:
            right = self._begin(left, over=over, today=today, first=first)
        elif not self.linked:
            self._link(left, right, over=over, today=today, first=first)
        else:
            self._go_on(left, right, over=over, today=today)
        if right is not None:
            self.linked = True
            self.over_held, self.back_held = over, _returned(right)
            self.left, self.right = deepcopy(left), deepcopy(right)
        return left, right

    def _begin(self, left: Record, *, over: bool, today: date, first: bool) -> Record | None:
        stage = left.stands(None)
        past = first and _rank(stage) >= _rank("mql")
        if not over and not past:
            return None
        right = Record("Lead", {"Status": None, "Reason__c": None})
        self.stage = stage
        self.handed_over = True
        if not first:
            self._hand_over(left, right)
        elif stage is not None and right.can_take(stage):
            right.take(stage)
        return right

    def _link(self, left: Record, right: Record, *, over: bool, today: date, first: bool) -> None:
        both = [one for one in (left, right) if not one.is_odd()]
        self.stage = _furthest(left.stands(None), right.stands(None))
        if first:
            self.handed_over = over or _rank(self.stage) >= _rank("mql")
            self._write(self.stage, both)
        else:
            self._hand(left, right, both, over=over, today=today)

    def _go_on(self, left: Record, right: Record, *, over: bool, today: date) -> None:
        assert self.left is not None
        assert self.right is not None
        held = self.stage
        converted = right.name != self.right.name
        before = {"left": self.left.stands(held), "right": self.right.stands(held)}
        if converted:
            before["right"] = held
        now = {"left": left.stands(held), "right": right.stands(held)}
        moved = [side for side in now if now[side] is not None and now[side] != before[side]]
        self.stage = _furthest(held, *(now[side] for side in moved))
        follow = []
        if self.stage != held:
            follow = [left, right]
        else:
            follow += [left] if "left" in moved else []
            follow += [right] if converted and not right.is_odd() else []
        self._hand(left, right, follow, over=over, today=today)

    def _hand(
        self, left: Record, right: Record, follow: list[Record], *, over: bool, today: date
    ) -> None:
        for number, holds in enumerate(_returned(right)):
            start, to = _BACK[number]
            if holds and not self.back_held[number] and self.stage in start:
                self.events.append(("back", self.stage, to, right.values.get("Reason__c")))
                self.handed_over, self.back, self.stage = False, True, to
                self.reason = right.values.get("Reason__c")
                wait = _AGAIN.get(self.reason or "")
                self.again = today + wait if wait is not None else None
                self._write(to, [left])
                return
        waited = self.again is not None and today >= self.again
        if over and not self.handed_over and (not self.over_held or waited):
            self._hand_over(left, right)
        else:
            self._write(self.stage, follow)

    def _hand_over(self, left: Record, right: Record) -> None:
        to = _furthest(self.stage, "mql")
        self.events.append(("over", self.stage, to, None))
        self.handed_over, self.back, self.stage = True, False, to
        self.again, self.reason = None, None
        self._write(to, [left, right])

    def _write(self, stage: str | None, records: list[Record]) -> None:
        for one in records:
            if stage is not None and one.stands(self._held) != stage and one.can_take(stage):
                self.not_taken |= not one.take(stage)


def _returned(right: Record) -> tuple[bool, bool]:
    lead = right.name == "Lead"
    values = right.values
    return lead and values.get("Status") == _CLOSED, not lead and values.get(
        "Funnel__c"
    ) == "Returned"
