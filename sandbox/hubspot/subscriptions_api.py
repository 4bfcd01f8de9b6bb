"""Communication preferences: opting addresses out of all e-mail, and telling who has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import (
    ApiError,
    batch_error,
    invalid,
    invalid_json,
    missing_scopes,
    not_served,
)
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["ROUTES"]

LARGEST_BATCH = 100

HandleOne: TypeAlias = Callable[[Call, str], JsonObject]

_BATCH_WRITE = "communication_preferences.statuses.batch.write"
_BATCH_READ = "communication_preferences.statuses.batch.read"
_WRITES = ("communication_preferences.write", "communication_preferences.read_write")
_READS = ("communication_preferences.read", "communication_preferences.read_write")

#: The kinds of e-mail every portal has; which others there are is for its people to say.
_SUBSCRIPTIONS = ((101, "Marketing Information"), (102, "One to One"))


def unsubscribe(call: Call) -> Answer:
    """Opt one address out of all e-mail."""
    _check_channel(call)
    started, address = call.store.now(), _address(call.path["subscriber"])
    statuses = _opt_out(call, address)
    return _action(call, started, [*statuses] if call.flag("verbose") else [])


def status(call: Call) -> Answer:
    """Tell whether one address opted out of all e-mail; nothing means it did not."""
    _check_channel(call)
    address = _address(call.path["subscriber"])
    return _action(call, call.store.now(), [*_wide(call.store, address)])


def unsubscribe_batch(call: Call) -> Answer:
    """Opt addresses out of all e-mail, each on its own."""
    return _batch(call, _BATCH_WRITE, _unsubscribed, told=call.flag("verbose"))


def status_batch(call: Call) -> Answer:
    """Tell of each address whether it opted out of all e-mail."""
    return _batch(call, _BATCH_READ, _known)


def _unsubscribed(call: Call, address: str) -> JsonObject:
    return {"subscriberIdString": address, "statuses": [*_opt_out(call, address)]}


def _known(call: Call, address: str) -> JsonObject:
    return {"subscriberIdString": address, "wideStatuses": [*_wide(call.store, address)]}


def _batch(call: Call, scope: str, handle: HandleOne, *, told: bool = True) -> Answer:
    if not call.store.switches.opt_out_in_batches:
        raise missing_scopes([scope])
    _check_channel(call)
    started = call.store.now()
    results: list[Json] = []
    errors: list[Json] = []
    for one in _texts(call):
        try:
            results.append(handle(call, _address(one)))
        except ApiError as error:
            errors.append(batch_error(error, {"subscriberIdString": [one]}))
    body: JsonObject = {
        "status": "COMPLETE",
        "results": results if told else [],
        "startedAt": iso(started),
        "completedAt": iso(call.store.now()),
    }
    if errors:
        body["errors"], body["numErrors"] = errors, len(errors)
    return Answer(207 if errors else 200, body)


def _texts(call: Call) -> list[str]:
    inputs = call.object_body().get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise invalid("inputs is required and must not be empty")
    if len(inputs) > LARGEST_BATCH:
        raise invalid(f"The maximum batch size is {LARGEST_BATCH}, but {len(inputs)} were sent")
    if not all(isinstance(one, str) for one in inputs):
        raise invalid_json("every input is a text")
    return [str(one) for one in inputs]


def _check_channel(call: Call) -> None:
    channel = call.text("channel")
    if not channel:
        raise invalid("channel is required", context={"parameter": ["channel"]})
    if channel in ("SMS", "WHATSAPP"):
        raise not_served(f"subscriptions of the channel {channel}")
    if channel != "EMAIL":
        raise invalid(f"{channel} is not one of EMAIL, SMS, WHATSAPP")


def _address(text: str) -> str:
    address = text.strip().lower()
    name, _, host = address.rpartition("@")
    if not name or "." not in host or any(one.isspace() for one in address):
        raise invalid(f"{text} is not a valid email address", context={"email": [text]})
    return address


def _opt_out(call: Call, address: str) -> list[JsonObject]:
    new = call.store.opt_out(address, at=call.store.now())
    since = call.store.opt_outs.since(address) or call.store.now()
    return [
        {
            "channel": "EMAIL",
            "source": "Public API",
            "status": "UNSUBSCRIBED",
            "subscriberIdString": address,
            "subscriptionId": number,
            "subscriptionName": name,
            "setStatusSuccessReason": "REQUESTED_CHANGE_OCCURRED" if new else "NO_STATUS_CHANGE",
            "timestamp": iso(since),
        }
        for number, name in _SUBSCRIPTIONS
    ]


def _wide(store: HubSpotStore, address: str) -> list[JsonObject]:
    since = store.opt_outs.since(address)
    if since is None:
        return []
    return [
        {
            "channel": "EMAIL",
            "status": "UNSUBSCRIBED",
            "subscriberIdString": address,
            "timestamp": iso(since),
            "wideStatusType": "PORTAL_WIDE",
        }
    ]


def _action(call: Call, started: int, results: list[Json]) -> Answer:
    times: JsonObject = {"startedAt": iso(started), "completedAt": iso(call.store.now())}
    return Answer(200, {"status": "COMPLETE", "results": results, **times})


def _route(method: str, rest: str, handler: Handler, *scopes: str) -> Route:
    return Route(
        method=method,
        area="communication-preferences",
        resource="",
        rest=f"/statuses{rest}",
        handler=handler,
        numbered="v4",
        access=Access(scopes),
    )


ROUTES = (
    _route("POST", "/batch/unsubscribe-all", unsubscribe_batch, _BATCH_WRITE),
    _route("POST", "/batch/unsubscribe-all/read", status_batch, _BATCH_READ),
    _route("GET", "/{subscriber}/unsubscribe-all", status, *_READS),
    _route("POST", "/{subscriber}/unsubscribe-all", unsubscribe, *_WRITES),
)
