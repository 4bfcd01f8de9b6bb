"""Tokens: how each flow gets one, whom it speaks for, and how long it lives."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.json_text import read_json
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiResponse
from sandbox.salesforce.api.identity import Identities
from sandbox.salesforce.store import SalesforceStore

__all__ = ["Sessions"]

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECONDS_OF_MILLENNIA = 10**11


class _RefusedError(Exception):
    """A token request was refused."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(slots=True)
class _Session:
    """One token: its user, and when it was used last; the announced one never runs out."""

    user_id: str
    used: datetime
    is_announced: bool = False


class Sessions:
    """Issues and knows access tokens.

    Any client may log in who brings what its flow demands: the sandbox holds no secrets of its
    own that it could compare. Users must be those of the org.
    """

    def __init__(self, store: SalesforceStore, token: str) -> None:
        """Accept `token` from the start."""
        self._store = store
        self._seed = token
        self._issued = 0
        self._sessions = {token: _Session(store.api_user_id, self._now(), is_announced=True)}
        self._dead_refresh_tokens: set[str] = set()

    def user_of(self, authorization: str) -> str | None:
        """Give the user a request's Authorization header speaks for, or None."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):
            return None
        return self.user_of_token(token.strip())

    def user_of_token(self, token: str) -> str | None:
        """Give the user a token speaks for, or None; using a token keeps it alive."""
        session = self._sessions.get(token)
        if session is None:
            return None
        if self._has_run_out(session):
            del self._sessions[token]
            return None
        session.used = self._now()
        return session.user_id

    def open(self, user_id: str) -> str:
        """Issue a token to a user."""
        token = f"{self._store.org_id[:15]}!{self._secret()}"
        self._sessions[token] = _Session(user_id, self._now())
        return token

    def close(self, token: str) -> bool:
        """End a token; says whether there was one."""
        return self._sessions.pop(token, None) is not None

    def user_named(self, username: str) -> str | None:
        """Give the active user of a name, or None."""
        for user_id, row in self._store.database.table("User").rows.items():
            if str(row.get("Username", "")).lower() == username.lower() and row.get("IsActive"):
                return user_id
        return None

    def revoke(self, form: Mapping[str, str]) -> ApiResponse:
        """End a token, or keep a refresh token from being used again."""
        token = form.get("token", "")
        if self.close(token):
            return ApiResponse(status=200, text="", media_type="text/html;charset=UTF-8")
        if not token or token in self._dead_refresh_tokens or "!" in token:
            return _refusal(_RefusedError("invalid_token", "invalid token"))
        self._dead_refresh_tokens.add(token)
        return ApiResponse(status=200, text="", media_type="text/html;charset=UTF-8")

    def token(self, form: Mapping[str, str], authorization: str, base_url: str) -> ApiResponse:
        """Answer a token request of any flow."""
        try:
            user_id = self._granted(form, authorization)
        except _RefusedError as exc:
            return _refusal(exc)
        issued = str(int(self._now().timestamp() * 1000))
        token = self.open(user_id)
        body: JsonObject = {
            "access_token": token,
            "signature": _digest(token, issued),
            "scope": "api",
            "instance_url": base_url,
            "id": Identities(self._store, base_url).url(user_id),
            "token_type": "Bearer",
            "issued_at": issued,
        }
        refresh = form.get("refresh_token")
        if refresh and self._store.switches.refresh_token_rotates:
            self._dead_refresh_tokens.add(refresh)
            body["refresh_token"] = f"5Aep{self._secret()}"
        return ApiResponse(body=body)

    def _granted(self, form: Mapping[str, str], authorization: str) -> str:
        """Give the user whom a flow signs in; raises when it does not."""
        flow = form.get("grant_type")
        if flow == _JWT:
            return self._asserted(form.get("assertion", ""))
        if flow not in ("client_credentials", "refresh_token", "password"):
            raise _RefusedError("unsupported_grant_type", "grant type not supported")
        client, secret = _client_of(form, authorization)
        _demand(client, "invalid_client_id", "client identifier invalid")
        if flow == "client_credentials":
            _demand(secret, "invalid_client", "invalid client credentials")
            return self._running_user()
        if flow == "refresh_token":
            refresh = form.get("refresh_token", "")
            if not refresh or refresh in self._dead_refresh_tokens:
                raise _RefusedError("invalid_grant", "expired access/refresh token")
            return self._store.api_user_id
        _demand(secret, "invalid_client", "invalid client credentials")
        user_id = self.user_named(form.get("username", ""))
        if user_id is None or not form.get("password"):
            raise _RefusedError("invalid_grant", "authentication failure")
        return user_id

    def _running_user(self) -> str:
        user = self._store.database.table("User").live(self._store.api_user_id)
        if user is None or not user.get("IsActive"):
            raise _RefusedError("invalid_grant", "no client credentials user enabled")
        return self._store.api_user_id

    def _asserted(self, assertion: str) -> str:
        claims = _claims_of(assertion)
        _demand(_text(claims, "iss"), "invalid_client_id", "client identifier invalid")
        if not _text(claims, "aud").startswith(("https://", "http://")):
            raise _RefusedError("invalid_grant", "audience is invalid")
        self._check_expiry(_text(claims, "exp"))
        user_id = self.user_named(_text(claims, "sub"))
        if user_id is None:
            raise _RefusedError("invalid_grant", "user hasn't approved this consumer")
        return user_id

    def _check_expiry(self, written: str) -> None:
        """Refuse an assertion that has expired or lives too long; `exp` may come as a text."""
        number = written.partition(".")[0]
        if not number.isdecimal() or len(number) > len(str(_SECONDS_OF_MILLENNIA)):
            raise _RefusedError("invalid_grant", "invalid assertion")
        left = int(number) - self._now().timestamp()
        if left <= 0:
            raise _RefusedError("invalid_grant", "assertion has expired")
        ceiling = self._store.switches.assertion_ceiling
        if ceiling > timedelta(0) and left > ceiling.total_seconds() + 1:
            raise _RefusedError("invalid_grant", "assertion expires too late")

    def _has_run_out(self, session: _Session) -> bool:
        life = self._store.switches.session_life
        if session.is_announced or life <= timedelta(0):
            return False
        return self._now() - session.used > life

    def _now(self) -> datetime:
        return self._store.database.clock.now()

    def _secret(self) -> str:
        """Make up a secret like the platform's: no dots, so no client takes it for a JWT."""
        self._issued += 1
        return _digest(self._seed, str(self._issued)).replace("=", "")


def _refusal(refused: _RefusedError) -> ApiResponse:
    body: JsonObject = {"error": refused.error, "error_description": refused.description}
    return ApiResponse(status=400, body=body)


def _demand(value: str, error: str, description: str) -> None:
    if not value:
        raise _RefusedError(error, description)


def _client_of(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Give client id and secret, from HTTP Basic or from the form."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return client, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _claims_of(assertion: str) -> Mapping[str, Json]:
    """Read the claims of a JWT; its signature is not checked, the sandbox has no certificate."""
    parts = assertion.split(".")
    if len(parts) != 3:
        raise _RefusedError("invalid_grant", "invalid assertion")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = read_json(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error) as exc:
        raise _RefusedError("invalid_grant", "invalid assertion") from exc
    if not isinstance(claims, dict):
        raise _RefusedError("invalid_grant", "invalid assertion")
    return claims


def _text(claims: Mapping[str, Json], name: str) -> str:
    value = claims.get(name)
    return "" if value is None else str(value)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().replace("-", "_")
