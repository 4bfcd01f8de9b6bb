"""Reading ahead: the next pages are fetched while those before them are looked through.

Each reading has a thread of its own, which calls the CRM and nothing else: it never meets the
state. What it fetched waits, up to a bound, for whoever reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from datetime import datetime
from threading import Condition, Thread

from sync.domain.ports import ChangeQuery, Crm
from sync.domain.record import Record
from sync.engine.through import Through

__all__ = ["Ahead", "PagesAhead"]

_Page = Sequence[Record]

#: How many records may wait; one page more may be under way.
_MOST_RECORDS = 1_000


class Ahead(Through):
    """A CRM whose long readings begin when they are asked for, and run ahead of whoever reads."""

    def __init__(self, crm: Crm, *, most: int = _MOST_RECORDS) -> None:
        """Read ahead by so many records at most."""
        super().__init__(crm)
        self._most = most

    def read_changes(self, query: ChangeQuery) -> Iterator[_Page]:
        """Read all records of a query in pages."""
        return PagesAhead(self._crm.read_changes(query), most=self._most)

    def read_stamps(self, object_name: str, fields: Sequence[str] = ()) -> Iterator[_Page]:
        """Read id and stamp of every live record in pages."""
        return PagesAhead(self._crm.read_stamps(object_name, fields), most=self._most)

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[_Page]:
        """Read the records deleted or archived since then."""
        return PagesAhead(self._crm.read_gone(object_name, since, fields), most=self._most)


class PagesAhead(Iterator[_Page]):
    """Pages in their order, fetched in a thread; what fails there is raised here in its place."""

    def __init__(self, pages: Iterator[_Page], *, most: int) -> None:
        """Begin to fetch at once; no more while `most` records wait."""
        self._buffer = _Buffer(most)
        work = copy_context().run
        Thread(
            target=work, args=(_fetch, pages, self._buffer), name="read ahead", daemon=True
        ).start()

    def __next__(self) -> _Page:
        """Give the next page, waiting for it where it is not there yet."""
        return self._buffer.take()

    def close(self) -> None:
        """Fetch no more; a call under way is not waited for."""
        self._buffer.close()

    def __del__(self) -> None:
        """Fetch no more for somebody who went away."""
        self._buffer.close()


class _Buffer:
    """Pages between the thread that fetches and the one that reads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pages: deque[_Page] = deque()
        self._records = 0
        self._end: BaseException | None = None
        self._closed = False
        self._moved = Condition()

    def put(self, page: _Page) -> bool:
        """Add a page once there is room; False when nobody reads any more."""
        with self._moved:
            self._moved.wait_for(lambda: self._closed or self._records < self._most)
            if self._closed:
                return False
            self._pages.append(page)
            self._records += len(page)
            self._moved.notify_all()
            return True

    def end(self, why: BaseException) -> None:
        """Say that no page follows, and what to raise where it would have stood."""
        with self._moved:
            self._end = why
            self._moved.notify_all()

    def take(self) -> _Page:
        with self._moved:
            self._moved.wait_for(lambda: self._pages or self._end is not None)
            if not self._pages:
                assert self._end is not None
                raise self._end
            page = self._pages.popleft()
            self._records -= len(page)
            self._moved.notify_all()
            return page

    def close(self) -> None:
        with self._moved:
            self._closed = True
            self._pages.clear()
            self._moved.notify_all()


def _fetch(pages: Iterator[_Page], buffer: _Buffer) -> None:
    """Fetch pages until there are none, or nobody wants them."""
    try:
        for page in pages:
            if not buffer.put(page):
                return
    except BaseException as error:  # noqa: BLE001 - raised again by whoever reads
        buffer.end(error)
    else:
        buffer.end(StopIteration())
