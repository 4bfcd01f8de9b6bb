"""Records made without an answer, known for what they were made from by the id they carry.

They are linked at once, so that nothing else goes over to them, and whatever people did since is
seen as done to two that are one. Some are gone by now. To make them again would put back what
somebody took away, so the link of one that was deleted is closed at once, and what it was made from
is remembered as any record whose counterpart was deleted (R9). The link of one that was merged or
converted goes over to what that lives on as. Where no field keeps the id, `unkeyed` looks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    JournalEntry,
    LinkState,
    NewLink,
    RecordState,
    ShadowUpdate,
    TrackedRecord,
)
from sync.engine.first_look import unlooked
from sync.engine.session import Session
from sync.engine.sight import tombstone
from sync.engine.unanswered import agreed_as_made, made_audit

__all__ = ["remember_gone", "sent_since"]

_WHY = "made by a run that was cut off, and deleted before the next one"

#: The clocks of a CRM and of the machine may differ by so much.
_CLOCKS = timedelta(hours=1)


def remember_gone(
    session: Session,
    pair: BoundPair,
    side: Side,
    entries: Sequence[JournalEntry],
    *,
    there: Sequence[Record],
    made_from: Sequence[Record],
) -> list[RecordRef]:
    """Link what records of one object, made by these intents, were made from.

    Those that are `there` live, or are converted, and are linked before anything else may go over
    to them; the others are looked for among those gone since, unless what they were `made_from`
    went up in another record. Gives the records linked with one that was found.
    """
    object_name = entries[0].intent.object_name
    key_field = pair.key_fields[side, object_name]
    found = {record.fields.get(key_field): record for record in there}
    origins = {
        origin.id: origin for entry in entries if (origin := entry.intent.origin) is not None
    }
    linked = session.store.links.of(pair.name, side.other, list(origins.values()))
    unlinked = {id: origin for id, origin in origins.items() if origin not in linked}
    made = {origin: found[id] for id, origin in unlinked.items() if id in found}
    moved = _link_found(session, pair, side, made)
    went_up = _went_up(made_from)
    done = {origin for origin, record in made.items() if record.frozen or origin in went_up}
    done |= set(moved)
    # One that is there may be what the one that was made went up in, and carry its id since.
    wanted = {id: origin for id, origin in unlinked.items() if origin not in done}
    if not wanted:
        return moved
    since = sent_since(session, entries)
    for page in session.crms[side].read_gone(object_name, since, (key_field,)):
        known = session.store.records.get(pair.name, side, [record.ref for record in page])
        for record in page:
            origin = wanted.get(record.fields.get(key_field) or "")
            if origin is None or record.ref in known:
                continue
            if record.successor is None and origin.id in found:
                continue
            del wanted[origin.id]
            if record.successor is None:
                session.commit(_closed(session, pair, side, record, origin))
            else:
                _link_merged(session, pair, side, record, origin)
                moved.append(origin)
    return moved


def sent_since(session: Session, entries: Sequence[JournalEntry]) -> datetime | None:
    """Give a moment before which none of these was sent, by any clock."""
    run = session.store.runs.get(min(entry.run for entry in entries))
    return run.started - _CLOCKS if run is not None else None


def _closed(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> Changes:
    """Give what is kept of a record that was made and deleted, and of what it was made from."""
    changes = _linked(session, pair, side, made, origin)
    (link,) = changes.links
    known = session.store.records.get(pair.name, side.other, [origin])
    remembered = [replace(one, state=RecordState.REMEMBERED) for one in known.values()]
    changes.link_states.append((link.token, LinkState.CLOSED))
    changes.records += [(pair.name, one) for one in (_gone(side, made), *remembered)]
    changes.audit.append(
        AuditEntry(
            pair=pair.name,
            link_id=link.token,
            kind="unlink",
            side=side,
            reason=_WHY,
            left=link.left,
            right=link.right,
        )
    )
    return changes


def _went_up(records: Sequence[Record]) -> set[RecordRef]:
    """Give what went up in these, and those of them that went up in others."""
    merged = {RecordRef(one.ref.object_name, id) for one in records for id in one.aliases}
    return merged | {one.ref for one in records if one.gone and one.successor is not None}


def _link_found(
    session: Session, pair: BoundPair, side: Side, made: Mapping[RecordRef, Record]
) -> list[RecordRef]:
    """Link records by what they were made from; gives those linked now."""
    if not made:
        return []
    refs = [record.ref for record in made.values()]
    links, name = session.store.links, pair.name
    known = {**links.of(name, side, refs), **links.closed_of(name, side, refs)}
    known |= links.former_of(name, side, refs)
    led = links.former_of(name, side.other, list(made))
    fresh = {
        origin: record
        for origin, record in made.items()
        if record.ref not in known and origin not in led
    }
    for origin, record in fresh.items():
        session.commit(_linked(session, pair, side, record, origin))
    return list(fresh)


def _link_merged(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> None:
    """Link a record that was merged, and let this run see what it was merged into."""
    changes = _linked(session, pair, side, made, origin)
    (link,) = changes.links
    changes.records.append((pair.name, _gone(side, made)))
    done = session.commit(changes)
    stays = session.store.links.by_id([done.link_ids[link.token]])
    session.store.staging.add(
        pair.name,
        [tombstone(one, side, stamp=made.stamp, heir=made.successor) for one in stays.values()],
    )


def _linked(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> Changes:
    """Link a record with what it was made from, as both were when it was sent."""
    left, right = (made.ref, origin) if side is Side.LEFT else (origin, made.ref)
    link = NewLink(token=-1, pair=pair.name, left=left, right=right)
    sent = session.unanswered.get((pair.name, side, origin), ())
    return Changes(
        links=[link],
        shadows=[
            ShadowUpdate(
                link_id=link.token, side=at, base=one.base, seen=one.seen, read_at=one.read_at
            )
            for at, one in agreed_as_made(session, pair, side, origin).items()
        ],
        audit=made_audit(pair.name, sent, link.token, left=left, right=right) if sent else [],
        funnel=unlooked(session, pair),
    )


def _gone(side: Side, made: Record) -> TrackedRecord:
    return TrackedRecord(
        side=side, ref=made.ref, stamp=made.stamp, created=made.created, state=RecordState.GONE
    )
