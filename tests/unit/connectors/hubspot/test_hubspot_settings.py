from __future__ import annotations

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings
from sync.domain.errors import ConfigError, CredentialError


@pytest.mark.parametrize(
    "address",
    ["https://api.hubapi.com", "http://127.0.0.1:8901", "http://localhost:1", "http://[::1]:8901/"],
)
def test_safe_addresses_are_taken_without_their_last_slash(address):
    settings = HubSpotSettings(access_token="x", base_url=address)

    assert settings.base_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://api.hubapi.com",
        "http://10.0.0.1:80",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "api.hubapi.com",
        "https://api.hubapi.com/crm",
        "https://user:secret@api.hubapi.com",
    ],
)
def test_addresses_that_would_show_the_token_or_never_work_are_refused(address):
    with pytest.raises(ConfigError) as caught:
        HubSpotSettings(access_token="x", base_url=address)

    assert "secret" not in str(caught.value)


def test_empty_token_says_where_to_set_it():
    with pytest.raises(CredentialError, match="HUBSPOT_ACCESS_TOKEN"):
        HubSpotSettings(access_token=" ")


def test_version_may_be_given_as_text():
    settings = HubSpotSettings(access_token="x", api_version="2026-09")

    assert settings.api_version is ApiVersion.SEPTEMBER_2026


def test_unknown_version_lists_the_known_ones():
    with pytest.raises(ConfigError, match="numbered, 2026-03, 2026-09"):
        HubSpotSettings(access_token="x", api_version="v3")


def test_digest_changes_with_token_and_address_and_shows_neither():
    one = HubSpotSettings(access_token="pat-one")
    other = HubSpotSettings(access_token="pat-two")
    elsewhere = HubSpotSettings(access_token="pat-one", base_url="http://127.0.0.1:1")

    assert len({one.digest(), other.digest(), elsewhere.digest()}) == 3
    assert one.digest() == HubSpotSettings(access_token="pat-one").digest()
    assert "pat" not in one.digest()
