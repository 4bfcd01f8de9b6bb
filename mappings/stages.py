"""Which fields of a pair's objects say how far its records have come.

LEFT is HubSpot, RIGHT is Salesforce, as in binding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.lifecycle.model import Lifecycle
from mappings.model import PairMapping
from sync.domain.record import Side
from sync.domain.schema import ObjectShape
from sync.domain.stages import StageFields

__all__ = ["stage_fields"]

#: The stage of an opportunity counts whether it is mapped or not: revenue hangs on it.
_ALWAYS = {(Side.RIGHT, "Opportunity"): "StageName"}
#: The stages of people count where the mapping, or lifecycle.yaml, names them.
_IF_MAPPED = {(Side.LEFT, "contacts"): "lifecyclestage", (Side.RIGHT, "Lead"): "Status"}
#: The HubSpot object that lifecycle.yaml is about.
_PEOPLE = "contacts"

_Shapes = Mapping[str, ObjectShape]


def stage_fields(
    pair: PairMapping, left: _Shapes, right: _Shapes, *, lifecycle: Lifecycle | None = None
) -> dict[tuple[Side, str], StageFields]:
    """Give the stage fields of each object of a pair that has some, by side and object.

    Those are the stages of pipelines and of opportunities, and of people what lifecycle.yaml
    names; without that file the lifecycle stage and a lead's status, where they are mapped.
    """
    found: dict[tuple[Side, str], StageFields] = {}
    for side, shapes in ((Side.LEFT, left), (Side.RIGHT, right)):
        for name in pair.objects(side):
            if name in shapes:
                natives = dict.fromkeys(_natives(pair, side, shapes[name], lifecycle))
                there = tuple(native for native in natives if native in shapes[name].fields)
                if there:
                    staged = lifecycle is not None and pair.hubspot == _PEOPLE
                    found[side, name] = _fields(pair, side, shapes[name], there, staged=staged)
    return found


def _natives(
    pair: PairMapping, side: Side, shape: ObjectShape, lifecycle: Lifecycle | None
) -> Iterator[str]:
    if (side, shape.name) in _ALWAYS:
        yield _ALWAYS[side, shape.name]
    yield from _of_pipelines(shape)
    if lifecycle is not None and pair.hubspot == _PEOPLE:
        yield from _of_lifecycle(lifecycle, side, shape.name)
        return
    of_people = _IF_MAPPED.get((side, shape.name))
    if of_people is not None and of_people in _mapped(pair, side, shape.name):
        yield of_people


def _of_pipelines(shape: ObjectShape) -> Iterator[str]:
    """Give the fields whose values each part of the object has of its own, as a pipeline has."""
    for division in shape.divisions:
        yield from division.options


def _of_lifecycle(lifecycle: Lifecycle, side: Side, object_name: str) -> Iterator[str]:
    for stage in lifecycle.stages:
        if side is Side.LEFT:
            yield from stage.hubspot
        elif isinstance(stage.salesforce, dict):
            yield from (
                field.field_name for field in stage.salesforce if field.object_name == object_name
            )


def _fields(
    pair: PairMapping,
    side: Side,
    shape: ObjectShape,
    natives: tuple[str, ...],
    *,
    staged: bool,
) -> StageFields:
    mapped = _mapped(pair, side, shape.name)
    told = staged or mapped.keys() >= set(natives)
    return StageFields(
        fields=natives,
        names={native: mapped[native] for native in natives if native in mapped},
        # Salesforce keeps changes as rows of their own, so that thousands are read at once.
        of_all=side is Side.RIGHT,
        always_kept=(side, shape.name) in _ALWAYS,
        # Of what is not read with the record it cannot be told whether it moved.
        thorough=side is Side.RIGHT or bool(shape.divisions) or not told,
    )


def _mapped(pair: PairMapping, side: Side, object_name: str) -> dict[str, str]:
    """Give the pair's own name of each field of an object that it maps."""
    named = ((field.name_on(side, object_name), name) for name, field in pair.fields.items())
    return {native: name for native, name in named if native is not None}
