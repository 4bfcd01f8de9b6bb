"""The safety stop: how much a plan changes, and how much it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mappings.bound import BoundPair
from mappings.guard import Guard
from sync.domain.plan import Item, ItemKind, is_part_of
from sync.engine.departures import NOT_FOUND
from sync.engine.session import Session

__all__ = ["PlanCount", "allowed_changes", "counted", "over_guard"]


@dataclass(slots=True)
class PlanCount:
    """What the items of one pair's plan add up to.

    `revision` is what a changed mapping causes of it, as data.
    """

    items: int = 0
    changes: int = 0
    creates: int = 0
    deletes: int = 0
    missing: int = 0
    blanks: int = 0
    links: int = 0
    held: int = 0
    refused: int = 0
    left_out: int = 0
    writes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    revision: dict[str, Any] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Count one item."""
        self.items += 1
        self.changes += len(item.touches)
        self.blanks += item.blanks
        self.held += len(item.held)
        if item.kind is ItemKind.HOLD and item.group not in self.groups:
            # All records of a group wait as one item.
            self.groups.add(item.group)
            self.held += 1
        self.refused += len(item.refused)
        self.creates += item.kind is ItemKind.CREATE
        self.links += item.kind is ItemKind.LINK or bool(item.follows)
        self.left_out += item.kind is ItemKind.LEAVE_OUT
        self.deletes += item.archive
        self.missing += item.kind is ItemKind.SLEEP and item.why == NOT_FOUND
        for side in item.touches:
            ref = item.ref(side)
            if ref is not None and item.updates(side):
                self._write(side, ref.object_name, "update")
            if ref is not None and item.writes_on(side, apart=True):
                self._write(side, ref.object_name, "associate")
        if item.kind is ItemKind.CREATE and item.side is not None:
            self._write(item.side, item.object_name, "create")
            origin = item.ref(item.side.other)
            if origin is not None and not is_part_of(item.pair):
                self._write(item.side.other, origin.object_name, "keep_id")
            later = any(one.apart and one.new is not None for one in item.waiting)
            if later or item.writes_on(item.side, apart=True):
                self._write(item.side, item.object_name, "associate")

    def _write(self, side: str, object_name: str, kind: str) -> None:
        key = (side, object_name, kind)
        self.writes[key] = self.writes.get(key, 0) + 1


def counted(items: Iterable[Item], count: PlanCount) -> Iterator[Item]:
    """Pass items on and count them."""
    for item in items:
        count.add(item)
        yield item


def allowed_changes(session: Session, pair: BoundPair) -> int:
    """Give how many records of a pair a run may update without asking."""
    limits = session.settings.guard.for_pair(pair.guard)
    return int(limits.changes.allowed(session.store.links.count(pair.name)))


def over_guard(session: Session, counts: Mapping[str, PlanCount]) -> list[str]:
    """List, in plain words, every limit the plans of all pairs go over."""
    return [
        line
        for pair in session.pairs
        for line in _exceeded(
            pair,
            counts[pair.name],
            session.settings.guard,
            linked=session.store.links.count(pair.name),
        )
    ]


def _exceeded(pair: BoundPair, count: PlanCount, guard: Guard, *, linked: int) -> list[str]:
    """List, in plain words, every limit the plan of a pair goes over."""
    limits = guard.for_pair(pair.guard)
    if pair.relation is not None:
        # Who belongs to a record is a matter of that record: rows made or taken away change it.
        changes = count.changes + count.creates + count.deletes
        count = replace(count, changes=changes, creates=0, deletes=0)
    checks = (
        ("changes", "records updated", count.changes, limits.changes),
        ("creates", "records created", count.creates, limits.creates),
        ("deletes", "records deleted", count.deletes, limits.deletes),
        ("deletes", "records missing without proof", count.missing, limits.deletes),
        ("blanks", "fields emptied", count.blanks, limits.blanks),
    )
    return [
        f"{pair.name}: {number} {what}, and guard.{name} allows {limit.allowed(linked)} ({limit})"
        for name, what, number, limit in checks
        if number > limit.allowed(linked)
    ]
