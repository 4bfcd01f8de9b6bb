"""Rows that can be read by their owner only, and move no stamp: associations, members of lists.

They are read anew for owners that changed themselves, for those the CRM names, and for all owners
at the full comparison; and for those that a run links which it did not read, since what was said
of them while they were held or left out went unseen. Known rows of an owner that its answer lacks
are gone, with proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.ports import ChangeQuery
from sync.domain.record import Record, RecordRef, Side
from sync.domain.rules import Referred
from sync.domain.store import RecordState
from sync.engine.pull import Reading, is_owned, is_whole, stage, unfinished_note
from sync.engine.session import Session

__all__ = ["noting_owners", "read_late_owners", "read_owned"]

#: What links a record, or lets its link be followed again.
_LINKING = (ItemKind.LINK, ItemKind.WAKE, ItemKind.CREATE)


def read_owned(session: Session, readings: Sequence[Reading]) -> None:
    """Stage the rows of the owners that are to be read anew."""
    for reading in readings:
        if is_owned(reading):
            owners = _owners(session, reading)
            while chunk := list(islice(owners, session.settings.chunk)):
                _read(session, reading, chunk)
            merged = _merged(session, reading)
            while chunk := list(islice(merged, session.settings.chunk)):
                _stage_missing(session, reading, chunk)


def noting_owners(session: Session, pair: BoundPair, items: Iterable[Item]) -> Iterator[Item]:
    """Pass items on, and note the owners they link whose rows this run has not read."""
    places = [
        (each, side)
        for each in session.pairs
        if each.relation is not None
        and each.relation.owner.refers is not None
        and each.relation.owner.refers.pair == pair.name
        for side, _ in each.relation.owned
    ]
    for item in items:
        if item.kind in _LINKING:
            for each, side in places:
                ref, place = item.ref(side), _place(each, side)
                if ref is not None and ref.id not in session.owners_read.get(place, ()):
                    session.late_owners.setdefault(place, set()).add(ref.id)
        yield item


def read_late_owners(session: Session, pair: BoundPair) -> None:
    """Stage the rows of owners that this run has linked and not read."""
    for side, name in pair.relation.owned if pair.relation is not None else ():
        late = iter(sorted(session.late_owners.pop(_place(pair, side), ())))
        fields = pair.native_fields(side, name)
        reading = Reading(
            pair=pair,
            side=side,
            object_name=name,
            mark=None,
            query=ChangeQuery(object_name=name, fields=fields, since=None),
            read_at=session.pulled_at[side],
        )
        while chunk := list(islice(late, session.settings.chunk)):
            _read(session, reading, chunk)


def _place(pair: BoundPair, side: Side) -> tuple[str, Side]:
    """Name the rows of a pair on a side, which are of one object where their owner shows them."""
    return pair.name, side


def _owners(session: Session, reading: Reading) -> Iterator[str]:
    """Give the owners whose rows are to be read, each once."""
    relation = reading.pair.relation
    assert relation is not None
    refers = relation.owner.refers
    assert refers is not None
    given = session.owners_read.setdefault(_place(reading.pair, reading.side), set())
    changed = (_changed(session, reading, refers), _left_over(session, reading, refers))
    for id in chain(reading.owners, *changed):
        if id not in given:
            given.add(id)
            yield id
    for name in refers.objects[reading.side] if is_whole(reading) else ():
        for page in session.store.records.iterate(refers.pair, reading.side, name):
            for known in page:
                if known.state is RecordState.LINKED and known.ref.id not in given:
                    yield known.ref.id


def _changed(session: Session, reading: Reading, refers: Referred) -> Iterator[str]:
    """Give the owners that this run has pulled themselves."""
    side, size = reading.side, session.settings.chunk
    for name in refers.objects[side]:
        for page in session.store.staging.of_object(refers.pair, side, name, size=size):
            yield from (one.record.ref.id for one in page if not one.record.gone)


def _left_over(session: Session, reading: Reading, refers: Referred) -> Iterator[str]:
    """Give the owners a run may have pulled that was cut off before it came to their rows.

    What it kept of them hides that they moved; their stamps since the last whole run do not.
    """
    side, store = reading.side, session.store
    if not store.runs.note(unfinished_note(reading.pair.name)):
        return
    for name in refers.objects[side]:
        mark = store.marks.get(refers.pair, side, name)
        if mark is None:
            continue
        since = mark.stamp - session.settings.overlap
        for page in store.records.iterate(refers.pair, side, name):
            yield from (known.ref.id for known in page if known.stamp >= since)


def _merged(session: Session, reading: Reading) -> Iterator[str]:
    """Give the owners that went up in one which this run has pulled: no row is theirs any more."""
    relation = reading.pair.relation
    assert relation is not None
    refers = relation.owner.refers
    assert refers is not None
    side, size = reading.side, session.settings.chunk
    for name in refers.objects[side]:
        for page in session.store.staging.of_object(refers.pair, side, name, size=size):
            for one in page:
                yield from one.record.aliases


def _read(session: Session, reading: Reading, owners: Sequence[str]) -> None:
    pair, side, name = reading.pair, reading.side, reading.object_name
    assert pair.relation is not None
    step = f"Reading {session.title(side)} {name}"
    # By changed rules what was left out, held or refused before may travel now.
    changed = bool(session.revision(pair.name).everything)
    found = session.crms[side].find(
        name, pair.relation.owned[side, name], owners, pair.native_fields(side, name)
    )
    while rows := list(islice(found, session.settings.chunk)):
        stage(session, pair, side, rows, always=changed)
        reading.count += len(rows)
        session.advance(step, reading.count, None)
    _stage_missing(session, reading, owners)


def _stage_missing(session: Session, reading: Reading, owners: Sequence[str]) -> None:
    """Stage the known rows of some owners that this run has not seen as gone."""
    pair, side, name = reading.pair, reading.side, reading.object_name
    assert reading.read_at is not None
    missing = session.store.ends.missing(pair.name, side, name, owners, run=session.run)
    for ids in missing:
        gone = [
            Record(ref=RecordRef(name, id), fields={}, stamp=reading.read_at, gone=True)
            for id in ids
        ]
        stage(session, pair, side, gone, always=True)
