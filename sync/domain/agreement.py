"""Whether two linked records agree in a field, and if not, why not.

Pure: made of the values now, the shadows, and what is known to wait; nothing is decided anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.domain.merge import FieldView, Forms
from sync.domain.record import Native, Side
from sync.domain.rules import Arrow, BlankRule, FieldRule, Trouble, TroubleKind

__all__ = ["APART", "Cause", "Difference", "why_apart"]


class Cause(StrEnum):
    """Why two records that are one do not agree, or stand alone."""

    HELD = "held"
    IN_ERROR = "in_error"
    KEPT_APART = "kept_apart"  # as a rule of the mapping wants it
    UNDECIDED = "undecided"  # no run has looked at the field yet
    EDITED = "edited_since"
    LATE = "late"  # edited before the last run read, which did not see it
    DIFFERS = "differs"  # no rule, nothing that waits and no edit explains it
    GONE = "gone"
    MISSING = "missing"
    NEVER_SEEN = "never_seen"


#: What is as the mapping wants it, and so no drift.
APART = frozenset({Cause.KEPT_APART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field in which two linked records differ ("": the records as a whole), and why."""

    name: str
    cause: Cause
    why: str
    left: Native = None
    right: Native = None


def why_apart(rule: FieldRule, view: FieldView) -> str | None:
    """Name the rule by which two values stay apart that no run has anything to do about.

    None where no rule keeps them apart. To be asked of values that have been decided upon, and
    that do not agree; the words name sides as `{left}` and `{right}`.
    """
    for side in Side:
        if rule.arrow.source in (None, side) and (told := _cannot_travel(rule, view, side)):
            return told
    forms = Forms(rule, view)
    source = rule.arrow.source
    if source is not None:
        return _apart_one_way(rule, forms, source)
    blank = [side for side in Side if forms.blank(side)]
    if len(blank) == 1 and rule.blank is BlankRule.KEEP and rule.protect is not blank[0].other:
        return f"emptied in {_word(blank[0])}; blank: keep"
    return None


def _apart_one_way(rule: FieldRule, forms: Forms, source: Side) -> str | None:
    """Name why a one-way field stays apart: its source is blank, or only its target was edited."""
    arrow = "->" if rule.arrow is Arrow.TO_RIGHT else "<-"
    if forms.blank(source):
        if rule.blank is BlankRule.CLEAR and forms.edited(source):
            return None
        return f"blank in {_word(source)}, where `{arrow}` carries it from"
    if forms.edited(source) or rule.protect is source:
        return None
    return f"`{arrow}` carries it from {_word(source)} only, and {_word(source.other)} has its own"


def _cannot_travel(rule: FieldRule, view: FieldView, origin: Side) -> str | None:
    """Name why a value has no counterpart to travel as, where the mapping says to let it be."""
    own, target = view.of(origin), view.of(origin.other)
    carried = rule.codec.carry(origin, own.now, object_name=target.object_name, region=view.region)
    if not isinstance(carried, Trouble):
        return None
    if carried.kind is TroubleKind.KEEP:
        return f"the value in {_word(origin)} has no entry in values; otherwise: keep"
    if carried.kind is TroubleKind.WAIT:
        return f"waits: {carried.message}"
    return None


def _word(side: Side) -> str:
    return f"{{{side.value}}}"
