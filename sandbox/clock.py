"""The sandbox's own time, which can be moved and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

__all__ = ["Clock"]

_END = datetime(3000, 1, 1, tzinfo=UTC)


class Clock:
    """Tells the time; `move` shifts it forward for everything that asks."""

    def __init__(self, *, start: datetime | None = None) -> None:
        """Start at the machine's time, or at `start` (aware) and run on from there."""
        self._lock = Lock()
        self._shift = timedelta(0) if start is None else start - datetime.now(UTC)

    def now(self) -> datetime:
        """Give the time now, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._shift

    def move(self, by: timedelta) -> None:
        """Move the time forward; moving it back or past 2999 raises ValueError."""
        if by < timedelta(0):
            raise ValueError("the sandbox's time only moves forward")
        with self._lock:
            if by > _END - (datetime.now(UTC) + self._shift):
                raise ValueError("the sandbox's time ends with the year 2999")
            self._shift += by
