"""Property definitions and their groups."""

from __future__ import annotations

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, batch_error
from sandbox.hubspot.present import batch_answer
from sandbox.jsontypes import JsonObject

__all__ = ["ROUTES"]

LARGEST_BATCH = 100

_READ = Access(("crm.schemas.{object}.read", "crm.objects.{object}.read"))
_WRITE = Access(("crm.schemas.{object}.write",))


def list_all(call: Call) -> Answer:
    """List all properties; there is no paging."""
    schema = call.store.schema(call.kind())
    found = schema.archived(now=call.store.now()) if call.flag("archived") else tuple(schema)
    return Answer(200, {"results": [one.to_wire() for one in found]})


def read(call: Call) -> Answer:
    """Give one property."""
    schema = call.store.schema(call.kind())
    archived, now = call.flag("archived"), call.store.now()
    return Answer(200, schema.get(call.path["name"], archived=archived, now=now).to_wire())


def create(call: Call) -> Answer:
    """Make a property, or revive an archived one of that name."""
    kind, body = call.kind(), call.object_body()
    return Answer(201, call.store.create_property(kind, body).to_wire())


def update(call: Call) -> Answer:
    """Change a property; its options are replaced whole."""
    schema = call.store.schema(call.kind())
    changed = schema.update(call.path["name"], call.object_body(), now=call.store.now())
    return Answer(200, changed.to_wire())


def archive(call: Call) -> Answer:
    """Take a property out of use."""
    call.store.archive_property(call.kind(), call.path["name"])
    return Answer(204)


def batch_create(call: Call) -> Answer:
    """Make properties, each on its own."""
    kind, started = call.kind(), call.store.now()
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for one in call.inputs(most=LARGEST_BATCH):
        try:
            results.append(call.store.create_property(kind, one).to_wire())
        except ApiError as error:
            errors.append(batch_error(error, {"name": [str(one.get("name", ""))]}))
    body = batch_answer(call.store, started=started, results=results, errors=errors)
    return Answer(207 if errors else 201, body)


def batch_read(call: Call) -> Answer:
    """Give properties by name."""
    schema, started = call.store.schema(call.kind()), call.store.now()
    archived = call.object_body().get("archived") is True
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for one in call.inputs(most=LARGEST_BATCH):
        name = str(one.get("name", ""))
        try:
            results.append(schema.get(name, archived=archived, now=started).to_wire())
        except ApiError as error:
            errors.append(batch_error(error, {"name": [name]}))
    body = batch_answer(call.store, started=started, results=results, errors=errors)
    return Answer(207 if errors else 200, body)


def batch_archive(call: Call) -> Answer:
    """Take properties out of use; names that are not there are passed over."""
    kind = call.kind()
    for one in call.inputs(most=LARGEST_BATCH):
        name = str(one.get("name", ""))
        if call.store.schema(kind).find(name) is not None:
            call.store.archive_property(kind, name)
    return Answer(204)


def list_groups(call: Call) -> Answer:
    """List the groups."""
    groups = call.store.schema(call.kind()).groups()
    return Answer(200, {"results": [one.to_wire() for one in groups]})


def read_group(call: Call) -> Answer:
    """Give one group."""
    return Answer(200, call.store.schema(call.kind()).group(call.path["group"]).to_wire())


def create_group(call: Call) -> Answer:
    """Make a group."""
    group = call.store.schema(call.kind()).create_group(call.object_body())
    return Answer(201, group.to_wire())


def update_group(call: Call) -> Answer:
    """Change a group's label or place."""
    schema = call.store.schema(call.kind())
    return Answer(200, schema.update_group(call.path["group"], call.object_body()).to_wire())


def archive_group(call: Call) -> Answer:
    """Remove an empty group."""
    call.store.schema(call.kind()).archive_group(call.path["group"])
    return Answer(204)


def _route(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method,
        area="crm",
        resource="properties",
        rest=f"/{{object}}{rest}",
        handler=handler,
        access=access,
    )


ROUTES = (
    _route("GET", "/groups", list_groups, _READ),
    _route("POST", "/groups", create_group, _WRITE),
    _route("GET", "/groups/{group}", read_group, _READ),
    _route("PATCH", "/groups/{group}", update_group, _WRITE),
    _route("DELETE", "/groups/{group}", archive_group, _WRITE),
    _route("POST", "/batch/create", batch_create, _WRITE),
    _route("POST", "/batch/read", batch_read, _READ),
    _route("POST", "/batch/archive", batch_archive, _WRITE),
    _route("GET", "", list_all, _READ),
    _route("POST", "", create, _WRITE),
    _route("GET", "/{name}", read, _READ),
    _route("PATCH", "/{name}", update, _WRITE),
    _route("DELETE", "/{name}", archive, _WRITE),
)
