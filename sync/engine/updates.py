"""Updating records that are linked, in full batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sync.domain.funnel import STAGE
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Fields, Native, Record, RecordRef, Side
from sync.domain.routing import ROUTED
from sync.domain.store import AuditEntry, Changes, Shadow
from sync.engine.keep import Kept, MovingShadow
from sync.engine.resolutions import take_resolved
from sync.engine.sending import LOCK_PAUSES, Batches, Desk, audit_write, error_of, tracked
from sync.engine.settle import stage_records
from sync.engine.stage_writes import (
    goes_back,
    is_ignored,
    kept_text,
    not_taken,
    settle_stage,
    spelled,
    stands,
)
from sync.engine.undone import hold_undone

__all__ = ["Updates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """One pending update of one record; `keys` are ids of the other side to keep on it.

    `again` tells that the record is written by another kind of write, too, and counts once.
    `spell` gives what a field's write sends, `backward` tells that a stage goes back, `assign`
    that the CRM's own rules are to give the record an owner.
    """

    link_id: int
    side: Side
    ref: RecordRef
    other: RecordRef
    writes: tuple[FieldWrite, ...]
    keys: dict[str, str]
    spell: Callable[[FieldWrite], Fields]
    again: bool = False
    tries: int = 0
    backward: bool = False
    assign: bool = False

    def values(self) -> dict[str, Native]:
        spelled = {name: value for one in self.writes for name, value in self.spell(one).items()}
        return {**spelled, **self.keys}

    def is_blamed(self, write: FieldWrite, blamed: Collection[str]) -> bool:
        return any(name in blamed for name in self.spell(write))

    @property
    def gives_owner(self) -> bool:
        return any(write.name == ROUTED for write in self.writes)

    @property
    def left(self) -> RecordRef:
        return self.ref if self.side is Side.LEFT else self.other

    @property
    def right(self) -> RecordRef:
        return self.ref if self.side is Side.RIGHT else self.other


class Updates:
    """Pending updates by side and object: of records, or of what stands beside them."""

    def __init__(self, desk: Desk, *, kind: WriteKind = WriteKind.UPDATE) -> None:
        """Start with none; of kind ASSOCIATE they write what stands apart, and nothing else."""
        self._desk = desk
        self._kind = kind
        self._apart = kind is WriteKind.ASSOCIATE
        self._batches = Batches(desk, kind, partial(_Sending, desk, kind))

    @property
    def waits(self) -> bool:
        """Whether any update waits to be sent."""
        return self._batches.waits

    def add(self, kept: Kept) -> None:
        """Take the updates of an item, one for each side it touches."""
        item = kept.item
        assert kept.link_id is not None
        for side in sorted(item.touches):
            writes = item.writes_on(side, apart=self._apart)
            if not writes and (self._apart or not item.updates(side)):
                continue
            ref, other = item.ref(side), item.ref(side.other)
            assert ref is not None
            assert other is not None
            update = _Update(
                link_id=kept.link_id,
                side=side,
                ref=ref,
                other=other,
                writes=writes,
                keys={} if self._apart else dict(item.keys.get(side, {})),
                again=self._apart and item.updates(side),
                spell=partial(spelled, self._desk.pair, ref.object_name),
                backward=goes_back(self._desk.pair, writes),
                assign=side is Side.RIGHT and item.funnel is not None and item.funnel.assign,
            )
            self._batches.add(side, ref.object_name, update)

    def send(self, *, rest: bool) -> None:
        """Send all full batches, and with `rest` what is left too."""
        self._batches.send(rest=rest)


def _audit(desk: Desk, one: _Update) -> tuple[AuditEntry, ...]:
    return tuple(
        audit_write(desk.pair.name, one.link_id, write, left=one.left, right=one.right)
        for write in one.writes
    )


def _without(one: _Update, names: Collection[str]) -> _Update:
    return replace(one, writes=tuple(each for each in one.writes if each.name not in names))


class _Sending:
    """One batch on its way."""

    def __init__(
        self,
        desk: Desk,
        kind: WriteKind,
        side: Side,
        object_name: str,
        batch: Sequence[_Update],
    ) -> None:
        self._desk = desk
        self._kind = kind
        self._side = side
        self._object_name = object_name
        self._batch = batch
        # Written down before the batch is sent, and kept for good once it is answered.
        self._audits = [_audit(desk, one) for one in batch]
        self._changes = Changes()
        self._closed: list[tuple[_Update, WriteResult]] = []
        self._shadows: dict[tuple[int, Side], Shadow] = {}
        self._journal: Sequence[int] = ()

    def begin(self) -> Sequence[Write]:
        """Write down what is about to be sent, and give it."""
        desk, side = self._desk, self._side
        self._journal = desk.intend(
            side,
            self._kind,
            self._object_name,
            [
                desk.intent(
                    side,
                    self._kind,
                    self._object_name,
                    record_id=one.ref.id,
                    link_id=one.link_id,
                    origin=one.other,
                    audit=audit,
                )
                for one, audit in zip(self._batch, self._audits, strict=True)
            ],
        )
        return self._writes()

    def end(self, results: Sequence[WriteResult]) -> Sequence[_Update]:
        """Write down what became of the batch; give what is to be sent again."""
        desk, side = self._desk, self._side
        desk.note_sent(side, self._kind, self._object_name, results)
        # Only now: what was written to the other side meanwhile has moved them.
        self._shadows.update(desk.session.store.links.shadows([o.link_id for o in self._batch]))
        again: list[_Update] = []
        changed: list[Record] = []
        for number, (one, result) in enumerate(zip(self._batch, results, strict=True)):
            self._note_answer(one, result, self._journal[number])
            retry = None
            if result.outcome is WriteOutcome.DONE:
                ignored = self._ignored(one, result)
                self._changes.audit += [
                    entry for entry in self._audits[number] if entry.field not in ignored
                ]
                differs = self._take(_without(one, ignored), result)
                if result.stored is not None and (differs or self._rekeys(one)):
                    changed.append(result.stored)
                retry = self._insist(one, result) if ignored else None
            else:
                retry = self._fail(one, result)
            if one.gives_owner and (retry is None or not retry.gives_owner):
                self._changes.owners[one.link_id] = None
            if retry is None:
                desk.done(1)
            else:
                again.append(retry)
        self._look_after_closed()
        desk.commit(self._changes)
        desk.stage_again(side, changed, keyed=True)
        desk.pause_for_locks(results)
        return again

    def _note_answer(self, one: _Update, result: WriteResult, entry: int) -> None:
        """Close an intent, and those it overtakes; one that may be carried out is looked after.

        Whoever was refused after an attempt without an answer may hold what was sent: that is no
        edit of anybody's there.
        """
        unsettled, at = self._desk.session.unsettled, (self._side, one.ref)
        names = {write.name for write in one.writes}
        if result.outcome is WriteOutcome.DONE:
            earlier = unsettled.pop(at, {})
            self._changes.journal += [
                (other, "settled") for other, sent in earlier.items() if sent <= names
            ]
            if left := {other: sent for other, sent in earlier.items() if not sent <= names}:
                unsettled[at] = left
        elif result.outcome is WriteOutcome.UNKNOWN or result.perhaps_done:
            unsettled.setdefault(at, {})[entry] = names
            return
        self._changes.journal.append((entry, result.outcome.value))

    def _rekeys(self, one: _Update) -> bool:
        """Tell whether a field was written by which records are matched."""
        return any(
            write.name in rule for rule in self._desk.pair.match_rules for write in one.writes
        )

    def _writes(self) -> list[Write]:
        fields = self._desk.pair.native_fields(self._side, self._object_name)
        return [
            Write(
                token=str(number),
                kind=self._kind,
                object_name=self._object_name,
                id=one.ref.id,
                values=one.values(),
                # What stands apart comes out as it was sent, or is refused.
                read_back=() if self._kind is WriteKind.ASSOCIATE else fields,
                backward=one.backward,
                assign=one.assign,
            )
            for number, one in enumerate(self._batch)
        ]

    def _take(self, one: _Update, result: WriteResult) -> bool:
        """Move the shadows of what was written; tell whether it was stored otherwise."""
        desk, side, pair = self._desk, self._side, self._desk.pair
        if not one.again and (one.tries == 0 or one.writes or one.keys):
            desk.tally.count(pair.name, side, "updated")
        stored = (
            pair.project(side, self._object_name, result.stored.fields) if result.stored else {}
        )
        own, other = self._moving(one, side), self._moving(one, side.other)
        for write in one.writes:
            kept = stored.get(write.name, write.new)
            if write.takes_back:
                self._took_back(one, write, own, kept, stored)
            if pair.rule(write.name).funnel:
                self._take_told(one, write, own, kept, stored)
                continue
            value = kept if desk.same(side, write.name, kept, write.new) else write.new
            own.base[write.name] = own.seen[write.name] = value
            other.base[write.name] = write.origin
            other.seen[write.name] = write.raw
            self._changes.settled_fields.append((one.link_id, write.name))
            self._arrives(one, write)
            if write.cause:
                self._changes.carried.append((one.link_id, write.name))
        self._changes.resolved.extend(
            (one.link_id, name, side)
            for name in take_resolved(
                desk.session, pair, one.link_id, [write.name for write in one.writes], side=side
            )
        )
        if not any(write.takes_back for write in one.writes):
            self._settle_record(one)
        if result.stored is not None:
            own.read_at = result.stored.stamp
            self._changes.records.append((pair.name, tracked(side, result.stored)))
        self._put(one, side, own)
        if one.writes:
            self._put(one, side.other, other)
        return any(
            name not in own.seen or own.seen[name] != value for name, value in stored.items()
        )

    def _took_back(
        self,
        one: _Update,
        write: FieldWrite,
        own: MovingShadow,
        kept: Native,
        stored: Fields,
    ) -> None:
        """Hold a field that an undo took back, in the same transaction that notes it."""
        pair, side = self._desk.pair, self._side
        sent = one.spell(write)
        for rule in pair.rules:
            # What another line reads there, too, is nobody's edit.
            shared = rule.name != write.name and rule.native_name(side, self._object_name) in sent
            if shared and not rule.funnel and rule.name in stored:
                own.base[rule.name] = own.seen[rule.name] = stored[rule.name]
        if write.reason is Reason.UNDONE:
            self._changes.conflicts.append(
                hold_undone(
                    pair,
                    side,
                    write.name,
                    link_id=one.link_id,
                    left=one.left,
                    right=one.right,
                    now=kept,
                    across=write.raw,
                )
            )

    def _take_told(
        self,
        one: _Update,
        write: FieldWrite,
        own: MovingShadow,
        kept: Native,
        stored: Fields,
    ) -> None:
        """Move the shadow of what the funnel decides: it is agreed on by no other side."""
        if write.name == STAGE:
            same = write.new in (kept or "").split(";")
        else:
            same = self._desk.same(self._side, write.name, kept, write.new)
        own.base[write.name] = own.seen[write.name] = kept if same else write.new
        self._changes.settled_fields.append((one.link_id, write.name))
        if write.name == STAGE:
            self._changes.staged_at.append((one.link_id, self._side))
            settle_stage(self._desk.pair, own, one.spell(write), stored)

    def _ignored(self, one: _Update, result: WriteResult) -> frozenset[str]:
        """Name the stage, where the CRM answered that it wrote it, and kept another one (L7)."""
        if result.stored is None:
            return frozenset()
        stored = result.stored.fields
        return frozenset(
            write.name
            for write in one.writes
            if write.name == STAGE and is_ignored(self._desk.pair, self._object_name, write, stored)
        )

    def _insist(self, one: _Update, result: WriteResult) -> _Update | None:
        """Give a stage that was not taken to be emptied and set, or hold it if that was done."""
        desk, side = self._desk, self._side
        assert result.stored is not None
        (write,) = (each for each in one.writes if each.name == STAGE)
        if not one.backward and stands(desk.pair, write.old):
            whole = partial(spelled, desk.pair, self._object_name, whole=True)
            return replace(one, writes=(write,), keys={}, again=True, backward=True, spell=whole)
        kept = kept_text(desk.pair, self._object_name, write, result.stored.fields)
        own = self._moving(one, side)
        own.base[STAGE] = own.seen[STAGE] = kept
        self._put(one, side, own)
        self._changes.staged_at.append((one.link_id, side))
        self._changes.conflicts.append(
            not_taken(
                desk.pair,
                side,
                write,
                kept,
                link_id=one.link_id,
                left=one.left,
                right=one.right,
                title=desk.session.title(side),
            )
        )
        desk.tally.count(desk.pair.name, side, "held")
        return None

    def _fail(self, one: _Update, result: WriteResult) -> _Update | None:
        """Make error items of what was refused; give the rest of the record to be sent again."""
        if result.outcome is WriteOutcome.LOCKED and one.tries < len(LOCK_PAUSES):
            return replace(one, tries=one.tries + 1)
        if result.outcome in (WriteOutcome.GONE, WriteOutcome.FROZEN):
            self._closed.append((one, result))
            return None
        return self._refused(one, result)

    def _look_after_closed(self) -> None:
        """Read the records that take no writes any more, and stage what became of them.

        Those that were deleted, merged or converted are decided anew in the next pass of this run,
        so nothing of them is an error (R19).
        """
        if not self._closed:
            return
        session, pair, side = self._desk.session, self._desk.pair, self._side
        went: set[RecordRef] = set()
        for record in stage_records(session, pair, side, [one.ref for one, _ in self._closed]):
            went.update(RecordRef(record.ref.object_name, alias) for alias in record.aliases)
            if record.gone or record.frozen:
                went.add(record.ref)
        for one, result in self._closed:
            if one.ref not in went:
                self._refused(one, result)

    def _refused(self, one: _Update, result: WriteResult) -> _Update | None:
        """Keep what was refused as errors; give the rest of the record to be sent again."""
        blamed = frozenset(result.fields) & frozenset(one.values())
        names_fields = result.outcome in (WriteOutcome.REJECTED, WriteOutcome.DUPLICATE)
        rest = replace(
            one,
            writes=tuple(write for write in one.writes if not one.is_blamed(write, blamed)),
            keys={name: id for name, id in one.keys.items() if name not in blamed},
        )
        # Of a stage one value may be blamed, and another one is not sent without it.
        if not (names_fields and blamed and (rest.writes or rest.keys)):
            failing = self._keep_errors(one, result, one.writes, blamed)
            # What failed before for another cause would stay due for ever beside these.
            self._changes.settled_fields.extend(
                (one.link_id, write.name) for write in one.writes if write.name not in failing
            )
            if "" not in failing:
                self._settle_record(one)
            return None
        failed = tuple(write for write in one.writes if one.is_blamed(write, blamed))
        self._keep_errors(one, result, failed, blamed)
        return rest

    def _settle_record(self, one: _Update) -> None:
        """Close what stood against the record as a whole.

        Of a record written by an update, too, that one's answer tells; associations do not.
        """
        if not (one.again and self._kind is WriteKind.ASSOCIATE):
            self._changes.settled_sides.append((one.link_id, self._side))

    def _keep_errors(
        self,
        one: _Update,
        result: WriteResult,
        failed: Sequence[FieldWrite],
        blamed: frozenset[str],
    ) -> Sequence[str]:
        """Keep an error item for each field the CRM names, else one for the record (named "").

        An association is an item of its own. Give those names. Both sides count as seen: unless one
        moves or the item is due, nothing is sent again.
        """
        whole = [write.name for write in failed] if self._kind is WriteKind.ASSOCIATE else [""]
        names = [write.name for write in failed if one.is_blamed(write, blamed)] or whole
        self._changes.errors.extend(
            error_of(
                self._desk.pair.name,
                self._side,
                result,
                ref=one.ref,
                origin=one.other,
                link_id=one.link_id,
                field=name,
            )
            for name in names
        )
        own, other = self._moving(one, self._side), self._moving(one, self._side.other)
        for write in failed:
            own.seen[write.name] = write.old
            if self._desk.pair.rule(write.name).funnel:
                continue
            self._arrives(one, write)
            other.seen[write.name] = write.raw
            if write.cause:
                self._changes.put_off.append((one.link_id, write.name))
        self._put(one, self._side, own)
        self._put(one, self._side.other, other)
        return names

    def _arrives(self, one: _Update, write: FieldWrite) -> None:
        """Let a reference wait no longer: it is written, or what refused it is kept as an error."""
        if self._desk.pair.rule(write.name).refers is not None:
            self._changes.arrived.append((one.link_id, write.name))

    def _moving(self, one: _Update, side: Side) -> MovingShadow:
        return MovingShadow.of(self._shadows.get((one.link_id, side)))

    def _put(self, one: _Update, side: Side, moving: MovingShadow) -> None:
        self._changes.shadows.append(moving.update(one.link_id, side))
        shadow: Shadow = moving.shadow()
        self._shadows[one.link_id, side] = shadow
