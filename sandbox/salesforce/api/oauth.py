"""Tokens and who they belong to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiResponse
from sandbox.salesforce.model import Row
from sandbox.salesforce.store import SalesforceStore

__all__ = ["Sessions"]


class _RefusedError(Exception):
    """A token request was refused."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class Sessions:
    """Issues and knows access tokens; every grant runs as the org's API user.

    Any client may log in who brings what its flow demands: the sandbox holds no secrets of its
    own that it could compare.
    """

    def __init__(self, store: SalesforceStore, token: str) -> None:
        """Accept `token` from the start."""
        self._store = store
        self._tokens = {token}
        self._seed = token

    def user_of(self, authorization: str) -> str | None:
        """Give the user a request's Authorization header speaks for, or None."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or token.strip() not in self._tokens:
            return None
        return self._store.api_user_id

    def revoke(self, form: Mapping[str, str]) -> ApiResponse:
        """End a token."""
        if form.get("token", "") not in self._tokens:
            return _refusal(_RefusedError("unsupported_token_type", "this token is not known"))
        self._tokens.discard(form["token"])
        return ApiResponse(status=200, body={})

    def token(self, form: Mapping[str, str], authorization: str, base_url: str) -> ApiResponse:
        """Answer a token request of any flow."""
        try:
            self._check_grant(form, authorization)
        except _RefusedError as exc:
            return _refusal(exc)
        issued = str(int(self._store.database.clock.now().timestamp() * 1000))
        token = self._issue()
        return ApiResponse(
            body={
                "access_token": token,
                "signature": _digest(token, issued),
                "scope": "api",
                "instance_url": base_url,
                "id": self._identity_url(base_url),
                "token_type": "Bearer",
                "issued_at": issued,
            }
        )

    def user_info(self, base_url: str) -> ApiResponse:
        """Give the user and org behind a token, as OpenID does."""
        user = self._user()
        return ApiResponse(
            body={
                "sub": self._identity_url(base_url),
                "user_id": self._store.api_user_id,
                "organization_id": self._store.org_id,
                "preferred_username": user.get("Username"),
                "nickname": user.get("Alias"),
                "name": user.get("Name"),
                "email": user.get("Email"),
                "email_verified": True,
                "given_name": user.get("FirstName"),
                "family_name": user.get("LastName"),
                "zoneinfo": user.get("TimeZoneSidKey"),
                "profile": f"{base_url}/{self._store.api_user_id}",
                "urls": self._urls(base_url),
                "active": user.get("IsActive"),
                "user_type": "STANDARD",
                "language": user.get("LanguageLocaleKey"),
                "locale": user.get("LocaleSidKey"),
                "utcOffset": 0,
                "updated_at": user.get("LastModifiedDate"),
            }
        )

    def identity(self, org_id: str, user_id: str, base_url: str) -> ApiResponse | None:
        """Give what the identity address of a token answer leads to, or None."""
        if org_id != self._store.org_id or user_id != self._store.api_user_id:
            return None
        user = self._user()
        return ApiResponse(
            body={
                "id": self._identity_url(base_url),
                "asserted_user": True,
                "user_id": user_id,
                "organization_id": org_id,
                "username": user.get("Username"),
                "nick_name": user.get("Alias"),
                "display_name": user.get("Name"),
                "email": user.get("Email"),
                "email_verified": True,
                "first_name": user.get("FirstName"),
                "last_name": user.get("LastName"),
                "timezone": user.get("TimeZoneSidKey"),
                "urls": self._urls(base_url),
                "active": user.get("IsActive"),
                "user_type": "STANDARD",
                "language": user.get("LanguageLocaleKey"),
                "locale": user.get("LocaleSidKey"),
                "utcOffset": 0,
                "last_modified_date": user.get("LastModifiedDate"),
                "is_app_installed": True,
            }
        )

    def _check_grant(self, form: Mapping[str, str], authorization: str) -> None:
        match form.get("grant_type"):
            case "client_credentials":
                client, secret = _client_of(form, authorization)
                _demand(client, "invalid_client_id", "client identifier invalid")
                _demand(secret, "invalid_client", "invalid client credentials")
            case "refresh_token":
                client, _ = _client_of(form, authorization)
                _demand(client, "invalid_client_id", "client identifier invalid")
                token = form.get("refresh_token", "")
                _demand(token, "invalid_grant", "expired access/refresh token")
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                self._check_assertion(form.get("assertion", ""))
            case "password":
                client, secret = _client_of(form, authorization)
                _demand(client, "invalid_client_id", "client identifier invalid")
                given = secret and form.get("username") and form.get("password")
                _demand(given or "", "invalid_grant", "authentication failure")
            case _:
                raise _RefusedError("unsupported_grant_type", "grant type not supported")

    def _check_assertion(self, assertion: str) -> None:
        claims = _claims_of(assertion)
        _demand(_text(claims, "iss"), "invalid_client_id", "client identifier invalid")
        _demand(_text(claims, "sub"), "invalid_grant", "user hasn't approved this consumer")
        if not _text(claims, "aud").startswith(("https://", "http://")):
            raise _RefusedError("invalid_grant", "audience is invalid")
        expires = _text(claims, "exp")
        now = self._store.database.clock.now().timestamp()
        if not expires.replace(".", "", 1).isdigit() or float(expires) <= now:
            raise _RefusedError("invalid_grant", "assertion has expired")

    def _issue(self) -> str:
        """Make a token that looks like the platform's: no dots, so no client takes it for a JWT."""
        number = str(len(self._tokens))
        token = f"{self._store.org_id[:15]}!{_digest(self._seed, number)}".replace("=", "")
        self._tokens.add(token)
        return token

    def _user(self) -> Row:
        return self._store.database.table("User").rows[self._store.api_user_id]

    def _identity_url(self, base_url: str) -> str:
        return f"{base_url}/id/{self._store.org_id}/{self._store.api_user_id}"

    def _urls(self, base_url: str) -> JsonObject:
        lead = f"{base_url}/services/data/v{{version}}"
        return {
            "rest": f"{lead}/",
            "sobjects": f"{lead}/sobjects/",
            "query": f"{lead}/query/",
            "profile": f"{base_url}/{self._store.api_user_id}",
        }


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
        claims = json.loads(base64.urlsafe_b64decode(padded))
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
