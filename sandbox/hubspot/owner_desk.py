"""Owners, and the codes of users' consent, as the control page sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.hubspot.desk import as_list, as_mapping, text_of, times_of, whole_of
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.owners import Owner, Team
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["CodeDesk", "OwnerDesk"]

_USER_IDS_FROM = 1_000_000


class OwnerDesk:
    """Makes, changes and deactivates owners, which the API can only read."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store

    def add(
        self,
        values: JsonObject,
        *,
        id: str | None = None,
        times: Mapping[str, datetime] | None = None,
    ) -> str:
        """Make an owner and give its id."""
        if id is not None and not is_number(id):
            raise SandboxError(f"{id!r} is no HubSpot id; it has digits only")
        book, now = self._store.owners, self._store.now()
        owner_id = book.new_id() if id is None else int(id)
        created, updated = times_of(times, now)
        owner = Owner(
            id=owner_id,
            user_id=owner_id + _USER_IDS_FROM,
            email="",
            first_name="",
            last_name="",
            created=created,
            updated=updated,
        )
        book.add(_changed(owner, values))
        return str(owner_id)

    def get(self, id: str) -> JsonObject | None:
        """Give an owner, active or not."""
        owner = self._find(id)
        return None if owner is None else _values(owner)

    def edit(self, id: str, values: JsonObject) -> None:
        """Change an owner."""
        self._store.owners.add(_changed(self._needed(id), values, now=self._store.now()))

    def remove(self, id: str) -> None:
        """Deactivate an owner."""
        self.edit(id, {"archived": True})

    def restore(self, id: str) -> None:
        """Activate an owner again."""
        self.edit(id, {"archived": False})

    def lines(self) -> Iterator[JsonObject]:
        """Give all owners as seed lines."""
        for owner in self._store.owners:
            yield {
                "key": f"owners-{owner.id}",
                "id": str(owner.id),
                "properties": _values(owner),
                "created": iso(owner.created),
                "modified": iso(owner.updated),
            }

    def _find(self, id: str) -> Owner | None:
        return self._store.owners.find(owner_id=int(id)) if is_number(id) else None

    def _needed(self, id: str) -> Owner:
        owner = self._find(id)
        if owner is None:
            raise SandboxError(f"HubSpot has no owner {id}")
        return owner


class CodeDesk:
    """Gives the codes that a user's consent in the browser would bring."""

    def __init__(self, store: HubSpotStore) -> None:
        self._store = store

    def add(
        self,
        values: JsonObject,
        *,
        id: str | None = None,
        times: Mapping[str, datetime] | None = None,
    ) -> str:
        """Give a new code, for the redirect_uri named or the app's own."""
        return self._store.tokens.new_code(text_of(values, "redirect_uri"))

    def get(self, id: str) -> JsonObject | None:
        """Give nothing: a code is only good for the token endpoint."""
        return None

    def edit(self, id: str, values: JsonObject) -> None:
        """Refuse."""
        raise SandboxError("a code cannot be changed")

    def remove(self, id: str) -> None:
        """Refuse."""
        raise SandboxError("a code ends by itself")

    def restore(self, id: str) -> None:
        """Refuse."""
        raise SandboxError("a code cannot be restored")

    def lines(self) -> Iterator[JsonObject]:
        """Give none: tokens are no part of a seed."""
        return iter(())


def _changed(owner: Owner, values: JsonObject, *, now: int | None = None) -> Owner:
    kind = text_of(values, "type", owner.type)
    if kind not in ("PERSON", "QUEUE"):
        raise SandboxError(f"the type of an owner is PERSON or QUEUE, not {kind!r}")
    teams = owner.teams
    if "teams" in values:
        told = [as_mapping(one, "teams") for one in as_list(values["teams"], "teams")]
        teams = tuple(
            Team(text_of(one, "id"), text_of(one, "name"), is_primary=one.get("primary") is True)
            for one in told
        )
    return replace(
        owner,
        user_id=whole_of(values, "userId", owner.user_id),
        email=text_of(values, "email", owner.email),
        first_name=text_of(values, "firstName", owner.first_name),
        last_name=text_of(values, "lastName", owner.last_name),
        type=kind,
        archived=values.get("archived", owner.archived) is True,
        teams=teams,
        updated=owner.updated if now is None else now,
    )


def _values(owner: Owner) -> JsonObject:
    values: JsonObject = {
        "email": owner.email,
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": owner.user_id,
        "type": owner.type,
    }
    if owner.archived:
        values["archived"] = True
    if owner.teams:
        values["teams"] = [one.to_wire() for one in owner.teams]
    return values
