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
from starlette.routing import Match
from starlette.routing import Route as WebRoute
from starlette.types import Scope

from sandbox.hubspot import (
    association_labels_api,
    associations_api,
    batch_api,
    campaign_results_api,
    campaigns_api,
    lists_api,
    memberships_api,
    oauth_api,
    objects_api,
    owners_api,
    pipelines_api,
    properties_api,
    schemas_api,
    subscriptions_api,
)
from sandbox.hubspot.calls import Answer, Call, Route
from sandbox.hubspot.errors import (
    ApiError,
    expired_authentication,
    missing_authentication,
    missing_scopes,
    not_in_plan,
    wrong_content_type,
)
from sandbox.hubspot.limits import CallLimits
from sandbox.hubspot.store import HubSpotStore
from sandbox.jsontypes import Json

__all__ = ["DATED_VERSIONS", "Gate", "call_kind", "create_app"]

DATED_VERSIONS = ("2026-03", "2026-09")

# Fixed words before patterns: /batch/read must not be taken for a record's id.
_ROUTES: tuple[Route, ...] = (
    *association_labels_api.ROUTES,
    *associations_api.ROUTES,
    *batch_api.ROUTES,
    *objects_api.ROUTES,
    *properties_api.ROUTES,
    *pipelines_api.ROUTES,
    *schemas_api.ROUTES,
    *owners_api.ROUTES,
    *memberships_api.ROUTES,
    *lists_api.ROUTES,
    *campaign_results_api.ROUTES,
    *campaigns_api.ROUTES,
    *subscriptions_api.ROUTES,
    *oauth_api.ROUTES,
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
    app = Starlette(routes=_WEB_ROUTES, exception_handlers={HTTPException: _unrouted})
    app.router.redirect_slashes = False
    app.state.gate = gate
    return app


def call_kind(method: str, path: str) -> str:
    """Sort a call by what it costs: search, list, read, write, schema, ..."""
    parts = [part for part in path.split("/") if part]
    if {"properties", "pipelines", "schemas"} & set(parts):
        return "schema_read" if method == "GET" else "schema_write"
    for word in ("owners", "lists", "campaigns", "oauth", "communication-preferences"):
        if word in parts:
            return word
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


class _ApiRoute(WebRoute):
    """A path of the API, which may also end in a slash, as some clients write it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether a call is meant, and give what its path says."""
        path = scope["path"]
        if path.endswith("/"):
            scope = {**scope, "path": path.removesuffix("/")}
        return super().matches(scope)


def _endpoint(route: Route, version: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        gate: Gate = request.app.state.gate
        body = await request.body()
        with gate.store.lock:
            return _answer(gate, route, version, request, body)

    return endpoint


def _answer(gate: Gate, route: Route, version: str, request: Request, body: bytes) -> Response:
    try:
        if route.access.open:
            _check_content_type(request, body, wanted="x-www-form-urlencoded")
        else:
            _admit(gate, route, request)
            _check_content_type(request, body, wanted="json")
        answer = route.handler(_call(gate, version, request, body))
    except ApiError as error:
        answer = Answer(error.status, error.wire_body())
        return _response(gate, route, request, answer, error.headers)
    return _response(gate, route, request, answer)


def _admit(gate: Gate, route: Route, request: Request) -> None:
    _authenticate(gate, request)
    refused = gate.limits.admit(search=route.access.search)
    if refused is not None:
        raise refused
    _authorise(gate, route, request)
    if route.access.marketing and not gate.store.switches.marketing_hub:
        raise not_in_plan("Marketing Hub")


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
        url=request.url.path,
    )


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _authenticate(gate: Gate, request: Request) -> None:
    token = _bearer(request)
    if token == gate.token:
        return
    state = gate.store.tokens.access(token)
    if state is None:
        raise missing_authentication()
    if state.is_expired:
        raise expired_authentication()


def _authorise(gate: Gate, route: Route, request: Request) -> None:
    withheld = {one.strip() for one in gate.store.switches.withheld_scopes.split(",")} - {""}
    if not route.access.scopes or (gate.scopes is None and not withheld):
        return
    names = {
        part: _object_name(gate, value)
        for part, value in request.path_params.items()
        if part in ("object", "from")
    }
    wanted = [scope.format(**names) for scope in route.access.scopes]
    granted = set(wanted if gate.scopes is None else gate.scopes) - withheld
    if granted.isdisjoint(wanted):
        raise missing_scopes(wanted)


def _object_name(gate: Gate, word: str) -> str:
    kind = gate.store.types.find(word)
    return word if kind is None else kind.scope_name


def _check_content_type(request: Request, body: bytes, *, wanted: str) -> None:
    if body and wanted not in request.headers.get("content-type", ""):
        raise wrong_content_type()


def _response(
    gate: Gate,
    route: Route,
    request: Request,
    answer: Answer,
    extra: Iterable[tuple[str, str]] = (),
) -> Response:
    headers = {"X-HubSpot-Correlation-Id": str(uuid.uuid4())}
    if not (route.access.search or route.access.open) and answer.status != 401:
        # Apps that came in by OAuth are not told of the day's quota.
        headers.update(gate.limits.headers(daily=_bearer(request) == gate.token))
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


# The same for every portal, and most of the work of making one: hundreds of patterns.
_WEB_ROUTES = tuple(
    _ApiRoute(path, _endpoint(route, version), methods=[route.method])
    for route in _ROUTES
    for path, version in route.paths(DATED_VERSIONS)
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
