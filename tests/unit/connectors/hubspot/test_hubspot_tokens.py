"""An OAuth app's access tokens: asked for once, renewed before they end or once turned down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot import HubSpotSettings, connect
from sync.domain.errors import CredentialError, UnavailableError
from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome
from tests.unit.connectors.hubspot.conftest import NOW, Wire

TOKEN = "/oauth/v3/token"
DETAILS = "/account-info/v3/details"
CREATE = "/crm/v3/objects/contacts/batch/create"


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(wire: Wire, clock: Hands) -> Iterator[Crm]:
    settings = HubSpotSettings(
        base_url=wire.url, client_id="app-1", client_secret="s3cr3t", refresh_token="na1-refresh"
    )
    crm = connect(settings, sleep=wire.waits.append, clock=clock)
    yield crm
    crm.close()


def granted(token: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = {"token_type": "bearer", "access_token": token, "refresh_token": "na1-refresh"}
    return (200, {**answer, "expires_in": 1800, **more})


def account() -> tuple[int, dict[str, Any]]:
    return (200, {"portalId": 1, "uiDomain": "app.hubspot.com"})


def expired() -> tuple[int, dict[str, Any]]:
    return (401, {"status": "error", "message": "x", "category": "EXPIRED_AUTHENTICATION"})


def bearers(wire: Wire, path: str) -> list[str]:
    return [one.headers["Authorization"] for one in wire.sent(path)]


def test_token_is_asked_for_once_with_the_apps_words(wire: Wire, app: Crm) -> None:
    wire.on("POST", TOKEN, granted("first"))
    wire.on("GET", DETAILS, account())

    app.account()
    app.account()

    assert bearers(wire, DETAILS) == ["Bearer first", "Bearer first"]
    [asked] = wire.sent(TOKEN)
    assert asked.form == {
        "grant_type": "refresh_token",
        "client_id": "app-1",
        "client_secret": "s3cr3t",
        "refresh_token": "na1-refresh",
    }


@pytest.mark.parametrize(
    ("minutes", "used"), [(28, ["Bearer first"] * 2), (29.5, ["Bearer first", "Bearer second"])]
)
def test_token_is_renewed_shortly_before_its_end(
    wire: Wire, app: Crm, clock: Hands, minutes: float, used: list[str]
) -> None:
    wire.on("POST", TOKEN, granted("first"), granted("second"))
    wire.on("GET", DETAILS, account())

    app.account()
    clock.now += timedelta(minutes=minutes)
    app.account()

    assert bearers(wire, DETAILS) == used


def test_token_that_ended_early_is_renewed_once_and_the_call_is_made_again(
    wire: Wire, app: Crm
) -> None:
    wire.on("POST", TOKEN, granted("first"), granted("second"))
    made = {"id": "9", "properties": {"email": "a@b.co"}, "objectWriteTraceId": "t"}
    wire.on("POST", CREATE, expired(), (201, {"status": "COMPLETE", "results": [made]}))
    write = Write(
        token="t", kind=WriteKind.CREATE, object_name="contacts", values={"email": "a@b.co"}
    )

    [result] = app.apply([write])

    assert (result.outcome, result.id) == (WriteOutcome.DONE, "9")
    assert bearers(wire, CREATE) == ["Bearer first", "Bearer second"]


def test_token_that_is_turned_down_again_is_told(wire: Wire, app: Crm) -> None:
    wire.on("POST", TOKEN, granted("first"), granted("second"))
    wire.on("GET", DETAILS, expired())

    with pytest.raises(CredentialError):
        app.account()

    assert len(wire.sent(DETAILS)) == 2


def test_new_refresh_token_is_used_from_then_on(wire: Wire, app: Crm, clock: Hands) -> None:
    wire.on("POST", TOKEN, granted("first", refresh_token="na1-next"), granted("second"))
    wire.on("GET", DETAILS, account())

    app.account()
    clock.now += timedelta(hours=1)
    app.account()

    assert [one.form["refresh_token"] for one in wire.sent(TOKEN)] == ["na1-refresh", "na1-next"]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        {"error": "invalid_grant", "error_description": "missing or invalid refresh token"},
        "<html>",
    ],
)
def test_refused_refresh_token_says_what_to_do(wire: Wire, app: Crm, body: Any) -> None:
    wire.on("POST", TOKEN, (400, body))

    with pytest.raises(CredentialError, match="connect it again") as refused:
        app.account()

    assert "na1-refresh" not in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("reply", [(503, "busy"), (200, "<html>"), (200, {"token_type": "bearer"})])
def test_token_address_that_is_down_is_asked_again_and_told(
    wire: Wire, app: Crm, reply: Any
) -> None:
    wire.on("POST", TOKEN, reply)

    with pytest.raises(UnavailableError) as down:
        app.account()

    assert not down.value.maybe_done
    assert len(wire.sent(TOKEN)) > 1


def test_dated_version_asks_the_dated_address(wire: Wire) -> None:
    settings = HubSpotSettings(
        base_url=wire.url,
        client_id="app-1",
        client_secret="s3cr3t",
        refresh_token="na1-refresh",
        api_version="2026-09",  # type: ignore[arg-type]
    )
    wire.on("POST", "/oauth/2026-09/token", granted("first"))
    wire.on("GET", "/account-info/2026-09/details", account())
    crm = connect(settings, sleep=wire.waits.append, clock=lambda: NOW)

    assert crm.account().id == "1"
    crm.close()


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "refresh_token"])
def test_part_of_an_app_that_is_missing_is_named(missing: str) -> None:
    parts: dict[str, Any] = {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
    parts[missing] = ""

    with pytest.raises(CredentialError, match=f"HUBSPOT_{missing.upper()} is empty"):
        HubSpotSettings(**parts)


def test_secrets_of_an_app_are_not_shown() -> None:
    settings = HubSpotSettings(client_id="a", client_secret="s3cr3t", refresh_token="na1-refresh")

    assert "s3cr3t" not in repr(settings)
    assert "na1-refresh" not in repr(settings)
    other = HubSpotSettings(client_id="a", client_secret="s3cr3t", refresh_token="na1-other")
    assert settings.digest() != other.digest()
