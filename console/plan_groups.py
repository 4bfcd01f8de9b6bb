"""What people read of a plan: its records under headings, and each of them line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.record_moves import move_text
from console.words import TITLES, why_text
from sync.domain.plan import Item, ItemKind
from sync.domain.record import Native, Side

__all__ = ["Heading", "Line", "heading_of", "lines_of", "who_of"]


class Heading(StrEnum):
    """The headings of a plan, in the order they are printed."""

    WAITING = "Records that wait for a person"
    FAILING = "Values that cannot be sent"
    UPDATED = "Fields that are updated"
    MADE = "Records that are made"
    ARCHIVED = "Records that are archived"
    CLOSED = "Links that are closed"
    MOVED = "Links that follow a merge or a conversion"
    ASLEEP = "Links that sleep"
    LINKED = "Records that are linked and agree"
    LEFT_OUT = "Records that are left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line about a record: a field that changes from `old` to `new`, or a sentence.

    `mark` is write, held, error or note; `old` and `new` are HubSpot's and Salesforce's values
    where the field is held.
    """

    mark: str
    field: str = ""
    where: str = ""
    old: Native = None
    new: Native = None
    text: str = ""
    why: str = ""


def heading_of(item: Item) -> Heading | None:
    """Give the heading an item is printed under; None where there is nothing to look at."""
    if item.kind is ItemKind.HOLD or item.held:
        return Heading.WAITING
    if item.refused:
        return Heading.FAILING
    if item.follows and item.kind is not ItemKind.UNLINK:
        return Heading.MOVED
    match item.kind:
        case ItemKind.CREATE:
            return Heading.MADE
        case ItemKind.UNLINK:
            return Heading.ARCHIVED if item.archive else Heading.CLOSED
        case ItemKind.SLEEP:
            return Heading.ASLEEP
        case ItemKind.LINK if not item.writes:
            return Heading.LINKED
        case ItemKind.LEAVE_OUT:
            return Heading.LEFT_OUT
    return Heading.UPDATED if item.writes else None


def who_of(item: Item) -> str:
    """Name a record by the ids it has, and the records it is held beside."""
    own = [(side, ref) for side in Side if (ref := item.ref(side))]
    if item.kind is ItemKind.HOLD:
        own = sorted({*own, *item.others}, key=lambda one: (one[0], one[1].id))
    mark = ", " if item.kind is ItemKind.HOLD else " = "
    return f"{item.pair}: " + mark.join(f"{TITLES[side]} {ref.id}" for side, ref in own)


def lines_of(item: Item) -> Iterator[Line]:
    """Give everything an item does, is held for or fails at, line by line."""
    if item.kind is ItemKind.CREATE and item.side is not None:
        yield Line(mark="note", text=f"new {TITLES[item.side]} {item.object_name}")
    elif item.follows:
        yield from (Line(mark="note", text=move_text(move)) for move in item.follows)
    elif item.kind is ItemKind.HOLD or not (item.writes or item.held or item.refused):
        yield Line(mark="note", text=item.why or "linked; nothing to write")
    for write in item.writes:
        yield Line(
            mark="write",
            field=write.name,
            where=TITLES[write.side],
            old=write.old,
            new=write.new,
            why=why_text(write, item),
        )
    for side, ids in item.keys.items():
        for name, id in ids.items():
            why = "keeps the other CRM's id"
            yield Line(mark="write", field=name, where=TITLES[side], new=id, why=why)
    for one in item.held:
        yield Line(
            mark="held", field=one.name, old=one.left, new=one.right, why=one.why or one.reason
        )
    for refused in item.refused:
        yield Line(
            mark="error",
            field=refused.name,
            where=TITLES[refused.side],
            text=refused.message,
            why=refused.fix,
        )
