from __future__ import annotations

import subprocess
import sys

import pytest

from connectors.salesforce import AuthKind, SalesforceSettings
from connectors.salesforce.settings import login_address
from sync.domain.errors import ConfigError


def test_missing_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="client_id, client_secret"):
        SalesforceSettings(auth=AuthKind.CLIENT_CREDENTIALS, domain="acme.my.salesforce.com")


def test_plain_http_is_refused_off_this_machine() -> None:
    with pytest.raises(ConfigError, match="loopback"):
        SalesforceSettings(instance_url="http://acme.example", access_token="t")


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_plain_http_is_taken_on_this_machine(host: str) -> None:
    SalesforceSettings(instance_url=f"http://{host}", access_token="t")


def test_the_address_of_pages_is_refused() -> None:
    with pytest.raises(ConfigError, match="My Domain"):
        SalesforceSettings(instance_url="https://acme.lightning.force.com", access_token="t")


def test_client_credentials_need_my_domain() -> None:
    with pytest.raises(ConfigError, match="My Domain"):
        SalesforceSettings(
            auth=AuthKind.CLIENT_CREDENTIALS, domain="test", client_id="i", client_secret="s"
        )


@pytest.mark.parametrize(
    ("domain", "address"),
    [
        ("", "https://login.salesforce.com"),
        ("test", "https://test.salesforce.com"),
        ("acme.my", "https://acme.my.salesforce.com"),
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
    ],
)
def test_the_login_host_is_made_of_the_domain(domain: str, address: str) -> None:
    assert login_address(domain) == address


def test_a_token_with_a_line_break_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError) as refusal:
        SalesforceSettings(instance_url="https://acme.my.salesforce.com", access_token="geheim\n")
    assert "geheim" not in str(refusal.value)


def test_secrets_do_not_show() -> None:
    settings = SalesforceSettings(
        instance_url="https://acme.my.salesforce.com",
        access_token="geheim",
        client_secret="geheim",
        private_key="geheim",
        refresh_token="geheim",
    )
    assert "geheim" not in repr(settings)


def test_the_digest_changes_with_any_credential() -> None:
    def digest(**more: str) -> str:
        return SalesforceSettings(
            **{"instance_url": "https://a.example", "access_token": "geheim"} | more  # type: ignore[arg-type]
        ).digest()

    assert digest() == digest()
    names = ("access_token", "client_secret", "private_key", "refresh_token", "instance_url")
    others = {digest(**{name: "https://b.example"}) for name in names}
    assert len(others | {digest()}) == len(names) + 1
    assert "geheim" not in digest()


def test_the_package_loads_without_the_vendor() -> None:
    code = "import sys, connectors.salesforce; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"simple_salesforce", "requests", "tenacity"} & set(loaded)
