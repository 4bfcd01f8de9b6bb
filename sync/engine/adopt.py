"""Linking again from the ids the CRMs keep, after the state was lost; no CRM is written to.

Fields that are equal get their shadows. What one side lacks is left to the next sync, which fills
it; what both sides hold differently is held, whatever `first_sync` says. Records that a pair keeps
no ids of are linked by their match keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from sync.domain.errors import UsageError
from sync.domain.merge import Reason, Verdict, link_field
from sync.domain.plan import Held, Item, ItemKind
from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import FirstSync
from sync.domain.store import Changes, RecordState, Sighting, TrackedRecord
from sync.engine.accounts import ADOPTING, check_accounts
from sync.engine.both import Both
from sync.engine.keep import keep_state
from sync.engine.outcomes import prepare_outcomes
from sync.engine.owned import read_owned
from sync.engine.pull import pull, unfinished_note
from sync.engine.references import load_named
from sync.engine.renamed import check_names
from sync.engine.resolve import resolve_unlinked
from sync.engine.revision import note_revisions
from sync.engine.rows import stage_ready
from sync.engine.session import Session
from sync.engine.sight import COUNTERPART_RULE, counterpart_hash
from sync.engine.tally import Tally
from sync.engine.ties import confirmed

__all__ = ["Adopted", "adopt"]

#: Why records are held that do not name each other, and only each other.
_CONTRADICT = "the ids both CRMs keep of each other contradict each other"

#: So far a record is followed to what it lives on as.
_STEPS = 5


@dataclass(slots=True)
class Adopted:
    """What was done for one pair: links made, fields held, records held, fields left to a sync."""

    linked: int = 0
    held_fields: int = 0
    held_records: int = 0
    to_fill: int = 0


def adopt(session: Session) -> dict[str, Adopted]:
    """Link again from the kept ids; gives what was done, by pair.

    Raises UsageError where the state knows links, and what the connectors raise. One that was cut
    off is done again: until it came to its end, no sync runs.
    """
    runs = session.store.runs
    if session.store.links.any() and not runs.note(ADOPTING):
        raise UsageError(
            "nothing was done: the state knows links, so it is not lost. `revloop adopt` is for a "
            "project whose state is empty; `revloop verify` tells whether both CRMs agree"
        )
    check_accounts(session)
    check_names(session)
    runs.keep_note(ADOPTING, str(session.run))
    session.store.staging.clear()
    # Before there is a link: no line of the mapping is a new one to these.
    note_revisions(session)
    readings = pull(session, full=True)
    read_owned(session, readings)
    prepare_outcomes(session)
    found: dict[str, Adopted] = {}
    for pair in session.pairs:
        # What is not linked here is looked at by the next sync, as after a run that was cut off.
        runs.keep_note(unfinished_note(pair.name), str(session.run))
        found[pair.name] = _adopt_pair(session, pair)
    session.store.staging.clear()
    runs.keep_note(ADOPTING, "")
    return found


def _adopt_pair(session: Session, pair: BoundPair) -> Adopted:
    stage_ready(session, pair)
    done, tally = Adopted(), Tally()
    plans = session.store.plans
    plan = plans.open("", session.clock())
    by_ids = bool(pair.key_fields)
    plans.add(plan, _by_ids(session, pair) if by_ids else _by_keys(session, pair))
    missing = list(_missing(session, pair)) if by_ids else []
    session.store.staging.keep(pair.name)
    if missing:
        session.commit(Changes(records=[(pair.name, one) for one in missing]))
    items = plans.items(plan)
    while chunk := list(islice(items, session.settings.chunk)):
        session.ensure_ours()
        kept = keep_state(session, pair, chunk, tally=tally)
        adopted = [
            (one.link_id, name)
            for one in kept
            if one.item.kind is ItemKind.LINK and one.link_id is not None
            for name in (*one.item.put_off, *(held.name for held in one.item.held))
        ]
        session.commit(Changes(adopted=[(pair.name, *one) for one in adopted]))
        for one in chunk:
            done.linked += one.kind is ItemKind.LINK
            done.held_records += one.kind is ItemKind.HOLD
            done.held_fields += len(one.held)
            done.to_fill += len(one.put_off)
        session.advance(f"Adopting {pair.name}", done.linked, None)
    plans.drop(plan)
    return done


# --- which records are one ----------------------------------------------------------------------


def _by_ids(session: Session, pair: BoundPair) -> Iterator[Item]:
    """Link what names each other and nothing else; hold what contradicts itself."""
    named = _Named(session, pair)
    for chunk in session.store.staging.unlinked(pair.name, size=session.settings.chunk):
        linking: list[tuple[Sighting, Sighting]] = []
        for one in chunk:
            if one.record.frozen:
                continue
            across = named.of(one)
            if not across:
                continue
            partner = across[0]
            back = named.of(partner) if len(across) == 1 and partner.link_id is None else []
            if len(back) == 1 and back[0].record.ref == one.record.ref:
                if one.side is Side.LEFT:
                    linking.append((one, partner))
            else:
                yield _contradiction(pair, one, [*across, *back])
        yield from _links(session, pair, linking)


def _by_keys(session: Session, pair: BoundPair) -> Iterator[Item]:
    """Link what a match key says is one, where the pair keeps no ids."""
    linking = []
    for item in resolve_unlinked(session, pair):
        if item.kind is ItemKind.LINK and item.left is not None and item.right is not None:
            both = [
                session.store.staging.of(pair.name, side, [ref]).get(ref)
                for side, ref in ((Side.LEFT, item.left), (Side.RIGHT, item.right))
            ]
            if both[0] is not None and both[1] is not None:
                linking.append((both[0], both[1]))
    yield from _links(session, pair, linking)


def _contradiction(pair: BoundPair, one: Sighting, others: Iterable[Sighting]) -> Item:
    met = {(each.side, each.record.ref) for each in (one, *others)}
    first = min(met, key=lambda each: (each[0], each[1].object_name, each[1].id))
    ref = one.record.ref
    return Item(
        pair=pair.name,
        kind=ItemKind.HOLD,
        side=one.side,
        left=ref if one.side is Side.LEFT else None,
        right=ref if one.side is Side.RIGHT else None,
        why=_CONTRADICT,
        group=f"ids:{first[0].value}:{first[1].id}",
        others=tuple(sorted(met)),
    )


def _missing(session: Session, pair: BoundPair) -> Iterator[TrackedRecord]:
    """Give the records that ids lead to and that are no more, so that none is made again."""
    staging = session.store.staging
    for chunk in staging.unlinked(pair.name, size=session.settings.chunk):
        for side in Side:
            carrying = [one for one in chunk if one.side is side and one.counterpart is not None]
            refs = [
                RecordRef(name, one.counterpart or "")
                for one in carrying
                for name in pair.objects[side.other]
            ]
            there = {ref.id for ref in staging.of(pair.name, side.other, refs)}
            for one in carrying:
                if one.counterpart is not None and one.counterpart not in there:
                    ref = RecordRef(pair.objects[side.other][0], one.counterpart)
                    yield TrackedRecord(
                        side=side.other,
                        ref=ref,
                        stamp=one.record.stamp,
                        created=None,
                        state=RecordState.GONE,
                    )


@dataclass(slots=True)
class _Named:
    """Which live records a record names by id, or is named by."""

    session: Session
    pair: BoundPair
    _aliases: dict[tuple[Side, str], RecordRef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Learn what merged records live on as."""
        staging, size = self.session.store.staging, self.session.settings.chunk
        for chunk in staging.unlinked(self.pair.name, size=size):
            for one in chunk:
                self._aliases.update({(one.side, id): one.record.ref for id in one.record.aliases})

    def of(self, one: Sighting) -> list[Sighting]:
        """Give the records across that this one names, or that name it."""
        side = one.side.other
        refs: set[RecordRef] = set()
        if one.counterpart is not None:
            refs.update(RecordRef(name, one.counterpart) for name in self.pair.objects[side])
            if (heir := self._aliases.get((side, one.counterpart))) is not None:
                refs.add(heir)
        for id in (one.record.ref.id, *one.record.aliases):
            hash = counterpart_hash(self.session, self.pair, one.side, id)
            key = (COUNTERPART_RULE, hash)
            carriers = self.session.store.records.by_keys(self.pair.name, [key]).get(key, ())
            refs.update(each.ref for each in carriers if each.side is side)
        found = {one.record.ref: one for one in self._living(side, sorted(refs))}
        return [found[ref] for ref in sorted(found)]

    def _living(self, side: Side, refs: Sequence[RecordRef]) -> Iterator[Sighting]:
        """Give records as they live: converted and merged ones as what they became."""
        for _ in range(_STEPS):
            staged = self.session.store.staging.of(self.pair.name, side, refs)
            heirs = []
            for one in staged.values():
                if not (one.record.gone or one.record.frozen):
                    yield one
                elif one.record.successor is not None:
                    heirs.append(one.record.successor)
            if not heirs:
                return
            refs = heirs


# --- what of them agrees ------------------------------------------------------------------------


def _links(
    session: Session, pair: BoundPair, couples: Sequence[tuple[Sighting, Sighting]]
) -> Iterator[Item]:
    told = confirmed(session, pair, [one for couple in couples for one in couple])
    load_named(pair, told)
    for left, right in zip(told[::2], told[1::2], strict=True):
        try:
            yield _link(pair, left, right)
        except ExpressionFailedError as fault:
            session.note_failure(pair.name, fault, side=Side.LEFT, ref=left.record.ref)


def _link(pair: BoundPair, left: Sighting, right: Sighting) -> Item:
    """Give the link of two records: shadows of what is equal, what differs held, the rest open."""
    both = Both(pair, left, right)
    settled: dict[str, tuple[Native, Native]] = {}
    seen: dict[str, tuple[Native, Native]] = {}
    held: list[Held] = []
    open_yet: list[str] = []
    for rule in pair.rules:
        if rule.funnel:
            continue
        view = both.view(rule)
        decision = link_field(rule, view, first_sync=FirstSync.HOLD)
        raw = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))
        if decision.verdict is Verdict.NOTHING and decision.settled:
            settled[rule.name], seen[rule.name] = (view.left.now, view.right.now), raw
        elif decision.reason is Reason.HOLD_FIRST_SYNC:
            seen[rule.name] = raw
            held.append(
                Held(
                    name=rule.name,
                    left=view.left.now,
                    right=view.right.now,
                    reason=decision.reason,
                    why="both sides hold different values, and what they agreed on was lost",
                )
            )
        else:
            open_yet.append(rule.name)
    return Item(
        pair=pair.name,
        kind=ItemKind.LINK,
        left=left.record.ref,
        right=right.record.ref,
        settled=settled,
        seen=seen,
        held=tuple(held),
        put_off=tuple(open_yet),
        why="adopted by the ids both CRMs keep" if pair.key_fields else "adopted by a match key",
    )
