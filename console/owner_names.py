"""Owners by the name both CRMs know them by, wherever a person reads values; ids say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from console.record_names import RecordNames, record_names
from console.stage_names import StageNames, stage_names
from mappings.identity import Directory, Spoken
from sync.domain.record import Native, Side
from sync.domain.rules import Trouble

if TYPE_CHECKING:
    from mappings.model import PairMapping
    from sync.domain.plan import Item
    from sync.domain.store import Store

__all__ = ["OwnerNames", "owner_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNames:
    """Gives the names of owners; `fields` are those that hold some, by pair. And of `records`, and
    of `stages`.

    An id of nobody who is known stays as it is.
    """

    fields: frozenset[tuple[str, str]] = frozenset()
    directory: Directory = field(default_factory=Spoken)
    records: RecordNames = field(default_factory=RecordNames)
    stages: StageNames = field(default_factory=StageNames)

    def value(self, pair: str, name: str, side: Side, value: Native) -> Native:
        """Give a side's value of a field as people read it."""
        if value is not None and self.records.holds(pair, name):
            return self.records.value(pair, name, side, value)
        if self.stages.holds(pair, name):
            return self.stages.value(pair, name, side, value)
        if value is None or (pair, name) not in self.fields:
            return value
        named = self.directory.name(side, value)
        return value if isinstance(named, Trouble) else named

    def _holds(self, pair: str, name: str) -> bool:
        known = self.records.holds(pair, name) or self.stages.holds(pair, name)
        return known or (pair, name) in self.fields

    def item(self, item: Item) -> Item:
        """Give an item of a plan with names in the place of ids, to be looked at only."""
        named = [one.name for one in item.writes] + [one.name for one in item.held]
        named += [one.name for one in item.waiting]
        if not any(self._holds(item.pair, name) for name in named):
            return item
        return replace(
            item,
            writes=tuple(
                replace(
                    one,
                    old=self.value(item.pair, one.name, one.side, one.old),
                    new=self.value(item.pair, one.name, one.side, one.new),
                    origin=self.value(item.pair, one.name, one.side.other, one.origin),
                )
                for one in item.writes
            ),
            held=tuple(
                replace(
                    one,
                    left=self.value(item.pair, one.name, Side.LEFT, one.left),
                    right=self.value(item.pair, one.name, Side.RIGHT, one.right),
                )
                for one in item.held
            ),
            waiting=tuple(
                replace(one, id=self.value(item.pair, one.name, one.side.other, one.id) or one.id)
                for one in item.waiting
            ),
        )


def owner_names(store: Store, pairs: Sequence[PairMapping]) -> OwnerNames:
    """Give the names of all owners as they were read last."""
    from mappings.live import people_fields
    from mappings.people import People
    from sync.engine.people import kept_people
    from sync.engine.shapes import kept_shapes

    fields = frozenset(
        (pair.pair, name)
        for pair in pairs
        for name in people_fields(
            pair,
            kept_shapes(store, Side.LEFT, pair.objects(Side.LEFT)) or {},
            kept_shapes(store, Side.RIGHT, pair.objects(Side.RIGHT)) or {},
        )
    )
    records, stages = record_names(store, pairs), stage_names(store, pairs)
    if not fields:
        return OwnerNames(records=records, stages=stages)
    people = People({side: kept_people(store, side) for side in Side})
    return OwnerNames(fields=fields, directory=people, records=records, stages=stages)
