"""Comparing linked records as both CRMs hold them now: which fields agree, and why others do not.

Nothing is decided and nothing is kept: only what is read is held against what the state knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.agreement import Cause, Difference, why_apart
from sync.domain.funnel import STAGE, Holding
from sync.domain.merge import FieldView, Forms
from sync.domain.record import Record, RecordRef, Side
from sync.domain.rules import FieldRule
from sync.domain.store import Conflict, ErrorItem, Link, Shadow, Sighting, Watermark
from sync.engine.both import Both
from sync.engine.references import load_named, references_of
from sync.engine.sales_facts import with_outcomes
from sync.engine.session import Session
from sync.engine.sight import sight_linked
from sync.engine.ties import confirmed

__all__ = ["Compared", "compare_links"]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a look at one link gave: the fields that agree, and those that do not."""

    link: Link
    agree: Sequence[str]
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the state knows of the links of a chunk."""

    shadows: Mapping[tuple[int, Side], Shadow]
    held: Mapping[tuple[int, str], Conflict]
    failed: Mapping[tuple[int, str], ErrorItem]
    waiting: frozenset[tuple[int, str]]
    outdated: frozenset[tuple[int, str]]
    holdings: Mapping[int, Holding]
    marks: Mapping[tuple[Side, str], Watermark | None]


def compare_links(session: Session, pair: BoundPair, links: Sequence[Link]) -> Iterator[Compared]:
    """Read both records of each link, one side just after the other, and compare them."""
    known = _known(session, pair, links)
    read = {side: _read(session, pair, side, links) for side in Side}
    sightings = {
        (link.id, side): sight_linked(
            session,
            pair,
            side,
            read[side][link.ref(side)],
            link=link,
            shadow=known.shadows.get((link.id, side)),
        )
        for link in links
        for side in Side
        if link.ref(side) in read[side] and all(_is_there(read[at], link.ref(at)) for at in Side)
    }
    told = confirmed(session, pair, list(sightings.values()), known.shadows)
    sightings = dict(zip(sightings, told, strict=True))
    load_named(pair, told, known.shadows)
    for link in links:
        away = [one for side in Side if (one := _away(session, read[side], link, side)) is not None]
        if away:
            yield Compared(link, (), away)
        else:
            yield _compare(session, pair, link, sightings, known)


def _known(session: Session, pair: BoundPair, links: Sequence[Link]) -> _Known:
    store, ids = session.store, [link.id for link in links]
    conflicts, errors = store.findings.of_links(ids)
    places = {(side, link.ref(side).object_name) for link in links for side in Side}
    lines = store.lines.outdated(ids)
    return _Known(
        shadows=store.links.shadows(ids),
        held={(one.link_id, one.field): one for one in conflicts if one.link_id is not None},
        failed={(one.link_id, one.field): one for one in errors if one.link_id is not None},
        waiting=frozenset(store.references.waiting(ids) if any(references_of(pair)) else ()),
        outdated=frozenset(
            (link_id, name)
            for link_id, found in lines.items()
            for name, one in found.items()
            if one.waits
        ),
        holdings=store.funnel.of_links(ids) if pair.funnel is not None else {},
        marks={place: store.marks.get(pair.name, *place) for place in places},
    )


def _read(
    session: Session, pair: BoundPair, side: Side, links: Sequence[Link]
) -> dict[RecordRef, Record]:
    """Read the records of links on one side, merged ones under the id that was asked for."""
    found: dict[RecordRef, Record] = {}
    for object_name in pair.objects[side]:
        ids = [link.ref(side).id for link in links if link.ref(side).object_name == object_name]
        if not ids:
            continue
        asked = {RecordRef(object_name, id) for id in ids}
        fields = pair.native_fields(side, object_name)
        records = list(session.crms[side].fetch(object_name, ids, fields))
        for record in with_outcomes(session, pair, side, records):
            for id in (record.ref.id, *record.aliases):
                if (ref := RecordRef(object_name, id)) in asked:
                    found[ref] = record
    return found


def _is_there(read: Mapping[RecordRef, Record], ref: RecordRef) -> bool:
    record = read.get(ref)
    return record is not None and record.ref == ref and not record.gone and not record.frozen


def _away(
    session: Session, read: Mapping[RecordRef, Record], link: Link, side: Side
) -> Difference | None:
    """Say that a record of a link is not there as such any more, if that is so."""
    ref = link.ref(side)
    if _is_there(read, ref):
        return None
    title, record = session.title(side), read.get(ref)
    if record is None:
        why = f"{ref.object_name} {ref.id} is not found in {title}, with no proof of a deletion"
        return Difference(name="", cause=Cause.MISSING, why=why)
    heir = record.successor or (record.ref if record.ref != ref else None)
    what = f"lives on as {heir.object_name} {heir.id}" if heir is not None else "is deleted"
    why = f"{ref.object_name} {ref.id} {what} in {title}; the next full comparison sees to it"
    return Difference(name="", cause=Cause.GONE, why=why)


def _compare(
    session: Session,
    pair: BoundPair,
    link: Link,
    sightings: Mapping[tuple[int, Side], Sighting],
    known: _Known,
) -> Compared:
    own = {side: known.shadows[link.id, side] for side in Side if (link.id, side) in known.shadows}
    left, right = (sightings[link.id, side] for side in Side)
    look = _Look(session, pair, link, Both(pair, left, right, own), own, known)
    agree: list[str] = []
    differences: list[Difference] = []
    for rule in pair.rules:
        found = look.at(rule)
        if isinstance(found, Difference):
            differences.append(found)
        elif found:
            agree.append(rule.name)
    return Compared(link, agree, differences)


@dataclass(frozen=True, slots=True)
class _Look:
    """One link, looked at field by field."""

    session: Session
    pair: BoundPair
    link: Link
    both: Both
    shadows: Mapping[Side, Shadow]
    known: _Known

    def at(self, rule: FieldRule) -> Difference | bool:
        """Tell whether a field agrees, or why not; False where it is on one side only."""
        try:
            view = self.both.view(rule)
        except ExpressionFailedError as fault:
            return Difference(name=rule.name, cause=Cause.IN_ERROR, why=str(fault))
        if not (view.left.held and view.right.held):
            return False
        if self._agrees(rule, view):
            return True
        cause, why = self._cause(rule, view)
        titles = {side.value: self.session.title(side) for side in Side}
        for name, title in titles.items():
            why = why.replace(f"{{{name}}}", title)
        left, right = view.left.now, view.right.now
        return Difference(name=rule.name, cause=cause, why=why, left=left, right=right)

    def _agrees(self, rule: FieldRule, view: FieldView) -> bool:
        if rule.name != STAGE and Forms(rule, view).agree():
            return True
        return rule.funnel and self._stands(Side.LEFT) == self._stands(Side.RIGHT)

    def _stands(self, side: Side) -> str | None:
        """Give the stage at which a side's values let a person stand."""
        assert self.pair.funnel is not None
        holding = self.known.holdings.get(self.link.id)
        text = self.both.record(side).fields.get(STAGE)
        return self.pair.funnel.ladder.standing(text, holding.stage if holding else None)

    def _cause(self, rule: FieldRule, view: FieldView) -> tuple[Cause, str]:
        waits = self._waits(rule.name)
        if waits is not None:
            return waits
        edited = self._edited(rule)
        if edited:
            return self._of_edits(edited)
        if not all(rule.name in one.seen for one in self.shadows.values()) or not self.shadows:
            return Cause.UNDECIDED, "no run has decided on it yet; the next sync does"
        if rule.funnel:
            return self._of_stage()
        told = why_apart(rule, view)
        if told is not None:
            return Cause.KEPT_APART, told
        if all(view.of(side).now == view.of(side).shadow for side in Side):
            return Cause.DIFFERS, "nobody has edited it since both agreed, and no rule explains it"
        return Cause.DIFFERS, "left as it was decided by the mapping of that time"

    def _waits(self, name: str) -> tuple[Cause, str] | None:
        """Say what of a field waits: for a person, another try, a record or the next run."""
        for place in ((self.link.id, name), (self.link.id, "")):
            if (held := self.known.held.get(place)) is not None:
                return Cause.HELD, f"held: `revloop conflicts show {held.id}`"
        for place in ((self.link.id, name), (self.link.id, "")):
            if (failed := self.known.failed.get(place)) is not None:
                told = f"in error ({failed.code}): `revloop errors show {failed.id}`"
                return Cause.IN_ERROR, told
        if (self.link.id, name) in self.known.waiting:
            return Cause.KEPT_APART, "waits: the record it names has no counterpart yet"
        if (self.link.id, name) in self.known.outdated:
            line = self.pair.place_of("fields", name)
            return Cause.UNDECIDED, f"{line} was changed; the next sync carries it by the new line"
        return None

    def _edited(self, rule: FieldRule) -> list[Side]:
        """Tell on which sides a value, or what it is computed from, is not what was read last."""
        names = [rule.name]
        if rule.name in self.pair.computed:
            names = [one.name for one in self.pair.rules]
        found = []
        for side, shadow in self.shadows.items():
            now = self.both.record(side).fields
            told = [name for name in names if name in shadow.seen and name in now]
            if any(shadow.seen[name] != now[name] for name in told):
                found.append(side)
        return found

    def _of_edits(self, sides: Sequence[Side]) -> tuple[Cause, str]:
        where = " and ".join(f"{{{side.value}}}" for side in sides)
        late = [side for side in sides if self._is_late(side)]
        if len(late) < len(sides):
            return Cause.EDITED, f"edited in {where} since the last sync; the next one decides"
        why = f"edited in {where} unseen by the last sync; `revloop sync --full` finds it"
        return Cause.LATE, why

    def _is_late(self, side: Side) -> bool:
        """Tell whether a record's last change is older than the last reading of its changes."""
        record = self.both.record(side)
        mark = self.known.marks.get((side, record.ref.object_name))
        return mark is not None and record.stamp < mark.stamp - self.session.settings.overlap

    def _of_stage(self) -> tuple[Cause, str]:
        holding = self.known.holdings.get(self.link.id)
        if holding is None:
            return Cause.UNDECIDED, "no run has decided on the stage yet; the next sync does"
        if holding.due:
            where = " and ".join(f"{{{side.value}}}" for side in sorted(holding.due))
            return Cause.UNDECIDED, f"stage {holding.stage} is still to be written to {where}"
        agreed = f"; the stage agreed on is {holding.stage}" if holding.stage else ""
        return Cause.KEPT_APART, f"as lifecycle.yaml lets stages move{agreed}"
