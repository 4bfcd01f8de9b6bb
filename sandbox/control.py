"""The control page of a running sandbox: time, edits, faults, calls, reset, export.

It is served on a port of its own, so that neither stand-in has an address the real API lacks.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox.errors import SandboxError
from sandbox.jsontypes import Json, JsonObject
from sandbox.traffic import CallLog, FaultRule, LoggedCall

if TYPE_CHECKING:
    from sandbox.server import Sandbox

__all__ = ["create_control"]

Action = Callable[["Sandbox", Request, JsonObject], Json]
Endpoint = Callable[[Request], Awaitable[Response]]


def create_control(sandbox: Sandbox) -> Starlette:
    """Make the control application of a sandbox."""
    actions: tuple[tuple[str, str, Action], ...] = (
        ("GET", "/", _summary),
        ("GET", "/clock", _clock),
        ("POST", "/clock", _move_clock),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _add_fault),
        ("DELETE", "/faults", _clear_faults),
        ("GET", "/calls", _calls),
        ("GET", "/calls/counts", _counts),
        ("DELETE", "/calls", _clear_calls),
        ("GET", "/switches", _switches),
        ("POST", "/switches", _set_switches),
        ("POST", "/reset", _reset),
        ("POST", "/{system}/{object}", _add),
        ("GET", "/{system}/{object}/{id}", _read),
        ("PATCH", "/{system}/{object}/{id}", _edit),
        ("DELETE", "/{system}/{object}/{id}", _remove),
        ("POST", "/{system}/{object}/{id}/restore", _restore),
    )
    routes = [
        Route(path, _endpoint(sandbox, action), methods=[method])
        for method, path, action in actions
    ]
    return Starlette(
        routes=[Route("/export", _export(sandbox), methods=["GET"]), *routes],
        # A page in a browser must not reach this through a name that leads here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def _endpoint(sandbox: Sandbox, action: Action) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request)
            return _json(200, action(sandbox, request, body))
        except (SandboxError, ValueError, KeyError) as exc:
            return _json(400, {"error": str(exc)})

    return endpoint


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    if not raw:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        raise SandboxError("send JSON, and say so in Content-Type")
    body = json.loads(raw)
    if not isinstance(body, dict):
        raise SandboxError("send a JSON object")
    return body


def _json(status: int, body: Json) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False, default=str),
        status_code=status,
        media_type="application/json",
    )


def _export(sandbox: Sandbox) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        wanted = request.query_params.get("system", "")

        def lines() -> Iterator[str]:
            for line in sandbox.export():
                if not wanted or line["system"] == wanted:
                    yield json.dumps(line, ensure_ascii=False) + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return endpoint


def _summary(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    return {"now": sandbox.clock.now().isoformat(), **sandbox.announcement()}


def _clock(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    return {"now": sandbox.clock.now().isoformat()}


def _move_clock(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    sandbox.clock.move(timedelta(seconds=float(str(body.get("seconds", 0)))))
    return _clock(sandbox, request, body)


def _faults(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    return {
        "faults": [
            dataclasses.asdict(rule) for box in sandbox.fault_boxes for rule in box.pending()
        ]
    }


def _add_fault(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    known = {field.name for field in dataclasses.fields(FaultRule)}
    unknown = sorted(set(body) - known)
    if unknown or not {"system", "kind"} <= set(body):
        raise SandboxError(f"a fault has a system, a kind and any of {', '.join(sorted(known))}")
    rule = FaultRule(
        system=str(body["system"]),
        kind=str(body["kind"]),
        path=str(body.get("path", "")),
        method=str(body.get("method", "")),
        times=int(str(body.get("times", 1))),
        skip=int(str(body.get("skip", 0))),
        seconds=float(str(body.get("seconds", 0.05))),
    )
    sandbox.add_fault(rule)
    return _faults(sandbox, request, body)


def _clear_faults(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    for box in sandbox.fault_boxes:
        box.clear()
    return _faults(sandbox, request, body)


def _calls(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    log = _log(sandbox, request.query_params.get("system", "hubspot"))
    calls = log.calls(path=request.query_params.get("path", ""))
    return {"calls": [_call(call) for call in calls]}


def _counts(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    return {
        "hubspot": dict(sandbox.hubspot_traffic.counts()),
        "salesforce": dict(sandbox.salesforce_traffic.counts()),
    }


def _clear_calls(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    sandbox.hubspot_traffic.reset()
    sandbox.salesforce_traffic.reset()
    return {}


def _switches(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    return {
        "hubspot": _plain(sandbox.hubspot.switches),
        "salesforce": _plain(sandbox.salesforce.switches),
    }


def _set_switches(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    for system, settings in body.items():
        target = {"hubspot": sandbox.hubspot.switches, "salesforce": sandbox.salesforce.switches}
        if system not in target or not isinstance(settings, dict):
            raise SandboxError('send {"hubspot": {SWITCH: VALUE}}, or the same for salesforce')
        for name, value in settings.items():
            _set_switch(target[system], name, value)
    return _switches(sandbox, request, body)


def _set_switch(switches: object, name: str, value: Json) -> None:
    if not hasattr(switches, name):
        raise SandboxError(f"there is no switch {name!r}")
    old = getattr(switches, name)
    if isinstance(old, timedelta):
        setattr(switches, name, timedelta(seconds=float(str(value))))
    elif isinstance(old, Enum):
        setattr(switches, name, type(old)(value))
    elif isinstance(value, type(old)):
        setattr(switches, name, value)
    else:
        raise SandboxError(f"the switch {name!r} takes a {type(old).__name__}")


def _reset(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    sandbox.reset()
    return _summary(sandbox, request, body)


def _add(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    system, name, _ = _named(request)
    return {"id": sandbox.add(system, name, _values(body), by=_by(body))}


def _read(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    system, name, record_id = _named(request)
    values = sandbox.read(system, name, record_id)
    if values is None:
        raise SandboxError(f"{system} has no live record {record_id} among {name}")
    return values


def _edit(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    system, name, record_id = _named(request)
    sandbox.edit(system, name, record_id, _values(body), by=_by(body))
    return _read(sandbox, request, body)


def _remove(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    sandbox.remove(*_named(request))
    return {}


def _restore(sandbox: Sandbox, request: Request, body: JsonObject) -> Json:
    sandbox.restore(*_named(request))
    return _read(sandbox, request, body)


def _named(request: Request) -> tuple[str, str, str]:
    parts = request.path_params
    return str(parts["system"]), str(parts["object"]), str(parts.get("id", ""))


def _values(body: JsonObject) -> JsonObject:
    values = body.get("properties", body.get("fields"))
    if not isinstance(values, dict):
        raise SandboxError("send the values as properties (HubSpot) or fields (Salesforce)")
    return values


def _by(body: JsonObject) -> str:
    by = body.get("by", "person")
    if by not in ("person", "automation"):
        raise SandboxError(f"by is person or automation, not {by!r}")
    return str(by)


def _log(sandbox: Sandbox, system: str) -> CallLog:
    return sandbox.hubspot_traffic if system == "hubspot" else sandbox.salesforce_traffic


def _call(call: LoggedCall) -> JsonObject:
    return {**dataclasses.asdict(call), "at": call.at.isoformat()}


def _plain(switches: object) -> JsonObject:
    names = [field.name for field in dataclasses.fields(switches)]  # type: ignore[arg-type] # a dataclass of either stand-in
    return {name: _shown(getattr(switches, name)) for name in names}


def _shown(value: object) -> Json:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, (str, bool, int, float)) else str(value)
