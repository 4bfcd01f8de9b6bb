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

    `leave` is the share of the day's calls to leave to others; times are in seconds.
    """

    access_token: str = field(repr=False)
    base_url: str = "https://api.hubapi.com"
    leave: Decimal = Decimal("0.4")
    connect_timeout: float = 5
    read_timeout: float = 60
    api_version: ApiVersion = ApiVersion.NUMBERED

    def __post_init__(self) -> None:
        """Refuse what could never work, or would send the token in the clear."""
        if not self.access_token.strip():
            raise CredentialError(
                "HubSpot: the access token is empty. Set HUBSPOT_ACCESS_TOKEN, or "
                "`hubspot: {token: ...}` in revloop.yaml.",
                system="HubSpot",
            )
        object.__setattr__(self, "base_url", _checked_address(self.base_url))
        object.__setattr__(self, "api_version", _checked_version(self.api_version))

    def digest(self) -> str:
        """Give a digest of address and token; it tells that they changed, nothing else."""
        return sha256(f"{self.base_url}\0{self.access_token}".encode()).hexdigest()


def _checked_address(address: str) -> str:
    parts = urlsplit(address.rstrip("/"))
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
