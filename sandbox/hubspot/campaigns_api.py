"""Marketing campaigns: made, read, listed, changed and deleted, alone and in batches."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.campaigns import CAMPAIGN_PROPERTIES, READ_ONLY, STATUSES, Campaign
from sandbox.hubspot.errors import (
    ApiError,
    PropertyProblem,
    batch_error,
    campaign_name_taken,
    campaign_not_found,
    invalid,
    invalid_json,
    properties_invalid,
    required_properties,
)
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["READ", "WRITE", "campaign_in", "campaign_route", "check_properties", "new_campaign"]

_USUAL_PAGE = 50
_LARGEST_PAGE = 100
_LARGEST_BATCH = 50

READ = Access(("marketing.campaigns.read",), marketing=True)
WRITE = Access(("marketing.campaigns.write",), marketing=True)

_ORDERS: dict[str, Callable[[Campaign], str | int]] = {
    "hs_name": lambda one: one.properties.get("hs_name", "").lower(),
    "createdAt": lambda one: one.created,
    "updatedAt": lambda one: one.updated,
}


def campaign_in(call: Call) -> Campaign:
    """Give the campaign named in the path, or the API's refusal."""
    return _find(call.store, call.path["guid"])


def new_campaign(store: HubSpotStore, properties: Mapping[str, Json]) -> Campaign:
    """Make a campaign; ApiError says what is wrong with its values."""
    values = check_properties(store, properties, campaign=None)
    if not values.get("hs_name"):
        raise required_properties(["hs_name"], label="CAMPAIGN")
    now = store.now()
    campaign = Campaign(
        id=str(uuid.uuid4()),
        number=store.campaigns.new_number(),
        properties={name: value for name, value in values.items() if value},
        created=now,
        updated=now,
    )
    store.campaigns.add(campaign)
    return campaign


def change_campaign(
    store: HubSpotStore, campaign: Campaign, properties: Mapping[str, Json]
) -> None:
    """Change some values; "" clears one."""
    values = check_properties(store, properties, campaign=campaign)
    if values.get("hs_name") == "":
        raise required_properties(["hs_name"], label="CAMPAIGN")
    for name, value in values.items():
        if value:
            campaign.properties[name] = value
        else:
            campaign.properties.pop(name, None)
    campaign.updated = store.now()


def check_properties(
    store: HubSpotStore, properties: Mapping[str, Json], *, campaign: Campaign | None
) -> dict[str, str]:
    """Give values as they are stored, or the API's refusal."""
    values = {name: _text(value) for name, value in properties.items()}
    problems = [
        problem
        for name, value in values.items()
        if (problem := _problem(store, name, value)) is not None
    ]
    if problems:
        raise properties_invalid(problems, portal_id=store.account.id)
    name = values.get("hs_name", "")
    if name and store.switches.campaign_names_are_unique:
        for other in store.campaigns:
            if other is not campaign and other.properties.get("hs_name") == name:
                raise campaign_name_taken(name)
    return values


def _text(value: Json) -> str:
    if isinstance(value, (dict, list)):
        raise invalid_json("the values of properties are texts")
    return "" if value is None else str(value)


def _problem(store: HubSpotStore, name: str, value: str) -> PropertyProblem | None:
    if name not in CAMPAIGN_PROPERTIES:
        return PropertyProblem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if name in READ_ONLY:
        return PropertyProblem(
            name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
        )
    if name in ("hs_start_date", "hs_end_date") and value and not _is_day(value):
        return PropertyProblem(name, "INVALID_DATE", f"{value} was not a valid date.")
    checked = store.switches.campaign_status_is_checked
    if name == "hs_campaign_status" and value and checked and value not in STATUSES:
        return PropertyProblem(
            name,
            "INVALID_OPTION",
            f"{value} was not one of the allowed options: [{', '.join(STATUSES)}]",
        )
    if name == "hs_owner" and value and not store.owners.exists(value):
        return PropertyProblem(name, "INVALID_OPTION", f"{value} is not an owner")
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# One campaign


def _create(call: Call) -> Answer:
    properties = _properties(call.object_body())
    return Answer(201, _written(new_campaign(call.store, properties), properties))


def _read(call: Call) -> Answer:
    return Answer(200, _with_assets(call, campaign_in(call), call.many("properties")))


def _update(call: Call) -> Answer:
    campaign, properties = campaign_in(call), _properties(call.object_body())
    change_campaign(call.store, campaign, properties)
    return Answer(200, _written(campaign, properties))


def _delete(call: Call) -> Answer:
    call.store.campaigns.delete(call.path["guid"])
    return Answer(204)


def _list(call: Call) -> Answer:
    limit = call.number("limit", default=_USUAL_PAGE, most=_LARGEST_PAGE)
    after, name = call.text("after", "0"), call.text("name").lower()
    if not is_number(after):
        raise invalid(f"after must be what an earlier page gave, but was {after}")
    found = [
        one for one in call.store.campaigns if name in one.properties.get("hs_name", "").lower()
    ]
    found = _sorted(found, call.text("sort") or "hs_name")
    end = int(after) + limit
    answer: JsonObject = {
        "total": len(found),
        "results": [_wire(one, call.many("properties")) for one in found[int(after) : end]],
    }
    if end < len(found):
        answer["paging"] = {"next": {"after": str(end), "link": call.link(after=str(end))}}
    return Answer(200, answer)


def _sorted(found: list[Campaign], sort: str) -> list[Campaign]:
    order = _ORDERS.get(sort.removeprefix("-"))
    if order is None:
        raise invalid(f"{sort} is not one of {', '.join(_ORDERS)}, with or without a minus")
    return sorted(found, key=order, reverse=sort.startswith("-"))


# Batches


def _batch_create(call: Call) -> Answer:
    def create(each: JsonObject) -> JsonObject:
        properties = _properties(each)
        return _written(new_campaign(call.store, properties), properties)

    return _batch(call, create, done=201)


def _batch_read(call: Call) -> Answer:
    names = call.many("properties")

    def read(each: JsonObject) -> JsonObject:
        return _with_assets(call, _find(call.store, _id(each)), names)

    return _batch(call, read, done=200)


def _batch_update(call: Call) -> Answer:
    def update(each: JsonObject) -> JsonObject:
        campaign, properties = _find(call.store, _id(each)), _properties(each)
        change_campaign(call.store, campaign, properties)
        return _written(campaign, properties)

    return _batch(call, update, done=200)


def _batch_archive(call: Call) -> Answer:
    for each in call.inputs(most=_LARGEST_BATCH):
        call.store.campaigns.delete(_id(each))
    return Answer(204)


def _batch(call: Call, act: Callable[[JsonObject], JsonObject], *, done: int) -> Answer:
    started = iso(call.store.now())
    results: list[Json] = []
    errors: list[Json] = []
    for each in call.inputs(most=_LARGEST_BATCH):
        try:
            results.append(act(each))
        except ApiError as error:
            context = {"id": [str(each["id"])]} if "id" in each else {}
            errors.append(batch_error(error, context))
    answer: JsonObject = {"status": "COMPLETE", "results": results}
    if errors:
        answer["numErrors"] = len(errors)
        answer["errors"] = errors
    answer["startedAt"], answer["completedAt"] = started, iso(call.store.now())
    return Answer(207 if errors else done, answer)


# On the wire


def _wire(campaign: Campaign, names: Sequence[str]) -> JsonObject:
    values = {name: campaign.value(name) for name in sorted(names)}
    return {
        "id": campaign.id,
        "properties": {name: value for name, value in values.items() if value is not None},
        "businessUnits": [],
        "createdAt": iso(campaign.created),
        "updatedAt": iso(campaign.updated),
    }


def _written(campaign: Campaign, properties: Mapping[str, Json]) -> JsonObject:
    return _wire(campaign, [*{*properties, "hs_name", "hs_object_id"}])


def _with_assets(call: Call, campaign: Campaign, names: Sequence[str]) -> JsonObject:
    assets: JsonObject = {
        kind: {"results": [asset_wire(call.store, kind, one) for one in ids]}
        for kind, ids in sorted(campaign.assets.items())
        if ids
    }
    return {**_wire(campaign, names), "assets": assets}


def asset_wire(store: HubSpotStore, kind: str, asset_id: str) -> JsonObject:
    """Give an asset of a campaign; only lists have a name here."""
    wire: JsonObject = {"id": asset_id}
    if kind == "OBJECT_LIST" and is_number(asset_id):
        found = store.lists.find(int(asset_id))
        if found is not None:
            wire["name"] = found.name
    return wire


def _find(store: HubSpotStore, campaign_id: str) -> Campaign:
    campaign = store.campaigns.find(campaign_id)
    if campaign is None:
        raise campaign_not_found(campaign_id)
    return campaign


def _id(each: JsonObject) -> str:
    value = each.get("id")
    if not isinstance(value, str):
        raise invalid("id is required and must be a text")
    return value


def _properties(body: JsonObject) -> JsonObject:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise invalid("properties is required")
    return properties


def campaign_route(method: str, rest: str, handler: Handler, access: Access) -> Route:
    """Declare an operation below the campaigns."""
    return Route(
        method=method,
        area="marketing",
        resource="campaigns",
        rest=rest,
        handler=handler,
        access=access,
    )


ROUTES = (
    campaign_route("GET", "", _list, READ),
    campaign_route("POST", "", _create, WRITE),
    campaign_route("POST", "/batch/create", _batch_create, WRITE),
    campaign_route("POST", "/batch/read", _batch_read, READ),
    campaign_route("POST", "/batch/update", _batch_update, WRITE),
    campaign_route("POST", "/batch/archive", _batch_archive, WRITE),
    campaign_route("GET", "/{guid}", _read, READ),
    campaign_route("PATCH", "/{guid}", _update, WRITE),
    campaign_route("DELETE", "/{guid}", _delete, WRITE),
)
