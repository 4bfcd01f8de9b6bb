"""A CRM as it is without the people who were forgotten.

A run sees both CRMs through this where anybody was. So nothing of a run has to know of them: what
reads changes, compares in full, links, creates or counts never meets them, nor rows that tie them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sync.domain.ports import ChangeQuery, Crm, FieldChange, Peek, Write, WriteResult
from sync.domain.record import Native, Record, RecordRef, Side
from sync.engine.sieve import Sieve
from sync.engine.through import Through

__all__ = ["Veil"]

#: How many records are looked through at once.
_CHUNK = 200

#: What is said where a CRM's own words name a record of somebody who was forgotten.
_STANDS_IN_THE_WAY = "the CRM names a record of a person who was forgotten here as its duplicate"


class Veil(Through):
    """One CRM without those a sieve holds back."""

    def __init__(self, crm: Crm, side: Side, sieve: Sieve) -> None:
        super().__init__(crm)
        self._side = side
        self._sieve = sieve

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
