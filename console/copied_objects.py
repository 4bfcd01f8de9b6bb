"""What the objects of a real account are, as seed lines: custom ones, pipelines, record types."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sync.domain.record import Side
from sync.domain.schema import Division, ObjectShape

if TYPE_CHECKING:
    from sandbox.jsontypes import Json, JsonObject

__all__ = ["object_lines", "part_key", "set_by_parts"]

_OF_THE_PORTAL = re.compile(r"p\d*_")

#: A stage of the copy is open: what closes one is not part of what fields and stages tell.
_OPEN = "0.5"


def object_lines(side: Side, shape: ObjectShape, fields: Collection[str]) -> Iterator[JsonObject]:
    """Give what must be there before an object's records; `fields` are those copied, in order."""
    if side is Side.LEFT:
        if shape.address:
            yield _custom_object(shape, fields)
        staged = [part for part in shape.divisions if any(part.options.values())]
        yield from (_pipeline(shape, part) for part in staged)
        return
    if shape.name.endswith("__c"):
        yield {
            "system": "salesforce",
            "setup": {"kind": "object", "name": shape.name, "label": shape.label},
        }
    for part in shape.divisions:
        yield _record_type(shape, part)


def set_by_parts(side: Side, shape: ObjectShape) -> frozenset[str]:
    """Name the fields whose picklists follow from an object's parts, and are not defined apart."""
    if side is Side.RIGHT or not shape.divisions:
        return frozenset()
    return frozenset({shape.divided_by, *(name for one in shape.divisions for name in one.options)})


def part_key(part_id: str) -> JsonObject:
    """Give how a record of Salesforce's names its record type in a seed."""
    return {"key": f"RecordType-{part_id}"}


def _custom_object(shape: ObjectShape, fields: Collection[str]) -> JsonObject:
    name = _OF_THE_PORTAL.sub("", shape.name, count=1)
    if not name[:1].isalpha():
        name = f"object_{name}"
    properties: JsonObject = {
        "name": re.sub(r"\W", "_", name),
        "objectTypeId": shape.address,
        "labels": {"singular": shape.label, "plural": shape.label},
        "primaryDisplayProperty": next(iter(fields), "hs_object_id"),
    }
    return {
        "system": "hubspot",
        "object": "schemas",
        "key": f"schema-{shape.address}",
        "properties": properties,
    }


def _pipeline(shape: ObjectShape, part: Division) -> JsonObject:
    stages = [option for options in part.options.values() for option in options]
    told: list[Json] = [
        {
            "id": stage.value,
            "label": stage.label,
            "metadata": {
                "probability": _OPEN,
                # A pipeline of tickets must have an end.
                "ticketState": "CLOSED" if stage == stages[-1] else "OPEN",
            },
        }
        for stage in stages
    ]
    return {
        "system": "hubspot",
        "object": "pipelines",
        "key": f"pipeline-{shape.name}-{part.id}",
        "properties": {
            "object": shape.address or shape.name,
            "id": part.id,
            "label": part.name,
            "stages": told,
        },
    }


def _record_type(shape: ObjectShape, part: Division) -> JsonObject:
    return {
        "system": "salesforce",
        "object": "RecordType",
        "key": f"RecordType-{part.id}",
        "id": part.id,
        "fields": {
            "SobjectType": shape.name,
            "DeveloperName": part.name,
            "Name": part.name,
            "IsActive": part.active,
        },
    }
