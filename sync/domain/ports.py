"""What the engine asks of the outside: every Protocol a CRM connector must satisfy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from sync.domain.advice import Advice
from sync.domain.people import Person
from sync.domain.record import Fields, Native, Record, RecordRef
from sync.domain.schema import ObjectShape

__all__ = [
    "Account",
    "ChangeQuery",
    "Crm",
    "FieldChange",
    "Peek",
    "Rate",
    "Usage",
    "Write",
    "WriteKind",
    "WriteOutcome",
    "WriteResult",
]


@dataclass(frozen=True, slots=True)
class Account:
    """Which portal or org this is."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """Records of one object whose modification stamp is `since` or later (None: all there are).

    `fields` names the fields wanted, as the CRM spells them.
    """

    object_name: str
    fields: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """The newest page of a query: `records` newest first, and how many there are in `total`.

    `read_at` is the CRM's own clock when it answered. `owners` names, for an object whose rows
    belong to other records, those owners whose rows must be read anew to know what changed.
    """

    records: tuple[Record, ...]
    total: int
    read_at: datetime
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One change of one field as a CRM's own history tells it.

    `before` is None where the history does not say what stood there. `editor` is the CRM's id of
    the user who changed it, where it was one; `source` what it names as the cause, in its words.
    """

    id: str
    field: str
    at: datetime
    before: Native
    after: Native
    editor: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many units of a currency (ISO 4217) one unit of the account's own currency is worth.

    `since` is the first day it holds, None for the rate that holds where no dated one does.
    """

    currency: str
    units: Decimal
    since: date | None = None


class WriteKind(StrEnum):
    """What a write does to one record."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    ASSOCIATE = "associate"  # values that stand apart from the record, and only those


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One planned write to one record.

    `token` is unique in the batch and comes back in the result. `values` holds only what is to
    be written, None to clear. `read_back` names the fields whose stored value is wanted.
    `unique_key` names the field of `values` that is unique in the CRM, where there is one.
    `assign` lets the CRM's own assignment rules choose the record's owner. `backward` tells that a
    stage goes back, which some CRMs allow only after it was emptied: both are done as one.
    """

    token: str
    kind: WriteKind
    object_name: str
    id: str | None = None
    values: Fields = field(default_factory=dict)
    read_back: tuple[str, ...] = ()
    unique_key: str | None = None
    assign: bool = False
    backward: bool = False


class WriteOutcome(StrEnum):
    """What became of one write."""

    DONE = "done"
    DUPLICATE = "duplicate"  # refused: such a record exists; `existing` names it where known
    REJECTED = "rejected"  # refused for what it holds; sending it again as it is will not help
    LOCKED = "locked"  # refused for now; may be sent again later
    GONE = "gone"  # the record addressed is deleted or merged away
    FROZEN = "frozen"  # the record takes no writes any more (a converted lead)
    UNKNOWN = "unknown"  # no answer: it may or may not have been carried out


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What the CRM did with one write.

    `stored` holds the fields of `read_back` as the CRM holds them after the write, with the
    record's new stamp, where the CRM's answer gives them. `fields` names the fields (as the CRM
    spells them) a refusal is about. `code` and `message` are the CRM's own words, `advice` says
    what they mean, where the connector knows. `perhaps_done` says that an attempt before the last
    one was never answered: whatever became of that one, the record may hold what was sent.
    """

    token: str
    outcome: WriteOutcome
    id: str | None = None
    stored: Record | None = None
    existing: RecordRef | None = None
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()
    request_id: str = ""
    advice: Advice | None = None
    perhaps_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Calls made by this connector so far, and the day's quota as the CRM last stated it."""

    calls: int
    writes: int
    quota: int | None = None
    left: int | None = None


class Crm(Protocol):
    """One CRM as the engine sees it.

    Reads retry what can be retried inside; what is left raises a `ConnectorError` or
    `CredentialError`. All times are UTC and aware, in the CRM's own clock.
    """

    @property
    def title(self) -> str:
        """The CRM's name as people read it."""
        ...

    @property
    def credentials(self) -> str:
        """A digest of address and credentials, to notice when they change; tells nothing else."""
        ...

    @property
    def batch_size(self) -> int:
        """How many writes of one kind and object one call takes."""
        ...

    @property
    def tie_batch_size(self) -> int:
        """How many writes of kind ASSOCIATE one call takes."""
        ...

    def batch_size_of(self, object_name: str) -> int:
        """Tell how many writes of one kind one call takes for this object, where it differs."""
        ...

    def batch_size_for(self, object_name: str, kind: WriteKind, coming: int) -> int:
        """Tell how many writes to hand to `apply` at once where so many are still to come.

        More than `batch_size_of` where many at once take fewer calls.
        """
        ...

    def account(self) -> Account:
        """Fetch which portal or org the credentials belong to (one call)."""
        ...

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's fields; raises SchemaDriftError where there is no such object."""
        ...

    def people(self) -> Sequence[Person]:
        """Read every user, owner and queue, those who left too, in as few calls as possible."""
        ...

    def own_user(self) -> str | None:
        """Fetch the id of the user the credentials belong to; None where it is nobody's (one
        call)."""
        ...

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Take shapes described earlier, so that values can be typed without describing again."""
        ...

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        """Fetch the newest page of each query, in their order, in as few calls as possible.

        Deleted records with proof are among the records where the CRM's change query shows them.
        """
        ...

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages, each record at least once, losing none however
        many there are and however many carry one stamp."""
        ...

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id in full batches; those that are missing are left out.

        A record that was merged away may come back under its survivor's ref with the asked id
        among `aliases`; a deleted one may come back with `gone` set.
        """
        ...

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values, unaffected by index delay
        where the field is unique."""
        ...

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages, with these fields and no others."""
        ...

    def read_ties(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read fields that stand apart from their records as they are now, by (id, field).

        In full batches. Other reads may give such a field a moment late.
        """
        ...

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records deleted or archived since then, with proof, `gone` set.

        Of `fields` they hold what they held before.
        """
        ...

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when single fields were last edited, by (id, field), where the CRM keeps it."""
        ...

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how single fields changed, as far as the CRM keeps it, oldest first for a record.

        For these records, or (ids None) for all; only changes made at `since` or later. Gives
        nothing where the CRM keeps no history of a field.
        """
        ...

    def rates(self) -> Sequence[Rate]:
        """Read what currencies are worth, dated rates too; empty where there is one currency."""
        ...

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch: one kind, one object; one result each, in order.

        It holds `batch_size_of` the object at most, `batch_size` for most objects, or as many as
        `batch_size_for` told.
        Writes of kind ASSOCIATE come in batches of `tie_batch_size` at most.

        Refusals of single records are results, not exceptions. A batch whose answer never came
        gives UNKNOWN for creates; updates and archives are repeated inside, being idempotent.
        Raises ConnectorError where the CRM as a whole does not answer or the quota is used up.
        """
        ...

    def await_writes(self, unanswered: Mapping[str, int]) -> None:
        """Wait until nothing is being written any more that a run before this one has sent.

        `unanswered` tells of how many writes to each object nobody knows what became. Raises
        UnavailableError where it takes too long; nothing may be judged by looking before that.
        """
        ...

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left, from answers already seen (no call)."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
