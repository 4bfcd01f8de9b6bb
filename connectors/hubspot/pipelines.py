"""HubSpot's pipelines as the parts an object's records are divided into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.flags import flag
from connectors.hubspot.calls import Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.paths import PIPELINES
from sync.domain.errors import AccountNotSupportedError, RecordRejectedError, SchemaDriftError
from sync.domain.schema import Division, FieldShape, ObjectShape, Option

__all__ = ["fetch_pipelines", "staged", "with_pipelines"]

#: The properties that hold pipeline and stage.
_DEALS = ("pipeline", "dealstage")
_OTHERS = ("hs_pipeline", "hs_pipeline_stage")


def staged(shape: ObjectShape) -> tuple[str, str] | None:
    """Name the properties that hold a record's pipeline and stage, where an object has them."""
    for names in (_DEALS, _OTHERS):
        if set(names) <= shape.fields.keys():
            return names
    return None


def fetch_pipelines(client: HubSpotClient, object_name: str) -> Sequence[Json]:
    """Fetch all pipelines of an object, in the order people see them; none where it has none.

    Some objects have the properties and no pipelines, or a token may not see them: records of
    such an object can be kept all the same.
    """
    operation = Operation(name="read the pipelines of", object_name=object_name, optional=True)
    address = {"object": client.address_of(object_name)}
    try:
        answer = client.by_path(operation, PIPELINES, path_params=address)
    except (AccountNotSupportedError, SchemaDriftError, RecordRejectedError):
        return ()
    return sorted(answer.results, key=_place)


def with_pipelines(shape: ObjectShape, pipelines: Sequence[Json]) -> ObjectShape:
    """Give a shape with its pipelines; a stage may be named by its label where that is clear."""
    names = staged(shape)
    if names is None or not pipelines:
        return shape
    in_pipeline, in_stage = names
    divisions = tuple(_division(each, in_stage) for each in pipelines if each.get("id"))
    stages = tuple(stage for one in divisions for stage in one.options[in_stage])
    stage = replace(shape.fields[in_stage], named_by_label=True, options=_known(stages))
    listed = tuple(Option(one.id, one.name, one.active) for one in divisions)
    pipeline: FieldShape = replace(shape.fields[in_pipeline], options=listed)
    return replace(
        shape,
        fields={**shape.fields, in_stage: stage, in_pipeline: pipeline},
        divided_by=in_pipeline,
        divisions=divisions,
    )


def _division(pipeline: Json, in_stage: str) -> Division:
    return Division(
        id=str(pipeline["id"]),
        name=str(pipeline.get("label") or pipeline["id"]),
        active=not flag(pipeline.get("archived")),
        options={in_stage: tuple(_stages(pipeline))},
    )


def _stages(pipeline: Json) -> Iterator[Option]:
    listed = pipeline.get("stages")
    stages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for stage in sorted(stages, key=_place):
        if stage.get("id"):
            value = str(stage["id"])
            label = str(stage.get("label") or value)
            yield Option(value, label, not flag(stage.get("archived")))


def _known(stages: Sequence[Option]) -> tuple[Option, ...]:
    """Give each stage once: HubSpot's own stages may stand in several pipelines."""
    return tuple({stage.value: stage for stage in stages}.values())


def _place(item: Any) -> int:  # Any: one pipeline or stage of an answer
    order = str(item.get("displayOrder"))
    return int(order) if order.isdecimal() else 0
