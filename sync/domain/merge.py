"""The three-way merge of one field: what travels, and why.

Pure: the same shadows, values, evidence and rule always give the same decision. Each side is
compared with its own shadow in its own form, so that a lossy translation never looks like an edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sync.domain.record import SIDES, Native, Side
from sync.domain.rules import (
    Arrow,
    BlankRule,
    FieldRule,
    FirstSync,
    Trouble,
    TroubleKind,
    Unsure,
    Wins,
)

__all__ = [
    "Decision",
    "Evidence",
    "FieldView",
    "Forms",
    "Reason",
    "SideView",
    "Verdict",
    "carry_value",
    "link_field",
    "merge_field",
]

#: Two edits count as one after the other when their intervals lie further apart than this.
APART = timedelta(seconds=5)


class Reason(StrEnum):
    """Why a field came out as it did; `{origin}` and `{target}` are filled in at the edge."""

    UNCHANGED = "neither side changed"
    NOT_HELD = "the field is held on one side only"
    AGREED = "both sides agree"
    EDITED_ALONE = "edited in {origin} only"
    SOURCE = "the mapping carries it from {origin}"
    OUTCOME = "outcome of sales in {origin}"
    STAGE_MOVED = "stage moved forward in {origin}"
    STAGE_KEPT = "stage fell back in {target} and is moved forward again"
    STAGE_FREE = "stage moved in {origin}; moves: free"
    STAGE_FOUND = "first linking: the stage further along"
    STAGE_DUE = "the stage agreed on, still to be written"
    HANDED_OVER = "handed over to sales"
    HANDED_BACK = "handed back to marketing"
    FUNNEL_TOLD = "what the funnel says of the person"
    ROUTED = "who gets whom is handed over, by the rules of routing"
    NAMED_WINNER = "both edited; wins: {origin}"
    NEWER = "both edited; the edit in {origin} was later"
    UNSURE_WINNER = "both edited, order unknown; unsure: {origin}"
    PROTECTED = "protect: {origin}"
    OVER_BLANK = "a value wins over a blank"
    CLEARED = "emptied in {origin}; blank: clear"
    FILLED = "emptied in {target}; blank: fill"
    OPTED_OUT = "an opt-out on either side wins"
    FIRST_FILL = "first linking: blank in {target}"
    FIRST_SYNC = "first linking: {origin} wins by first_sync"
    LINE_CHANGED = "its line in the mapping changed; carried again from {origin}"
    FIRST_NEWER = "first linking: the edit in {origin} was later"
    CREATED = "new record made from {origin}"
    STOOD_IN = "new record; nobody in {target} answers to its owner, so the fallback owns it"
    KEPT_APART = "emptied on one side; blank: keep"
    WRONG_WAY = "edited on the side the mapping does not carry it from"
    TARGET_STAYS = "no entry in values; otherwise: keep"
    WAITS = "{target} has no counterpart yet; it follows when there is one"
    HOLD_BOTH_EDITED = "both edited differently; wins: hold"
    HOLD_UNSURE = "both edited differently, and the evidence does not say which was later"
    HOLD_FIRST_SYNC = "both sides hold different values at first linking; first_sync: hold"
    HOLD_FIRST_UNSURE = "both sides hold different values at first linking; order unknown"
    HOLD_NO_ENTRY = "the value has no entry in values"
    HOLD_SEVERAL = "the value names several in {target}"
    HOLD_LINE_CHANGED = (
        "its line in the mapping changed, and the audit does not say which side the value came from"
    )
    HOLD_STAGE = "{target} does not take the stage"
    HOLD_FLIPPED = "the value flipped back a third time after the sync wrote it"
    RESOLVED = "resolved by a person: the value in {origin}"
    RESOLVED_VALUE = "resolved by a person: the value they gave"
    RESOLVED_APART = "resolved by a person: both sides stay as they are"
    UNDONE = "taken back by an undo, and held until somebody edits or resolves it"
    RESTORED = "put back by an undo"
    HOLD_RESOLVED = "what a person decided cannot be carried out"
    REFUSED = "the target cannot take the value"


class Verdict(StrEnum):
    """What a decision asks for."""

    NOTHING = "nothing"
    WRITE = "write"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Evidence:
    """When a side's field was edited: after `after` and not later than `until`, None if unknown."""

    after: datetime | None = None
    until: datetime | None = None

    def later_than(self, other: Evidence) -> bool:
        """Tell whether this edit surely came after the other one."""
        if self.after is None or other.until is None:
            return False
        return self.after - other.until > APART


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """One field on one side: its shadow, its value now (both as the CRM gives them)."""

    object_name: str
    now: Native
    shadow: Native = None
    held: bool = True
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field of a linked record on both sides; `region` is the record's country."""

    left: SideView
    right: SideView
    region: str | None = None

    def of(self, side: Side) -> SideView:
        """Give one side."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to one field, and why.

    WRITE: `value` goes to `target`, in the target's own form. `overruled` names the side whose
    edit lost and must be kept in the audit. `settled` means both sides agree, or are left apart
    for good, as they stand, so their shadows move to the values now. `trouble` says what would
    mend a HOLD or REFUSE. `why` is the reason a value that waits will travel for. `also` is what
    goes to the other side, where neither side holds what both are to hold.
    """

    verdict: Verdict
    reason: Reason
    target: Side | None = None
    value: Native = None
    overruled: Side | None = None
    settled: bool = False
    trouble: Trouble | None = None
    why: Reason = Reason.WAITS
    also: Decision | None = None


def _nothing(reason: Reason, *, settled: bool = False) -> Decision:
    return Decision(verdict=Verdict.NOTHING, reason=reason, settled=settled)


def _hold(reason: Reason, trouble: Trouble | None = None) -> Decision:
    return Decision(verdict=Verdict.HOLD, reason=reason, trouble=trouble)


def merge_field(rule: FieldRule, view: FieldView) -> Decision:
    """Decide one field of a linked record by its shadows, values now, evidence and rule."""
    if not (view.left.held and view.right.held):
        return _nothing(Reason.NOT_HELD, settled=True)
    if view.left.now == view.left.shadow and view.right.now == view.right.shadow:
        return _nothing(Reason.UNCHANGED)
    forms = Forms(rule, view)
    edited = frozenset(side for side in SIDES if forms.edited(side))
    if not edited:
        return _nothing(Reason.UNCHANGED)
    if forms.agree():
        return _nothing(Reason.AGREED, settled=True)
    if rule.opt_out and rule.arrow is Arrow.BOTH:
        return _opt_out(rule, view, forms)
    source = rule.arrow.source
    if source is not None:
        return _one_way(rule, view, forms, source=source, edited=edited)
    if rule.protect is not None:
        return _protected(rule, view, forms, edited=edited)
    if len(edited) == 1:
        (origin,) = edited
        return _edited_alone(rule, view, forms, origin=origin)
    return _both_edited(rule, view, forms)


def link_field(rule: FieldRule, view: FieldView, *, first_sync: FirstSync) -> Decision:
    """Decide one field of a record that is linked for the first time: there are no shadows."""
    if not (view.left.held and view.right.held):
        return _nothing(Reason.NOT_HELD, settled=True)
    forms = Forms(rule, view)
    if forms.agree():
        return _nothing(Reason.AGREED, settled=True)
    if rule.opt_out and rule.arrow is Arrow.BOTH:
        return _opt_out(rule, view, forms)
    source = rule.arrow.source
    for side in Side:
        if forms.blank(side):
            if source is side:
                return _nothing(Reason.WRONG_WAY, settled=True)
            reason = Reason.OUTCOME if rule.derived else Reason.FIRST_FILL
            return carry_value(rule, view, origin=side.other, reason=reason)
    if rule.derived and source is not None:
        reason = Reason.OUTCOME
        return carry_value(rule, view, origin=source, reason=reason, overruled=source.other)
    winner, reason = _first_winner(view, first_sync)
    if winner is None:
        return _hold(reason)
    if source is not None and winner is not source:
        # The sides stay apart, but first linking is over: the source's next edit travels.
        return _nothing(Reason.WRONG_WAY, settled=True)
    return carry_value(rule, view, origin=winner, reason=reason, overruled=winner.other)


class Forms:
    """The values of one field in each side's normal form, worked out once."""

    def __init__(self, rule: FieldRule, view: FieldView) -> None:
        """Read both values now; the shadows are read when they are asked about."""
        self._rule = rule
        self._view = view
        normal, region = rule.codec.normal, view.region
        self._now = {
            Side.LEFT: normal(Side.LEFT, view.left.now, region=region),
            Side.RIGHT: normal(Side.RIGHT, view.right.now, region=region),
        }

    def blank(self, side: Side) -> bool:
        """Tell whether a side holds nothing."""
        return self._now[side] is None

    def edited(self, side: Side) -> bool:
        """Tell whether a side differs from its shadow in more than form."""
        one = self._view.of(side)
        if one.now == one.shadow:
            return False
        return self._now[side] != self._rule.codec.normal(
            side, one.shadow, region=self._view.region
        )

    def agree(self) -> bool:
        """Tell whether one side's value, carried across either way, is what the other holds."""
        left, right = self.blank(Side.LEFT), self.blank(Side.RIGHT)
        if left or right:
            return left and right
        return self._carried_is_held(Side.LEFT) or self._carried_is_held(Side.RIGHT)

    def stands_apart(self, side: Side) -> bool:
        """Tell whether a side holds a value that the other side's shadow did not give it."""
        if self.blank(side):
            return False
        held = self._view.of(side)
        given = self._rule.codec.carry(
            side.other,
            self._view.of(side.other).shadow,
            object_name=held.object_name,
            region=self._view.region,
        )
        if given is None or isinstance(given, Trouble):
            return True
        return self._rule.codec.normal(side, given, region=self._view.region) != self._now[side]

    def _carried_is_held(self, origin: Side) -> bool:
        target = self._view.of(origin.other)
        carried = self._rule.codec.carry(
            origin,
            self._view.of(origin).now,
            object_name=target.object_name,
            region=self._view.region,
        )
        if carried is None or isinstance(carried, Trouble):
            return False
        normal = self._rule.codec.normal(origin.other, carried, region=self._view.region)
        return normal == self._now[origin.other]


def carry_value(
    rule: FieldRule,
    view: FieldView,
    *,
    origin: Side,
    reason: Reason,
    overruled: Side | None = None,
) -> Decision:
    """Carry a side's value across, or say why it cannot be carried."""
    carried = rule.codec.carry(
        origin,
        view.of(origin).now,
        object_name=view.of(origin.other).object_name,
        region=view.region,
    )
    if isinstance(carried, Trouble):
        match carried.kind:
            case TroubleKind.HOLD:
                return _hold(Reason.HOLD_NO_ENTRY, carried)
            case TroubleKind.KEEP:
                return _nothing(Reason.TARGET_STAYS)
            case TroubleKind.UNSURE:
                return _hold(Reason.HOLD_SEVERAL, carried)
            case TroubleKind.WAIT:
                return Decision(
                    verdict=Verdict.NOTHING,
                    reason=Reason.WAITS,
                    target=origin.other,
                    overruled=overruled,
                    why=reason,
                )
            case TroubleKind.REFUSED:
                return Decision(
                    verdict=Verdict.REFUSE,
                    reason=Reason.REFUSED,
                    target=origin.other,
                    trouble=carried,
                )
    return Decision(
        verdict=Verdict.WRITE,
        reason=reason,
        target=origin.other,
        value=carried,
        overruled=overruled,
    )


def _clear(*, target: Side, overruled: Side | None = None) -> Decision:
    return Decision(
        verdict=Verdict.WRITE,
        reason=Reason.CLEARED,
        target=target,
        value=None,
        overruled=overruled,
    )


def _opt_out(rule: FieldRule, view: FieldView, forms: Forms) -> Decision:
    """Let an opt-out on either side win; an opt-in never overrules it (F22)."""
    for side in Side:
        if rule.codec.canonical(side, view.of(side).now) == "true":
            overruled = side.other if forms.edited(side.other) else None
            return carry_value(
                rule, view, origin=side, reason=Reason.OPTED_OUT, overruled=overruled
            )
    return _nothing(Reason.AGREED, settled=True)


def _one_way(
    rule: FieldRule, view: FieldView, forms: Forms, *, source: Side, edited: frozenset[Side]
) -> Decision:
    """Decide a one-way field (F2 to F5a, F10 to F13)."""
    target = source.other
    overruled = target if target in edited or forms.stands_apart(target) else None
    if source not in edited:
        # Only the target was edited: it stays unless the source is protected. A blank source is
        # not protected, unless a blank is a value like any other.
        if rule.protect is source and (not forms.blank(source) or rule.blank is BlankRule.CLEAR):
            if forms.blank(source):
                return _clear(target=target, overruled=target)
            return carry_value(rule, view, origin=source, reason=Reason.PROTECTED, overruled=target)
        return _nothing(Reason.WRONG_WAY)
    if forms.blank(source):
        if rule.blank is BlankRule.CLEAR:
            return _clear(target=target, overruled=overruled)
        return _nothing(Reason.KEPT_APART)
    reason = Reason.OUTCOME if rule.derived else Reason.SOURCE
    return carry_value(rule, view, origin=source, reason=reason, overruled=overruled)


def _protected(
    rule: FieldRule, view: FieldView, forms: Forms, *, edited: frozenset[Side]
) -> Decision:
    """Decide a two-way field one side of which is protected (F5b, F5c)."""
    assert rule.protect is not None
    owner, guest = rule.protect, rule.protect.other
    if edited == {owner}:
        return _edited_alone(rule, view, forms, origin=owner)
    if not forms.blank(owner):
        return carry_value(rule, view, origin=owner, reason=Reason.PROTECTED, overruled=guest)
    if rule.blank is BlankRule.CLEAR:
        return _clear(target=guest, overruled=guest)
    reason = Reason.EDITED_ALONE if edited == {guest} else Reason.OVER_BLANK
    return carry_value(rule, view, origin=guest, reason=reason)


def _edited_alone(rule: FieldRule, view: FieldView, forms: Forms, *, origin: Side) -> Decision:
    """Decide a two-way field only one side edited (F2, F3, F10 to F12)."""
    if not forms.blank(origin):
        return carry_value(rule, view, origin=origin, reason=Reason.EDITED_ALONE)
    match rule.blank:
        case BlankRule.KEEP:
            return _nothing(Reason.KEPT_APART)
        case BlankRule.CLEAR:
            return _clear(target=origin.other)
        case BlankRule.FILL:
            return carry_value(
                rule, view, origin=origin.other, reason=Reason.FILLED, overruled=origin
            )


def _both_edited(rule: FieldRule, view: FieldView, forms: Forms) -> Decision:
    """Decide a true conflict (F7 to F9, F13)."""
    if rule.blank is not BlankRule.CLEAR:
        for side in Side:
            if forms.blank(side):
                return carry_value(
                    rule, view, origin=side.other, reason=Reason.OVER_BLANK, overruled=side
                )
    winner, reason = _winner(rule, view)
    if winner is None:
        return _hold(reason)
    if forms.blank(winner):
        return _clear(target=winner.other, overruled=winner.other)
    return carry_value(rule, view, origin=winner, reason=reason, overruled=winner.other)


def _winner(rule: FieldRule, view: FieldView) -> tuple[Side | None, Reason]:
    match rule.wins:
        case Wins.LEFT:
            return Side.LEFT, Reason.NAMED_WINNER
        case Wins.RIGHT:
            return Side.RIGHT, Reason.NAMED_WINNER
        case Wins.HOLD:
            return None, Reason.HOLD_BOTH_EDITED
        case Wins.NEWEST:
            later = _later(view)
            if later is not None:
                return later, Reason.NEWER
    match rule.unsure:
        case Unsure.LEFT:
            return Side.LEFT, Reason.UNSURE_WINNER
        case Unsure.RIGHT:
            return Side.RIGHT, Reason.UNSURE_WINNER
        case Unsure.HOLD:
            return None, Reason.HOLD_UNSURE


def _first_winner(view: FieldView, first_sync: FirstSync) -> tuple[Side | None, Reason]:
    match first_sync:
        case FirstSync.LEFT:
            return Side.LEFT, Reason.FIRST_SYNC
        case FirstSync.RIGHT:
            return Side.RIGHT, Reason.FIRST_SYNC
        case FirstSync.HOLD:
            return None, Reason.HOLD_FIRST_SYNC
        case FirstSync.NEWEST:
            later = _later(view)
            if later is None:
                return None, Reason.HOLD_FIRST_UNSURE
            return later, Reason.FIRST_NEWER


def _later(view: FieldView) -> Side | None:
    if view.left.evidence.later_than(view.right.evidence):
        return Side.LEFT
    if view.right.evidence.later_than(view.left.evidence):
        return Side.RIGHT
    return None
