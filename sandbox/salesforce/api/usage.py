"""The org's budget of calls, counted over the last 24 hours."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.jsontypes import JsonObject
from sandbox.salesforce.api.allowances import ALLOWANCES
from sandbox.salesforce.rules import Switches

__all__ = ["Usage"]

_WINDOW = timedelta(hours=24)
_STEP = timedelta(minutes=5)


class Usage:
    """Counts calls in steps of five minutes, so that a day of them stays small."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        """Start with nothing used; `switches` holds the daily budget."""
        self._clock = clock
        self._switches = switches
        self._steps: deque[tuple[datetime, int]] = deque()
        self._used = 0

    def count(self, calls: int) -> None:
        """Note calls made now."""
        now = self._clock.now()
        if self._steps and now - self._steps[-1][0] < _STEP:
            began, before = self._steps[-1]
            self._steps[-1] = (began, before + calls)
        else:
            self._steps.append((now, calls))
        self._used += calls

    @property
    def used(self) -> int:
        """Give how many calls the last 24 hours saw."""
        oldest = self._clock.now() - _WINDOW
        while self._steps and self._steps[0][0] <= oldest:
            self._used -= self._steps.popleft()[1]
        return self._used

    @property
    def total(self) -> int:
        """Give the budget of a day."""
        return self._switches.daily_calls

    @property
    def is_spent(self) -> bool:
        """Say whether no call is left."""
        return self.used >= self.total

    def header(self) -> str:
        """Give the value of Sforce-Limit-Info."""
        return f"api-usage={self.used}/{self.total}"

    def limits(self, batches: int = 0, query_jobs: int = 0) -> JsonObject:
        """Give the org's limits as `/limits` shows them, with what bulk jobs have used."""
        used = {
            "DailyApiRequests": self.used,
            "DailyBulkApiBatches": batches,
            "DailyBulkV2QueryJobs": query_jobs,
        }
        most = {**ALLOWANCES, "DailyApiRequests": self.total}
        shown: JsonObject = {
            name: {"Max": limit, "Remaining": max(0, limit - used.get(name, 0))}
            for name, limit in sorted(most.items())
        }
        shown["PermissionSets"] = {
            "Max": 1_500,
            "Remaining": 1_500,
            "CreateCustom": {"Max": 1_000, "Remaining": 1_000},
        }
        return dict(sorted(shown.items()))
