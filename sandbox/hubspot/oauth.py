"""The app that is installed in the portal, and the tokens it was given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.hubspot.stamps import milliseconds

__all__ = ["App", "Grant", "RefusedGrantError", "TokenBook", "TokenState"]

_LIFETIME_SECONDS = 1800
_CODE_LIFETIME_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A public app and its first connection to the portal; these open nothing but the sandbox."""

    id: int = 1_234_567
    client_id: str = "5a9d0b0c-0000-4000-8000-000000000001"
    client_secret: str = "5a9d0b0c-0000-4000-8000-000000000002"  # noqa: S105
    redirect_uri: str = "http://127.0.0.1/oauth/callback"
    refresh_token: str = "na1-5a9d-0b0c-4000-8000-000000000003"  # noqa: S105
    scopes: tuple[str, ...] = (
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.objects.deals.read",
        "crm.objects.deals.write",
        "crm.objects.owners.read",
        "crm.lists.read",
        "crm.lists.write",
        "marketing.campaigns.read",
        "marketing.campaigns.write",
        "marketing.campaigns.revenue.read",
    )
    user: str = "admin@example.com"
    user_id: int = 777


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and when it ends, in milliseconds; `refresh` is the token behind it."""

    token: str
    refresh: str
    ends: int


@dataclass(frozen=True, slots=True)
class TokenState:
    """What is known of an access token that was given out."""

    grant: Grant
    seconds_left: int

    @property
    def is_expired(self) -> bool:
        """Tell whether it opens nothing any more."""
        return self.seconds_left <= 0


class RefusedGrantError(Exception):
    """A token was refused: HubSpot's word for it, and OAuth's."""

    def __init__(self, status: str, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


@dataclass(slots=True)
class TokenBook:
    """Gives out access tokens and tells which are good."""

    clock: Clock
    app: App = field(default_factory=App)
    _refresh: set[str] = field(default_factory=set)
    _codes: dict[str, tuple[str, int]] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._refresh.add(self.app.refresh_token)

    def new_code(self, redirect_uri: str = "") -> str:
        """Give the code a user's consent would bring, good once and for ten minutes."""
        code = f"na1-{uuid.uuid4()}"
        ends = self._now() + _CODE_LIFETIME_SECONDS * 1000
        self._codes[code] = (redirect_uri or self.app.redirect_uri, ends)
        return code

    def exchange(self, form: Mapping[str, str]) -> Grant:
        """Give an access token for a code or a refresh token, or raise RefusedGrantError."""
        match form.get("grant_type"):
            case "refresh_token":
                self.check_client(form)
                return self._grant(self._known_refresh(form))
            case "authorization_code":
                self.check_client(form)
                return self._grant(self._redeemed(form))
        raise RefusedGrantError(
            "BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type"
        )

    def check_client(self, form: Mapping[str, str]) -> None:
        """Raise RefusedGrantError unless the app proves who it is."""
        if form.get("client_id") != self.app.client_id:
            raise RefusedGrantError(
                "BAD_CLIENT_ID", "invalid_client", "missing or invalid client id"
            )
        if form.get("client_secret") != self.app.client_secret:
            raise RefusedGrantError(
                "BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret"
            )

    def access(self, token: str) -> TokenState | None:
        """Tell of an access token; None if it was never given out."""
        grant = self._grants.get(token)
        if grant is None:
            return None
        return TokenState(grant, max(0, -(-(grant.ends - self._now()) // 1000)))

    def knows_refresh(self, token: str) -> bool:
        """Tell whether a refresh token still brings access tokens."""
        return token in self._refresh

    def revoke(self, token: str) -> bool:
        """End a refresh token; access tokens it brought stay good. Tell whether it was known."""
        known = token in self._refresh
        self._refresh.discard(token)
        return known

    def _known_refresh(self, form: Mapping[str, str]) -> str:
        token = form.get("refresh_token", "")
        if token not in self._refresh:
            raise RefusedGrantError(
                "BAD_REFRESH_TOKEN", "invalid_grant", "missing or invalid refresh token"
            )
        return token

    def _redeemed(self, form: Mapping[str, str]) -> str:
        code = form.get("code", "")
        redirect_uri, ends = self._codes.get(code, ("", 0))
        if ends <= self._now():
            raise RefusedGrantError(
                "BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code"
            )
        if form.get("redirect_uri") != redirect_uri:
            raise RefusedGrantError(
                "BAD_REDIRECT_URI", "invalid_grant", "missing or invalid redirect uri"
            )
        del self._codes[code]
        refresh = f"na1-{uuid.uuid4()}"
        self._refresh.add(refresh)
        return refresh

    def _grant(self, refresh: str) -> Grant:
        grant = Grant(f"CK{uuid.uuid4().hex}", refresh, self._now() + _LIFETIME_SECONDS * 1000)
        self._grants[grant.token] = grant
        return grant

    def _now(self) -> int:
        return milliseconds(self.clock.now())
