"""Users and queues as Salesforce lists them, in one call where none of them fills a page."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.salesforce.crm import SalesforceCrm
from sync.domain.errors import SchemaDriftError, UnavailableError
from sync.domain.people import Person, PersonKind
from sync.domain.ports import WriteOutcome
from tests.unit.connectors.salesforce.conftest import Org, page
from tests.unit.connectors.salesforce.test_salesforce_writer import failed, update

ADA, INBOUND, CASES = "005dM0000000001QAA", "00GdM0000000001UAA", "00GdM0000000002UAA"
NEXT = "/services/data/v64.0/query/01gxx-2000"


def user(id: str, email: str | None, *, active: Any = True) -> dict[str, Any]:
    return {"Id": id, "Name": "Ada Byron", "Email": email, "IsActive": active}


def queue(id: str, name: str) -> dict[str, Any]:
    return {"Id": id, "Name": name}


def takes(id: str, sobject: str) -> dict[str, Any]:
    return {"QueueId": id, "SobjectType": sobject}


def test_users_queues_and_what_they_take_are_one_call(org: Org, crm: SalesforceCrm) -> None:
    org.parts(
        page(user(ADA, "Ada@Example.com")),
        page(queue(INBOUND, "Inbound")),
        page(takes(INBOUND, "Lead"), takes(INBOUND, "Case")),
    )

    found = crm.people()

    assert found == (
        Person(id=ADA, name="Ada Byron", email="Ada@Example.com"),
        Person(id=INBOUND, name="Inbound", kind=PersonKind.QUEUE, owns=("Case", "Lead")),
    )
    assert len(org.requests) == 1
    assert "UserType = 'Standard'" in org.soql(0, part=0)
    assert "Type = 'Queue'" in org.soql(0, part=1)


def test_users_who_left_are_there_and_not_active(org: Org, crm: SalesforceCrm) -> None:
    org.parts(page(user(ADA, None, active=False)), page(), page())

    [person] = crm.people()

    assert (person.active, person.email) == (False, None)


def test_queue_takes_what_it_is_set_up_for(org: Org, crm: SalesforceCrm) -> None:
    queues = page(queue(INBOUND, "Inbound"), queue(CASES, "Cases"))
    org.parts(page(), queues, page(takes(CASES, "Case")))

    inbound, cases = crm.people()

    assert [cases.can_own(name) for name in ("Case", "Lead")] == [True, False]
    assert inbound.can_own("Lead"), "the org says nothing of what it takes"
    assert not inbound.can_own("Contact")


def test_pages_of_users_are_read_to_the_end(org: Org, crm: SalesforceCrm) -> None:
    everybody = [user(f"005dM{n:010}", f"p{n}@example.com") for n in range(2_345)]
    org.parts(page(*everybody[:2_000], more=NEXT, total=len(everybody)), page(), page())
    org.answer(page(*everybody[2_000:], total=len(everybody)))

    found = crm.people()

    assert [one.email for one in found] == [one["Email"] for one in everybody]
    assert len({one.id for one in found}) == len(everybody)
    assert all(len(one.id) == 18 for one in found)
    assert len(org.requests) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"Id": "nobody"},
        {"Id": None},
        {"Name": None},
        {"IsActive": "perhaps"},
    ],
)
def test_row_that_is_no_user_is_an_outage(
    org: Org, crm: SalesforceCrm, odd: dict[str, Any]
) -> None:
    org.parts(page(user(ADA, "ada@example.com") | odd), page(), page())

    with pytest.raises(UnavailableError, match="no API answer"):
        crm.people()


def test_org_that_hides_its_queues_still_tells_its_users(org: Org, crm: SalesforceCrm) -> None:
    hidden = (400, [{"errorCode": "INVALID_TYPE", "message": "sObject type is not supported."}])
    org.parts(page(user(ADA, "ada@example.com")), hidden, hidden)

    assert [one.id for one in crm.people()] == [ADA]


def test_users_that_are_hidden_stop_the_run(org: Org, crm: SalesforceCrm) -> None:
    hidden = (400, [{"errorCode": "INVALID_TYPE", "message": "sObject type is not supported."}])
    org.parts(hidden, page(), page())

    with pytest.raises(SchemaDriftError):
        crm.people()


def test_first_page_that_hides_rows_is_an_outage(org: Org, crm: SalesforceCrm) -> None:
    org.parts(page(user(ADA, "ada@example.com"), total=5), page(), page())

    with pytest.raises(UnavailableError, match="no API answer"):
        crm.people()


def test_owner_who_left_is_told_in_plain_words_and_by_field(org: Org, crm: SalesforceCrm) -> None:
    own = f"operation performed with inactive user [{ADA}] as owner of contact"
    org.parts([failed("INACTIVE_OWNER_OR_USER", own)], page())

    [result] = crm.apply([update("a", OwnerId=ADA, LastName="Li")])

    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, ("OwnerId",))
    assert result.advice is not None
    assert "no longer active in Salesforce" in result.advice.what
    assert own in result.message
