"""The people and queues records are assigned to; the API can only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import JsonObject

__all__ = ["Owner", "OwnerBook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One owner."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    created: int
    updated: int
    type: str = "PERSON"
    archived: bool = False

    def to_wire(self) -> JsonObject:
        """Give the owner as the API does."""
        return {
            "id": str(self.id),
            "email": self.email,
            "type": self.type,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "archived": self.archived,
            "teams": [],
        }


class OwnerBook:
    """All owners by id."""

    def __init__(self) -> None:
        self._owners: dict[int, Owner] = {}
        self._next_id = 41_000_001

    def __iter__(self) -> Iterator[Owner]:
        return iter([self._owners[one] for one in sorted(self._owners)])

    def new_id(self) -> int:
        """Give an id no owner has."""
        self._next_id += 1
        return self._next_id - 1

    def add(self, owner: Owner) -> None:
        """Add or replace an owner."""
        self._owners[owner.id] = owner
        self._next_id = max(self._next_id, owner.id + 1)

    def exists(self, owner_id: str) -> bool:
        """Tell whether records can be assigned to this owner."""
        return owner_id.isdigit() and int(owner_id) in self._owners

    def find(self, *, owner_id: int | None = None, user_id: int | None = None) -> Owner | None:
        """Find an owner by its own id or by its user's."""
        for owner in self._owners.values():
            if owner.id == owner_id or (user_id is not None and owner.user_id == user_id):
                return owner
        return None
