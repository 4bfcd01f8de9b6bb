"""What becomes of links whose records live on as others, as data every step can look up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sync.domain.plan import Move
from sync.domain.record import RecordRef, Side
from sync.domain.store import Link, Sighting, TrackedRecord

__all__ = ["HEIR_OF_UNLINKED", "Course", "Courses", "Fate", "buried", "with_refs"]

#: Why a record is left alone that one was converted into whose link has ended (R9).
HEIR_OF_UNLINKED = "converted from a record that was unlinked before; it is remembered, not created"


class Fate(StrEnum):
    """What becomes of a link whose record was merged or converted."""

    FOLLOWS = "follows"  # it goes over to what the record lives on as
    JOINED = "joined"  # another link has both records by now: this one is closed
    HELD = "held"  # another link has that record, and across there still are two
    LOST = "lost"  # what the record lives on as cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What becomes of one link.

    `was` is the link as it is kept, `link` as it will be. `into` is the link that has its records,
    where it is joined or held. `existed` are the sides on which the record it was converted into
    was there before. `readable` tells, of a link that is lost, whether anybody could read more.
    """

    fate: Fate
    was: Link
    link: Link
    moves: tuple[Move, ...] = ()
    into: Link | None = None
    existed: frozenset[Side] = frozenset()
    readable: bool = True

    @property
    def ends(self) -> bool:
        """Tell whether no field is decided on the link."""
        return self.fate is not Fate.FOLLOWS


@dataclass(slots=True)
class Courses:
    """The courses of the links of one pair, by link; `told` are those with an item already.

    `tombs` are the records, by link and side, that live on as others; `graves` those nobody knew
    that they lived on as and that are deleted by now, by link.
    """

    tombs: dict[tuple[int, Side], Sighting] = field(default_factory=dict)
    by_link: dict[int, Course] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    graves: dict[int, list[TrackedRecord]] = field(default_factory=dict)

    def of(self, link_id: int) -> Course | None:
        """Give the course of a link, None for one that stays as it is."""
        return self.by_link.get(link_id)

    def heirs(self) -> Mapping[tuple[Side, RecordRef], Link]:
        """Give the records links will go over to, with those links as they will be."""
        return {
            (move.side, move.heir): course.link
            for course in self.by_link.values()
            for move in course.moves
            if course.link.ref(move.side) == move.heir
        }

    def take(self, ids: Iterable[int]) -> list[int]:
        """Give those links that have no item yet, and note that they have one now."""
        left = [id for id in ids if id not in self.told]
        self.told.update(id for id in left if id in self.by_link)
        return left

    def take_ended(self) -> list[Course]:
        """Give the courses of links that end, those without an item yet, and note them.

        Those that are closed first: their records may go over to others that are held.
        """
        ended = sorted(
            (id for id, course in self.by_link.items() if course.ends),
            key=lambda id: (self.by_link[id].fate is not Fate.JOINED, id),
        )
        return [self.by_link[id] for id in self.take(ended)]

    def untold(self) -> list[int]:
        """Give the links that have a course and no item yet."""
        return sorted(self.by_link.keys() - self.told)

    def as_it_will_be(self, link: Link) -> Link:
        """Give a link with the records it will have; it stands as it did."""
        course = self.by_link.get(link.id)
        return link if course is None or course.ends else replace(course.link, state=link.state)

    def led(self) -> dict[tuple[Side, str], Link]:
        """Give the ids by which links will be found, with those links as they will be."""
        found: dict[tuple[Side, str], Link] = {}
        own: dict[tuple[Side, str], Link] = {}
        for course in self.by_link.values():
            if course.fate in (Fate.LOST, Fate.HELD):
                continue
            link = course.into or course.link
            for side in Side:
                found[side, course.was.ref(side).id] = link
                own[side, link.ref(side).id] = link
            found.update({(move.side, move.former.id): link for move in course.moves})
        # What another link came from is by now the record of the one that has it.
        return found | own

    def asleep(self) -> frozenset[int]:
        """Give the links that fall asleep in this run, over which nothing may be followed."""
        fates = (Fate.LOST, Fate.HELD)
        return frozenset(id for id, course in self.by_link.items() if course.fate in fates)


def with_refs(link: Link, refs: Mapping[Side, RecordRef]) -> Link:
    """Give a link with other records."""
    return replace(link, left=refs[Side.LEFT], right=refs[Side.RIGHT])


def buried(
    courses: Mapping[str, Courses], pair: str, link_id: int
) -> list[tuple[str, TrackedRecord]]:
    """Give what is to be kept of deleted records that one of a link lived on as, as it ends."""
    of_pair = courses.get(pair)
    return [(pair, one) for one in of_pair.graves.get(link_id, ())] if of_pair is not None else []
