"""The calls made to a memory CRM, and the quota they use up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from connectors.memory.troubles import Operation
from sync.domain.errors import DailyQuotaError
from sync.domain.ports import Usage, WriteKind

__all__ = ["Call", "CallLog"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what it did, to which object, and to how many records (or queries)."""

    operation: Operation
    object_name: str
    size: int
    kind: WriteKind | None = None


class CallLog:
    """Counts calls, and refuses them when the day's quota is used up."""

    def __init__(self) -> None:
        """Start with no calls made and no quota."""
        self.calls: list[Call] = []
        self._made = 0
        self._writes = 0
        self._quota: int | None = None
        self._left: int | None = None

    def note(
        self, operation: Operation, object_name: str, *, size: int, kind: WriteKind | None = None
    ) -> None:
        """Count a call; raises DailyQuotaError where none is left."""
        if self._left == 0:
            raise DailyQuotaError(
                "the day's calls are used up; the next run goes on when they are back",
                object_name=object_name,
                operation=operation,
            )
        if self._left is not None:
            self._left -= 1
        self._made += 1
        self._writes += operation is Operation.APPLY
        self.calls.append(Call(operation, object_name, size, kind))

    def set_quota(self, quota: int | None, left: int | None) -> None:
        """Set the day's quota and what is left of it; None is without end."""
        self._quota = quota
        self._left = left

    def usage(self) -> Usage:
        """Tell the calls made so far and the quota left."""
        return Usage(calls=self._made, writes=self._writes, quota=self._quota, left=self._left)

    def by_operation(self) -> Counter[str]:
        """Count the logged calls by what they did, writes by their kind."""
        return Counter(str(call.kind or call.operation) for call in self.calls)
