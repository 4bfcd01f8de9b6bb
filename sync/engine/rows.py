"""Rows of lists that are looked at again: those that wait no longer, those that take a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.record import Record, RecordRef, Side
from sync.domain.rules import FieldRule
from sync.domain.store import End, KeyedRecord, Link, LinkState, RecordState, Sighting
from sync.engine.ends import unlinked_ends
from sync.engine.namesakes import namesakes
from sync.engine.pull import stage
from sync.engine.references import load_named
from sync.engine.session import Session
from sync.engine.settle import stage_records
from sync.engine.sight import tombstone

__all__ = ["stage_heirs", "stage_ready"]


def stage_ready(session: Session, pair: BoundPair, *, made_in: int | None = None) -> None:
    """Stage the rows that wait no longer; with `made_in` those whose ends that run has linked."""
    if pair.relation is None:
        return
    owner, member = (_end(rule) for rule in pair.relation.ends)
    for side in Side:
        ready = session.store.ends.ready(
            pair.name, side, owner=owner, member=member, made_in=made_in
        )
        for refs in ready:
            _stage_anew(session, pair, side, refs)


def _stage_anew(
    session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef], *, every: bool = False
) -> None:
    """Stage rows as their ends stand now: from what this run has read, else read by id.

    Without `every`, what is staged already and waits for nothing stays as it is.
    """
    staged = session.store.staging.of(pair.name, side, refs)
    stale = [
        one
        for one in staged.values()
        if one.link_id is None and not one.record.gone and (every or not one.included)
    ]
    stage(session, pair, side, [_as_read(pair, one) for one in stale], always=True)
    stage_records(session, pair, side, [ref for ref in refs if ref not in staged])


def _as_read(pair: BoundPair, one: Sighting) -> Record:
    """Give a row as this run has read it, by the CRM's own names."""
    names = {
        rule.name: rule.native_name(one.side, one.record.ref.object_name) for rule in pair.rules
    }
    fields = {
        native: one.record.fields[name]
        for name, native in names.items()
        if native is not None and name in one.record.fields
    }
    return replace(one.record, fields=fields)


def _end(rule: FieldRule) -> End:
    assert rule.refers is not None
    return End(rule.refers.pair, rule.refers.objects)


def stage_heirs(session: Session, pair: BoundPair) -> None:
    """Let new rows that tie the same two as a linked row that is gone take its place.

    So a row that a CRM makes anew, as HubSpot does where people are merged, is neither taken away
    from the other side nor made there twice.
    """
    if pair.relation is None:
        return
    if _stage_heirs(session, pair):
        _stage_heirs(session, pair)
    _stage_widowed(session, pair)


def _stage_heirs(session: Session, pair: BoundPair) -> bool:
    """Stage what new rows take the place of; tell whether more may do so, which wait no longer."""
    more = False
    for chunk in session.store.staging.unlinked(pair.name, size=session.settings.chunk):
        for side in Side:
            mine = [one for one in chunk if one.side is side and one.included and one.keys]
            load_named(pair, mine)
            # What a row ties may be about to be held, which was not known when it was read.
            waiting = [one for one in mine if unlinked_ends(pair, side, one.record.fields)]
            stage(session, pair, side, [_as_read(pair, one) for one in waiting], always=True)
            mine = [one for one in mine if one not in waiting]
            if mine:
                heirs, seen_anew = _heirs(session, pair, side, mine)
                session.store.staging.add(pair.name, heirs)
                more = more or seen_anew
    return more


def _stage_widowed(session: Session, pair: BoundPair) -> None:
    """Let rows that lost their own counterpart take the place of gone ones that tied the same two.

    So it is where two people became one who each had a row, and one row of either is left.
    """
    store, name = session.store, pair.name
    for page in store.staging.gone_links(name, size=session.settings.chunk):
        links = store.links.by_id([one.link_id for one in page if one.link_id is not None])
        shadows = store.links.shadows(list(links))
        found: list[Sighting] = []
        for side in Side:
            gone = {
                one.record.ref: replace(one, record=replace(one.record, fields=shadow.seen))
                for one in page
                if one.side is side
                and one.record.successor is None
                and (shadow := shadows.get((one.link_id or 0, side))) is not None
            }
            named = namesakes(session, pair, side, list(gone.values())) if gone else {}
            widowed = _widowed(
                session, pair, side, [ref for refs in named.values() for ref in refs]
            )
            for ref, others in named.items():
                link = links[gone[ref].link_id or 0]
                heir = next((one for at, one in others if at is side and one in widowed), None)
                if heir is not None and widowed.pop(heir).id != link.id:
                    found.append(tombstone(link, side, stamp=gone[ref].record.stamp, heir=heir))
        store.staging.add(name, found)


def _widowed(
    session: Session, pair: BoundPair, side: Side, rows: Sequence[tuple[Side, RecordRef]]
) -> dict[RecordRef, Link]:
    """Give the links of those rows of a side that are there, and whose counterpart is gone."""
    refs = sorted({ref for at, ref in rows if at is side})
    gone = _gone(session, pair, side, refs) if refs else frozenset()
    own = session.store.links.of(pair.name, side, [ref for ref in refs if ref not in gone])
    across = [link.ref(side.other) for link in own.values()]
    lost = _gone(session, pair, side.other, across)
    staged = session.store.staging.of(pair.name, side.other, sorted(lost))
    lost = lost - {ref for ref, one in staged.items() if one.record.successor is not None}
    return {ref: link for ref, link in own.items() if link.ref(side.other) in lost}


def _heirs(
    session: Session, pair: BoundPair, side: Side, rows: Sequence[Sighting]
) -> tuple[list[Sighting], bool]:
    """Give linked rows as what these are now; tell whether others were seen that had waited."""
    carriers = session.store.records.by_keys(
        pair.name, sorted({key for one in rows for key in one.keys})
    )
    named = namesakes(session, pair, side, rows)
    seen_anew = _see_anew(session, pair, named, carriers)
    across = {
        one.record.ref: [
            *(each.ref for key in one.keys for each in carriers.get(key, ()) if each.side != side),
            *(ref for at, ref in named.get(one.record.ref, ()) if at is not side),
        ]
        for one in rows
    }
    own = {
        one.record.ref: [ref for at, ref in named.get(one.record.ref, ()) if at is side]
        for one in rows
    }
    links = {
        at: _links(session, pair, at, found) for at, found in ((side, own), (side.other, across))
    }
    gone = _gone(
        session, pair, side, [link.ref(side) for found in links.values() for link in found.values()]
    )
    found: list[Sighting] = []
    taken: set[int] = set()
    for one in rows:
        ref = one.record.ref
        candidates = [
            *(links[side.other].get(each) for each in across[ref]),
            *(links[side].get(each) for each in own[ref]),
        ]
        bereft = [link for link in candidates if link is not None and link.ref(side) in gone]
        # One that waits lost its row before; what is there anew is that of one that was whole.
        for link in sorted(bereft, key=lambda link: link.state is LinkState.ASLEEP):
            if link.id not in taken:
                taken.add(link.id)
                found.append(tombstone(link, side, stamp=one.record.stamp, heir=ref))
                break
    return found, seen_anew


def _see_anew(
    session: Session,
    pair: BoundPair,
    named: Mapping[RecordRef, Sequence[tuple[Side, RecordRef]]],
    carriers: Mapping[tuple[int, str], Sequence[KeyedRecord]],
) -> bool:
    """Stage the rows that are still kept under the name one of their ends had before a merge.

    Tell whether any of them has waited for that.
    """
    known = {(one.side, one.ref) for found in carriers.values() for one in found}
    stale = sorted({at for found in named.values() for at in found} - known)
    waited = False
    for side in Side:
        refs = [ref for at, ref in stale if at is side]
        gone = _gone(session, pair, side, refs)
        left = [ref for ref in refs if ref not in gone]
        staged = session.store.staging.of(pair.name, side, left)
        waited = waited or any(not one.included for one in staged.values())
        _stage_anew(session, pair, side, left, every=True)
    return waited


def _links(
    session: Session,
    pair: BoundPair,
    side: Side,
    rows: Mapping[RecordRef, Sequence[RecordRef]],
) -> Mapping[RecordRef, Link]:
    """Give the links, not closed, of the rows on a side that tie the same two as others."""
    refs = list(dict.fromkeys(ref for found in rows.values() for ref in found))
    return session.store.links.of(pair.name, side, refs)


def _gone(
    session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef]
) -> frozenset[RecordRef]:
    """Give those of some linked rows that are gone."""
    staged = session.store.staging.of(pair.name, side, refs)
    known = session.store.records.get(pair.name, side, refs)
    return frozenset(
        ref
        for ref in refs
        if (ref in staged and staged[ref].record.gone)
        or (ref not in staged and ref in known and known[ref].state is RecordState.GONE)
    )
