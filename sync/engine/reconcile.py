"""Merging linked records: both sides' values against their shadows, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.merge import Verdict, link_field
from sync.domain.plan import Item, ItemKind
from sync.domain.record import RecordRef, Side
from sync.domain.rules import FieldRule
from sync.domain.store import AuditEntry, Link, LinkState, Shadow, Sighting
from sync.engine.both import Both
from sync.engine.departures import gone_item, is_gone, leave_item, sleep_item
from sync.engine.draft import Draft, why_left
from sync.engine.evidence import find_edit_times, unseen_since
from sync.engine.flips import flips, hold_flipped
from sync.engine.references import arrived_of, load_named, references_of
from sync.engine.session import Session
from sync.engine.sight import sight_linked
from sync.engine.ties import confirmed

__all__ = ["key_writes", "link_item", "merge_linked"]


def key_writes(
    pair: BoundPair, side: Side, object_name: str, other_id: str
) -> dict[Side, dict[str, str]]:
    """Give the write that keeps the other side's id on a record, where there is a field for it."""
    key_field = pair.key_fields.get((side, object_name))
    return {side: {key_field: other_id}} if key_field else {}


def merge_linked(session: Session, pair: BoundPair, *, outdated: bool = False) -> Iterator[Item]:
    """Give one item for each linked record staged as changed or gone.

    With `outdated` also one for each link to be looked at under a changed line of the mapping;
    both its records are read just before they are merged.
    """
    size = session.settings.chunk
    for ids in session.store.staging.changed_links(pair.name, size=size, outdated=outdated):
        yield from _merge_chunk(session, pair, ids)


def link_item(pair: BoundPair, left: Sighting, right: Sighting, *, group: str = "") -> Item:
    """Give the item that makes two records one, fields decided as at first linking.

    Raises ExpressionFailedError where a computed value cannot be worked out.
    """
    both = Both(pair, left, right)
    draft = Draft()
    for rule in pair.rules:
        view = both.view(rule)
        decision = link_field(rule, view, first_sync=pair.first_sync)
        draft.take(rule, both, view, decision)
    return Item(
        pair=pair.name,
        kind=ItemKind.LINK,
        left=left.record.ref,
        right=right.record.ref,
        keys=_keys(pair, both),
        group=group,
        **draft.parts(),
    )


def _keys(pair: BoundPair, both: Both) -> dict[Side, dict[str, str]]:
    """Give the id fields that do not hold the other side's id yet."""
    found: dict[Side, dict[str, str]] = {}
    for side in Side:
        record = both.record(side)
        wanted = key_writes(pair, side, record.ref.object_name, both.record(side.other).ref.id)
        for native_name, id in wanted.get(side, {}).items():
            if both.counterpart(side) != id:
                found[side] = {native_name: id}
    return found


def _merge_chunk(session: Session, pair: BoundPair, ids: Sequence[int]) -> Iterator[Item]:
    store = session.store
    links = store.links.by_id(ids)
    shadows = store.links.shadows(ids)
    outdated = store.lines.outdated(ids)
    sightings = dict(store.staging.of_links(pair.name, ids))
    live: list[Link] = []
    for id in ids:
        link = links[id]
        gone = [
            sightings[id, side]
            for side in Side
            if (id, side) in sightings and is_gone(sightings[id, side])
        ]
        if gone:
            yield gone_item(pair, link, gone, sightings)
        elif link.state is not LinkState.CLOSED:
            live.append(link)
    _read_other_sides(session, pair, live, sightings, shadows)
    told = confirmed(session, pair, sightings.values(), shadows)
    sightings = dict(zip(sightings, told, strict=True))
    waiting = store.references.waiting(ids) if any(references_of(pair)) else {}
    load_named(pair, told, shadows, waiting.values())
    arrived = arrived_of(pair, waiting)
    contested: list[tuple[Link, Both]] = []
    unseen = unseen_since(session, pair)
    for link in live:
        found = {side: sightings.get((link.id, side)) for side in Side}
        left, right = found[Side.LEFT], found[Side.RIGHT]
        if left is None or right is None:
            missing = Side.LEFT if left is None else Side.RIGHT
            yield sleep_item(pair, link, missing)
            continue
        if is_gone(left) or is_gone(right):
            yield gone_item(pair, link, [one for one in (left, right) if is_gone(one)], sightings)
            continue
        both = Both(
            pair,
            left,
            right,
            {side: shadows[link.id, side] for side in Side if (link.id, side) in shadows},
            unseen,
            outdated.get(link.id),
            frozenset(arrived.get(link.id, ())),
        )
        contested.append((link, both))
    _find_origins(session, pair, contested)
    find_edit_times(session, pair, [both for _, both in contested])
    yield from _merge_contested(session, pair, contested)


def _merge_contested(
    session: Session, pair: BoundPair, contested: Sequence[tuple[Link, Both]]
) -> Iterator[Item]:
    # What failed is tried again whenever its record moves, or its time has come.
    failing = session.store.findings.failing([link.id for link, _ in contested])
    decided = []
    for link, both in contested:
        # Of a link that sleeps or left, nothing was decided when it was seen last.
        open_again = link.id in failing or link.state is not LinkState.OPEN
        with _failing_alone(session, pair, link):
            rules = _open_rules(session, pair, both, open_again=open_again)
            if any(rule.name in pair.people for rule in rules):
                session.people_touched.add(pair.name)
            for rule in rules:
                both.decide(rule)
            decided.append((link, both, rules))
    history = _histories(session, decided)
    failed = {link.id: (link, both) for link, both in contested}
    for link, both, rules in decided:
        item = None
        with _failing_alone(session, pair, link):
            item = _merge_one(session, pair, link, both, rules, history)
            if item is None and link.id in failing:
                # No field has moved, so whatever was refused is not sent any more.
                item = replace(_nothing_left(pair, link), seen=both.as_held())
            del failed[link.id]
        if item is not None:
            yield item
    for link, both in failed.values():
        # It was looked at, and is tried again as what failed is.
        if names := _waiting(both):
            yield replace(_nothing_left(pair, link), put_off=names)


def _waiting(both: Both) -> tuple[str, ...]:
    """Name the fields that are to be looked at under a changed line."""
    return tuple(sorted(name for name, one in both.outdated.items() if one.waits))


def _find_origins(
    session: Session, pair: BoundPair, contested: Sequence[tuple[Link, Both]]
) -> None:
    """Find in the audit where values came from whose line changed since they were carried."""
    wanted = [
        (link.id, name)
        for link, both in contested
        for name in both.outdated
        if both.is_of_other_line(name)
    ]
    if not wanted:
        return
    entries = session.store.links.recent_writes(wanted)
    for link, both in contested:
        for name in both.outdated:
            if newest := entries.get((link.id, name)):
                both.learn_origin(pair.rule(name), newest[0])


def _nothing_left(pair: BoundPair, link: Link) -> Item:
    """Let the errors of a link be closed, of which nothing is left to send."""
    return Item(
        pair=pair.name, kind=ItemKind.MERGE, link_id=link.id, left=link.left, right=link.right
    )


@contextmanager
def _failing_alone(session: Session, pair: BoundPair, link: Link) -> Iterator[None]:
    """Make an error item of an expression that fails, and go on with the next link."""
    try:
        yield
    except ExpressionFailedError as fault:
        session.note_failure(pair.name, fault, side=Side.LEFT, ref=link.left, link_id=link.id)


def _read_other_sides(
    session: Session,
    pair: BoundPair,
    links: Sequence[Link],
    sightings: dict[tuple[int, Side], Sighting],
    shadows: Mapping[tuple[int, Side], Shadow],
) -> None:
    """Read the records of links that changed on one side only, just before merging."""
    for side in Side:
        wanting = [link for link in links if (link.id, side) not in sightings]
        by_ref = {link.ref(side): link for link in wanting}
        for object_name in pair.objects[side]:
            ids = [ref.id for ref in by_ref if ref.object_name == object_name]
            if not ids:
                continue
            fields = pair.native_fields(side, object_name)
            for record in session.crms[side].fetch(object_name, ids, fields):
                for id in (record.ref.id, *record.aliases):
                    link = by_ref.get(RecordRef(object_name, id))
                    if link is not None:
                        sightings[link.id, side] = sight_linked(
                            session,
                            pair,
                            side,
                            record,
                            link=link,
                            shadow=shadows.get((link.id, side)),
                        )


def _open_rules(
    session: Session, pair: BoundPair, both: Both, *, open_again: bool
) -> list[FieldRule]:
    """List the fields that moved and are not left as they were decided."""
    changed = frozenset(_waiting(both)) | session.reopened.get(pair.name, frozenset())
    return [
        rule
        for rule in pair.rules
        if rule.name in both.moved
        and (
            open_again
            or rule.name in changed
            or rule.name in both.arrived
            or not both.is_decided(rule)
        )
    ]


def _histories(
    session: Session, decided: Sequence[tuple[Link, Both, Sequence[FieldRule]]]
) -> Mapping[tuple[int, str], Sequence[AuditEntry]]:
    """Read what was written before to the fields that are to be written now."""
    return session.store.links.recent_writes(
        [
            (link.id, rule.name)
            for link, both, rules in decided
            for rule in rules
            if both.decide(rule).verdict is Verdict.WRITE
        ]
    )


def _merge_one(
    session: Session,
    pair: BoundPair,
    link: Link,
    both: Both,
    rules: Sequence[FieldRule],
    history: Mapping[tuple[int, str], Sequence[AuditEntry]],
) -> Item | None:
    draft = Draft()
    deciding = {rule.name for rule in rules}
    for rule in pair.rules:
        if rule.name not in both.moved:
            draft.note(rule, both)
        elif rule.name not in deciding:
            draft.apart.add(rule.name)
        else:
            view, decision = both.view(rule), both.decide(rule)
            past = history.get((link.id, rule.name), ())
            # That a value travels again under a changed line is no automation's doing.
            again = rule.name in both.outdated
            if (
                decision.verdict is Verdict.WRITE
                and not again
                and flips(rule, view, decision, past)
            ):
                decision = hold_flipped(session, both)
            draft.take(rule, both, view, decision)
    left_by = why_left(pair, both, draft)
    if left_by is not None:
        return leave_item(pair, link, both, by=left_by)
    keys = _keys(pair, both)
    returns = link.state is not LinkState.OPEN
    if draft.empty and not keys and not returns:
        return None
    return Item(
        pair=pair.name,
        kind=ItemKind.WAKE if returns else ItemKind.MERGE,
        link_id=link.id,
        left=both.record(Side.LEFT).ref,
        right=both.record(Side.RIGHT).ref,
        keys=keys,
        **draft.parts(),
    )
