"""Writing down what needs no call: links, shadows that move, held items, records left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    ConflictKind,
    Joined,
    LinkState,
    MovedEnd,
    NewConflict,
    NewError,
    NewLink,
    RecordState,
    Shadow,
    ShadowUpdate,
    TrackedRecord,
)
from sync.engine.courses import buried
from sync.engine.ends import WAITS
from sync.engine.handing import owed_by
from sync.engine.moved_audit import move_audit
from sync.engine.references import references_of, waiting_of
from sync.engine.resolutions import take_resolved
from sync.engine.session import Session
from sync.engine.tally import Tally
from sync.engine.unanswered import made_audit

__all__ = ["FAILED", "Kept", "MovingShadow", "commit_counted", "keep_state"]

#: What the reason says of a record that an expression fails on; its error stands.
FAILED = "could not be worked out"


@dataclass(frozen=True, slots=True)
class Kept:
    """An item whose state part is written; `link_id` is the link it is about, if any."""

    item: Item
    link_id: int | None


@dataclass(slots=True)
class MovingShadow:
    """The shadow of one side while it is being moved."""

    base: dict[str, Native]
    seen: dict[str, Native]
    read_at: datetime | None

    @staticmethod
    def of(shadow: Shadow | None) -> MovingShadow:
        """Start from a kept shadow, or from nothing."""
        if shadow is None:
            return MovingShadow({}, {}, None)
        return MovingShadow(dict(shadow.base), dict(shadow.seen), shadow.read_at)

    def rebase(self, rebased: Mapping[str, tuple[Native, Native] | None], at: int) -> None:
        """Take in on what both sides agreed, as the values at a place, or that they never did."""
        for name, values in rebased.items():
            self.base.pop(name, None)
            if values is not None:
                self.base[name] = values[at]

    def update(self, link_id: int, side: Side) -> ShadowUpdate:
        """Give what is to be written."""
        return ShadowUpdate(
            link_id=link_id, side=side, base=self.base, seen=self.seen, read_at=self.read_at
        )

    def shadow(self) -> Shadow:
        """Give the shadow as it now stands."""
        return Shadow(self.base, self.seen, self.read_at)


def commit_counted(
    session: Session, pair: BoundPair, changes: Changes, tally: Tally
) -> dict[int, int]:
    """Commit, count the errors by side, and give the ids of new links by token."""
    for error in changes.errors:
        tally.count(pair.name, error.side, "errors")
    return dict(session.commit(changes).link_ids)


def keep_state(
    session: Session, pair: BoundPair, items: Sequence[Item], *, tally: Tally
) -> list[Kept]:
    """Write the state part of a chunk of items in one transaction."""
    items = _possible(session, pair, items)
    keeper = _Keeper(session, pair, items, tally)
    for number, item in enumerate(items, start=1):
        keeper.keep(item, token=-number)
    new_ids = commit_counted(session, pair, keeper.changes, tally)
    return [
        Kept(item, item.link_id if item.link_id is not None else new_ids.get(-number))
        for number, item in enumerate(items, start=1)
    ]


def _possible(session: Session, pair: BoundPair, items: Sequence[Item]) -> Sequence[Item]:
    """Leave out links that go over to a record another link still has.

    A plan that is applied in part, or another time, may lack what was to close that one.
    """
    ends = {(move.side, move.heir) for item in items for move in item.follows}
    if not ends:
        return items
    closing = {one.link_id for one in items if one.kind is ItemKind.UNLINK and not one.archive}
    taken: dict[tuple[Side, RecordRef], int] = {}
    for side in Side:
        refs = sorted(ref for at, ref in ends if at is side)
        found = session.store.links.of(pair.name, side, refs)
        taken.update({(side, ref): link.id for ref, link in found.items()})
    return [
        item
        for item in items
        if all(
            taken.get((move.side, move.heir), item.link_id) in (item.link_id, *closing)
            for move in item.follows
        )
    ]


class _Keeper:
    """Gathers the changes of one chunk."""

    def __init__(
        self, session: Session, pair: BoundPair, items: Sequence[Item], tally: Tally
    ) -> None:
        self._session = session
        self._pair = pair
        self._tally = tally
        self.changes = Changes()
        ids = [item.link_id for item in items if item.link_id is not None]
        self._links = session.store.links.by_id(ids)
        self._shadows = session.store.links.shadows(ids)
        self._open = session.store.findings.open_fields(ids)
        self._failing = session.store.findings.failing(ids)
        self._waiting = session.store.references.waiting(ids) if any(references_of(pair)) else {}
        self._tracked: dict[tuple[Side, RecordRef], TrackedRecord] = {}
        for side in Side:
            refs = [ref for item in items if (ref := item.ref(side)) is not None]
            known = session.store.records.get(pair.name, side, refs)
            self._tracked.update({(side, ref): one for ref, one in known.items()})

    def keep(self, item: Item, *, token: int) -> None:
        self._move(item)
        if item.kind in (ItemKind.SLEEP, ItemKind.HOLD):
            self._begin_anew(item)
        match item.kind:
            case ItemKind.LINK:
                self._new_link(item, token)
            case ItemKind.MERGE:
                self._merge(item)
            case ItemKind.WAKE:
                self._merge(item)
                self._state(item, LinkState.OPEN)
                self._wake(item)
            case ItemKind.SLEEP:
                self._merge(item)
                self._state(item, LinkState.OUTSIDE if item.side is None else LinkState.ASLEEP)
            case ItemKind.UNLINK if not item.archive:
                self._unlink(item)
            case ItemKind.HOLD:
                self._hold(item)
            case ItemKind.LEAVE_OUT:
                self._leave_out(item)
            case ItemKind.CREATE | ItemKind.UNLINK:
                pass  # all of it follows the answer

    def _new_link(self, item: Item, token: int) -> None:
        assert item.left is not None
        assert item.right is not None
        self.changes.links.append(
            NewLink(token=token, pair=self._pair.name, left=item.left, right=item.right)
        )
        self._audit_link(item, item.left, item.right, token)
        self._references_of(item, token)
        self._shadows_of(item, token)
        self._findings_of(item, token)
        self._funnel_of(item, token)
        for side in Side:
            self._tally.count(self._pair.name, side, "linked")
            self._set_record(item, side, RecordState.LINKED)
            self._settle_create(side, item.ref(side))
        if item.group:
            self.changes.settled_groups.append((self._pair.name, item.group))
            self.changes.resolved_groups.append((self._pair.name, item.group))

    def _audit_link(self, item: Item, left: RecordRef, right: RecordRef, token: int) -> None:
        """Tell of a new link; of one whose record an earlier run made, what it was made with."""
        sent = self._session.found_made.pop((self._pair.name, left, right), ())
        if not sent:
            self._audit(item, "link", link_id=token)
            return
        self.changes.audit.extend(made_audit(self._pair.name, sent, token, left=left, right=right))

    def _settle_create(self, side: Side, ref: RecordRef | None) -> None:
        """Close what stood in the way of making this record on the other side: it is linked now."""
        assert ref is not None
        self.changes.settled_records.append((self._pair.name, side, ref))
        group = f"refused:{side.other.value}:{ref.id}"
        self.changes.settled_groups.append((self._pair.name, group))

    def _merge(self, item: Item) -> None:
        assert item.link_id is not None
        self._shadows_of(item, item.link_id)
        self._findings_of(item, item.link_id)
        self._references_of(item, item.link_id)
        self._funnel_of(item, item.link_id)
        stays = {one.name for one in item.held} | {one.name for one in item.refused}
        stays |= {write.name for write in item.writes}
        # What was decided before and has not moved since is not among what was seen.
        self.changes.settled_fields.extend(
            (link_id, name)
            for link_id, name in self._open
            if link_id == item.link_id and name in item.seen and name not in stays
        )
        self._resolved(item)
        self.changes.carried.extend((item.link_id, name) for name in item.carried)
        self.changes.put_off.extend((item.link_id, name) for name in item.put_off)
        # Put off and not even seen: it could not be worked out, and its error stands.
        failed = item.put_off and not item.seen
        if item.link_id in self._failing and not failed and not item.takes_back:
            # A side to which nothing is to be sent has nothing that could be refused.
            self.changes.settled_sides.extend(
                (item.link_id, side) for side in Side if side not in item.touches
            )
            self.changes.overtaken.extend(self._overtaken(item, item.link_id))

    def _overtaken(self, item: Item, link_id: int) -> Iterator[tuple[int, Side, str]]:
        """Give the sides to which fields are not sent any more, since they travel the other way.

        What was refused there would stay due for ever, and have the link sent again in each run.
        """
        going = [(write.side, write.name) for write in item.writes]
        going.extend((refused.side, refused.name) for refused in item.refused)
        for side, name in going:
            if name and not self._pair.rule(name).funnel:
                yield link_id, side.other, name
        for held in item.held:
            yield from ((link_id, side, held.name) for side in Side)

    def _resolved(self, item: Item) -> None:
        """Forget what people decided where nothing is left to write, or it cannot be done."""
        assert item.link_id is not None
        over = {*item.settled, *(one.name for one in item.held)}
        self.changes.resolved.extend(
            (item.link_id, name, None)
            for name in take_resolved(self._session, self._pair, item.link_id, over)
        )

    def _wake(self, item: Item) -> None:
        """Note that both records are linked again, and that nothing waits for that."""
        for side in Side:
            self._set_record(item, side, RecordState.LINKED)
        for cause in ("merged", "deleted"):
            self.changes.settled_groups.append((self._pair.name, f"{cause}:{item.link_id}"))

    def _shadows_of(self, item: Item, link_id: int) -> None:
        noted = item.settled or item.seen or item.rebased
        if not noted and item.kind is not ItemKind.LINK:
            return
        for at, side in enumerate(Side):
            shadow = self._shadows.get((link_id, side))
            if shadow is not None and item.kind is ItemKind.WAKE:
                # What had waited when the link was put to sleep waits for nothing any more.
                shadow = replace(shadow, seen=shadow.base)
            moving = MovingShadow.of(shadow)
            moving.rebase(item.rebased, at)
            moving.base.update({name: values[at] for name, values in item.settled.items()})
            moving.seen.update({name: values[at] for name, values in item.seen.items()})
            moving.read_at = self._session.pulled_at.get(side)
            self.changes.shadows.append(moving.update(link_id, side))

    def _begin_anew(self, item: Item) -> None:
        """Forget what was agreed on of fields the former record of a link could not hold.

        Where a link goes over and is not merged, they are decided once it is open again.
        """
        anew = {
            rule.name
            for move in item.follows
            for rule in self._pair.rules
            if rule.native_name(move.side, move.former.object_name) is None
        }
        for side in Side if anew and item.link_id is not None else ():
            assert item.link_id is not None
            shadow = self._shadows.get((item.link_id, side))
            if shadow is None or not anew & shadow.base.keys():
                continue
            moving = MovingShadow.of(shadow)
            for name in anew:
                moving.base.pop(name, None)
                moving.seen.pop(name, None)
            self.changes.shadows.append(moving.update(item.link_id, side))

    def _funnel_of(self, item: Item, link_id: int) -> None:
        """Keep where the person stands; what is to be written stays due until it is."""
        owed = owed_by(item)
        if owed is not None or link_id in self._session.owed:
            self.changes.owners[link_id] = owed
        if item.funnel is not None:
            self.changes.funnel.append((link_id, item.funnel))
            if item.funnel.rule_key is not None and item.funnel.turns is not None:
                self.changes.turns[item.funnel.rule_key] = item.funnel.turns

    def _references_of(self, item: Item, link_id: int) -> None:
        """Keep the references that wait, and forget those that were decided otherwise.

        What is to be written waits until it is done.
        """
        self.changes.waiting.extend(
            (self._pair.name, waiting_of(link_id, one)) for one in item.waiting
        )
        waits = {one.name for one in item.waiting}
        self.changes.arrived.extend(
            (link_id, name)
            for at, name in self._waiting
            if at == link_id and name in item.seen and name not in waits
        )

    def _findings_of(self, item: Item, link_id: int) -> None:
        assert item.left is not None
        assert item.right is not None
        for held in item.held:
            for side in Side:
                self._tally.count(self._pair.name, side, "held")
            self.changes.conflicts.append(
                NewConflict(
                    pair=self._pair.name,
                    kind=ConflictKind.FIELD,
                    records=((Side.LEFT, item.left), (Side.RIGHT, item.right)),
                    link_id=link_id,
                    field=held.name,
                    left=held.left,
                    right=held.right,
                    reason=held.why or held.reason,
                    proposal=held.proposal,
                )
            )
        for refused in item.refused:
            self.changes.errors.append(
                NewError(
                    pair=self._pair.name,
                    side=refused.side,
                    ref=item.ref(refused.side),
                    origin=item.ref(refused.side.other),
                    link_id=link_id,
                    field=refused.name,
                    category="value",
                    code=refused.code,
                    message=refused.message,
                    fix=refused.fix,
                )
            )

    def _move(self, item: Item) -> None:
        """Let a link go over to other records, or its records lead to another link, if it does."""
        if item.link_id is None or (not item.moves and item.into is None):
            return
        pair = self._pair.name
        ends = [
            MovedEnd(
                pair=pair,
                link_id=item.link_id,
                side=move.side,
                former=move.former,
                heir=move.heir,
            )
            for move in item.moves
        ]
        if item.into is not None:
            sides = frozenset(move.side for move in item.moves if move not in item.follows)
            self.changes.joined.append(Joined(item.link_id, item.into, sides))
            self.changes.moved.extend(end for end in ends if item.ref(end.side) == end.heir)
            for move in item.follows:
                self._set_record(item, move.side, RecordState.HELD)
        elif len(item.follows) == len(item.moves):
            self.changes.moved.extend(ends)
            for move in item.moves:
                self._set_record(item, move.side, RecordState.LINKED)
                self._tally.count(pair, move.side, "linked")
        else:
            # A record that cannot be read is awaited; the other one may have gone over meanwhile.
            for end in ends:
                follows = item.ref(end.side) == end.heir
                (self.changes.moved if follows else self.changes.awaited).append(end)
                if follows:
                    self._set_record(item, end.side, RecordState.LINKED)
            item = replace(item, moves=item.follows)
        self.changes.audit.extend(move_audit(pair, item))

    def _state(self, item: Item, state: LinkState) -> None:
        assert item.link_id is not None
        link = self._links.get(item.link_id)
        if link is not None and link.state is state:
            return
        self.changes.link_states.append((item.link_id, state))
        if state is LinkState.CLOSED:
            graves = buried(self._session.courses, self._pair.name, item.link_id)
            self.changes.records.extend(graves)
        self._audit(item, state.value, link_id=item.link_id)

    def _unlink(self, item: Item) -> None:
        self._state(item, LinkState.CLOSED)
        for side in Side:
            self._tally.count(self._pair.name, side, "unlinked")
            if item.into is None:
                self._set_record(item, side, RecordState.REMEMBERED)

    def _hold(self, item: Item) -> None:
        own = [(side, ref) for side in Side if (ref := item.ref(side)) is not None]
        records = tuple(
            sorted({*own, *item.others}, key=lambda one: (one[0], one[1].object_name, one[1].id))
        )
        kind = ConflictKind.DELETED if item.link_id is not None else ConflictKind.DUPLICATE
        if item.into is not None:
            kind = ConflictKind.MERGED
            records = item.others
        self.changes.conflicts.append(
            NewConflict(
                pair=self._pair.name,
                kind=kind,
                records=records,
                link_id=item.link_id,
                group=item.group,
                reason=item.why,
                proposal=self._proposal(item),
            )
        )
        if item.side is not None:
            self._tally.count(self._pair.name, item.side, "held")
        # What a person decided before is of no use, where the item is held all the same.
        if item.link_id is not None:
            self.changes.resolved.append((item.link_id, "", None))
            self._state(item, LinkState.ASLEEP)
        elif item.group:
            self.changes.resolved_groups.append((self._pair.name, item.group))
        if item.link_id is None and item.side is not None:
            self._set_record(item, item.side, RecordState.HELD)

    def _proposal(self, item: Item) -> str:
        """Say what people may do about two records that stand for one across."""
        if item.into is None or item.side is None:
            return ""
        two = [ref for side, ref in item.others if side is item.side]
        named = " and ".join(f"{ref.object_name} {ref.id}" for ref in two)
        return f"Merge {named} in {self._session.title(item.side)}; the next sync follows."

    def _leave_out(self, item: Item) -> None:
        assert item.side is not None
        if item.why != WAITS:
            self._tally.count(self._pair.name, item.side, "left_out")
        self._set_record(item, item.side, RecordState.LEFT_OUT)
        ref = item.ref(item.side)
        known = self._tracked.get((item.side, ref)) if ref else None
        if known and known.state is RecordState.IN_ERROR and FAILED not in item.why:
            # It was to be made, and is not any more.
            self.changes.settled_records.append((self._pair.name, item.side, known.ref))

    def _set_record(self, item: Item, side: Side, state: RecordState) -> None:
        ref = item.ref(side)
        known = self._tracked.get((side, ref)) if ref else None
        if known is None or known.state is RecordState.GONE:
            return
        why = item.why if state is not RecordState.LINKED else ""
        self.changes.records.append((self._pair.name, _with_state(known, state, why)))

    def _audit(self, item: Item, kind: str, *, link_id: int) -> None:
        self.changes.audit.append(
            AuditEntry(
                pair=self._pair.name,
                link_id=link_id,
                kind=kind,
                reason=item.why,
                left=item.left,
                right=item.right,
            )
        )


def _with_state(known: TrackedRecord, state: RecordState, why: str) -> TrackedRecord:
    return TrackedRecord(
        side=known.side,
        ref=known.ref,
        stamp=known.stamp,
        created=known.created,
        state=state,
        included=known.included,
        why=why,
    )
