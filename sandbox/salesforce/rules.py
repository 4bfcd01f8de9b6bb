"""What an admin of the org may have set up: automation, duplicate rules, refusals for tests."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.jsontypes import Json
from sandbox.salesforce.errors import ApiError, locked_row
from sandbox.salesforce.model import Value

__all__ = ["AssignmentRule", "DuplicateRule", "Rules", "SaveHook", "Switches", "ValidationRule"]

SaveHook = Callable[[str, Mapping[str, Value], frozenset[str]], Mapping[str, Json] | None]
"""Called with object, record and changed fields before a save; gives fields to overwrite."""

ValidationRule = Callable[[Mapping[str, Value]], str | None]
"""Called with the record to be saved; gives the message that refuses it, or None."""

AssignmentRule = Callable[[Mapping[str, Value]], str | None]
"""Called with the record to be saved; gives the id of its new owner, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Records that agree on all `fields` are duplicates; `allow_save` makes it an alert only."""

    fields: tuple[str, ...]
    allow_save: bool = True
    message: str = "Use one of these records?"


@dataclass(slots=True, kw_only=True)
class Switches:
    """Behaviours that the documentation leaves open, or that orgs set differently."""

    upsert_update_status: int = 200
    countries_are_checked: bool = True
    rows_per_page: int = 2000
    daily_calls: int = 100_000


@dataclass(slots=True)
class Rules:
    """The org's set-up; empty means a fresh org."""

    hooks: list[SaveHook] = field(default_factory=list)
    duplicates: dict[str, DuplicateRule] = field(default_factory=dict)
    validations: dict[str, list[ValidationRule]] = field(default_factory=lambda: defaultdict(list))
    assignments: dict[str, AssignmentRule] = field(default_factory=dict)
    _refusals: dict[str, deque[ApiError | None]] = field(default_factory=lambda: defaultdict(deque))

    def refuse(self, sobject: str, count: int, error: ApiError) -> None:
        """Refuse the next rows of an object that the API writes."""
        self._refusals[sobject].extend([error] * count)

    def lock(self, sobject: str, count: int) -> None:
        """Answer the next rows of an object with a lock error."""
        self._refusals[sobject].extend([None] * count)

    def next_refusal(self, sobject: str, record_id: str | None) -> ApiError | None:
        """Take the refusal that is due for a row, if any."""
        waiting = self._refusals.get(sobject)
        if not waiting:
            return None
        return waiting.popleft() or locked_row(record_id)

    def message_of(self, sobject: str, record: Mapping[str, Value]) -> str | None:
        """Give the message of the first validation rule a record breaks, or None."""
        for rule in self.validations.get(sobject, ()):
            message = rule(record)
            if message is not None:
                return message
        return None

    def overwrites(
        self, sobject: str, record: Mapping[str, Value], changed: Sequence[str]
    ) -> dict[str, Json]:
        """Give what the org's automation sets in the same save."""
        result: dict[str, Json] = {}
        for hook in self.hooks:
            result.update(hook(sobject, {**record}, frozenset(changed)) or {})
        return result
