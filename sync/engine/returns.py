"""Records that are back: restored ones take up their closed link again (R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.record import Record, Side
from sync.domain.store import Link, LinkState, RecordState, Sighting, SightingKind
from sync.engine.session import Session
from sync.engine.sight import COUNTERPART_RULE, counterpart_hash

__all__ = ["coming_back", "with_returns"]


def with_returns(
    session: Session, pair: BoundPair, side: Side, sightings: Sequence[Sighting]
) -> list[Sighting]:
    """Give sightings with restored records as those of their closed links.

    Only where the record across is there and nobody else's by now; that no other link is about to
    have it, is looked at once all is read. What one was converted into that is not back so, is
    noted: it is remembered as well. So is what one was converted into whose id a record across
    carries.
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
    session.returning.setdefault(pair.name, set()).update(link.id for link in again.values())
    return [
        replace(one, kind=SightingKind.CHANGED, link_id=again[one.record.ref].id)
        if one.kind is SightingKind.NEW and one.record.ref in again
        else one
        for one in sightings
    ]


def coming_back(session: Session, pair: BoundPair) -> dict[int, Link]:
    """Give the closed links a record of which is there again, and staged as theirs."""
    ids = sorted(session.returning.get(pair.name, ()))
    staged = session.store.staging.of_links(pair.name, ids) if ids else {}
    back = {id for (id, _), one in staged.items() if not one.record.gone and not one.record.frozen}
    links = session.store.links.by_id(sorted(back))
    return {id: link for id, link in links.items() if link.state is LinkState.CLOSED}


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
    _note_named(session, pair, side, list(frozen.values()))
    for ref in session.store.links.closed_of(pair.name, side, list(frozen)):
        if (heir := frozen[ref].successor) is not None:
            session.converted[pair.name, side, heir] = frozen[ref].stamp


def _note_named(session: Session, pair: BoundPair, side: Side, converted: Sequence[Record]) -> None:
    """Note of which converted records one across carries the id, as it was made from them.

    That one is the counterpart of what they were converted into, whatever its match keys say.
    """
    keys = {
        (COUNTERPART_RULE, counterpart_hash(session, pair, side, one.ref.id)): one
        for one in converted
    }
    for key in session.store.records.by_keys(pair.name, sorted(keys)):
        one = keys[key]
        if one.successor is not None:
            named = session.named_before.setdefault((pair.name, side, one.successor), set())
            named.add(one.ref.id)
