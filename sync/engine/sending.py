"""What every kind of write shares: intents, results in plain words, staging for another pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, Protocol, TypeVar

from mappings.bound import BoundPair
from sync.domain.advice import Advice, Category
from sync.domain.plan import FieldWrite
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    Intent,
    NewError,
    RecordState,
    SightingKind,
    TrackedRecord,
)
from sync.engine.in_flight import InFlight
from sync.engine.keep import commit_counted
from sync.engine.rekeyed import rekeyed
from sync.engine.session import Session
from sync.engine.sight import sight
from sync.engine.tally import Tally
from sync.ops.logging import get_logger

__all__ = [
    "LOCK_PAUSES",
    "Batches",
    "Desk",
    "Sending",
    "advice_of",
    "audit_write",
    "error_of",
    "message_of",
    "tracked",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: How long to wait before records that are locked are sent again, in seconds.
LOCK_PAUSES = (2.0, 5.0)

#: What an outcome means where the connector says nothing more of it.
_ADVICE = {
    WriteOutcome.DUPLICATE: Advice(
        Category.DUPLICATE, "", "Merge the two records in that CRM, or correct the value in one."
    ),
    WriteOutcome.REJECTED: Advice(
        Category.REFUSED,
        "",
        "Correct the value, or the rule that refuses it; it is then sent again.",
    ),
    WriteOutcome.LOCKED: Advice(
        Category.LOCKED,
        "",
        "Nothing: it is tried again. If it stays, look for a job that holds it.",
    ),
    WriteOutcome.GONE: Advice(
        Category.GONE, "", "Nothing: the next full comparison settles the link."
    ),
    WriteOutcome.FROZEN: Advice(
        Category.CONVERTED, "", "Nothing is written to a converted lead; work on its contact."
    ),
}
_UNCLEAR = Advice(Category.REFUSED, "", "Look at the record in the CRM.")


@dataclass(slots=True)
class Desk:
    """Where the senders of one pair and pass work: the run, the pair, the counts.

    `flights` carries the batches; `planned` tells how many writes the pass has in all, by side,
    object and kind, as far as they were counted.
    """

    session: Session
    pair: BoundPair
    tally: Tally
    done: Callable[[int], None]
    flights: InFlight
    planned: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def intend(
        self, side: Side, kind: WriteKind, object_name: str, intents: Sequence[Intent]
    ) -> Sequence[int]:
        """Write down what is about to be sent; durable before this returns."""
        self.session.ensure_ours()
        return self.session.store.journal.intend(self.session.run, intents, self.session.clock())

    def intent(
        self,
        side: Side,
        kind: WriteKind,
        object_name: str,
        *,
        record_id: str | None = None,
        link_id: int | None = None,
        origin: RecordRef | None = None,
        audit: tuple[AuditEntry, ...] = (),
    ) -> Intent:
        """Make one intent of this pair."""
        return Intent(
            pair=self.pair.name,
            side=side,
            kind=kind.value,
            object_name=object_name,
            record_id=record_id,
            link_id=link_id,
            origin=origin,
            audit=audit,
        )

    def note_sent(
        self, side: Side, kind: WriteKind, object_name: str, results: Sequence[WriteResult]
    ) -> None:
        """Log one batch that was answered."""
        done = sum(result.outcome is WriteOutcome.DONE for result in results)
        get_logger(run_id=f"r{self.session.run}").debug(
            "batch_written",
            pair=self.pair.name,
            side=self.session.title(side),
            object=object_name,
            kind=kind.value,
            records=len(results),
            refused=len(results) - done,
        )

    def commit(self, changes: Changes) -> dict[int, int]:
        """Commit a batch's changes; give the ids of new links by token."""
        return commit_counted(self.session, self.pair, changes, self.tally)

    def same(self, side: Side, name: str, one: Native, two: Native) -> bool:
        """Tell whether two values of a field differ in form at most."""
        codec = self.pair.rule(name).codec
        return one == two or codec.normal(side, one) == codec.normal(side, two)

    def stage_again(
        self,
        side: Side,
        records: Sequence[Record],
        *,
        whole: Collection[RecordRef] = (),
        keyed: bool = False,
    ) -> None:
        """Stage records of this pair that came out of a write otherwise than it was sent.

        Those that are `whole`, with all that is known of them, are staged in any case, so that the
        next pass need not read them; where match keys were written (`keyed`), so are those that
        carry others by now.
        """
        sightings = sight(self.session, self.pair, side, records)
        anew = rekeyed(self.session, self.pair, sightings) if keyed else set()
        changed = [
            replace(one, kind=SightingKind.CHANGED)
            if one.kind is SightingKind.SAME and one.record.ref in whole
            else one
            for one in sightings
        ]
        self.session.store.staging.add(
            self.pair.name,
            [one for one in changed if one.kind is not SightingKind.SAME or one.record.ref in anew],
        )

    def pause_for_locks(self, results: Sequence[WriteResult]) -> None:
        """Wait a little where records were locked."""
        if any(result.outcome is WriteOutcome.LOCKED for result in results):
            self.session.sleep(LOCK_PAUSES[0])


class Sending(Protocol[T_co]):
    """One batch of pending writes on its way; both steps are taken by the thread of the state."""

    def begin(self) -> Sequence[Write]:
        """Write down what is about to be sent, and give it; nothing where nothing is left to."""
        ...

    def end(self, results: Sequence[WriteResult]) -> Sequence[T_co]:
        """Write down what became of it; give what is to be sent again."""
        ...


class _Job(Generic[T]):
    """One batch as something that goes and comes back."""

    def __init__(
        self,
        desk: Desk,
        side: Side,
        sending: Sending[T],
        pending: list[T],
        *,
        alone: bool,
    ) -> None:
        self.side = side
        self.alone = alone
        self._crm = desk.session.crms[side]
        self._sending = sending
        self._pending = pending

    def begin(self) -> Callable[[], Sequence[WriteResult]] | None:
        writes = self._sending.begin()
        return partial(self._crm.apply, writes) if writes else None

    def end(self, results: Sequence[WriteResult]) -> bool:
        self._pending.extend(self._sending.end(results))
        return all(result.outcome is not WriteOutcome.LOCKED for result in results)


class Batches(Generic[T]):
    """Pending writes of one kind by side and object, handed out in full batches."""

    def __init__(
        self,
        desk: Desk,
        kind: WriteKind,
        sending: Callable[[Side, str, Sequence[T]], Sending[T]],
    ) -> None:
        """Start with none; `sending` makes of a batch what sends it."""
        self._desk = desk
        self._kind = kind
        self._sending = sending
        self._pending: dict[tuple[Side, str], list[T]] = {}
        self._handed: dict[tuple[Side, str], int] = {}

    @property
    def waits(self) -> bool:
        """Whether any write waits to be handed out."""
        return any(self._pending.values())

    def add(self, side: Side, object_name: str, one: T) -> None:
        """Take one pending write."""
        self._pending.setdefault((side, object_name), []).append(one)

    def send(self, *, rest: bool) -> None:
        """Hand out all full batches, and with `rest` what is left too."""
        for (side, object_name), pending in self._pending.items():
            while pending:
                size = self._size(side, object_name, len(pending), rest=rest)
                if len(pending) < size and not rest:
                    break
                batch = pending[:size]
                del pending[:size]
                self._hand_out(side, object_name, batch)

    def _hand_out(self, side: Side, object_name: str, batch: Sequence[T]) -> None:
        place = (side, object_name)
        self._handed[place] = self._handed.get(place, 0) + len(batch)
        usual = self._desk.session.crms[side].batch_size_of(object_name)
        job = _Job(
            self._desk,
            side,
            self._sending(side, object_name, batch),
            self._pending[place],
            alone=self._kind is not WriteKind.ASSOCIATE and len(batch) > usual,
        )
        self._desk.flights.add(job)

    def _size(self, side: Side, object_name: str, pending: int, *, rest: bool) -> int:
        """Tell how many writes make a full batch, by how many are still to come."""
        crm = self._desk.session.crms[side]
        if self._kind is WriteKind.ASSOCIATE:
            return crm.tie_batch_size
        planned = self._desk.planned.get((side.value, object_name, self._kind.value), 0)
        more = 0 if rest else planned - self._handed.get((side, object_name), 0)
        return crm.batch_size_for(object_name, self._kind, max(pending, more))


def tracked(side: Side, record: Record) -> TrackedRecord:
    """Give what is kept of a linked record after it was written."""
    return TrackedRecord(
        side=side,
        ref=record.ref,
        stamp=record.stamp,
        created=record.created,
        state=RecordState.LINKED,
    )


def audit_write(
    pair: str,
    link_id: int | None,
    write: FieldWrite,
    *,
    left: RecordRef | None,
    right: RecordRef | None,
) -> AuditEntry:
    """Give the audit row of one field write, the overruled value kept."""
    overruled = None
    if write.overruled is not None:
        overruled = write.old if write.overruled is write.side else write.origin
    return AuditEntry(
        pair=pair,
        link_id=link_id,
        kind="write",
        field=write.name,
        side=write.side,
        before=write.old,
        after=write.new,
        origin=write.origin,
        reason=write.reason.name,
        overruled=overruled,
        overruled_side=write.overruled,
        left=left,
        right=right,
    )


def error_of(
    pair: str,
    side: Side,
    result: WriteResult,
    *,
    ref: RecordRef | None,
    origin: RecordRef | None,
    link_id: int | None = None,
    field: str = "",
) -> NewError:
    """Make the error item of a refused write."""
    advice = advice_of(result)
    return NewError(
        pair=pair,
        side=side,
        ref=ref,
        origin=origin,
        link_id=link_id,
        field=field,
        category=advice.category.value,
        code=result.code,
        message=message_of(result),
        fix=advice.fix,
    )


def advice_of(result: WriteResult) -> Advice:
    """Give what a refusal means and asks for, as far as anybody knows."""
    return result.advice or _ADVICE.get(result.outcome, _UNCLEAR)


def message_of(result: WriteResult) -> str:
    """Say what happened, with the CRM's own words, naming the record that stands in the way."""
    words = result.message or result.code or result.outcome.value
    if result.existing is not None and result.existing.id not in words:
        words = f"{words} (the other record is {result.existing.object_name} {result.existing.id})"
    what = advice_of(result).what
    return f"{what}: {words}" if what else words
