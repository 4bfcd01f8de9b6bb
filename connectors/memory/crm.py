"""A CRM in memory that behaves as the port says every connector must."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from threading import RLock

from connectors.memory.calls import CallLog
from connectors.memory.history import history_of
from connectors.memory.rows import RowKind
from connectors.memory.saving import Records
from connectors.memory.table import Row, Table
from connectors.memory.timeline import Place, Test
from connectors.memory.troubles import Operation, Troubles
from connectors.memory.writing import Writer, check_batch, leaves_unknown, unknown
from sync.domain.people import Person
from sync.domain.ports import (
    Account,
    ChangeQuery,
    FieldChange,
    Peek,
    Rate,
    Usage,
    Write,
    WriteKind,
    WriteResult,
)
from sync.domain.record import Native, Record, RecordRef
from sync.domain.schema import ObjectShape

__all__ = ["MemoryCrm"]

_ACCOUNT = Account("1", "memory")

#: How many times as many ties as records one call takes.
_TIES = 10


class MemoryCrm:
    """A whole CRM in memory, behind the `Crm` port.

    `MemoryBench` holds the other end of it: the people and automations at work in the CRM, and
    the failures on the way. Calls may come from several threads.
    """

    def __init__(
        self,
        title: str,
        shapes: Mapping[str, ObjectShape],
        *,
        clock: Callable[[], datetime],
        shows_gone_in_changes: bool,
        account: Account = _ACCOUNT,
        batch_size: int = 100,
        page_size: int = 200,
        resolution: timedelta = timedelta(milliseconds=1),
        stamps_idle_writes: bool = False,
        edit_times_kept: bool = True,
        rows: Mapping[str, RowKind] | None = None,
    ) -> None:
        """Start an empty CRM.

        Args:
            title: The name people read; ids start with it.
            shapes: The objects by name.
            clock: Gives the time, aware; cut to `resolution` it stamps the records.
            shows_gone_in_changes: True: deleted and merged records are among the changes and
                can be fetched, a merged one naming its successor. False: they vanish, the
                deleted ones to `read_gone`, a merged one into its survivor's aliases.
            account: Which account the credentials belong to.
            batch_size: Records in one call that writes, fetches or finds.
            page_size: Records in one page of a reading call.
            resolution: The smallest step of a stamp.
            stamps_idle_writes: Whether a write that changes no value moves the stamp.
            edit_times_kept: Whether the time of each field's last edit is told.
            rows: The objects whose records tie others, and what is told of them.
        """
        self.records = Records(
            shapes,
            title=title,
            clock=clock,
            resolution=resolution,
            stamps_idle_writes=stamps_idle_writes,
            rows=rows,
        )
        self.troubles = Troubles()
        self._writer = Writer(self.records, self.troubles)
        self.log = CallLog()
        self.current_account = account
        self.current_user: str | None = None
        self.hidden_until: dict[str, datetime] = {}
        self.lock = RLock()
        self._title = title
        self._batch_size = batch_size
        self._page_size = page_size
        self._shows_gone = shows_gone_in_changes
        self._edit_times_kept = edit_times_kept

    @property
    def title(self) -> str:
        """The CRM's name as people read it."""
        return self._title

    @property
    def credentials(self) -> str:
        """A digest that changes with the account, as if each had a token of its own."""
        return sha256(f"{self._title} {self.current_account.id}".encode()).hexdigest()

    @property
    def batch_size(self) -> int:
        """How many writes of one kind and object one call takes."""
        return self._batch_size

    @property
    def tie_batch_size(self) -> int:
        """How many writes of kind ASSOCIATE one call takes."""
        return self._batch_size * _TIES

    def batch_size_of(self, object_name: str) -> int:
        """Tell how many writes of one kind one call takes for this object."""
        return self._batch_size

    def batch_size_for(self, object_name: str, kind: WriteKind, coming: int) -> int:
        """Tell how many writes to hand over at once: what one call takes, however many come."""
        return self.tie_batch_size if kind is WriteKind.ASSOCIATE else self._batch_size

    def await_writes(self, unanswered: Mapping[str, int]) -> None:
        """Do nothing: what was sent is done or refused by the time a call has ended."""

    def account(self) -> Account:
        """Fetch which account the credentials belong to (one call)."""
        with self._call(Operation.ACCOUNT):
            return self.current_account

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's fields (one call)."""
        with self._call(Operation.DESCRIBE, object_name):
            return self.records.table(object_name).shape

    def people(self) -> Sequence[Person]:
        """Read every user, owner and queue (one call)."""
        with self._call(Operation.PEOPLE):
            return tuple(self.records.people.values())

    def own_user(self) -> str | None:
        """Fetch who writes here (one call)."""
        with self._call(Operation.PEOPLE):
            return self.current_user

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Need no reminding: the shapes are at hand."""

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query (one call for all)."""
        with self._call(Operation.PEEK, size=len(queries)):
            return tuple(self._peek(query) for query in queries)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query, the least lately changed first (one call a page).

        A record that is edited meanwhile comes again, in its new place.
        """
        last: Place | None = None
        while True:
            with self._call(Operation.READ_CHANGES, query.object_name):
                table = self.records.table(query.object_name)
                behind = table.timeline.behind(last, query.since, self._shown(table))
                places = list(islice(behind, self._page_size))
                page = self._page(table, places, query.fields)
            if page:
                yield page
            if len(places) < self._page_size:
                return
            last = places[-1]

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id, in the order asked (one call a full batch)."""
        for at in range(0, len(ids), self._batch_size):
            batch = ids[at : at + self._batch_size]
            with self._call(Operation.FETCH, object_name, size=len(batch)):
                table = self.records.table(object_name)
                rows = [row for row in (self._reachable(table, i) for i in batch) if row]
                records = [self._record(table, row, fields) for row in rows]
                records += self._proven_gone(table, batch)
            yield from records

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values, whatever its case.

        Records kept from the index are found by a unique field only. One call a full batch.
        """
        for at in range(0, len(values), self._batch_size):
            batch = values[at : at + self._batch_size]
            with self._call(Operation.FIND, object_name, size=len(batch)):
                records = self._found(object_name, field_name, batch, fields)
            yield from records

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record, and these fields, in pages (one call each)."""
        ids = list(self.records.table(object_name).rows)
        for at in range(0, max(len(ids), 1), self._page_size):
            with self._call(Operation.READ_STAMPS, object_name):
                table = self.records.table(object_name)
                rows = [table.rows.get(i) for i in ids[at : at + self._page_size]]
                page = [self._record(table, row, fields) for row in rows if row and not row.gone]
            if page:
                yield tuple(page)

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read fields that stand apart from their records (one call a full batch)."""
        ties: dict[tuple[str, str], Native] = {}
        for at in range(0, len(ids), self.tie_batch_size):
            batch = ids[at : at + self.tie_batch_size]
            with self._call(Operation.READ_TIES, object_name, size=len(batch)):
                table = self.records.table(object_name)
                for row in filter(None, (table.rows.get(i) for i in batch)):
                    values = table.fields(row, fields)
                    ties.update({(row.id, name): value for name, value in values.items()})
        return ties

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records deleted since then, in pages (one call each)."""
        table = self.records.table(object_name)
        gone = [
            row
            for row in sorted(table.gone.values(), key=lambda row: (row.stamp, row.id))
            if (since is None or row.stamp >= since) and (self._shows_gone or not row.successor)
        ]
        for at in range(0, max(len(gone), 1), self._page_size):
            with self._call(Operation.READ_GONE, object_name):
                rows = gone[at : at + self._page_size]
                page = [self._record(table, row, fields) for row in rows if row.gone]
            if page:
                yield tuple(page)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when single fields were last edited (one call a full batch)."""
        times: dict[tuple[str, str], datetime] = {}
        if not self._edit_times_kept:
            return times
        for at in range(0, len(ids), self._batch_size):
            batch = ids[at : at + self._batch_size]
            with self._call(Operation.EDIT_TIMES, object_name, size=len(batch)):
                table = self.records.table(object_name)
                for row in filter(None, (table.rows.get(i) for i in batch)):
                    for name, moment in table.edit_times(row, fields).items():
                        times[row.id, name] = moment
        return times

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how picklists changed, the others keep no history (one call a full batch)."""
        wanted = list(self.records.table(object_name).rows if ids is None else ids)
        for at in range(0, len(wanted), self._batch_size):
            batch = wanted[at : at + self._batch_size]
            with self._call(Operation.READ_HISTORY, object_name, size=len(batch)):
                table = self.records.table(object_name)
                rows = [row for row in (table.rows.get(i) for i in batch) if row]
                page = [
                    change
                    for row in rows
                    for change in history_of(table, row, fields)
                    if since is None or change.at >= since
                ]
            yield page

    def rates(self) -> Sequence[Rate]:
        """Read nothing: all amounts are in one currency (one call)."""
        with self._call(Operation.RATES):
            return ()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Carry out one batch (one call)."""
        if not writes:
            return ()
        ties = writes[0].kind is WriteKind.ASSOCIATE
        check_batch(writes, self.tie_batch_size if ties else self._batch_size)
        kind, object_name = writes[0].kind, writes[0].object_name
        with self.lock:
            self.log.note(Operation.APPLY, object_name, size=len(writes), kind=kind)
            failure = self.troubles.due(Operation.APPLY, object_name)
            committed = writes if failure is None else writes[: failure.commits(len(writes))]
            results = tuple(self._writer.carry_out(write) for write in committed)
            self.records.run_late_automations()
        if failure is None:
            return results
        if kind is WriteKind.CREATE and leaves_unknown(failure):
            return tuple(unknown(write, failure) for write in writes)
        raise failure.error

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left (no call)."""
        return self.log.usage()

    def close(self) -> None:
        """Do nothing: there are no connections."""

    @contextmanager
    def _call(
        self, operation: Operation, object_name: str = "", *, size: int = 1
    ) -> Iterator[None]:
        """Count one reading call, alone at work; raises the failure that waits for it."""
        with self.lock:
            self.log.note(operation, object_name, size=size)
            failure = self.troubles.due(operation, object_name)
            if failure is not None:
                raise failure.error
            yield

    def _peek(self, query: ChangeQuery) -> Peek:
        table = self.records.table(query.object_name)
        if table.shape.owned_by:
            return self._peek_owners(query)
        shown = self._shown(table)
        places = list(islice(table.timeline.newest(query.since, shown), self._page_size))
        return Peek(
            records=self._page(table, places, query.fields),
            total=table.timeline.count(query.since, shown),
            read_at=self.records.clock(),
        )

    def _peek_owners(self, query: ChangeQuery) -> Peek:
        """Name the owners whose rows changed, where the CRM tells so much."""
        moved = self.records.owners_moved.get(query.object_name, {})
        named = self.records.rows.get(query.object_name) is RowKind.NAMED
        owners = [i for i, at in moved.items() if query.since is None or at >= query.since]
        return Peek(
            records=(),
            total=0,
            read_at=self.records.clock(),
            owners=tuple(owners) if named else (),
        )

    def _proven_gone(self, table: Table, ids: Sequence[str]) -> list[Record]:
        """Give the rows that are not there as gone, where no other proof is left of them."""
        kind = self.records.rows.get(table.shape.name, RowKind.STANDS)
        return [
            Record(
                ref=RecordRef(table.shape.name, one),
                fields={},
                stamp=self.records.now(),
                gone=True,
            )
            for one in ids
            if kind is not RowKind.STANDS and one not in table.rows
        ]

    def _shown(self, table: Table) -> Test:
        """Give the test whether a place is in the index that change queries read."""
        hidden = self._hidden()

        def shown(place: Place) -> bool:
            row = table.rows.get(place[1])
            return (
                row is not None
                and row.stamp == place[0]
                and (self._shows_gone or not row.gone)
                and row.id not in hidden
            )

        return shown

    def _hidden(self) -> frozenset[str]:
        """Name the records the index does not show yet."""
        now = self.records.clock()
        return frozenset(i for i, until in self.hidden_until.items() if now < until)

    def _page(
        self, table: Table, places: Sequence[Place], fields: Sequence[str]
    ) -> tuple[Record, ...]:
        return tuple(self._record(table, table.rows[row_id], fields) for _, row_id in places)

    def _record(self, table: Table, row: Row, fields: Sequence[str]) -> Record:
        record = table.record(row, fields, with_aliases=not self._shows_gone)
        if not table.shape.owned_by:
            return record
        # Such a row has no stamp of its own: what it holds is what was read just now.
        return replace(record, stamp=self.records.clock())

    def _reachable(self, table: Table, row_id: str) -> Row | None:
        """Give the record an id leads to: itself, or the one it was merged into."""
        row = table.rows.get(row_id)
        if self._shows_gone:
            return row
        while row is not None and row.gone and row.successor is not None:
            row = table.rows.get(row.successor.id)
        return None if row is None or row.gone else row

    def _found(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> list[Record]:
        table = self.records.table(object_name)
        field = table.shape.fields.get(field_name)
        if field is None:
            return []
        hidden = frozenset() if field.unique else self._hidden()
        ids = dict.fromkeys(i for value in values for i in table.holders(field_name, value))
        return [self._record(table, table.rows[i], fields) for i in ids if i not in hidden]
