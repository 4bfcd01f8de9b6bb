"""Merging linked records: both sides' values against their shadows, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.funnel import Holding
from sync.domain.merge import Verdict
from sync.domain.plan import Item, ItemKind
from sync.domain.record import SIDES, Record, RecordRef, Side
from sync.domain.resolutions import Resolution
from sync.domain.rules import FieldRule
from sync.domain.store import AuditEntry, Link, LinkState, Outdated, Shadow, Sighting, SightingKind
from sync.engine.both import Both
from sync.engine.courses import Course, Courses
from sync.engine.departures import is_gone, item_about, leave_item, told_of
from sync.engine.draft import Draft, why_left
from sync.engine.evidence import find_edit_times, unseen_since
from sync.engine.flips import flips, hold_flipped
from sync.engine.funnel import decide_stage
from sync.engine.goings import Goings
from sync.engine.key_writes import key_writes
from sync.engine.moves import follow
from sync.engine.rebasing import rebase, rebased_shadows, with_overruled
from sync.engine.references import arrived_of, load_named, references_of
from sync.engine.removals import idle_item, removal_items
from sync.engine.sales_facts import look_through
from sync.engine.session import Session
from sync.engine.sight import key_hashes, sight_linked, tombstone
from sync.engine.ties import confirmed
from sync.engine.unanswered import sent_before, with_kept

__all__ = ["link_item", "merge_linked"]


def merge_linked(session: Session, pair: BoundPair, *, outdated: bool = False) -> Iterator[Item]:
    """Give one item for each linked record staged as changed or gone.

    With `outdated` also one for each link to be looked at under a changed line of the mapping;
    both its records are read just before they are merged.
    """
    courses = follow(session, pair)
    goings = Goings(session, pair, courses)
    # Those that are closed come first: what they had may go over to others.
    yield from goings.ended(courses.take_ended())
    size = session.settings.merged or session.settings.chunk
    for ids in session.store.staging.changed_links(pair.name, size=size, outdated=outdated):
        yield from _merge_chunk(session, pair, courses.take(ids), courses)
    # Reading the other sides may have shown more records that live on as others.
    while courses.untold():
        yield from goings.ended(courses.take_ended())
        yield from _merge_chunk(session, pair, courses.take(courses.untold()), courses)


def link_item(
    session: Session, pair: BoundPair, left: Sighting, right: Sighting, *, group: str = ""
) -> Item:
    """Give the item that makes two records one, fields decided as at first linking.

    Raises ExpressionFailedError where a computed value cannot be worked out.
    """
    both = Both(pair, left, right, sent_before(session, pair, left, right))
    draft = Draft()
    for rule in pair.rules:
        if not rule.funnel:
            view, decision = both.view(rule), both.decide(rule)
            draft.take(rule, both, view, decision)
            if decision.verdict is not Verdict.WRITE and both.has_base(rule):
                draft.keep_base(rule, view)
    stood = decide_stage(session, pair, both, draft)
    return Item(
        pair=pair.name,
        kind=ItemKind.LINK,
        left=left.record.ref,
        right=right.record.ref,
        keys=_keys(pair, both),
        group=group,
        funnel=stood.note if stood is not None else None,
        **draft.parts(),
    )


def _keys(pair: BoundPair, both: Both) -> dict[Side, dict[str, str]]:
    """Give the id fields that do not hold the other side's id yet."""
    found: dict[Side, dict[str, str]] = {}
    for side in SIDES:
        record = both.record(side)
        wanted = key_writes(pair, side, record.ref.object_name, both.record(side.other).ref.id)
        for native_name, id in wanted.get(side, {}).items():
            if both.counterpart(side) != id:
                found[side] = {native_name: id}
    return found


def _merge_chunk(
    session: Session, pair: BoundPair, ids: Sequence[int], courses: Courses
) -> Iterator[Item]:
    store = session.store
    goings = Goings(session, pair, courses)
    links = {id: courses.as_it_will_be(link) for id, link in store.links.by_id(ids).items()}
    shadows = store.links.shadows(ids)
    outdated = store.lines.outdated(ids)
    sightings = dict(store.staging.of_links(pair.name, ids))
    live: list[Link] = []
    for id in ids:
        link = links[id]
        gone = _gone_of(link, sightings)
        if gone:
            yield from goings.gone(link, gone, sightings)
        elif link.state is not LinkState.CLOSED or _is_sighted(link, sightings):
            live.append(link)
    read = _read_other_sides(session, pair, [*live, *goings.removed], sightings, shadows)
    if pair.relation is None and (late := _gone_over(live, sightings, courses)):
        live = [link for link in live if link.id not in late]
        keyed = _keyed(session, pair, sightings, read)
        yield from _merge_late(session, pair, keyed, late, courses)
    told = confirmed(session, pair, sightings.values(), shadows)
    sightings = dict(zip(sightings, told, strict=True))
    waiting = store.references.waiting(ids) if any(references_of(pair)) else {}
    load_named(pair, told, shadows, waiting.values())
    arrived = arrived_of(pair, waiting)
    contested: list[tuple[Link, Both]] = []
    unseen = unseen_since(session, pair)
    resolved = session.resolved.get(pair.name, {})
    for link in live:
        missing = [side for side in SIDES if (link.id, side) not in sightings]
        gone = _gone_of(link, sightings)
        if missing:
            yield from goings.missing(link, missing[0], sightings)
        elif gone:
            yield from goings.gone(link, gone, sightings)
        else:
            both = _both(
                pair,
                link,
                sightings,
                shadows,
                courses.of(link.id),
                unseen=unseen,
                outdated=outdated.get(link.id),
                arrived=frozenset(arrived.get(link.id, ())),
                resolved=resolved.get(link.id),
            )
            idle = idle_item(pair, link, both)
            if idle is None:
                contested.append((link, both))
            else:
                course = courses.of(link.id) if both.has_moved else None
                yield _moved(idle, course, both, {})
    yield from removal_items(session, pair, goings.removed, sightings, shadows, unseen)
    _find_origins(session, pair, contested)
    find_edit_times(session, pair, [both for _, both in contested])
    yield from _merge_contested(session, pair, contested)


def _keyed(
    session: Session,
    pair: BoundPair,
    sightings: Mapping[tuple[int, Side], Sighting],
    read: Mapping[tuple[int, Side], Record],
) -> dict[tuple[int, Side], Sighting]:
    """Give sightings as they are staged: those just read for their link alone have no keys yet."""
    found = dict(sightings)
    for at, record in read.items():
        if not (record.gone or record.frozen or found[at].kind is SightingKind.GONE):
            found[at] = replace(found[at], keys=key_hashes(session, pair, at[1], record))
    return found


def _merge_late(
    session: Session,
    pair: BoundPair,
    sightings: Mapping[tuple[int, Side], Sighting],
    late: frozenset[int],
    courses: Courses,
) -> Iterator[Item]:
    """Take up links a record of which went over to another one after this run had read it."""
    found = [one for (link_id, _), one in sightings.items() if link_id in late]
    session.store.staging.add(pair.name, found)
    follow(session, pair)
    # Those without a course are those whose record lived on as one that is deleted.
    deleted = sorted(link_id for link_id in late if courses.of(link_id) is None)
    if deleted:
        yield from _merge_chunk(session, pair, deleted, courses)


def _both(
    pair: BoundPair,
    link: Link,
    sightings: Mapping[tuple[int, Side], Sighting],
    shadows: Mapping[tuple[int, Side], Shadow],
    course: Course | None,
    *,
    unseen: Mapping[tuple[Side, str], datetime | None],
    outdated: Mapping[str, Outdated] | None,
    arrived: frozenset[str],
    resolved: Mapping[str, Resolution] | None,
) -> Both:
    own = {side: sightings[link.id, side] for side in SIDES}
    known = {side: shadows[link.id, side] for side in SIDES if (link.id, side) in shadows}
    rebased = None if course is None else rebase(pair, course, own, known)
    return Both(
        pair,
        own[Side.LEFT],
        own[Side.RIGHT],
        known if rebased is None else rebased_shadows(known, rebased),
        unseen,
        outdated,
        arrived,
        rebased,
        resolved,
    )


def _gone_of(link: Link, sightings: Mapping[tuple[int, Side], Sighting]) -> list[Sighting]:
    """Give what is seen of a link's records that take no writes any more."""
    found = (sightings.get((link.id, side)) for side in SIDES)
    return [one for one in found if one is not None and is_gone(one)]


def _is_sighted(link: Link, sightings: Mapping[tuple[int, Side], Sighting]) -> bool:
    return any((link.id, side) in sightings for side in SIDES)


def _gone_over(
    live: Sequence[Link], sightings: Mapping[tuple[int, Side], Sighting], courses: Courses
) -> frozenset[int]:
    """Give the links a record of which lives on as another one, as was found only now."""
    return frozenset(
        link.id
        for link in live
        if link.state is not LinkState.CLOSED
        and courses.of(link.id) is None
        and any(one.record.successor is not None for one in _gone_of(link, sightings))
    )


def _merge_contested(
    session: Session, pair: BoundPair, contested: Sequence[tuple[Link, Both]]
) -> Iterator[Item]:
    # What failed is tried again whenever its record moves, or its time has come.
    failing = session.store.findings.failing([link.id for link, _ in contested])
    decided = []
    for link, both in contested:
        # Of a link that sleeps or left, nothing was decided when it was seen last.
        open_again = link.id in failing or link.state is not LinkState.OPEN or both.has_moved
        with _failing_alone(session, pair, link):
            rules = _open_rules(session, pair, both, open_again=open_again)
            if any(rule.name in pair.people for rule in rules):
                session.people_touched.add(pair.name)
            for rule in rules:
                both.decide(rule)
            decided.append((link, both, rules))
    history = _histories(session, decided)
    failed = {link.id: (link, both) for link, both in contested}
    holdings = session.store.funnel.of_links(list(failed)) if pair.funnel is not None else {}
    for link, both, rules in decided:
        item = None
        with _failing_alone(session, pair, link):
            holding = holdings.get(link.id)
            item = _merge_one(session, pair, link, both, rules, history, holding)
            if item is None and link.id in failing:
                # No field has moved, so whatever was refused is not sent any more.
                item = replace(_nothing_left(pair, link), seen=both.as_held())
            del failed[link.id]
        if item is not None:
            yield item
    for link, both in failed.values():
        # It was looked at, and is tried again as what failed is.
        course = session.courses[pair.name].of(link.id) if both.has_moved else None
        if (names := _waiting(both)) or course is not None:
            failed_item = replace(_nothing_left(pair, link), put_off=names)
            yield _moved(failed_item, course, both, {})


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
    return item_about(pair, link, ItemKind.MERGE)


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
) -> dict[tuple[int, Side], Record]:
    """Read the records of links that changed on one side only, just before merging; give them.

    Most are not staged, and so are seen without their match keys.
    """
    deleted: list[Sighting] = []
    read: dict[tuple[int, Side], Record] = {}
    for side in Side:
        wanting = [link for link in links if (link.id, side) not in sightings]
        by_ref = {link.ref(side): link for link in wanting}
        for object_name in pair.objects[side]:
            ids = [ref.id for ref in by_ref if ref.object_name == object_name]
            if not ids:
                continue
            fields = pair.native_fields(side, object_name)
            found = list(session.crms[side].fetch(object_name, ids, fields))
            for record in look_through(session, pair, side, found):
                for id in (record.ref.id, *record.aliases):
                    link = by_ref.get(RecordRef(object_name, id))
                    if link is not None:
                        read[link.id, side] = record
                        sightings[link.id, side] = sight_linked(
                            session,
                            pair,
                            side,
                            record,
                            link=link,
                            shadow=shadows.get((link.id, side)),
                            keyed=False,
                        )
                        if id != record.ref.id:
                            sightings[link.id, side] = tombstone(
                                link, side, stamp=record.stamp, heir=record.ref
                            )
                        elif record.gone and record.successor is None:
                            deleted.append(sightings[link.id, side])
    # What is found to be deleted here is known as such from now on, and matches nothing.
    session.store.staging.add(pair.name, deleted)
    return read


def _open_rules(
    session: Session, pair: BoundPair, both: Both, *, open_again: bool
) -> list[FieldRule]:
    """List the fields that moved and are not left as they were decided."""
    changed = frozenset(_waiting(both)) | session.reopened.get(pair.name, frozenset())
    return [
        rule
        for rule in pair.rules
        if rule.name in both.moved
        and not rule.funnel
        and (
            open_again
            or rule.name in changed
            or rule.name in both.resolved
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
    holding: Holding | None = None,
) -> Item | None:
    draft = Draft()
    course = session.courses[pair.name].of(link.id) if both.has_moved else None
    deciding = {rule.name for rule in rules}
    noted = both.unseen | both.arrived
    for rule in pair.rules:
        if rule.name not in both.moved or rule.funnel:
            if rule.name in noted:
                draft.note(rule, both)
        elif rule.name not in deciding:
            draft.apart.add(rule.name)
        else:
            view, decision = both.view(rule), both.decide(rule)
            past = history.get((link.id, rule.name), ())
            # That a value travels under a changed line, or by a person, is no automation's doing.
            again = bool(both.cause(rule.name)) or rule.name in both.resolved
            if (
                decision.verdict is Verdict.WRITE
                and not again
                and flips(rule, view, decision, past)
            ):
                decision = hold_flipped(session, both)
            if course is not None:
                decision = with_overruled(decision, view, course)
            if (link.id, decision.target, rule.name) in session.taken_as_sent:
                decision = with_kept(decision)
            draft.take(rule, both, view, decision)
    stood = decide_stage(session, pair, both, draft, link_id=link.id, holding=holding)
    left_by = why_left(pair, both, draft, known=stood.merged if stood is not None else None)
    keys = _keys(pair, both)
    if left_by is not None:
        return _moved(leave_item(pair, link, both, by=left_by), course, both, keys)
    returns = link.state is not LinkState.OPEN
    note = stood.note if stood is not None else None
    if draft.empty and not keys and not returns and course is None and note is None:
        return None
    item = Item(
        pair=pair.name,
        kind=ItemKind.WAKE if returns else ItemKind.MERGE,
        link_id=link.id,
        left=both.record(Side.LEFT).ref,
        right=both.record(Side.RIGHT).ref,
        keys=keys,
        funnel=note,
        **draft.parts(),
    )
    return _moved(item, course, both, keys)


def _moved(
    item: Item, course: Course | None, both: Both, keys: Mapping[Side, Mapping[str, str]]
) -> Item:
    """Give an item with what it says of a link that goes over to other records, if it does."""
    if course is None:
        return item
    # Each side keeps the other's id, whatever else travels or does not.
    kept = keys if item.kind is not ItemKind.UNLINK else {}
    why = item.why or told_of(course)
    return replace(item, moves=course.moves, rebased=both.rebased, keys=kept, why=why)
