"""HubSpot as the engine sees it: the `Crm` port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock

from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.describing import Describer
from connectors.hubspot.faults import SYSTEM
from connectors.hubspot.opt_outs import OptOuts
from connectors.hubspot.own_apis import OwnApis
from connectors.hubspot.owners import read_owners
from connectors.hubspot.reader import HubSpotReader
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.stage_steps import StageSteps
from connectors.hubspot.tie_writer import BATCH_SIZE as TIE_BATCH_SIZE
from connectors.hubspot.tie_writer import TieWriter
from connectors.hubspot.ties import Ties
from connectors.hubspot.values import CONTACTS
from connectors.hubspot.writer import HubSpotWriter
from connectors.limits import Budget, CallKind, Pace
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

__all__ = ["HubSpot", "connect"]

#: Searches a second that HubSpot grants an account; the rest is stated in answers.
_SEARCH_PACE = Pace(5, 1.0)


def _now() -> datetime:
    return datetime.now(UTC)


def connect(
    settings: HubSpotSettings,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
    may_write: Callable[[], object] = lambda: None,
) -> Crm:
    """Build the connector of one portal; nothing is called yet.

    `may_write` is asked before each call that writes, and raises where none may be made.
    """
    budget = Budget(
        SYSTEM,
        leave=settings.leave,
        paces={CallKind.SEARCH: _SEARCH_PACE},
        sleep=sleep,
        may_write=may_write,
    )
    client = HubSpotClient(settings, budget=budget, sleep=sleep, clock=clock)
    return HubSpot(client, budget=budget, clock=clock, credentials=settings.digest())


class HubSpot:
    """One HubSpot portal behind the `Crm` port; calls may come from several threads."""

    def __init__(
        self,
        client: HubSpotClient,
        *,
        budget: Budget,
        clock: Callable[[], datetime],
        credentials: str,
    ) -> None:
        """Put reader and writer on one client; `clock` stands in where answers carry no time."""
        self._credentials = credentials
        self._client = client
        self._budget = budget
        self._clock = clock
        self._shapes: dict[str, ObjectShape] = {}
        self._describer = Describer(client)
        self._ties = Ties(client, shapes=self._shapes)
        self._reader = HubSpotReader(
            client, clock=clock, is_property=self._is_property, ties=self._ties
        )
        self._tie_writer = TieWriter(client, self._ties)
        self._writer = HubSpotWriter(client, self._reader)
        steps = StageSteps(self._writer.apply)
        self._opt_outs = OptOuts(client, self._reader, steps.apply)
        self._own = OwnApis(
            client,
            reader=self._reader,
            clock=clock,
            is_property=self._is_property,
            learn=self._describer.learn,
        )
        self._looked_up: set[str] = set()
        self._looking_up = Lock()
        self._writing_own = Lock()

    @property
    def title(self) -> str:
        """The CRM's name as people read it."""
        return SYSTEM

    @property
    def credentials(self) -> str:
        """A digest of address and credentials, to notice when they change; tells nothing else."""
        return self._credentials

    @property
    def batch_size(self) -> int:
        """How many writes of one kind and object one call takes."""
        return 100

    @property
    def tie_batch_size(self) -> int:
        """How many writes of kind ASSOCIATE one call takes."""
        return TIE_BATCH_SIZE

    def batch_size_of(self, object_name: str) -> int:
        """Tell how many writes of one kind one call takes for this object."""
        own = self._own.of(object_name)
        return self.batch_size if own is None else own.batch_size

    def batch_size_for(self, object_name: str, kind: WriteKind, coming: int) -> int:
        """Tell how many writes to hand over at once: what one call takes, however many come."""
        return TIE_BATCH_SIZE if kind is WriteKind.ASSOCIATE else self.batch_size_of(object_name)

    def await_writes(self, unanswered: Mapping[str, int]) -> None:
        """Do nothing: what was sent is done or refused by the time a call has ended."""

    def account(self) -> Account:
        """Fetch which portal the token belongs to."""
        details = self._describer.account()
        portal = str(details["portalId"])
        place = str(details.get("uiDomain") or "")
        return Account(id=portal, name=f"portal {portal} on {place}" if place else portal)

    def _is_property(self, object_name: str, name: str) -> bool:
        """Tell whether an object has a property now, where it was known to have it."""
        known = self._shapes.get(object_name)
        if known is None or name not in known.fields:
            return False
        # What was known may be an hour old, and what was removed since was not emptied.
        with self._looking_up:
            if object_name not in self._looked_up:
                self._looked_up.add(object_name)
                self.describe(object_name)
        return name in self._shapes[object_name].fields

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's properties; raises NoSuchObjectError where there is no such object."""
        own = self._own.of(object_name)
        shape = self._describer.describe(object_name) if own is None else own.describe()
        self._shapes[object_name] = shape
        return shape

    def people(self) -> Sequence[Person]:
        """Read all owners, archived ones and queues too."""
        return tuple(read_owners(self._client))

    def own_user(self) -> str | None:
        """Give nobody: a private app's token belongs to no user."""
        return None

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Take shapes described earlier, and by which names calls know their objects."""
        for shape in shapes:
            self._shapes[shape.name] = shape
            if shape.address:
                self._client.call_it(shape.name, shape.address)

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query, one search each at most."""
        return [self._peek(query) for query in queries]

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages, in the order of their ids."""
        own = self._own.of(query.object_name)
        return self._reader.changed(query) if own is None else own.read_changes(query)

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id; those that are missing are left out."""
        own = self._own.of(object_name)
        if own is not None:
            return own.fetch(ids, fields)
        return self._reader.by_ids(object_name, ids, fields)

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records by a field; by a unique one without the search and its delay."""
        own = self._own.of(object_name)
        if own is not None:
            return own.find(field_name, values, fields)
        if self._is_unique(object_name, field_name):
            return self._reader.by_unique(object_name, field_name, values, fields)
        return self._reader.by_value(object_name, field_name, values, fields)

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages, with these fields."""
        own = self._own.of(object_name)
        return self._reader.all(object_name, fields) if own is None else own.read_all(fields)

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read associations as they are now, a thousand records to a call."""
        own = self._own.of(object_name)
        if own is not None:
            return own.read_ties(ids, fields)
        return self._ties.read(object_name, ids, fields)

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records archived since then."""
        if self._own.of(object_name) is not None:
            return iter(())  # there is no list of them; `fetch` tells of single ones
        return self._reader.archived(object_name, since, fields)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when fields were last edited, from the history of properties."""
        if self._own.of(object_name) is not None:
            return {}  # HubSpot keeps no history of campaigns, lists and associations
        return self._reader.last_edits(object_name, ids, fields)

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how properties changed, fifty records to a call, from the versions kept of them."""
        if self._own.of(object_name) is not None:
            return iter(())  # HubSpot keeps no history of campaigns, lists and associations
        return self._reader.changes(object_name, fields, ids=ids, since=since)

    def rates(self) -> Sequence[Rate]:
        """Read nothing: amounts are worth what the rates of sales say."""
        return ()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch; one result each, in order."""
        own = self._own.of(writes[0].object_name) if writes else None
        if own is not None:
            # They remember what they read of lists and labels from one batch to the next.
            with self._writing_own:
                return own.apply(writes)
        if writes and writes[0].kind is WriteKind.ASSOCIATE:
            return self._tie_writer.apply(writes)
        return self._opt_outs.apply(writes)

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left."""
        return self._budget.usage()

    def close(self) -> None:
        """Give back connections."""
        self._client.close()

    def _peek(self, query: ChangeQuery) -> Peek:
        own = self._own.of(query.object_name)
        if own is not None:
            return own.peek(query)
        records, answer = self._reader.newest(query)
        # Without a count, a further page says that there is more than was given.
        least = len(records) + (answer.after is not None)
        return Peek(
            records=tuple(records),
            total=least if answer.total is None else max(answer.total, least),
            read_at=answer.date or self._clock(),
        )

    def _is_unique(self, object_name: str, field_name: str) -> bool:
        if field_name == "email" and object_name in CONTACTS:
            return True
        shape = self._shapes.get(object_name) or self.describe(object_name)
        field = shape.fields.get(field_name)
        return field is not None and field.unique
