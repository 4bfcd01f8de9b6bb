"""What becomes of a link whose record was deleted, converted, merged, or left `include`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Side
from sync.domain.rules import DeleteRule
from sync.domain.store import Link, Sighting, SightingKind
from sync.engine.both import Both

__all__ = ["gone_item", "is_gone", "leave_item", "sleep_item"]


def is_gone(one: Sighting) -> bool:
    """Tell whether nothing can be written to a record any more."""
    return one.record.gone or one.record.frozen


def gone_item(
    pair: BoundPair,
    link: Link,
    gone: Sequence[Sighting],
    sightings: Mapping[tuple[int, Side], Sighting],
) -> Item:
    """Decide what a deletion does (R9 to R12); a converted or merged record's link sleeps."""
    first = gone[0]
    common: dict[str, Any] = {
        "pair": pair.name,
        "link_id": link.id,
        "left": link.left,
        "right": link.right,
    }
    if first.record.frozen or first.record.successor is not None:
        why = "converted" if first.record.frozen else "merged into another record"
        return Item(kind=ItemKind.SLEEP, side=first.side, why=why, **common)
    if len(gone) == len(Side):
        return Item(kind=ItemKind.UNLINK, why="deleted on both sides", **common)
    survivor = first.side.other
    match pair.delete:
        case DeleteRule.IGNORE:
            return Item(
                kind=ItemKind.SLEEP,
                side=first.side,
                why="deleted; delete: ignore",
                **common,
            )
        case DeleteRule.UNLINK:
            return Item(
                kind=ItemKind.UNLINK,
                side=survivor,
                why="deleted; delete: unlink",
                **common,
            )
        case DeleteRule.ARCHIVE:
            other = sightings.get((link.id, survivor))
            if other is not None and other.kind is SightingKind.CHANGED:
                return Item(
                    kind=ItemKind.HOLD,
                    side=survivor,
                    why="deleted on one side, edited on the other",
                    group=f"deleted:{link.id}",
                    others=((Side.LEFT, link.left), (Side.RIGHT, link.right)),
                    **common,
                )
            return Item(
                kind=ItemKind.UNLINK,
                side=survivor,
                archive=True,
                why="deleted; delete: archive",
                **common,
            )


def sleep_item(pair: BoundPair, link: Link, side: Side) -> Item:
    """Let a link sleep whose record on one side is missing without proof."""
    return Item(
        pair=pair.name,
        kind=ItemKind.SLEEP,
        link_id=link.id,
        left=link.left,
        right=link.right,
        side=side,
        why="not found, and no proof that it was deleted",
    )


def leave_item(pair: BoundPair, link: Link, both: Both, *, by: str) -> Item:
    """Decide what becomes of a link that a rule leaves out now, `include` or another (R20)."""
    common: dict[str, Any] = {
        "pair": pair.name,
        "link_id": link.id,
        "left": link.left,
        "right": link.right,
    }
    if pair.on_leave == "unlink":
        return Item(kind=ItemKind.UNLINK, why=f"left by {by}; on_leave: unlink", **common)
    seen = {
        rule.name: (
            both.raw(rule, Side.LEFT),
            both.raw(rule, Side.RIGHT),
        )
        for rule in pair.rules
    }
    return Item(kind=ItemKind.SLEEP, why=f"left by {by}; on_leave: keep", seen=seen, **common)
