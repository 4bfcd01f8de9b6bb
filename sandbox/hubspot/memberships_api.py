"""Who is on a list: records added, removed and read, and the lists of a record."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sandbox.hubspot.calls import Access, Answer, Call, Route
from sandbox.hubspot.errors import invalid, invalid_json
from sandbox.hubspot.lists import Membership, RecordList
from sandbox.hubspot.lists_api import find_list
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.ordered import SortedKeys
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES"]

Key = TypeVar("Key", int, tuple[int, int])

_MOST_IDS = 100_000
_USUAL_PAGE = 100
_LARGEST_PAGE = 250
_MOST_RECORDS = 1000

_READ = Access(("crm.lists.read",))
_WRITE = Access(("crm.lists.write", "crm.lists.read"))


def _add(call: Call) -> Answer:
    return _change(call, add=_ids(call.json()), remove=[])


def _remove(call: Call) -> Answer:
    return _change(call, add=[], remove=_ids(call.json()))


def _add_and_remove(call: Call) -> Answer:
    body = call.object_body()
    missing = {"recordIdsToAdd", "recordIdsToRemove"} - set(body)
    if missing:
        raise invalid(f"{', '.join(sorted(missing))} is required")
    return _change(call, add=_ids(body["recordIdsToAdd"]), remove=_ids(body["recordIdsToRemove"]))


def _add_from(call: Call) -> Answer:
    one, source = _writable(call), find_list(call, "source")
    if one is source:
        raise invalid("The source list and the destination list must be different")
    if one.object != source.object:
        raise invalid("The source list and the destination list hold different objects")
    call.store.lists.put(one, list(source.members), now=call.store.now())
    return Answer(204)


def _remove_all(call: Call) -> Answer:
    one = _writable(call)
    if len(one.members) >= _MOST_IDS:
        raise invalid(f"Only lists with fewer than {_MOST_IDS} memberships can be emptied")
    call.store.lists.take(one, list(one.members), now=call.store.now())
    return Answer(204)


def _change(call: Call, *, add: list[str], remove: list[str]) -> Answer:
    one = _writable(call)
    there, missing = _sorted_out(call, one, add)
    off, also_missing = _sorted_out(call, one, remove)
    lists, now = call.store.lists, call.store.now()
    removed = lists.take(one, off, now=now)
    added = lists.put(one, there, now=now)
    return Answer(
        200,
        {
            # The API itself spells this key so.
            "recordsIdsAdded": _texts(added),
            "recordIdsRemoved": _texts(removed),
            "recordIdsMissing": [*dict.fromkeys((*missing, *also_missing))],
        },
    )


def _sorted_out(call: Call, one: RecordList, ids: Iterable[str]) -> tuple[list[int], list[str]]:
    """Part ids into those of live records and those of none."""
    live = call.store.tables[one.object].live
    there: list[int] = []
    missing: list[str] = []
    for text in ids:
        if is_number(text) and int(text) in live:
            there.append(int(text))
        else:
            missing.append(text)
    return there, missing


def _writable(call: Call) -> RecordList:
    one = find_list(call)
    if not one.is_written_by_hand:
        raise invalid(
            f"List {one.id} is {one.processing.value}; records can only be added to and removed "
            "from lists with the processing type MANUAL or SNAPSHOT",
            context={"listId": [str(one.id)]},
        )
    return one


def _page_by_id(call: Call) -> Answer:
    one = find_list(call)
    after, before = _places(call)
    window = _window(call, one.ids, after and after[1], before and before[1])
    return _page(call, one, window, [(0, record_id) for record_id in window.keys])


def _page_by_time(call: Call) -> Answer:
    one = find_list(call)
    window = _window(call, one.joined, *_places(call))
    return _page(call, one, window, window.keys)


@dataclass(frozen=True, slots=True)
class _Window(Generic[Key]):
    """Part of a sorted row of keys, and whether more follow."""

    keys: list[Key]
    more: bool
    back: bool


def _window(
    call: Call, keys: SortedKeys[Key], after: Key | None, before: Key | None
) -> _Window[Key]:
    """Cut a page out after a place, or before one and then in descending order."""
    limit = call.number("limit", default=_USUAL_PAGE, most=_LARGEST_PAGE)
    if before is not None and after is None:
        stop = keys.at_or_after(before)
        start = max(0, stop - limit)
        return _Window(keys.slice(start, stop)[::-1], more=start > 0, back=True)
    start = 0 if after is None else keys.after(after)
    stop = start + limit
    return _Window(keys.slice(start, stop), more=stop < len(keys), back=False)


def _page(
    call: Call, one: RecordList, window: _Window[Key], places: list[tuple[int, int]]
) -> Answer:
    answer: JsonObject = {
        "total": len(one.members),
        "results": [_member(record_id, one.members[record_id]) for _, record_id in places],
    }
    if window.more:
        token = _token(places[-1])
        name, way = ("before", "prev") if window.back else ("after", "next")
        answer["paging"] = {way: {name: token, "link": call.link(**{name: token})}}
    return Answer(200, answer)


def _places(call: Call) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    after, before = call.text("after"), call.text("before")
    return _place(after) if after else None, _place(before) if before else None


def _of_record(call: Call) -> Answer:
    kind, text = call.kind("type"), call.path["record"]
    record_id = int(text) if is_number(text) else -1
    found = _memberships(call, kind.name, record_id)
    return Answer(200, {"total": len(found), "results": found})


def _of_many_records(call: Call) -> Answer:
    started = iso(call.store.now())
    results: list[Json] = []
    for each in call.inputs(most=_MOST_RECORDS):
        kind, text = call.store.kind(str(each.get("objectTypeId"))), str(each.get("recordId"))
        record_id = int(text) if is_number(text) else -1
        results.append(
            {
                "objectTypeId": kind.type_id,
                "recordId": text,
                "recordListMemberships": _memberships(call, kind.name, record_id),
            }
        )
    return Answer(
        200,
        {
            "status": "COMPLETE",
            "results": results,
            "startedAt": started,
            "completedAt": iso(call.store.now()),
        },
    )


def _memberships(call: Call, name: str, record_id: int) -> list[Json]:
    return [
        _membership(call, one, membership)
        for one, membership in call.store.lists.of_record((name, record_id))
    ]


def _membership(call: Call, one: RecordList, membership: Membership) -> JsonObject:
    wire: JsonObject = {
        "listId": str(one.id),
        "listVersion": one.version,
        "firstAddedTimestamp": iso(membership.first),
        "lastAddedTimestamp": iso(membership.last),
    }
    if call.is_dated:
        wire["isPublicList"] = True
    return wire


def _member(record_id: int, membership: Membership) -> JsonObject:
    return {"recordId": str(record_id), "membershipTimestamp": iso(membership.last)}


def _ids(value: Json) -> list[str]:
    if not isinstance(value, list) or any(
        isinstance(one, bool) or not isinstance(one, (str, int)) for one in value
    ):
        raise invalid_json("a list of record ids was expected")
    if len(value) > _MOST_IDS:
        raise invalid(f"At most {_MOST_IDS} records can be added or removed in one call")
    return [str(one) for one in value]


def _texts(ids: Iterable[int]) -> list[Json]:
    return [str(one) for one in ids]


def _token(key: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(f"{key[0]}:{key[1]}".encode()).decode()


def _place(token: str) -> tuple[int, int]:
    try:
        stamp, _, record_id = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(stamp), int(record_id)
    except (ValueError, binascii.Error) as exc:
        raise invalid(f"The paging offset {token} is not one this list gave") from exc


def _route(method: str, rest: str, handler: Callable[[Call], Answer], access: Access) -> Route:
    return Route(
        method=method, area="crm", resource="lists", rest=rest, handler=handler, access=access
    )


ROUTES = (
    _route("POST", "/records/memberships/batch/read", _of_many_records, _READ),
    _route("GET", "/records/{type}/{record}/memberships", _of_record, _READ),
    _route("GET", "/{id}/memberships", _page_by_id, _READ),
    _route("GET", "/{id}/memberships/join-order", _page_by_time, _READ),
    _route("DELETE", "/{id}/memberships", _remove_all, _WRITE),
    _route("PUT", "/{id}/memberships/add", _add, _WRITE),
    _route("PUT", "/{id}/memberships/remove", _remove, _WRITE),
    _route("PUT", "/{id}/memberships/add-and-remove", _add_and_remove, _WRITE),
    _route("PUT", "/{id}/memberships/add-from/{source}", _add_from, _WRITE),
)
