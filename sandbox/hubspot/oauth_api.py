"""Tokens for apps: exchanged, looked at and revoked, on the old paths and the dated ones."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.errors import ApiError, invalid_json, not_found, oauth_refusal
from sandbox.hubspot.oauth import RefusedGrantError, TokenState
from sandbox.hubspot.switches import OAuthErrors
from sandbox.jsontypes import JsonObject

__all__ = ["ROUTES"]

_OPEN = Access(open=True)


def _token(call: Call) -> Answer:
    tokens = call.store.tokens
    try:
        grant = tokens.exchange(_form(call))
    except RefusedGrantError as refused:
        raise _refusal(call, refused) from refused
    state = tokens.access(grant.token)
    answer: JsonObject = {
        "token_type": "bearer",
        "refresh_token": grant.refresh,
        "access_token": grant.token,
        "expires_in": 0 if state is None else state.seconds_left,
    }
    if call.version != "v1":
        answer |= {
            "hub_id": call.store.account.id,
            "scopes": [*tokens.app.scopes],
            "user_id": tokens.app.user_id,
            "token_use": "access_token",
        }
    return Answer(200, answer)


def _access_info(call: Call) -> Answer:
    state = _live_access(call, call.path["token"])
    if state is None:
        raise not_found("The access token is unknown or has expired")
    return Answer(
        200,
        {
            **_whose(call, call.path["token"]),
            "app_id": call.store.tokens.app.id,
            "expires_in": state.seconds_left,
            "token_type": "access",
        },
    )


def _refresh_info(call: Call) -> Answer:
    token = _known_refresh(call)
    return Answer(
        200,
        {
            **_whose(call, token),
            "client_id": call.store.tokens.app.client_id,
            "token_type": "refresh",
        },
    )


def _delete_refresh(call: Call) -> Answer:
    call.store.tokens.revoke(_known_refresh(call))
    return Answer(204)


def _introspect(call: Call) -> Answer:
    form, app = _checked_form(call), call.store.tokens.app
    token = form.get("token", "")
    told: JsonObject = {
        **_whose(call, token),
        "active": True,
        "app_id": app.id,
        "client_id": app.client_id,
    }
    state = _live_access(call, token)
    if state is not None:
        told["token_type"], told["token_use"] = "bearer", "access_token"
        told["expires_in"], told["is_private_distribution"] = state.seconds_left, False
    elif call.store.tokens.knows_refresh(token):
        told["token_type"], told["token_use"] = "refresh", "refresh_token"
    else:
        told = {"active": False}
    return Answer(200, told)


def _revoke(call: Call) -> Answer:
    call.store.tokens.revoke(_checked_form(call).get("token", ""))
    return Answer(204)


def _whose(call: Call, token: str) -> JsonObject:
    app = call.store.tokens.app
    return {
        "token": token,
        "user": app.user,
        "hub_domain": f"{call.store.account.id}.example.com",
        "hub_id": call.store.account.id,
        "user_id": app.user_id,
        "scopes": [*app.scopes],
    }


def _live_access(call: Call, token: str) -> TokenState | None:
    state = call.store.tokens.access(token)
    return None if state is None or state.is_expired else state


def _known_refresh(call: Call) -> str:
    token = call.path["token"]
    if not call.store.tokens.knows_refresh(token):
        raise not_found("The refresh token is unknown")
    return token


def _checked_form(call: Call) -> Mapping[str, str]:
    form = _form(call)
    try:
        call.store.tokens.check_client(form)
    except RefusedGrantError as refused:
        raise _refusal(call, refused) from refused
    return form


def _form(call: Call) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(call.raw_body.decode(), keep_blank_values=True))
    except ValueError as exc:
        raise invalid_json(str(exc)) from exc


def _refusal(call: Call, refused: RefusedGrantError) -> ApiError:
    shape = call.store.switches.oauth_errors
    old = shape is OAuthErrors.STATUS or (shape is OAuthErrors.BY_VERSION and call.version == "v1")
    return oauth_refusal(
        status="" if not old else refused.status,
        error="" if old else refused.error,
        message=str(refused),
    )


def _route(method: str, rest: str, handler: Handler, *, numbered: str, dated: bool) -> Route:
    return Route(
        method=method,
        area="oauth",
        resource="",
        rest=rest,
        handler=handler,
        numbered=numbered,
        dated=dated,
        access=_OPEN,
    )


ROUTES = (
    _route("POST", "/token", _token, numbered="v1", dated=False),
    _route("GET", "/access-tokens/{token}", _access_info, numbered="v1", dated=False),
    _route("GET", "/refresh-tokens/{token}", _refresh_info, numbered="v1", dated=False),
    _route("DELETE", "/refresh-tokens/{token}", _delete_refresh, numbered="v1", dated=False),
    _route("POST", "/token", _token, numbered="v3", dated=True),
    _route("POST", "/token/introspect", _introspect, numbered="v3", dated=True),
    _route("POST", "/token/revoke", _revoke, numbered="v3", dated=True),
)
