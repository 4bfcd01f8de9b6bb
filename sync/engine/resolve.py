"""Deciding what becomes of records that have no link yet: linked, created, held or left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mappings.bind import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.match import Group, Match, MatchKind, Member, Prefer, resolve_match
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Held, Item, ItemKind, Refused, Waiting
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.rules import Arrow, Carried, FieldRule, Trouble, TroubleKind
from sync.domain.store import KeyedRecord, Link, Sighting, SightingKind
from sync.engine.reconcile import key_writes, link_item
from sync.engine.references import load_named
from sync.engine.session import Session, rank_of
from sync.engine.sight import COUNTERPART_RULE, counterpart_hash, refs_of, sight
from sync.engine.ties import confirmed

__all__ = ["look_again", "resolve_unlinked"]


def resolve_unlinked(session: Session, pair: BoundPair) -> Iterator[Item]:
    """Give one item for each unlinked record staged, in an order no page size changes."""
    for chunk in session.store.staging.unlinked(pair.name, size=session.settings.chunk):
        yield from _resolve_chunk(session, pair, chunk)


def look_again(session: Session, pair: BoundPair) -> None:
    """Stage the unlinked records whose group changed, although they themselves did not."""
    vacated = sorted(session.vacated.pop(pair.name, set()))
    waiting = {side: session.store.records.beside_staged(pair.name, side, vacated) for side in Side}
    for side, found in waiting.items():
        _stage_by_id(session, pair, side, sorted(found, key=lambda ref: ref.id))


def _stage_by_id(session: Session, pair: BoundPair, side: Side, refs: Sequence[RecordRef]) -> None:
    for object_name in pair.objects[side]:
        ids = [ref.id for ref in refs if ref.object_name == object_name]
        if not ids:
            continue
        fields = pair.native_fields(side, object_name)
        records = list(session.crms[side].fetch(object_name, ids, fields))
        session.store.staging.add(pair.name, sight(session, pair, side, records))


def _resolve_chunk(session: Session, pair: BoundPair, chunk: Sequence[Sighting]) -> Iterator[Item]:
    groups = _Groups(session, pair, chunk)
    remembered = {
        side: session.store.links.closed_of(
            pair.name, side, refs_of(one for one in chunk if one.side is side)
        )
        for side in Side
    }
    matches: list[tuple[Sighting, Match]] = []
    for one in chunk:
        was_linked = one.record.ref in remembered[one.side]
        match = resolve_match(groups.member(one), groups.of(one), prefer=_prefer(pair))
        if was_linked and not (one.included and _meets_newcomer(session, pair, one, match)):
            yield _left_out(pair, one, why="was unlinked before; it is remembered, not created")
        elif not one.included:
            yield _left_out(pair, one, why=one.why)
        else:
            matches.append((one, match))
    partners, brought = _partners(session, pair, matches)
    matches, partners = _as_tied(session, pair, matches, partners)
    mutual = _Groups(session, pair, list(partners.values()))
    for one, found in matches:
        match = _mutual(pair, one, found, partners, mutual)
        item = _item(session, pair, one, match, partners=partners, brought=brought)
        if item is not None:
            yield item


def _as_tied(
    session: Session,
    pair: BoundPair,
    matches: Sequence[tuple[Sighting, Match]],
    partners: Mapping[tuple[Side, RecordRef], Sighting],
) -> tuple[list[tuple[Sighting, Match]], Mapping[tuple[Side, RecordRef], Sighting]]:
    """Give what is to be linked or created with its associations as they are now."""
    acting = [
        one
        for one, match in matches
        if match.kind is MatchKind.LINK
        or (match.kind is MatchKind.ALONE and pair.creates(one.side.other))
    ]
    told = confirmed(session, pair, [*acting, *partners.values()])
    load_named(pair, told)
    fresh = {(one.side, one.record.ref): one for one in told}
    return (
        [(fresh.get((one.side, one.record.ref), one), match) for one, match in matches],
        {at: fresh.get(at, one) for at, one in partners.items()},
    )


def _meets_newcomer(session: Session, pair: BoundPair, one: Sighting, match: Match) -> bool:
    """Tell whether a record that was unlinked is matched by one that never was linked.

    It is not created again; yet a record somebody made for it since is its counterpart.
    """
    if match.partner is None:
        return False
    return not session.store.links.closed_of(pair.name, one.side.other, [match.partner])


def _mutual(
    pair: BoundPair,
    one: Sighting,
    match: Match,
    partners: Mapping[tuple[Side, RecordRef], Sighting],
    groups: _Groups,
) -> Match:
    """Link only where the partner, by its own groups, is to be linked to this very record."""
    if match.partner is None:
        return match
    partner = partners.get((one.side.other, match.partner))
    if partner is None or partner.kind is not SightingKind.NEW:
        return match
    back = resolve_match(groups.member(partner), groups.of(partner), prefer=_prefer(pair))
    if back.kind is MatchKind.LINK and back.partner == one.record.ref:
        return match
    return Match(
        kind=MatchKind.HOLD,
        why="its counterpart is held, or matches another record by a stronger rule",
        group=back.group or match.group,
        others=(groups.member(partner),),
    )


def _prefer(pair: BoundPair) -> Prefer | None:
    return Prefer(pair.prefer) if pair.prefer else None


class _Groups:
    """The groups the records of a chunk belong to, read in bulk."""

    def __init__(self, session: Session, pair: BoundPair, chunk: Sequence[Sighting]) -> None:
        self._session = session
        self._pair = pair
        keys = {key for one in chunk for key in one.keys if key[0] != COUNTERPART_RULE}
        keys.update(self._carriers_key(one) for one in chunk)
        self._by_key = session.store.records.by_keys(pair.name, sorted(keys))
        self._named = self._counterparts(chunk)
        self._links = self._links_of(
            [member for members in self._by_key.values() for member in members]
            + list(self._named.values())
        )

    def member(self, one: Sighting) -> Member:
        """Give the member a sighting is."""
        return Member(
            side=one.side,
            ref=one.record.ref,
            rank=rank_of(self._pair, one.side, one.record.ref),
            stamp=one.record.stamp,
            created=one.record.created,
            included=one.included,
        )

    def of(self, one: Sighting) -> list[Group]:
        """Give the groups of a record: by the ids both CRMs keep first, then rule by rule."""
        groups = []
        by_id = self._by_id(one)
        if by_id:
            groups.append(Group(name=f"key:{one.side}:{one.record.ref.id}", members=by_id))
        rules = sorted({rule for rule, _ in one.keys if rule != COUNTERPART_RULE})
        for rule in rules:
            hashes = [key for key in one.keys if key[0] == rule]
            members = {
                (member.side, member.ref): self._of_keyed(member)
                for key in hashes
                for member in self._by_key.get(key, ())
            }
            members.setdefault((one.side, one.record.ref), self.member(one))
            groups.append(Group(name=f"{rule}:{min(hashes)[1]}", members=tuple(members.values())))
        return groups

    def _by_id(self, one: Sighting) -> tuple[Member, ...]:
        members = {}
        for carrier in self._by_key.get(self._carriers_key(one), ()):
            if carrier.side is not one.side:
                members[carrier.side, carrier.ref] = self._of_keyed(carrier)
        named = self._named.get((one.side.other, one.counterpart or ""))
        if named is not None:
            members[named.side, named.ref] = self._of_keyed(named)
        if members:
            members[one.side, one.record.ref] = self.member(one)
        return tuple(members.values())

    def _carriers_key(self, one: Sighting) -> tuple[int, str]:
        hash = counterpart_hash(self._session, self._pair, one.side, one.record.ref.id)
        return (COUNTERPART_RULE, hash)

    def _counterparts(self, chunk: Sequence[Sighting]) -> dict[tuple[Side, str], KeyedRecord]:
        """Find the records the chunk's records name by id, where the state knows them."""
        found: dict[tuple[Side, str], KeyedRecord] = {}
        for side in Side:
            ids = [one.counterpart for one in chunk if one.side.other is side and one.counterpart]
            refs = [RecordRef(name, id) for id in ids for name in self._pair.objects[side]]
            if not refs:
                continue
            staged = self._session.store.staging.of(self._pair.name, side, refs)
            known = self._session.store.records.get(self._pair.name, side, refs)
            for ref in refs:
                if ref in staged and staged[ref].kind is not SightingKind.GONE:
                    record = staged[ref].record
                    found[side, ref.id] = KeyedRecord(
                        rule=COUNTERPART_RULE,
                        hash="",
                        side=side,
                        ref=ref,
                        stamp=record.stamp,
                        created=record.created,
                        included=staged[ref].included,
                    )
                elif ref in known and ref not in staged:
                    tracked = known[ref]
                    found[side, ref.id] = KeyedRecord(
                        rule=COUNTERPART_RULE,
                        hash="",
                        side=side,
                        ref=ref,
                        stamp=tracked.stamp,
                        created=tracked.created,
                        included=tracked.included,
                    )
        return found

    def _links_of(self, members: Iterable[KeyedRecord]) -> dict[tuple[Side, RecordRef], Link]:
        refs: dict[Side, set[RecordRef]] = {side: set() for side in Side}
        for member in members:
            refs[member.side].add(member.ref)
        return {
            (side, ref): link
            for side in Side
            for ref, link in self._session.store.links.of(
                self._pair.name, side, sorted(refs[side], key=lambda one: one.id)
            ).items()
        }

    def _of_keyed(self, one: KeyedRecord) -> Member:
        link = self._links.get((one.side, one.ref))
        other = one.side.other
        return Member(
            side=one.side,
            ref=one.ref,
            rank=rank_of(self._pair, one.side, one.ref),
            stamp=one.stamp,
            created=one.created,
            included=one.included,
            linked=link is not None,
            partner_rank=rank_of(self._pair, other, link.ref(other)) if link else 0,
        )


def _partners(
    session: Session, pair: BoundPair, matches: Sequence[tuple[Sighting, Match]]
) -> tuple[Mapping[tuple[Side, RecordRef], Sighting], frozenset[tuple[Side, RecordRef]]]:
    """Get the sightings of the records to link to: as staged, else read now.

    The second part names those that are staged as new themselves, and so bring the same link.
    """
    found: dict[tuple[Side, RecordRef], Sighting] = {}
    brought: set[tuple[Side, RecordRef]] = set()
    for side in Side:
        refs = [match.partner for one, match in matches if match.partner and one.side.other is side]
        if not refs:
            continue
        staged = session.store.staging.of(pair.name, side, refs)
        found.update({(side, ref): one for ref, one in staged.items()})
        brought.update(
            (side, ref)
            for ref, one in staged.items()
            if one.kind is SightingKind.NEW and one.included
        )
        for object_name in pair.objects[side]:
            ids = [ref.id for ref in refs if ref not in staged and ref.object_name == object_name]
            if ids:
                fields = pair.native_fields(side, object_name)
                records = list(session.crms[side].fetch(object_name, ids, fields))
                for one in sight(session, pair, side, records):
                    found[side, one.record.ref] = one
    return found, frozenset(brought)


def _item(
    session: Session,
    pair: BoundPair,
    one: Sighting,
    match: Match,
    *,
    partners: Mapping[tuple[Side, RecordRef], Sighting],
    brought: frozenset[tuple[Side, RecordRef]],
) -> Item | None:
    match match.kind:
        case MatchKind.LINK:
            assert match.partner is not None
            partner = partners.get((one.side.other, match.partner))
            if partner is None or partner.record.gone:
                return _left_out(pair, one, why="its counterpart vanished while it was read")
            if one.side is Side.RIGHT and (partner.side, match.partner) in brought:
                return None  # the left record brings the same link
            left, right = (one, partner) if one.side is Side.LEFT else (partner, one)
            return link_item(pair, left, right, group=match.group)
        case MatchKind.HOLD:
            return Item(
                pair=pair.name,
                kind=ItemKind.HOLD,
                side=one.side,
                left=one.record.ref if one.side is Side.LEFT else None,
                right=one.record.ref if one.side is Side.RIGHT else None,
                why=match.why,
                group=match.group,
                others=tuple((member.side, member.ref) for member in match.others),
            )
        case MatchKind.LISTED | MatchKind.LEFT_OUT:
            return _left_out(pair, one, why=match.why, match=match)
        case MatchKind.ALONE:
            return _alone(session, pair, one)


def _left_out(pair: BoundPair, one: Sighting, *, why: str, match: Match | None = None) -> Item:
    return Item(
        pair=pair.name,
        kind=ItemKind.LEAVE_OUT,
        side=one.side,
        left=one.record.ref if one.side is Side.LEFT else None,
        right=one.record.ref if one.side is Side.RIGHT else None,
        why=why,
        group=match.group if match else "",
        others=tuple((member.side, member.ref) for member in match.others) if match else (),
    )


def _alone(session: Session, pair: BoundPair, one: Sighting) -> Item:
    """Create the record across where the pair's rules say so, else leave it alone."""
    target = one.side.other
    try:
        canonical = pair.canonical(one.side, one.record.fields)
        if pair.creates(target) and pair.create_when(target, canonical):
            return _create(pair, one, target, canonical)
        why = pair.why_left_out(one.side, canonical) or f"no create.{session.title(target).lower()}"
    except ExpressionFailedError as fault:
        session.note_failure(pair.name, fault, side=one.side, origin=one.record.ref)
        why = "its `create.when` could not be worked out"
    return _left_out(pair, one, why=why)


def _create(pair: BoundPair, one: Sighting, target: Side, canonical: Mapping[str, Native]) -> Item:
    origin = one.side
    object_name = pair.create_as(target)
    region = pair.region(origin, one.record.fields)
    writes: list[FieldWrite] = []
    held: list[Held] = []
    refused: list[Refused] = []
    waiting: list[Waiting] = []
    settled: dict[str, tuple[Native, Native]] = {}
    for rule in pair.rules:
        native_name = rule.native_name(target, object_name)
        if native_name is None or rule.arrow is _arrow_to(origin):
            continue
        value = (
            pair.compute(rule.name, canonical)
            if rule.name in pair.computed
            else one.record.fields.get(rule.name)
        )
        carried = rule.codec.carry(origin, value, object_name=object_name, region=region)
        if (later := _later(rule, target, object_name, value, carried)) is not None:
            waiting.append(later)
            continue
        reason = Reason.CREATED
        if isinstance(carried, Trouble):
            if carried.kind in (TroubleKind.HOLD, TroubleKind.UNSURE):
                held.append(_held(rule.name, origin, value, carried))
            elif carried.kind is TroubleKind.REFUSED:
                refused.append(
                    Refused(
                        side=target,
                        name=rule.name,
                        native_name=native_name,
                        code=carried.code,
                        message=carried.message,
                        fix=carried.fix,
                    )
                )
            carried = None
        if carried is None and rule.name in pair.people:
            # Whoever owns it for now is nobody's decision: both sides agree on nobody.
            carried, value = pair.stand_in(rule.name, target, object_name), None
            reason = Reason.STOOD_IN
            settled[rule.name] = (None, None)
        if carried is None:
            carried = pair.required_values(target, object_name).get(rule.name)
        if carried is not None:
            writes.append(
                FieldWrite(
                    side=target,
                    name=rule.name,
                    native_name=native_name,
                    old=None,
                    new=carried,
                    origin=value,
                    raw=one.record.fields.get(rule.name),
                    reason=reason,
                    apart=(target, object_name) in rule.apart,
                )
            )
    return Item(
        pair=pair.name,
        kind=ItemKind.CREATE,
        side=target,
        object_name=object_name,
        left=one.record.ref if origin is Side.LEFT else None,
        right=one.record.ref if origin is Side.RIGHT else None,
        writes=(*writes, *_fixed(pair, target, object_name)),
        keys=key_writes(pair, target, object_name, one.record.ref.id),
        settled=settled,
        seen=_own_values(one.record, origin),
        held=tuple(held),
        refused=tuple(refused),
        waiting=tuple(waiting),
    )


def _later(
    rule: FieldRule, target: Side, object_name: str, value: Native, carried: Carried
) -> Waiting | None:
    """Give a reference that cannot be part of a new record: it follows, or waits until it can."""
    if rule.refers is None or value is None:
        return None
    apart = (target, object_name) in rule.apart
    if isinstance(carried, Trouble) and carried.kind is not TroubleKind.WAIT:
        return None
    if not isinstance(carried, Trouble) and not apart:
        return None
    return Waiting(
        side=target,
        name=rule.name,
        native_name=rule.names[target, object_name],
        refers=rule.refers.pair,
        id=value,
        reason=Reason.CREATED,
        new=None if isinstance(carried, Trouble) else carried,
        apart=apart,
    )


def _fixed(pair: BoundPair, target: Side, object_name: str) -> Iterator[FieldWrite]:
    """Give the writes every new record of an object gets, whatever it is made from."""
    for name, value in pair.fixed_values(target, object_name).items():
        native_name = pair.rule(name).native_name(target, object_name)
        assert native_name is not None
        yield FieldWrite(
            side=target,
            name=name,
            native_name=native_name,
            old=None,
            new=value,
            origin=None,
            reason=Reason.CREATED,
        )


def _arrow_to(side: Side) -> Arrow:
    return Arrow.TO_LEFT if side is Side.LEFT else Arrow.TO_RIGHT


def _held(name: str, origin: Side, value: Native, trouble: Trouble) -> Held:
    return Held(
        name=name,
        left=value if origin is Side.LEFT else None,
        right=value if origin is Side.RIGHT else None,
        reason=Reason.HOLD_SEVERAL if trouble.kind is TroubleKind.UNSURE else Reason.HOLD_NO_ENTRY,
        why=trouble.message,
        proposal=trouble.fix,
    )


def _own_values(record: Record, side: Side) -> dict[str, tuple[Native, Native]]:
    if side is Side.LEFT:
        return {name: (value, None) for name, value in record.fields.items()}
    return {name: (None, value) for name, value in record.fields.items()}
