"""Writes whose answer never came, and which were carried out: what both sides agree on since."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.bound import BoundPair
from sync.domain.record import Record, Side
from sync.domain.store import AuditEntry, JournalEntry, LinkState, Shadow, ShadowUpdate
from sync.engine.session import Session
from sync.engine.undone import is_undo

__all__ = ["agreed_unanswered"]


def agreed_unanswered(
    session: Session, pair: BoundPair, side: Side, done: Sequence[tuple[JournalEntry, Record]]
) -> list[ShadowUpdate]:
    """Give the shadows of fields that hold by now what was sent to them, for both sides.

    Without that our own value counts as edited by somebody there, and as a conflict with what
    people have entered on the other side meanwhile.
    """
    links = session.store.links.by_id([one.intent.link_id or 0 for one, _ in done])
    kept = dict(session.store.links.shadows(sorted(links)))
    moved: set[tuple[int, Side]] = set()
    for entry, record in done:
        link = links.get(entry.intent.link_id or 0)
        if link is None or link.state is not LinkState.OPEN or link.ref(side) != record.ref:
            continue
        written = [one for one in entry.intent.audit if _stands(pair, side, record, one)]
        if not written:
            continue
        now = pair.project(side, record.ref.object_name, record.fields)
        agreed = {
            side: {one.field: now[one.field] for one in written},
            side.other: {one.field: one.origin for one in written},
        }
        for at in Side:
            held = kept.get((link.id, at), Shadow({}, {}, None))
            kept[link.id, at] = Shadow({**held.base, **agreed[at]}, held.seen, held.read_at)
            moved.add((link.id, at))
    return [_update(link_id, at, kept[link_id, at]) for link_id, at in sorted(moved)]


def _stands(pair: BoundPair, side: Side, record: Record, one: AuditEntry) -> bool:
    """Tell whether a field holds what was sent to it; of the funnel's, no other side agrees."""
    if is_undo(one) or not pair.has_rule(one.field) or pair.rule(one.field).funnel:
        return False
    now = pair.project(side, record.ref.object_name, record.fields)
    if one.field not in now:
        return False
    normal = pair.rule(one.field).codec.normal
    return normal(side, now[one.field]) == normal(side, one.after)


def _update(link_id: int, side: Side, shadow: Shadow) -> ShadowUpdate:
    return ShadowUpdate(
        link_id=link_id, side=side, base=shadow.base, seen=shadow.seen, read_at=shadow.read_at
    )
