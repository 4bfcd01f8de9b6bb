"""People on their way through the funnel: what a run decides of their stage, and what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mappings.bound import BoundPair
from mappings.funnel import PairFunnel
from mappings.outcomes import outcome_name
from sync.domain.funnel import (
    HANDED_OVER,
    STAGE,
    TRY_AGAIN,
    FunnelNote,
    Holding,
    Moved,
    Put,
    Seat,
    Turn,
    hand,
    looked_at,
    move,
)
from sync.domain.merge import Decision, Reason, Verdict
from sync.domain.plan import FieldWrite
from sync.domain.record import Native, RecordRef, Side, native_moment
from sync.domain.store import Sighting
from sync.engine.both import Both
from sync.engine.draft import Draft, merged_record
from sync.engine.first_look import is_first_look, note_looked
from sync.engine.flips import flips, hold_flipped
from sync.engine.handing import note_handed, write_owed
from sync.engine.session import Session
from sync.engine.settle import stage_records

__all__ = [
    "Begun",
    "Stood",
    "begin_at",
    "decide_stage",
    "settle_funnel",
    "stage_funnel",
]

#: What expressions see of a record.
_Canonical = Mapping[str, Native]


@dataclass(frozen=True, slots=True)
class Stood:
    """What was decided of one person: the note to keep, None if none, and the merged record."""

    note: FunnelNote | None
    merged: _Canonical


def stage_funnel(session: Session, pair: BoundPair) -> None:
    """Stage the people to be looked at although nothing of theirs changed (L10)."""
    if pair.funnel is None:
        return
    ids = session.store.funnel.waiting(pair.name, session.clock().date())
    session.owed.update(session.store.owed_owners.all())
    links = session.store.links.by_id([*ids, *session.owed])
    mine = [link.left for link in links.values() if link.pair == pair.name]
    stage_records(session, pair, Side.LEFT, mine)


def settle_funnel(session: Session) -> None:
    """Note that everybody there was at first has been found; only after a whole run."""
    for pair in session.pairs:
        if pair.funnel is not None:
            note_looked(session, pair)


def decide_stage(
    session: Session,
    pair: BoundPair,
    both: Both,
    draft: Draft,
    *,
    link_id: int | None = None,
    holding: Holding | None = None,
) -> Stood | None:
    """Decide a linked person's stage, and put what is to be written into the draft.

    To be asked once all other fields are decided: the conditions read the merged record. Raises
    ExpressionFailedError.
    """
    funnel = pair.funnel
    if funnel is None:
        return None
    seats = {side: _seat(funnel, both, side) for side in Side}
    moved = move(funnel.ladder, holding, seats)
    turn, after = _turn(
        session,
        pair,
        funnel,
        moved,
        holding,
        seats,
        merged={
            **merged_record(pair, both, draft),
            **_still_to_be_written(pair, funnel, both, moved, holding),
        },
        said=[_said(pair, both, name) for name in funnel.reasons],
        objects={side: both.record(side).ref for side in Side},
        # Whose link is older than the stages was there before them, asleep or left out of a plan.
        as_found=link_id is not None or is_first_look(session, pair),
    )
    turn = _without_flips(session, pair, both, draft, turn, link_id)
    for side, put in turn.puts.items():
        draft.writes.append(_write(pair, both, side, put, turn, moved, holding))
    _note_seen(pair, both, draft, seats)
    draft.writes += _told(pair, funnel, both, turn.holding)
    if _is_over(turn):
        note_handed(
            session,
            pair,
            origin=both.record(Side.LEFT).ref,
            object_name=both.record(Side.RIGHT).ref.object_name,
            canonical=after,
            values={side: both.record(side).fields for side in Side},
        )
    elif link_id in session.owed:
        write_owed(session.owed[link_id], both, draft)
    kept = turn.holding != holding or turn.event is not None
    return Stood(_noted(funnel, both, turn) if kept else None, after)


def _still_to_be_written(
    pair: BoundPair,
    funnel: PairFunnel,
    both: Both,
    moved: Moved,
    holding: Holding | None,
) -> dict[str, Native]:
    """Give what fields hold once a stage is there that an earlier run did not get to write.

    The conditions were looked at as if it was; where somebody edited the field since, they are
    looked at anew.
    """
    due = holding.due if holding is not None else frozenset()
    puts = {side: put for side, put in moved.puts.items() if side in due}
    found = _rewritten(pair, funnel, puts, {side: both.record(side).ref for side in puts})
    return {name: value for name, value in found.items() if name not in both.unseen}


def _seat(funnel: PairFunnel, both: Both, side: Side) -> Seat:
    record = both.record(side)
    known, base = both.base(side, STAGE)
    return Seat(
        # What could not be told of a record stands as it stood.
        now=record.fields.get(STAGE, base),
        base=base,
        known=known,
        writable=funnel.writable(side, record.ref.object_name),
    )


def _said(pair: BoundPair, both: Both, field: str | None) -> Native:
    """Give what sales chose as the reason for giving somebody back."""
    if field is None or not pair.has_rule(field):
        return None
    return both.raw(pair.rule(field), Side.RIGHT)


def _turn(
    session: Session,
    pair: BoundPair,
    funnel: PairFunnel,
    moved: Moved,
    holding: Holding | None,
    seats: Mapping[Side, Seat],
    *,
    merged: _Canonical,
    said: Sequence[Native],
    objects: Mapping[Side, RecordRef],
    as_found: bool,
) -> tuple[Turn, _Canonical]:
    """Decide the turn, with which conditions hold once it is done and the record as it is then."""
    now = session.clock()
    before = {
        **merged,
        STAGE: moved.stage,
        HANDED_OVER: _flag(holding is not None and holding.handed_over),
    }
    over, back = _conditions(funnel, before)
    turn = hand(
        funnel.ladder,
        moved,
        holding,
        seats,
        over=over,
        back=back,
        returned=funnel.returned(said, today=now.date()),
        now=now,
        as_found=as_found,
    )
    after = {**before, STAGE: turn.holding.stage, HANDED_OVER: _flag(turn.holding.handed_over)}
    after.update(_rewritten(pair, funnel, turn.puts, objects))
    if after != before:
        over, back = _conditions(funnel, after)
    return looked_at(turn, over=over, back=back), after


def _conditions(funnel: PairFunnel, record: _Canonical) -> tuple[bool, list[bool]]:
    over = funnel.over is not None and funnel.over(record)
    return over, [holds(record) for holds in funnel.backs]


def _flag(value: bool) -> str:  # noqa: FBT001 what is turned into a text
    return "true" if value else "false"


def _rewritten(
    pair: BoundPair,
    funnel: PairFunnel,
    puts: Mapping[Side, Put],
    objects: Mapping[Side, RecordRef],
) -> dict[str, Native]:
    """Give what the fields a mapping only reads will hold, once stages are written."""
    found: dict[str, Native] = {}
    for side, put in puts.items():
        name = objects[side].object_name
        written = funnel.spelled(side, name, put.stage)
        for rule in pair.rules:
            native = rule.native_name(side, name)
            if native in written and rule.arrow.source in (None, side):
                found[rule.name] = rule.codec.canonical(side, written[native])
    return found


def _without_flips(
    session: Session,
    pair: BoundPair,
    both: Both,
    draft: Draft,
    turn: Turn,
    link_id: int | None,
) -> Turn:
    """Hold a stage that an automation falls back from again and again (F17)."""
    fought = [side for side, put in turn.puts.items() if put.overrules]
    if link_id is None or not fought:
        return turn
    rule = pair.rule(STAGE)
    past = session.store.links.recent_writes([(link_id, STAGE)]).get((link_id, STAGE), ())
    puts = dict(turn.puts)
    for side in fought:
        decision = Decision(
            verdict=Verdict.WRITE, reason=Reason.STAGE_KEPT, target=side, value=puts[side].stage
        )
        if flips(rule, both.view(rule), decision, past):
            del puts[side]
            draft.take(rule, both, both.view(rule), hold_flipped(session, both))
    holding = replace(turn.holding, due=frozenset(puts))
    return replace(turn, puts=puts, holding=holding)


def _write(
    pair: BoundPair,
    both: Both,
    side: Side,
    put: Put,
    turn: Turn,
    moved: Moved,
    holding: Holding | None,
) -> FieldWrite:
    rule = pair.rule(STAGE)
    native = both.native_name(rule, side)
    assert native is not None
    return FieldWrite(
        side=side,
        name=STAGE,
        native_name=native,
        old=both.raw(rule, side),
        new=put.stage,
        origin=both.raw(rule, side.other),
        raw=both.raw(rule, side.other),
        reason=_reason(put, turn, moved, holding),
        overruled=side if put.overrules else None,
        cause=both.cause(STAGE),
    )


def _reason(put: Put, turn: Turn, moved: Moved, holding: Holding | None) -> Reason:
    if turn.event is not None and put.stage == turn.event.to:
        return Reason.HANDED_OVER if turn.event.is_over else Reason.HANDED_BACK
    if holding is None or holding.stage is None:
        return Reason.STAGE_FOUND
    if moved.stage == holding.stage:
        return Reason.STAGE_KEPT if put.overrules else Reason.STAGE_DUE
    return Reason.STAGE_FREE if put.backward else Reason.STAGE_MOVED


def _note_seen(pair: BoundPair, both: Both, draft: Draft, seats: Mapping[Side, Seat]) -> None:
    """Let both sides stand as they stand now, so that only a further move is one."""
    rule = pair.rule(STAGE)
    if any(not seat.known or seat.now != seat.base for seat in seats.values()):
        draft.settled[STAGE] = (seats[Side.LEFT].now, seats[Side.RIGHT].now)
        draft.seen[STAGE] = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))
    else:
        draft.note(rule, both)
    if STAGE in both.outdated:
        draft.carried.append(STAGE)


def _told(
    pair: BoundPair, funnel: PairFunnel, both: Both, holding: Holding
) -> Iterator[FieldWrite]:
    """Give what HubSpot's own lists and workflows are told of stage and hand-overs."""
    right = both.record(Side.RIGHT).fields.get(outcome_name(TRY_AGAIN))
    for name, value in _values(funnel, holding, by_sales=right).items():
        rule = pair.rule(outcome_name(name))
        native = both.native_name(rule, Side.LEFT)
        now = both.raw(rule, Side.LEFT)
        wanted = rule.codec.normal(Side.LEFT, value)
        if native is None or rule.codec.normal(Side.LEFT, now) == wanted:
            continue
        known, base = both.base(Side.LEFT, rule.name)
        yield FieldWrite(
            side=Side.LEFT,
            name=rule.name,
            native_name=native,
            old=now,
            new=wanted,
            origin=None,
            reason=Reason.FUNNEL_TOLD,
            overruled=Side.LEFT if known and now != base and now is not None else None,
        )


def _values(funnel: PairFunnel, holding: Holding, *, by_sales: Native) -> dict[str, Native]:
    """Give what is told of a person, by the outcome's name, as CRMs take it."""
    again = holding.again_at.isoformat() if holding.again_at is not None else None
    found: dict[str, Native] = {
        "stage": holding.stage,
        "handed_over_at": _told_at(holding.over_at),
        "returned_at": _told_at(holding.back_at) if holding.is_back else None,
        "returned_reason": funnel.why_returned(holding.reason) if holding.is_back else None,
        TRY_AGAIN: again if holding.is_back else by_sales,
    }
    return {name: found[name] for name in funnel.properties}


def _told_at(at: datetime | None) -> Native:
    return native_moment(at) if at is not None else None


def _is_over(turn: Turn) -> bool:
    return turn.event is not None and turn.event.is_over


def _noted(funnel: PairFunnel, both: Both, turn: Turn) -> FunnelNote:
    is_listed = both.record(Side.RIGHT).ref.object_name in funnel.task.needless
    task = _is_over(turn) and not is_listed
    return FunnelNote(holding=turn.holding, event=turn.event, task=task)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a record made across begins with: its writes, and the note to keep."""

    writes: tuple[FieldWrite, ...]
    note: FunnelNote

    @property
    def seen(self) -> _Canonical:
        """Give what conditions see of it."""
        return {HANDED_OVER: _flag(self.note.holding.handed_over)}


def begin_at(
    session: Session,
    pair: BoundPair,
    one: Sighting,
    *,
    object_name: str,
    canonical: _Canonical,
) -> Begun | None:
    """Decide at which stage a record is made across, from one that has no counterpart."""
    funnel = pair.funnel
    if funnel is None:
        return None
    origin, target = one.side, one.side.other
    seats = {
        origin: Seat(
            now=one.record.fields.get(STAGE),
            known=False,
            writable=funnel.writable(origin, one.record.ref.object_name),
        ),
        target: Seat(known=False, writable=funnel.writable(target, object_name)),
    }
    moved = move(funnel.ladder, None, seats)
    objects = {origin: one.record.ref, target: RecordRef(object_name, "")}
    turn, after = _turn(
        session,
        pair,
        funnel,
        moved,
        None,
        seats,
        merged=canonical,
        said=[one.record.fields.get(name or "") for name in funnel.reasons]
        if origin is Side.RIGHT
        else [None for _ in funnel.reasons],
        objects=objects,
        as_found=is_first_look(session, pair),
    )
    writes = [*_first_put(pair, one, target, object_name, turn)]
    if target is Side.LEFT:
        writes += _first_told(pair, funnel, object_name, turn.holding)
    if _is_over(turn) and target is Side.RIGHT:
        note_handed(
            session,
            pair,
            origin=one.record.ref,
            object_name=object_name,
            canonical=after,
            values={origin: one.record.fields},
        )
    holding = replace(turn.holding, due=turn.holding.due - {target})
    return Begun(tuple(writes), FunnelNote(holding=holding, event=turn.event))


def _first_put(
    pair: BoundPair, one: Sighting, target: Side, object_name: str, turn: Turn
) -> Iterator[FieldWrite]:
    put = turn.puts.get(target)
    native = pair.rule(STAGE).native_name(target, object_name)
    if put is None or native is None:
        return
    now = one.record.fields.get(STAGE)
    yield FieldWrite(
        side=target,
        name=STAGE,
        native_name=native,
        old=None,
        new=put.stage,
        origin=now,
        raw=now,
        reason=Reason.HANDED_OVER if _is_over(turn) else Reason.CREATED,
    )


def _first_told(
    pair: BoundPair, funnel: PairFunnel, object_name: str, holding: Holding
) -> Iterator[FieldWrite]:
    for name, value in _values(funnel, holding, by_sales=None).items():
        rule = pair.rule(outcome_name(name))
        native = rule.native_name(Side.LEFT, object_name)
        wanted = rule.codec.normal(Side.LEFT, value)
        if native is not None and wanted is not None:
            yield FieldWrite(
                side=Side.LEFT,
                name=rule.name,
                native_name=native,
                old=None,
                new=wanted,
                origin=None,
                reason=Reason.FUNNEL_TOLD,
            )
