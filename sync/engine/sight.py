"""Turning records as a CRM gives them into sightings: projected, compared with what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import Link, LinkState, Shadow, Sighting, SightingKind
from sync.engine.ends import WAITS, note_ends, unlinked_ends
from sync.engine.sales_facts import look_through
from sync.engine.session import Session

__all__ = [
    "CONVERTED",
    "COUNTERPART_RULE",
    "counterpart_hash",
    "key_hashes",
    "refs_of",
    "sight",
    "sight_linked",
    "tombstone",
    "was_there",
]

#: Records that carry the other side's id are kept under this rule, as if it were a match rule.
COUNTERPART_RULE = -1

#: Why a converted record without a link is left alone.
CONVERTED = "converted; what it was converted into stands for it"

#: A conversion makes a record within this time; one that is older was there before.
_AT_ONCE = timedelta(seconds=30)


def sight(
    session: Session, pair: BoundPair, side: Side, records: Sequence[Record]
) -> list[Sighting]:
    """Make sightings of pulled records of one side; expressions that fail become error items.

    They come first; then those of linked records that live on as one of them.
    """
    records = look_through(session, pair, side, records)
    refs = [record.ref for record in records]
    links = dict(session.store.links.of(pair.name, side, refs))
    shadows = session.store.links.shadows([link.id for link in links.values()], side)
    failing = _failing_without_id(session, pair, side, records=records, links=links)
    if pair.has_include or pair.relation is not None:
        _load_named(pair, side, records)
    found = []
    for record in records:
        link = links.get(record.ref)
        if link is None:
            found.append(_unlinked(session, pair, side, record))
        else:
            shadow = shadows.get((link.id, side))
            found.append(
                sight_linked(
                    session,
                    pair,
                    side,
                    record,
                    link=link,
                    shadow=shadow,
                    failing=link.id in failing,
                )
            )
    note_ends(session, pair, side, found)
    return [*found, *_went_over(session, pair, side, records=records, links=links)]


def _failing_without_id(
    session: Session,
    pair: BoundPair,
    side: Side,
    *,
    records: Sequence[Record],
    links: Mapping[RecordRef, Link],
) -> set[int]:
    """Give the links in error whose record does not carry the other one's id, as it was refused."""
    without = [
        link.id
        for record in records
        if (link := links.get(record.ref)) is not None and not _has_id(pair, side, record, link)
    ]
    return session.store.findings.failing(without) if without else set()


def _has_id(pair: BoundPair, side: Side, record: Record, link: Link) -> bool:
    """Tell whether a record carries the id of the other one, where there is a field for it."""
    if (side, record.ref.object_name) not in pair.key_fields:
        return True
    return _counterpart(pair, side, record) == link.ref(side.other).id


def _went_over(
    session: Session,
    pair: BoundPair,
    side: Side,
    *,
    records: Sequence[Record],
    links: Mapping[RecordRef, Link],
) -> list[Sighting]:
    """Give the linked records that live on as one of these: merged into it, or awaiting it."""
    swallowed = {
        RecordRef(record.ref.object_name, alias): record
        for record in records
        for alias in record.aliases
    }
    found: list[tuple[Link, Record]] = []
    if swallowed:
        merged = session.store.links.of(pair.name, side, list(swallowed))
        found += [(link, swallowed[ref]) for ref, link in merged.items()]
    strangers = {one.ref: one for one in records if one.ref not in links and not one.gone}
    if strangers and session.store.links.count(pair.name, LinkState.ASLEEP):
        former_of = session.store.links.former_of
        led = former_of(pair.name, side, list(strangers))
        # What a link came from, or one that was joined with it, is nothing it waits to go over to.
        came = former_of(pair.name, side, list(led), became=True) if led else {}
        joined = session.store.links.closed_of(pair.name, side, list(led)) if led else {}
        awaiting = {
            ref: link
            for ref, link in led.items()
            if link.state is LinkState.ASLEEP and ref not in came and ref not in joined
        }
        found += [(link, strangers[ref]) for ref, link in awaiting.items()]
    return [tombstone(link, side, stamp=heir.stamp, heir=heir.ref) for link, heir in found]


def tombstone(
    link: Link, side: Side, *, stamp: datetime, heir: RecordRef | None = None
) -> Sighting:
    """Give a link's record as one that is gone; `heir` is what it lives on as, if it does."""
    record = Record(ref=link.ref(side), fields={}, stamp=stamp, gone=True, successor=heir)
    return Sighting(side=side, record=record, kind=SightingKind.GONE, link_id=link.id)


def was_there(heir: Record, *, converted_at: datetime) -> bool:
    """Tell whether a record was there before another one was converted into it."""
    return heir.created is not None and converted_at - heir.created >= _AT_ONCE


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
    failing: bool = False,
    keyed: bool = True,
) -> Sighting:
    """Make the sighting of a linked record: the same as last seen, or changed, or gone.

    Of one that is `failing`, what it was refused is sent again when it is due, not each time. One
    that is not to be staged need not be `keyed`.
    """
    object_name = record.ref.object_name
    values = pair.project(side, object_name, record.fields)
    counterpart = _counterpart(pair, side, record)
    if record.gone:
        kind = SightingKind.GONE
    elif (
        shadow is not None
        and _same(record, values=values, seen=shadow.seen, link=link)
        and (failing or _has_id(pair, side, record, link))
    ):
        kind = SightingKind.SAME
    else:
        kind = SightingKind.CHANGED
    return Sighting(
        side=side,
        record=_with_fields(record, values),
        kind=kind,
        link_id=link.id,
        # A converted record is nobody's namesake: what it was converted into stands for it.
        keys=()
        if record.gone or record.frozen or not keyed
        else key_hashes(session, pair, side, record, values),
        counterpart=counterpart,
    )


def _same(
    record: Record, *, values: Mapping[str, Native], seen: Mapping[str, Native], link: Link
) -> bool:
    """Tell whether a linked record holds what was seen last, and its link is not to be woken."""
    if record.frozen or record.ref not in (link.left, link.right) or link.state is LinkState.ASLEEP:
        return False
    if values == seen:
        return True
    return all(name in seen and seen[name] == value for name, value in values.items())


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
        keys=() if record.frozen else key_hashes(session, pair, side, record, values),
        counterpart=_counterpart(pair, side, record),
    )


def _included(session: Session, pair: BoundPair, side: Side, record: Record) -> tuple[bool, str]:
    if record.frozen:
        return False, CONVERTED
    if unlinked_ends(pair, side, record.fields):
        return False, WAITS
    if not pair.has_include:
        return True, ""
    try:
        why = pair.why_excluded(side, pair.on_its_own(side, record.fields))
    except ExpressionFailedError as fault:
        session.note_failure(pair.name, fault, side=side, origin=record.ref)
        return False, "its `include` could not be worked out"
    return why is None, why or ""


def key_hashes(
    session: Session,
    pair: BoundPair,
    side: Side,
    record: Record,
    values: Mapping[str, Native] | None = None,
) -> tuple[tuple[int, str], ...]:
    """Give the keyed hashes of a record's match keys, and of the other side's id it carries.

    `values` are the record's by field name, where they are at hand.
    """
    object_name = record.ref.object_name
    if values is None:
        values = pair.project(side, object_name, record.fields)
    hashes = [
        (rule, session.hash(pair.name, rule, key))
        for rule in range(len(pair.match_rules))
        for key in pair.keys_of(rule, side, object_name, record.fields, values)
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
