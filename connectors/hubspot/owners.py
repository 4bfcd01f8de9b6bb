"""Reading owners: everybody HubSpot's records can belong to, and everybody they once could."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.hubspot.calls import Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.paths import OWNERS
from sync.domain.people import Person, PersonKind

__all__ = ["read_owners"]

#: The most owners HubSpot gives at once.
_PAGE = "500"
_READING = Operation(name="read", object_name="owners")


def read_owners(client: HubSpotClient) -> Iterator[Person]:
    """Read all owners, the archived ones after those whose user is active."""
    for archived in (False, True):
        for item in _items(client, archived=archived):
            yield _person(item, active=not archived)


def _items(client: HubSpotClient, *, archived: bool) -> Iterator[Json]:
    asked = [("limit", _PAGE), ("archived", str(archived).lower())]
    after: str | None = None
    while True:
        position = [] if after is None else [("after", after)]
        answer = client.by_path(_READING, OWNERS, query_params=[*asked, *position])
        yield from answer.results
        if answer.after is None:
            return
        if answer.after == after:  # it would go on for ever
            raise odd_answer(_READING, "the same page twice")
        after = answer.after


def _person(item: Json, *, active: bool) -> Person:
    id = item.get("id")
    if not id:
        raise odd_answer(_READING, "an owner without an id")
    parts = [str(item[part]) for part in ("firstName", "lastName") if item.get(part)]
    is_queue = item.get("type") == "QUEUE"
    email = str(item.get("email") or "").strip() or None
    return Person(
        id=str(id),
        name=" ".join(parts) or email or str(id),
        email=None if is_queue else email,
        active=active,
        # Whatever it takes, a queue of HubSpot's takes none of the objects that are kept in step.
        kind=PersonKind.QUEUE if is_queue else PersonKind.PERSON,
    )
