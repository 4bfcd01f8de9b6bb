"""Records made without an answer where no field keeps the id of what they were made from.

They are looked for by match key among the records the state does not know, and known by what was
sent. Such a record is linked at once, as if the answer had come: whatever people do to either one
from then on is seen as of two that are one. Where several hold the key, and not one alone all that
was sent, they are left to the match rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import (
    Changes,
    JournalEntry,
    NewLink,
    RecordState,
    ShadowUpdate,
    TrackedRecord,
)
from sync.engine.first_look import unlooked
from sync.engine.pull import stage
from sync.engine.session import Session
from sync.engine.short_lived import sent_since
from sync.engine.sight import key_hashes, tombstone
from sync.engine.unanswered import made_audit, stands

__all__ = ["link_made"]


def link_made(
    session: Session,
    pair: BoundPair,
    side: Side,
    entries: Sequence[JournalEntry],
    strangers: Sequence[Record],
) -> list[RecordRef]:
    """Link records of one object that these intents made; give what they were made from."""
    since = sent_since(session, entries)
    young = [
        one for one in strangers if since is None or one.created is None or one.created >= since
    ]
    found = _made(session, pair, side, entries, young) if young else {}
    for origin, (entry, record) in found.items():
        _link(session, pair, entry, record, origin)
    stage(session, pair, side, [record for _, record in found.values()], always=True)
    return list(found)


def _made(
    session: Session,
    pair: BoundPair,
    side: Side,
    entries: Sequence[JournalEntry],
    records: Sequence[Record],
) -> dict[RecordRef, tuple[JournalEntry, Record]]:
    """Give which record was made from which, where only one can be it."""
    origins = [one.intent.origin for one in entries if one.intent.origin is not None]
    links, name = session.store.links, pair.name
    known = {*links.of(name, side.other, origins), *links.closed_of(name, side.other, origins)}
    keys = {record.ref: set(key_hashes(session, pair, side, record)) for record in records}
    found: dict[RecordRef, tuple[JournalEntry, Record]] = {}
    for entry in entries:
        origin = entry.intent.origin
        if origin is None or origin in known:
            continue
        sent = _sent_keys(session, pair, entry)
        alike = [record for record in records if keys[record.ref] & sent]
        whole = [record for record in alike if _is_as_sent(pair, entry, record)]
        for same in (whole, alike):
            if len(same) == 1:
                found[origin] = (entry, same[0])
                break
    taken = [record.ref for _, record in found.values()]
    return {origin: one for origin, one in found.items() if taken.count(one[1].ref) == 1}


def _sent_keys(session: Session, pair: BoundPair, entry: JournalEntry) -> set[tuple[int, str]]:
    """Give the match keys a record has as it was sent."""
    intent = entry.intent
    fields = {
        native_name: one.after
        for one in intent.audit
        if pair.has_rule(one.field)
        and (native_name := pair.rule(one.field).native_name(intent.side, intent.object_name))
    }
    ref = RecordRef(intent.object_name, "")
    sent = Record(ref=ref, fields=fields, stamp=session.clock())
    return set(key_hashes(session, pair, intent.side, sent))


def _is_as_sent(pair: BoundPair, entry: JournalEntry, record: Record) -> bool:
    side = entry.intent.side
    return all(stands(pair, side, record, one) for one in entry.intent.audit)


def _link(
    session: Session, pair: BoundPair, entry: JournalEntry, record: Record, origin: RecordRef
) -> None:
    """Link a record with what it was made from; what was sent and stands, both agreed on.

    What does not stand may be somebody's edit, or the record somebody else's: it is decided as at
    first linking, and the value overruled is kept.
    """
    side, sent = entry.intent.side, entry.intent.audit
    refs = {side: record.ref, side.other: origin}
    link = NewLink(token=-1, pair=pair.name, left=refs[Side.LEFT], right=refs[Side.RIGHT])
    now = pair.project(side, record.ref.object_name, record.fields)
    agreed = [one for one in sent if stands(pair, side, record, one)]
    base = {
        side: {one.field: now[one.field] for one in agreed},
        side.other: {one.field: one.origin for one in agreed},
    }
    known = session.store.records.get(pair.name, side.other, [origin]).get(origin)
    is_gone = known is not None and known.state is RecordState.GONE
    ends = [_linked(side, record)]
    if known is not None and not is_gone:
        ends.append(replace(known, state=RecordState.LINKED, why=""))
    done = session.commit(
        Changes(
            links=[link],
            shadows=[
                ShadowUpdate(link_id=-1, side=at, base=base[at], seen={}, read_at=None)
                for at in Side
            ],
            records=[(pair.name, one) for one in ends],
            settled_records=[(pair.name, side.other, origin)],
            audit=made_audit(pair.name, sent, -1, left=link.left, right=link.right),
            funnel=unlooked(session, pair),
        )
    )
    if known is not None and is_gone:
        for one in session.store.links.by_id([done.link_ids[-1]]).values():
            gone = tombstone(one, side.other, stamp=known.stamp)
            session.store.staging.add(pair.name, [gone])


def _linked(side: Side, record: Record) -> TrackedRecord:
    return TrackedRecord(
        side=side,
        ref=record.ref,
        stamp=record.stamp,
        created=record.created,
        state=RecordState.LINKED,
    )
