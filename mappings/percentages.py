"""Percentages: HubSpot keeps 0.5 where it shows 50 %, and mostly does not say which it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.model import FieldMapping, PairMapping
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = ["percent_notes"]

_Shapes = Mapping[str, ObjectShape]


def percent_notes(pair: PairMapping, left: _Shapes, right: _Shapes) -> Iterator[str]:
    """Name plain numbers of HubSpot that stand across from a percentage."""
    for name, field in pair.fields.items():
        number = next((one for one in _held(pair, field, Side.LEFT, left) if _is_plain(one)), None)
        if number is not None and _is_percentage(pair, field, right):
            yield (
                f"{pair.pair}: fields.{name} is a percentage, and HubSpot does not say how it "
                f"shows {pair.hubspot}.{number.name}; its number is taken as it is, 50 for 50 %. "
                "A property that is shown as a percentage keeps 0.5: show it as a plain number "
                "there, or 50 arrives as 5000 %"
            )


def _is_plain(shape: FieldShape) -> bool:
    return shape.kind is FieldKind.NUMBER and not shape.percent_as_fraction


def _is_percentage(pair: PairMapping, field: FieldMapping, right: _Shapes) -> bool:
    if field.values is not None:
        return False  # the table names the values as they are
    across = list(_held(pair, field, Side.RIGHT, right))
    if not across:
        return False
    if field.type is not None:
        return field.type is FieldType.PERCENT
    return any(shape.kind is FieldKind.PERCENT for shape in across)


def _held(
    pair: PairMapping, field: FieldMapping, side: Side, shapes: _Shapes
) -> Iterator[FieldShape]:
    for object_name in pair.objects(side):
        native = field.name_on(side, object_name)
        described = shapes.get(object_name)
        if native is not None and described is not None and native in described.fields:
            yield described.fields[native]
