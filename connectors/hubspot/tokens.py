"""Access tokens: one that was given, or those of an OAuth app, each good for half an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol
from urllib.parse import urlencode

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from connectors.hubspot.calls import Answer, Operation
from connectors.hubspot.faults import SYSTEM, fault_of_answer, fault_of_connection
from connectors.hubspot.paths import TOKEN, Paths
from connectors.hubspot.problems import problem_of
from connectors.hubspot.settings import HubSpotSettings
from sync.domain.errors import CredentialError

__all__ = ["Tokens", "tokens_of"]

#: A token is renewed this long before its end, so that none ends on its way.
_BEFORE_THE_END = timedelta(seconds=60)
#: How long a token is taken to be good where the answer does not say.
_USUAL_LIFE = 1800

_RENEW = Operation(name="renew the access token", holds="access_token")


class Tokens(Protocol):
    """Gives the access token for the next call."""

    def current(self) -> str:
        """Give a token that is good by the clock."""
        ...

    def renewed(self, *, after: str) -> str | None:
        """Give another token than one that was turned down; None where there is no other."""
        ...


def tokens_of(
    settings: HubSpotSettings, pool: PoolManager, *, clock: Callable[[], datetime]
) -> Tokens:
    """Choose where tokens come from; nothing is called yet."""
    if settings.access_token:
        return _Given(settings.access_token)
    return _OfApp(settings, pool, clock=clock)


@dataclass(frozen=True, slots=True)
class _Given:
    """A token somebody made in HubSpot: good until somebody rotates it."""

    token: str = field(repr=False)

    def current(self) -> str:
        """Give the token as it was given."""
        return self.token

    def renewed(self, *, after: str) -> str | None:
        """Give none: there is only this one."""
        del after
        return None


class _OfApp:
    """The tokens of an app, asked for with its refresh token; threads renew one together once."""

    def __init__(
        self, settings: HubSpotSettings, pool: PoolManager, *, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._url = settings.base_url + Paths(settings.api_version).resolve(TOKEN)
        self._refresh_token = settings.refresh_token
        self._token = ""
        self._good_until = clock()
        self._lock = Lock()

    def current(self) -> str:
        """Give the token in use, or the next one shortly before it ends."""
        with self._lock:
            if not self._token or self._clock() >= self._good_until - _BEFORE_THE_END:
                self._renew()
            return self._token

    def renewed(self, *, after: str) -> str | None:
        """Give a newer token than the one turned down."""
        with self._lock:
            if self._token == after:
                self._renew()
            return self._token

    def _renew(self) -> None:
        asked_at = self._clock()
        body = self._ask().body
        life = body.get("expires_in")
        seconds = life if isinstance(life, int) and life > 0 else _USUAL_LIFE
        self._token = str(body["access_token"])
        self._good_until = asked_at + timedelta(seconds=seconds)
        # HubSpot gives the same one back; should it ever change, the old one may end.
        self._refresh_token = str(body.get("refresh_token") or self._refresh_token)

    def _ask(self) -> Answer:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "refresh_token": self._refresh_token,
        }
        try:
            reply = self._pool.request(
                "POST",
                self._url,
                body=urlencode(form),
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": "revloop",
                },
                timeout=self._settings.read_timeout,
            )
        except HTTPError as error:
            fault = fault_of_connection(error, _RENEW, address=self._settings.base_url)
            raise fault from error
        answer = Answer.parsed(reply.status, reply.headers, reply.data)
        if answer.status in (400, 401, 403):
            raise _refused(answer)
        fault_of_call = fault_of_answer(answer, _RENEW)
        if fault_of_call is not None:
            raise fault_of_call
        return answer


#: What HubSpot says is wrong with the app, and what that asks of an admin.
_APP = {
    "BAD_CLIENT_ID": "HubSpot knows no app with the client id given. Take HUBSPOT_CLIENT_ID from "
    "the app's page.",
    "BAD_CLIENT_SECRET": "HubSpot does not accept the app's client secret. Take "
    "HUBSPOT_CLIENT_SECRET anew from the app's page; it may have been rotated.",
    "invalid_client": "HubSpot does not accept the app's client id, or its client secret. Take "
    "HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET anew from the app's page; they may have been "
    "rotated.",
}
_GRANT = (
    "HubSpot does not accept the app's refresh token. See that HUBSPOT_CLIENT_ID, "
    "HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN belong to one app that is still "
    "connected to the account; else connect it again and take over the new refresh token."
)


def _refused(answer: Answer) -> CredentialError:
    problem = problem_of(answer)
    word = answer.body.get("error") or answer.body.get("status")
    code = str(word or problem.code or answer.status)
    return CredentialError(
        _APP.get(code, _GRANT),
        system=SYSTEM,
        operation=_RENEW.name,
        code=code,
        request_id=problem.request_id,
    )
