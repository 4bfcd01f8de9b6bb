"""The full comparison: every id and stamp of both sides against what the state knows.

It finds what moves no modification stamp and what came late: archived records, records that
vanished, edits the change query did not show in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import Item
from sync.domain.record import RecordRef, Side
from sync.domain.store import RecordState
from sync.engine.departures import sleep_item
from sync.engine.pull import Reading, stage
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
    """Stage what differs from what is known; give the links whose record vanished unproven."""
    pair, side, object_name = reading.pair, reading.side, reading.object_name
    step = f"Comparing {session.title(side)} {object_name}"
    seen: set[str] = set()
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
        session.progress.advance(step, len(seen), None)
    return _vanished(session, pair, side, object_name, seen)


def mark_compared(readings: Sequence[Reading]) -> None:
    """Note on readings that they were compared in full."""
    for reading in readings:
        if reading.mark is not None and reading.read_at is not None:
            reading.mark = replace(reading.mark, compared_at=reading.read_at)


def _vanished(
    session: Session, pair: BoundPair, side: Side, object_name: str, seen: set[str]
) -> list[Item]:
    missing = [
        tracked.ref
        for page in session.store.records.iterate(pair.name, side, object_name)
        for tracked in page
        if tracked.ref.id not in seen and tracked.state is not RecordState.GONE
    ]
    if not missing:
        return []
    wanted = set(missing)
    for page in session.crms[side].read_gone(object_name, None):
        proven = [record for record in page if record.ref in wanted]
        stage(session, pair, side, proven, always=True)
        wanted.difference_update(record.ref for record in proven)
    # Where there is no list of what is gone, a CRM may say of single records that it has them not.
    # All at once, or very many, are taken as a fault all the same.
    if seen and len(wanted) <= session.settings.chunk:
        asked = sorted(ref.id for ref in wanted)
        told = [one for one in session.crms[side].fetch(object_name, asked, ()) if one.gone]
        stage(session, pair, side, told, always=True)
        wanted.difference_update(record.ref for record in told)
    return _asleep(session, pair, side, sorted(wanted, key=lambda ref: ref.id))


def _asleep(session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef]) -> list[Item]:
    links = session.store.links.of(pair.name, side, refs)
    return [sleep_item(pair, link, side) for link in links.values() if link.state.value != "asleep"]
