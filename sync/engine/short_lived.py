"""Records made without an answer, and deleted or merged by people before a run knew of them.

They were one with what they were made from. To make them again would put back what somebody took
away, so the link of one that was deleted is closed at once, and what it was made from is remembered
as any record whose counterpart was deleted (R9). The link of one that was merged goes over to what
it was merged into. A record is known for what it was made from by the id it carries: where no field
keeps that, nothing can be known of it, nor of one that a CRM shows only as a part of another.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    TrackedRecord,
)
from sync.engine.session import Session
from sync.engine.sight import tombstone

__all__ = ["remember_gone"]

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
) -> list[RecordRef]:
    """Link what records of one object, made by these intents and gone since, were made from.

    Those that are `there` live. Gives the records whose link goes over to another one.
    """
    object_name = entries[0].intent.object_name
    key_field = pair.key_fields[side, object_name]
    living = {record.fields.get(key_field) for record in there}
    origins = {
        origin.id: origin
        for entry in entries
        if (origin := entry.intent.origin) is not None and origin.id not in living
    }
    linked = session.store.links.of(pair.name, side.other, list(origins.values()))
    wanted = {id: origin for id, origin in origins.items() if origin not in linked}
    moved: list[RecordRef] = []
    if not wanted:
        return moved
    since = _begun(session, entries)
    for page in session.crms[side].read_gone(object_name, since, (key_field,)):
        known = session.store.records.get(pair.name, side, [record.ref for record in page])
        for record in page:
            origin = wanted.get(record.fields.get(key_field) or "")
            if origin is None or record.ref in known:
                continue
            del wanted[origin.id]
            if record.successor is None:
                session.commit(_closed(session, pair, side, record, origin))
            else:
                _link_merged(session, pair, side, record, origin)
                moved.append(origin)
    return moved


def _begun(session: Session, entries: Sequence[JournalEntry]) -> datetime | None:
    """Give a moment before which none of these was sent, by any clock."""
    run = session.store.runs.get(min(entry.run for entry in entries))
    return run.started - _CLOCKS if run is not None else None


def _closed(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> Changes:
    """Give what is kept of a record that was made and deleted, and of what it was made from."""
    link = _link(pair, side, made, origin)
    known = session.store.records.get(pair.name, side.other, [origin])
    remembered = [replace(one, state=RecordState.REMEMBERED) for one in known.values()]
    return Changes(
        links=[link],
        link_states=[(-1, LinkState.CLOSED)],
        records=[(pair.name, one) for one in (_gone(side, made), *remembered)],
        audit=[
            AuditEntry(
                pair=pair.name,
                link_id=-1,
                kind="unlink",
                side=side,
                reason=_WHY,
                left=link.left,
                right=link.right,
            )
        ],
    )


def _link_merged(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> None:
    """Link a record that was merged, and let this run see what it was merged into."""
    link = _link(pair, side, made, origin)
    done = session.commit(Changes(links=[link], records=[(pair.name, _gone(side, made))]))
    stays = session.store.links.by_id([done.link_ids[link.token]])
    session.store.staging.add(
        pair.name,
        [tombstone(one, side, stamp=made.stamp, heir=made.successor) for one in stays.values()],
    )


def _link(pair: BoundPair, side: Side, made: Record, origin: RecordRef) -> NewLink:
    left, right = (made.ref, origin) if side is Side.LEFT else (origin, made.ref)
    return NewLink(token=-1, pair=pair.name, left=left, right=right)


def _gone(side: Side, made: Record) -> TrackedRecord:
    return TrackedRecord(
        side=side, ref=made.ref, stamp=made.stamp, created=made.created, state=RecordState.GONE
    )
