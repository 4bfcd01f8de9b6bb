"""Writes whose answer never came, and which were carried out: what both sides agree on since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.merge import Decision, Verdict
from sync.domain.ports import WriteKind
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import AuditEntry, JournalEntry, LinkState, Shadow, ShadowUpdate, Sighting
from sync.engine.session import Session
from sync.engine.undone import is_undo

__all__ = [
    "agreed_as_made",
    "agreed_unanswered",
    "made_audit",
    "note_creates",
    "sent_before",
    "standing",
    "stands",
    "take_as_sent",
    "with_kept",
]


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
        written = standing(pair, side, record, entry)
        if not written:
            continue
        now = pair.project(side, record.ref.object_name, record.fields)
        agreed = {
            side: {one.field: now[one.field] for one in written},
            side.other: {one.field: one.origin for one in written},
        }
        take_as_sent(session, pair, side, record, entry)
        for at in Side:
            held = kept.get((link.id, at), Shadow({}, {}, None))
            kept[link.id, at] = Shadow({**held.base, **agreed[at]}, held.seen, held.read_at)
            moved.add((link.id, at))
    return [_update(link_id, at, kept[link_id, at]) for link_id, at in sorted(moved)]


def take_as_sent(
    session: Session, pair: BoundPair, side: Side, record: Record, entry: JournalEntry
) -> None:
    """Note the fields that hold what was sent: we wrote it, or somebody entered the same."""
    link_id = entry.intent.link_id or 0
    found = standing(pair, side, record, entry)
    session.taken_as_sent.update((link_id, side, one.field) for one in found)


def standing(
    pair: BoundPair, side: Side, record: Record, entry: JournalEntry
) -> tuple[AuditEntry, ...]:
    """Give the writes of an intent whose fields hold by now what was sent to them."""
    return tuple(one for one in entry.intent.audit if stands(pair, side, record, one))


def with_kept(decision: Decision) -> Decision:
    """Have the audit keep a value that was taken for what we sent: somebody may have entered it."""
    target = decision.target
    if decision.verdict is not Verdict.WRITE or target is None or decision.overruled is not None:
        return decision
    return replace(decision, overruled=target)


def note_creates(session: Session, entries: Sequence[JournalEntry]) -> None:
    """Learn what was sent in creates nobody answered, by the record each was made from."""
    for entry in entries:
        intent = entry.intent
        if intent.kind == WriteKind.CREATE and intent.origin is not None and intent.audit:
            session.unanswered[intent.pair, intent.side, intent.origin] = intent.audit


def sent_before(
    session: Session, pair: BoundPair, left: Sighting, right: Sighting
) -> dict[Side, Shadow]:
    """Give what both sides agreed on as one record was made from the other by a run cut off.

    Without that they would be linked as strangers, and our own copy might win over what somebody
    has entered since. Only the other one's id tells that it is the one that was made; it is noted
    as found, so that the audit tells of what was sent once the two are linked.
    """
    for made, origin in ((right, left), (left, right)):
        if made.counterpart == origin.record.ref.id and (
            agreed := agreed_as_made(session, pair, made.side, origin.record.ref)
        ):
            sent = session.unanswered[pair.name, made.side, origin.record.ref]
            session.found_made[pair.name, left.record.ref, right.record.ref] = sent
            return agreed
    return {}


def agreed_as_made(
    session: Session, pair: BoundPair, side: Side, origin: RecordRef
) -> dict[Side, Shadow]:
    """Give what both sides agreed on as a record of `side` was made from another, unanswered."""
    sent = session.unanswered.get((pair.name, side, origin), ())
    if not sent:
        return {}
    rules = [one for one in sent if pair.has_rule(one.field)]
    mine = [one for one in rules if not pair.rule(one.field).funnel]
    return {
        side: Shadow({one.field: one.after for one in mine}, {}, None),
        side.other: Shadow({one.field: one.origin for one in mine}, {}, None),
    }


def made_audit(
    pair: str, sent: Sequence[AuditEntry], link_id: int, *, left: RecordRef, right: RecordRef
) -> list[AuditEntry]:
    """Give what the audit tells of a record that was made without an answer, once it is linked."""
    created = AuditEntry(
        pair=pair, link_id=link_id, kind="create", side=sent[0].side, left=left, right=right
    )
    return [created, *(replace(one, link_id=link_id, left=left, right=right) for one in sent)]


def stands(pair: BoundPair, side: Side, record: Record, one: AuditEntry) -> bool:
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
