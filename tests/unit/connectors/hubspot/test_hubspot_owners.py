"""Owners as HubSpot lists them: page by page, those who left after those who stay."""

from __future__ import annotations

from typing import Any

import pytest

from sync.domain.errors import CredentialError, UnavailableError
from sync.domain.people import Person, PersonKind
from sync.domain.ports import Crm
from tests.unit.connectors.hubspot.conftest import Reply, Request, Wire

OWNERS = "/crm/v3/owners"


def owner(id: str, email: str = "", *, kind: str = "PERSON", **more: Any) -> dict[str, Any]:
    return {"id": id, "email": email, "type": kind, "firstName": "", "lastName": "", **more}


def page(*owners: dict[str, Any], after: str = "") -> Reply:
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return (200, {"results": list(owners), **paging})


def served(wire: Wire, active: Reply, archived: Reply | None = None) -> None:
    def answer(request: Request) -> Reply:
        return active if request.query["archived"] == ["false"] else (archived or page())

    wire.on("GET", OWNERS, answer)


def test_owners_are_people_under_the_id_records_name_them_by(wire: Wire, crm: Crm) -> None:
    served(wire, page(owner("41", "Ada@Example.com", firstName="Ada", lastName="Byron")))

    assert crm.people() == (Person(id="41", name="Ada Byron", email="Ada@Example.com"),)


def test_owners_who_left_are_only_among_the_archived_and_not_active(wire: Wire, crm: Crm) -> None:
    left = owner("42", "ben@example.com", archived=True, userId=None)
    served(wire, page(owner("41", "ada@example.com")), page(left))

    assert [(one.id, one.active) for one in crm.people()] == [("41", True), ("42", False)]
    assert len(wire.sent("owners")) == 2


def test_owner_without_an_address_or_a_name_is_still_there(wire: Wire, crm: Crm) -> None:
    served(wire, page(owner("41"), owner("42", " "), {"id": 43, "email": None}))

    assert [(one.id, one.email, one.name) for one in crm.people()] == [
        ("41", None, "41"),
        ("42", None, "42"),
        ("43", None, "43"),
    ]


def test_queue_of_hubspots_is_no_person_and_owns_nothing_that_is_kept(wire: Wire, crm: Crm) -> None:
    served(wire, page(owner("41", "q@example.com", kind="QUEUE", firstName="Help")))

    [queue] = crm.people()

    assert (queue.kind, queue.name, queue.email) == (PersonKind.QUEUE, "Help", None)
    assert not queue.can_own("contacts")


def test_pages_are_read_to_the_end(wire: Wire, crm: Crm) -> None:
    everybody = [owner(str(n), f"p{n}@example.com") for n in range(2_345)]

    def answer(request: Request) -> Reply:
        if request.query["archived"] == ["true"]:
            return page()
        start = int(request.query.get("after", ["0"])[0])
        size = int(request.query["limit"][0])
        more = str(start + size) if start + size < len(everybody) else ""
        return page(*everybody[start : start + size], after=more)

    wire.on("GET", OWNERS, answer)

    assert [one.id for one in crm.people()] == [one["id"] for one in everybody]
    assert len(wire.sent("owners")) == 6


@pytest.mark.parametrize(
    "odd",
    [
        (200, "<html>Back soon</html>"),
        (200, {"results": [{"email": "ada@example.com"}]}),
        (200, {"results": {"1": {}}}),
        (200, {"results": [{"id": "1"}], "paging": {"next": {"after": "7"}}}),
    ],
)
def test_what_is_no_list_of_owners_is_an_outage(wire: Wire, crm: Crm, odd: Reply) -> None:
    wire.on("GET", OWNERS, odd)

    with pytest.raises(UnavailableError):
        crm.people()


def test_missing_scope_is_named(wire: Wire, crm: Crm) -> None:
    body = {
        "status": "error",
        "category": "MISSING_SCOPES",
        "message": "This app hasn't been granted all required scopes.",
        "errors": [{"context": {"requiredGranularScopes": ["crm.objects.owners.read"]}}],
    }
    wire.on("GET", OWNERS, (403, body))

    with pytest.raises(CredentialError, match=r"read owners.*crm\.objects\.owners\.read"):
        crm.people()
