"""The people and queues records are assigned to; the API can only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import JsonObject

__all__ = ["Owner", "OwnerBook", "Team"]


@dataclass(frozen=True, slots=True)
class Team:
    """A team an owner works in."""

    id: str
    name: str
    is_primary: bool = False

    def to_wire(self) -> JsonObject:
        """Give the team as the API does."""
        return {"id": self.id, "name": self.name, "primary": self.is_primary}


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
    teams: tuple[Team, ...] = ()

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
            "teams": [one.to_wire() for one in self.teams],
        }


class OwnerBook:
    """All owners by id."""

    def __init__(self) -> None:
        self._owners: dict[int, Owner] = {}
        self._of_user: dict[int, int] = {}
        self._next_id = 41_000_001

    def __iter__(self) -> Iterator[Owner]:
        return iter([self._owners[one] for one in sorted(self._owners)])

    def new_id(self) -> int:
        """Give an id no owner has."""
        self._next_id += 1
        return self._next_id - 1

    def add(self, owner: Owner) -> None:
        """Add or replace an owner."""
        old = self._owners.get(owner.id)
        if old is not None and self._of_user.get(old.user_id) == old.id:
            del self._of_user[old.user_id]
        self._owners[owner.id] = owner
        self._of_user[owner.user_id] = owner.id
        self._next_id = max(self._next_id, owner.id + 1)

    def exists(self, owner_id: str) -> bool:
        """Tell whether records can be assigned to this owner."""
        return is_number(owner_id) and int(owner_id) in self._owners

    def find(self, *, owner_id: int | None = None, user_id: int | None = None) -> Owner | None:
        """Find an owner by its own id or by its user's."""
        if owner_id is None and user_id is not None:
            owner_id = self._of_user.get(user_id)
        return None if owner_id is None else self._owners.get(owner_id)
