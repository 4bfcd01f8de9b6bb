"""Creating records across, never twice: found again by our key before anything is sent again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sync.domain.errors import UnavailableError
from sync.domain.funnel import STAGE
from sync.domain.plan import FieldWrite, Item, Refused
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Fields, Native, Record, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    ConflictKind,
    LinkState,
    MovedEnd,
    NewConflict,
    NewError,
    NewLink,
    RecordState,
    Sighting,
    SightingKind,
    TrackedRecord,
)
from sync.engine.keep import MovingShadow
from sync.engine.references import waiting_of
from sync.engine.sending import (
    LOCK_PAUSES,
    Batches,
    Desk,
    advice_of,
    audit_write,
    error_of,
    message_of,
    tracked,
)
from sync.engine.sight import key_hashes, sight
from sync.engine.stage_writes import settle_stage, spelled

__all__ = ["Creates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Create:
    """One pending create; `dropped` are native names the CRM refused, which are left out."""

    item: Item
    side: Side
    origin: RecordRef
    spell: Callable[[FieldWrite], Fields]
    dropped: frozenset[str] = frozenset()
    tries: int = 0

    @property
    def writes(self) -> tuple[FieldWrite, ...]:
        """What the record is made with; what stands apart is written once it is there."""
        return tuple(one for one in self.item.writes if not self._is_dropped(one) and not one.apart)

    @property
    def dropped_names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.item.writes if self._is_dropped(one))

    def _is_dropped(self, write: FieldWrite) -> bool:
        return bool(self.dropped) and any(name in self.dropped for name in self.spell(write))

    def values(self) -> dict[str, Native]:
        keys = self.item.keys.get(self.side, {})
        spelled = {name: value for one in self.writes for name, value in self.spell(one).items()}
        return {**spelled, **keys}

    def origin_values(self) -> dict[str, Native]:
        at = 0 if self.side is Side.RIGHT else 1
        return {name: values[at] for name, values in self.item.seen.items()}

    def refs(self, made: RecordRef) -> tuple[RecordRef, RecordRef]:
        return (self.origin, made) if self.side is Side.RIGHT else (made, self.origin)


class Creates:
    """Pending creates by side and object."""

    def __init__(self, desk: Desk) -> None:
        """Start with none."""
        self._desk = desk
        self._batches = Batches(desk, WriteKind.CREATE, partial(_Sending, desk))

    @property
    def waits(self) -> bool:
        """Whether any create waits to be sent."""
        return self._batches.waits

    def add(self, item: Item) -> None:
        """Take an item that creates a record."""
        assert item.side is not None
        origin = item.ref(item.side.other)
        assert origin is not None
        spell = partial(spelled, self._desk.pair, item.object_name)
        create = _Create(item=item, side=item.side, origin=origin, spell=spell)
        self._batches.add(item.side, item.object_name, create)

    def send(self, *, rest: bool) -> None:
        """Send all full batches, and with `rest` what is left too."""
        self._batches.send(rest=rest)


class _Sending:
    """One batch on its way."""

    def __init__(self, desk: Desk, side: Side, object_name: str, batch: Sequence[_Create]) -> None:
        self._desk = desk
        self._side = side
        self._object_name = object_name
        self._batch = batch
        self._key_field = desk.pair.key_fields.get((side, object_name))
        self._changes = Changes()
        self._journal: Sequence[int] = ()
        self._made: list[tuple[_Create, Record]] = []
        self._origins = desk.session.store.records.get(
            desk.pair.name, side.other, [one.origin for one in batch]
        )

    def _without_standing(self) -> list[_Create]:
        """Give the creates whose row is not there yet; those of others are linked, or held.

        What a row ties may have become one with what another ties, which no match key tells.
        """
        relation = self._desk.pair.relation
        if relation is None:
            return list(self._batch)
        natives = [rule.native_name(self._side, self._object_name) or "" for rule in relation.ends]
        ends = {
            one.origin: tuple(one.values().get(native) or "" for native in natives)
            for one in self._batch
        }
        standing = self._standing(set(ends.values()))
        left = []
        for one in self._batch:
            row = standing.get(ends[one.origin])
            own = one.item.ref(self._side) if one.item.link_id is not None else None
            if row is None or row == own or not self._take_existing(one, row):
                left.append(one)
            else:
                self._desk.done(1)
        if len(left) < len(self._batch):
            self._desk.commit(self._changes)
            self._changes = Changes()
        return left

    def _standing(self, ties: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], RecordRef]:
        """Give the rows that tie these and are not gone, by what they tie."""
        store, pair, side = self._desk.session.store, self._desk.pair.name, self._side
        tying = store.ends.tying(
            pair,
            side,
            self._object_name,
            owners=sorted({tie[0] for tie in ties}),
            members=sorted({tie[1] for tie in ties}),
        )
        found = {ref: (owner, member) for ref, owner, member in tying if (owner, member) in ties}
        known = store.records.get(pair, side, sorted(found))
        return {
            tie: ref
            for ref, tie in found.items()
            if ref in known and known[ref].state is not RecordState.GONE
        }

    def begin(self) -> Sequence[Write]:
        """Write down what is about to be sent, and give it; nothing where all are there."""
        desk, side, kind = self._desk, self._side, WriteKind.CREATE
        self._batch = self._without_standing()
        if not self._batch:
            return ()
        self._journal = desk.intend(
            side,
            kind,
            self._object_name,
            [
                desk.intent(
                    side, kind, self._object_name, origin=one.origin, audit=self._audit_of(one)
                )
                for one in self._batch
            ],
        )
        return self._writes()

    def end(self, results: Sequence[WriteResult]) -> Sequence[_Create]:
        """Write down what became of the batch; give what is to be sent again."""
        desk = self._desk
        desk.note_sent(self._side, WriteKind.CREATE, self._object_name, results)
        found = self._look_for_lost(results)
        again: list[_Create] = []
        for number, (one, result) in enumerate(zip(self._batch, results, strict=True)):
            made = found.get(one.origin.id) or self._made_of(one, result)
            outcome = WriteOutcome.DONE if made is not None else result.outcome
            self._changes.journal.append((self._journal[number], outcome.value))
            retry = None
            if made is not None:
                self._take(one, made)
            else:
                retry = self._fail(one, result)
            if retry is None:
                desk.done(1)
            else:
                again.append(retry)
        self._close_former()
        desk.commit(self._changes)
        self._follow()
        desk.pause_for_locks(results)
        return again

    def _audit_of(self, one: _Create) -> tuple[AuditEntry, ...]:
        """Give what is sent, so that a run that finds the record knows what was agreed on."""
        refs = {self._side.other: one.origin}
        left, right = refs.get(Side.LEFT), refs.get(Side.RIGHT)
        name = self._desk.pair.name
        return tuple(audit_write(name, None, each, left=left, right=right) for each in one.writes)

    def _writes(self) -> list[Write]:
        fields = self._desk.pair.native_fields(self._side, self._object_name)
        return [
            Write(
                token=str(number),
                kind=WriteKind.CREATE,
                object_name=self._object_name,
                values=one.values(),
                read_back=fields,
                unique_key=self._key_field,
                assign=one.item.funnel is not None and one.item.funnel.assign,
            )
            for number, one in enumerate(self._batch)
        ]

    def _made_of(self, one: _Create, result: WriteResult) -> Record | None:
        if result.outcome is not WriteOutcome.DONE:
            return None
        if result.stored is not None:
            return result.stored
        assert result.id is not None
        ref = RecordRef(self._object_name, result.id)
        # Of a row its ends are known without an answer that holds them.
        fields = one.values() if self._desk.pair.relation is not None else {}
        return Record(ref=ref, fields=fields, stamp=self._desk.session.clock())

    def _look_for_lost(self, results: Sequence[WriteResult]) -> dict[str, Record]:
        """Look for records whose create was never answered, by the id of their origin."""
        lost = [
            one.origin.id
            for one, result in zip(self._batch, results, strict=True)
            if result.outcome is WriteOutcome.UNKNOWN
        ]
        if not lost:
            return {}
        session = self._desk.session
        if self._key_field is None:
            raise UnavailableError(
                f"{session.title(self._side)} did not say what became of {len(lost)} new "
                f"{self._object_name} records; the next run looks for them before it sends "
                f"anything again",
                system=session.title(self._side),
                object_name=self._object_name,
            )
        fields = self._desk.pair.native_fields(self._side, self._object_name)
        found = session.crms[self._side].find(self._object_name, self._key_field, lost, fields)
        return {
            id: record for record in found if (id := record.fields.get(self._key_field)) is not None
        }

    # --- done -------------------------------------------------------------------------------

    def _take(self, one: _Create, record: Record) -> None:
        """Link the new record; what was sent and stored is the shadow."""
        desk, side, pair = self._desk, self._side, self._desk.pair
        desk.tally.count(pair.name, side, "created")
        self._made.append((one, record))
        # What was taken away and is put back keeps its link.
        token = one.item.link_id if one.item.link_id is not None else -len(self._made)
        left, right = one.refs(record.ref)
        stored = pair.project(side, record.ref.object_name, record.fields)
        own, other = MovingShadow.of(None), MovingShadow.of(None)
        other.seen.update(one.origin_values())
        for write in one.writes:
            kept = stored.get(write.name, write.new)
            value = kept if desk.same(side, write.name, kept, write.new) else write.new
            if write.name == STAGE:
                value = kept if write.new in (kept or "").split(";") else write.new
                settle_stage(pair, own, one.spell(write), stored)
            own.base[write.name] = own.seen[write.name] = value
            other.base[write.name] = write.origin
        written = {write.name for write in one.writes}
        for name in ((one.item.settled.keys() | one.dropped_names) & pair.people) - written:
            # The CRM gave the record an owner by itself, which is nobody's edit.
            own.base[name] = own.seen[name] = stored.get(name)
            other.base[name] = None
        for name in self._blanks(one, stored) - written:
            own.base[name] = own.seen[name] = stored[name]
            other.base[name] = one.origin_values()[name]
        own.read_at = record.stamp
        other.read_at = desk.session.pulled_at.get(side.other)
        changes = self._changes
        if one.item.link_id is None:
            changes.links.append(NewLink(token=token, pair=pair.name, left=left, right=right))
        else:
            self._put_back(one.item, record.ref)
        changes.shadows.append(own.update(token, side))
        changes.shadows.append(other.update(token, side.other))
        changes.records.append((pair.name, tracked(side, record)))
        changes.records.extend(self._origin_records(one, RecordState.LINKED))
        changes.settled_records.append((pair.name, side.other, one.origin))
        changes.audit.append(
            AuditEntry(
                pair=pair.name, link_id=token, kind="create", side=side, left=left, right=right
            )
        )
        changes.audit.extend(
            audit_write(pair.name, token, write, left=left, right=right) for write in one.writes
        )
        changes.waiting.extend((pair.name, waiting_of(token, each)) for each in one.item.waiting)
        if one.item.funnel is not None:
            changes.funnel.append((token, one.item.funnel))
            if one.item.funnel.rule_key is not None and one.item.funnel.turns is not None:
                changes.turns[one.item.funnel.rule_key] = one.item.funnel.turns
        self._keep_findings(one, token, left, right)

    def _blanks(self, one: _Create, stored: Mapping[str, Native]) -> set[str]:
        """Name the fields in which both records are blank: they agree on that, too.

        Else what is entered before the next pass would meet a field nobody ever agreed on.
        """
        desk, origin = self._desk, one.origin_values()
        return {
            rule.name
            for rule in desk.pair.rules
            if rule.refers is None
            and not rule.funnel
            and rule.name in stored
            and rule.name in origin
            and desk.same(self._side, rule.name, stored[rule.name], None)
            and desk.same(self._side.other, rule.name, origin[rule.name], None)
        }

    def _close_former(self) -> None:
        """Close links whose row is there again as another one's: its id says what it ties.

        Such a link waited since its two rows tied different records, and one was taken away.
        """
        desk = self._desk
        if desk.pair.relation is None or not self._made:
            return
        own = {record.ref: one.item.link_id for one, record in self._made}
        former = desk.session.store.links.of(desk.pair.name, self._side, list(own))
        left = [link.id for ref, link in former.items() if link.id != own[ref]]
        if left:
            desk.commit(Changes(link_states=[(id, LinkState.CLOSED) for id in left]))

    def _put_back(self, item: Item, made: RecordRef) -> None:
        """Let the link of a row go over to the one that was made in its place."""
        assert item.link_id is not None
        former = item.ref(self._side)
        assert former is not None
        if former != made:
            self._changes.moved.append(
                MovedEnd(
                    pair=item.pair, link_id=item.link_id, side=self._side, former=former, heir=made
                )
            )
        self._changes.link_states.append((item.link_id, LinkState.OPEN))
        self._changes.settled_groups.append((item.pair, f"deleted:{item.link_id}"))

    def _keep_findings(self, one: _Create, token: int, left: RecordRef, right: RecordRef) -> None:
        pair, side = self._desk.pair.name, self._side
        self._changes.conflicts.extend(
            NewConflict(
                pair=pair,
                kind=ConflictKind.FIELD,
                records=((Side.LEFT, left), (Side.RIGHT, right)),
                link_id=token,
                field=held.name,
                left=held.left,
                right=held.right,
                reason=held.why or held.reason,
                proposal=held.proposal,
            )
            for held in one.item.held
        )
        self._changes.errors.extend(
            NewError(
                pair=pair,
                side=side,
                ref=left if side is Side.LEFT else right,
                origin=one.origin,
                link_id=token,
                field=refused.name,
                category=refused.category,
                code=refused.code,
                message=refused.message,
                fix=refused.fix,
            )
            for refused in one.item.refused
        )

    def _follow(self) -> None:
        """Stage both sides of new links: the id to keep, and what the CRM filled in by itself."""
        if not self._made:
            return
        desk, other = self._desk, self._side.other
        # A record whose answer holds every mapped field need not be read in the next pass.
        whole = {
            record.ref
            for one, record in self._made
            if one.origin in self._origins and self._is_whole(record)
        }
        desk.stage_again(self._side, [record for _, record in self._made], whole=whole)
        store, name = desk.session.store, desk.pair.name
        refs = [one.origin for one, _ in self._made]
        links = store.links.of(name, other, refs)
        store.staging.add(
            name,
            [
                Sighting(
                    side=other,
                    record=self._origin_record(one),
                    kind=SightingKind.CHANGED,
                    link_id=links[one.origin].id,
                    keys=self._origin_keys(one),
                )
                for one, _ in self._made
                if one.origin in self._origins
            ],
        )

    def _is_whole(self, record: Record) -> bool:
        """Tell whether an answer holds all that is mapped; nothing stands apart of a new record."""
        side, name = self._side, record.ref.object_name
        told = self._desk.pair.project(side, name, record.fields)
        return all(
            rule.name in told
            for rule in self._desk.pair.rules
            if (side, name) not in rule.apart and rule.native_name(side, name) is not None
        )

    # --- failed -----------------------------------------------------------------------------

    def _fail(self, one: _Create, result: WriteResult) -> _Create | None:
        """Decide what a failed create needs: another try, a link, or an error item."""
        match result.outcome:
            case WriteOutcome.LOCKED if one.tries < len(LOCK_PAUSES):
                return replace(one, tries=one.tries + 1)
            case WriteOutcome.UNKNOWN if one.tries == 0:
                return replace(one, tries=1)
            case WriteOutcome.UNKNOWN:
                title = self._desk.session.title(self._side)
                raise UnavailableError(
                    f"{title} did not say what became of new {self._object_name} records, twice; "
                    f"the next run looks for them before it sends anything again",
                    system=title,
                    object_name=self._object_name,
                )
            case WriteOutcome.DUPLICATE if result.existing is not None:
                if self._take_existing(one, result.existing):
                    return None
            case WriteOutcome.REJECTED if blamed := self._blamed(one, result):
                return self._without(one, blamed, result)
        self._changes.errors.append(
            error_of(self._desk.pair.name, self._side, result, ref=None, origin=one.origin)
        )
        self._changes.records.extend(
            self._origin_records(one, RecordState.IN_ERROR, why=result.code)
        )
        return None

    def _blamed(self, one: _Create, result: WriteResult) -> frozenset[str]:
        """Give the refused fields a record can be made without; none if it cannot."""
        needed = self._desk.pair.required_values(self._side, self._object_name)
        blamed = frozenset(
            native
            for write in one.writes
            for native in one.spell(write)
            if native in result.fields and write.name not in needed
        )
        named = frozenset(result.fields) & frozenset(one.values())
        return blamed if blamed == named and len(blamed) < len(one.values()) else frozenset()

    def _without(self, one: _Create, blamed: frozenset[str], result: WriteResult) -> _Create:
        """Give the create again without the refused values; each becomes an error item."""
        advice = advice_of(result)
        refused = tuple(
            Refused(
                side=self._side,
                name=write.name,
                native_name=write.native_name,
                code=result.code,
                message=message_of(result),
                fix=advice.fix,
                category=advice.category.value,
            )
            for write in one.writes
            if any(native in blamed for native in one.spell(write))
        )
        item = replace(one.item, refused=(*one.item.refused, *refused))
        return replace(one, item=item, dropped=one.dropped | blamed)

    def _take_existing(self, one: _Create, existing: RecordRef) -> bool:
        """Have the record a refusal names linked, where our key or a match rule agrees (R8).

        Tell whether the refusal is dealt with: linked in the next pass, or held.
        """
        desk, pair = self._desk, self._desk.pair
        sighting = self._sight_existing(existing)
        if sighting is None:
            return False
        own_keys = self._origin_keys(one)
        agrees = sighting.counterpart == one.origin.id or (
            sighting.counterpart is None and not set(sighting.keys).isdisjoint(own_keys)
        )
        if sighting.kind is SightingKind.NEW and agrees and sighting.included:
            origin = Sighting(
                side=self._side.other,
                record=self._origin_record(one),
                kind=SightingKind.NEW,
                keys=own_keys,
            )
            desk.session.store.staging.add(pair.name, [sighting, origin])
            return True
        left, right = one.refs(existing)
        why = "is linked to another one" if sighting.link_id else "shares no match key with it"
        if sighting.record.frozen:
            why = "was converted since, and takes no writes any more"
        title = desk.session.title(self._side)
        link_id = one.item.link_id
        group = f"refused:{self._side.value}:{one.origin.id}"
        self._changes.conflicts.append(
            NewConflict(
                pair=pair.name,
                kind=ConflictKind.DUPLICATE if link_id is None else ConflictKind.DELETED,
                records=((Side.LEFT, left), (Side.RIGHT, right)),
                link_id=link_id,
                group=group if link_id is None else f"deleted:{link_id}",
                reason=f"{title} holds such a record already, and it {why}",
            )
        )
        desk.tally.count(pair.name, self._side.other, "held")
        if link_id is None:
            self._changes.records.extend(self._origin_records(one, RecordState.HELD, why=why))
        else:
            # What was to be put back stands there as another one's: the link waits for a person.
            self._changes.link_states.append((link_id, LinkState.ASLEEP))
        return True

    def _sight_existing(self, existing: RecordRef) -> Sighting | None:
        desk, pair = self._desk, self._desk.pair
        if existing.object_name not in pair.objects[self._side]:
            return None
        fields = pair.native_fields(self._side, existing.object_name)
        crm = desk.session.crms[self._side]
        records = list(crm.fetch(existing.object_name, [existing.id], fields))
        return sight(desk.session, pair, self._side, records)[0] if records else None

    # --- the origin -------------------------------------------------------------------------

    def _origin_record(self, one: _Create) -> Record:
        known = self._origins[one.origin]
        return Record(
            ref=one.origin, fields=one.origin_values(), stamp=known.stamp, created=known.created
        )

    def _origin_keys(self, one: _Create) -> tuple[tuple[int, str], ...]:
        """Give the match keys of the origin, worked out from its values as read."""
        pair, side = self._desk.pair, self._side.other
        values = one.origin_values()
        natives = {
            native_name: values[rule.name]
            for rule in pair.rules
            if (native_name := rule.native_name(side, one.origin.object_name)) is not None
            and rule.name in values
        }
        record = Record(ref=one.origin, fields=natives, stamp=self._desk.session.clock())
        return key_hashes(self._desk.session, pair, side, record)

    def _origin_records(
        self, one: _Create, state: RecordState, *, why: str = ""
    ) -> list[tuple[str, TrackedRecord]]:
        known = self._origins.get(one.origin)
        if known is None:
            return []
        return [(self._desk.pair.name, replace(known, state=state, why=why))]
