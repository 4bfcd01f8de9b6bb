"""Reading users and queues: everybody Salesforce's records can belong to, or once could."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.flags import flag
from connectors.salesforce.answers import Part, PartAnswer, Row
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.ids import normal_id
from connectors.salesforce.soql import select
from sync.domain.errors import RecordRejectedError, SchemaDriftError, UnavailableError
from sync.domain.people import Person, PersonKind

__all__ = ["read_people"]

_USERS = select(
    "User", ("Id", "Name", "Email", "IsActive"), where=("UserType = 'Standard'",), order="Id"
)
_QUEUES = select("Group", ("Id", "Name"), where=("Type = 'Queue'",), order="Id")
_TAKEN = select("QueueSobject", ("QueueId", "SobjectType"), order="Id")

#: What a queue takes where the org does not say: the standard objects that know queues.
_QUEUED = ("Case", "Lead")


def read_people(client: SalesforceClient) -> Iterator[Person]:
    """Read all standard users and all queues, in one call where none of them fills a page."""
    parts = [
        Part.query(soql, Call(operation="read", object_name=name))
        for name, soql in (("User", _USERS), ("Group", _QUEUES), ("QueueSobject", _TAKEN))
    ]
    answers, _ = client.composite(parts)
    users = list(client.rows(answers[0]))
    queues, taken = (_shown_rows(client, answer) for answer in answers[1:])
    yield from (_user(row) for row in users)
    owned: dict[str, list[str]] = {}
    for row in taken:
        owned.setdefault(_id(row, "QueueId"), []).append(_text(row, "SobjectType"))
    yield from (_queue(row, owned.get(_id(row, "Id"), _QUEUED)) for row in queues)


def _shown_rows(client: SalesforceClient, answer: PartAnswer) -> list[Row]:
    """Give the rows of an object that an org may keep from this user."""
    try:
        return list(client.rows(answer))
    except (SchemaDriftError, RecordRejectedError):
        return []  # owners that are queues are then unknown, and told as such


def _user(row: Row) -> Person:
    email = row.get("Email")
    try:
        active = flag(row.get("IsActive"))
    except ValueError as exc:
        raise _unreadable() from exc
    return Person(
        id=_id(row, "Id"),
        name=_text(row, "Name"),
        email=str(email).strip() or None if email else None,
        active=active,
    )


def _queue(row: Row, owns: Sequence[str]) -> Person:
    return Person(
        id=_id(row, "Id"), name=_text(row, "Name"), kind=PersonKind.QUEUE, owns=tuple(sorted(owns))
    )


def _id(row: Row, name: str) -> str:
    id = normal_id(_text(row, name))
    if id is None:
        raise _unreadable()
    return id


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise _unreadable()
    return value


def _unreadable() -> UnavailableError:
    return unreadable_error(Call(operation="read", object_name="User"))
