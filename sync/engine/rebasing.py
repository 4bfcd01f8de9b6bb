"""What both sides last agreed on, once a record of a link is another one.

The shadows of the former record stay the base of what the new one holds, so that edits made before
the move still travel. What the new record lacks, or the former one could not hold, is decided as
at first linking. A record that was there before a lead was converted into it has nothing in common
with the lead's shadows: only edits of the other side count as set by that side (R17a).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.merge import Decision, FieldView, Verdict
from sync.domain.plan import Move
from sync.domain.record import Native, Side
from sync.domain.rules import BlankRule, FieldRule, Trouble
from sync.domain.store import Shadow, Sighting
from sync.engine.both import Both
from sync.engine.courses import Course

__all__ = ["Rebased", "rebase", "rebased_shadows", "with_overruled"]

#: By field: what both sides last agreed on (left, right), None where they never did.
Rebased = Mapping[str, tuple[Native, Native] | None]


def rebase(
    pair: BoundPair,
    course: Course,
    sightings: Mapping[Side, Sighting],
    shadows: Mapping[Side, Shadow],
) -> Rebased:
    """Give the fields whose base is not what the former record's shadows say."""
    region = Both(pair, sightings[Side.LEFT], sightings[Side.RIGHT]).region
    found: dict[str, tuple[Native, Native] | None] = {}
    for move in course.moves:
        for rule in pair.rules:
            if not any(rule.name in shadow.base for shadow in shadows.values()):
                continue
            if move.side in course.existed:
                found[rule.name] = _set_across(
                    rule, move.side.other, sightings, shadows, region=region
                )
            elif _begins_anew(rule, move, sightings[move.side], region=region):
                found[rule.name] = None
    return found


def rebased_shadows(shadows: Mapping[Side, Shadow], rebased: Rebased) -> dict[Side, Shadow]:
    """Give shadows with that base."""
    found: dict[Side, Shadow] = {}
    for at, side in enumerate(Side):
        shadow = shadows.get(side)
        if shadow is None:
            continue
        base = {name: value for name, value in shadow.base.items() if name not in rebased}
        base.update({name: values[at] for name, values in rebased.items() if values is not None})
        found[side] = replace(shadow, base=base)
    return found


def with_overruled(decision: Decision, view: FieldView, course: Course) -> Decision:
    """Have the audit keep the value of a record that was there before a lead became it."""
    target = decision.target
    if decision.verdict is not Verdict.WRITE or target not in course.existed:
        return decision
    if decision.overruled is not None or view.of(target).now is None:
        return decision
    return replace(decision, overruled=target)


def _begins_anew(rule: FieldRule, move: Move, heir: Sighting, *, region: str | None) -> bool:
    """Tell whether nothing is known of a field: it is blank now, or could not be held before."""
    if rule.native_name(move.side, move.former.object_name) is None:
        return True
    value = heir.record.fields.get(rule.name)
    return rule.codec.normal(move.side, value, region=region) is None


def _set_across(
    rule: FieldRule,
    origin: Side,
    sightings: Mapping[Side, Sighting],
    shadows: Mapping[Side, Shadow],
    *,
    region: str | None,
) -> tuple[Native, Native] | None:
    """Give a base by which a field counts as edited by its origin alone; None if it was not.

    It is what the record across holds, on both sides: an edit that waits and is taken back leaves
    no two values behind that count as agreed on.
    """
    shadow = shadows.get(origin)
    if shadow is None or rule.name not in shadow.base or rule.arrow.source not in (None, origin):
        return None
    now, base = sightings[origin].record.fields.get(rule.name), shadow.base[rule.name]
    normal = rule.codec.normal
    value = normal(origin, now, region=region)
    if value == normal(origin, base, region=region):
        return None
    if value is None and rule.blank is not BlankRule.CLEAR:
        return None  # emptying it there asked for nothing
    held = sightings[origin.other].record.fields.get(rule.name)
    own = sightings[origin].record.ref.object_name
    agreed = rule.codec.carry(origin.other, held, object_name=own, region=region)
    if isinstance(agreed, Trouble):
        agreed = base
    return (agreed, held) if origin is Side.LEFT else (held, agreed)
