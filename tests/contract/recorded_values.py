"""Every value in the recorded traffic of real accounts, with what the account says of its field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.hubspot.schema import object_shape as hubspot_shape
from connectors.salesforce.schema import object_shape as salesforce_shape
from sync.domain.schema import FieldShape
from tests.contract.recordings import read_exchanges

__all__ = ["RecordedValue", "hubspot_values", "salesforce_values"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedValue:
    """One value as it came over the wire, and the shape of its field."""

    object_name: str
    field: str
    wire: Any
    shape: FieldShape


def hubspot_values(fixtures: Path) -> list[RecordedValue]:
    """Give every property of every record HubSpot answered with, whose definition is recorded."""
    bodies = list(_bodies(fixtures / "hubspot"))
    definitions: dict[str, Any] = {}
    for part in _parts(bodies):
        if {"name", "type", "fieldType"} <= part.keys() and isinstance(part["name"], str):
            definitions.setdefault(part["name"], part)
    shapes = hubspot_shape("contacts", list(definitions.values())).fields
    return [
        RecordedValue(object_name="record", field=name, wire=wire, shape=shapes[name])
        for properties in map(_properties, _parts(bodies))
        for name, wire in properties.items()
        if name in shapes
    ]


def salesforce_values(fixtures: Path) -> list[RecordedValue]:
    """Give every field of every record Salesforce answered with, whose describe is recorded."""
    bodies = list(_bodies(fixtures / "salesforce"))
    shapes: dict[str, dict[str, FieldShape]] = {}
    for part in _parts(bodies):
        if {"name", "keyPrefix", "fields"} <= part.keys() and part["fields"]:
            described = salesforce_shape(part)
            shapes.setdefault(described.name, {}).update(described.fields)
    return [
        RecordedValue(
            object_name=object_name, field=name, wire=wire, shape=shapes[object_name][name]
        )
        for part in _parts(bodies)
        if isinstance(part.get("attributes"), dict)
        and (object_name := str(part["attributes"].get("type"))) in shapes
        for name, wire in part.items()
        if name in shapes[object_name] and not isinstance(wire, dict | list)
    ]


def _properties(part: dict[str, Any]) -> dict[str, Any]:
    """Give the values of a record, of today's answers or of those of the first API version."""
    found = part.get("properties")
    if not isinstance(found, dict):
        return {}
    return {
        name: one.get("value") if isinstance(one, dict) else one
        for name, one in found.items()
        if isinstance(one, dict | str | None)
    }


def _bodies(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("*/*.json")):
        try:
            yield from (one.answer for one in read_exchanges(path))
        except (AttributeError, KeyError, TypeError):  # one answer alone, or data to load
            yield json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError:
            continue  # an answer without a body


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object within a body; numbers with a point come as the connectors read them."""
    if isinstance(value, dict):
        yield {name: _exact(one) for name, one in value.items()}
        for one in value.values():
            yield from _parts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _parts(one)


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value
