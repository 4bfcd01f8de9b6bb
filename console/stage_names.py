"""Stages, pipelines and record types by their names, wherever a person reads values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.record import Native, Side

if TYPE_CHECKING:
    from mappings.model import PairMapping
    from sync.domain.schema import ObjectShape
    from sync.domain.store import Store

__all__ = ["StageNames", "stage_names"]

#: A field of a pair on one side.
_Place = tuple[str, str, Side]


@dataclass(frozen=True, slots=True)
class StageNames:
    """Gives what people call the values of some fields; values without a name stay as they are."""

    names: Mapping[_Place, Mapping[str, str]] = field(default_factory=dict)

    def holds(self, pair: str, name: str) -> bool:
        """Tell whether a field holds stages, or the part a record belongs to."""
        return any((pair, name, side) in self.names for side in Side)

    def value(self, pair: str, name: str, side: Side, value: Native) -> Native:
        """Give a side's value of a field as people read it."""
        return self.names.get((pair, name, side), {}).get(value or "", value)


def stage_names(store: Store, pairs: Sequence[PairMapping]) -> StageNames:
    """Give the names as both CRMs told them last, or as the mapping files write them."""
    from sync.engine.shapes import kept_shapes

    found: dict[_Place, Mapping[str, str]] = {}
    for pair in pairs:
        for side in Side:
            shapes = kept_shapes(store, side, pair.objects(side)) or {}
            found.update(_parts(pair, side, shapes))
            if side is Side.LEFT:
                found.update(_stages(pair, shapes))
    return StageNames(found)


def _parts(
    pair: PairMapping, side: Side, shapes: Mapping[str, ObjectShape]
) -> dict[_Place, Mapping[str, str]]:
    from mappings.divisions import DIVISION_FIELDS

    names = {part.id: part.name for shape in shapes.values() for part in shape.divisions}
    named = pair.division_name(side) is not None
    return {(pair.pair, DIVISION_FIELDS[side], side): names} if named else {}


def _stages(
    pair: PairMapping, shapes: Mapping[str, ObjectShape]
) -> dict[_Place, Mapping[str, str]]:
    found: dict[_Place, Mapping[str, str]] = {}
    shape = shapes.get(pair.hubspot)
    for name, line in pair.fields.items():
        known = shape.fields.get(line.map.left or "") if shape is not None else None
        if known is None or not known.named_by_label:
            continue
        # What the file calls by its id is read by its id.
        written = {word: word for word in line.values or ()}
        found[pair.pair, name, Side.LEFT] = {
            option.value: written.get(option.value, option.label) for option in known.options
        }
    return found
