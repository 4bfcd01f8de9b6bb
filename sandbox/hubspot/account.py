"""The portal itself, and the day's calls."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.jsontypes import JsonObject

__all__ = ["Account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the portal is."""

    id: int = 24_681_012
    name: str = "Sandbox portal"
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"

    def to_wire(self) -> JsonObject:
        """Give the account's details as the API does."""
        return {
            "portalId": self.id,
            "accountType": "STANDARD",
            "timeZone": self.time_zone,
            "companyCurrency": self.currency,
            "additionalCurrencies": [],
            "utcOffset": "+01:00",
            "utcOffsetMilliseconds": 3_600_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
