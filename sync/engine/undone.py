"""Fields an undo wrote: held, and known for what they are although no answer came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.bound import BoundPair
from sync.domain.merge import Reason
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    ConflictKind,
    NewConflict,
    Shadow,
    ShadowUpdate,
)
from sync.engine.session import Session

__all__ = ["hold_undone", "is_undo", "settle_undone"]

_TAKEN_BACK = (Reason.UNDONE.name, Reason.RESTORED.name)


def is_undo(entry: AuditEntry) -> bool:
    """Tell whether an entry of the audit is of a write by which an undo took something back."""
    return entry.reason in _TAKEN_BACK


def hold_undone(
    pair: BoundPair,
    side: Side,
    field: str,
    *,
    link_id: int,
    left: RecordRef,
    right: RecordRef,
    now: Native,
    across: Native,
) -> NewConflict:
    """Hold a field that was taken back: the sides differ, and the next sync leaves them so."""
    values = {side: now, side.other: across}
    return NewConflict(
        pair=pair.name,
        kind=ConflictKind.FIELD,
        records=((Side.LEFT, left), (Side.RIGHT, right)),
        link_id=link_id,
        field=field,
        left=values[Side.LEFT],
        right=values[Side.RIGHT],
        reason=Reason.UNDONE,
    )


def settle_undone(
    session: Session,
    pair: BoundPair,
    record: Record,
    side: Side,
    entries: Sequence[AuditEntry],
) -> Changes:
    """Give what an undo that was cut off would have kept of a record it wrote.

    Without that the next sync would take the undo for somebody's edit, and carry it across.
    """
    values = pair.project(side, record.ref.object_name, record.fields)
    changes = Changes()
    done: dict[int, list[AuditEntry]] = {}
    for one in entries:
        known = one.link_id is not None and pair.has_rule(one.field)
        if known and values.get(one.field, one.before) == one.after:
            done.setdefault(one.link_id or 0, []).append(one)
    shadows = session.store.links.shadows(sorted(done))
    for link_id, mine in done.items():
        for at in Side:
            held = shadows.get((link_id, at), Shadow({}, {}, None))
            now = _left_at(pair, mine, at, written=side)
            changes.shadows.append(
                ShadowUpdate(
                    link_id=link_id,
                    side=at,
                    base={**held.base, **now},
                    seen={**held.seen, **(now if at is side else {})},
                    read_at=held.read_at,
                )
            )
        changes.settled_fields.extend((link_id, one.field) for one in mine)
        changes.conflicts.extend(_held(pair, side, link_id, mine))
        changes.audit.extend(mine)
    return changes


def _left_at(
    pair: BoundPair, entries: Sequence[AuditEntry], side: Side, *, written: Side
) -> dict[str, Native]:
    """Give what a side held of the fields that were written, once they were."""
    if side is written:
        return {one.field: one.after for one in entries}
    return {one.field: one.origin for one in entries if not pair.rule(one.field).funnel}


def _held(
    pair: BoundPair, side: Side, link_id: int, entries: Sequence[AuditEntry]
) -> Iterator[NewConflict]:
    for one in entries:
        if one.reason == Reason.UNDONE.name and one.left is not None and one.right is not None:
            yield hold_undone(
                pair,
                side,
                one.field,
                link_id=link_id,
                left=one.left,
                right=one.right,
                now=one.after,
                across=one.origin,
            )
