"""What becomes of a link whose record was deleted, converted, merged, or left `include`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind, Refused
from sync.domain.record import Side
from sync.domain.rules import DeleteRule
from sync.domain.store import Link, LinkState, Sighting
from sync.engine.both import Both
from sync.engine.courses import Course, Fate

__all__ = ["end_item", "gone_item", "is_gone", "leave_item", "sleep_item", "told_of"]


def is_gone(one: Sighting) -> bool:
    """Tell whether nothing can be written to a record any more."""
    return one.record.gone or one.record.frozen


def gone_item(
    pair: BoundPair,
    link: Link,
    gone: Sequence[Sighting],
    *,
    alone: bool,
    edited: bool,
    held: bool,
) -> Item | None:
    """Decide what a deletion does (R9 to R12); None where it has been done.

    `alone` tells that the other record is gone, too, and `edited` that it was edited since it was
    read last; `held` that the link is held for a deletion already.
    """
    first = gone[0]
    common = _common(pair, link)
    if link.state is LinkState.CLOSED:
        return None
    if alone or len(gone) == len(Side):
        return Item(kind=ItemKind.UNLINK, why="deleted on both sides", **common)
    survivor = first.side.other
    match pair.delete:
        case DeleteRule.IGNORE:
            if link.state is LinkState.ASLEEP:
                return None
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
            if held:
                return None
            if edited:
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


def end_item(pair: BoundPair, course: Course, *, title: Callable[[Side], str]) -> Item:
    """Give what is done with a link that goes over to no other record; `title` names a side."""
    link = course.was
    common = {**_common(pair, link), "moves": course.moves}
    match course.fate:
        case Fate.LOST:
            return _lost_item(course, common)
        case Fate.JOINED:
            assert course.into is not None
            return Item(
                kind=ItemKind.UNLINK,
                into=course.into.id,
                why=f"{told_of(course)}; another link has both records now",
                **common,
            )
        case Fate.HELD | Fate.FOLLOWS:
            assert course.into is not None
            merged = {move.side for move in course.moves}
            side = next(one for one in Side if one.other in merged or not merged)
            others = {
                (at, ref)
                for at in Side
                for ref in (course.into.ref(at), *([link.ref(at)] if at is side else []))
            }
            return Item(
                kind=ItemKind.HOLD,
                side=side,
                into=course.into.id,
                group=f"merged:{link.id}",
                others=tuple(sorted(others)),
                why=f"merged in {title(side.other)}, still two in {title(side)}: {told_of(course)}",
                **common,
            )


def told_of(course: Course) -> str:
    """Say what happened to the records of a link."""
    return ", ".join(
        f"{move.former.object_name} {move.former.id} was {move.why} into {move.heir.object_name} "
        f"{move.heir.id}"
        for move in course.moves
    )


def _lost_item(course: Course, common: Mapping[str, Any]) -> Item:
    side = course.moves[0].side if course.moves else Side.RIGHT
    told = told_of(course)
    if not course.readable:
        why = f"{told}, and the pair keeps no such records"
        return Item(kind=ItemKind.SLEEP, side=side, why=why, **common)
    refused = Refused(
        side=side,
        name="",
        native_name="",
        code="HEIR_NOT_READABLE",
        message=f"{told}, which cannot be read",
        fix="Let the user revloop signs in as see that record; the link then goes over to it. "
        "If it was deleted for good, nothing needs to be done.",
    )
    return Item(
        kind=ItemKind.SLEEP,
        side=side,
        why=f"{told}, which cannot be read",
        refused=(refused,),
        **common,
    )


def sleep_item(pair: BoundPair, link: Link, side: Side) -> Item:
    """Let a link sleep whose record on one side is missing without proof."""
    return Item(
        kind=ItemKind.SLEEP,
        side=side,
        why="not found, and no proof that it was deleted",
        **_common(pair, link),
    )


def leave_item(pair: BoundPair, link: Link, both: Both, *, by: str) -> Item:
    """Decide what becomes of a link that a rule leaves out now, `include` or another (R20)."""
    common = _common(pair, link)
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


def _common(pair: BoundPair, link: Link) -> dict[str, Any]:
    return {"pair": pair.name, "link_id": link.id, "left": link.left, "right": link.right}
