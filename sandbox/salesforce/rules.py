"""What an admin of the org may have set up: automation, duplicate rules, refusals for tests."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.jsontypes import Json
from sandbox.salesforce.errors import ApiError, locked_row
from sandbox.salesforce.model import Value
from sandbox.salesforce.switches import (
    LeadActivity,
    MemberAfterConversion,
    SecondPrimary,
    Switches,
    UnknownMemberStatus,
    UnknownStage,
)

__all__ = [
    "AssignmentRule",
    "Broken",
    "DuplicateRule",
    "LeadActivity",
    "MemberAfterConversion",
    "Rules",
    "SaveHook",
    "SecondPrimary",
    "Switches",
    "UnknownMemberStatus",
    "UnknownStage",
    "ValidationRule",
]

SaveHook = Callable[[str, Mapping[str, Value], frozenset[str]], Mapping[str, Json] | None]
"""Called with object, record and changed fields before a save; gives fields to overwrite."""

ValidationRule = Callable[[Mapping[str, Value]], "str | Broken | None"]
"""Called with the record to be saved; gives what refuses it, or None."""

AssignmentRule = Callable[[Mapping[str, Value]], str | None]
"""Called with the record to be saved; gives the id of its new owner, or None."""


_TRACKED = {
    "Account": frozenset({"Name", "OwnerId"}),
    "Contact": frozenset({"AccountId", "OwnerId"}),
    "Lead": frozenset({"Status", "OwnerId"}),
    "Opportunity": frozenset({"StageName", "Amount", "CloseDate", "OwnerId"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Records that agree on all `fields` are duplicates; `allow_save` makes it an alert only.

    `against` names the objects to look in, if not only the record's own.
    """

    fields: tuple[str, ...]
    allow_save: bool = True
    message: str = "Use one of these records?"
    name: str | None = None
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What a validation rule says, and the field it says it at; none is the top of the page."""

    message: str
    field: str | None = None


@dataclass(slots=True)
class Rules:
    """The org's set-up; empty means a fresh org.

    `tracked` are the fields of each object whose changes are kept, `lead_map` leads from a lead's
    custom field to an object and field it is converted into, `choices` are the values of a
    picklist that a record type allows, by record type id and field.
    """

    hooks: list[SaveHook] = field(default_factory=list)
    duplicates: dict[str, DuplicateRule] = field(default_factory=dict)
    validations: dict[str, list[ValidationRule]] = field(default_factory=lambda: defaultdict(list))
    assignments: dict[str, AssignmentRule] = field(default_factory=dict)
    tracked: dict[str, frozenset[str]] = field(default_factory=lambda: dict(_TRACKED))
    lead_map: dict[str, tuple[str, str]] = field(default_factory=dict)
    choices: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    default_types: dict[str, str] = field(default_factory=dict)
    _rows: int | None = None
    _refusals: dict[str, deque[ApiError | None]] = field(default_factory=lambda: defaultdict(deque))

    def refuse(self, sobject: str, count: int, error: ApiError) -> None:
        """Refuse the next rows of an object that the API writes."""
        self._refusals[sobject].extend([error] * count)

    def lock(self, sobject: str, count: int) -> None:
        """Answer the next rows of an object with a lock error."""
        self._refusals[sobject].extend([None] * count)

    @contextmanager
    def refusing_half(self) -> Iterator[None]:
        """Answer every second row with a lock error while this is open."""
        self._rows = 0
        try:
            yield
        finally:
            self._rows = None

    def next_refusal(self, sobject: str, record_id: str | None) -> ApiError | None:
        """Take the refusal that is due for a row, if any."""
        if self._rows is not None:
            self._rows += 1
            if self._rows % 2 == 0:
                return locked_row(record_id)
        waiting = self._refusals.get(sobject)
        if not waiting:
            return None
        return waiting.popleft() or locked_row(record_id)

    def broken_by(self, sobject: str, record: Mapping[str, Value]) -> Broken | None:
        """Give what the first validation rule that a record breaks says, or None."""
        for rule in self.validations.get(sobject, ()):
            said = rule(record)
            if said is not None:
                return Broken(message=said) if isinstance(said, str) else said
        return None

    def overwrites(
        self, sobject: str, record: Mapping[str, Value], changed: Sequence[str]
    ) -> dict[str, Json]:
        """Give what the org's automation sets in the same save."""
        result: dict[str, Json] = {}
        for hook in self.hooks:
            result.update(hook(sobject, {**record}, frozenset(changed)) or {})
        return result
