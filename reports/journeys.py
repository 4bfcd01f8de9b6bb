"""What is known of the people behind sales, and the way each sale was come by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from functools import cached_property
from typing import TypeVar

from reports.attribution import Journey, Touch
from reports.frame import Period
from reports.view import Entry, Member, Person, Sale, View

__all__ = [
    "Behind",
    "came_in",
    "closed_in",
    "closes_in",
    "furthest",
    "furthest_of_members",
    "of_members",
    "stage_at",
    "until",
]

#: What tells touches apart: a source by its name, a campaign by its link.
K = TypeVar("K", int, str)

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def until(day: date, zone: tzinfo) -> datetime:
    """Give the last moment of a day in a zone: what is dated that day comes before it."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)


def closes_in(period: Period, sale: Sale) -> bool:
    """Tell whether an opportunity closes in a period; one without a day does in all."""
    return sale.closed is None or period.holds_day(sale.closed)


def closed_in(view: View, period: Period) -> Iterator[Sale]:
    """Give the opportunities that closed in a period, by id; one without a day counts in all."""
    for chunk in view.sales():
        for sale in chunk:
            if sale.is_closed and closes_in(period, sale):
                yield sale


def came_in(period: Period, person: Person) -> bool:
    """Tell whether somebody became known in a period; at a time nobody knows: only in all time."""
    if person.created is None:
        return period.since is None and period.until is None
    return period.holds(person.created)


def furthest(view: View) -> Iterator[tuple[Person, int]]:
    """Give each person with the place of the furthest stage they were ever at, -1 for none.

    Both are read once, side by side, so nothing is held but one person.
    """
    entries = (one for chunk in view.entries() for one in chunk)
    entry = next(entries, None)
    for chunk in view.people():
        for person in chunk:
            best = -1
            while entry is not None and entry.link <= person.link:
                if entry.link == person.link:
                    best = max(best, entry.rank)
                entry = next(entries, None)
            yield person, best


def of_members(view: View) -> Iterator[tuple[Member, Person | None]]:
    """Give who took part in campaigns with what is known of them, read once, side by side."""
    people = ((one, -1) for chunk in view.people() for one in chunk)
    return ((member, person) for member, person, _ in _beside(view, people))


def furthest_of_members(view: View) -> Iterator[tuple[Member, Person | None, int]]:
    """Give who took part in campaigns with the furthest stage they were ever at, -1 for none."""
    return _beside(view, furthest(view))


def _beside(
    view: View, people: Iterator[tuple[Person, int]]
) -> Iterator[tuple[Member, Person | None, int]]:
    """Put people beside what they took part in; both come in the order of people's links."""
    person, rank = next(people, (None, -1))
    for chunk in view.members():
        for member in chunk:
            while person is not None and person.link < member.person:
                person, rank = next(people, (None, -1))
            if person is not None and person.link == member.person:
                yield member, person, rank
            else:
                yield member, None, -1


class Behind:
    """The people behind some sales, and `others`, in memory.

    As large as the number of those people, whatever else there is.
    """

    def __init__(
        self, view: View, sales: Collection[Sale], *, others: Collection[int] = ()
    ) -> None:
        self._view = view
        self._wanted = {link for sale in sales for link in sale.people} | set(others)
        self._people: dict[int, Person] = {}
        for chunk in view.people() if self._wanted else ():
            self._people |= {one.link: one for one in chunk if one.link in self._wanted}

    @cached_property
    def _members(self) -> Mapping[int, Sequence[Member]]:
        """What those people took part in: only where campaigns are asked about."""
        found: dict[int, list[Member]] = {}
        for chunk in self._view.members() if self._wanted else ():
            for one in chunk:
                if one.person in self._wanted:
                    found.setdefault(one.person, []).append(one)
        return found

    def get(self, link: int) -> Person | None:
        """Give one of them."""
        return self._people.get(link)

    def first(self, sale: Sale) -> Person | None:
        """Give the first person behind a sale."""
        return next(self._known(sale), None)

    def source(self, sale: Sale) -> str:
        """Give the source of a sale: that of the first person behind it, "" without one."""
        first = self.first(sale)
        return first.source if first is not None else ""

    def days(self, sale: Sale) -> int | None:
        """Give the days from when the first person became known to the day the sale closed.

        Below nothing where they became known later; None where either day is not known.
        """
        first = self.first(sale)
        if first is None or first.created is None or sale.closed is None:
            return None
        return (sale.closed - first.created.astimezone(self._view.zone).date()).days

    def by_source(self, sale: Sale, as_of: datetime) -> Journey[str]:
        """Give the way to a sale by sources: a touch for each person, when they became known.

        Somebody of whom that is not known, or who came after the sale, counts as its last touch.
        """
        ended = until(sale.closed, self._view.zone) if sale.closed is not None else as_of
        touches = [Touch(min(one.created or ended, ended), one.source) for one in self._known(sale)]
        return _journey(sale, ended, touches, list(self._known(sale)))

    def by_campaign(self, sale: Sale, as_of: datetime) -> Journey[int]:
        """Give the way to a sale by campaigns: what the people behind it took part in before.

        Taking part at a time nobody knows comes first. The campaign the opportunity itself names
        is a touch of the moment it was opened, unless one of its people took part in it.
        """
        ended = until(sale.closed, self._view.zone) if sale.closed is not None else as_of
        touches = [
            Touch(one.at or _BEGINNING, one.campaign)
            for person in sale.people
            for one in self._members.get(person, ())
            if one.at is None or one.at <= ended
        ]
        if sale.campaign is not None and all(one.key != sale.campaign for one in touches):
            touches.append(Touch(min(sale.created or ended, ended), sale.campaign))
        return _journey(sale, ended, touches, list(self._known(sale)))

    def _known(self, sale: Sale) -> Iterator[Person]:
        return (self._people[link] for link in sale.people if link in self._people)


def _journey(
    sale: Sale, ended: datetime, touches: list[Touch[K]], people: Collection[Person]
) -> Journey[K]:
    """Put touches in the order of time; those of one moment in that of their keys."""
    known = [one.created for one in people if one.created is not None]
    return Journey(
        touches=sorted(touches, key=lambda one: (one.at, one.key)),
        ended=ended,
        known=min(known, default=None),
        opened=sale.created,
    )


def stage_at(entries: Collection[Entry], at: datetime) -> str:
    """Give the stage somebody was at, "" where they were at none."""
    there = [one for one in entries if one.entered <= at and (one.left is None or at < one.left)]
    return there[-1].stage if there else ""
