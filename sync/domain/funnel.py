"""Where a person stands in the funnel, and when they are handed over and handed back.

Pure: the same stages, values, conditions and day always give the same turn, whatever the order in
which changes came in; and a turn decided once gives nothing more to do. One stage is agreed on for
a person; each side stands at the stage its own values say, and is compared with where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sync.domain.record import Native, Side
from sync.domain.routing import Turns

__all__ = [
    "HANDED_OVER",
    "NO_STAGE",
    "STAGE",
    "TRY_AGAIN",
    "Back",
    "Funnel",
    "FunnelNote",
    "HandKind",
    "Handed",
    "Holding",
    "Ladder",
    "Moved",
    "OwedTask",
    "Put",
    "Returned",
    "Seat",
    "TaskState",
    "Turn",
    "hand",
    "looked_at",
    "move",
    "stage_text",
]

#: The field of people that holds their stage; no line of a mapping can have its name.
STAGE = "stage"
#: What expressions call whether somebody is handed over; no field either.
HANDED_OVER = "handed_over"
#: The outcome that says when marketing may try again; lost opportunities may say so, too.
TRY_AGAIN = "try_again_date"
#: What stands for values that are none of the stages.
NO_STAGE = "?"


class HandKind(StrEnum):
    """Which way a person is handed."""

    OVER = "over"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A rule by which people come back: from which stages, and to which."""

    start: frozenset[str]
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The stages in order, and the rules of moving between them.

    `of_sales` are the stages that opportunities put people at, `marketing` is the side that hands
    over: it follows when a person comes back, and is moved forward again when it falls back.
    """

    names: tuple[str, ...]
    free: bool = False
    of_sales: frozenset[str] = frozenset()
    over_to: str | None = None
    backs: tuple[Back, ...] = ()
    marketing: Side = Side.LEFT

    def rank(self, name: str | None) -> int:
        """Give how far along a stage is; what is none comes before all of them."""
        return self.names.index(name) if name in self.names else -1

    def standing(self, text: Native, held: str | None) -> str | None:
        """Give the stage a side stands at, of those its values allow (L11).

        The one already held, if it is among them, else the first; opportunities lift a person
        further, and never hold anybody back.
        """
        found = [name for name in (text or "").split(";") if name in self.names]
        by_values = [name for name in found if name not in self.of_sales]
        own = held if held in by_values else next(iter(by_values), None)
        by_sales = [name for name in found if name in self.of_sales]
        return self.furthest([own, *by_sales])

    def furthest(self, names: Iterable[str | None]) -> str | None:
        """Give the stage furthest along; None where there is none."""
        found = max(names, key=self.rank, default=None)
        return found if found in self.names else None


def stage_text(in_full: Iterable[str], in_part: Iterable[str], *, blank: bool) -> Native:
    """Write down at which stages a side's values allow it to stand."""
    names = list(in_full) or list(in_part)
    if names:
        return ";".join(names)
    return None if blank else NO_STAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One side of a person: what its values say now, and said when it was decided last.

    `known` tells whether it was decided before at all, `writable` are the stages it has values for.
    """

    now: Native = None
    base: Native = None
    known: bool = True
    writable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is kept of a person: the agreed stage, and what was handed over and back.

    `over_held` and `back_held` say which conditions held when they were looked at last. `due` are
    the sides that are still to be written. `again_at` is the first day on which a person who came
    back may be handed over again although the condition never was false.
    """

    stage: str | None = None
    handed_over: bool = False
    over_held: bool = False
    back_held: tuple[bool, ...] = ()
    due: frozenset[Side] = frozenset()
    over_at: datetime | None = None
    back_at: datetime | None = None
    again_at: date | None = None
    reason: Native = None

    @property
    def is_back(self) -> bool:
        """Tell whether the person was handed back, and not handed over since."""
        return self.back_at is not None and not self.handed_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A stage that is to be written to a side; `overrules` what somebody there had chosen."""

    stage: str
    backward: bool = False
    overrules: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a person is after what moved on either side; `at` is where each side stands."""

    stage: str | None
    at: Mapping[Side, str | None]
    puts: Mapping[Side, Put] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Why sales gives somebody back, in its own word, and the day to try again."""

    reason: Native = None
    again: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A hand-over or a hand-back; `rule` is the number of the rule of hand-backs that fired."""

    kind: HandKind
    came_from: str | None
    to: str
    rule: int = 0
    reason: Native = None
    again: date | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether the person goes to sales, not back to marketing."""
        return self.kind is HandKind.OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All that is decided about a person: what is kept, what is written, what happened."""

    holding: Holding
    puts: Mapping[Side, Put] = field(default_factory=dict)
    event: Handed | None = None


class TaskState(StrEnum):
    """What became of the task that tells an owner of a hand-over."""

    NONE = ""
    DUE = "due"
    SENT = "sent"  # perhaps: an answer never came


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelNote:
    """What is kept of one turn, and who got the person by which rule of routing.

    `task` tells that the owner of the person is to be told by a task of its own. `turns` is how
    the turns of that rule stand now; `assign` leaves the choice to the sales CRM's own rules.
    """

    holding: Holding
    event: Handed | None = None
    owner: str | None = None
    rule: str = ""
    rule_key: str | None = None
    task: bool = False
    turns: Turns | None = None
    assign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedTask:
    """A task that is still to be made for a linked person; `sent` where that may be done."""

    link_id: int
    at: datetime
    stage: str
    rule: str
    sent: bool


class Funnel(Protocol):
    """What is kept of people's way through the funnel, by their links."""

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Holding]:
        """Give what is kept of people."""
        ...

    def waiting(self, pair: str, today: date) -> Sequence[int]:
        """Give the links to be looked at although no record changed.

        Of those handed back whose time to wait is over, and whose stage is still to be written.
        """
        ...

    def tasks(self, pair: str) -> Sequence[OwedTask]:
        """Give the tasks that are still to be made."""
        ...

    def mark_tasks(self, link_ids: Sequence[int], state: TaskState) -> None:
        """Note what became of tasks."""
        ...


def move(ladder: Ladder, holding: Holding | None, seats: Mapping[Side, Seat]) -> Moved:
    """Give the stage agreed on after what moved, and which sides follow (L1 to L3, L6, L11)."""
    held = _held(ladder, holding, seats)
    at = {side: ladder.standing(seat.now, held) for side, seat in seats.items()}
    if held is None and holding is not None and holding.stage is not None:
        # That stage is called otherwise now, or is none any more: marketing stood where it was.
        held = at.get(ladder.marketing)
    if held is None:
        stage = ladder.furthest(at.values())
        fresh = {side for side, seat in seats.items() if seat.now != NO_STAGE}
        return Moved(stage=stage, at=at, puts=_puts(ladder, stage, at, seats, fresh))
    moved = [side for side in seats if _has_moved(ladder, held, seats[side], at[side])]
    stage = _agreed(ladder, held, [at[side] for side in moved])
    due = holding.due if holding is not None else frozenset()
    follow = {side for side in seats if side in due or _is_filled(seats[side])}
    if stage != held:
        follow |= set(seats)
    elif ladder.marketing in moved and at[ladder.marketing] is not None:
        follow.add(ladder.marketing)
    puts = _puts(ladder, stage, at, seats, follow)
    for side in puts.keys() & set(moved):
        puts[side] = replace(puts[side], overrules=True)
    return Moved(stage=stage, at=at, puts=puts)


def _held(ladder: Ladder, holding: Holding | None, seats: Mapping[Side, Seat]) -> str | None:
    """Give the stage agreed on; where that is a stage no more, the one marketing stands at."""
    if holding is None or holding.stage in ladder.names:
        return holding.stage if holding is not None else None
    return ladder.standing(seats[ladder.marketing].now, None)


def _has_moved(ladder: Ladder, held: str, seat: Seat, at: str | None) -> bool:
    """Tell whether a side stands at another stage than it did; no stage is no move."""
    if at is None:
        return False
    named = (seat.base or NO_STAGE) != NO_STAGE
    if seat.known and named and ladder.standing(seat.base, held) is None:
        return False  # it stood at a stage that has another name now
    before = ladder.standing(seat.base, held) if seat.known else held
    return at != before


def _agreed(ladder: Ladder, held: str, moved: Sequence[str | None]) -> str:
    """Give the stage agreed on: the furthest one; where moves are free, also one further back."""
    furthest = ladder.furthest(moved)
    if furthest is None:
        return held
    return furthest if ladder.free or ladder.rank(furthest) > ladder.rank(held) else held


def _is_filled(seat: Seat) -> bool:
    """Tell whether a side that never was decided, as after a conversion, gets the stage."""
    return not seat.known and seat.now != NO_STAGE


def _puts(
    ladder: Ladder,
    stage: str | None,
    at: Mapping[Side, str | None],
    seats: Mapping[Side, Seat],
    follow: Iterable[Side],
) -> dict[Side, Put]:
    """Give the writes that let sides follow to a stage, those that can and do not stand there."""
    return {
        side: Put(stage=stage, backward=ladder.rank(at[side]) > ladder.rank(stage))
        for side in sorted(follow)
        if stage is not None and at[side] != stage and stage in seats[side].writable
    }


def hand(
    ladder: Ladder,
    moved: Moved,
    holding: Holding | None,
    seats: Mapping[Side, Seat],
    *,
    over: bool,
    back: Sequence[bool],
    returned: Sequence[Returned] = (),
    now: datetime,
    as_found: bool = False,
) -> Turn:
    """Decide whether the person is handed over or back (L4, L5, L9, L10).

    `over` and `back` tell which conditions hold now. `as_found` is for somebody the first sync
    finds: nothing fires, and who meets the condition, or is past it, counts as handed over.
    """
    kept = holding or Holding()
    stage = moved.stage
    if holding is None and as_found:
        past = ladder.over_to is not None and ladder.rank(stage) >= ladder.rank(ladder.over_to)
        kept = replace(kept, handed_over=ladder.over_to is not None and (over or past))
    elif (rule := _fired_back(ladder, kept, stage, back)) is not None:
        return _handed_back(ladder, moved, kept, seats, rule, returned, now)
    elif over and ladder.over_to is not None and _may_hand_over(kept, now.date()):
        return _handed_over(ladder, moved, kept, seats, now)
    return _turn(kept, stage, moved.puts)


def looked_at(turn: Turn, *, over: bool, back: Sequence[bool]) -> Turn:
    """Note which conditions hold once all that is decided is done."""
    return replace(turn, holding=replace(turn.holding, over_held=over, back_held=tuple(back)))


def _fired_back(
    ladder: Ladder, kept: Holding, stage: str | None, back: Sequence[bool]
) -> int | None:
    """Give the rule by which the person comes back now, if one turned true."""
    for number, (rule, holds) in enumerate(zip(ladder.backs, back, strict=True)):
        before = number < len(kept.back_held) and kept.back_held[number]
        if holds and not before and stage in rule.start:
            return number
    return None


def _may_hand_over(kept: Holding, today: date) -> bool:
    """Tell whether the condition counts: it was false before, or the time to wait is over."""
    if kept.handed_over:
        return False
    waited = kept.again_at is not None and today >= kept.again_at
    return not kept.over_held or waited


def _handed_back(
    ladder: Ladder,
    moved: Moved,
    kept: Holding,
    seats: Mapping[Side, Seat],
    rule: int,
    returned: Sequence[Returned],
    now: datetime,
) -> Turn:
    to = ladder.backs[rule].to
    why = returned[rule] if rule < len(returned) else Returned()
    puts = _puts(ladder, to, moved.at, seats, [ladder.marketing])
    holding = replace(kept, handed_over=False, back_at=now, again_at=why.again, reason=why.reason)
    event = Handed(
        kind=HandKind.BACK,
        came_from=moved.stage,
        to=to,
        rule=rule,
        reason=why.reason,
        again=why.again,
    )
    return _turn(holding, to, puts, event)


def _handed_over(
    ladder: Ladder, moved: Moved, kept: Holding, seats: Mapping[Side, Seat], now: datetime
) -> Turn:
    to = ladder.furthest([moved.stage, ladder.over_to])
    assert to is not None
    puts = {**moved.puts, **_puts(ladder, to, moved.at, seats, seats)}
    holding = replace(kept, handed_over=True, over_at=now, again_at=None, reason=None)
    event = Handed(kind=HandKind.OVER, came_from=moved.stage, to=to)
    return _turn(holding, to, puts, event)


def _turn(
    kept: Holding, stage: str | None, puts: Mapping[Side, Put], event: Handed | None = None
) -> Turn:
    return Turn(
        holding=replace(kept, stage=stage, due=frozenset(puts)), puts=dict(puts), event=event
    )
