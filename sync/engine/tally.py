"""Counting what a run did, for each pair and side."""

from __future__ import annotations

from collections import Counter

from sync.domain.record import Side

__all__ = ["COUNTS", "Tally"]

#: The counts of `sync --json`, in its order.
COUNTS = (
    "created",
    "updated",
    "linked",
    "unlinked",
    "archived",
    "held",
    "errors",
    "unchanged",
    "left_out",
)


class Tally:
    """Counts by pair, side and what was done."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._counts: Counter[tuple[str, Side, str]] = Counter()

    def count(self, pair: str, side: Side, what: str, number: int = 1) -> None:
        """Add to one count."""
        self._counts[pair, side, what] += number

    def get(self, pair: str, side: Side, what: str) -> int:
        """Give one count."""
        return self._counts[pair, side, what]

    def of_pair(self, pair: str) -> dict[Side, dict[str, int]]:
        """Give all counts of a pair."""
        return {side: {what: self._counts[pair, side, what] for what in COUNTS} for side in Side}
