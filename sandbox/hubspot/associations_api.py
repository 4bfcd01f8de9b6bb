"""Ties between records: one, and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sandbox.hubspot.association_types import AssociationType, TypeRef
from sandbox.hubspot.associations import RecordRef, Tie
from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, batch_error, invalid, missing_record
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.objects_api import type_refs
from sandbox.hubspot.present import batch_answer
from sandbox.jsontypes import Json, JsonObject

__all__ = ["ROUTES"]

LARGEST_PAGE = 500
LARGEST_READ = 1_000
LARGEST_CREATE = 2_000
LARGEST_ARCHIVE = 100

_READ = Access(("crm.objects.{from}.read",))
_WRITE = Access(("crm.objects.{from}.write",))


@dataclass(slots=True)
class _Ends:
    """The two object types of a call."""

    start: ObjectType
    end: ObjectType

    @classmethod
    def of(cls, call: Call) -> _Ends:
        return cls(call.kind("from"), call.kind("to"))


def put_default(call: Call) -> Answer:
    """Tie two records without a label."""
    ends = _Ends.of(call)
    started = call.store.now()
    start, end = _path_refs(call, ends)
    call.store.link(start, end)
    back = call.store.associations.types.plain(end[0], start[0])
    there = call.store.associations.types.plain(start[0], end[0])
    results = [_default_row(start, end, there), _default_row(end, start, back)]
    return Answer(200, batch_answer(call.store, started=started, results=results))


def put(call: Call) -> Answer:
    """Give a pair of records these kinds of tie."""
    ends = _Ends.of(call)
    start, end = _path_refs(call, ends)
    kinds = _kinds(call, ends, type_refs(call.json()))
    call.store.link(start, end, kinds)
    return Answer(201, _created_row(call, ends, start, end))


def read_one(call: Call) -> Answer:
    """List a record's ties to one object."""
    ends = _Ends.of(call)
    start = _live(call, ends.start, call.path["id"])
    limit = call.number("limit", default=LARGEST_PAGE, most=LARGEST_PAGE)
    ties, after = _page(_ties(call, start, ends), call.text("after"), limit)
    answer: JsonObject = {"results": [_tie_row(call, tie) for tie in ties]}
    if after:
        answer["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
    return Answer(200, answer)


def remove(call: Call) -> Answer:
    """Cut every tie of a pair."""
    ends = _Ends.of(call)
    start, end = call.path["id"], call.path["to_id"]
    if is_number(start) and is_number(end):
        call.store.unlink((ends.start.name, int(start)), (ends.end.name, int(end)))
    return Answer(204)


def batch_read(call: Call) -> Answer:
    """List the ties of many records; one that has none is an error entry of a 207."""
    ends = _Ends.of(call)
    started = call.store.now()
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for one in call.inputs(most=LARGEST_READ):
        identifier = str(one.get("id", ""))
        start = (ends.start.name, int(identifier) if is_number(identifier) else 0)
        ties, after = _page(_ties(call, start, ends), str(one.get("after") or ""), LARGEST_PAGE)
        if not ties:
            errors.append(_none_found(ends, identifier))
            continue
        row: JsonObject = {
            "from": {"id": identifier},
            "to": [_tie_row(call, tie) for tie in ties],
        }
        if after:
            row["paging"] = {"next": {"after": after}}
        results.append(row)
    body = batch_answer(call.store, started=started, results=results, errors=errors)
    return Answer(207 if errors else 200, body)


def batch_create(call: Call) -> Answer:
    """Tie many pairs, each by the kinds its input names."""
    return _tie_many(call, default=False)


def batch_default(call: Call) -> Answer:
    """Tie many pairs without a label."""
    return _tie_many(call, default=True)


def batch_archive(call: Call) -> Answer:
    """Cut every tie of many pairs."""
    ends = _Ends.of(call)
    for one in call.inputs(most=LARGEST_ARCHIVE):
        start = _end_id(one.get("from"))
        targets = one.get("to")
        for target in targets if isinstance(targets, list) else [targets]:
            end = _end_id(target)
            if start is not None and end is not None:
                call.store.unlink((ends.start.name, start), (ends.end.name, end))
    return Answer(204)


def batch_remove_labels(call: Call) -> Answer:
    """Take the named kinds of tie away from many pairs."""
    ends = _Ends.of(call)
    for one in call.inputs(most=LARGEST_CREATE):
        start, end = _end_id(one.get("from")), _end_id(one.get("to"))
        kinds = _kinds(call, ends, type_refs(one.get("types")))
        if start is not None and end is not None:
            call.store.unlink((ends.start.name, start), (ends.end.name, end), kinds)
    return Answer(204)


@dataclass(slots=True)
class _Tied:
    """What became of a batch of ties so far."""

    results: list[JsonObject] = field(default_factory=list)
    errors: list[JsonObject] = field(default_factory=list)


def _tie_many(call: Call, *, default: bool) -> Answer:
    ends, tied = _Ends.of(call), _Tied()
    started = call.store.now()
    for one in call.inputs(most=LARGEST_CREATE):
        try:
            tied.results += _tie_pair(call, ends, one, default=default)
        except ApiError as error:
            tied.errors.append(batch_error(error, {}))
    body = batch_answer(call.store, started=started, results=tied.results, errors=tied.errors)
    success = 200 if default else 201
    return Answer(207 if tied.errors else success, body)


def _tie_pair(call: Call, ends: _Ends, one: JsonObject, *, default: bool) -> list[JsonObject]:
    start_id, end_id = _end_id(one.get("from")), _end_id(one.get("to"))
    if start_id is None or end_id is None:
        raise invalid("An input has a from and a to with an id each")
    start, end = (ends.start.name, start_id), (ends.end.name, end_id)
    kinds = [] if default else _kinds(call, ends, type_refs(one.get("types")))
    call.store.link(start, end, kinds)
    if not default:
        return [_created_row(call, ends, start, end)]
    types = call.store.associations.types
    return [
        _default_row(start, end, types.plain(start[0], end[0])),
        _default_row(end, start, types.plain(end[0], start[0])),
    ]


def _kinds(call: Call, ends: _Ends, refs: Iterable[TypeRef]) -> list[AssociationType]:
    types = call.store.associations.types
    return [types.get(ends.start.name, ends.end.name, ref) for ref in refs]


def _path_refs(call: Call, ends: _Ends) -> tuple[RecordRef, RecordRef]:
    return (
        _live(call, ends.start, call.path["id"]),
        _live(call, ends.end, call.path["to_id"]),
    )


def _live(call: Call, kind: ObjectType, identifier: str) -> RecordRef:
    record = call.store.find(kind, identifier)
    if record is None:
        raise missing_record(kind.label, identifier)
    return (kind.name, record.id)


def _ties(call: Call, start: RecordRef, ends: _Ends) -> list[Tie]:
    return call.store.associations.ties_of(start, ends.end.name)


def _page(ties: Sequence[Tie], after: str, limit: int) -> tuple[list[Tie], str]:
    low = int(after) if is_number(after) else 0
    rest = [tie for tie in ties if tie.end[1] >= low]
    following = str(rest[limit].end[1]) if len(rest) > limit else ""
    return rest[:limit], following


def _tie_row(call: Call, tie: Tie) -> JsonObject:
    types = call.store.associations.types.known(tie.types, tie.start[0], tie.end[0])
    return {
        "toObjectId": _wire_id(call, tie.end[1]),
        "associationTypes": [kind.to_wire() for kind in types],
    }


def _created_row(call: Call, ends: _Ends, start: RecordRef, end: RecordRef) -> JsonObject:
    found = [tie for tie in _ties(call, start, ends) if tie.end == end]
    types = found[0].types if found else frozenset()
    kinds = call.store.associations.types.known(types, start[0], end[0])
    return {
        "fromObjectTypeId": ends.start.type_id,
        "fromObjectId": _wire_id(call, start[1]),
        "toObjectTypeId": ends.end.type_id,
        "toObjectId": _wire_id(call, end[1]),
        "labels": [kind.label for kind in kinds if kind.label],
    }


def _default_row(start: RecordRef, end: RecordRef, kind: AssociationType) -> JsonObject:
    return {
        "from": {"id": str(start[1])},
        "to": {"id": str(end[1])},
        "associationSpec": {
            "associationCategory": kind.ref.category,
            "associationTypeId": kind.ref.type_id,
        },
    }


def _wire_id(call: Call, record_id: int) -> Json:
    """Give ids as numbers on the numbered paths and as texts on the dated ones."""
    return record_id if call.version.startswith("v") else str(record_id)


def _end_id(wire: Json) -> int | None:
    identifier = str(wire.get("id", "")) if isinstance(wire, dict) else ""
    return int(identifier) if is_number(identifier) else None


def _none_found(ends: _Ends, identifier: str) -> JsonObject:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {ends.end.singular} is associated with {ends.start.singular} {identifier}.",
        "context": {
            "fromObjectId": [identifier],
            "fromObjectType": [ends.start.singular],
            "toObjectType": [ends.end.singular],
        },
    }


def _of_pair(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method,
        area="crm",
        resource="associations",
        rest=f"/{{from}}/{{to}}{rest}",
        handler=handler,
        numbered="v4",
        access=access,
    )


def _of_record(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method,
        area="crm",
        resource="objects",
        rest=f"/{{from}}/{{id}}/associations{rest}",
        handler=handler,
        numbered="v4",
        access=access,
    )


ROUTES = (
    _of_record("PUT", "/default/{to}/{to_id}", put_default, _WRITE),
    _of_record("PUT", "/{to}/{to_id}", put, _WRITE),
    _of_record("DELETE", "/{to}/{to_id}", remove, _WRITE),
    _of_record("GET", "/{to}", read_one, _READ),
    _of_pair("POST", "/batch/read", batch_read, _READ),
    _of_pair("POST", "/batch/create", batch_create, _WRITE),
    _of_pair("POST", "/batch/associate/default", batch_default, _WRITE),
    _of_pair("POST", "/batch/archive", batch_archive, _WRITE),
    _of_pair("POST", "/batch/labels/archive", batch_remove_labels, _WRITE),
)
