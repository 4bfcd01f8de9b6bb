"""Making, changing and archiving the objects a portal defines itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox.hubspot.errors import ApiError, invalid
from sandbox.hubspot.object_types import CustomObject
from sandbox.hubspot.objects import ObjectType
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = [
    "archive_object",
    "associate",
    "change_object",
    "define_object",
    "open_object",
    "purge_object",
]


def define_object(store: HubSpotStore, wire: Mapping[str, Json]) -> CustomObject:
    """Add an object with its properties and ties, or leave all as it was."""
    if not isinstance(wire.get("primaryDisplayProperty"), str):
        raise invalid(
            "primaryDisplayProperty is required",
            sub_category="ObjectTypeDefinition.PRIMARY_DISPLAY_PROPERTY_REQUIRED",
        )
    others = _associated(store, wire.get("associatedObjects"))
    one = open_object(store, wire)
    try:
        for row in _rows(wire.get("properties")):
            store.schema(one.kind).create({"groupName": one.kind.group, **row}, now=store.now())
        one = change_object(store, one, wire)
    except ApiError:
        store.close(one.kind)
        store.types.forget(one)
        raise
    for other in others:
        associate(store, one.kind, other)
    return one


def open_object(store: HubSpotStore, wire: Mapping[str, Json]) -> CustomObject:
    """Add an object that has only what HubSpot itself gives every one."""
    one = store.types.define(wire, portal_id=store.account.id, now=store.now())
    store.open(one.kind, label=one.singular)
    return one


def change_object(store: HubSpotStore, one: CustomObject, wire: Mapping[str, Json]) -> CustomObject:
    """Change what an object's records are called and shown by."""
    known = [definition.name for definition in store.schema(one.kind)]
    changed = store.types.change(one, wire, known=known, now=store.now())
    store.refresh(changed.kind)
    return changed


def archive_object(store: HubSpotStore, one: CustomObject) -> None:
    """Take an object out of use, which must have no records left."""
    if store.table(one.kind).live:
        raise invalid(
            f"Object type {one.kind.name} still has records and cannot be deleted",
            sub_category="ObjectTypeDefinition.EXISTING_OBJECT_RECORDS",
        )
    store.close(one.kind)
    store.types.archive(one, now=store.now())


def purge_object(store: HubSpotStore, name: str) -> None:
    """Delete an archived object for good."""
    if store.types.find(name) is not None:
        raise invalid(f"Object type {name} is not archived and cannot be purged")
    store.types.forget(store.types.archived(name))


def associate(store: HubSpotStore, start: ObjectType, end: ObjectType, *, name: str = "") -> None:
    """Let records of two objects be tied without a label, if they cannot be yet."""
    types = store.associations.types
    if types.find_plain(start.name, end.name) is None:
        named = name or f"{start.singular}_to_{end.singular}".replace(" ", "_")
        types.define(start.name, end.name, label=None, name=named, now=store.now())


def _associated(store: HubSpotStore, wire: Json) -> list[ObjectType]:
    listed = wire if isinstance(wire, list) else []
    return [store.kind(str(one)) for one in listed]


def _rows(wire: Json) -> list[JsonObject]:
    listed = wire if isinstance(wire, list) else []
    return [one for one in listed if isinstance(one, dict)]
