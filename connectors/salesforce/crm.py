"""One Salesforce org as the engine sees it: the port, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.salesforce.bulk import Bulk
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.currencies import read_rates
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.ids import normal_id
from connectors.salesforce.member_statuses import MEMBER, STATUS
from connectors.salesforce.people import read_people
from connectors.salesforce.reader import Reader
from connectors.salesforce.schema import Shapes, with_options
from connectors.salesforce.writer import BATCH_SIZE, Writer
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

__all__ = ["SalesforceCrm"]


class SalesforceCrm(Crm):
    """A `Crm` for one Salesforce org."""

    title = "Salesforce"
    batch_size = BATCH_SIZE
    tie_batch_size = BATCH_SIZE

    def __init__(self, client: SalesforceClient, bulk: Bulk, *, credentials: str) -> None:
        self._credentials = credentials
        self._client = client
        self._bulk = bulk
        self._shapes = Shapes(client)
        self._reader = Reader(client, self._shapes)
        self._writer = Writer(client, self._shapes, bulk)

    @property
    def credentials(self) -> str:
        """A digest of address and credentials, to notice when they change; tells nothing else."""
        return self._credentials

    def batch_size_of(self, object_name: str) -> int:
        """Tell how many writes of one kind one call takes for this object."""
        return self.batch_size

    def batch_size_for(self, object_name: str, kind: WriteKind, coming: int) -> int:
        """Tell how many writes to hand over at once: more than 200 where one bulk job pays."""
        return self._bulk.size_for(object_name, kind, coming) or self.batch_size_of(object_name)

    def await_writes(self, unanswered: Mapping[str, int]) -> None:
        """Wait for the bulk jobs that a run before this one has left behind at work."""
        if unanswered:
            self._bulk.await_jobs(unanswered, self.own_user())

    def account(self) -> Account:
        """Fetch which org the credentials belong to."""
        call = Call(operation="read", object_name="Organization")
        page = self._client.query("SELECT Id, Name FROM Organization", call)
        try:
            row = page.rows[0]
            return Account(normal_id(row["Id"]) or str(row["Id"]), str(row["Name"]))
        except (AttributeError, IndexError, KeyError) as exc:
            raise unreadable_error(call) from exc

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's fields now; reads and writes go by them from then on.

        The statuses of campaign members are those that any campaign has.
        """
        shape = self._shapes.describe(object_name)
        if shape.name != MEMBER:
            return shape
        return with_options(shape, STATUS, self._writer.statuses.labels())

    def people(self) -> Sequence[Person]:
        """Read all standard users, those who left too, and all queues."""
        return tuple(read_people(self._client))

    def own_user(self) -> str | None:
        """Fetch the id of the user the token was given to, from the address of their page."""
        call = Call(operation="read", object_name="User")
        body = self._client.get("", call).body
        page = body.get("identity") if isinstance(body, dict) else None
        return normal_id(page.rpartition("/")[2]) if isinstance(page, str) else None

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Take over shapes described in an earlier run, so that no call is spent on them.

        Values are read and written by their fields' types; an object that is neither described
        nor remembered is described when its first value is met.
        """
        self._shapes.remember(shapes)

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query; deleted records are among them."""
        self._writer.statuses.forget()  # a run begins, and people add statuses
        return self._reader.peek(queries)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages, deleted ones among them, oldest change first."""
        return self._reader.read_changes(query)

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id; deleted, merged and converted ones say so."""
        return self._reader.fetch(object_name, ids, fields)

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values, by the database itself."""
        return self._reader.find(object_name, field_name, values, fields)

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages; converted leads are frozen."""
        return self._reader.read_stamps(object_name, fields)

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read nothing: a lookup is a field like any other, and is never late."""
        return {}

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the deleted and merged records still in the recycle bin."""
        return self._reader.read_gone(object_name, since, fields)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when tracked fields were last edited, by field history, to the second."""
        return self._reader.edit_times(object_name, ids, fields)

    def rates(self) -> Sequence[Rate]:
        """Read what the org's currencies are worth, dated rates too; none where it has one."""
        return tuple(read_rates(self._client))

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how fields changed: opportunities by their snapshots, others as far as tracked."""
        return self._reader.read_history(object_name, fields, ids=ids, since=since)

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch of at most 200 and read back what the org stored, in one call.

        As many as `batch_size_for` told are sent by one bulk job and read back after it.

        A GONE or FROZEN result holds under `stored` what became of the record, where it is
        still to be seen.
        """
        return self._writer.apply(writes)

    def usage(self) -> Usage:
        """Tell the calls made so far and the day's calls left."""
        return self._client.usage()

    def close(self) -> None:
        """Give back connections."""
        self._client.close()
