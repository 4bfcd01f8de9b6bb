"""Single records: create, read, list, change, archive, merge, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hubspot.association_types import AssociationType, TypeRef
from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, invalid, missing_record
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.present import Wanted, record_answer, saved_answer, wanted_from_query
from sandbox.hubspot.record import Record
from sandbox.hubspot.search import LARGEST_PAGE, REACHABLE
from sandbox.hubspot.search_request import parse_query
from sandbox.hubspot.store import Link
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["READ", "ROUTES", "WRITE", "properties_of", "type_refs", "wanted_links"]

READ = Access(("crm.objects.{object}.read",))
WRITE = Access(("crm.objects.{object}.write",))
SEARCH = Access(("crm.objects.{object}.read",), search=True)
LONGEST_SEARCH = 3_000


def create(call: Call) -> Answer:
    """Make a record, with ties if asked."""
    kind, body = call.kind(), call.object_body()
    properties = properties_of(body)
    record = call.store.create(
        kind,
        properties,
        links=wanted_links(call.store, kind, body.get("associations")),
        strict=call.strict,
    )
    return Answer(201, saved_answer(call.store, kind, record, properties))


def read(call: Call) -> Answer:
    """Give one record; an id that was merged away gives the survivor."""
    kind = call.kind()
    record = _find(call, archived=call.flag("archived"))
    return Answer(200, record_answer(call.store, kind, record, wanted_from_query(call)))


def update(call: Call) -> Answer:
    """Change the given properties of one record."""
    kind, properties = call.kind(), properties_of(call.object_body())
    found = _find(call, archived=False)
    record = call.store.update(kind, found.id, properties)
    return Answer(200, saved_answer(call.store, kind, record, properties))


def archive(call: Call) -> Answer:
    """Archive one record; doing it again is fine."""
    identifier = call.path["id"]
    if is_number(identifier):
        call.store.archive(call.kind().name, identifier)
    return Answer(204)


def list_page(call: Call) -> Answer:
    """Give a page of records by ascending id; `after` is the id of the next one."""
    kind, wanted = call.kind(), wanted_from_query(call)
    limit = call.number("limit", default=10, most=50 if wanted.history else 100)
    after = call.text("after", "0")
    if not is_number(after):
        raise invalid(f"after is not a position of this list: {after}")
    table = call.store.archive_of(kind)
    ids, records = table.ids, table.live
    if call.flag("archived"):
        ids, records = table.archived_ids, table.archived
    start = ids.at_or_after(int(after))
    page = ids.slice(start, start + limit + 1)
    answer: JsonObject = {
        "results": [record_answer(call.store, kind, records[one], wanted) for one in page[:limit]]
    }
    if len(page) > limit:
        answer["paging"] = {
            "next": {"after": str(page[limit]), "link": _next_link(call, page[limit])}
        }
    return Answer(200, answer)


def search(call: Call) -> Answer:
    """Give a page of a search; the index may lag behind the records."""
    if len(call.raw_body) > LONGEST_SEARCH:
        raise invalid(f"The request body is longer than {LONGEST_SEARCH} characters")
    kind, body = call.kind(), call.object_body()
    store = call.store
    query = parse_query(body, store.schema(kind))
    limit, offset = _page_of(body)
    store.table(kind).index.catch_up(store.now())
    found = store.searcher(kind).find(query, offset=offset, limit=limit)
    wanted = Wanted(properties=_names(body.get("properties")))
    answer: JsonObject = {
        "total": found.total,
        "results": [record_answer(store, kind, record, wanted) for record in found.records],
    }
    if offset + len(found.records) < found.total:
        answer["paging"] = {"next": {"after": str(offset + len(found.records))}}
    return Answer(200, answer)


def merge(call: Call) -> Answer:
    """Merge two records into one."""
    kind, body = call.kind(), call.object_body()
    primary, loser = (str(body.get(key, "")) for key in ("primaryObjectId", "objectIdToMerge"))
    if not (is_number(primary) and is_number(loser)):
        raise invalid("primaryObjectId and objectIdToMerge are required")
    record = call.store.merge(kind, int(primary), int(loser))
    return Answer(200, record_answer(call.store, kind, record, Wanted()))


def forget(call: Call) -> Answer:
    """Delete a contact for good; an unknown e-mail address is blocked from then on."""
    kind, body = call.kind(), call.object_body()
    identifier, id_property = str(body.get("objectId", "")), str(body.get("idProperty") or "")
    record = call.store.find(kind, identifier, id_property=id_property)
    if record is not None:
        call.store.purge(kind, record.id)
    elif id_property == "email":
        call.store.blocked_emails.add(identifier.strip().lower())
    else:
        raise missing_record(kind.label, identifier)
    return Answer(204)


def properties_of(body: JsonObject) -> JsonObject:
    """Give the properties of a write."""
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise invalid("properties is required", context={"properties": ["properties"]})
    return properties


def wanted_links(store: HubSpotStore, kind: ObjectType, wire: Json) -> tuple[Link, ...]:
    """Read the associations of a create."""
    if wire is None:
        return ()
    if not isinstance(wire, list):
        raise invalid("associations is a list")
    return tuple(_link(store, kind, one) for one in wire)


def _link(store: HubSpotStore, kind: ObjectType, wire: Json) -> Link:
    if not isinstance(wire, dict) or not isinstance(wire.get("to"), dict):
        raise invalid("An association needs a to and types")
    target = wire["to"]
    identifier = str(target.get("id", "")) if isinstance(target, dict) else ""
    refs = type_refs(wire.get("types"))
    other, kinds = _other_end(store, kind, refs)
    if not is_number(identifier) or not store.is_live((other, int(identifier))):
        raise ApiError(
            400,
            {
                "message": f"Some associated objects do not exist: {identifier}",
                "category": "VALIDATION_ERROR",
                "context": {"INVALID_OBJECT_IDS": [identifier]},
            },
        )
    return Link(other, int(identifier), kinds)


def type_refs(wire: Json) -> list[TypeRef]:
    """Read the kinds of tie a call names."""
    if not isinstance(wire, list) or not wire:
        raise invalid("types is required and must not be empty")
    refs = []
    for one in wire:
        number = one.get("associationTypeId") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(number, int) or isinstance(number, bool):
            raise invalid("A type has an associationCategory and an associationTypeId")
        refs.append(TypeRef(str(one.get("associationCategory")), number))
    return refs


def _other_end(
    store: HubSpotStore, kind: ObjectType, refs: list[TypeRef]
) -> tuple[str, tuple[AssociationType, ...]]:
    """Find out which object the kinds of tie lead to."""
    for other in store.tables:
        kinds = store.associations.types.known(refs, kind.name, other)
        if len(kinds) == len(set(refs)):
            return other, tuple(kinds)
    told = ", ".join(str(ref.type_id) for ref in refs)
    raise invalid(f"Association types {told} are not valid for {kind.name}")


def _find(call: Call, *, archived: bool) -> Record:
    kind, identifier = call.kind(), call.path["id"]
    id_property = call.text("idProperty")
    if archived and not id_property and is_number(identifier):
        record = call.store.archive_of(kind).archived.get(int(identifier))
    else:
        record = call.store.find(kind, identifier, id_property=id_property)
    if record is None:
        raise missing_record(kind.label, identifier)
    return record


def _page_of(body: JsonObject) -> tuple[int, int]:
    limit = body.get("limit", 10)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= LARGEST_PAGE:
        raise invalid(f"limit must be at most {LARGEST_PAGE}, but was {limit}")
    after = str(body.get("after") or "0")
    if not is_number(after):
        raise invalid(f"after is not a whole number: {after}")
    if int(after) + limit > REACHABLE:
        raise invalid(f"Paging past {REACHABLE} results is not supported")
    return limit, int(after)


def _names(wire: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in wire) if isinstance(wire, list) else ()


def _next_link(call: Call, after: int) -> str:
    kind = call.kind()
    return f"https://api.hubapi.com/crm/v3/objects/{kind.name}?after={after}"


def _route(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method, area="crm", resource="objects", rest=rest, handler=handler, access=access
    )


ROUTES = (
    _route("POST", "/{object}/search", search, SEARCH),
    _route("POST", "/{object}/merge", merge, WRITE),
    _route("POST", "/{object}/gdpr-delete", forget, WRITE),
    _route("GET", "/{object}", list_page, READ),
    _route("POST", "/{object}", create, WRITE),
    _route("GET", "/{object}/{id}", read, READ),
    _route("PATCH", "/{object}/{id}", update, WRITE),
    _route("DELETE", "/{object}/{id}", archive, WRITE),
)
