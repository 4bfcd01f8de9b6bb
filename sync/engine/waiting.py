"""Records that wait beside others: looked at again where what is known by now says otherwise.

Whoever waits is looked at as soon as a run sees what it waits for change. A run that is cut off may
have kept what it saw and not come to those who waited for it, and the next one sees no change. So
the run after it, and each full comparison, weigh all who wait by what is known of them; only those
are read that would not wait any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from mappings.bound import BoundPair
from sync.domain.match import BESIDE_OTHERS, MatchKind, Prefer, resolve_match
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import RecordState, Sighting, SightingKind, TrackedRecord
from sync.engine.groups import Groups
from sync.engine.pull import unfinished_note
from sync.engine.session import Session
from sync.engine.settle import stage_records
from sync.engine.sight import COUNTERPART_RULE

__all__ = ["stage_freed"]

_End = tuple[Side, RecordRef]

_WAIT = (MatchKind.HOLD, MatchKind.LISTED, MatchKind.LEFT_OUT)


def stage_freed(session: Session, pair: BoundPair) -> None:
    """Stage the records that wait and, by what is known, have nothing to wait for any more."""
    if pair.relation is not None:
        return  # rows wait for what they tie
    refused = _refused(session, pair)
    moved = _moved(session, pair, [end for others in refused.values() for end in others])
    cut_off = bool(session.store.runs.note(unfinished_note(pair.name)))
    everybody = cut_off or pair.name in session.compared
    for side in Side:
        mine = {ref: others for (at, ref), others in refused.items() if at is side}
        found = [ref for ref, others in mine.items() if not moved.isdisjoint(others)]
        if everybody:
            found += _freed(session, pair, side, refused=mine)
        if found:
            staged = session.store.staging.of(pair.name, side, found)
            stage_records(session, pair, side, [ref for ref in found if ref not in staged])


def _refused(session: Session, pair: BoundPair) -> Mapping[_End, Sequence[_End]]:
    """Give the records whose copy was refused as a duplicate, each with those it is one of."""
    found: dict[_End, Sequence[_End]] = {}
    for one in session.store.findings.refused(pair.name):
        _, target, id = one.group.split(":", 2)
        origin = Side(target).other
        for at, ref in one.records:
            if (at, ref.id) == (origin, id):
                found[at, ref] = [end for end in one.records if end != (at, ref)]
    return found


def _moved(session: Session, pair: BoundPair, ends: Sequence[_End]) -> set[_End]:
    """Give those of some records that this run has seen change, or go."""
    found: set[_End] = set()
    for side in Side:
        refs = [ref for at, ref in ends if at is side]
        staged = session.store.staging.of(pair.name, side, refs) if refs else {}
        found.update(
            (side, ref) for ref, one in staged.items() if one.kind is not SightingKind.SAME
        )
    return found


def _freed(
    session: Session, pair: BoundPair, side: Side, *, refused: Collection[RecordRef]
) -> list[RecordRef]:
    """Give the records of a side that wait beside others and would not by what is known now."""
    found: list[RecordRef] = []
    for object_name in pair.objects[side]:
        for page in session.store.records.iterate(pair.name, side, object_name):
            waiting = {one.ref: one for one in page if _waits(one) and one.ref not in refused}
            if waiting:
                found += _free(session, pair, side, waiting)
    return found


def _waits(one: TrackedRecord) -> bool:
    """Tell whether a record waits beside others, and not by a rule of its own."""
    if one.state is RecordState.LEFT_OUT:
        return one.why.startswith(BESIDE_OTHERS)
    return one.state is RecordState.HELD


def _free(
    session: Session, pair: BoundPair, side: Side, waiting: Mapping[RecordRef, TrackedRecord]
) -> Iterator[RecordRef]:
    """Give those of some records without a link that what is known leaves free."""
    store = session.store
    refs = list(waiting)
    linked = store.links.of(pair.name, side, refs)
    staged = store.staging.of(pair.name, side, refs)
    shown = _as_known(
        session,
        pair,
        side,
        [one for ref, one in waiting.items() if ref not in linked and ref not in staged],
    )
    groups = Groups(session, pair, shown)
    prefer = Prefer(pair.prefer) if pair.prefer else None
    for one in shown:
        # Which id a record names is not known; only reading it tells.
        names = any(rule == COUNTERPART_RULE for rule, _ in one.keys)
        match = resolve_match(groups.member(one), groups.of(one), prefer=prefer)
        if names or match.kind not in _WAIT:
            yield one.record.ref


def _as_known(
    session: Session, pair: BoundPair, side: Side, records: Sequence[TrackedRecord]
) -> list[Sighting]:
    """Give records with their match keys as they are kept, and nothing else."""
    refs = [one.ref for one in records]
    keys: dict[RecordRef, list[tuple[int, str]]] = {ref: [] for ref in refs}
    every = session.store.records.of_refs_keys(pair.name, side, refs) if refs else ()
    for key, carriers in session.store.records.by_keys(pair.name, every).items():
        for one in carriers:
            if one.side is side and one.ref in keys:
                keys[one.ref].append(key)
    return [
        Sighting(
            side=side,
            record=Record(ref=one.ref, fields={}, stamp=one.stamp, created=one.created),
            kind=SightingKind.NEW,
            included=one.included,
            keys=tuple(sorted(keys[one.ref])),
        )
        for one in records
    ]
