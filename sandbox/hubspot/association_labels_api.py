"""The kinds of tie between two objects: labels, and limits on how many a record can have."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.hubspot.association_types import AssociationType, TypeRef
from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, batch_error, invalid, not_found, too_many_labels
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.present import batch_answer
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES"]

_READ = Access(("crm.schemas.{from}.read", "crm.objects.{from}.read"))
_WRITE = Access(("crm.schemas.{from}.write", "crm.objects.{from}.write"))
_ALL = Access(("crm.objects.contacts.read", "crm.schemas.contacts.read"))
_LARGEST_BATCH = 100


def labels(call: Call) -> Answer:
    """List the kinds of tie between two objects."""
    kinds = call.store.associations.types.of_pair(*_names(call))
    return Answer(200, {"results": [kind.to_wire() for kind in kinds]})


def add_label(call: Call) -> Answer:
    """Add a portal's own kind of tie; an empty label makes the unlabelled one of a pair."""
    (start, end), body = _names(call), call.object_body()
    label, inverse = body.get("label"), body.get("inverseLabel")
    name = body.get("name")
    if not isinstance(label, str):
        raise invalid("label is required", context={"properties": ["label"]})
    if not isinstance(name, str) or not name:
        raise invalid("name is required", context={"properties": ["name"]})
    types, now = call.store.associations.types, call.store.now()
    _refuse_taken(call, start, end, name=name, label=label)
    if label and types.find_plain(start, end) is None:
        types.define(start, end, label=None, now=now)
    made = types.define(
        start,
        end,
        label=label or None,
        inverse_label=inverse if isinstance(inverse, str) and inverse else None,
        name=name,
        now=now,
    )
    return Answer(200, {"results": [kind.to_wire() for kind in made]})


def rename_label(call: Call) -> Answer:
    """Give a portal's own kind of tie other labels."""
    (start, end), body = _names(call), call.object_body()
    number, label, inverse = (
        body.get(key) for key in ("associationTypeId", "label", "inverseLabel")
    )
    if isinstance(number, bool) or not isinstance(number, int):
        raise invalid("associationTypeId is required")
    if not isinstance(label, str) or not label:
        raise invalid("label is required")
    call.store.associations.types.rename(
        start,
        end,
        type_id=number,
        label=label,
        inverse_label=inverse if isinstance(inverse, str) and inverse else None,
    )
    return Answer(204)


def remove_label(call: Call) -> Answer:
    """Take a portal's own kind of tie away, from all records too."""
    (start, end), number = _names(call), call.path["type_id"]
    if not is_number(number):
        raise not_found(f"No association label with type id {number}")
    associations = call.store.associations
    kind = associations.types.remove(start, end, type_id=int(number))
    associations.remove_everywhere(kind)
    return Answer(204)


def all_limits(call: Call) -> Answer:
    """List every limit the portal set on ties."""
    return Answer(200, {"results": _limited(call, call.store.associations.types.everywhere())})


def limits(call: Call) -> Answer:
    """List the limits set on ties between two objects."""
    kinds = call.store.associations.types.of_pair(*_names(call))
    return Answer(200, {"results": _limited(call, kinds)})


def set_limits(call: Call) -> Answer:
    """Limit how many ties of a kind one record may have."""
    return _set_limits(call, success=201, labelled=True)


def change_limits(call: Call) -> Answer:
    """Change such limits, or set new ones."""
    return _set_limits(call, success=200, labelled=False)


def lift_limits(call: Call) -> Answer:
    """Lift such limits; where there was none nothing happens."""
    types = call.store.associations.types
    for one in call.inputs(most=_LARGEST_BATCH):
        types.set_limit(types.get(*_names(call), _ref(one)), None)
    return Answer(204)


def _set_limits(call: Call, *, success: int, labelled: bool) -> Answer:
    started, types = call.store.now(), call.store.associations.types
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for one in call.inputs(most=_LARGEST_BATCH):
        try:
            kind = types.get(*_names(call), _ref(one))
            types.set_limit(kind, _most(one.get("maxToObjectIds")))
        except ApiError as error:
            errors.append(batch_error(error, {}))
            continue
        results.append(_limit(call, kind, labelled=labelled))
    body = batch_answer(call.store, started=started, results=results, errors=errors)
    return Answer(207 if errors else success, body)


def _names(call: Call) -> tuple[str, str]:
    return call.kind("from").name, call.kind("to").name


def _refuse_taken(call: Call, start: str, end: str, *, name: str, label: str) -> None:
    types, most = call.store.associations.types, call.store.switches.labels_per_pair
    if any(one.name == name for one in types.definitions()):
        raise invalid(f"An association definition named {name} already exists")
    if not label and types.find_plain(start, end) is not None:
        raise invalid("The unlabeled association of these object types already exists")
    if label and len(types.labels_of(start, end)) >= most:
        raise too_many_labels(most, start, end)


def _ref(one: JsonObject) -> TypeRef:
    number = one.get("typeId")
    if isinstance(number, bool) or not isinstance(number, int):
        raise invalid("An input has a category and a typeId")
    return TypeRef(str(one.get("category")), number)


def _most(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("maxToObjectIds is a whole number from 1 on")
    return value


def _limited(call: Call, kinds: Iterable[AssociationType]) -> list[Json]:
    limit_of = call.store.associations.types.limit_of
    return [_limit(call, one, labelled=True) for one in kinds if limit_of(one) is not None]


def _limit(call: Call, kind: AssociationType, *, labelled: bool) -> JsonObject:
    told: JsonObject = {
        "category": kind.ref.category,
        "typeId": kind.ref.type_id,
        "userEnforcedMaxToObjectIds": call.store.associations.types.limit_of(kind),
    }
    return {**told, "label": kind.label} if labelled and kind.label else told


def _route(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method,
        area="crm",
        resource="associations",
        rest=rest,
        handler=handler,
        numbered="v4",
        access=access,
    )


_LABELS = "/{from}/{to}/labels"
_LIMITS = "/definitions/configurations/{from}/{to}"

ROUTES = (
    _route("GET", "/definitions/configurations/all", all_limits, _ALL),
    _route("GET", _LIMITS, limits, _READ),
    _route("POST", f"{_LIMITS}/batch/create", set_limits, _WRITE),
    _route("POST", f"{_LIMITS}/batch/update", change_limits, _WRITE),
    _route("POST", f"{_LIMITS}/batch/purge", lift_limits, _WRITE),
    _route("GET", _LABELS, labels, _READ),
    _route("POST", _LABELS, add_label, _WRITE),
    _route("PUT", _LABELS, rename_label, _WRITE),
    _route("DELETE", f"{_LABELS}/{{type_id}}", remove_label, _WRITE),
)
