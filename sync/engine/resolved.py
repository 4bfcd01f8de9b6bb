"""Held duplicates that people have settled in the CRMs themselves."""

from __future__ import annotations

from mappings.bound import BoundPair
from sync.domain.record import RecordRef, Side
from sync.domain.store import Changes, ConflictKind, RecordState
from sync.engine.session import Session

__all__ = ["close_resolved"]


def close_resolved(session: Session, pair: BoundPair) -> None:
    """Close the held items none of whose records waits any more: merged, deleted or linked."""
    items = [
        one
        for one in session.store.findings.conflicts(pair.name)
        if one.kind is ConflictKind.DUPLICATE and one.group
    ]
    held: set[tuple[Side, RecordRef]] = set()
    for side in Side:
        refs = [ref for one in items for at, ref in one.records if at is side]
        known = session.store.records.get(pair.name, side, refs)
        held.update((side, ref) for ref, one in known.items() if one.state is RecordState.HELD)
    settled = [(pair.name, one.group) for one in items if held.isdisjoint(one.records)]
    if settled:
        session.commit(Changes(settled_groups=settled))
