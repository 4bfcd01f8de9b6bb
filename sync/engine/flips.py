"""Fields that two automations change back and forth (F17)."""

from __future__ import annotations

from collections.abc import Sequence

from sync.domain.merge import Decision, FieldView, Reason, Verdict
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule, Trouble, TroubleKind
from sync.domain.store import AuditEntry
from sync.engine.both import Both
from sync.engine.session import Session

__all__ = ["flips", "hold_flipped"]


def hold_flipped(session: Session, both: Both) -> Decision:
    """Hold a field that flips, naming who edited each side last as far as the CRMs tell."""
    editors = " and ".join(
        f"in {session.title(side)} by {both.record(side).editor or 'an editor it does not name'}"
        for side in Side
    )
    trouble = Trouble(
        kind=TroubleKind.HOLD,
        code="FLIPPED",
        message=f"{Reason.HOLD_FLIPPED.value}; last edited {editors}",
        fix="Switch one automation off, or set `protect` to the side that owns the field.",
    )
    return Decision(verdict=Verdict.HOLD, reason=Reason.HOLD_FLIPPED, trouble=trouble)


def flips(rule: FieldRule, view: FieldView, decision: Decision, past: Sequence[AuditEntry]) -> bool:
    """Tell whether this write would be the third change between the same two values (F17).

    Either the two writes before it went to alternating sides, each undone by the side it went to,
    or both were this very write, undone each time; somebody who changes their mind on one side
    does not look like that.
    """
    target = decision.target
    if target is None or len(past) < 2:
        return False

    def same(side: Side, one: Native, two: Native) -> bool:
        return rule.codec.normal(side, one, region=view.region) == rule.codec.normal(
            side, two, region=view.region
        )

    last, before = past[0], past[1]
    if last.side is target and before.side is target:
        return all(
            same(target, one.after, decision.value)
            and same(target, one.before, view.of(target).now)
            for one in (last, before)
        )
    if last.side is not target.other or before.side is not target:
        return False
    return same(target, before.after, decision.value) and same(
        target.other, last.before, before.origin
    )
