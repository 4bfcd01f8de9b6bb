from __future__ import annotations

import gc
import threading
from datetime import UTC, datetime

import pytest

from sync.domain.errors import UnavailableError
from sync.domain.record import Record, RecordRef
from sync.engine.ahead import PagesAhead

_LONG = 10.0


def page(*ids):
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    return [Record(ref=RecordRef("contacts", id), fields={}, stamp=stamp) for id in ids]


def ids(pages):
    return [[record.ref.id for record in one] for one in pages]


class Reading:
    """Pages that note when each of them is fetched, and by whom."""

    def __init__(self, *pages, then=None):
        self.pages = pages
        self.then = then
        self.fetched = 0
        self.more = threading.Semaphore(0)
        self.ended = threading.Event()
        self.threads = set()

    def __iter__(self):
        try:
            for one in self.pages:
                self.threads.add(threading.get_ident())
                self.fetched += 1
                self.more.release()
                yield one
            if self.then is not None:
                raise self.then
        finally:
            self.ended.set()


def test_pages_come_in_their_order_and_each_once():
    assert ids(PagesAhead(iter(Reading(page("1", "2"), page("3"))), most=1)) == [["1", "2"], ["3"]]


def test_next_pages_are_fetched_before_they_are_asked_for():
    reading = Reading(page("1"), page("2"), page("3"))

    pages = PagesAhead(iter(reading), most=3)

    assert all(reading.more.acquire(timeout=_LONG) for _ in range(3))
    assert threading.get_ident() not in reading.threads
    assert len(ids(pages)) == 3


def test_no_more_waits_than_allowed():
    reading = Reading(*(page(str(number), "x") for number in range(50)))
    pages = PagesAhead(iter(reading), most=4)

    for taken in range(1, 51):
        next(pages)
        # Four records wait in two pages, and one more page is at the door.
        assert reading.fetched <= taken + 3

    with pytest.raises(StopIteration):
        next(pages)


def test_error_is_raised_in_the_place_of_the_page_that_failed():
    pages = PagesAhead(iter(Reading(page("1"), then=UnavailableError("down"))), most=10)

    assert ids([next(pages)]) == [["1"]]
    with pytest.raises(UnavailableError, match="down"):
        next(pages)
    with pytest.raises(UnavailableError):
        next(pages)


@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_nothing_more_is_fetched_for_who_went_away(how):
    reading = Reading(*(page(str(number)) for number in range(50)))
    pages = PagesAhead(iter(reading), most=1)
    next(pages)

    if how == "closed":
        pages.close()
    del pages
    gc.collect()

    assert reading.ended.wait(_LONG)
    assert reading.fetched < 5
