"""The full comparison: every id and stamp of both sides against what the state knows.

It finds what moves no modification stamp and what came late: archived records, records that
vanished, edits the change query did not show in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import Item
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import LinkState, RecordState
from sync.engine.departures import sleep_item
from sync.engine.pull import Reading, missing_from, stage
from sync.engine.seen import Seen
from sync.engine.session import Session
from sync.engine.settle import stage_records
from sync.engine.ties import retied, ties_of

__all__ = ["compare_due", "compare_fully", "mark_compared"]


def compare_due(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """Give the readings whose full comparison is due; those that were read in full are not."""
    return [
        reading
        for reading in readings
        if reading.mark is not None
        and reading.read_at is not None
        and reading.query.since is not None
        and reading.read_at - reading.mark.compared_at >= session.settings.compare_every
    ]


def compare_fully(session: Session, reading: Reading) -> list[Item]:
    """Stage what differs from what is known; give the links whose record vanished unproven.

    What this run has read in full is not read again: only what is missing there is left to find.
    """
    pair, side, object_name = reading.pair, reading.side, reading.object_name
    if reading.missing is not None:
        return _vanished(session, reading, reading.missing, is_empty=reading.count == 0)
    step = f"Comparing {session.title(side)} {object_name}"
    seen = Seen()
    for page in session.crms[side].read_stamps(object_name, ties_of(pair, side, object_name)):
        refs = [record.ref for record in page]
        seen.update(ref.id for ref in refs)
        known = session.store.records.get(pair.name, side, refs)
        moved = [
            record.ref
            for record in page
            if (one := known.get(record.ref)) is None
            or one.stamp != record.stamp
            or one.state is RecordState.GONE
        ]
        moved = list(dict.fromkeys([*moved, *retied(session, pair, side, page)]))
        stage_records(session, pair, side, moved)
        session.advance(step, len(seen), None)
    missing = missing_from(session, reading, seen)
    return _vanished(session, reading, missing, is_empty=not seen)


def mark_compared(readings: Sequence[Reading]) -> None:
    """Note on readings that they were compared in full."""
    for reading in readings:
        if reading.mark is not None and reading.read_at is not None:
            reading.mark = replace(reading.mark, compared_at=reading.read_at)


def _vanished(
    session: Session, reading: Reading, missing: Sequence[RecordRef], *, is_empty: bool
) -> list[Item]:
    if not missing:
        return []
    pair, side, object_name = reading.pair, reading.side, reading.object_name
    staged = session.store.staging.of(pair.name, side, missing)
    wanted = {ref for ref in missing if ref not in staged or not staged[ref].record.gone}
    for page in session.crms[side].read_gone(object_name, None):
        proven = _proofs(page, wanted)
        stage(session, pair, side, proven, always=True)
        wanted.difference_update(record.ref for record in proven)
    # Where there is no list of what is gone, a CRM may say of single records that it has them not.
    # All at once, or very many, are taken as a fault all the same. The last row of a list may well
    # be taken away: that counts only where what it tied can still be read.
    asks = not is_empty or pair.relation is not None
    if asks and len(wanted) <= session.settings.chunk:
        asked = sorted(ref.id for ref in wanted)
        told = _proofs(session.crms[side].fetch(object_name, asked, ()), wanted)
        stage(session, pair, side, told, always=True)
        wanted.difference_update(record.ref for record in told)
    return _asleep(session, pair, side, sorted(wanted, key=lambda ref: ref.id))


def _proofs(records: Iterable[Record], wanted: Collection[RecordRef]) -> list[Record]:
    """Give those of the wanted records that are gone, merged ones with what they live on as."""
    found: dict[RecordRef, Record] = {}
    for record in records:
        if record.gone and record.ref in wanted:
            found[record.ref] = record
        for ref in (RecordRef(record.ref.object_name, alias) for alias in record.aliases):
            if ref in wanted:
                # What a deleted record had swallowed is deleted with it.
                heir = None if record.gone else record.ref
                found[ref] = Record(
                    ref=ref, fields={}, stamp=record.stamp, gone=True, successor=heir
                )
    return list(found.values())


def _asleep(session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef]) -> list[Item]:
    links = session.store.links.of(pair.name, side, refs)
    return [
        sleep_item(pair, link, side)
        for link in links.values()
        if link.state is not LinkState.ASLEEP
    ]
