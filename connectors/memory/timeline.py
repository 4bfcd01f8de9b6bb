"""The records of one object in the order of their last change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeAlias

__all__ = ["Place", "Timeline"]

#: Where a record stands: its stamp, and its id among records of one stamp.
Place: TypeAlias = tuple[datetime, str]

#: Answers a question about a place with yes or no.
Test: TypeAlias = Callable[[Place], bool]

_SLACK = 256


class Timeline:
    """Keeps places sorted; a place its record has left stays until it is swept out.

    Nearly every change is the newest one, so that keeping order costs an append.
    """

    def __init__(self, is_current: Test) -> None:
        """Take the question whether a record still stands at a place."""
        self._places: list[Place] = []
        self._is_current = is_current
        self._left = 0

    def put(self, place: Place, *, moved: bool) -> None:
        """Add a place; `moved` says that the record leaves an older one behind."""
        at = len(self._places)
        if at and place <= self._places[-1]:
            at = bisect_left(self._places, place)
            if self._places[at] == place:
                return
        self._places.insert(at, place)
        self._left += moved
        if self._left > _SLACK and self._left * 2 > len(self._places):
            self._places = [place for place in self._places if self._is_current(place)]
            self._left = 0

    def count(self, since: datetime | None, shown: Test) -> int:
        """Count the places at `since` or later that are shown."""
        return sum(1 for place in islice(self._places, self._start(since), None) if shown(place))

    def newest(self, since: datetime | None, shown: Test) -> Iterator[Place]:
        """Give the places at `since` or later that are shown, newest first."""
        for at in range(len(self._places) - 1, self._start(since) - 1, -1):
            if shown(self._places[at]):
                yield self._places[at]

    def behind(self, last: Place | None, since: datetime | None, shown: Test) -> Iterator[Place]:
        """Give the places that are shown in order, behind `last` or, without it, from `since`."""
        start = self._start(since) if last is None else bisect_right(self._places, last)
        return (place for place in islice(self._places, start, None) if shown(place))

    def _start(self, since: datetime | None) -> int:
        return 0 if since is None else bisect_left(self._places, (since, ""))
