"""The users and owners of a CRM, to whom its records belong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Person", "PersonKind"]


class PersonKind(StrEnum):
    """What can own a record."""

    PERSON = "person"
    QUEUE = "queue"  # a shelf records wait on until somebody takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One user or owner of a CRM, or a queue, under the id that records name them by.

    `active` tells whether records can be given to them now. `owns` names the objects whose
    records a queue takes; a person takes all.
    """

    id: str
    name: str
    email: str | None = None
    active: bool = True
    kind: PersonKind = PersonKind.PERSON
    owns: tuple[str, ...] = ()

    def can_own(self, object_name: str) -> bool:
        """Tell whether records of an object may belong to them."""
        return self.kind is PersonKind.PERSON or object_name in self.owns
