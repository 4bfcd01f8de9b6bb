"""Merging linked records: both sides' values against their shadows, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mappings.bind import BoundPair
from mappings.expression import ExpressionFailedError
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
from sync.domain.plan import FieldWrite, Held, Item, ItemKind, Refused
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.rules import Arrow, DeleteRule, FieldRule, Trouble, TroubleKind, Wins
from sync.domain.store import (
    AuditEntry,
    Link,
    LinkState,
    NewError,
    Shadow,
    Sighting,
    SightingKind,
)
from sync.engine.session import Session
from sync.engine.sight import sight_linked

__all__ = ["key_writes", "link_item", "merge_linked"]

#: Two-way fields that came out so are decided by which edit was later.
_CONTESTS = (
    Reason.HOLD_UNSURE,
    Reason.UNSURE_WINNER,
    Reason.NEWER,
    Reason.HOLD_FIRST_UNSURE,
    Reason.FIRST_NEWER,
)


def key_writes(
    pair: BoundPair, side: Side, object_name: str, other_id: str
) -> dict[Side, dict[str, str]]:
    """Give the write that keeps the other side's id on a record, where there is a field for it."""
    key_field = pair.key_fields.get((side, object_name))
    return {side: {key_field: other_id}} if key_field else {}


def merge_linked(session: Session, pair: BoundPair) -> Iterator[Item]:
    """Give one item for each linked record staged as changed or gone."""
    for ids in session.store.staging.changed_links(pair.name, size=session.settings.chunk):
        yield from _merge_chunk(session, pair, ids)


def link_item(pair: BoundPair, left: Sighting, right: Sighting, *, group: str = "") -> Item:
    """Give the item that makes two records one, fields decided as at first linking.

    Raises ExpressionFailedError where a computed value cannot be worked out.
    """
    both = _Both(pair, left, right)
    draft = _Draft()
    for rule in pair.rules:
        view = both.view(rule)
        decision = link_field(rule, view, first_sync=pair.first_sync)
        draft.take(rule, both, view, decision)
    return Item(
        pair=pair.name,
        kind=ItemKind.LINK,
        left=left.record.ref,
        right=right.record.ref,
        keys=_keys(pair, both),
        group=group,
        **draft.parts(),
    )


@dataclass(slots=True)
class _Draft:
    """What the decisions of one link add up to."""

    writes: list[FieldWrite] = field(default_factory=list)
    settled: dict[str, tuple[Native, Native]] = field(default_factory=dict)
    seen: dict[str, tuple[Native, Native]] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)

    def take(
        self,
        rule: FieldRule,
        both: _Both,
        view: FieldView,
        decision: Decision,
    ) -> None:
        if decision.verdict is not Verdict.WRITE:
            self.seen[rule.name] = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))
        match decision.verdict:
            case Verdict.NOTHING:
                if decision.settled:
                    self.settled[rule.name] = (view.left.now, view.right.now)
            case Verdict.WRITE:
                assert decision.target is not None
                native_name = both.native_name(rule, decision.target)
                assert native_name is not None
                self.writes.append(
                    FieldWrite(
                        side=decision.target,
                        name=rule.name,
                        native_name=native_name,
                        old=view.of(decision.target).now,
                        new=decision.value,
                        origin=view.of(decision.target.other).now,
                        raw=both.raw(rule, decision.target.other),
                        reason=decision.reason,
                        overruled=decision.overruled,
                    )
                )
            case Verdict.HOLD:
                self.held.append(_held(rule, view, decision))
            case Verdict.REFUSE:
                assert decision.target is not None
                assert decision.trouble is not None
                self.refused.append(
                    Refused(
                        side=decision.target,
                        name=rule.name,
                        native_name=both.native_name(rule, decision.target) or rule.name,
                        code=decision.trouble.code,
                        message=decision.trouble.message,
                        fix=decision.trouble.fix,
                    )
                )

    def note(self, rule: FieldRule, both: _Both) -> None:
        """Keep what was read of an untouched field where it was seen otherwise before."""
        if rule.name in both.unseen:
            self.seen[rule.name] = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))

    def parts(self) -> dict[str, Any]:
        return {
            "writes": tuple(self.writes),
            "settled": self.settled,
            "seen": self.seen,
            "held": tuple(self.held),
            "refused": tuple(self.refused),
        }

    @property
    def empty(self) -> bool:
        return not (self.writes or self.settled or self.seen or self.held or self.refused)


def _held(rule: FieldRule, view: FieldView, decision: Decision) -> Held:
    trouble = decision.trouble
    return Held(
        name=rule.name,
        left=view.left.now,
        right=view.right.now,
        reason=decision.reason,
        why=trouble.message if trouble else "",
        proposal=trouble.fix if trouble else _proposal(view),
    )


def _proposal(view: FieldView) -> str:
    """Propose the side whose record changed last, as far as the stamps go."""
    left, right = view.left.evidence.until, view.right.evidence.until
    if left is None or right is None or left == right:
        return ""
    return Side.LEFT if left > right else Side.RIGHT


class _Both:
    """Both records of a link with the values their rules work on.

    `moved` names the fields one side of which does not hold its shadow to the letter, and the
    computed ones; `unseen` those that do not hold what was seen last. `unseen_since` tells, by
    side and object, until when a record that the pull did not bring was as it is known.
    """

    def __init__(
        self,
        pair: BoundPair,
        left: Sighting,
        right: Sighting,
        shadows: Mapping[Side, Shadow] | None = None,
        unseen_since: Mapping[tuple[Side, str], datetime | None] | None = None,
    ) -> None:
        self._pair = pair
        self._sightings = {Side.LEFT: left, Side.RIGHT: right}
        self._records = {Side.LEFT: left.record, Side.RIGHT: right.record}
        self._shadows = shadows or {}
        self._unseen_since = unseen_since or {}
        self._region: str | None = None
        self._region_known = False
        self._canonical: dict[Side, Mapping[str, Native]] = {}
        self._stamped: dict[Side, Evidence] = {}
        self._bounded: dict[Side, Evidence] = {}
        self._times: dict[tuple[Side, str], datetime] = {}
        self._decisions: dict[str, Decision] = {}
        self.moved = pair.computed.union(*self._unlike(lambda shadow: shadow.base))
        self.unseen = frozenset().union(*self._unlike(lambda shadow: shadow.seen))

    def record(self, side: Side) -> Record:
        return self._records[side]

    def counterpart(self, side: Side) -> str | None:
        """Give the other side's id as this side's record carries it."""
        return self._sightings[side].counterpart

    def native_name(self, rule: FieldRule, side: Side) -> str | None:
        return rule.native_name(side, self._records[side].ref.object_name)

    def decide(self, rule: FieldRule) -> Decision:
        """Decide a field by what is known of it so far; raises ExpressionFailedError."""
        if rule.name not in self._decisions:
            view = self.view(rule)
            self._decisions[rule.name] = (
                merge_field(rule, view)
                if self.has_base(rule)
                else link_field(rule, view, first_sync=self._pair.first_sync)
            )
        return self._decisions[rule.name]

    def learn(self, rule: FieldRule, side: Side, edited: datetime) -> None:
        """Take in when a side's field was edited; it is decided anew."""
        self._times[side, rule.name] = edited
        self._decisions.pop(rule.name, None)

    def view(self, rule: FieldRule) -> FieldView:
        return FieldView(
            left=self._side(rule, Side.LEFT),
            right=self._side(rule, Side.RIGHT),
            region=self.region,
        )

    @property
    def region(self) -> str | None:
        if not self._region_known:
            self._region_known = True
            for side in Side:
                self._region = self._region or self._pair.region(side, self._records[side].fields)
        return self._region

    def canonical(self, side: Side) -> Mapping[str, Native]:
        if side not in self._canonical:
            self._canonical[side] = self._pair.canonical(side, self._records[side].fields)
        return self._canonical[side]

    def raw(self, rule: FieldRule, side: Side) -> Native:
        """Give what the side holds to the letter."""
        return self._records[side].fields.get(rule.name)

    def now(self, rule: FieldRule, side: Side) -> Native:
        """Give the value the rule works on: a computed one at its source, else as it is."""
        if rule.name in self._pair.computed and side is rule.arrow.source:
            return self._pair.compute(rule.name, self.canonical(side))
        return self._records[side].fields.get(rule.name)

    def has_base(self, rule: FieldRule) -> bool:
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

    def _unlike(self, kept: Callable[[Shadow], Mapping[str, Native]]) -> Iterator[set[str]]:
        """Give, for each side, the names of the fields that are not as they were kept."""
        names = [rule.name for rule in self._pair.rules]
        for side, record in self._records.items():
            shadow = self._shadows.get(side)
            if shadow is None:
                yield set(names)
                continue
            known, now = kept(shadow), record.fields
            yield {name for name in names if name not in known or known[name] != now.get(name)}

    def _side(self, rule: FieldRule, side: Side) -> SideView:
        record = self._records[side]
        shadow = self._shadows.get(side)
        return SideView(
            object_name=record.ref.object_name,
            now=self.now(rule, side),
            shadow=shadow.base.get(rule.name) if shadow else None,
            held=rule.native_name(side, record.ref.object_name) is not None,
            evidence=self._evidence(rule, side, shadow),
        )

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


def _keys(pair: BoundPair, both: _Both) -> dict[Side, dict[str, str]]:
    """Give the id fields that do not hold the other side's id yet."""
    found: dict[Side, dict[str, str]] = {}
    for side in Side:
        record = both.record(side)
        wanted = key_writes(pair, side, record.ref.object_name, both.record(side.other).ref.id)
        for native_name, id in wanted.get(side, {}).items():
            if both.counterpart(side) != id:
                found[side] = {native_name: id}
    return found


def _merge_chunk(session: Session, pair: BoundPair, ids: Sequence[int]) -> Iterator[Item]:
    store = session.store
    links = store.links.by_id(ids)
    shadows = store.links.shadows(ids)
    sightings = dict(store.staging.of_links(pair.name, ids))
    live: list[Link] = []
    for id in ids:
        link = links[id]
        gone = [
            sightings[id, side]
            for side in Side
            if (id, side) in sightings and _is_gone(sightings[id, side])
        ]
        if gone:
            yield _gone_item(pair, link, gone, sightings)
        elif link.state is not LinkState.CLOSED:
            live.append(link)
    _read_other_sides(session, pair, live, sightings, shadows)
    contested: list[tuple[Link, _Both]] = []
    unseen_since = _unseen_since(session, pair)
    for link in live:
        found = {side: sightings.get((link.id, side)) for side in Side}
        left, right = found[Side.LEFT], found[Side.RIGHT]
        if left is None or right is None:
            missing = Side.LEFT if left is None else Side.RIGHT
            yield _sleep(pair, link, missing)
            continue
        if _is_gone(left) or _is_gone(right):
            yield _gone_item(pair, link, [one for one in (left, right) if _is_gone(one)], sightings)
            continue
        both = _Both(
            pair,
            left,
            right,
            {side: shadows[link.id, side] for side in Side if (link.id, side) in shadows},
            unseen_since,
        )
        contested.append((link, both))
    _find_edit_times(session, pair, contested)
    yield from _merge_contested(session, pair, contested)


def _merge_contested(
    session: Session, pair: BoundPair, contested: Sequence[tuple[Link, _Both]]
) -> Iterator[Item]:
    # What failed is tried again whenever its record moves, or its time has come.
    failing = session.store.findings.failing([link.id for link, _ in contested])
    decided = []
    for link, both in contested:
        # Of a link that sleeps or left, nothing was decided when it was seen last.
        open_again = link.id in failing or link.state is not LinkState.OPEN
        with _failing_alone(session, pair, link):
            rules = _open_rules(session, pair, both, open_again=open_again)
            for rule in rules:
                both.decide(rule)
            decided.append((link, both, rules))
    history = _histories(session, decided)
    for link, both, rules in decided:
        item = None
        with _failing_alone(session, pair, link):
            item = _merge_one(session, pair, link, both, rules, history)
        if item is not None:
            yield item


@contextmanager
def _failing_alone(session: Session, pair: BoundPair, link: Link) -> Iterator[None]:
    """Make an error item of an expression that fails, and go on with the next link."""
    try:
        yield
    except ExpressionFailedError as fault:
        session.failures.append(
            NewError(
                pair=pair.name,
                side=Side.LEFT,
                ref=link.left,
                origin=None,
                link_id=link.id,
                category="expression",
                code="EXPRESSION_FAILED",
                message=str(fault),
                fix="Mend the expression in the mapping file, or the value it reads.",
            )
        )


def _is_gone(one: Sighting) -> bool:
    return one.record.gone or one.record.frozen


def _gone_item(
    pair: BoundPair,
    link: Link,
    gone: Sequence[Sighting],
    sightings: Mapping[tuple[int, Side], Sighting],
) -> Item:
    """Decide what a deletion does (R9 to R12); a converted or merged record's link sleeps."""
    first = gone[0]
    common: dict[str, Any] = {
        "pair": pair.name,
        "link_id": link.id,
        "left": link.left,
        "right": link.right,
    }
    if first.record.frozen or first.record.successor is not None:
        why = "converted" if first.record.frozen else "merged into another record"
        return Item(kind=ItemKind.SLEEP, side=first.side, why=why, **common)
    if len(gone) == len(Side):
        return Item(kind=ItemKind.UNLINK, why="deleted on both sides", **common)
    survivor = first.side.other
    match pair.delete:
        case DeleteRule.IGNORE:
            return Item(
                kind=ItemKind.SLEEP,
                side=first.side,
                why="deleted; delete: ignore",
                **common,
            )
        case DeleteRule.UNLINK:
            return Item(
                kind=ItemKind.UNLINK,
                side=survivor,
                why="deleted; delete: unlink",
                **common,
            )
        case DeleteRule.ARCHIVE:
            other = sightings.get((link.id, survivor))
            if other is not None and other.kind is SightingKind.CHANGED:
                return Item(
                    kind=ItemKind.HOLD,
                    side=survivor,
                    why="deleted on one side, edited on the other",
                    group=f"deleted:{link.id}",
                    others=((Side.LEFT, link.left), (Side.RIGHT, link.right)),
                    **common,
                )
            return Item(
                kind=ItemKind.UNLINK,
                side=survivor,
                archive=True,
                why="deleted; delete: archive",
                **common,
            )


def _sleep(pair: BoundPair, link: Link, side: Side) -> Item:
    return Item(
        pair=pair.name,
        kind=ItemKind.SLEEP,
        link_id=link.id,
        left=link.left,
        right=link.right,
        side=side,
        why="not found, and no proof that it was deleted",
    )


def _read_other_sides(
    session: Session,
    pair: BoundPair,
    links: Sequence[Link],
    sightings: dict[tuple[int, Side], Sighting],
    shadows: Mapping[tuple[int, Side], Shadow],
) -> None:
    """Read the records of links that changed on one side only, just before merging."""
    for side in Side:
        wanting = [link for link in links if (link.id, side) not in sightings]
        by_ref = {link.ref(side): link for link in wanting}
        for object_name in pair.objects[side]:
            ids = [ref.id for ref in by_ref if ref.object_name == object_name]
            if not ids:
                continue
            fields = pair.native_fields(side, object_name)
            for record in session.crms[side].fetch(object_name, ids, fields):
                for id in (record.ref.id, *record.aliases):
                    link = by_ref.get(RecordRef(object_name, id))
                    if link is not None:
                        sightings[link.id, side] = sight_linked(
                            session,
                            pair,
                            side,
                            record,
                            link=link,
                            shadow=shadows.get((link.id, side)),
                        )


def _unseen_since(session: Session, pair: BoundPair) -> Mapping[tuple[Side, str], datetime | None]:
    """Give, by object, until when a record that the pull did not bring was as it is known."""
    marks = {
        (side, name): session.store.marks.get(pair.name, side, name)
        for side in Side
        for name in pair.objects[side]
    }
    return {at: mark.proven_at if mark else None for at, mark in marks.items()}


def _find_edit_times(
    session: Session, pair: BoundPair, contested: Sequence[tuple[Link, _Both]]
) -> None:
    """Ask both CRMs when fields were edited that both sides edited and the newest edit wins."""
    wanted: dict[tuple[Side, str], dict[str, set[str]]] = {}
    asked: dict[tuple[Side, str], list[tuple[_Both, FieldRule]]] = {}
    by_newest = [
        rule for rule in pair.rules if rule.arrow is Arrow.BOTH and rule.wins is Wins.NEWEST
    ]
    for _, both in contested:
        for rule in by_newest:
            if rule.name not in both.moved or both.decide(rule).reason not in _CONTESTS:
                continue
            for side in Side:
                record = both.record(side)
                native_name = both.native_name(rule, side)
                if native_name is not None:
                    ids = wanted.setdefault((side, record.ref.object_name), {})
                    ids.setdefault(native_name, set()).add(record.ref.id)
                    asked.setdefault((side, record.ref.object_name), []).append((both, rule))
    for (side, object_name), fields in wanted.items():
        edited = sorted({id for found in fields.values() for id in found})
        times = session.crms[side].edit_times(object_name, edited, sorted(fields))
        for both, rule in asked[side, object_name]:
            record = both.record(side)
            native_name = rule.native_name(side, object_name)
            if native_name is not None and (record.ref.id, native_name) in times:
                both.learn(rule, side, times[record.ref.id, native_name])


def _open_rules(
    session: Session, pair: BoundPair, both: _Both, *, open_again: bool
) -> list[FieldRule]:
    """List the fields that moved and are not left as they were decided."""
    changed = session.changed_fields.get(pair.name, frozenset())
    return [
        rule
        for rule in pair.rules
        if rule.name in both.moved
        and (open_again or rule.name in changed or not both.is_decided(rule))
    ]


def _histories(
    session: Session, decided: Sequence[tuple[Link, _Both, Sequence[FieldRule]]]
) -> Mapping[tuple[int, str], Sequence[AuditEntry]]:
    """Read what was written before to the fields that are to be written now."""
    return session.store.links.recent_writes(
        [
            (link.id, rule.name)
            for link, both, rules in decided
            for rule in rules
            if both.decide(rule).verdict is Verdict.WRITE
        ]
    )


def _merge_one(
    session: Session,
    pair: BoundPair,
    link: Link,
    both: _Both,
    rules: Sequence[FieldRule],
    history: Mapping[tuple[int, str], Sequence[AuditEntry]],
) -> Item | None:
    draft = _Draft()
    deciding = {rule.name for rule in rules}
    for rule in pair.rules:
        if rule.name not in both.moved:
            draft.note(rule, both)
        elif rule.name not in deciding:
            draft.apart.add(rule.name)
        else:
            view, decision = both.view(rule), both.decide(rule)
            past = history.get((link.id, rule.name), ())
            if decision.verdict is Verdict.WRITE and _flips(rule, view, decision, past):
                decision = _hold_flipped(session, both)
            draft.take(rule, both, view, decision)
    if not _stays(pair, both, draft):
        return _leaves(pair, link, both)
    keys = _keys(pair, both)
    returns = link.state is not LinkState.OPEN
    if draft.empty and not keys and not returns:
        return None
    return Item(
        pair=pair.name,
        kind=ItemKind.WAKE if returns else ItemKind.MERGE,
        link_id=link.id,
        left=both.record(Side.LEFT).ref,
        right=both.record(Side.RIGHT).ref,
        keys=keys,
        **draft.parts(),
    )


def _hold_flipped(session: Session, both: _Both) -> Decision:
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


def _flips(
    rule: FieldRule, view: FieldView, decision: Decision, past: Sequence[AuditEntry]
) -> bool:
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


def _stays(pair: BoundPair, both: _Both, draft: _Draft) -> bool:
    """Tell whether the merged record still is included on both sides."""
    if not pair.has_include:
        return True
    merged = _merged(pair, both, draft)
    return all(pair.include(side, merged) for side in Side)


def _merged(pair: BoundPair, both: _Both, draft: _Draft) -> dict[str, Native]:
    """Give the merged record in canonical form, as expressions see it."""
    written = {write.name: write for write in draft.writes}
    apart = draft.apart | set(draft.seen)
    merged: dict[str, Native] = {}
    for rule in pair.rules:
        source = rule.arrow.source
        side = source or (
            Side.LEFT
            if rule.native_name(Side.LEFT, both.record(Side.LEFT).ref.object_name)
            else Side.RIGHT
        )
        write = written.get(rule.name)
        if source is None and write is not None:
            side = write.side.other
            value = write.origin
        elif source is None and rule.name in apart and both.has_base(rule):
            value = both.view(rule).of(side).shadow
        else:
            value = both.now(rule, side)
        merged[rule.name] = rule.codec.canonical(side, value, region=both.region)
    return merged


def _leaves(pair: BoundPair, link: Link, both: _Both) -> Item:
    common: dict[str, Any] = {
        "pair": pair.name,
        "link_id": link.id,
        "left": link.left,
        "right": link.right,
    }
    if pair.on_leave == "unlink":
        return Item(kind=ItemKind.UNLINK, why="left `include`; on_leave: unlink", **common)
    seen = {
        rule.name: (
            both.raw(rule, Side.LEFT),
            both.raw(rule, Side.RIGHT),
        )
        for rule in pair.rules
    }
    return Item(kind=ItemKind.SLEEP, why="left `include`; on_leave: keep", seen=seen, **common)
