"""Records in the form answers hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.hubspot.associations import Tie
from sandbox.hubspot.calls import Call
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.record import Record, Version
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["Wanted", "batch_answer", "record_answer", "saved_answer", "wanted_from_query"]

_SYSTEM = (
    "createdate",
    "hs_object_id",
    "hs_object_source",
    "hs_object_source_id",
    "hs_object_source_label",
    "lifecyclestage",
)
_BY_OBJECT = {
    "contacts": ("hs_email_domain", "hs_full_name_or_email", "hs_v2_date_entered_current_stage"),
    "companies": (
        "hs_num_child_companies",
        "hs_v2_date_entered_current_stage",
        "num_associated_contacts",
    ),
    "deals": (
        "amount_in_home_currency",
        "days_to_close",
        "dealstage",
        "hs_closed_amount",
        "hs_createdate",
        "hs_deal_stage_probability",
        "hs_forecast_amount",
        "hs_is_closed",
        "hs_is_closed_lost",
        "hs_is_closed_won",
        "hs_num_of_associated_line_items",
        "hs_projected_amount",
        "hs_v2_date_entered_current_stage",
        "num_associated_contacts",
        "pipeline",
    ),
    "tickets": (
        "hs_is_closed",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_v2_date_entered_current_stage",
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a read asks for beside the defaults."""

    properties: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    associations: tuple[ObjectType, ...] = ()


def wanted_from_query(call: Call) -> Wanted:
    """Read the usual query parameters of a read."""
    return Wanted(
        properties=call.many("properties"),
        history=call.many("propertiesWithHistory"),
        associations=tuple(call.store.kind(name) for name in call.many("associations")),
    )


def record_answer(
    store: HubSpotStore, kind: ObjectType, record: Record, wanted: Wanted
) -> JsonObject:
    """Give a record with the asked-for properties, history and associations."""
    names = dict.fromkeys((*kind.defaults, *wanted.properties, *wanted.history))
    answer = _envelope(store, kind, record, names)
    if wanted.history:
        answer["propertiesWithHistory"] = {
            name: _versions(store, kind, record, name) for name in wanted.history
        }
    ties = _associations(store, kind, record, wanted.associations)
    if ties:
        answer["associations"] = ties
    return answer


def saved_answer(
    store: HubSpotStore, kind: ObjectType, record: Record, changed: Iterable[str]
) -> JsonObject:
    """Give a record as a write answers: what was written, and the system's own values."""
    names = (*_SYSTEM, kind.created, kind.modified, *_BY_OBJECT.get(kind.name, ()), *changed)
    answer = _envelope(store, kind, record, dict.fromkeys(names))
    properties = answer["properties"]
    if isinstance(properties, dict):
        # What a write answers beside the values written has none that are empty.
        written = set(changed)
        answer["properties"] = {
            name: value
            for name, value in properties.items()
            if value is not None or name in written
        }
    return answer


def batch_answer(
    store: HubSpotStore,
    *,
    started: int,
    results: Sequence[JsonObject],
    errors: Sequence[JsonObject] = (),
) -> JsonObject:
    """Give the envelope of a batch; the order of results says nothing about the inputs."""
    ordered = list(results)
    if not store.switches.results_in_input_order:
        ordered.reverse()
    answer: JsonObject = {
        "status": "COMPLETE",
        "results": [*ordered],
        "startedAt": iso(started),
        "completedAt": iso(store.now()),
    }
    if errors:
        answer["numErrors"] = len(errors)
        answer["errors"] = [*errors]
    return answer


def _envelope(
    store: HubSpotStore, kind: ObjectType, record: Record, names: Iterable[str]
) -> JsonObject:
    schema = store.schema(kind)
    properties: JsonObject = {}
    for name in names:
        # A property that was archived keeps its values, but nobody sees them.
        if schema.find(name) is None:
            continue
        value = store.value(kind, record, name)
        if value is not None or store.switches.empty_as_null:
            properties[name] = value
    answer: JsonObject = {
        "id": str(record.id),
        "properties": dict(sorted(properties.items())),
        "createdAt": iso(record.created),
        "updatedAt": iso(record.modified),
        "archived": record.archived_at is not None,
        "url": "https://app.hubspot.com/contacts/"
        f"{store.account.id}/record/{kind.type_id}/{record.id}",
    }
    if record.archived_at is not None:
        answer["archivedAt"] = iso(record.archived_at)
    return answer


def _versions(store: HubSpotStore, kind: ObjectType, record: Record, name: str) -> list[Json]:
    if store.schema(kind).find(name) is None:
        return []
    return [_version(one) for one in reversed(store.history(kind, record, name))]


def _version(version: Version) -> JsonObject:
    wire: JsonObject = {
        "value": version.value,
        "timestamp": iso(version.stamp),
        "sourceType": version.source.type,
        "sourceId": version.source.id,
    }
    if version.source.label:
        wire["sourceLabel"] = version.source.label
    if version.source.user is not None:
        wire["updatedByUserId"] = version.source.user
    return wire


def _associations(
    store: HubSpotStore, kind: ObjectType, record: Record, wanted: Iterable[ObjectType]
) -> JsonObject:
    answer: JsonObject = {}
    for other in wanted:
        ties = store.associations.ties_of((kind.name, record.id), other.name)
        if ties:
            # The API names line items with a space here.
            key = other.name.replace("_", " ") if not other.custom else other.name
            answer[key] = {"results": _tie_rows(store, kind, other, ties)}
    return answer


def _tie_rows(
    store: HubSpotStore, kind: ObjectType, other: ObjectType, ties: Sequence[Tie]
) -> list[Json]:
    """List each tie once for every kind it has; the unlabelled kind has a name of its own."""
    rows: list[Json] = []
    base = f"{kind.singular}_to_{other.singular}".replace(" ", "_")
    for tie in ties:
        types = store.associations.types.known(tie.types, kind.name, other.name)
        for one in types:
            alone = len(types) == 1
            name = base if alone or not one.plain else f"{base}_unlabeled"
            rows.append({"id": str(tie.end[1]), "type": name})
    return rows
