"""Keeping every stage change of both CRMs as an event, those from before the first sync too.

Before a run writes, the history of what it pulled is read; after it wrote, that of the records it
linked. What it wrote itself is noted from the audit, without a call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from sync.domain.errors import ConfigError, ConnectorError, RecordRejectedError
from sync.domain.funnel import STAGE
from sync.domain.ports import FieldChange
from sync.domain.record import RecordRef, Side
from sync.domain.stages import OwnWrite, StageEvent, StageFields, news
from sync.domain.store import Shadow, Sighting, Store
from sync.engine.session import Session
from sync.ops.logging import get_logger

__all__ = ["keep_linked", "keep_pulled", "unreadable"]

#: How many records are looked at, and asked for, at once.
_CHUNK = 2_500
#: So many are asked for whether their stage moved or not: it may have moved there and back.
_FEW = 50

#: What a history answers with that will not be read until somebody gives the right to.
_REFUSALS = (ConfigError, RecordRejectedError)
#: How long a history that was refused is left alone.
_PATIENCE = timedelta(hours=1)
#: The note that says which histories were refused.
_REFUSED = "stages_refused"


@dataclass(frozen=True, slots=True)
class _Place:
    """The stage fields of one object of one side of a pair."""

    pair: BoundPair
    side: Side
    object_name: str
    fields: StageFields


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a history was read: of which fields, and of the links up to which number."""

    fields: tuple[str, ...]
    link: int = 0


def unreadable(store: Store) -> list[tuple[Side, str, str]]:
    """List the objects whose history of stages is refused to us, each with the CRM's reason."""
    return [
        (Side(side), name, said["why"])
        for side, refused in _refusals(store).items()
        for name, said in refused.items()
    ]


def keep_pulled(session: Session) -> None:
    """Keep the stage changes of what this run pulled; the first time, of all records there are.

    To be called while the records pulled are still staged: a run that is cut off in here has them
    before it again.
    """
    _keep_own(session)
    for place in _places(session):
        begun = _mark(session, place) is not None
        if begun or (place.fields.always_kept and _is_all_staged(session, place)):
            is_read = _keep_of_staged(session, place)
        else:
            is_read = place.fields.of_all and _read(session, place, None)
        if is_read and not begun:
            _set_mark(session, place, _Mark(place.fields.fields))


def _is_all_staged(session: Session, place: _Place) -> bool:
    """Tell whether this is the first run to read an object, so that all of it is staged."""
    return session.store.marks.get(place.pair.name, place.side, place.object_name) is None


def _keep_of_staged(session: Session, place: _Place) -> bool:
    """Read the history of records that were pulled; tell whether it could be."""
    staged = session.store.staging.of_object(
        place.pair.name, place.side, place.object_name, size=_CHUNK
    )
    for sightings in staged:
        known = {one.record.ref: one.link_id for one in _asked(session, place, sightings)}
        if known and not _read(session, place, known):
            return False
    return True


def keep_linked(session: Session) -> None:
    """Keep the stage changes of records linked since, and what this run wrote itself.

    A CRM that does not answer here stops no run that has done its work: the next one goes on.
    """
    _keep_own(session)
    for place in _places(session):
        if place.fields.of_all:
            continue
        try:
            _keep_of_links(session, place)
        except ConnectorError as error:
            _warn(session, place, "stage_history_put_off", str(error))


def _keep_of_links(session: Session, place: _Place) -> None:
    """Read the history of all linked records beyond the mark; what we just made has none."""
    mark = _mark(session, place) or _Mark(place.fields.fields)
    newest = session.store.stages.last_link(place.pair.name)
    if newest <= mark.link and _mark(session, place) is not None:
        return
    for found in session.store.stages.links_beyond(
        place.pair.name,
        place.side,
        place.object_name,
        after=mark.link,
        but_made_in=session.run,
        size=_CHUNK,
    ):
        if not _read(session, place, {ref: link_id for link_id, ref in found}):
            return
        _set_mark(session, place, _Mark(place.fields.fields, found[-1][0]))
    _set_mark(session, place, _Mark(place.fields.fields, newest))


def _places(session: Session) -> Iterator[_Place]:
    """Give all objects with stages, but for those whose history was refused a moment ago."""
    refused = _refusals(session.store)
    for pair in session.pairs:
        for (side, object_name), fields in pair.stages.items():
            said = refused.get(side.value, {}).get(object_name)
            lately = said and session.clock() - datetime.fromisoformat(said["at"]) < _PATIENCE
            if not lately:
                yield _Place(pair, side, object_name, fields)


def _asked(session: Session, place: _Place, sightings: Sequence[Sighting]) -> list[Sighting]:
    """Give those of the records pulled whose history is to be read.

    What was pulled for another reason than a change of its own is none of them.
    """
    refs = [one.record.ref for one in sightings]
    tracked = session.store.records.get(place.pair.name, place.side, refs)
    stamps = {ref: one.stamp for ref, one in tracked.items()}
    found = [
        one
        for one in sightings
        if not one.record.gone
        and (place.fields.of_all or one.link_id is not None)
        and stamps.get(one.record.ref) != one.record.stamp
    ]
    if place.fields.thorough or len(found) <= _FEW:
        return found
    ids = [one.link_id for one in found if one.link_id is not None]
    known = session.store.stages.of_links(ids)
    unnamed = not place.fields.names.keys() >= set(place.fields.fields)
    shadows = session.store.links.shadows(ids) if unnamed else {}
    return [
        one
        for one in found
        if _has_moved(place, one, known.get(one.link_id or 0, ()))
        or (unnamed and _stage_has_moved(one, shadows.get((one.link_id or 0, place.side))))
    ]


def _stage_has_moved(one: Sighting, before: Shadow | None) -> bool:
    """Tell whether a record allows other stages than it did, or it cannot be told."""
    told = one.record.fields.keys() & (before.seen.keys() if before is not None else ())
    return STAGE not in told or before is None or before.seen[STAGE] != one.record.fields[STAGE]


def _has_moved(place: _Place, one: Sighting, events: Sequence[StageEvent]) -> bool:
    """Tell whether a stage is not the one the last event led to."""
    last = {event.field: event.after for event in events if event.side is place.side}
    return any(
        last.get(native) != one.record.fields.get(name)
        for native, name in place.fields.names.items()
    )


def _read(session: Session, place: _Place, known: Mapping[RecordRef, int | None] | None) -> bool:
    """Read and keep the history of records, given with their links, or of all there are.

    Where it may not be read, this is noted, all of it is read once it may be, and False is given.
    """
    ids = None if known is None else [ref.id for ref in known]
    crm, count = session.crms[place.side], 0
    try:
        for page in crm.read_history(place.object_name, place.fields.fields, ids=ids):
            _keep_page(session, place, page, known or {})
            count += len(page)
            step = f"Reading stage changes in {session.title(place.side)} {place.object_name}"
            session.advance(step, count, None)
    except _REFUSALS as error:
        _note_refusal(session, place, str(error))
        return False
    _note_refusal(session, place, "")
    return True


def _note_refusal(session: Session, place: _Place, why: str) -> None:
    """Keep why a history was refused, and say it once; or ("") that it is read again."""
    refused = _refusals(session.store)
    here = refused.setdefault(place.side.value, {})
    if why and place.object_name not in here:
        _warn(session, place, "stage_history_refused", why)
    elif not why and here.pop(place.object_name, None) is None:
        return
    if why:
        here[place.object_name] = {"why": why, "at": session.clock().isoformat()}
        if _mark(session, place) is not None:
            _set_mark(session, place, None)
    session.store.runs.keep_note(_REFUSED, json.dumps(refused))


def _refusals(store: Store) -> dict[str, dict[str, dict[str, str]]]:
    """Give, by side and object, why and when a history was refused."""
    kept: dict[str, dict[str, dict[str, str]]] = json.loads(store.runs.note(_REFUSED) or "{}")
    return kept


def _keep_page(
    session: Session,
    place: _Place,
    page: Sequence[FieldChange],
    known_links: Mapping[RecordRef, int | None],
) -> None:
    """Keep what of these changes is not known yet, with the links of their records."""
    read: dict[RecordRef, list[StageEvent]] = {}
    for change in page:
        ref = RecordRef(place.object_name, change.id)
        read.setdefault(ref, []).append(_event(place, ref, change))
    if not read:
        return
    store, name = session.store, place.pair.name
    links: dict[RecordRef, int | None] = {
        ref: link.id for ref, link in store.links.of(name, place.side, list(read)).items()
    }
    # Of those alone that this page is about: many more are known than one page holds.
    links |= {ref: id for ref in read if (id := known_links.get(ref)) is not None}
    of_links = store.stages.of_links([one for one in links.values() if one is not None])
    of_records = store.stages.of_records(name, place.side, list(read))
    fresh: list[StageEvent] = []
    for ref, events in read.items():
        link_id = links.get(ref)
        kept = {one.id: one for one in of_records.get(ref, ())}
        kept |= {one.id: one for one in of_links.get(link_id or 0, ()) if one.side is place.side}
        fresh += [replace(one, link_id=link_id) for one in news(list(kept.values()), events)]
    store.stages.put(fresh)


def _event(place: _Place, ref: RecordRef, change: FieldChange) -> StageEvent:
    return StageEvent(
        pair=place.pair.name,
        side=place.side,
        ref=ref,
        field=change.field,
        at=change.at,
        before=change.before,
        after=change.after,
        editor=change.editor,
        source=change.source,
    )


def _keep_own(session: Session) -> None:
    """Note the stages we wrote, and give events to the links that were made, since last time."""
    stages, newest = session.store.stages, session.store.stages.last_audit()
    for pair in session.pairs:
        note = f"stages:{pair.name}:audit"
        last = int(session.store.runs.note(note) or 0) if pair.stages else newest
        if newest <= last:
            continue
        names = {name for fields in pair.stages.values() for name in fields.names.values()}
        names |= {STAGE} if pair.funnel is not None else set()
        for page in stages.own_writes(pair.name, names, after=last):
            stages.put(list(_own_events(pair, [one for each in page for one in _told(pair, each)])))
        stages.attach(pair.name)
        session.store.runs.keep_note(note, str(newest))


def _told(pair: BoundPair, write: OwnWrite) -> Iterator[tuple[OwnWrite, str]]:
    """Give a write of ours with each native field of a stage that it changed."""
    fields = pair.stages.get((write.side, write.ref.object_name))
    if fields is None:
        return
    if write.field != STAGE or pair.funnel is None or write.after is None:
        natives = {name: native for native, name in fields.names.items()}
        if write.field in natives:
            yield write, natives[write.field]
        return
    now, before = (
        pair.funnel.spelled(write.side, write.ref.object_name, one) if one is not None else {}
        for one in (write.after, pair.funnel.ladder.standing(write.before, None))
    )
    for native, value in now.items():
        if before.get(native) != value:
            yield replace(write, before=before.get(native), after=value), native


def _own_events(pair: BoundPair, writes: Iterable[tuple[OwnWrite, str]]) -> Iterator[StageEvent]:
    for write, native in writes:
        yield StageEvent(
            pair=pair.name,
            side=write.side,
            ref=write.ref,
            field=native,
            at=write.at,
            before=write.before,
            after=write.after,
            link_id=write.link_id,
            by_us=True,
        )


def _mark(session: Session, place: _Place) -> _Mark | None:
    """Give how far the history was read; None where it never was, or of other fields."""
    kept = session.store.runs.note(_mark_note(place))
    if not kept:
        return None
    said = json.loads(kept)
    fields = tuple(said["fields"])
    return _Mark(fields, said["link"]) if fields == place.fields.fields else None


def _set_mark(session: Session, place: _Place, mark: _Mark | None) -> None:
    text = json.dumps({"fields": mark.fields, "link": mark.link}) if mark else ""
    session.store.runs.keep_note(_mark_note(place), text)


def _mark_note(place: _Place) -> str:
    return f"stages:{place.pair.name}:{place.side.value}:{place.object_name}"


def _warn(session: Session, place: _Place, event: str, why: str) -> None:
    get_logger(
        run_id=f"r{session.run}",
        pair=place.pair.name,
        side=session.title(place.side),
        object=place.object_name,
    ).warning(event, reason=why)
