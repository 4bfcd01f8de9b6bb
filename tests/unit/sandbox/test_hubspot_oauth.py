from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from sandbox.hubspot.switches import OAuthErrors
from tests.unit.sandbox.portal import CONTACTS, Portal

V1 = "/oauth/v1/token"
V3 = "/oauth/v3/token"
DATED = "/oauth/2026-03/token"


def ask(portal: Portal, path: str = V1, **more: str) -> requests.Response:
    app = portal.store.tokens.app
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
        **more,
    }
    return requests.post(portal.url + path, data=form, timeout=10)


def call_with(portal: Portal, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{portal.url}{CONTACTS}", headers=headers, timeout=10)


def test_refresh_token_brings_an_access_token(portal: Portal):
    answer = ask(portal)
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) == {"token_type", "refresh_token", "access_token", "expires_in"}
    assert told["refresh_token"] == portal.store.tokens.app.refresh_token
    assert told["expires_in"] == 1800
    assert call_with(portal, told["access_token"]).status_code == 200


@pytest.mark.parametrize("path", [V3, DATED, "/oauth/2026-09/token"])
def test_newer_paths_tell_whose_the_token_is(portal: Portal, path: str):
    told = ask(portal, path).json()
    assert told["hub_id"] == portal.store.account.id
    assert {"scopes", "user_id", "access_token"} <= set(told)


def test_access_token_ends_after_half_an_hour(portal: Portal):
    token = ask(portal).json()["access_token"]
    portal.clock.move(timedelta(minutes=29))
    assert call_with(portal, token).status_code == 200
    portal.clock.move(timedelta(minutes=2))
    answer = call_with(portal, token)
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_app_is_not_told_of_the_days_quota(portal: Portal):
    headers = call_with(portal, ask(portal).json()["access_token"]).headers
    assert "X-HubSpot-RateLimit-Remaining" in headers
    assert "X-HubSpot-RateLimit-Daily" not in headers


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"refresh_token": "x"}, "BAD_REFRESH_TOKEN", "invalid_grant"),
        ({"client_id": "x"}, "BAD_CLIENT_ID", "invalid_client"),
        ({"client_secret": "x"}, "BAD_CLIENT_SECRET", "invalid_client"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE", "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "BAD_AUTH_CODE", "invalid_grant"),
    ],
)
def test_wrong_word_is_refused_in_each_versions_form(
    portal: Portal, wrong: dict, status: str, error: str
):
    old, new = ask(portal, **wrong), ask(portal, DATED, **wrong)
    assert (old.status_code, old.json()["status"]) == (400, status)
    assert "error" not in old.json()
    assert (new.status_code, new.json()["error"]) == (400, error)


def test_one_form_of_refusal_everywhere_where_the_switch_says_so(portal: Portal):
    portal.store.switches.oauth_errors = OAuthErrors.STATUS
    assert ask(portal, DATED, refresh_token="x").json()["status"] == "BAD_REFRESH_TOKEN"
    portal.store.switches.oauth_errors = OAuthErrors.ERROR
    assert ask(portal, refresh_token="x").json()["error"] == "invalid_grant"


def test_code_is_good_once_for_its_redirect_address(portal: Portal):
    code = portal.store.tokens.new_code("http://localhost/back")
    words = {"grant_type": "authorization_code", "code": code}
    refused = ask(portal, **words, redirect_uri="http://localhost/other")
    assert refused.json()["status"] == "BAD_REDIRECT_URI"
    first = ask(portal, **words, redirect_uri="http://localhost/back")
    assert first.status_code == 200
    assert ask(portal, refresh_token=first.json()["refresh_token"]).status_code == 200
    again = ask(portal, **words, redirect_uri="http://localhost/back")
    assert again.json()["status"] == "BAD_AUTH_CODE"


def test_code_ends_after_ten_minutes(portal: Portal):
    code = portal.store.tokens.new_code("http://localhost/back")
    portal.clock.move(timedelta(minutes=11))
    words = {"grant_type": "authorization_code", "redirect_uri": "http://localhost/back"}
    assert ask(portal, **words, code=code).json()["status"] == "BAD_AUTH_CODE"


def test_access_token_tells_whose_it_is(portal: Portal):
    token = ask(portal).json()["access_token"]
    portal.clock.move(timedelta(seconds=600))
    told = requests.get(f"{portal.url}/oauth/v1/access-tokens/{token}", timeout=10).json()
    assert (told["token"], told["hub_id"]) == (token, portal.store.account.id)
    assert 1190 <= told["expires_in"] <= 1200
    portal.clock.move(timedelta(seconds=1300))
    gone = requests.get(f"{portal.url}/oauth/v1/access-tokens/{token}", timeout=10)
    assert gone.status_code == 404


def test_deleted_refresh_token_brings_nothing_but_its_access_tokens_stay(portal: Portal):
    refresh = portal.store.tokens.app.refresh_token
    token = ask(portal).json()["access_token"]
    path = f"{portal.url}/oauth/v1/refresh-tokens/{refresh}"
    assert requests.get(path, timeout=10).json()["token_type"] == "refresh"
    assert requests.delete(path, timeout=10).status_code == 204
    assert ask(portal).status_code == 400
    assert call_with(portal, token).status_code == 200


def test_token_is_introspected_and_revoked_on_the_newer_paths(portal: Portal):
    refresh = portal.store.tokens.app.refresh_token
    app = portal.store.tokens.app
    form = {"token": refresh, "client_id": app.client_id, "client_secret": app.client_secret}

    def send(verb: str) -> requests.Response:
        return requests.post(f"{portal.url}{DATED}/{verb}", data=form, timeout=10)

    told = send("introspect").json()
    assert (told["active"], told["token_use"]) == (True, "refresh_token")
    assert send("revoke").status_code == 204
    assert send("introspect").json() == {"active": False}


def test_token_is_asked_for_with_a_form(portal: Portal):
    answer = requests.post(portal.url + V1, json={"grant_type": "refresh_token"}, timeout=10)
    assert answer.status_code == 415


def test_inspection_by_path_is_only_on_the_first_version(portal: Portal):
    assert portal.get("/oauth/2026-03/access-tokens/x").status_code == 404


def test_asking_for_tokens_costs_no_call(portal: Portal):
    ask(portal)
    assert portal.service.limits.used_today == 0
