"""Trouble made on purpose: lost answers, refusals, locks, a process killed on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from connectors.memory.intake import Refusal
from sync.domain.ports import Write

__all__ = ["Failure", "Killed", "Moment", "Operation", "Troubles"]


class Killed(BaseException):
    """The process ends here, at once; nothing in the program may catch it."""


class Moment(StrEnum):
    """On which side of the commit a call fails."""

    BEFORE = "before"
    AFTER = "after"


class Operation(StrEnum):
    """The kinds of calls to a CRM."""

    ACCOUNT = "account"
    DESCRIBE = "describe"
    PEOPLE = "people"
    PEEK = "peek"
    READ_CHANGES = "read_changes"
    FETCH = "fetch"
    FIND = "find"
    READ_STAMPS = "read_stamps"
    READ_TIES = "read_ties"
    READ_GONE = "read_gone"
    EDIT_TIMES = "edit_times"
    READ_HISTORY = "read_history"
    RATES = "rates"
    APPLY = "apply"


@dataclass(slots=True, kw_only=True)
class Failure:
    """A failure that waits for its call.

    `skip` calls pass first, then `times` calls fail. `records` limits how many records of a
    batch are committed by a call that fails after the commit.
    """

    error: BaseException
    moment: Moment
    on: Operation
    object_name: str | None
    times: int
    skip: int
    records: int | None

    @property
    def is_after(self) -> bool:
        """True where the call is carried out, in whole or in part, before it fails."""
        return self.moment is Moment.AFTER

    def commits(self, size: int) -> int:
        """Tell how many of `size` records are carried out before the call fails."""
        if not self.is_after:
            return 0
        return size if self.records is None else min(size, self.records)


@dataclass(slots=True, kw_only=True)
class _Objection:
    """Refuses writes to one object: those `when` picks, or the next `times`."""

    object_name: str
    when: Callable[[Write], bool]
    times: int | None
    refusal: Refusal

    def raised_by(self, write: Write) -> bool:
        if write.object_name != self.object_name or self.times == 0 or not self.when(write):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Troubles:
    """What waits to go wrong, in the order it was asked for."""

    def __init__(self) -> None:
        """Start with nothing going wrong."""
        self.locks = 0
        self._failures: list[Failure] = []
        self._objections: list[_Objection] = []

    def plan_failure(self, failure: Failure) -> None:
        """Let a later call fail."""
        self._failures.append(failure)

    def plan_refusals(
        self,
        object_name: str,
        when: Callable[[Write], bool],
        refusal: Refusal,
        *,
        times: int | None,
    ) -> None:
        """Refuse the writes `when` picks, `times` of them or (None) all."""
        self._objections.append(
            _Objection(object_name=object_name, when=when, times=times, refusal=refusal)
        )

    def clear(self) -> None:
        """Forget all that still waits to go wrong."""
        self.locks = 0
        self._failures.clear()
        self._objections.clear()

    def due(self, operation: Operation, object_name: str) -> Failure | None:
        """Take the failure that meets this call, if there is one."""
        for failure in self._failures:
            if failure.on is not operation or failure.object_name not in (None, object_name):
                continue
            if failure.skip:
                failure.skip -= 1
                continue
            failure.times -= 1
            if failure.times < 1:
                self._failures.remove(failure)
            return failure
        return None

    def objection(self, write: Write) -> Refusal | None:
        """Take the refusal that meets this write, if there is one."""
        for objection in self._objections:
            if objection.raised_by(write):
                return objection.refusal
        return None

    def lock(self) -> bool:
        """Tell whether this write meets a lock, which is spent by it."""
        if not self.locks:
            return False
        self.locks -= 1
        return True
