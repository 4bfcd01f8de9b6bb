"""What the connector must be told of an org, and the checks that need no call."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from sync.domain.errors import ConfigError

__all__ = [
    "DEFAULT_API_VERSION",
    "DEFAULT_BULK_FROM",
    "AuthKind",
    "SalesforceSettings",
    "instance_address",
    "is_loopback",
    "login_address",
]

#: Above the versions that are being retired and what we use needs (52 for the duplicate-rule
#: header), below the newest, so that an org the platform has not upgraded yet answers too; the
#: newest version that still offers SOAP login, should an admin's other tools share the setting.
DEFAULT_API_VERSION = "64.0"

#: A bulk job takes fewer calls than collections of 200 from 2,000 rows on, and more time at any
#: size; from here on it saves two calls of three. `python -m bench --only bulk` measures both.
DEFAULT_BULK_FROM = 5_000


class AuthKind(StrEnum):
    """How the connector comes by its access token."""

    SESSION = "session"
    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a flow, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSettings:
    """How to reach one org and as whom; secrets never show in its text form.

    `domain` is the login host (My Domain for client credentials), `instance_url` the address of
    the org and needed for a session only. `leave` is the share of the day's calls left to others.
    From `bulk_from` records on a write goes by a bulk job, never where it is 0.
    Time-outs are in seconds.
    """

    auth: AuthKind = AuthKind.SESSION
    instance_url: str = ""
    access_token: str = field(default="", repr=False)
    domain: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    private_key: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    api_version: str = DEFAULT_API_VERSION
    leave: Decimal = Decimal("0.5")
    bulk_from: int = DEFAULT_BULK_FROM
    connect_timeout: float = 5
    read_timeout: float = 120

    def __post_init__(self) -> None:
        """Refuse settings that cannot work, before anything is sent."""
        _need(self, _NEEDED[self.auth])
        if self.api_version.startswith("v") or not self.api_version.endswith(".0"):
            raise ConfigError(
                f"salesforce.api_version: '{self.api_version}' is not a version; write it like "
                f"'{DEFAULT_API_VERSION}'."
            )
        if re.search(r"\s", self.access_token):
            # The vendor's error for it would quote the token.
            raise ConfigError(
                "salesforce: the access token holds a space or a line break; copy it again, whole "
                "and on one line."
            )
        if self.instance_url:
            instance_address(self.instance_url)
        if self.auth is AuthKind.CLIENT_CREDENTIALS and _is_shared_login(self.domain):
            raise ConfigError(
                f"salesforce.domain: '{self.domain}' does not serve client credentials; write "
                "the org's own My Domain host, like 'acme.my.salesforce.com'."
            )

    def digest(self) -> str:
        """Give a digest of address and credentials; it tells that they changed, nothing else."""
        told = [
            self.auth,
            self.instance_url,
            self.domain,
            self.client_id,
            self.username,
            self.client_secret,
            self.private_key,
            self.refresh_token,
            self.access_token,
        ]
        return hashlib.sha256("\0".join(told).encode()).hexdigest()


_NEEDED: dict[AuthKind, tuple[str, ...]] = {
    AuthKind.SESSION: ("instance_url", "access_token"),
    AuthKind.CLIENT_CREDENTIALS: ("domain", "client_id", "client_secret"),
    AuthKind.JWT: ("client_id", "username", "private_key"),
    AuthKind.REFRESH_TOKEN: ("client_id", "refresh_token"),
}


def _need(settings: SalesforceSettings, names: tuple[str, ...]) -> None:
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        variables = ", ".join(f"SALESFORCE_{name.upper()}" for name in missing)
        raise ConfigError(
            f"salesforce: with `auth: {settings.auth}` also set {', '.join(missing)} in "
            f"revloop.yaml, or {variables} in the environment."
        )


def instance_address(url: str) -> str:
    """Give scheme and host of an org's address; refuse what API calls cannot go to."""
    address = _address(url, setting="salesforce.instance_url")
    host = urlsplit(address).hostname or ""
    if host.endswith((".lightning.force.com", ".visual.force.com")):
        raise ConfigError(
            f"salesforce.instance_url: '{host}' serves pages, not the API; write the My Domain "
            "host, which ends in '.my.salesforce.com'."
        )
    return address


def login_address(domain: str) -> str:
    """Give scheme and host that tokens are asked from."""
    name = domain or "login"
    if "/" not in name and (name in {"login", "test"} or name.endswith(".my")):
        name = f"{name}.salesforce.com"
    return _address(name, setting="salesforce.domain")


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _address(url: str, *, setting: str) -> str:
    """Give scheme, host and port; https, or http where nothing leaves the machine."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port
    except ValueError as exc:
        raise ConfigError(f"{setting}: '{url}' is not an address.") from exc
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{setting}: '{url}' is not an address; it begins with 'https://'.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"{setting}: '{url}' would send the access token unencrypted; plain http is taken "
            "for loopback addresses only. Write 'https://'."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _is_shared_login(domain: str) -> bool:
    return (urlsplit(login_address(domain)).hostname or "").split(".")[0] in {"login", "test"}
