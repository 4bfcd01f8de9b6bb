"""The stand-in's web application: who may call, how often, and what answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute

from sandbox.hubspot import (
    associations_api,
    batch_api,
    objects_api,
    owners_api,
    properties_api,
)
from sandbox.hubspot.calls import Answer, Call, Route
from sandbox.hubspot.errors import (
    ApiError,
    missing_authentication,
    missing_scopes,
    wrong_content_type,
)
from sandbox.hubspot.limits import CallLimits
from sandbox.hubspot.objects import find_object_type
from sandbox.hubspot.store import HubSpotStore
from sandbox.jsontypes import Json

__all__ = ["DATED_VERSIONS", "Gate", "call_kind", "create_app"]

DATED_VERSIONS = ("2026-03", "2026-09")

# Fixed words before patterns: /batch/read must not be taken for a record's id.
_ROUTES: tuple[Route, ...] = (
    *associations_api.ROUTES,
    *batch_api.ROUTES,
    *objects_api.ROUTES,
    *properties_api.ROUTES,
    *owners_api.ROUTES,
)

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Gate:
    """What every call passes: the portal, its limits and what the token may do."""

    store: HubSpotStore
    limits: CallLimits
    token: str
    scopes: frozenset[str] | None = field(default=None)
    """None grants everything."""


def create_app(gate: Gate) -> Starlette:
    """Make the application for one portal."""
    routes = [
        WebRoute(path, _endpoint(gate, route, version), methods=[route.method])
        for route in _ROUTES
        for path, version in route.paths(DATED_VERSIONS)
    ]
    app = Starlette(
        routes=_with_slash(routes),
        exception_handlers={HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False
    return app


def call_kind(method: str, path: str) -> str:
    """Sort a call by what it costs: search, list, read, write, schema, ..."""
    parts = [part for part in path.split("/") if part]
    if "properties" in parts:
        return "schema_read" if method == "GET" else "schema_write"
    if "owners" in parts:
        return "owners"
    if "account-info" in parts:
        return "account"
    if "associations" in parts:
        reading = method == "GET" or parts[-1] == "read"
        return "association_read" if reading else "association_write"
    if parts and parts[-1] == "search":
        return "search"
    if "batch" in parts:
        return f"batch_{parts[-1]}"
    return {"GET": "read", "POST": "create", "PATCH": "update", "DELETE": "archive"}.get(
        method, "other"
    )


def _with_slash(routes: Iterable[WebRoute]) -> list[WebRoute]:
    """Let every path also end in a slash, as some clients write it."""
    both: list[WebRoute] = []
    for route in routes:
        both.append(route)
        both.append(WebRoute(f"{route.path}/", route.endpoint, methods=sorted(route.methods or ())))
    return both


def _endpoint(gate: Gate, route: Route, version: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        with gate.store.lock:
            return _answer(gate, route, version, request, body)

    return endpoint


def _answer(gate: Gate, route: Route, version: str, request: Request, body: bytes) -> Response:
    try:
        _authenticate(gate, request)
        refused = gate.limits.admit(search=route.access.search)
        if refused is not None:
            raise refused
        _authorise(gate, route, request)
        _check_content_type(request, body)
        answer = route.handler(_call(gate, version, request, body))
    except ApiError as error:
        return _response(gate, route, Answer(error.status, error.wire_body()), error.headers)
    return _response(gate, route, answer)


def _call(gate: Gate, version: str, request: Request, body: bytes) -> Call:
    query: dict[str, tuple[str, ...]] = {}
    for name, value in request.query_params.multi_items():
        query[name] = (*query.get(name, ()), value)
    return Call(
        store=gate.store,
        limits=gate.limits,
        path=request.path_params,
        query=query,
        raw_body=body,
        version=version,
    )


def _authenticate(gate: Gate, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() != gate.token:
        raise missing_authentication()


def _authorise(gate: Gate, route: Route, request: Request) -> None:
    if gate.scopes is None or not route.access.scopes:
        return
    names = {
        part: _object_name(value)
        for part, value in request.path_params.items()
        if part in ("object", "from")
    }
    wanted = [scope.format(**names) for scope in route.access.scopes]
    if gate.scopes.isdisjoint(wanted):
        raise missing_scopes(wanted)


def _object_name(word: str) -> str:
    kind = find_object_type(word)
    return word if kind is None else kind.name


def _check_content_type(request: Request, body: bytes) -> None:
    if body and "json" not in request.headers.get("content-type", ""):
        raise wrong_content_type()


def _response(
    gate: Gate, route: Route, answer: Answer, extra: Iterable[tuple[str, str]] = ()
) -> Response:
    headers = {"X-HubSpot-Correlation-Id": str(uuid.uuid4())}
    if not route.access.search and answer.status != 401:
        headers.update(gate.limits.headers())
    headers.update(extra)
    if answer.status == 204:
        return Response(status_code=204, headers=headers)
    return _json(answer.status, answer.body, headers)


def _json(status: int, body: Json, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status_code=status,
        headers=headers,
        media_type="application/json;charset=utf-8",
    )


async def _unrouted(request: Request, exc: Exception) -> Response:
    """Answer for paths and verbs the API does not have."""
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    message = {
        404: f"No resource at {request.url.path}",
        405: "HTTP 405 Method Not Allowed",
    }.get(status, "internal error")
    return _json(
        status, {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    )
