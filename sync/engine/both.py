"""Both records of a link, with what each side held before and how each field is decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mappings.bound import BoundPair
from sync.domain.carry_again import carry_again
from sync.domain.merge import (
    Decision,
    Evidence,
    FieldView,
    Reason,
    SideView,
    Verdict,
    link_field,
    merge_field,
)
from sync.domain.record import Native, Record, Side
from sync.domain.resolutions import Resolution, decide_resolved
from sync.domain.rules import FieldRule, FirstSync
from sync.domain.store import AuditEntry, Outdated, Shadow, Sighting

__all__ = ["Both"]


class Both:
    """Both records of a link with the values their rules work on.

    `moved` names the fields one side of which does not hold its shadow to the letter, and the
    computed ones; `unseen` those that do not hold what was seen last. `unseen_since` tells, by
    side and object, until when a record that the pull did not bring was as it is known; `outdated`
    are the fields that the present lines of the mapping have not carried yet. `arrived` are the
    references that waited for a record which is on both sides by now. `rebased` says on what both
    sides agreed, where a record of the link is another one by now; the shadows are so already.
    `resolved` is what people decided on fields that were held.
    """

    def __init__(
        self,
        pair: BoundPair,
        left: Sighting,
        right: Sighting,
        shadows: Mapping[Side, Shadow] | None = None,
        unseen_since: Mapping[tuple[Side, str], datetime | None] | None = None,
        outdated: Mapping[str, Outdated] | None = None,
        arrived: frozenset[str] = frozenset(),
        rebased: Mapping[str, tuple[Native, Native] | None] | None = None,
        resolved: Mapping[str, Resolution] | None = None,
    ) -> None:
        self._pair = pair
        self._sightings = {Side.LEFT: left, Side.RIGHT: right}
        self._records = {Side.LEFT: left.record, Side.RIGHT: right.record}
        self._shadows = shadows or {}
        self.outdated = {name: one for name, one in (outdated or {}).items() if pair.has_rule(name)}
        self.arrived = arrived
        self.rebased = rebased or {}
        self.has_moved = rebased is not None
        self.resolved = {name: one for name, one in (resolved or {}).items() if pair.has_rule(name)}
        self._origins: dict[str, Side] = {}
        self._unseen_since = unseen_since or {}
        self._region: str | None = None
        self._region_known = False
        self._canonical: dict[Side, Mapping[str, Native]] = {}
        self._stamped: dict[Side, Evidence] = {}
        self._bounded: dict[Side, Evidence] = {}
        self._times: dict[tuple[Side, str], datetime] = {}
        self._decisions: dict[str, Decision] = {}
        moved, self.unseen = self._unlike()
        self.moved = pair.computed.union(self.outdated, self.resolved, moved)

    def record(self, side: Side) -> Record:
        """Give the record of one side."""
        return self._records[side]

    def counterpart(self, side: Side) -> str | None:
        """Give the other side's id as this side's record carries it."""
        return self._sightings[side].counterpart

    def native_name(self, rule: FieldRule, side: Side) -> str | None:
        """Give the CRM's own name of a field, None where the object does not hold it."""
        return rule.native_name(side, self._records[side].ref.object_name)

    def decide(self, rule: FieldRule) -> Decision:
        """Decide a field by what is known of it so far; raises ExpressionFailedError."""
        if rule.name not in self._decisions:
            self._decisions[rule.name] = self._decided(rule, self.view(rule))
        return self._decisions[rule.name]

    def base(self, side: Side, name: str) -> tuple[bool, Native]:
        """Tell whether a side was ever decided on a field, and what it held then."""
        shadow = self._shadows.get(side)
        known = shadow is not None and name in shadow.base
        return known, shadow.base[name] if known and shadow is not None else None

    def _decided(self, rule: FieldRule, view: FieldView) -> Decision:
        if rule.funnel:
            return Decision(verdict=Verdict.NOTHING, reason=Reason.UNCHANGED)
        if rule.name in self.resolved:
            return decide_resolved(rule, view, self.resolved[rule.name])
        turned = self._turned(rule)
        if not self.has_base(rule) or len(turned) == len(Side):
            return link_field(rule, view, first_sync=self._first_sync(rule.name))
        if not self.is_of_other_line(rule.name):
            return merge_field(rule, view)
        return carry_again(
            rule,
            view,
            turned=next(iter(turned), None),
            origin=self._origins.get(rule.name),
            stand_ins={side: self._stand_in(rule, side) for side in Side},
            stood_in=self._pair.stood_in(self.outdated[rule.name].was),
        )

    def _first_sync(self, name: str) -> FirstSync:
        """Tell who wins a field both never agreed on; what was agreed on and is lost is held."""
        outdated = self.outdated.get(name)
        lost = outdated is not None and outdated.was == Outdated.ADOPTED
        return FirstSync.HOLD if lost else self._pair.first_sync

    def is_of_other_line(self, name: str) -> bool:
        """Tell whether both sides agreed on a field under another line of the mapping."""
        outdated = self.outdated.get(name)
        lineless = ("", Outdated.RETURNED, Outdated.ADOPTED)
        return outdated is not None and outdated.was not in lineless

    def cause(self, name: str) -> str:
        """Say which line of which file a field is looked at for; "" where none changed."""
        outdated = self.outdated.get(name)
        if outdated is None or outdated.was == Outdated.ADOPTED:
            return ""
        what = {"": "new line", Outdated.RETURNED: "back after a pause"}
        return f"{self._pair.place_of('fields', name)}, {what.get(outdated.was, 'changed line')}"

    def learn_origin(self, rule: FieldRule, entry: AuditEntry) -> None:
        """Take in the last write of a field, if both sides' shadows still are what it left."""
        undone = entry.reason == Reason.UNDONE.name
        if entry.side is None or undone or not self.has_base(rule):
            return
        left_by = {entry.side: entry.after, entry.side.other: entry.origin}
        if all(self._is_base(rule, side, value) for side, value in left_by.items()):
            self._origins[rule.name] = entry.side.other
            self._decisions.pop(rule.name, None)

    def _is_base(self, rule: FieldRule, side: Side, value: Native) -> bool:
        base = self._shadows[side].base[rule.name]
        normal = rule.codec.normal
        return base == value or normal(side, base, region=self.region) == normal(
            side, value, region=self.region
        )

    def _turned(self, rule: FieldRule) -> frozenset[Side]:
        """Tell on which sides a field's line names another native field than it did."""
        if not self.is_of_other_line(rule.name):
            return frozenset()
        objects = {side: record.ref.object_name for side, record in self._records.items()}
        return self._pair.turned_sides(rule.name, self.outdated[rule.name].was, objects)

    def _stand_in(self, rule: FieldRule, side: Side) -> Native:
        """Give what is written where an object demands a value and the field is blank."""
        object_name = self._records[side].ref.object_name
        return self._pair.required_values(side, object_name).get(rule.name)

    def learn(self, rule: FieldRule, side: Side, edited: datetime) -> None:
        """Take in when a side's field was edited; it is decided anew."""
        self._times[side, rule.name] = edited
        self._decisions.pop(rule.name, None)

    def view(self, rule: FieldRule) -> FieldView:
        """Give what is decided upon: both values, both shadows and the evidence."""
        return FieldView(
            left=self._side(rule, Side.LEFT),
            right=self._side(rule, Side.RIGHT),
            region=self.region,
        )

    @property
    def region(self) -> str | None:
        """Tell where phone numbers without a country code belong."""
        if not self._region_known:
            self._region_known = True
            for side in Side:
                self._region = self._region or self._pair.region(side, self._records[side].fields)
        return self._region

    def canonical(self, side: Side) -> Mapping[str, Native]:
        """Give one side's record as expressions see it."""
        if side not in self._canonical:
            self._canonical[side] = self._pair.canonical(side, self._records[side].fields)
        return self._canonical[side]

    def raw(self, rule: FieldRule, side: Side) -> Native:
        """Give what the side holds to the letter."""
        return self._records[side].fields.get(rule.name)

    def as_held(self) -> dict[str, tuple[Native, Native]]:
        """Give what both sides hold to the letter of every field."""
        return {
            rule.name: (self.raw(rule, Side.LEFT), self.raw(rule, Side.RIGHT))
            for rule in self._pair.rules
        }

    def now(self, rule: FieldRule, side: Side) -> Native:
        """Give the value the rule works on: a computed one at its source, else as it is."""
        if rule.name in self._pair.computed and side is rule.arrow.source:
            return self._pair.compute(rule.name, self.canonical(side))
        return self._records[side].fields.get(rule.name)

    def has_base(self, rule: FieldRule) -> bool:
        """Tell whether both sides ever agreed on a field; not on one whose line is a new one."""
        outdated = self.outdated.get(rule.name)
        if outdated is not None and not outdated.was:
            return False
        return all(side in self._shadows and rule.name in self._shadows[side].base for side in Side)

    def is_decided(self, rule: FieldRule) -> bool:
        """Tell whether a field stays as it was left, apart or held: nothing of it has moved.

        A change of `wins`, `blank`, `protect` or `unsure` writes nothing by itself.
        """
        return (
            rule.name not in self.unseen
            and rule.name not in self._pair.computed
            and self.has_base(rule)
        )

    def _unlike(self) -> tuple[frozenset[str], frozenset[str]]:
        """Give the names of the fields not as both sides agreed on them, and not as seen last."""
        names = self._pair.rule_names
        moved: frozenset[str] = frozenset()
        unseen: frozenset[str] = frozenset()
        for side, record in self._records.items():
            shadow = self._shadows.get(side)
            if shadow is None:
                return names, names
            own = _unlike(names, shadow.base, record.fields)
            moved |= own
            # What was seen mostly is what was agreed on, and then it is the very same.
            is_one = shadow.seen is shadow.base
            unseen |= own if is_one else _unlike(names, shadow.seen, record.fields)
        return moved, unseen

    def _side(self, rule: FieldRule, side: Side) -> SideView:
        record = self._records[side]
        shadow = self._shadows.get(side)
        return SideView(
            object_name=record.ref.object_name,
            now=self.now(rule, side),
            shadow=shadow.base.get(rule.name) if shadow else None,
            held=self._is_held(rule, side),
            evidence=self._evidence(rule, side, shadow),
        )

    def _is_held(self, rule: FieldRule, side: Side) -> bool:
        """Tell whether a side has the field; a computed value needs none at its source."""
        computed = rule.name in self._pair.computed and side is rule.arrow.source
        return computed or self.native_name(rule, side) is not None

    def _evidence(self, rule: FieldRule, side: Side, shadow: Shadow | None) -> Evidence:
        exact = self._times.get((side, rule.name))
        if exact is not None:
            return Evidence(after=exact, until=exact)
        record = self._records[side]
        if side not in self._stamped:
            self._stamped[side] = Evidence(until=record.stamp)
        if shadow is None:
            return self._stamped[side]
        base, seen = shadow.base.get(rule.name), shadow.seen.get(rule.name)
        if seen != base and seen == record.fields.get(rule.name):
            return self._stamped[side]  # edited before it was last read
        if side not in self._bounded:
            unseen_since = self._unseen_since.get((side, record.ref.object_name))
            bounds = [one for one in (shadow.read_at, unseen_since) if one is not None]
            after = max(bounds, default=None)
            self._bounded[side] = Evidence(after=after, until=record.stamp)
        return self._bounded[side]


def _unlike(
    names: frozenset[str], known: Mapping[str, Native], now: Mapping[str, Native]
) -> frozenset[str]:
    """Name the fields that are not held as they are known, or not known."""
    if known == now:
        return names - known.keys()
    return frozenset(name for name in names if name not in known or known[name] != now.get(name))
