"""Amounts and their currency: an amount travels as it is, so its currency has to travel, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.model import FieldMapping, PairMapping
from mappings.words import SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.rules import Arrow
from sync.domain.schema import FieldKind, ObjectShape

__all__ = ["check_currencies", "currency_notes"]

_ARROWS = {Arrow.BOTH: "<->", Arrow.TO_RIGHT: "->", Arrow.TO_LEFT: "<-"}

_Shapes = Mapping[str, ObjectShape]


def check_currencies(pair: PairMapping, left: _Shapes, right: _Shapes) -> Iterator[MappingError]:
    """Find amounts that travel without their currency, where both CRMs know it of each record."""
    shapes = {Side.LEFT: left, Side.RIGHT: right}
    kept = {side: _currency_field(pair, side, shapes[side]) for side in Side}
    amounts = list(_amounts(pair, shapes))
    if not amounts or not all(kept.values()) or _is_mapped(pair, kept):
        return
    name, field = amounts[0]
    line = f"{kept[Side.LEFT]} {_ARROWS[field.map.arrow]} {kept[Side.RIGHT]}"
    yield pair.places.at_key(
        ("fields", name),
        "both CRMs keep the currency of each amount, and no field carries it, so that 100 EUR "
        f"could arrive as 100 USD; add a line: 'currency: {line}'",
    )


def currency_notes(pair: PairMapping, left: _Shapes, right: _Shapes) -> Iterator[str]:
    """Say where amounts meet a CRM that keeps one currency only."""
    shapes = {Side.LEFT: left, Side.RIGHT: right}
    kept = {side: _currency_field(pair, side, shapes[side]) for side in Side}
    several = [side for side in Side if kept[side]]
    if len(several) != 1 or not list(_amounts(pair, shapes)):
        return
    side = several[0]
    yield (
        f"{pair.pair}: {SIDE_NAMES[side]} keeps a currency with each amount "
        f"({kept[side]}), {SIDE_NAMES[side.other]} does not; amounts travel as they are, so those "
        f"of other currencies read as {SIDE_NAMES[side.other]}'s own there"
    )


def _currency_field(pair: PairMapping, side: Side, shapes: _Shapes) -> str:
    found = [shape.currency_field for name in pair.objects(side) if (shape := shapes.get(name))]
    return next((name for name in found if name), "")


def _amounts(
    pair: PairMapping, shapes: Mapping[Side, _Shapes]
) -> Iterator[tuple[str, FieldMapping]]:
    """Give the fields that carry money from one side to the other."""
    for name, field in pair.fields.items():
        if any(map(field.writes_to, Side)) and _is_money(pair, field, shapes):
            yield name, field


def _is_money(pair: PairMapping, field: FieldMapping, shapes: Mapping[Side, _Shapes]) -> bool:
    if field.type is not None:
        return field.type is FieldType.MONEY
    for side in Side:
        for object_name in pair.objects(side):
            shape = shapes[side].get(object_name)
            native = field.name_on(side, object_name)
            held = shape.fields.get(native) if shape is not None and native is not None else None
            if held is not None and held.kind is FieldKind.MONEY:
                return True
    return False


def _is_mapped(pair: PairMapping, kept: Mapping[Side, str]) -> bool:
    """Tell whether a field holds a currency, on either side."""
    return any(
        field.name_on(side, object_name) == kept[side]
        for field in pair.fields.values()
        for side in Side
        for object_name in pair.objects(side)
    )
