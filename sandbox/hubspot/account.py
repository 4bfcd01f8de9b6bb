"""The portal itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.jsontypes import JsonObject

__all__ = ["ACCOUNT_TYPES", "Account"]

ACCOUNT_TYPES = ("STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the portal is."""

    id: int = 24_681_012
    name: str = "Sandbox portal"
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    more_currencies: tuple[str, ...] = ()
    type: str = "STANDARD"
    ui_domain: str = "app.hubspot.com"
    hosted_in: str = "na1"

    def to_wire(self, now: datetime) -> JsonObject:
        """Give the account's details as the API does, with the offset its time has now."""
        offset = now.astimezone(ZoneInfo(self.time_zone)).utcoffset() or timedelta(0)
        minutes = offset // timedelta(minutes=1)
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        return {
            "portalId": self.id,
            "accountType": self.type,
            "timeZone": self.time_zone,
            "companyCurrency": self.currency,
            "additionalCurrencies": [*self.more_currencies],
            "utcOffset": f"{sign}{hours:02d}:{rest:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": self.ui_domain,
            "dataHostingLocation": self.hosted_in,
        }
