"""Links one record of which is gone: what is known of the other, and what was decided before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Side
from sync.domain.store import ConflictKind, Link, LinkState, RecordState, Sighting
from sync.engine.courses import Course, Courses
from sync.engine.departures import end_item, gone_item, hidden_item, sleep_item
from sync.engine.newcomers import left_out
from sync.engine.resolutions import decided_deletion, is_edited_since
from sync.engine.session import Session

__all__ = ["REMEMBERED", "Goings", "held_deleted"]

#: Why a record is left alone whose link was closed.
REMEMBERED = "was unlinked before; it is remembered, not created"


class Goings:
    """Gives the items of links that lose a record; nothing is done twice."""

    def __init__(self, session: Session, pair: BoundPair, courses: Courses) -> None:
        """Look things up when they are asked for: most runs lose no record."""
        self._session = session
        self._pair = pair
        self._courses = courses
        self.removed: list[Link] = []

    def ended(self, courses: Iterable[Course]) -> Iterable[Item]:
        """Give what is done with links that go over to no other record."""
        for course in courses:
            item = end_item(self._pair, course, title=self._session.title)
            if not self._is_done(item, course.was):
                yield item

    def gone(
        self, link: Link, gone: Sequence[Sighting], sightings: Mapping[tuple[int, Side], Sighting]
    ) -> Iterable[Item]:
        """Give what is done with a link a record of which is deleted."""
        if self._pair.relation is not None:
            self.removed.append(link)  # decided together, as a blank is
            return
        deleted = [one for one in gone if one.record.gone]
        if not deleted:
            if link.state is LinkState.OPEN or link.id in self._due:
                yield _untold(self._pair, link, gone[0].side)
            return
        if link.state is LinkState.CLOSED:
            yield from self._still_closed(link, sightings)
            return
        decided = decided_deletion(self._session, self._pair, link)
        survivor = sightings.get((link.id, deleted[0].side.other))
        item = gone_item(
            self._pair,
            link,
            deleted,
            decided=decided.take.side if decided is not None else None,
            edited_since=decided is not None and is_edited_since(decided, survivor),
            alone=self._is_alone(link, deleted[0].side.other, sightings),
            edited=self._is_edited(link, survivor),
            held=link.id in self._held_deleted,
        )
        if item is not None:
            item = replace(item, archive=item.archive and not self._is_converted(link, deleted[0]))
            yield self._moved(item)
        elif self._courses.of(link.id) is not None:
            # What is left alone as before still goes over to what its other record became.
            yield self._moved(sleep_item(self._pair, link, deleted[0].side, why="deleted before"))

    def missing(
        self, link: Link, side: Side, sightings: Mapping[tuple[int, Side], Sighting]
    ) -> Iterable[Item]:
        """Give what is done with a link a record of which is not found, without proof."""
        if link.state is LinkState.CLOSED:
            yield from self._still_closed(link, sightings)
        elif link.state is not LinkState.ASLEEP or self._courses.of(link.id) is not None:
            yield self._moved(sleep_item(self._pair, link, side))

    def _is_converted(self, link: Link, deleted: Sighting) -> bool:
        """Tell whether a record takes no writes any more, which its link waits for since long."""
        side = deleted.side.other
        if link.state is not LinkState.ASLEEP or len(self._pair.objects[side]) == 1:
            return False
        ref = link.ref(side)
        found = self._session.crms[side].fetch(ref.object_name, [ref.id], ())
        return any(one.ref == ref and one.frozen for one in found)

    def _moved(self, item: Item) -> Item:
        course = self._courses.of(item.link_id or 0)
        return item if course is None else replace(item, moves=course.moves)

    def _still_closed(
        self, link: Link, sightings: Mapping[tuple[int, Side], Sighting]
    ) -> Iterable[Item]:
        """Leave a restored record alone whose counterpart is gone."""
        for side in Side:
            one = sightings.get((link.id, side))
            if one is not None and not one.record.gone:
                yield left_out(self._pair, one, why=REMEMBERED)

    def _is_done(self, item: Item, link: Link) -> bool:
        """Tell whether a link sleeps or is held for the same reason as before."""
        if link.state is not LinkState.ASLEEP:
            return False
        if item.kind is ItemKind.HOLD:
            return self._held_merged.get(item.group) == frozenset(item.others)
        return item.kind is ItemKind.SLEEP and link.id not in self._due and not item.follows

    def _is_alone(
        self, link: Link, side: Side, sightings: Mapping[tuple[int, Side], Sighting]
    ) -> bool:
        """Tell whether a record was gone before its counterpart went."""
        if (link.id, side) in sightings or link.state is not LinkState.ASLEEP:
            return False
        ref = link.ref(side)
        known = self._session.store.records.get(self._pair.name, side, [ref]).get(ref)
        return known is not None and known.state is RecordState.GONE

    def _is_edited(self, link: Link, one: Sighting | None) -> bool:
        """Tell whether a record does not hold what was seen of it last."""
        if one is None:
            return False
        shadow = self._session.store.links.shadows([link.id], one.side).get((link.id, one.side))
        seen = shadow.seen if shadow is not None else {}
        return any(seen.get(name) != value for name, value in one.record.fields.items())

    @cached_property
    def _held_deleted(self) -> frozenset[int | None]:
        return held_deleted(self._session, self._pair)

    @cached_property
    def _held_merged(self) -> Mapping[str, frozenset[tuple[Side, object]]]:
        conflicts = self._session.store.findings.conflicts(self._pair.name)
        return {
            one.group: frozenset(one.records)
            for one in conflicts
            if one.kind is ConflictKind.MERGED
        }

    @cached_property
    def _due(self) -> frozenset[int | None]:
        session = self._session
        due = session.store.findings.due(self._pair.name, session.clock())
        return frozenset(one.link_id for one in due)


def held_deleted(session: Session, pair: BoundPair) -> frozenset[int | None]:
    """Give the links that are held for a deletion already."""
    conflicts = session.store.findings.conflicts(pair.name)
    return frozenset(one.link_id for one in conflicts if one.kind is ConflictKind.DELETED)


def _untold(pair: BoundPair, link: Link, side: Side) -> Item:
    """Let a link sleep whose record was converted without saying into what."""
    ref = link.ref(side)
    return hidden_item(
        pair,
        link,
        side,
        why=f"{ref.object_name} {ref.id} was converted, and does not say into what",
        fix="Let the user revloop signs in as see what a record was converted into; "
        "the link then goes over to the new record.",
    )
