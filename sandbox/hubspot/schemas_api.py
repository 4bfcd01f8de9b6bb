"""The definitions of objects: those of HubSpot can be read, the portal's own changed."""

from __future__ import annotations

from dataclasses import replace

from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.custom_objects import (
    archive_object,
    associate,
    change_object,
    define_object,
    purge_object,
)
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.object_types import CustomObject
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES"]

_READ = Access(("crm.schemas.custom.read", "crm.objects.custom.read"))
_WRITE = Access(("crm.schemas.custom.write",))
_LARGEST_BATCH = 100


def list_all(call: Call) -> Answer:
    """List the portal's own objects; `archived` adds those out of use."""
    types = call.store.types
    found = [_custom_wire(call, one) for one in types.customs()]
    if call.flag("archived"):
        found += [_archived_wire(one) for one in types.customs(archived=True)]
    return Answer(200, {"results": [*found]})


def read(call: Call) -> Answer:
    """Give the definition of any object."""
    return Answer(200, _wire(call, call.kind()))


def batch_read(call: Call) -> Answer:
    """Give the definitions of several objects; those nobody knows are left out."""
    found: list[Json] = []
    body = call.object_body()
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or len(inputs) > _LARGEST_BATCH:
        raise invalid(f"inputs is a list of at most {_LARGEST_BATCH} object types")
    for one in inputs:
        name = str(one.get("id", "") if isinstance(one, dict) else one)
        kind = call.store.types.find(name, loose=call.store.switches.bare_custom_names)
        if kind is not None:
            found.append(_wire(call, kind))
    return Answer(200, {"results": found})


def create(call: Call) -> Answer:
    """Define an object of the portal's own."""
    return Answer(201, _custom_wire(call, define_object(call.store, call.object_body())))


def update(call: Call) -> Answer:
    """Change what an own object's records are called and shown by."""
    changed = change_object(call.store, _custom(call), call.object_body())
    return Answer(200, {**_facts(changed), "portalId": call.store.account.id})


def archive(call: Call) -> Answer:
    """Take an own object out of use; `archived` deletes one for good that is so already."""
    if call.flag("archived"):
        purge_object(call.store, call.path["object"])
    else:
        archive_object(call.store, _custom(call))
    return Answer(204)


def add_association(call: Call) -> Answer:
    """Let records of an own object be tied to those of another."""
    body = call.object_body()
    ends = [
        call.store.kind(str(body.get(key, ""))) for key in ("fromObjectTypeId", "toObjectTypeId")
    ]
    if not any(end.custom for end in ends):
        raise invalid("One of the two object types must be a custom one")
    associate(call.store, ends[0], ends[1], name=str(body.get("name") or ""))
    plain = call.store.associations.types.plain(ends[0].name, ends[1].name)
    return Answer(201, _association(call, plain))


def remove_association(call: Call) -> Answer:
    """End that records of an own object can be tied to those of another."""
    identifier, associations = call.path["association"], call.store.associations
    for kind in _ties_of(call, _custom(call).kind):
        if str(kind.ref.type_id) == identifier and kind.ref.category == "USER_DEFINED":
            associations.types.remove(kind.from_object, kind.to_object, type_id=kind.ref.type_id)
            associations.remove_everywhere(kind)
            return Answer(204)
    raise not_found(f"Association {identifier} does not exist")


def _custom(call: Call) -> CustomObject:
    kind = call.kind()
    if not kind.custom:
        raise invalid(f"Object type {kind.type_id} is defined by HubSpot and cannot be changed")
    return call.store.types.custom(kind)


def _wire(call: Call, kind: ObjectType) -> JsonObject:
    if kind.custom:
        return _custom_wire(call, call.store.types.custom(kind))
    name = kind.label
    return {
        "labels": {
            "singular": kind.singular.capitalize(),
            "plural": kind.name.replace("_", " ").capitalize(),
        },
        "requiredProperties": [*kind.required],
        "searchableProperties": [*kind.searched],
        "primaryDisplayProperty": kind.display,
        "secondaryDisplayProperties": [],
        "archived": False,
        "restorable": True,
        "metaType": "HUBSPOT",
        "id": kind.type_id.removeprefix("0-"),
        "fullyQualifiedName": name,
        "createdAt": iso(0),
        "updatedAt": iso(0),
        "objectTypeId": kind.type_id,
        "properties": _properties(call, kind),
        "associations": [_association(call, one) for one in _ties_of(call, kind)],
        "name": name,
    }


def _custom_wire(call: Call, one: CustomObject) -> JsonObject:
    return {
        **_facts(one),
        "properties": _properties(call, one.kind),
        "associations": [_association(call, kind) for kind in _ties_of(call, one.kind)],
    }


def _archived_wire(one: CustomObject) -> JsonObject:
    return {**_facts(one), "properties": [], "associations": []}


def _facts(one: CustomObject) -> JsonObject:
    kind = one.kind
    told: JsonObject = {
        "labels": {"singular": one.singular, "plural": one.plural},
        "requiredProperties": [*kind.required],
        "searchableProperties": [*one.searchable],
        "primaryDisplayProperty": kind.display,
        "secondaryDisplayProperties": [*one.secondary],
        "archived": one.archived_at is not None,
        "restorable": True,
        "metaType": "PORTAL_SPECIFIC",
        "id": kind.type_id.removeprefix("2-"),
        "fullyQualifiedName": kind.name,
        "createdAt": iso(one.created),
        "updatedAt": iso(one.updated),
        "objectTypeId": kind.type_id,
        "name": one.short_name,
    }
    return {**told, "description": one.description} if one.description else told


def _properties(call: Call, kind: ObjectType) -> list[Json]:
    return [one.to_wire() for one in call.store.schema(kind)]


def _ties_of(call: Call, kind: ObjectType) -> list[AssociationType]:
    everywhere = call.store.associations.types.everywhere()
    return [one for one in everywhere if kind.name in (one.from_object, one.to_object)]


def _association(call: Call, kind: AssociationType) -> JsonObject:
    types, store = call.store.associations.types, call.store
    definition = types.definition_of(kind)
    start, end = store.kind(kind.from_object), store.kind(kind.to_object)
    stamp = None if definition is None else iso(definition.created)
    most, back = types.limit_of(kind), types.limit_of(types.inverse_of(kind))
    return {
        "fromObjectTypeId": start.type_id,
        "toObjectTypeId": end.type_id,
        "name": f"{start.label}_TO_{end.label}" if definition is None else definition.name,
        "cardinality": "ONE_TO_ONE" if most == 1 else "ONE_TO_MANY",
        "inverseCardinality": "ONE_TO_ONE" if back == 1 else "ONE_TO_MANY",
        "id": str(kind.ref.type_id),
        "createdAt": stamp,
        "updatedAt": stamp,
    }


def _routes(method: str, rest: str, handler: Handler, access: Access) -> tuple[Route, ...]:
    """Declare an operation under the area of its own, and as the third version also had it."""
    own = Route(
        method=method,
        area="crm-object-schemas",
        resource="",
        rest=f"/schemas{rest}",
        handler=handler,
        access=access,
    )
    return (own, replace(own, area="crm", resource="schemas", rest=rest, dated=False))


_NAMED = "/{object}"

ROUTES = (
    *_routes("GET", "", list_all, _READ),
    *_routes("POST", "", create, _WRITE),
    *_routes("POST", "/batch/read", batch_read, _READ),
    *_routes("GET", _NAMED, read, _READ),
    *_routes("PATCH", _NAMED, update, _WRITE),
    *_routes("DELETE", _NAMED, archive, _WRITE),
    *_routes("POST", f"{_NAMED}/associations", add_association, _WRITE),
    *_routes("DELETE", f"{_NAMED}/associations/{{association}}", remove_association, _WRITE),
)
