"""Owners, users and queues of a real account as seed lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sync.domain.people import Person, PersonKind
from sync.domain.record import Side

if TYPE_CHECKING:
    from sandbox.jsontypes import JsonObject
    from sync.domain.ports import Crm

__all__ = ["people_lines"]

#: Salesforce demands a name for signing in that no other user anywhere has.
_SIGN_IN = "{id}@copy.example.com"


def people_lines(crm: Crm, side: Side) -> Iterator[JsonObject]:
    """Give a line for each of them, under the ids that records name them by."""
    for person in crm.people():
        yield from _owner(person) if side is Side.LEFT else _user(person)


def _owner(person: Person) -> Iterator[JsonObject]:
    properties: JsonObject = {
        "email": person.email or "",
        "lastName": person.name,
        "type": person.kind.value.upper(),
    }
    if not person.active:
        properties["archived"] = True
    yield {
        "system": "hubspot",
        "object": "owners",
        "key": f"owner-{person.id}",
        "id": person.id,
        "properties": properties,
    }


def _user(person: Person) -> Iterator[JsonObject]:
    if person.kind is PersonKind.QUEUE:
        yield _line("Group", person.id, {"Name": person.name, "Type": "Queue"})
        for number, name in enumerate(person.owns):
            fields: JsonObject = {"QueueId": {"key": f"Group-{person.id}"}, "SobjectType": name}
            yield {
                "system": "salesforce",
                "object": "QueueSobject",
                "key": f"QueueSobject-{person.id}-{number}",
                "fields": fields,
            }
        return
    yield _line(
        "User",
        person.id,
        {
            "Username": _SIGN_IN.format(id=person.id),
            "LastName": person.name,
            "Email": person.email,
            "Alias": person.id[-8:],
            "IsActive": person.active,
        },
    )


def _line(object_name: str, id: str, fields: JsonObject) -> JsonObject:
    return {
        "system": "salesforce",
        "object": object_name,
        "key": f"{object_name}-{id}",
        "id": id,
        "fields": fields,
    }
