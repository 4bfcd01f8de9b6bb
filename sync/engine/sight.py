"""Turning records as a CRM gives them into sightings: projected, compared with what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import Link, Shadow, Sighting, SightingKind
from sync.engine.session import Session

__all__ = ["COUNTERPART_RULE", "counterpart_hash", "key_hashes", "refs_of", "sight", "sight_linked"]

#: Records that carry the other side's id are kept under this rule, as if it were a match rule.
COUNTERPART_RULE = -1


def sight(
    session: Session, pair: BoundPair, side: Side, records: Sequence[Record]
) -> list[Sighting]:
    """Make sightings of pulled records of one side; expressions that fail become error items."""
    refs = [record.ref for record in records]
    aliases = {
        RecordRef(record.ref.object_name, alias): record.ref
        for record in records
        for alias in record.aliases
    }
    links = dict(session.store.links.of(pair.name, side, refs))
    if aliases:
        moved = session.store.links.of(pair.name, side, list(aliases))
        for old, moved_link in moved.items():
            links.setdefault(aliases[old], moved_link)
    shadows = session.store.links.shadows([link.id for link in links.values()], side)
    if pair.has_include:
        _load_named(pair, side, records)
    found = []
    for record in records:
        link = links.get(record.ref)
        if link is None:
            found.append(_unlinked(session, pair, side, record))
        else:
            shadow = shadows.get((link.id, side))
            found.append(sight_linked(session, pair, side, record, link=link, shadow=shadow))
    return found


def _load_named(pair: BoundPair, side: Side, records: Sequence[Record]) -> None:
    """Look up at once the records of other pairs that these name: conditions may read them."""
    for rule in pair.rules:
        if rule.refers is not None:
            named = (
                record.fields.get(rule.native_name(side, record.ref.object_name) or "")
                for record in records
            )
            rule.refers.load(side, {id for id in named if id is not None})


def sight_linked(
    session: Session,
    pair: BoundPair,
    side: Side,
    record: Record,
    *,
    link: Link,
    shadow: Shadow | None,
) -> Sighting:
    """Make the sighting of a linked record: the same as last seen, or changed, or gone."""
    object_name = record.ref.object_name
    values = pair.project(side, object_name, record.fields)
    counterpart = _counterpart(pair, side, record)
    if record.gone:
        kind = SightingKind.GONE
    elif shadow is not None and _same(
        pair, side, record, values=values, seen=shadow.seen, counterpart=counterpart, link=link
    ):
        kind = SightingKind.SAME
    else:
        kind = SightingKind.CHANGED
    return Sighting(
        side=side,
        record=_with_fields(record, values),
        kind=kind,
        link_id=link.id,
        keys=key_hashes(session, pair, side, record) if kind is not SightingKind.GONE else (),
        counterpart=counterpart,
    )


def _same(
    pair: BoundPair,
    side: Side,
    record: Record,
    *,
    values: Mapping[str, Native],
    seen: Mapping[str, Native],
    counterpart: str | None,
    link: Link,
) -> bool:
    if record.frozen or record.ref != link.ref(side):
        return False
    if any(name not in seen or seen[name] != value for name, value in values.items()):
        return False
    key_field = pair.key_fields.get((side, record.ref.object_name))
    return key_field is None or counterpart == link.ref(side.other).id


def _unlinked(session: Session, pair: BoundPair, side: Side, record: Record) -> Sighting:
    values = pair.project(side, record.ref.object_name, record.fields)
    shown = _with_fields(record, values)
    if record.gone:
        return Sighting(side=side, record=shown, kind=SightingKind.GONE)
    included, why = _included(session, pair, side, shown)
    return Sighting(
        side=side,
        record=shown,
        kind=SightingKind.NEW,
        included=included,
        why=why,
        keys=key_hashes(session, pair, side, record),
        counterpart=_counterpart(pair, side, record),
    )


def _included(session: Session, pair: BoundPair, side: Side, record: Record) -> tuple[bool, str]:
    if record.frozen:
        return False, "converted before it was linked"
    if not pair.has_include:
        return True, ""
    try:
        why = pair.why_excluded(side, pair.canonical(side, record.fields))
    except ExpressionFailedError as fault:
        session.note_failure(pair.name, fault, side=side, origin=record.ref)
        return False, "its `include` could not be worked out"
    return why is None, why or ""


def key_hashes(
    session: Session, pair: BoundPair, side: Side, record: Record
) -> tuple[tuple[int, str], ...]:
    """Give the keyed hashes of a record's match keys, and of the other side's id it carries."""
    object_name = record.ref.object_name
    hashes = [
        (rule, session.hash(pair.name, rule, key))
        for rule in range(len(pair.match_rules))
        for key in pair.match_keys(rule, side, object_name, record.fields)
    ]
    counterpart = _counterpart(pair, side, record)
    if counterpart is not None:
        hashes.append((COUNTERPART_RULE, counterpart_hash(session, pair, side.other, counterpart)))
    return tuple(hashes)


def counterpart_hash(session: Session, pair: BoundPair, side: Side, id: str) -> str:
    """Give the hash under which records that carry an id of `side` are kept."""
    return session.hash(pair.name, COUNTERPART_RULE, f"{side.value}\x1f{id}")


def _counterpart(pair: BoundPair, side: Side, record: Record) -> str | None:
    key_field = pair.key_fields.get((side, record.ref.object_name))
    return record.fields.get(key_field) if key_field else None


def _with_fields(record: Record, values: dict[str, str | None]) -> Record:
    return Record(
        ref=record.ref,
        fields=values,
        stamp=record.stamp,
        created=record.created,
        gone=record.gone,
        frozen=record.frozen,
        successor=record.successor,
        editor=record.editor,
        aliases=record.aliases,
    )


def refs_of(sightings: Iterable[Sighting]) -> list[RecordRef]:
    """List the records of sightings."""
    return [one.record.ref for one in sightings]
