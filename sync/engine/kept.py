"""A kept plan that is applied: what of it is read again, and what has moved since."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Side
from sync.domain.store import Plan
from sync.engine.session import Session
from sync.engine.settle import (
    stage_records,
)

__all__ = ["NOTHING_TO_DO", "Moved", "moved_since", "stage_kept", "tells_of_gone"]

#: Items that change nothing anywhere.
NOTHING_TO_DO = (ItemKind.LEAVE_OUT,)


@dataclass(frozen=True, slots=True)
class Moved:
    """An intention of a kept plan that was left out, and why."""

    item: Item
    reason: str


#: Items about records that are gone; the full comparison finds them.
_OF_GONE = (ItemKind.UNLINK, ItemKind.SLEEP)


def tells_of_gone(session: Session, kept: Plan | None) -> bool:
    """Tell whether a kept plan is about records that are gone, which a comparison finds."""
    if kept is None:
        return False
    return next(session.store.plans.items(kept.id, kinds=_OF_GONE), None) is not None


def stage_kept(session: Session, pair: BoundPair, kept: Plan) -> None:
    """Stage the records a kept plan is about that this run has not read anyway."""
    others = tuple(kind for kind in ItemKind if kind not in _OF_GONE)
    items = session.store.plans.items(kept.id, pair=pair.name, kinds=others)
    while chunk := list(islice(items, session.settings.chunk)):
        for side in Side:
            refs = [ref for item in chunk if (ref := item.ref(side)) is not None]
            # What became of a record is told by itself in one CRM, by its survivor in the other.
            refs += [move.former for item in chunk for move in item.moves if move.side is side]
            staged = session.store.staging.of(pair.name, side, refs)
            stage_records(session, pair, side, [ref for ref in refs if ref not in staged])


def moved_since(session: Session, plan: int, kept: Plan) -> list[Moved]:
    """Name what the kept plan intended and the fresh one does not."""
    fresh = session.store.plans.identities(plan)
    names = {pair.name for pair in session.pairs}
    return [
        Moved(item, "a value, a match or a rule it was made from is not the same any more")
        for item in session.store.plans.items(kept.id)
        if item.pair in names
        and item.identity not in fresh
        and item.kind not in NOTHING_TO_DO
        and not _is_done(session, item)
    ]


def _is_done(session: Session, item: Item) -> bool:
    """Tell whether what an item intends has come about: by an earlier try, or by other hands."""
    links = session.store.links
    if item.kind in (ItemKind.CREATE, ItemKind.LINK):
        side = Side.LEFT if item.left is not None else Side.RIGHT
        ref = item.ref(side)
        link = links.of(item.pair, side, [ref]).get(ref) if ref is not None else None
        return link is not None and item.ref(side.other) in (None, link.ref(side.other))
    if item.kind is ItemKind.MERGE and item.link_id is not None:
        link = links.by_id([item.link_id]).get(item.link_id)
        if any(link is None or link.ref(move.side) != move.heir for move in item.moves):
            return False
        shadows = links.shadows([item.link_id])
        return all(
            (shadow := shadows.get((item.link_id, write.side))) is not None
            and shadow.seen.get(write.name) == write.new
            for write in item.writes
        )
    return False
