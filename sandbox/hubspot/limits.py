"""HubSpot's limits on the rate of calls, and the headers that tell of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.clock import Clock
from sandbox.hubspot.errors import ApiError, daily_limit, secondly_limit, ten_secondly_limit
from sandbox.hubspot.stamps import iso, milliseconds
from sandbox.jsontypes import JsonObject

__all__ = ["CallLimits"]

_WINDOW = timedelta(seconds=10)
_SECOND = timedelta(seconds=1)


class CallLimits:
    """Counts calls in the last ten seconds, searches in the last second, and all of the day."""

    def __init__(
        self,
        clock: Clock,
        *,
        enforced: bool,
        time_zone: Callable[[], str],
        burst: int = 190,
        searches: int = 5,
        daily: int = 625_000,
    ) -> None:
        self.enforced = enforced
        self.burst = burst
        self.searches = searches
        self.daily = daily
        self.used_today = 0
        self._clock = clock
        self._zone = time_zone
        self._day = self._today()
        self._calls: deque[datetime] = deque()
        self._searches: deque[datetime] = deque()

    def admit(self, *, search: bool) -> ApiError | None:
        """Count one call, or give the refusal when a limit is reached."""
        self._turn_day()
        now = self._clock.now()
        window, length, most = (
            (self._searches, _SECOND, self.searches)
            if search
            else (self._calls, _WINDOW, self.burst)
        )
        while window and now - window[0] >= length:
            window.popleft()
        if self.enforced and self.used_today >= self.daily:
            return daily_limit()
        if self.enforced and len(window) >= most:
            return secondly_limit() if search else ten_secondly_limit()
        window.append(now)
        self.used_today += 1
        return None

    def headers(self, *, daily: bool = True) -> tuple[tuple[str, str], ...]:
        """Give the headers of an ordinary answer; search answers have none."""
        left = max(0, self.burst - len(self._calls))
        day = (
            ("X-HubSpot-RateLimit-Daily", str(self.daily)),
            ("X-HubSpot-RateLimit-Daily-Remaining", str(max(0, self.daily - self.used_today))),
        )
        return (
            *(day if daily else ()),
            ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
            ("X-HubSpot-RateLimit-Max", str(self.burst)),
            ("X-HubSpot-RateLimit-Remaining", str(left)),
        )

    def usage(self) -> JsonObject:
        """Give the day's usage as the API does."""
        self._turn_day()
        return {
            "name": "private-apps-api-calls-daily",
            "usageLimit": self.daily,
            "currentUsage": self.used_today,
            "collectedAt": iso(milliseconds(self._clock.now())),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(milliseconds(self._midnight())),
        }

    def reset(self) -> None:
        """Forget all calls."""
        self.used_today = 0
        self._calls.clear()
        self._searches.clear()

    def _today(self) -> datetime:
        local = self._clock.now().astimezone(ZoneInfo(self._zone()))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def _midnight(self) -> datetime:
        return self._today() + timedelta(days=1)

    def _turn_day(self) -> None:
        today = self._today()
        if today != self._day:
            self._day = today
            self.used_today = 0
