"""Reading what changed on both sides since the last run, as cheaply as it can be known."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from sync.domain.ports import ChangeQuery, Peek
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import (
    LinkState,
    RecordState,
    Sighting,
    SightingKind,
    TrackedRecord,
    Watermark,
)
from sync.engine.known_merges import without_known_merges
from sync.engine.late_index import as_they_are
from sync.engine.other_sync import check_other_sync
from sync.engine.rekeyed import rekeyed
from sync.engine.returns import with_returns
from sync.engine.sales_reading import peek_too, sources_first
from sync.engine.seen import Seen
from sync.engine.session import Session
from sync.engine.sight import refs_of, sight

__all__ = [
    "Reading",
    "advance",
    "is_owned",
    "is_whole",
    "missing_from",
    "pull",
    "stage",
    "unfinished_note",
]

_THROUGH = object()

#: What happens within one tick of a CRM's clock carries one stamp, read in between or not.
_TICK = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class Reading:
    """How far one object of one side was read by this run.

    `seen_since` is the stamp from which on everything was seen, None for all there is.
    `may_trust` tells whether the number of records may stand for the rest of the window.
    `missing` are the records known before that a reading of all there is did not bring, None
    where it was none. `owners` are those the CRM named whose rows are to be read anew.
    """

    pair: BoundPair
    side: Side
    object_name: str
    mark: Watermark | None
    query: ChangeQuery
    may_trust: bool = False
    read_at: datetime | None = None
    seen_since: datetime | None = None
    count: int = 0
    missing: Sequence[RecordRef] | None = None
    owners: tuple[str, ...] = ()


def is_owned(reading: Reading) -> bool:
    """Tell whether rows are read that can be read by their owner only."""
    relation = reading.pair.relation
    return relation is not None and (reading.side, reading.object_name) in relation.owned


def is_whole(reading: Reading) -> bool:
    """Tell whether all there is of an object is read or compared by this run."""
    return (
        reading.mark is None
        or reading.query.since is None
        or reading.mark.compared_at == reading.read_at
    )


def unfinished_note(pair: str) -> str:
    """Name the note that says a run began to apply this pair and did not come to its end."""
    return f"unfinished:{pair}"


def pull(session: Session, *, full: bool = False) -> list[Reading]:
    """Stage what changed on both sides since each watermark; one peek for all queries of a side.

    The newest page of each query often is all there is to read. Where it is not, the rest of the
    window is read too, unless the number of records in it shows that nothing else moved.
    """
    readings = [
        _reading(session, pair, side, object_name, full=full)
        for pair in session.pairs
        for side in Side
        for object_name in pair.objects[side]
    ]
    sides = [
        _pull_side(session, side, [one for one in readings if one.side is side], full=full)
        for side in Side
    ]
    if session.settings.in_flight > 1:
        _by_turns(sides)
    else:
        for side in sides:
            deque(side, maxlen=0)
    return readings


def _by_turns(sides: Iterable[Iterator[None]]) -> None:
    """Go a step on each side in turn until both are through.

    Pages come in from both CRMs meanwhile, so that one waits for the slower of them only.
    """
    going = deque(sides)
    while going:
        side = going.popleft()
        if next(side, _THROUGH) is not _THROUGH:
            going.append(side)


def _pull_side(
    session: Session, side: Side, readings: Sequence[Reading], *, full: bool
) -> Iterator[None]:
    """Stage what changed on one side, a page at each step."""
    peeks = peek_too(session, side, [reading.query for reading in readings], full=full)
    if peeks:
        session.pulled_at[side] = min(peek.read_at for peek in peeks)
    for at in sources_first(session, [reading.object_name for reading in readings]):
        yield from _read(session, readings[at], peeks[at])


def advance(session: Session, readings: Sequence[Reading]) -> None:
    """Move the watermarks over what was read; only after all of it has been dealt with."""
    for reading in readings:
        mark = reading.mark
        # To the moment the reading began, by the CRM's clock, and not past it: a long reading
        # hands over records stamped later, and what was edited behind it must be read again. Nor
        # short of it, at the newest stamp seen: a large change would be read again for as long as
        # nothing follows it.
        read_at = reading.read_at or session.clock()
        session.store.marks.set(
            reading.pair.name,
            reading.side,
            reading.object_name,
            Watermark(
                stamp=max(read_at, mark.stamp) if mark else read_at,
                proven_at=_proven_at(session, reading, read_at),
                compared_at=read_at
                if reading.query.since is None or mark is None
                else mark.compared_at,
                mapping=reading.pair.fingerprint,
            ),
        )


def _proven_at(session: Session, reading: Reading, read_at: datetime) -> datetime:
    """Give the moment up to which nothing can have moved unseen."""
    mark, since = reading.mark, reading.seen_since
    if mark is not None and is_owned(reading):
        # No stamp tells of rows that are read by their owner; only reading all of them does.
        return read_at if is_whole(reading) else mark.proven_at
    if mark is None or since is None or mark.compared_at == read_at:
        return read_at
    return read_at if since <= mark.proven_at - _lag(session) else mark.proven_at


def _lag(session: Session) -> timedelta:
    return min(session.settings.index_lag, session.settings.overlap)


def stage(
    session: Session,
    pair: BoundPair,
    side: Side,
    records: Sequence[Record],
    *,
    always: bool = False,
    as_seen: bool = False,
    unsure: datetime | None = None,
) -> None:
    """Stage records that need a look; those that equal what was seen at the same stamp do not.

    With `always`, all of them are looked at, whatever was seen; with `as_seen`, all are staged, and
    what equals what was seen is not looked at. A stamp from `unsure` on does not
    tell that nothing moved since.
    """
    if not records:
        return
    sightings = with_returns(session, pair, side, sight(session, pair, side, records))
    gone = [one for one in sightings if one.kind is SightingKind.GONE and one.link_id is None]
    if gone:
        keys = session.store.records.of_refs_keys(pair.name, side, refs_of(gone))
        session.vacated.setdefault(pair.name, set()).update(keys)
        session.departed += [(pair.name, side, ref) for ref in refs_of(gone)]
    if as_seen:
        kept = sightings
    elif always:
        kept = [
            replace(one, kind=SightingKind.CHANGED) if one.kind is SightingKind.SAME else one
            for one in sightings
        ]
    else:
        sightings = without_known_merges(session, pair, side, sightings, unsure=unsure)
        known = session.store.records.get(pair.name, side, refs_of(sightings))
        unfinished = bool(session.store.runs.note(unfinished_note(pair.name)))
        owned = pair.relation.owned if pair.relation is not None else {}
        settled = {
            one.record.ref
            for one in sightings
            if _is_settled(
                one,
                known.get(one.record.ref),
                unfinished=unfinished,
                unsure=unsure,
                stamped=(side, one.record.ref.object_name) not in owned,
            )
        }
        same = [one for one in sightings if one.kind is SightingKind.SAME]
        settled -= rekeyed(session, pair, same)
        kept = [one for one in sightings if one.record.ref not in settled]
    session.store.staging.add(pair.name, kept)


def _is_settled(
    one: Sighting,
    known: TrackedRecord | None,
    *,
    unfinished: bool,
    unsure: datetime | None,
    stamped: bool,
) -> bool:
    """Tell whether a record needs no look, since neither it nor what became of it has changed.

    What a run that was cut off meant to leave out may as well be what it did not come to.
    """
    if known is None or (stamped and known.stamp != one.record.stamp):
        return False
    if not stamped and (known.included != one.included or known.state is RecordState.GONE):
        return False
    if one.kind is SightingKind.SAME:
        return True
    if one.kind is not SightingKind.NEW or (unsure is not None and one.record.stamp >= unsure):
        return False
    if known.state is RecordState.LEFT_OUT:
        return not unfinished
    return known.state in (RecordState.HELD, RecordState.IN_ERROR, RecordState.REMEMBERED)


def _reading(
    session: Session, pair: BoundPair, side: Side, object_name: str, *, full: bool
) -> Reading:
    mark = session.store.marks.get(pair.name, side, object_name)
    # A change in the rules every record is looked at by is a reason to read all of them again.
    fresh = not session.revision(pair.name).everything and not full
    since, may_trust = None, False
    if mark is not None and fresh:
        may_trust = session.clock() - mark.proven_at < session.settings.trust_count_for
        since = (mark.stamp if may_trust else mark.proven_at) - session.settings.overlap
        relation = pair.relation
        if relation is not None and (side, object_name) in relation.owned:
            # The CRM names the owners whose rows changed; their lists are long to read again.
            since = mark.stamp - _lag(session)
    query = ChangeQuery(
        object_name=object_name, fields=pair.native_fields(side, object_name), since=since
    )
    return Reading(
        pair=pair,
        side=side,
        object_name=object_name,
        mark=mark,
        query=query,
        may_trust=may_trust,
        seen_since=since,
    )


def _read(session: Session, reading: Reading, peek: Peek) -> Iterator[None]:
    """Stage what changed of an object, a page at each step."""
    reading.read_at = peek.read_at
    reading.owners = peek.owners
    step = f"Reading {session.title(reading.side)} {reading.object_name}"
    if is_owned(reading):
        _take(session, reading, peek.records, step=step, total=len(peek.records))
        return
    if _is_all(session, reading, peek):
        _take(session, reading, peek.records, step=step, total=len(peek.records))
        return
    seen = Seen()
    notes_missing = reading.query.since is None and reading.mark is not None
    pages = session.crms[reading.side].read_changes(reading.query)
    yield  # pages are on their way, if this CRM reads ahead: the other side may begin, too
    for page in pages:
        _take(session, reading, page, step=step, total=peek.total)
        if notes_missing:
            seen.update(record.ref.id for record in page)
        yield
    if notes_missing:
        reading.missing = missing_from(session, reading, seen)


def missing_from(session: Session, reading: Reading, seen: Container[str]) -> list[RecordRef]:
    """List the records of an object known before that are not among the ids seen now.

    One that is known as gone is listed only where a run that was cut off left it undecided.
    """
    pair, side = reading.pair, reading.side
    missing: list[RecordRef] = []
    for page in session.store.records.iterate(pair.name, side, reading.object_name):
        absent = [one for one in page if one.ref.id not in seen]
        gone = [one.ref for one in absent if one.state is RecordState.GONE]
        undecided = _undecided(session, pair, side, gone) if gone else frozenset()
        missing += [
            one.ref for one in absent if one.state is not RecordState.GONE or one.ref in undecided
        ]
    return missing


def _undecided(
    session: Session, pair: BoundPair, side: Side, gone: Sequence[RecordRef]
) -> frozenset[RecordRef]:
    """Give those of some records that are gone whose link is open, and waits for no person."""
    links = session.store.links.of(pair.name, side, gone)
    still = {ref: link for ref, link in links.items() if link.state is LinkState.OPEN}
    if not still:
        return frozenset()
    conflicts = session.store.findings.conflicts(pair.name)
    held = {one.link_id for one in conflicts if not one.field}
    return frozenset(ref for ref, link in still.items() if link.id not in held)


def _take(
    session: Session, reading: Reading, records: Sequence[Record], *, step: str, total: int
) -> None:
    if reading.query.since is not None and not is_owned(reading):
        records = as_they_are(session, reading.pair, reading.side, records)
    check_other_sync(session, reading.pair, reading.side, records, at=reading.read_at)
    # By changed rules what was left out, held or refused before may travel now: look at all again.
    changed = bool(session.revision(reading.pair.name).everything)
    unsure = reading.mark.stamp - _TICK if reading.mark is not None else None
    stage(session, reading.pair, reading.side, records, always=changed, unsure=unsure)
    reading.count += len(records)
    session.advance(step, reading.count, max(total, reading.count))


def _is_all(session: Session, reading: Reading, peek: Peek) -> bool:
    """Tell whether the newest page holds everything that can have moved."""
    mark, since = reading.mark, reading.query.since
    if mark is None or since is None:
        return False
    if len(peek.records) >= peek.total:
        return True
    if not peek.records:
        return False  # all of the page is held back
    if session.store.runs.note(unfinished_note(reading.pair.name)):
        return False
    # The window is longer than the page. What no run can have seen is stamped after the moment up
    # to which all was, or shortly before where the index was late: a page that reaches back past
    # that holds it. One that does not is full of what a run wrote itself; as many records as
    # ever say that nobody else moved one, and for a while that is good enough.
    seen_since = peek.records[-1].stamp + timedelta.resolution
    if seen_since > mark.proven_at - _lag(session) and not reading.may_trust:
        return False
    if not _counts_agree(session, reading, peek, since):
        return False
    reading.seen_since = seen_since
    return True


def _counts_agree(session: Session, reading: Reading, peek: Peek, since: datetime) -> bool:
    """Tell whether the window holds what is known there, and what is new on its newest page."""
    store = session.store.records
    known = store.get(reading.pair.name, reading.side, [record.ref for record in peek.records])
    entered = 0
    for record in peek.records:
        tracked = known.get(record.ref)
        if tracked is None or tracked.stamp < since:
            entered += 1
    oldest = peek.records[-1]
    tracked = known.get(oldest.ref)
    if tracked is None or tracked.stamp != oldest.stamp:
        return False
    counted = store.count_since(reading.pair.name, reading.side, reading.object_name, since)
    return peek.total == counted + entered
