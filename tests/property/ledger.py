"""All that people entered, and where each value was last seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.record import Native, RecordRef, Side
from sync.domain.rules import FieldRule, Trouble
from sync.domain.store import Link

if TYPE_CHECKING:
    from sync.state import AuditRow
    from tests.property.world import World

__all__ = ["Entry", "Ledger", "agree"]


@dataclass(slots=True)
class Entry:
    """One value a person entered; `since` is the last audit row written before.

    `reached` becomes True once both sides held the value at the end of a run. `linked` tells
    whether the record had a link when the value was entered.
    """

    side: Side
    ref: RecordRef
    name: str
    value: Native
    since: int
    linked: bool
    reached: bool = False


class Ledger:
    """The last value people entered in each field of each record."""

    def __init__(self) -> None:
        self.entered: set[tuple[Side, RecordRef]] = set()
        self.markers: set[str] = set()
        self._last: dict[tuple[Side, RecordRef, str], Entry] = {}

    def add(self, side: Side, ref: RecordRef, marker: str) -> None:
        """Note a record a person made."""
        self.entered.add((side, ref))
        self.markers.add(marker)

    def note(self, world: World, side: Side, ref: RecordRef, name: str, value: Native) -> None:
        """Note a value; what was entered there before is superseded."""
        link = _link(world, side, ref)
        self._last[side, ref, name] = Entry(
            side,
            ref,
            name,
            value,
            since=_newest(world),
            linked=link is not None,
            reached=link is not None and self._is_shadow(world, side, name, value, link),
        )

    def _is_shadow(self, world: World, side: Side, name: str, value: Native, link: Link) -> bool:
        """Tell whether a value is what both sides agreed on last: entering it is no edit."""
        shadow = world.store.links.shadows([link.id]).get((link.id, side))
        if shadow is None or name not in shadow.base or not world.pair.has_rule(name):
            return False
        codec = world.pair.rule(name).codec
        return codec.normal(side, shadow.base[name]) == codec.normal(side, value)

    def leave_behind(self, side: Side, name: str) -> None:
        """Forget what was entered in a field that the mapping keeps elsewhere from now on."""
        self._last = {at: one for at, one in self._last.items() if (at[0], at[2]) != (side, name)}

    def last(self, side: Side, ref: RecordRef, name: str) -> Entry | None:
        """Give the last value entered in a field."""
        return self._last.get((side, ref, name))

    def entries(self) -> Iterator[Entry]:
        """Give all values that nobody superseded on their own side."""
        yield from self._last.values()

    def look(self, world: World) -> None:
        """Note which values both sides hold now."""
        for entry in self._last.values():
            if entry.reached or not world.lives(entry.side, entry.ref):
                continue
            link = _link(world, entry.side, entry.ref)
            if link is None or not world.lives(entry.side.other, link.ref(entry.side.other)):
                continue
            if not world.pair.has_rule(entry.name):
                continue
            rule = world.pair.rule(entry.name)
            own = world.value(entry.side, entry.ref, entry.name)
            if rule.codec.normal(entry.side, own) == rule.codec.normal(entry.side, entry.value):
                entry.reached = agree(world, rule, link)

    def traces(self, world: World, entry: Entry) -> Iterator[AuditRow]:
        """Give what the audit says of a field since a value was entered in it."""
        for link in world.store.queries.find_links(entry.ref.id):
            for row in world.store.queries.audit_of_link(link.id):
                if row.id > entry.since and row.entry.field == entry.name:
                    yield row


def agree(world: World, rule: FieldRule, link: Link) -> bool:
    """Tell whether a link's records agree on a field, carried in either direction."""
    now = {side: world.value(side, link.ref(side), rule.name) for side in Side}
    normal = {side: rule.codec.normal(side, now[side]) for side in Side}
    if rule.opt_out:
        return len({rule.codec.canonical(side, now[side]) == "true" for side in Side}) == 1
    if None in normal.values():
        return normal[Side.LEFT] == normal[Side.RIGHT]
    for side in Side:
        other = link.ref(side.other).object_name
        carried = rule.codec.carry(side, now[side], object_name=other)
        if carried is None or isinstance(carried, Trouble):
            continue
        if rule.codec.normal(side.other, carried) == normal[side.other]:
            return True
    return False


def _link(world: World, side: Side, ref: RecordRef) -> Link | None:
    return world.store.links.of(world.pair.name, side, [ref]).get(ref)


def _newest(world: World) -> int:
    return world.store.queries.sizes()["audit"]
