"""Lists: made, found, renamed, deleted and restored."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.hubspot.calls import Access, Answer, Call, Route
from sandbox.hubspot.errors import (
    ApiError,
    invalid,
    list_name_taken,
    list_not_found,
    not_served,
)
from sandbox.hubspot.lists import KEPT_FOR_MS, Processing, RecordList
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.stamps import iso
from sandbox.hubspot.switches import ListNameClash
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES", "find_list", "make_list", "restore_list"]

_USUAL_COUNT = 20
_LARGEST_COUNT = 500
_USER = "777"

_READ = Access(("crm.lists.read",))
_WRITE = Access(("crm.lists.write",))

_ORDERS: dict[str, Callable[[RecordList], str | int]] = {
    "HS_LIST_ID": lambda one: one.id,
    "HS_LIST_NAME": lambda one: one.name.lower(),
    "HS_CREATED_AT": lambda one: one.created,
    "HS_UPDATED_AT": lambda one: one.updated,
}


def find_list(call: Call, part: str = "id") -> RecordList:
    """Give the list named in the path, or the API's refusal."""
    one = _find(call, part)
    if one.deleted is not None:
        raise list_not_found(call.path[part])
    return one


def make_list(call: Call, body: JsonObject) -> RecordList:
    """Make a list from what a caller sent."""
    name, processing = _text(body, "name"), _processing(body)
    kind = call.store.kind(_text(body, "objectTypeId"))
    if call.store.lists.named(name) is not None:
        raise _name_taken(call, name)
    if processing is Processing.DYNAMIC or body.get("filterBranch"):
        # Filters are not evaluated here, and an empty list would be a lie.
        raise not_served("lists with filters")
    now = call.store.now()
    made = RecordList(
        id=call.store.lists.new_id(),
        name=name,
        object=kind.name,
        type_id=kind.type_id,
        processing=processing,
        created=now,
        updated=now,
    )
    call.store.lists.add(made)
    return made


def restore_list(call: Call, one: RecordList) -> None:
    """Bring a deleted list back; ApiError if another has its name by now."""
    if one.deleted is None:
        return
    if call.store.now() - one.deleted > KEPT_FOR_MS:
        raise list_not_found(str(one.id))
    if call.store.lists.named(one.name) is not None:
        raise _name_taken(call, one.name)
    call.store.lists.restore(one, now=call.store.now())


def _create(call: Call) -> Answer:
    return Answer(200, {"list": _definition(make_list(call, call.object_body()))})


def _read_many(call: Call) -> Answer:
    found = [
        one
        for text in call.many("listIds")
        if is_number(text)
        and (one := call.store.lists.find(int(text))) is not None
        and one.deleted is None
    ]
    return Answer(200, {"lists": [_definition(one, filters=_filters(call)) for one in found]})


def _read(call: Call) -> Answer:
    one = _find(call, "id")
    if one.deleted is not None and not call.store.switches.deleted_list_is_readable:
        raise list_not_found(call.path["id"])
    return Answer(200, {"list": _definition(one, filters=_filters(call))})


def _read_by_name(call: Call) -> Answer:
    kind, name = call.kind("type"), call.path["name"]
    one = call.store.lists.named(name) or call.store.lists.named(name.rstrip("/"))
    if one is None or one.object != kind.name:
        raise list_not_found(name)
    return Answer(200, {"list": _definition(one, filters=_filters(call))})


def _rename(call: Call) -> Answer:
    one, name = find_list(call), call.text("listName").strip()
    if not name:
        raise invalid("listName is required")
    holder = call.store.lists.named(name)
    if holder is not None and holder is not one:
        raise _name_taken(call, name)
    call.store.lists.rename(one, name, now=call.store.now())
    return Answer(200, {"updatedList": _definition(one, filters=_filters(call))})


def _delete(call: Call) -> Answer:
    call.store.lists.delete(find_list(call), now=call.store.now())
    return Answer(204)


def _restore(call: Call) -> Answer:
    restore_list(call, _find(call, "id"))
    return Answer(204)


def _search(call: Call) -> Answer:
    body = call.object_body()
    count, offset = _whole(body, "count", _USUAL_COUNT), _whole(body, "offset", 0)
    if not 0 < count <= _LARGEST_COUNT:
        raise invalid(f"count must be between 1 and {_LARGEST_COUNT}, but was {count}")
    found = _sorted(body, [one for one in call.store.lists if _is_asked_for(call, one, body)])
    page = found[offset : offset + count]
    end = offset + len(page)
    return Answer(
        200,
        {
            "offset": end,
            "hasMore": end < len(found),
            "total": len(found),
            "lists": [_search_result(one) for one in page],
        },
    )


def _is_asked_for(call: Call, one: RecordList, body: JsonObject) -> bool:
    ids, types = _texts(body, "listIds"), _texts(body, "processingTypes")
    wanted = body.get("objectTypeId")
    return (
        one.deleted is None
        and str(body.get("query") or "").lower() in one.name.lower()
        and (not ids or str(one.id) in ids)
        and (not types or one.processing.value in types)
        and (not wanted or call.store.kind(str(wanted)).name == one.object)
    )


def _sorted(body: JsonObject, found: list[RecordList]) -> list[RecordList]:
    sort = str(body.get("sort") or "HS_LIST_ID")
    order = _ORDERS.get(sort.removeprefix("-"))
    if order is None:
        raise invalid(f"{sort} is not a property lists can be sorted by")
    return sorted(found, key=order, reverse=sort.startswith("-"))


def _find(call: Call, part: str) -> RecordList:
    text = call.path[part]
    one = call.store.lists.find(int(text)) if is_number(text) else None
    if one is None:
        raise list_not_found(text)
    return one


def _filters(call: Call) -> bool:
    return call.flag("includeFilters")


def _definition(one: RecordList, *, filters: bool = False) -> JsonObject:
    wire = _common(one)
    wire["size"] = len(one.members)
    if filters and one.filter_branch is not None:
        wire["filterBranch"] = one.filter_branch
    return wire


def _search_result(one: RecordList) -> JsonObject:
    more: JsonObject = {"hs_list_size": str(len(one.members)), "hs_list_reference_count": "0"}
    if one.last_added is not None:
        more["hs_last_record_added_at"] = str(one.last_added)
    if one.last_removed is not None:
        more["hs_last_record_removed_at"] = str(one.last_removed)
    return {**_common(one), "additionalProperties": more}


def _common(one: RecordList) -> JsonObject:
    wire: JsonObject = {
        "listId": str(one.id),
        "listVersion": one.version,
        "name": one.name,
        "objectTypeId": one.type_id,
        "processingStatus": "COMPLETE",
        "processingType": one.processing.value,
        "createdAt": iso(one.created),
        "createdById": _USER,
        "updatedAt": iso(one.updated),
        "updatedById": _USER,
        "filtersUpdatedAt": iso(one.created),
    }
    if one.deleted is not None:
        wire["deletedAt"] = iso(one.deleted)
    return wire


def _name_taken(call: Call, name: str) -> ApiError:
    clash = call.store.switches.list_name_clash
    return list_name_taken(name, status=400 if clash is ListNameClash.INVALID else 409)


def _processing(body: JsonObject) -> Processing:
    word = _text(body, "processingType")
    try:
        return Processing(word)
    except ValueError as exc:
        known = ", ".join(Processing)
        raise invalid(f"processingType {word} is not one of {known}") from exc


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name} is required and must be a text")
    return value


def _texts(body: JsonObject, name: str) -> set[str]:
    values: Json = body.get(name) or []
    if not isinstance(values, list):
        raise invalid(f"{name} is a list of texts")
    return {str(value) for value in values}


def _whole(body: JsonObject, name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise invalid(f"{name} must be a whole number, but was {value}")
    return value


def _route(method: str, rest: str, handler: Callable[[Call], Answer], access: Access) -> Route:
    return Route(
        method=method, area="crm", resource="lists", rest=rest, handler=handler, access=access
    )


ROUTES = (
    _route("POST", "", _create, _WRITE),
    _route("GET", "", _read_many, _READ),
    _route("POST", "/search", _search, _READ),
    _route("GET", "/object-type-id/{type}/name/{name:path}", _read_by_name, _READ),
    _route("GET", "/{id}", _read, _READ),
    _route("DELETE", "/{id}", _delete, _WRITE),
    _route("PUT", "/{id}/restore", _restore, _WRITE),
    _route("PUT", "/{id}/update-list-name", _rename, _WRITE),
)
