"""Access tokens: where they come from, and one renewal at a time for all threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import requests

from connectors.salesforce.faults import Call, read_fault, transport_error, unreadable_error
from connectors.salesforce.faults import token_error as refused_token
from connectors.salesforce.settings import (
    AuthKind,
    SalesforceSettings,
    instance_address,
    login_address,
)
from sync.domain.errors import ConfigError, CredentialError, RetryableError

if TYPE_CHECKING:
    from connectors.limits import Budget

__all__ = ["Token", "TokenKeeper", "TokenSource", "token_source"]

_ASSERTION_LIFE = timedelta(minutes=3)
_SIGN_IN = Call(operation="sign in")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the org it opens."""

    access_token: str = field(repr=False)
    instance_url: str


class TokenSource(Protocol):
    """Gives access tokens of one kind of sign-in."""

    def fetch(self) -> Token:
        """Fetch a token; raises CredentialError where Salesforce refuses."""
        ...

    def renew(self) -> Token:
        """Fetch another token after Salesforce turned the last one down."""
        ...


class TokenKeeper:
    """Keeps the token in use; threads that meet its end together renew it once."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._token: Token | None = None
        self._lock = Lock()

    def current(self) -> Token:
        """Give the token in use, fetching the first one."""
        with self._lock:
            if self._token is None:
                self._token = self._source.fetch()
            return self._token

    def renewed(self, *, after: Token) -> Token:
        """Give a newer token than the one turned down."""
        with self._lock:
            if self._token is None or self._token is after:
                self._token = self._source.renew()
            return self._token


def token_source(
    settings: SalesforceSettings,
    session: requests.Session,
    *,
    budget: Budget,
    clock: Callable[[], datetime],
) -> TokenSource:
    """Choose where tokens come from."""
    if settings.auth is AuthKind.SESSION:
        return _GivenSession(settings)
    return _SignIn(settings, session, budget=budget, clock=clock)


class _GivenSession:
    """A session somebody else opened: it cannot be renewed."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._token = Token(settings.access_token, instance_address(settings.instance_url))

    def fetch(self) -> Token:
        """Give the session as it was given."""
        return self._token

    def renew(self) -> Token:
        """Refuse: a given session ends when it ends."""
        raise CredentialError(
            "Salesforce turned down the access token: the session has ended or was revoked. Set "
            "a new SALESFORCE_ACCESS_TOKEN, or use `auth: client_credentials`, which renews "
            "itself.",
            system="Salesforce",
            operation=_SIGN_IN.operation,
            code="INVALID_SESSION_ID",
        )


class _SignIn:
    """Asks the org's token address; the same request gives the first token and every later one."""

    def __init__(
        self,
        settings: SalesforceSettings,
        session: requests.Session,
        *,
        budget: Budget,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._session = session
        self._budget = budget
        self._clock = clock
        self._address = login_address(settings.domain)

    def fetch(self) -> Token:
        """Ask for a token."""
        try:
            return _read_token(self._ask())
        except RetryableError as error:
            # Nothing of the call that needed the token was sent yet.
            error.maybe_done = False
            raise

    renew = fetch

    def _ask(self) -> requests.Response:
        self._budget.before()
        try:
            response = self._session.post(
                f"{self._address}/services/oauth2/token",
                data=self._form(),
                headers={"Accept": "application/json"},
                allow_redirects=False,
            )
        except requests.RequestException as exc:
            raise transport_error(exc, _SIGN_IN) from exc
        if response.status_code != requests.codes.ok:
            raise refused_token(read_fault(response.status_code, response.content), _SIGN_IN)
        return response

    def _form(self) -> dict[str, str]:
        settings = self._settings
        match settings.auth:
            case AuthKind.JWT:
                return {
                    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                    "assertion": self._assertion(),
                }
            case AuthKind.REFRESH_TOKEN:
                form = {
                    "grant_type": "refresh_token",
                    "refresh_token": settings.refresh_token,
                    "client_id": settings.client_id,
                }
                return form | (
                    {"client_secret": settings.client_secret} if settings.client_secret else {}
                )
        return {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
        }

    def _assertion(self) -> str:
        """Sign who we are with the private key."""
        import jwt

        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.username,
            "aud": self._address,
            "exp": int((self._clock() + _ASSERTION_LIFE).timestamp()),
        }
        try:
            return jwt.encode(claims, self._settings.private_key, algorithm="RS256")
        except (ValueError, TypeError, jwt.exceptions.InvalidKeyError) as exc:
            raise ConfigError(
                "salesforce.private_key: this is not a private key that can sign; give an RSA key "
                "in PEM form, with its '-----BEGIN …' and '-----END …' lines."
            ) from exc


def _read_token(response: requests.Response) -> Token:
    try:
        answer = response.json()
        return Token(str(answer["access_token"]), instance_address(str(answer["instance_url"])))
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise unreadable_error(_SIGN_IN) from exc
