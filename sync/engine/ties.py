"""What a CRM keeps beside its records: read again before it is acted upon.

A list or a search may give an association a moment late, and an association moves no stamp by
which one could tell; a reference that looks changed is therefore read from its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import FieldWrite, Item
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import Shadow, Sighting
from sync.engine.session import Session

__all__ = ["confirmed", "retied", "ties_of", "without_cut"]


def ties_of(pair: BoundPair, side: Side, object_name: str) -> tuple[str, ...]:
    """Name the CRM's fields of an object that are kept beside its records."""
    return tuple(
        rule.names[side, object_name] for rule in pair.rules if (side, object_name) in rule.apart
    )


def confirmed(
    session: Session,
    pair: BoundPair,
    sightings: Iterable[Sighting],
    shadows: Mapping[tuple[int, Side], Shadow] | None = None,
) -> list[Sighting]:
    """Give sightings with their associations as they are now, where these look changed.

    What equals the shadow is taken as it is; of a record without one nothing is known yet.
    """
    sightings = list(sightings)
    if not any(rule.apart for rule in pair.rules):
        return sightings
    doubtful: dict[tuple[Side, str], list[int]] = {}
    for at, one in enumerate(sightings):
        place = (one.side, one.record.ref.object_name)
        names = _names(pair, place)
        if names and not one.record.gone and _looks_changed(one, names, shadows or {}):
            doubtful.setdefault(place, []).append(at)
    for (side, object_name), found in doubtful.items():
        fields = ties_of(pair, side, object_name)
        ids = [sightings[at].record.ref.id for at in found]
        ties = session.crms[side].read_ties(object_name, ids, fields)
        for at in found:
            sightings[at] = _with_ties(pair, sightings[at], ties)
    return sightings


def retied(
    session: Session, pair: BoundPair, side: Side, page: Sequence[Record]
) -> list[RecordRef]:
    """Give the linked records of a page whose associations are not as they were seen last."""
    if not page or not ties_of(pair, side, page[0].ref.object_name):
        return []
    links = session.store.links.of(pair.name, side, [record.ref for record in page])
    shadows = session.store.links.shadows([link.id for link in links.values()], side)
    found = []
    for record in page:
        link = links.get(record.ref)
        shadow = shadows.get((link.id, side)) if link is not None else None
        if shadow is None:
            continue
        values = pair.project(side, record.ref.object_name, record.fields)
        if any(shadow.seen.get(name) != value for name, value in values.items()):
            found.append(record.ref)
    return found


def without_cut(session: Session, pair: BoundPair, items: Sequence[Item]) -> list[Item]:
    """Give items without the associations that went with a record this very run has archived.

    They were there as the plan was made; both sides agree by now that they are not.
    """
    if not session.archived:
        return list(items)
    return [_without_cut(session, pair, item) for item in items]


def _without_cut(session: Session, pair: BoundPair, item: Item) -> Item:
    cut = [write for write in item.writes if _is_cut(session, pair, write)]
    if not cut:
        return item
    seen: dict[str, tuple[Native, Native]] = {}
    settled: dict[str, tuple[Native, Native]] = {}
    for write in cut:
        left = write.side is Side.LEFT
        seen[write.name] = (None, write.raw) if left else (write.raw, None)
        settled[write.name] = (None, write.origin) if left else (write.origin, None)
    return replace(
        item,
        writes=tuple(write for write in item.writes if write not in cut),
        seen={**item.seen, **seen},
        settled={**item.settled, **settled},
    )


def _is_cut(session: Session, pair: BoundPair, write: FieldWrite) -> bool:
    """Tell whether a write would take away what a CRM takes away with the record it names."""
    refers = pair.rule(write.name).refers
    if refers is None or not write.apart or write.new is not None:
        return False
    return write.old in session.archived.get((refers.pair, write.side), ())


def _names(pair: BoundPair, place: tuple[Side, str]) -> Collection[str]:
    return [rule.name for rule in pair.rules if place in rule.apart]


def _looks_changed(
    one: Sighting, names: Collection[str], shadows: Mapping[tuple[int, Side], Shadow]
) -> bool:
    shadow = shadows.get((one.link_id, one.side)) if one.link_id is not None else None
    if shadow is None:
        return True
    # The answer to a write leaves associations out, and says nothing of them by that.
    return any(shadow.seen.get(name) != one.record.fields.get(name) for name in names)


def _with_ties(
    pair: BoundPair, one: Sighting, ties: Mapping[tuple[str, str], str | None]
) -> Sighting:
    ref = one.record.ref
    natives = {
        rule.name: rule.names[one.side, ref.object_name]
        for rule in pair.rules
        if (one.side, ref.object_name) in rule.apart
    }
    values = {
        name: ties[ref.id, native] for name, native in natives.items() if (ref.id, native) in ties
    }
    return replace(one, record=replace(one.record, fields={**one.record.fields, **values}))
