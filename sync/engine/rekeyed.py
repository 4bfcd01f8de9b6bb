"""Linked records a match key of which we wrote: what waited beside the old one waits no longer.

What a run writes is kept as seen, so the next run has nothing to do with it. Its match keys are
not: they are worked out from the record as it is read, and those who shared one with it are looked
at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mappings.bound import BoundPair
from sync.domain.record import RecordRef, Side
from sync.domain.store import Sighting
from sync.engine.session import Session

__all__ = ["rekeyed"]

_Keys = set[tuple[int, str]]


def rekeyed(session: Session, pair: BoundPair, sightings: Sequence[Sighting]) -> set[RecordRef]:
    """Give the linked records that are kept under other match keys than they carry now.

    The keys they carry no more count as vacated.
    """
    if pair.relation is not None:
        return set()
    linked = [one for one in sightings if one.link_id is not None and not one.record.gone]
    found: set[RecordRef] = set()
    for side in Side:
        _find(session, pair, side, [one for one in linked if one.side is side], found)
    return found


def _find(
    session: Session,
    pair: BoundPair,
    side: Side,
    sightings: Sequence[Sighting],
    found: set[RecordRef],
) -> None:
    """Look at all at once, as nearly always nothing has changed; then at each half."""
    kept, carried = _kept(session, pair, side, sightings), _carried(sightings)
    if kept == carried:
        return
    if len(sightings) > 1 and kept:
        middle = len(sightings) // 2
        for half in (sightings[:middle], sightings[middle:]):
            _find(session, pair, side, half, found)
        return
    found.update(one.record.ref for one in sightings)
    if kept - carried:
        session.vacated.setdefault(pair.name, set()).update(kept - carried)


def _kept(session: Session, pair: BoundPair, side: Side, sightings: Iterable[Sighting]) -> _Keys:
    refs = [one.record.ref for one in sightings]
    return _of_rules(session.store.records.of_refs_keys(pair.name, side, refs))


def _carried(sightings: Iterable[Sighting]) -> _Keys:
    return _of_rules(key for one in sightings for key in one.keys)


def _of_rules(keys: Iterable[tuple[int, str]]) -> _Keys:
    """Give the keys of match rules; the other side's id is none."""
    return {(rule, value) for rule, value in keys if rule >= 0}
