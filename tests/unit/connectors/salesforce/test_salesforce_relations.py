"""Rows that tie people to deals and campaigns, and rates, where an org hides or breaks things."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce.schema import object_shape
from sync.domain.errors import CredentialError, UnavailableError
from sync.domain.ports import Rate, Write, WriteKind, WriteOutcome
from tests.unit.connectors.salesforce.conftest import Org, described, page, row

FAIR = "701000000000001AAA"
LEAD = "00Q000000000001EAA"
OTHER = "00Q000000000002EAA"
MADE = "00v000000000001AAA"
HIDDEN = (400, [{"errorCode": "INVALID_TYPE", "message": "sObject type is not supported"}])
DOWN = (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": ""}])
FROZEN = {"statusCode": "CANNOT_UPDATE_CONVERTED_LEAD", "message": "cannot reference", "fields": []}

REFERENCE = {"type": "reference", "updateable": False}
READ_ONLY = {"createable": False, "updateable": False}
MEMBER = described(
    "CampaignMember",
    CampaignId={**REFERENCE, "referenceTo": ["Campaign"]},
    LeadId={**REFERENCE, "referenceTo": ["Lead"]},
    ContactId={**REFERENCE, "referenceTo": ["Contact"]},
    LeadOrContactId={"type": "string", **READ_ONLY},
    Status="picklist",
)


@pytest.fixture
def crm(crm: Any) -> Any:
    crm.remember([object_shape(MEMBER)])
    return crm


def join(lead: str, status: str | None = None) -> Write:
    values = {"CampaignId": FAIR, "LeadOrContactId": lead}
    return Write(
        token=lead,
        kind=WriteKind.CREATE,
        object_name="CampaignMember",
        values=values if status is None else {**values, "Status": status},
        read_back=("LeadOrContactId",),
    )


def made(record_id: str = MADE) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def refused(*errors: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "errors": list(errors)}


def test_lead_is_sent_as_a_lead_and_rows_are_read_back_by_what_they_tie(org: Org, crm: Any) -> None:
    org.parts([made()], page(row(MADE, CampaignId=FAIR, LeadId=LEAD, LeadOrContactId=LEAD)))
    [result] = crm.apply([join(LEAD)])
    assert org.written() == [
        {"attributes": {"type": "CampaignMember"}, "CampaignId": FAIR, "LeadId": LEAD}
    ]
    assert org.soql(part=1).endswith(
        f"FROM CampaignMember WHERE ((CampaignId IN ('{FAIR}') AND (LeadId IN ('{LEAD}'))))"
    )
    assert (result.id, result.stored.fields) == (MADE, {"LeadOrContactId": LEAD})


def test_person_a_user_cannot_write_is_described_read_only() -> None:
    closed = {**MEMBER, "fields": [{**each, "createable": False} for each in MEMBER["fields"]]}
    assert object_shape(MEMBER).fields["LeadOrContactId"].creatable
    assert not object_shape(closed).fields["LeadOrContactId"].creatable


def test_refusal_of_the_person_names_the_field_that_was_asked_for(org: Org, crm: Any) -> None:
    fault = {"statusCode": "FIELD_INTEGRITY_EXCEPTION", "message": "no", "fields": ["LeadId"]}
    org.parts([refused(fault)], page())
    [result] = crm.apply([join(LEAD)])
    assert (result.outcome, result.fields) == (WriteOutcome.REJECTED, ("LeadOrContactId",))


@pytest.mark.parametrize("answer", [page(), HIDDEN], ids=["no rows", "no such object"])
def test_status_is_sent_where_the_org_hides_which_there_are(
    org: Org, crm: Any, answer: Any
) -> None:
    org.parts(answer, answer, page(total=3))
    org.parts([made()], page())
    [result] = crm.apply([join(LEAD, "Came")])
    assert result.outcome is WriteOutcome.DONE
    assert org.written()[0]["Status"] == "Came"


def test_statuses_are_asked_again_in_the_next_run(org: Org, crm: Any) -> None:
    def answer_to(status: str) -> None:
        labels = page({"CampaignId": FAIR, "Label": status})
        org.parts(labels, page({"Label": status, "holders": 1}), page(total=1))

    answer_to("Sent")
    org.parts(page({"Id": FAIR, "Name": "Fair"}))
    [late] = crm.apply([join(LEAD, "Came")])
    crm.peek([])
    answer_to("Came")
    org.parts([made()], page())
    [made_now] = crm.apply([join(LEAD, "Came")])
    assert "'Fair' has no member status 'Came'; it has Sent." in late.message
    assert made_now.outcome is WriteOutcome.DONE


def test_r19_converted_lead_whose_contact_cannot_be_read_yet_waits(org: Org, crm: Any) -> None:
    org.parts([refused(FROZEN), made()], page())
    org.parts(page(row(LEAD, ConvertedContactId=None)))
    waits, other = crm.apply([join(LEAD), join(OTHER)])
    assert (waits.outcome, other.outcome) == (WriteOutcome.LOCKED, WriteOutcome.DONE)
    assert "sent again for the contact" in waits.message


def test_dated_rates_that_cannot_be_read_now_are_not_taken_for_none(org: Org, crm: Any) -> None:
    for _ in range(5):
        org.parts(page({"IsoCode": "EUR", "ConversionRate": 1}), DOWN)
    with pytest.raises(UnavailableError):
        crm.rates()


def test_rates_a_user_may_not_see_are_none_and_other_refusals_end_the_run(
    org: Org, crm: Any
) -> None:
    def answer(code: str) -> None:
        org.parts((403, [{"errorCode": code, "message": ""}]), page())

    answer("INSUFFICIENT_ACCESS")
    assert crm.rates() == ()
    answer("API_DISABLED_FOR_ORG")
    with pytest.raises(CredentialError):
        crm.rates()


def test_rate_that_says_nothing_is_left_out_and_one_that_is_none_is_no_answer(
    org: Org, crm: Any
) -> None:
    org.parts(
        page({"IsoCode": "eur", "ConversionRate": 1.25}, {"IsoCode": "XXX", "ConversionRate": 0}),
        page(),
    )
    assert crm.rates() == (Rate(currency="EUR", units=Decimal("1.25")),)
    org.parts(page({"IsoCode": "EUR", "ConversionRate": None}), page())
    with pytest.raises(UnavailableError):
        crm.rates()
