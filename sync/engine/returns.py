"""Records that are back: restored ones take up their closed link again (R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.record import Side
from sync.domain.store import RecordState, Sighting, SightingKind
from sync.engine.session import Session

__all__ = ["with_returns"]


def with_returns(
    session: Session, pair: BoundPair, side: Side, sightings: Sequence[Sighting]
) -> list[Sighting]:
    """Give sightings with restored records as those of their closed links.

    Only where the record across is there and nobody else's by now. What one was converted into
    that is not back so, is noted: it is remembered as well.
    """
    _note_converted(session, pair, side, sightings)
    strangers = [
        one.record.ref
        for one in sightings
        if one.kind is SightingKind.NEW and not one.record.frozen
    ]
    if not strangers or pair.relation is not None:
        return list(sightings)
    store = session.store
    known = store.records.get(pair.name, side, strangers)
    back = [ref for ref, one in known.items() if one.state is RecordState.GONE]
    if not back:
        return list(sightings)
    closed = store.links.closed_of(pair.name, side, back)
    others = [link.ref(side.other) for link in closed.values()]
    taken = store.links.of(pair.name, side.other, others)
    gone = {
        ref
        for ref, one in store.records.get(pair.name, side.other, others).items()
        if one.state is RecordState.GONE
    }
    again = {
        ref: link
        for ref, link in closed.items()
        if link.ref(side.other) not in taken and link.ref(side.other) not in gone
    }
    return [
        replace(one, kind=SightingKind.CHANGED, link_id=again[one.record.ref].id)
        if one.kind is SightingKind.NEW and one.record.ref in again
        else one
        for one in sightings
    ]


def _note_converted(
    session: Session, pair: BoundPair, side: Side, sightings: Sequence[Sighting]
) -> None:
    frozen = {
        one.record.ref: one.record
        for one in sightings
        if one.record.frozen and one.link_id is None and one.record.successor is not None
    }
    if not frozen:
        return
    for ref in session.store.links.closed_of(pair.name, side, list(frozen)):
        if (heir := frozen[ref].successor) is not None:
            session.converted[pair.name, side, heir] = frozen[ref].stamp
