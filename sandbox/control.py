"""The control page of a running sandbox: time, edits, faults, calls, reset, export.

It is served on a port of its own, so that neither stand-in has an address the real API lacks.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.errors import SandboxError
from sandbox.fault_lines import parse_fault
from sandbox.json_text import read_json
from sandbox.jsontypes import Json, JsonObject
from sandbox.org_control import OrgControl
from sandbox.portal_control import PortalControl
from sandbox.traffic import CallLog, LoggedCall

if TYPE_CHECKING:
    from sandbox.server import Sandbox

__all__ = ["create_control"]

Action: TypeAlias = "Callable[[_Ask], Json]"
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def create_control(sandbox: Sandbox) -> Starlette:
    """Make the control application of a sandbox."""
    does = _Actions(sandbox)
    actions: tuple[tuple[str, str, Action], ...] = (
        ("GET", "/", does.summary),
        ("GET", "/clock", does.clock),
        ("POST", "/clock", does.move_clock),
        ("GET", "/faults", does.faults),
        ("POST", "/faults", does.add_fault),
        ("DELETE", "/faults", does.clear_faults),
        ("GET", "/calls", does.calls),
        ("GET", "/calls/counts", does.counts),
        ("DELETE", "/calls", does.clear_calls),
        ("GET", "/switches", does.switches),
        ("POST", "/switches", does.set_switches),
        ("POST", "/reset", does.reset),
        *_portal_actions(sandbox),
        *_org_actions(sandbox),
        ("POST", "/{system}/{object}", does.add),
        ("GET", "/{system}/{object}/{id}", does.read),
        ("PATCH", "/{system}/{object}/{id}", does.edit),
        ("DELETE", "/{system}/{object}/{id}", does.remove),
        ("POST", "/{system}/{object}/{id}/restore", does.restore),
    )
    routes = [Route(path, _endpoint(action), methods=[method]) for method, path, action in actions]
    return Starlette(
        routes=[Route("/export", _export(sandbox), methods=["GET"]), *routes],
        # A page in a browser must not reach this through a name that leads here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def _portal_actions(sandbox: Sandbox) -> tuple[tuple[str, str, Action], ...]:
    """Give what can be done to a portal only."""
    portal = PortalControl(lambda: sandbox.hubspot)
    record = "/hubspot/{object}/{id}"
    return (
        ("POST", f"{record}/merge", lambda ask: portal.merge(ask.object(), ask.id(), ask.body)),
        ("POST", f"{record}/purge", lambda ask: portal.purge(ask.object(), ask.id())),
        ("POST", "/hubspot/{object}/refusals", lambda ask: portal.refuse(ask.object(), ask.body)),
    )


def _org_actions(sandbox: Sandbox) -> tuple[tuple[str, str, Action], ...]:
    """Give what can be done to an org only."""
    org = OrgControl(lambda: sandbox.salesforce)
    record = "/salesforce/{object}/{id}"
    return (
        ("GET", "/salesforce/setup", lambda _ask: org.setup()),
        ("POST", "/salesforce/setup", lambda ask: org.set_up(ask.body)),
        ("DELETE", "/salesforce/setup", lambda _ask: org.clear_rules()),
        ("POST", "/salesforce/Lead/{id}/convert", lambda ask: org.convert(ask.id(), ask.body)),
        ("POST", f"{record}/merge", lambda ask: org.merge(ask.object(), ask.id(), ask.body)),
        ("POST", f"{record}/purge", lambda ask: org.purge(ask.object(), ask.id())),
        (
            "POST",
            "/salesforce/{object}/refusals",
            lambda ask: org.refuse(ask.object(), ask.body),
        ),
    )


def _endpoint(action: Action) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request)
            ask = _Ask(request.path_params, request.query_params, body)
            return _json(200, action(ask))
        except (SandboxError, ValueError, KeyError, OverflowError) as exc:
            return _json(400, {"error": str(exc)})

    return endpoint


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    if not raw:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        raise SandboxError("send JSON, and say so in Content-Type")
    body = read_json(raw)
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

        lines = [
            json.dumps(line, ensure_ascii=False) + "\n"
            for line in sandbox.export()
            if not wanted or line["system"] == wanted
        ]
        return Response("".join(lines), media_type="application/x-ndjson")

    return endpoint


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request to the control page."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: JsonObject

    def named(self) -> tuple[str, str, str]:
        return self.path["system"], self.path["object"], self.path.get("id", "")

    def object(self) -> str:
        return self.path["object"]

    def id(self) -> str:
        return self.path["id"]

    def values(self) -> JsonObject:
        values = self.body.get("properties", self.body.get("fields"))
        if not isinstance(values, dict):
            raise SandboxError("send the values as properties (HubSpot) or fields (Salesforce)")
        return values

    def by(self) -> str:
        by = self.body.get("by", "person")
        if by not in ("person", "automation"):
            raise SandboxError(f"by is person or automation, not {by!r}")
        return str(by)


class _Actions:
    """What the control page can do."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def summary(self, ask: _Ask) -> Json:
        told: JsonObject = {"now": self._sandbox.clock.now().isoformat()}
        for name, parts in self._sandbox.announcement().items():
            told[name] = {**parts}
        return told

    def clock(self, ask: _Ask) -> Json:
        return {"now": self._sandbox.clock.now().isoformat()}

    def move_clock(self, ask: _Ask) -> Json:
        self._sandbox.clock.move(timedelta(seconds=float(str(ask.body.get("seconds", 0)))))
        return self.clock(ask)

    def faults(self, ask: _Ask) -> Json:
        return {
            "faults": [
                dataclasses.asdict(rule)
                for box in self._sandbox.fault_boxes
                for rule in box.pending()
            ]
        }

    def add_fault(self, ask: _Ask) -> Json:
        self._sandbox.add_fault(parse_fault(ask.body))
        return self.faults(ask)

    def clear_faults(self, ask: _Ask) -> Json:
        for box in self._sandbox.fault_boxes:
            box.clear()
        return self.faults(ask)

    def calls(self, ask: _Ask) -> Json:
        log = _log(self._sandbox, ask.query.get("system", "hubspot"))
        calls = log.calls(path=ask.query.get("path", ""))
        return {"calls": [_call(call) for call in calls]}

    def counts(self, ask: _Ask) -> Json:
        return {
            "hubspot": dict(self._sandbox.hubspot_traffic.counts()),
            "salesforce": dict(self._sandbox.salesforce_traffic.counts()),
        }

    def clear_calls(self, ask: _Ask) -> Json:
        self._sandbox.hubspot_traffic.reset()
        self._sandbox.salesforce_traffic.reset()
        return {}

    def switches(self, ask: _Ask) -> Json:
        return {
            "hubspot": _plain(self._sandbox.hubspot.switches),
            "salesforce": _plain(self._sandbox.salesforce.switches),
        }

    def set_switches(self, ask: _Ask) -> Json:
        for system, settings in ask.body.items():
            target = {
                "hubspot": self._sandbox.hubspot.switches,
                "salesforce": self._sandbox.salesforce.switches,
            }
            if system not in target or not isinstance(settings, dict):
                raise SandboxError('send {"hubspot": {SWITCH: VALUE}}, or the same for salesforce')
            for name, value in settings.items():
                _set_switch(target[system], name, value)
        return self.switches(ask)

    def reset(self, ask: _Ask) -> Json:
        self._sandbox.reset()
        return self.summary(ask)

    def add(self, ask: _Ask) -> Json:
        system, name, _ = ask.named()
        return {"id": self._sandbox.add(system, name, ask.values(), by=ask.by())}

    def read(self, ask: _Ask) -> Json:
        system, name, record_id = ask.named()
        values = self._sandbox.read(system, name, record_id)
        if values is None:
            raise SandboxError(f"{system} has no live record {record_id} among {name}")
        return values

    def edit(self, ask: _Ask) -> Json:
        system, name, record_id = ask.named()
        self._sandbox.edit(system, name, record_id, ask.values(), by=ask.by())
        return self.read(ask)

    def remove(self, ask: _Ask) -> Json:
        self._sandbox.remove(*ask.named())
        return {}

    def restore(self, ask: _Ask) -> Json:
        self._sandbox.restore(*ask.named())
        return self.read(ask)


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
