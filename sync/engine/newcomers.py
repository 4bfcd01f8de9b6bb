"""Records without a counterpart: made on the other side, or left alone, by the pair's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.match import Match
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Held, Item, ItemKind, Refused, Waiting
from sync.domain.record import Native, Record, Side
from sync.domain.rules import Arrow, Carried, FieldRule, Trouble, TroubleKind
from sync.domain.store import Sighting
from sync.engine.funnel import Begun, begin_at
from sync.engine.key_writes import key_writes
from sync.engine.session import Session

__all__ = ["create_item", "item_alone", "left_out"]


def item_alone(session: Session, pair: BoundPair, one: Sighting) -> Item:
    """Create the record across where the pair's rules say so, else leave it alone."""
    target = one.side.other
    try:
        canonical = pair.canonical(one.side, one.record.fields)
        begun = None
        if pair.creates(target):
            begun = begin_at(
                session, pair, one, object_name=pair.create_as(target), canonical=canonical
            )
            canonical = {**canonical, **(begun.seen if begun is not None else {})}
        if pair.creates(target) and pair.create_when(target, canonical):
            return _create(pair, one, target, canonical, begun)
        why = pair.why_left_out(one.side, canonical) or f"no create.{session.title(target).lower()}"
    except ExpressionFailedError as fault:
        session.note_failure(pair.name, fault, side=one.side, origin=one.record.ref)
        why = "its `create.when` could not be worked out"
    return left_out(pair, one, why=why)


def create_item(pair: BoundPair, one: Sighting) -> Item:
    """Give the item that makes a record across, whatever the pair's rules say of new ones.

    Raises ExpressionFailedError.
    """
    canonical = pair.canonical(one.side, one.record.fields)
    return _create(pair, one, one.side.other, canonical)


def _create(
    pair: BoundPair,
    one: Sighting,
    target: Side,
    canonical: Mapping[str, Native],
    begun: Begun | None = None,
) -> Item:
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
        if native_name is None or rule.funnel or rule.arrow is _arrow_to(origin):
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
        writes=(
            *writes,
            *(begun.writes if begun is not None else ()),
            *_fixed(pair, target, object_name),
        ),
        keys=key_writes(pair, target, object_name, one.record.ref.id),
        settled=settled,
        seen=_own_values(one.record, origin),
        held=tuple(held),
        refused=tuple(refused),
        waiting=tuple(waiting),
        funnel=begun.note if begun is not None else None,
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


def left_out(pair: BoundPair, one: Sighting, *, why: str, match: Match | None = None) -> Item:
    """Give the item that leaves a record alone, and says why."""
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
