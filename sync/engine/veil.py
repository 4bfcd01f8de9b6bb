"""A CRM as it is without the people who were forgotten.

A run sees both CRMs through this where anybody was. So nothing of a run has to know of them: what
reads changes, compares in full, links, creates or counts never meets them, nor rows that tie them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sync.domain.people import Person
from sync.domain.ports import (
    Account,
    ChangeQuery,
    Crm,
    FieldChange,
    Peek,
    Rate,
    Usage,
    Write,
    WriteResult,
)
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.schema import ObjectShape
from sync.engine.sieve import Sieve

__all__ = ["Veil"]

#: How many records are looked through at once.
_CHUNK = 200

#: What is said where a CRM's own words name a record of somebody who was forgotten.
_STANDS_IN_THE_WAY = "the CRM names a record of a person who was forgotten here as its duplicate"


class Veil:
    """One CRM without those a sieve holds back; satisfies `sync.domain.ports.Crm`."""

    def __init__(self, crm: Crm, side: Side, sieve: Sieve) -> None:
        self._crm = crm
        self._side = side
        self._sieve = sieve

    # --- what reads records -----------------------------------------------------------------

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query; those held back are not counted either."""
        return [self._without(peek) for peek in self._crm.peek(queries)]

    def _without(self, peek: Peek) -> Peek:
        kept = self._sieve.through(self._side, peek.records)
        held_back = len(peek.records) - len(kept)
        return replace(peek, records=tuple(kept), total=peek.total - held_back)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages."""
        return self._pages(self._crm.read_changes(query))

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages."""
        return self._pages(self._crm.read_stamps(object_name, fields))

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records deleted or archived since then."""
        return self._pages(self._crm.read_gone(object_name, since, fields))

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id."""
        return self._each(self._crm.fetch(object_name, ids, fields))

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values."""
        return self._each(self._crm.find(object_name, field_name, values, fields))

    def _pages(self, pages: Iterable[Sequence[Record]]) -> Iterator[Sequence[Record]]:
        for page in pages:
            if kept := self._sieve.through(self._side, page):
                yield kept

    def _each(self, records: Iterator[Record]) -> Iterator[Record]:
        while chunk := list(islice(records, _CHUNK)):
            yield from self._sieve.through(self._side, chunk)

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read fields that stand apart from their records."""
        return {
            (id, name): self._sieve.reference(self._side, object_name, name, value)
            for (id, name), value in self._crm.read_ties(object_name, ids, fields).items()
        }

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how single fields changed."""
        for page in self._crm.read_history(object_name, fields, ids=ids, since=since):
            yield [
                one
                for one in page
                if not self._sieve.holds(self._side, RecordRef(object_name, one.id))
            ]

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch; a duplicate that is held back is not named."""
        return [self._unnamed(result) for result in self._crm.apply(writes)]

    def _unnamed(self, result: WriteResult) -> WriteResult:
        if result.existing is None or not self._sieve.holds(self._side, result.existing):
            return result
        return replace(result, existing=None, message=_STANDS_IN_THE_WAY)

    # --- what names no record ---------------------------------------------------------------

    @property
    def title(self) -> str:
        """The CRM's name as people read it."""
        return self._crm.title

    @property
    def credentials(self) -> str:
        """A digest of address and credentials."""
        return self._crm.credentials

    @property
    def batch_size(self) -> int:
        """How many writes of one kind and object one call takes."""
        return self._crm.batch_size

    @property
    def tie_batch_size(self) -> int:
        """How many writes of kind ASSOCIATE one call takes."""
        return self._crm.tie_batch_size

    def batch_size_of(self, object_name: str) -> int:
        """Tell how many writes of one kind one call takes for this object."""
        return self._crm.batch_size_of(object_name)

    def account(self) -> Account:
        """Fetch which portal or org the credentials belong to."""
        return self._crm.account()

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's fields."""
        return self._crm.describe(object_name)

    def people(self) -> Sequence[Person]:
        """Read every user, owner and queue."""
        return self._crm.people()

    def own_user(self) -> str | None:
        """Fetch the id of the user the credentials belong to."""
        return self._crm.own_user()

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Take shapes described earlier."""
        self._crm.remember(shapes)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when single fields were last edited."""
        return self._crm.edit_times(object_name, ids, fields)

    def rates(self) -> Sequence[Rate]:
        """Read what currencies are worth."""
        return self._crm.rates()

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left."""
        return self._crm.usage()

    def close(self) -> None:
        """Give back connections."""
        self._crm.close()
