"""Batches of records: create, read, change, upsert, archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, batch_error, invalid, missing_record
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.objects_api import READ, WRITE, properties_of, wanted_links
from sandbox.hubspot.present import Wanted, batch_answer, record_answer, saved_answer
from sandbox.hubspot.record import By, Record
from sandbox.hubspot.saving import Reservation
from sandbox.hubspot.switches import DuplicateIds, MergedRead
from sandbox.jsontypes import Json, JsonObject

__all__ = ["LARGEST_BATCH", "ROUTES"]

LARGEST_BATCH = 100


@dataclass(slots=True)
class _Outcome:
    """What became of the inputs so far."""

    results: list[JsonObject] = field(default_factory=list)
    errors: list[JsonObject] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def answer(self, call: Call, *, kind: ObjectType, started: int, success: int) -> Answer:
        """Give the batch's answer: `success` when all went well, 207 otherwise."""
        errors = list(self.errors)
        if self.missing:
            # One entry covers all the records that were not found.
            error = missing_record(kind.label, self.missing[0])
            errors.append(batch_error(error, {"ids": self.missing}))
        body = batch_answer(call.store, started=started, results=self.results, errors=errors)
        return Answer(207 if errors else success, body)


def create(call: Call) -> Answer:
    """Make records; only with a trace id on every input can some fail and others not."""
    kind, inputs = call.kind(), call.inputs(most=LARGEST_BATCH)
    started = call.store.now()
    if all(one.get("objectWriteTraceId") for one in inputs):
        return _create_each(call, kind, inputs, started)
    return _create_all(call, kind, inputs, started)


def _create_each(
    call: Call, kind: ObjectType, inputs: Sequence[JsonObject], started: int
) -> Answer:
    outcome = _Outcome()
    for one in inputs:
        trace = str(one["objectWriteTraceId"])
        try:
            properties = properties_of(one)
            links = wanted_links(call.store, kind, one.get("associations"))
            record = call.store.create(kind, properties, links=links, strict=call.strict)
        except ApiError as error:
            outcome.errors.append(batch_error(error, {"objectWriteTraceId": [trace]}))
            continue
        outcome.results.append(
            {**saved_answer(call.store, kind, record, properties), "objectWriteTraceId": trace}
        )
    return outcome.answer(call, kind=kind, started=started, success=201)


def _create_all(call: Call, kind: ObjectType, inputs: Sequence[JsonObject], started: int) -> Answer:
    reserved = Reservation()
    checked = []
    for one in inputs:
        properties = properties_of(one)
        links = wanted_links(call.store, kind, one.get("associations"))
        changes = call.store.check_create(
            kind, properties, by=By.API, reserved=reserved, strict=call.strict
        )
        checked.append((properties, changes, links))
    outcome = _Outcome()
    for properties, changes, links in checked:
        record = call.store.commit_create(kind, changes, by=By.API, links=links)
        outcome.results.append(saved_answer(call.store, kind, record, properties))
    return outcome.answer(call, kind=kind, started=started, success=201)


def read(call: Call) -> Answer:
    """Give records by id or by a unique property; the missing are one error entry."""
    kind, body = call.kind(), call.object_body()
    inputs = call.inputs(most=LARGEST_BATCH)
    started = call.store.now()
    wanted = Wanted(_names(body.get("properties")), _names(body.get("propertiesWithHistory")))
    id_property = str(body.get("idProperty") or "")
    archived = call.flag("archived")
    outcome, seen = _Outcome(), set()
    for one in inputs:
        identifier = str(one.get("id", ""))
        record = _read_one(call, kind, identifier, id_property=id_property, archived=archived)
        if record is None:
            outcome.missing.append(identifier)
        elif record.id not in seen:
            seen.add(record.id)
            outcome.results.append(record_answer(call.store, kind, record, wanted))
    return outcome.answer(call, kind=kind, started=started, success=200)


def update(call: Call) -> Answer:
    """Change records, each on its own."""
    kind, inputs = call.kind(), _ordered(call, call.inputs(most=LARGEST_BATCH))
    started = call.store.now()
    outcome = _Outcome()
    for one in inputs:
        identifier = str(one.get("id", ""))
        found = _find_for_write(call, kind, identifier, str(one.get("idProperty") or ""))
        if found is None:
            outcome.missing.append(identifier)
            continue
        _attempt(outcome, one, partial(_update_one, call, kind, one, found))
    return outcome.answer(call, kind=kind, started=started, success=200)


def upsert(call: Call) -> Answer:
    """Change records found by a unique property, and make those not found."""
    kind, inputs = call.kind(), _ordered(call, call.inputs(most=LARGEST_BATCH))
    started = call.store.now()
    names = {str(one.get("idProperty") or "") for one in inputs}
    if len(names) != 1 or "" in names:
        raise invalid("idProperty is required and the same for all inputs")
    name = names.pop()
    definition = call.store.schema(kind).find(name)
    if definition is None or not definition.unique:
        raise invalid(f"Property {name} is not a unique property of {kind.name}")
    outcome = _Outcome()
    for one in inputs:
        _attempt(outcome, one, partial(_upsert_one, call, kind, one, name))
    return outcome.answer(call, kind=kind, started=started, success=200)


def archive(call: Call) -> Answer:
    """Archive records; unknown ids are passed over in silence."""
    kind = call.kind()
    for one in call.inputs(most=LARGEST_BATCH):
        identifier = str(one.get("id", ""))
        if is_number(identifier):
            call.store.archive(kind.name, identifier)
    return Answer(204)


def _attempt(outcome: _Outcome, one: JsonObject, write: Callable[[], JsonObject]) -> None:
    trace = one.get("objectWriteTraceId")
    try:
        result = write()
    except ApiError as error:
        context = {"ids": [str(one.get("id", ""))]}
        if trace:
            context["objectWriteTraceId"] = [str(trace)]
        outcome.errors.append(batch_error(error, context))
        return
    outcome.results.append({**result, "objectWriteTraceId": trace} if trace else result)


def _update_one(call: Call, kind: ObjectType, one: JsonObject, found: Record) -> JsonObject:
    properties = properties_of(one)
    record = call.store.update(kind, found.id, properties)
    return saved_answer(call.store, kind, record, properties)


def _upsert_one(call: Call, kind: ObjectType, one: JsonObject, name: str) -> JsonObject:
    identifier, properties = str(one.get("id", "")), properties_of(one)
    found = call.store.find(kind, identifier, id_property=name)
    if found is not None:
        return {**_update_one(call, kind, one, found), "new": False}
    record = call.store.create(kind, {name: identifier, **properties}, strict=call.strict)
    return {**saved_answer(call.store, kind, record, {name, *properties}), "new": True}


def _read_one(
    call: Call, kind: ObjectType, identifier: str, *, id_property: str, archived: bool
) -> Record | None:
    if archived:
        kept = call.store.archive_of(kind).archived
        return kept.get(int(identifier)) if is_number(identifier) else None
    follow = call.store.switches.merged_id_in_batch_read is MergedRead.SURVIVOR
    return call.store.find(kind, identifier, id_property=id_property, follow_merges=follow)


def _find_for_write(
    call: Call, kind: ObjectType, identifier: str, id_property: str
) -> Record | None:
    """Find a record for a batch write, which does not follow merges as a single write does."""
    return call.store.find(kind, identifier, id_property=id_property, follow_merges=False)


def _ordered(call: Call, inputs: list[JsonObject]) -> list[JsonObject]:
    """Refuse a batch that names one record twice, or take it in no useful order."""
    ids = [str(one.get("id", "")) for one in inputs]
    if len(set(ids)) == len(ids):
        return inputs
    if call.store.switches.duplicate_ids is DuplicateIds.REVERSE:
        return inputs[::-1]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    raise invalid("Duplicate IDs found in batch input", context={"ids": twice})


def _names(wire: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in wire) if isinstance(wire, list) else ()


def _route(name: str, handler: Handler, access: Access) -> Route:
    return Route(
        method="POST",
        area="crm",
        resource="objects",
        rest=f"/{{object}}/batch/{name}",
        handler=handler,
        access=access,
    )


ROUTES = (
    _route("create", create, WRITE),
    _route("read", read, READ),
    _route("update", update, WRITE),
    _route("upsert", upsert, WRITE),
    _route("archive", archive, WRITE),
)
