"""What a person decided on a held field, and what becomes of it when a sync carries it out.

Pure. A decision is about the values that were looked at: where a side has moved since, the field
stays held, and the person is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.domain.merge import Decision, FieldView, Forms, Reason, Verdict
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import Arrow, BlankRule, FieldRule, Trouble, TroubleKind

__all__ = ["Resolution", "Take", "decide_resolved", "value_for_both"]

#: Stands between the object and the id of a record that is kept as a value.
_OF = "/"

#: What both sides are to hold.
_Wanted = Mapping[Side, Native]


class Take(StrEnum):
    """Whose value a person takes."""

    LEFT = "left"
    RIGHT = "right"
    VALUE = "value"  # one the person names
    LINK = "link"  # of a group: these two records are one

    @property
    def side(self) -> Side | None:
        """Give the side whose value is taken, if it is a side's."""
        return {Take.LEFT: Side.LEFT, Take.RIGHT: Side.RIGHT}.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a person decided on a held item; `left` and `right` are the values they looked at.

    `value` is what they named, in the words of the left side or else of the right one. `due` are
    the sides that are still to be written. About a deletion, `left` and `right` are when each
    record was last changed; about a group, which two records are one.
    """

    conflict: int
    pair: str
    link_id: int | None
    field: str
    group: str
    take: Take
    value: Native
    left: Native
    right: Native
    due: frozenset[Side]
    at: datetime

    def seen(self, side: Side) -> Native:
        """Give what a side held when it was decided."""
        return self.left if side is Side.LEFT else self.right

    def chosen(self, side: Side) -> RecordRef | None:
        """Give the record of a side that a person said is one with that of the other side."""
        if self.take is not Take.LINK:
            return None
        object_name, _, id = (self.seen(side) or "").partition(_OF)
        return RecordRef(object_name, id)

    @staticmethod
    def named(ref: RecordRef) -> Native:
        """Give a record as it is kept in the place of a value."""
        return f"{ref.object_name}{_OF}{ref.id}"


def decide_resolved(rule: FieldRule, view: FieldView, resolution: Resolution) -> Decision:
    """Decide a field as a person did, or say why that cannot be done any more."""
    if not (view.left.held and view.right.held):
        return Decision(verdict=Verdict.NOTHING, reason=Reason.NOT_HELD, settled=True)
    if Forms(rule, view).agree():
        return Decision(verdict=Verdict.NOTHING, reason=Reason.AGREED, settled=True)
    wanted = _wanted(rule, view, resolution)
    if wanted is None:
        return Decision(verdict=Verdict.NOTHING, reason=Reason.RESOLVED_APART, settled=True)
    if isinstance(wanted, Trouble):
        return _cannot(rule, wanted, view, resolution)
    if any(_has_moved(rule, view, resolution, wanted, side) for side in Side):
        return _held(_moved_since())
    if rule.opt_out and rule.arrow is Arrow.BOTH and _takes_opt_out_back(rule, view, wanted):
        return _held(_opt_out_stays())
    return _written(rule, view, resolution, wanted)


def value_for_both(rule: FieldRule, view: FieldView, value: str) -> _Wanted | Trouble:
    """Give a value that a person names as both sides will hold it, or why they cannot.

    It is read in the words of the left side; where these do not know it, in the right side's.
    """
    found = _from_side(rule, view, Side.LEFT, value)
    if isinstance(found, Trouble):
        other = _from_side(rule, view, Side.RIGHT, value)
        return found if isinstance(other, Trouble) else other
    return found


def _from_side(rule: FieldRule, view: FieldView, side: Side, value: str) -> _Wanted | Trouble:
    there = _carried(rule, view, side, value)
    if isinstance(there, Trouble):
        return there
    back = _carried(rule, view, side.other, there)
    if isinstance(back, Trouble):
        return back
    normal = rule.codec.normal
    # As the side will store it, unless the way back leads to another of several values.
    same = normal(side, back, region=view.region) == normal(side, value, region=view.region)
    return {side: back if same else value, side.other: there}


def _carried(rule: FieldRule, view: FieldView, origin: Side, value: Native) -> Native | Trouble:
    return rule.codec.carry(
        origin, value, object_name=view.of(origin.other).object_name, region=view.region
    )


def _wanted(rule: FieldRule, view: FieldView, resolution: Resolution) -> _Wanted | Trouble | None:
    """Give what both sides are to hold; None where both stay as they are."""
    side = resolution.take.side
    if side is None:
        assert resolution.value is not None
        return value_for_both(rule, view, resolution.value)
    taken = resolution.seen(side)
    if rule.arrow.source is side.other:
        # Nothing travels that way: the target keeps what it has until the source is edited.
        return None if _stand(rule, view, resolution) else _moved_since()
    if rule.codec.normal(side, taken, region=view.region) is None:
        if rule.blank is not BlankRule.CLEAR:
            return None if _stand(rule, view, resolution) else _moved_since()
        return {side: taken, side.other: None}
    there = _carried(rule, view, side, taken)
    if isinstance(there, Trouble):
        return None if there.kind is TroubleKind.KEEP else there
    return {side: taken, side.other: there}


def _stand(rule: FieldRule, view: FieldView, resolution: Resolution) -> bool:
    """Tell whether both sides hold what they held when it was decided."""
    return all(_same(rule, view, side, resolution.seen(side)) for side in Side)


def _same(rule: FieldRule, view: FieldView, side: Side, value: Native) -> bool:
    normal, now = rule.codec.normal, view.of(side).now
    return now == value or normal(side, now, region=view.region) == normal(
        side, value, region=view.region
    )


def _has_moved(
    rule: FieldRule, view: FieldView, resolution: Resolution, wanted: _Wanted, side: Side
) -> bool:
    """Tell whether a side holds neither what was looked at nor what it is to hold."""
    return not (
        _same(rule, view, side, resolution.seen(side)) or _same(rule, view, side, wanted[side])
    )


def _takes_opt_out_back(rule: FieldRule, view: FieldView, wanted: _Wanted) -> bool:
    canonical = rule.codec.canonical
    return any(
        canonical(side, view.of(side).now) == "true" and canonical(side, wanted[side]) != "true"
        for side in Side
    )


def _written(rule: FieldRule, view: FieldView, resolution: Resolution, wanted: _Wanted) -> Decision:
    by_value = resolution.take.side is None
    reason = Reason.RESOLVED_VALUE if by_value else Reason.RESOLVED
    writes = [
        Decision(
            verdict=Verdict.WRITE,
            reason=reason,
            target=side,
            value=wanted[side],
            overruled=side,
        )
        for side in Side
        if not _same(rule, view, side, wanted[side])
    ]
    if not writes:
        return Decision(verdict=Verdict.NOTHING, reason=Reason.AGREED, settled=True)
    if len(writes) == 1:
        return writes[0]
    first, second = writes
    return Decision(
        verdict=Verdict.WRITE,
        reason=reason,
        target=first.target,
        value=first.value,
        overruled=first.overruled,
        also=second,
    )


def _cannot(rule: FieldRule, trouble: Trouble, view: FieldView, resolution: Resolution) -> Decision:
    """Hold what cannot be carried out; a reference waits for the record it names."""
    side = resolution.take.side
    if trouble.kind is TroubleKind.WAIT and side is not None and rule.refers is not None:
        if not _stand(rule, view, resolution):
            return _held(_moved_since())
        return Decision(
            verdict=Verdict.NOTHING,
            reason=Reason.WAITS,
            target=side.other,
            overruled=side.other,
            why=Reason.RESOLVED,
        )
    return _held(trouble)


def _held(trouble: Trouble) -> Decision:
    return Decision(verdict=Verdict.HOLD, reason=Reason.HOLD_RESOLVED, trouble=trouble)


def _moved_since() -> Trouble:
    return Trouble(
        kind=TroubleKind.HOLD,
        code="MOVED_SINCE",
        message="it was resolved, and then edited again before a sync could carry that out; "
        "nothing was written",
        fix="Look at both values as they are now, and resolve it again.",
    )


def _opt_out_stays() -> Trouble:
    return Trouble(
        kind=TroubleKind.HOLD,
        code="OPT_OUT_STAYS",
        message="it was resolved to take an opt-out back, which a sync never does",
        fix="Take the opt-out, or have the person opt in again in the CRM that holds it.",
    )
