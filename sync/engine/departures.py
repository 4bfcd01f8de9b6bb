"""What becomes of a link whose record was deleted, converted, merged, or left `include`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind, Move, Refused
from sync.domain.record import Side
from sync.domain.rules import DeleteRule
from sync.domain.store import Link, LinkState, Sighting
from sync.engine.both import Both
from sync.engine.courses import Course, Fate

__all__ = [
    "NOT_FOUND",
    "end_item",
    "gone_item",
    "held_item",
    "hidden_item",
    "is_gone",
    "item_about",
    "leave_item",
    "sleep_item",
    "told_of",
]

#: Why a link sleeps whose record is missing without proof.
NOT_FOUND = "not found, and no proof that it was deleted"


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
    decided: Side | None = None,
    edited_since: bool = False,
) -> Item | None:
    """Decide what a deletion does (R9 to R12); None where it has been done.

    `alone` tells that the other record is gone, too, and `edited` that it was edited since it was
    read last; `held` that the link is held for a deletion already. A person may have `decided`
    which side is right, which stands unless the record was `edited_since`.
    """
    if link.state is LinkState.CLOSED:
        return None
    if alone or len(gone) == len(Side):
        return item_about(pair, link, ItemKind.UNLINK, "deleted on both sides")
    side = gone[0].side
    match pair.delete:
        case DeleteRule.IGNORE:
            if link.state is LinkState.ASLEEP:
                return None
            return item_about(pair, link, ItemKind.SLEEP, "deleted; delete: ignore", side=side)
        case DeleteRule.UNLINK:
            why = "deleted; delete: unlink"
            return item_about(pair, link, ItemKind.UNLINK, why, side=side.other)
        case DeleteRule.ARCHIVE:
            moved = decided is not None and edited_since
            if moved or (edited and decided is None and not held):
                return _contested_item(pair, link, side.other, again=moved)
            if decided is side.other:
                why = "deleted on one side; a person keeps the other record"
                return item_about(pair, link, ItemKind.UNLINK, why, side=side.other)
            if held and decided is None:
                return None
            why = "deleted; delete: archive"
            item = item_about(pair, link, ItemKind.UNLINK, why, side=side.other)
            return replace(item, archive=True)


def _contested_item(pair: BoundPair, link: Link, side: Side, *, again: bool) -> Item:
    """Hold a link one record of which was deleted, and the other, on `side`, was edited since."""
    why = "deleted on one side, edited on the other"
    if again:
        why += ", and again after it was resolved"
    return held_item(pair, link, why, side=side, group=f"deleted:{link.id}")


def end_item(pair: BoundPair, course: Course, *, title: Callable[[Side], str]) -> Item:
    """Give what is done with a link that goes over to no other record; `title` names a side."""
    link, told = course.was, told_of(course)
    match course.fate:
        case Fate.LOST:
            item = _lost_item(pair, course)
        case Fate.JOINED:
            assert course.into is not None
            why = "; ".join(filter(None, (told, "another link has both records now")))
            item = item_about(pair, link, ItemKind.UNLINK, why)
            item = replace(item, into=course.into.id)
        case Fate.HELD | Fate.FOLLOWS:
            assert course.into is not None
            held = course.link
            merged = {move.side for move in course.moves if move.heir != held.ref(move.side)}
            side = next(one for one in Side if one.other in merged or not merged)
            others = {
                (at, ref)
                for at in Side
                for ref in (course.into.ref(at), *([held.ref(at)] if at is side else []))
            }
            why = f"merged in {title(side.other)}, still two in {title(side)}: {told}"
            item = held_item(pair, held, why, side=side, group=f"merged:{link.id}")
            item = replace(item, into=course.into.id, others=tuple(sorted(others)))
    return replace(item, moves=course.moves)


def told_of(course: Course) -> str:
    """Say what happened to the records of a link."""
    return _told(course.moves)


def _told(moves: Sequence[Move]) -> str:
    return ", ".join(
        f"{move.former.object_name} {move.former.id} was {move.why} into {move.heir.object_name} "
        f"{move.heir.id}"
        for move in moves
    )


def _lost_item(pair: BoundPair, course: Course) -> Item:
    unread = [one for one in course.moves if one.heir != course.link.ref(one.side)]
    side = unread[0].side if unread else Side.RIGHT
    told = _told(unread)
    if not course.readable:
        why = f"{told}, and the pair keeps no such records"
        return item_about(pair, course.link, ItemKind.SLEEP, why, side=side)
    return hidden_item(
        pair,
        course.link,
        side,
        why=f"{told}, which cannot be read",
        fix="Let the user revloop signs in as see that record; the link then goes over to it. "
        "If it was deleted for good, nothing needs to be done.",
    )


def hidden_item(pair: BoundPair, link: Link, side: Side, *, why: str, fix: str) -> Item:
    """Let a link sleep whose record lives on as one that nobody lets us see."""
    refused = Refused(
        side=side, name="", native_name="", code="HEIR_NOT_READABLE", message=why, fix=fix
    )
    return replace(item_about(pair, link, ItemKind.SLEEP, why, side=side), refused=(refused,))


def sleep_item(pair: BoundPair, link: Link, side: Side, *, why: str = NOT_FOUND) -> Item:
    """Let a link sleep whose record on one side is missing, by default without proof."""
    return item_about(pair, link, ItemKind.SLEEP, why, side=side)


def leave_item(pair: BoundPair, link: Link, both: Both, *, by: str) -> Item:
    """Decide what becomes of a link that a rule leaves out now, `include` or another (R20)."""
    if pair.on_leave == "unlink":
        return item_about(pair, link, ItemKind.UNLINK, f"left by {by}; on_leave: unlink")
    item = item_about(pair, link, ItemKind.SLEEP, f"left by {by}; on_leave: keep")
    return replace(item, seen=both.as_held())


def held_item(pair: BoundPair, link: Link, why: str, *, side: Side, group: str) -> Item:
    """Let a link and both its records wait for a person."""
    both = ((Side.LEFT, link.left), (Side.RIGHT, link.right))
    item = item_about(pair, link, ItemKind.HOLD, why, side=side)
    return replace(item, group=group, others=both)


def item_about(
    pair: BoundPair, link: Link, kind: ItemKind, why: str = "", *, side: Side | None = None
) -> Item:
    """Give an item about a link as a whole; what else it carries is put in by `replace`."""
    return Item(
        pair=pair.name,
        kind=kind,
        link_id=link.id,
        left=link.left,
        right=link.right,
        side=side,
        why=why,
    )
