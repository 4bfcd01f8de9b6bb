"""How to reach a HubSpot account, and in which version of its API."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from sync.domain.errors import ConfigError, CredentialError

__all__ = ["ApiVersion", "HubSpotSettings"]


class ApiVersion(StrEnum):
    """Which family of paths is called; see docs/decisions/0002-hubspot-client-layer.md."""

    NUMBERED = "numbered"
    MARCH_2026 = "2026-03"
    SEPTEMBER_2026 = "2026-09"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotSettings:
    """Address, credentials and limits of one portal.

    The credentials are an access token, or else an app's id, secret and refresh token. `leave` is
    the share of the day's calls to leave to others; times are in seconds.
    """

    access_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    base_url: str = "https://api.hubapi.com"
    leave: Decimal = Decimal("0.4")
    connect_timeout: float = 5
    read_timeout: float = 60
    api_version: ApiVersion = ApiVersion.NUMBERED

    def __post_init__(self) -> None:
        """Refuse what could never work, or would send the token in the clear."""
        object.__setattr__(self, "access_token", self.access_token.strip())
        if not self.access_token:
            self._check_app()
        object.__setattr__(self, "base_url", _checked_address(self.base_url))
        object.__setattr__(self, "api_version", _checked_version(self.api_version))

    def digest(self) -> str:
        """Give a digest of address and credentials; it tells that they changed, nothing else."""
        app = f"{self.client_id}\0{self.refresh_token}"
        return sha256(f"{self.base_url}\0{self.access_token or app}".encode()).hexdigest()

    def _check_app(self) -> None:
        """Say what of an app's credentials is missing, or that there are none at all."""
        parts = {
            "HUBSPOT_CLIENT_ID": self.client_id,
            "HUBSPOT_CLIENT_SECRET": self.client_secret,
            "HUBSPOT_REFRESH_TOKEN": self.refresh_token,
        }
        missing = [name for name, value in parts.items() if not value.strip()]
        if len(missing) == len(parts):
            raise CredentialError(
                "HubSpot: the access token is empty. Set HUBSPOT_ACCESS_TOKEN, or "
                "`hubspot: {token: ...}` in revloop.yaml.",
                system="HubSpot",
            )
        if missing:
            raise CredentialError(
                f"HubSpot: an app needs {', '.join(parts)}; {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} empty.",
                system="HubSpot",
            )


def _checked_address(address: str) -> str:
    try:
        parts = urlsplit(address.rstrip("/"))
    except ValueError as error:
        raise ConfigError(f"HubSpot: the base URL {address!r} is not an address.") from error
    if parts.path or parts.query or parts.hostname is None or parts.username is not None:
        raise ConfigError(
            "HubSpot: the base URL must be scheme and host only, such as https://api.hubapi.com"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return address.rstrip("/")
    raise ConfigError(
        f"HubSpot: the base URL with host {parts.hostname} must start with https://; plain http "
        "is for loopback addresses only, since it shows the access token to everybody on the way."
    )


def _checked_version(version: str) -> ApiVersion:
    try:
        return ApiVersion(version)
    except ValueError as error:
        known = ", ".join(ApiVersion)
        raise ConfigError(f"HubSpot: api_version {version!r} is not one of {known}.") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
