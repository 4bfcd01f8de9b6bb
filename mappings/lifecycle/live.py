"""Lifecycle rules against both live schemas: fields, their values, and who may write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.findings import Path, did_you_mean
from mappings.lifecycle.model import Lifecycle
from mappings.lifecycle.words import OpportunityState
from mappings.words import SIDE_NAMES
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.schema import FieldShape, ObjectShape

__all__ = ["check_live_lifecycle", "lost_stages"]


def check_live_lifecycle(
    lifecycle: Lifecycle, left: ObjectShape, right: Mapping[str, ObjectShape]
) -> tuple[MappingError, ...]:
    """List what the stages name and the schemas lack: `left` is HubSpot's contacts."""
    at = lifecycle.places.at_value
    found = (*_hubspot(lifecycle, left), *_salesforce(lifecycle, right))
    return tuple(at(path, problem) for path, problem in found)


def lost_stages(
    lifecycle: Lifecycle, left: ObjectShape, right: Mapping[str, ObjectShape]
) -> tuple[Side, str] | None:
    """Give the first place of the stages that the schemas lack, in words; None where none is."""
    for found, side in (
        (_hubspot(lifecycle, left), Side.LEFT),
        (_salesforce(lifecycle, right), Side.RIGHT),
    ):
        for path, _ in found:
            native = str(path[-1])
            object_name = f"{left.name}." if side is Side.LEFT else ""
            return side, f"what the stages name of {SIDE_NAMES[side]}'s {object_name}{native}"
    return None


def _hubspot(lifecycle: Lifecycle, shape: ObjectShape) -> Iterator[tuple[Path, str]]:
    for number, stage in enumerate(lifecycle.stages):
        for name, values in stage.hubspot.items():
            path: Path = ("stages", number, "hubspot", name)
            yield from _problems(path, shape, name, values, title="HubSpot's contacts")


def _salesforce(
    lifecycle: Lifecycle, shapes: Mapping[str, ObjectShape]
) -> Iterator[tuple[Path, str]]:
    for number, stage in enumerate(lifecycle.stages):
        if isinstance(stage.salesforce, OpportunityState):
            continue
        for field, values in stage.salesforce.items():
            shape = shapes.get(field.object_name)
            if shape is None:
                continue  # that it is no object of the pair is found without a schema
            name = f"{field.object_name}.{field.field_name}"
            path: Path = ("stages", number, "salesforce", name)
            title = f"Salesforce's {field.object_name}"
            yield from _problems(path, shape, field.field_name, values, title=title)


def _problems(
    path: Path, shape: ObjectShape, name: str, values: tuple[str, ...], *, title: str
) -> Iterator[tuple[Path, str]]:
    field = shape.fields.get(name)
    if field is None:
        yield path, f"{title} has no field {name!r}{did_you_mean(name, shape.fields)}"
        return
    if not field.updatable:
        yield path, f"{title} does not let this user write {name!r}"
    known = _options(field)
    for value in values:
        if known and value not in known:
            yield (
                path,
                (
                    f"{value!r} is none of the values of {title} {name!r} ({', '.join(known)})"
                    f"{did_you_mean(value, known)}"
                ),
            )


def _options(field: FieldShape) -> tuple[str, ...]:
    return tuple(option.value for option in field.options if option.active)
