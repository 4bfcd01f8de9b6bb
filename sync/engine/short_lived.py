"""Records made without an answer, and deleted by people before a run knew of them.

They were one with what they were made from. To make them again would put back what somebody took
away, so their link is closed at once, and what they were made from is remembered as any record
whose counterpart was deleted (R9). A record is known for what it was made from by the id it
carries; where no field keeps that, nothing can be known of it.
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

__all__ = ["remember_deleted"]

_WHY = "made by a run that was cut off, and deleted before the next one"

#: The clocks of a CRM and of the machine may differ by so much.
_CLOCKS = timedelta(hours=1)


def remember_deleted(
    session: Session,
    pair: BoundPair,
    side: Side,
    entries: Sequence[JournalEntry],
    *,
    there: Sequence[Record],
) -> None:
    """Close the links of records of one object made by these intents that were deleted since.

    Those that are `there` live.
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
    if not wanted:
        return
    since = _begun(session, entries)
    for page in session.crms[side].read_gone(object_name, since, (key_field,)):
        known = session.store.records.get(pair.name, side, [record.ref for record in page])
        for record in page:
            origin = wanted.pop(record.fields.get(key_field) or "", None)
            if origin is not None and record.ref not in known and record.successor is None:
                session.commit(_closed(session, pair, side, record, origin))


def _begun(session: Session, entries: Sequence[JournalEntry]) -> datetime | None:
    """Give a moment before which none of these was sent, by any clock."""
    run = session.store.runs.get(min(entry.run for entry in entries))
    return run.started - _CLOCKS if run is not None else None


def _closed(
    session: Session, pair: BoundPair, side: Side, made: Record, origin: RecordRef
) -> Changes:
    """Give what is kept of a record that was made and deleted, and of what it was made from."""
    left, right = (made.ref, origin) if side is Side.LEFT else (origin, made.ref)
    gone = TrackedRecord(
        side=side, ref=made.ref, stamp=made.stamp, created=made.created, state=RecordState.GONE
    )
    known = session.store.records.get(pair.name, side.other, [origin])
    remembered = [replace(one, state=RecordState.REMEMBERED) for one in known.values()]
    return Changes(
        links=[NewLink(token=-1, pair=pair.name, left=left, right=right)],
        link_states=[(-1, LinkState.CLOSED)],
        records=[(pair.name, one) for one in (gone, *remembered)],
        audit=[
            AuditEntry(
                pair=pair.name,
                link_id=-1,
                kind="unlink",
                side=side,
                reason=_WHY,
                left=left,
                right=right,
            )
        ],
    )
