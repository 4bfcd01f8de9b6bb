"""What the engine asks of the state: values it keeps and the Protocol a store must satisfy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from sync.domain.audit import Audit
from sync.domain.facts import Facts
from sync.domain.forgotten import Forgotten
from sync.domain.funnel import Funnel, FunnelNote
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.resolutions import Resolution
from sync.domain.routing import OwedOwner, Turns
from sync.domain.sales import Sales
from sync.domain.stages import StageEvents

__all__ = [
    "INTENDED",
    "AuditEntry",
    "Changes",
    "Committed",
    "Conflict",
    "ConflictKind",
    "End",
    "Ends",
    "ErrorItem",
    "Findings",
    "Intent",
    "Joined",
    "Journal",
    "JournalEntry",
    "KeyedRecord",
    "Lease",
    "Lines",
    "Link",
    "LinkState",
    "Links",
    "Marks",
    "MovedEnd",
    "NewConflict",
    "NewError",
    "NewLink",
    "Outdated",
    "Plan",
    "PlanState",
    "Plans",
    "RecordState",
    "Records",
    "References",
    "Resolutions",
    "RowEnds",
    "RunRow",
    "Runs",
    "Shadow",
    "ShadowUpdate",
    "Sighting",
    "SightingKind",
    "Staging",
    "Store",
    "TrackedRecord",
    "WaitingReference",
    "Watermark",
]


class LinkState(StrEnum):
    """How a link stands."""

    OPEN = "open"
    OUTSIDE = "outside"  # left `include`: no field travels
    ASLEEP = "asleep"  # one record is gone and the mapping says ignore, or there is no proof
    CLOSED = "closed"  # unlinked; kept so that the records are remembered


class RecordState(StrEnum):
    """How one record stands that the sync has seen."""

    LINKED = "linked"
    LEFT_OUT = "left_out"
    HELD = "held"
    IN_ERROR = "in_error"
    GONE = "gone"
    REMEMBERED = "remembered"  # once linked, then unlinked: never created again


class SightingKind(StrEnum):
    """What a pulled record is to the run."""

    SAME = "same"  # linked, and equal to what was seen last
    CHANGED = "changed"  # linked, and different
    NEW = "new"  # not linked
    GONE = "gone"  # deleted or archived, with proof
    WAITING = "waiting"  # a row not linked, to be looked at again once what it ties is


class PlanState(StrEnum):
    """How a kept plan stands."""

    DRAFT = "draft"  # being made, or applied by the run that made it
    KEPT = "kept"
    APPROVED = "approved"
    SPENT = "spent"
    UNDO = "undo"  # takes a run back; the guard stopped it
    UNDO_APPROVED = "undo_approved"
    CHECK = "check"  # no plan: what `verify` found, one item for each link that does not agree


class ConflictKind(StrEnum):
    """What a held item is about."""

    FIELD = "field"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    MERGED = "merged"  # one record here by now, still two there


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one object of one side has been processed.

    All times are the CRM's. `stamp` is when the last reading began; up to `proven_at`, which is
    never later, nothing can have moved unseen; `compared_at` is when all ids and stamps were
    compared last. `mapping` is the fingerprint of the mapping it was read by.
    """

    stamp: datetime
    proven_at: datetime
    compared_at: datetime
    mapping: str


@dataclass(frozen=True, slots=True)
class Link:
    """This left record and that right record are one."""

    id: int
    pair: str
    left: RecordRef
    right: RecordRef
    state: LinkState

    def ref(self, side: Side) -> RecordRef:
        """Give the record on one side."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class Shadow:
    """What one side of a link held, by field name.

    `base` holds the values when the two sides last agreed; a field that is not in it never has
    agreed. `seen` holds the values as last read. `read_at` is when they were last read.
    """

    base: Mapping[str, Native]
    seen: Mapping[str, Native]
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One record as this run pulled it; `record.fields` is by field name of the pair.

    `keys` are (rule, keyed hash); `counterpart` is the other side's id the record carries.
    """

    side: Side
    record: Record
    kind: SightingKind
    link_id: int | None = None
    included: bool = True
    why: str = ""
    keys: tuple[tuple[int, str], ...] = ()
    counterpart: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRecord:
    """What the state knows of one record of one side; `why` is the rule that left it out."""

    side: Side
    ref: RecordRef
    stamp: datetime
    created: datetime | None
    state: RecordState
    included: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRecord:
    """One record that carries a key of a match rule."""

    rule: int
    hash: str
    side: Side
    ref: RecordRef
    stamp: datetime
    created: datetime | None
    included: bool


# --- what one batch changes, written in one transaction -----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to be made; `token` (negative) stands for its id in the same batch."""

    token: int
    pair: str
    left: RecordRef
    right: RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEnd:
    """One side of a link that goes over from the record `former` to `heir`."""

    pair: str
    link_id: int
    side: Side
    former: RecordRef
    heir: RecordRef


@dataclass(frozen=True, slots=True)
class Joined:
    """A link whose records lead to the link `into` from now on; those of `sides` became its."""

    link_id: int
    into: int
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowUpdate:
    """The new shadow of one side of a link."""

    link_id: int
    side: Side
    base: Mapping[str, Native]
    seen: Mapping[str, Native]
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done or decided to one field or link, and why."""

    pair: str
    link_id: int | None
    kind: str
    field: str = ""
    side: Side | None = None
    before: Native = None
    after: Native = None
    origin: Native = None
    reason: str = ""
    overruled: Native = None
    overruled_side: Side | None = None
    left: RecordRef | None = None
    right: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConflict:
    """An item that waits for a person; its identity is link and field, or the group."""

    pair: str
    kind: ConflictKind
    records: tuple[tuple[Side, RecordRef], ...]
    link_id: int | None = None
    field: str = ""
    group: str = ""
    left: Native = None
    right: Native = None
    reason: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewError:
    """One write or value that failed; its identity is the record and the field."""

    pair: str
    side: Side
    ref: RecordRef | None
    origin: RecordRef | None
    link_id: int | None = None
    field: str = ""
    category: str
    code: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An open held item as kept."""

    id: int
    pair: str
    kind: ConflictKind
    records: tuple[tuple[Side, RecordRef], ...]
    link_id: int | None
    field: str
    left: Native
    right: Native
    reason: str
    proposal: str
    opened_run: int
    opened_at: datetime
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorItem:
    """An open error item as kept."""

    id: int
    pair: str
    side: Side
    ref: RecordRef | None
    origin: RecordRef | None
    link_id: int | None
    field: str
    category: str
    code: str
    message: str
    fix: str
    attempts: int
    opened_run: int
    opened_at: datetime
    next_try: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReference:
    """A reference that waits: a link's field is to name the record `id` of a pair and side.

    `side` is the one the record named stands on; the other side has no counterpart of it yet, or
    could not be told of it yet.
    """

    link_id: int
    field: str
    refers: str
    side: Side
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEnds:
    """What one row of a relation ties, by ids of its own CRM; `waits` for a link of one of them."""

    ref: RecordRef
    owner: str
    member: str
    waits: bool


@dataclass(frozen=True, slots=True)
class End:
    """One end of a relation: records of a pair, of these objects of its two sides."""

    pair: str
    objects: Mapping[Side, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outdated:
    """The line that carried a field of a link last; `waits` until a run has looked at it since.

    `was` is "" where no line ever did, RETURNED where the field was paused meanwhile, and ADOPTED
    where what both sides agreed on was lost with the state: no rule of first linking decides it.
    """

    was: str
    waits: bool

    RETURNED: ClassVar[str] = "returned"
    ADOPTED: ClassVar[str] = "adopted"


@dataclass(slots=True, kw_only=True)
class Changes:
    """All that one batch changes in the state; a link id may be the token of a new link.

    Links that are to be closed are closed before others are `moved`; a record a link left leads to
    it for good, and so do those of the links `joined` with it. A record that is `awaited`, since a
    link is to go over to it, leads to that link already. What is settled closes its open
    items: a field of a link, one side of a link as a whole, a group, an unlinked record.
    References that wait come with their pair; what has `arrived` (or names nothing any more)
    waits no longer. Fields of links that stand as the mapping now says are `carried`; those that
    were looked at and stay as an earlier line left them are `put_off`. Those `adopted`, by pair,
    link and field, were agreed on by a state that is lost.
    What is `returned`, by pair and field, is paused no longer: its own error is closed.
    `turns` says, by routing rule, how the turns of its people stand after these hand-overs;
    `owners`, by link, who is still to be written as the owner, and that somebody was (None).
    `funnel` says where people stand from now on, and who was handed over or back; `staged_at` on
    which sides the stage agreed on is written by now. `noted` are intents that stay unfinished
    while their audit is written, each with those of its writes whose values stand.
    """

    links: list[NewLink] = field(default_factory=list)
    link_states: list[tuple[int, LinkState]] = field(default_factory=list)
    moved: list[MovedEnd] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    awaited: list[MovedEnd] = field(default_factory=list)
    shadows: list[ShadowUpdate] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    records: list[tuple[str, TrackedRecord]] = field(default_factory=list)
    conflicts: list[NewConflict] = field(default_factory=list)
    errors: list[NewError] = field(default_factory=list)
    settled_fields: list[tuple[int, str]] = field(default_factory=list)
    settled_sides: list[tuple[int, Side]] = field(default_factory=list)
    overtaken: list[tuple[int, Side, str]] = field(default_factory=list)
    settled_groups: list[tuple[str, str]] = field(default_factory=list)
    settled_records: list[tuple[str, Side, RecordRef]] = field(default_factory=list)
    waiting: list[tuple[str, WaitingReference]] = field(default_factory=list)
    arrived: list[tuple[int, str]] = field(default_factory=list)
    carried: list[tuple[int, str]] = field(default_factory=list)
    put_off: list[tuple[int, str]] = field(default_factory=list)
    adopted: list[tuple[str, int, str]] = field(default_factory=list)
    returned: list[tuple[str, str]] = field(default_factory=list)
    journal: list[tuple[int, str]] = field(default_factory=list)
    noted: list[tuple[int, tuple[AuditEntry, ...]]] = field(default_factory=list)
    turns: dict[str, Turns] = field(default_factory=dict)
    owners: dict[int, OwedOwner | None] = field(default_factory=dict)
    funnel: list[tuple[int, FunnelNote]] = field(default_factory=list)
    staged_at: list[tuple[int, Side]] = field(default_factory=list)
    resolved: list[tuple[int, str, Side | None]] = field(default_factory=list)
    resolved_groups: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit gave: real ids by token, and how many items were newly opened."""

    link_ids: Mapping[int, int]
    conflicts: int
    errors: int


# --- the journal --------------------------------------------------------------------------------


#: How an entry of the journal stands until a commit says what became of it.
INTENDED = "intended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write about to be sent; `origin` is the record a create is made from.

    `audit` is what is to be noted once the write is known to be done.
    """

    pair: str
    side: Side
    kind: str
    object_name: str
    record_id: str | None
    link_id: int | None
    origin: RecordRef | None
    audit: tuple[AuditEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """An intent of an earlier run whose result never was written down.

    Once it is `noted`, its audit is written, and it holds only what was found to stand.
    """

    id: int
    run: int
    intent: Intent
    noted: bool = False


# --- plans, runs, leases -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The head of a kept plan; `fingerprint` is that of the mapping it was made by."""

    id: int
    created: datetime
    state: PlanState
    fingerprint: str
    summary: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Give the id as people type it."""
        return f"p{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run as kept."""

    id: int
    kind: str
    started: datetime
    ended: datetime | None
    exit: int | None
    stopped: str | None
    summary: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Give the id as people type it."""
        return f"r{self.id}"


class Lease(Protocol):
    """The right to run, held until released."""

    @property
    def held(self) -> bool:
        """Tell whether the right is still this run's; a process that slept may have lost it."""
        ...

    def release(self) -> None:
        """Give the right back."""
        ...


class Runs(Protocol):
    """Runs, and what is kept once for the whole state."""

    def begin(self, kind: str, at: datetime) -> int:
        """Begin a run and give its number."""
        ...

    def end(
        self,
        run: int,
        *,
        at: datetime,
        exit: int,  # noqa: A002 the word everybody knows it by
        stopped: str | None,
        summary: Mapping[str, Any],
    ) -> None:
        """Write down how a run ended."""
        ...

    def latest(self, limit: int) -> Sequence[RunRow]:
        """Give the latest runs, the newest first."""
        ...

    def get(self, run: int) -> RunRow | None:
        """Give one run."""
        ...

    def note(self, name: str) -> str | None:
        """Give a note kept under a name."""
        ...

    def keep_note(self, name: str, value: str) -> None:
        """Keep a note under a name, in the place of an earlier one."""
        ...

    def secret(self) -> bytes:
        """Give the key under which match keys are hashed, made once."""
        ...

    def lease(self, holder: str, *, now: datetime, ttl: timedelta) -> Lease:
        """Take the right to run; raises RunLockedError where another has it."""
        ...


class Marks(Protocol):
    """Watermarks."""

    def get(self, pair: str, side: Side, object_name: str) -> Watermark | None:
        """Give the watermark of one object of one side."""
        ...

    def set(self, pair: str, side: Side, object_name: str, mark: Watermark) -> None:
        """Move it."""
        ...


class Links(Protocol):
    """Links with their shadows."""

    def of(self, pair: str, side: Side, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Link]:
        """Give the links of records, closed ones left out."""
        ...

    def closed_of(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, Link]:
        """Give the closed links of records, which are remembered."""
        ...

    def former_of(
        self, pair: str, side: Side, refs: Sequence[RecordRef], *, became: bool = False
    ) -> Mapping[RecordRef, Link]:
        """Give the links that records lead to which are not their own, closed links left out.

        With `became` only those a record of which is what this one became.
        """
        ...

    def former_ids(self, ids: Sequence[int]) -> Mapping[int, Sequence[tuple[Side, str]]]:
        """Give the ids that lead to links beside their own, by link."""
        ...

    def rivals(self, pair: str, ids: Sequence[int]) -> Mapping[int, Sequence[tuple[Side, Link]]]:
        """Give the links, not closed, whose record on a side became one of these links'."""
        ...

    def by_id(self, ids: Sequence[int]) -> Mapping[int, Link]:
        """Give links by id."""
        ...

    def shadows(
        self, ids: Sequence[int], side: Side | None = None
    ) -> Mapping[tuple[int, Side], Shadow]:
        """Give the shadows of links by link and side: of one side, or of both."""
        ...

    def apart(self, pair: str, side: Side, field: str) -> Iterator[tuple[int, str]]:
        """Give the open links one side of which holds a value of a field that both never agreed
        on, with that value."""
        ...

    def count(self, pair: str, state: LinkState = LinkState.OPEN) -> int:
        """Count the links of a pair that stand in a state."""
        ...

    def beyond(self, pair: str, after: int, *, size: int) -> Sequence[Link]:
        """Give the next links of a pair behind one, by id, closed ones left out."""
        ...

    def any(self) -> bool:
        """Tell whether there is any link at all."""
        ...

    def has_any(self, pair: str) -> bool:
        """Tell whether a pair has any link, closed ones too."""
        ...

    def kinds_beside(self, pairs: Sequence[str]) -> Sequence[tuple[str, str, str]]:
        """Give name, left and right object of links of all other pairs, closed ones left out."""
        ...

    def recent_writes(
        self, fields: Sequence[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Sequence[AuditEntry]]:
        """Give the last few writes of fields of links, newest first, by (link, field)."""
        ...


class Records(Protocol):
    """Every record seen, linked or not, with its match keys."""

    def get(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, TrackedRecord]:
        """Give what is known of records."""
        ...

    def count_since(self, pair: str, side: Side, object_name: str, since: datetime) -> int:
        """Count the records whose stamp is that time or later."""
        ...

    def by_keys(
        self, pair: str, keys: Sequence[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Sequence[KeyedRecord]]:
        """Give all records that carry these keys, staged ones as staged."""
        ...

    def of_refs_keys(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Sequence[tuple[int, str]]:
        """Give the kept keys of records, whether staged anew or not."""
        ...

    def beside_staged(
        self, pair: str, side: Side, vacated: Sequence[tuple[int, str]]
    ) -> Sequence[RecordRef]:
        """Give the kept records, neither linked nor staged, whose group may have changed.

        They carry a key of a staged record that is new or whose link changed, one that it carried
        before, or one of the keys `vacated`.
        """
        ...

    def beside(
        self, pair: str, side: Side, wanted: Sequence[tuple[int, str]]
    ) -> Sequence[RecordRef]:
        """Give the kept records, neither linked nor staged, that carry one of some keys."""
        ...

    def tally(self, pair: str) -> Mapping[tuple[Side, RecordState, str], int]:
        """Count the unlinked records of a pair by side, state and why."""
        ...

    def iterate(self, pair: str, side: Side, object_name: str) -> Iterator[Sequence[TrackedRecord]]:
        """Give all known records of an object, in chunks."""
        ...


class Staging(Protocol):
    """What this run pulled, until it is applied."""

    def clear(self) -> None:
        """Forget all that is staged."""
        ...

    def add(self, pair: str, sightings: Sequence[Sighting]) -> None:
        """Stage sightings; a record staged before is staged anew."""
        ...

    def of(self, pair: str, side: Side, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Sighting]:
        """Give the sightings of records."""
        ...

    def of_links(self, pair: str, link_ids: Sequence[int]) -> Mapping[tuple[int, Side], Sighting]:
        """Give the sightings of linked records by link and side."""
        ...

    def changed_links(
        self, pair: str, *, size: int, outdated: bool = False
    ) -> Iterator[Sequence[int]]:
        """Give the links with a changed or gone record, in chunks.

        With `outdated` also the open ones that are to be looked at under a changed line.
        """
        ...

    def moved(self, pair: str) -> Sequence[Sighting]:
        """Give the sightings of linked records that live on as another one."""
        ...

    def gone_links(self, pair: str, *, size: int) -> Iterator[Sequence[Sighting]]:
        """Give the sightings of linked records that are gone, in chunks."""
        ...

    def unlinked(self, pair: str, *, size: int) -> Iterator[Sequence[Sighting]]:
        """Give the sightings of unlinked records, in chunks."""
        ...

    def of_object(
        self, pair: str, side: Side, object_name: str, *, size: int
    ) -> Iterator[Sequence[Sighting]]:
        """Give the sightings of an object's records, linked or not, in chunks."""
        ...

    def holds(self, pair: str) -> bool:
        """Tell whether anything of a pair is staged."""
        ...

    def any_counterpart(self) -> tuple[Side, RecordRef] | None:
        """Give one staged record that carries the other side's id, if any does."""
        ...

    def keep(self, pair: str) -> None:
        """Turn what was staged into what is known: stamps, states and keys."""
        ...


class Plans(Protocol):
    """Plans and their items."""

    def open(self, fingerprint: str, at: datetime) -> int:
        """Begin a draft and give its number."""
        ...

    def add(self, plan: int, items: Iterable[Item]) -> None:
        """Add items, in their order."""
        ...

    def items(
        self, plan: int, *, pair: str | None = None, kinds: Sequence[ItemKind] = ()
    ) -> Iterator[Item]:
        """Give the items of a plan, in their order."""
        ...

    def get(self, plan: int) -> Plan | None:
        """Give the head of a plan."""
        ...

    def newest(self, *states: PlanState) -> Plan | None:
        """Give the newest plan that stands in one of the states."""
        ...

    def mark(self, plan: int, state: PlanState, summary: Mapping[str, Any] | None = None) -> None:
        """Move a plan to another state."""
        ...

    def drop(self, plan: int) -> None:
        """Forget a plan."""
        ...

    def forget(self, *states: PlanState, before: datetime) -> None:
        """Forget the plans made earlier that stand in one of the states, or in any."""
        ...

    def identities(self, plan: int) -> set[tuple[object, ...]]:
        """Give what makes each item the intention it is."""
        ...


class Findings(Protocol):
    """Held items and error items."""

    def open_fields(self, link_ids: Sequence[int]) -> set[tuple[int, str]]:
        """Give the fields of links that are held or in error, by link."""
        ...

    def open_names(self, pair: str) -> set[str]:
        """Give the names of the fields of links that are held or in error anywhere in a pair."""
        ...

    def failing(self, link_ids: Sequence[int]) -> set[int]:
        """Give those of the links that have an error item."""
        ...

    def conflicts(self, pair: str | None = None) -> Sequence[Conflict]:
        """Give the open held items, the oldest first."""
        ...

    def refused(self, pair: str) -> Sequence[Conflict]:
        """Give the open held items of records a copy of which was refused as a duplicate."""
        ...

    def errors(self, pair: str | None = None) -> Sequence[ErrorItem]:
        """Give the open error items, the oldest first."""
        ...

    def of_links(self, link_ids: Sequence[int]) -> tuple[Sequence[Conflict], Sequence[ErrorItem]]:
        """Give what is held of links, and what of them is in error."""
        ...

    def count(self) -> tuple[int, int]:
        """Count the open held items and error items."""
        ...

    def due(self, pair: str, now: datetime) -> Sequence[ErrorItem]:
        """Give the error items whose next try has come."""
        ...


class Resolutions(Protocol):
    """What people decided on held items, until a sync has carried it out."""

    def keep(self, resolutions: Sequence[Resolution]) -> None:
        """Keep what was decided, in the place of what was decided on the same items before."""
        ...

    def of_pair(self, pair: str) -> Sequence[Resolution]:
        """Give all that is to be carried out in a pair."""
        ...

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Mapping[str, Resolution]]:
        """Give what is to be carried out on fields of links, by link and field."""
        ...


class Lines(Protocol):
    """Mapping lines that changed, and the fields of links they have not carried yet."""

    def turn_to(self, pair: str, lines: Mapping[str, str], *, paused: Collection[str] = ()) -> None:
        """Take these for the lines of a pair, by field; what stands by others is out of date.

        A field that was turned away from and back again is as it was. The line of a `paused`
        field stays what it is; once it is read again, all links are looked at.
        """
        ...

    def of(self, pair: str) -> Mapping[str, str]:
        """Give the lines of a pair as last turned to, paused ones too."""
        ...

    def outdated(self, link_ids: Sequence[int]) -> Mapping[int, Mapping[str, Outdated]]:
        """Give the fields of links that the present lines have not carried, by link and field."""
        ...

    def waiting(self, pair: str) -> Mapping[str, int]:
        """Count, by field, the links to be looked at under a changed line."""
        ...


class References(Protocol):
    """References that wait for the record they name."""

    def waiting(self, link_ids: Sequence[int]) -> Mapping[tuple[int, str], WaitingReference]:
        """Give what waits of links, by link and field."""
        ...

    def ready(
        self,
        pair: str,
        *,
        refers: str,
        side: Side,
        objects: Sequence[str],
        made_in: int | None = None,
    ) -> Sequence[WaitingReference]:
        """Give what waits in a pair for records of another, and has a counterpart by now.

        `side` is the one the records named stand on, as records of one of these objects there.
        With `made_in` only what waits of links that were made in that run.
        """
        ...

    def count(self, pair: str) -> int:
        """Count what waits in a pair."""
        ...


class Ends(Protocol):
    """What rows of relations tie."""

    def note(self, pair: str, side: Side, ends: Sequence[RowEnds], *, run: int) -> None:
        """Note what rows tie, as a run sees them."""
        ...

    def missing(
        self, pair: str, side: Side, object_name: str, owners: Sequence[str], *, run: int
    ) -> Iterator[Sequence[str]]:
        """Give the known rows of some owners that a run has not seen, in chunks."""
        ...

    def tying(
        self,
        pair: str,
        side: Side,
        object_name: str,
        *,
        owners: Sequence[str],
        members: Sequence[str],
    ) -> Sequence[tuple[RecordRef, str, str]]:
        """Give the rows that tie one of these owners to one of these members, with both."""
        ...

    def ready(
        self, pair: str, side: Side, *, owner: End, member: End, made_in: int | None = None
    ) -> Iterator[Sequence[RecordRef]]:
        """Give the rows that waited for an end and whose ends both are linked by now, in chunks.

        With `made_in` only those one end of which was linked in that run.
        """
        ...


class Journal(Protocol):
    """Intents, written before each send."""

    def intend(self, run: int, intents: Sequence[Intent], at: datetime) -> Sequence[int]:
        """Write intents down, durably, and give their ids in order."""
        ...

    def unfinished(self) -> Sequence[JournalEntry]:
        """Give the intents whose result never was written down, the oldest first."""
        ...


class OwedOwners(Protocol):
    """Owners that routing chose and that are still to be written."""

    def all(self) -> Mapping[int, OwedOwner]:
        """Give all of them, by link; a run that came to its end leaves none."""
        ...


class Store(Protocol):
    """The state as the engine sees it."""

    @property
    def runs(self) -> Runs:
        """Give the runs."""
        ...

    @property
    def marks(self) -> Marks:
        """Give the watermarks."""
        ...

    @property
    def owed_owners(self) -> OwedOwners:
        """Give the owners that are still to be written."""
        ...

    @property
    def links(self) -> Links:
        """Give the links."""
        ...

    @property
    def records(self) -> Records:
        """Give the records."""
        ...

    @property
    def staging(self) -> Staging:
        """Give the staging."""
        ...

    @property
    def plans(self) -> Plans:
        """Give the plans."""
        ...

    @property
    def findings(self) -> Findings:
        """Give the findings."""
        ...

    @property
    def resolutions(self) -> Resolutions:
        """Give what people decided."""
        ...

    @property
    def lines(self) -> Lines:
        """Give the mapping lines."""
        ...

    @property
    def references(self) -> References:
        """Give the references that wait."""
        ...

    @property
    def ends(self) -> Ends:
        """Give what rows of relations tie."""
        ...

    @property
    def sales(self) -> Sales:
        """Give what is known of opportunities."""
        ...

    @property
    def journal(self) -> Journal:
        """Give the journal."""
        ...

    @property
    def audit(self) -> Audit:
        """Give what was done, run by run."""
        ...

    @property
    def stages(self) -> StageEvents:
        """Give the stage changes kept."""
        ...

    @property
    def funnel(self) -> Funnel:
        """Give where people stand in the funnel."""
        ...

    @property
    def facts(self) -> Facts:
        """Give what reports count by."""
        ...

    @property
    def forgotten(self) -> Forgotten:
        """Give who was forgotten."""
        ...

    def commit(self, changes: Changes, *, run: int, at: datetime) -> Committed:
        """Write all changes of one batch in one transaction."""
        ...
