"""A CRM that hands everything on to another one; what differs is said by who inherits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

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
    WriteKind,
    WriteResult,
)
from sync.domain.record import Native, Record
from sync.domain.schema import ObjectShape

__all__ = ["Through"]


class Through(Crm):
    """One CRM seen through another object; satisfies `sync.domain.ports.Crm`."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

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

    def batch_size_for(self, object_name: str, kind: WriteKind, coming: int) -> int:
        """Tell how many writes to hand over at once where so many are still to come."""
        return self._crm.batch_size_for(object_name, kind, coming)

    def await_writes(self, unanswered: Mapping[str, int]) -> None:
        """Wait until nothing is being written any more that a run before this one has sent."""
        self._crm.await_writes(unanswered)

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

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query."""
        return self._crm.peek(queries)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages."""
        return self._crm.read_changes(query)

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id."""
        return self._crm.fetch(object_name, ids, fields)

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values."""
        return self._crm.find(object_name, field_name, values, fields)

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages."""
        return self._crm.read_stamps(object_name, fields)

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read fields that stand apart from their records."""
        return self._crm.read_ties(object_name, ids, fields)

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records deleted or archived since then."""
        return self._crm.read_gone(object_name, since, fields)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when single fields were last edited."""
        return self._crm.edit_times(object_name, ids, fields)

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how single fields changed."""
        return self._crm.read_history(object_name, fields, ids=ids, since=since)

    def rates(self) -> Sequence[Rate]:
        """Read what currencies are worth."""
        return self._crm.rates()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch."""
        return self._crm.apply(writes)

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left."""
        return self._crm.usage()

    def close(self) -> None:
        """Give back connections."""
        self._crm.close()
