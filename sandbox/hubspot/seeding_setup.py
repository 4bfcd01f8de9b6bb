"""Seed lines that set a portal up: its own objects, groups, pipelines and labels.

They are written as records of an object of that name, with what the API says of them as values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.hubspot.association_types import Definition
from sandbox.hubspot.custom_objects import change_object, open_object
from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.object_types import CustomObject
from sandbox.hubspot.objects import ObjectType
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import SeedRecord

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["SETUP", "export_setup", "load_display", "load_schemas", "load_setup"]

SCHEMAS, GROUPS, PIPELINES, LABELS = "schemas", "groups", "pipelines", "association_labels"
SETUP = frozenset({SCHEMAS, GROUPS, PIPELINES, LABELS})


def load_schemas(store: HubSpotStore, seeds: Sequence[SeedRecord]) -> None:
    """Load what properties stand under: the portal's own objects, and groups."""
    for seed in _of(seeds, SCHEMAS):
        try:
            open_object(store, seed.values)
        except ApiError as exc:
            raise seed.error(str(exc)) from exc
    for seed in _of(seeds, GROUPS):
        try:
            store.schema(_kind(store, seed)).load_group(seed.values)
        except ApiError as exc:
            raise seed.error(str(exc)) from exc


def load_display(store: HubSpotStore, seeds: Sequence[SeedRecord]) -> None:
    """Load what names properties of own objects, once those are there."""
    for seed in _of(seeds, SCHEMAS):
        one = store.types.custom(store.kind(str(seed.values["name"])))
        try:
            change_object(store, one, seed.values)
        except ApiError as exc:
            raise seed.error(str(exc)) from exc


def load_setup(store: HubSpotStore, seeds: Sequence[SeedRecord]) -> None:
    """Load pipelines and the kinds of tie."""
    for seed in _of(seeds, PIPELINES):
        try:
            book = store.pipelines.book(_kind(store, seed))
            if seed.values.get("deleted") is True:
                book.forget(str(seed.values.get("id", "")))
            else:
                book.load(seed.values, now=store.now())
        except ApiError as exc:
            raise seed.error(str(exc)) from exc
    for seed in _of(seeds, LABELS):
        try:
            _load_label(store, seed)
        except ApiError as exc:
            raise seed.error(str(exc)) from exc


def export_setup(store: HubSpotStore) -> Iterator[JsonObject]:
    """Write all that is not as every portal starts with; fields come after, between."""
    for one in store.types.customs():
        yield _line(SCHEMAS, one.kind.type_id, _schema_values(one))
    for kind in store.types:
        for group in store.schema(kind).own_groups():
            yield _line(GROUPS, f"{kind.name}-{group.name}", _of_object(kind, group.to_wire()))
        book = store.pipelines.find(kind)
        if book is None:
            continue
        for lost in book.lost_stock():
            values = _of_object(kind, {"id": lost, "deleted": True})
            yield _line(PIPELINES, f"{kind.name}-{lost}", values)
        for pipeline in book.altered():
            values = _of_object(kind, pipeline.to_wire())
            yield _line(PIPELINES, f"{kind.name}-{pipeline.id}", values)
    for definition in store.associations.types.definitions():
        values = _label_values(store, definition)
        yield _line(LABELS, str(definition.kind.ref.type_id), values)


def _load_label(store: HubSpotStore, seed: SeedRecord) -> None:
    values, types = seed.values, store.associations.types
    start, end = (store.kind(str(values.get(key, ""))).name for key in ("from", "to"))
    numbers = [values.get(key) for key in ("typeId", "inverseTypeId")]
    ids = [one for one in numbers if isinstance(one, int)]
    label, inverse = values.get("label"), values.get("inverseLabel")
    if label and types.find_plain(start, end) is None:
        types.define(start, end, label=None, now=store.now())
    made = types.define(
        start,
        end,
        label=str(label) if label else None,
        inverse_label=str(inverse) if inverse else None,
        name=str(values.get("name") or ""),
        ids=(ids[0], ids[1]) if len(ids) == len(numbers) else None,
        now=store.now(),
    )
    limits = (values.get("maxToObjectIds"), values.get("inverseMaxToObjectIds"))
    for kind, most in zip((made[0], types.inverse_of(made[0])), limits, strict=True):
        if isinstance(most, int):
            types.set_limit(kind, most)


def _label_values(store: HubSpotStore, definition: Definition) -> JsonObject:
    types, kind = store.associations.types, definition.kind
    back = types.inverse_of(kind)
    values: JsonObject = {
        "name": definition.name,
        "from": kind.from_object,
        "to": kind.to_object,
        "label": kind.label,
        "inverseLabel": back.label,
        "typeId": kind.ref.type_id,
        "inverseTypeId": back.ref.type_id,
    }
    for key, one in (("maxToObjectIds", kind), ("inverseMaxToObjectIds", back)):
        most = types.limit_of(one)
        if most is not None:
            values[key] = most
    return values


def _schema_values(one: CustomObject) -> JsonObject:
    return {
        "name": one.short_name,
        "objectTypeId": one.kind.type_id,
        "labels": {"singular": one.singular, "plural": one.plural},
        "description": one.description,
        "primaryDisplayProperty": one.kind.display,
        "secondaryDisplayProperties": [*one.secondary],
        "requiredProperties": [*one.kind.required],
        "searchableProperties": [*one.searchable],
    }


def _of(seeds: Sequence[SeedRecord], name: str) -> list[SeedRecord]:
    return [seed for seed in seeds if seed.object == name]


def _kind(store: HubSpotStore, seed: SeedRecord) -> ObjectType:
    return store.kind(str(seed.values.get("object", "")))


def _of_object(kind: ObjectType, wire: JsonObject) -> JsonObject:
    """Say which object it is of, and leave out what loading makes itself."""
    passed_over = ("archived", "createdAt", "updatedAt", "writePermissions")
    values: JsonObject = {"object": kind.name}
    for name, value in wire.items():
        if name not in passed_over:
            values[name] = _stages(value) if name == "stages" else value
    return values


def _stages(wire: Json) -> Json:
    rows = wire if isinstance(wire, list) else []
    kept = ("id", "label", "displayOrder", "metadata")
    return [{name: row[name] for name in kept} for row in rows if isinstance(row, dict)]


def _line(name: str, key: str, values: JsonObject) -> JsonObject:
    return {"system": "hubspot", "object": name, "key": f"{name}-{key}", "properties": values}
