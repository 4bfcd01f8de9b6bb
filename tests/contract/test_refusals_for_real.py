"""Refusals as the stand-ins come to them by themselves: the same code, meaning and advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

import connectors.hubspot
import connectors.salesforce
from sandbox.demo import demo_seed
from sandbox.salesforce.rules import DuplicateRule
from sandbox.server import Sandbox
from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome
from sync.domain.record import Side
from sync.engine.sending import error_of, message_of
from tests.e2e.error_codes import ROWS


@dataclass(frozen=True, slots=True)
class Desk:
    """Both stand-ins, with a connector for each."""

    sandbox: Sandbox
    hubspot: Crm
    salesforce: Crm

    def contact(self, email: str = "") -> str:
        values = {"email": email} if email else {"lastname": "Lovelace"}
        return self.sandbox.add("hubspot", "contacts", values, by="person")

    def lead(self, **values: str) -> str:
        whole = {"LastName": "Lovelace", "Company": "Engines", **values}
        return self.sandbox.add("salesforce", "Lead", whole, by="person")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    fields = [dict(line) for line in demo_seed() if "field" in line]
    with Sandbox(fields, limits=False) as sandbox:
        where = sandbox.environment()
        hubspot = connectors.hubspot.connect(
            connectors.hubspot.HubSpotSettings(
                access_token=where["HUBSPOT_ACCESS_TOKEN"], base_url=where["HUBSPOT_BASE_URL"]
            )
        )
        salesforce = connectors.salesforce.connect(
            connectors.salesforce.SalesforceSettings(
                auth=connectors.salesforce.AuthKind.SESSION,
                instance_url=where["SALESFORCE_INSTANCE_URL"],
                access_token=where["SALESFORCE_ACCESS_TOKEN"],
            )
        )
        yield Desk(sandbox, hubspot, salesforce)
        hubspot.close()
        salesforce.close()


@dataclass(frozen=True, slots=True)
class Case:
    """A write that the CRM itself refuses: with which code, as what."""

    code: str
    values: Mapping[str, str]
    outcome: WriteOutcome = WriteOutcome.REJECTED
    kind: WriteKind = WriteKind.UPDATE
    object: str = ""
    category: str = ""
    prepare: Callable[[Desk], str | None] = field(default=lambda desk: None)


def _binned(desk: Desk) -> str:
    lead = desk.lead()
    desk.sandbox.remove("salesforce", "Lead", lead)
    return lead


def _converted(desk: Desk) -> str:
    lead = desk.lead()
    desk.sandbox.salesforce.convert_lead(lead, status="Closed - Converted")
    return lead


def _validated(desk: Desk) -> None:
    desk.sandbox.salesforce.validate(
        "Lead", lambda lead: "No Atlantis" if lead.get("City") == "Atlantis" else None
    )


def _guarded(desk: Desk) -> None:
    desk.lead(Email="twin@example.com")
    rule = DuplicateRule(fields=("Email",), allow_save=True)
    desk.sandbox.salesforce.detect_duplicates("Lead", rule)


def _locked(desk: Desk) -> None:
    desk.sandbox.salesforce.lock_next("Lead", 1)


def _kept(desk: Desk) -> None:
    desk.lead(HubSpot_Contact_Id__c="77")


SALESFORCE = [
    Case("REQUIRED_FIELD_MISSING", {"LastName": "Byron"}, kind=WriteKind.CREATE),
    Case("STRING_TOO_LONG", {"City": "x" * 41}),
    Case("INVALID_EMAIL_ADDRESS", {"Email": "nobody"}),
    Case("NUMBER_OUTSIDE_VALID_RANGE", {"NumberOfEmployees": "99999999999"}),
    Case("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", {"Level__c": "Emperor"}),
    Case("INVALID_FIELD", {"Nowhere__c": "x"}),
    Case("INVALID_FIELD_FOR_INSERT_UPDATE", {"IsConverted": "true"}),
    Case("MALFORMED_ID", {"OwnerId": "nobody"}),
    Case("INVALID_CROSS_REFERENCE_KEY", {"OwnerId": "005dM00000000zzQAA"}),
    Case("FIELD_CUSTOM_VALIDATION_EXCEPTION", {"City": "Atlantis"}, prepare=_validated),
    Case(
        "DUPLICATE_VALUE",
        {"HubSpot_Contact_Id__c": "77"},
        outcome=WriteOutcome.DUPLICATE,
        prepare=_kept,
    ),
    Case(
        "DUPLICATES_DETECTED",
        {"LastName": "Twin", "Company": "Engines", "Email": "twin@example.com"},
        kind=WriteKind.CREATE,
        outcome=WriteOutcome.DUPLICATE,
        prepare=_guarded,
    ),
    Case(
        "ENTITY_IS_DELETED",
        {"City": "Bonn"},
        outcome=WriteOutcome.GONE,
        category="gone",
        prepare=_binned,
    ),
    Case(
        "CANNOT_UPDATE_CONVERTED_LEAD",
        {"City": "Bonn"},
        outcome=WriteOutcome.FROZEN,
        prepare=_converted,
    ),
    Case("UNABLE_TO_LOCK_ROW", {"City": "Bonn"}, outcome=WriteOutcome.LOCKED, prepare=_locked),
]


def _archived(desk: Desk) -> str:
    contact = desk.contact()
    desk.sandbox.remove("hubspot", "contacts", contact)
    return contact


def _known(desk: Desk) -> None:
    desk.contact("ada@example.com")


def _claimed(desk: Desk) -> None:
    desk.sandbox.add("hubspot", "contacts", {"salesforce_id": "00Q1"}, by="person")


HUBSPOT = [
    Case("PROPERTY_DOESNT_EXIST", {"nowhere": "x"}),
    Case("READ_ONLY_VALUE", {"createdate": "2026-01-05T00:00:00Z"}),
    Case("INVALID_OPTION", {"lifecyclestage": "emperor"}),
    Case("INVALID_EMAIL", {"email": "nobody"}),
    Case(
        "INVALID_INTEGER",
        {"name": "Engines", "numberofemployees": "many"},
        kind=WriteKind.CREATE,
        object="companies",
    ),
    Case(
        "INVALID_DATE",
        {"dealname": "Big", "closedate": "soon"},
        kind=WriteKind.CREATE,
        object="deals",
    ),
    Case("INVALID_STRING", {"city": "x" * 65537}),
    Case("INVALID_OWNER_ID", {"hubspot_owner_id": "4711"}),
    Case(
        "CONFLICT",
        {"email": "ada@example.com"},
        outcome=WriteOutcome.DUPLICATE,
        prepare=_known,
    ),
    Case(
        "CONFLICTING_UNIQUE_VALUE",
        {"salesforce_id": "00Q1"},
        outcome=WriteOutcome.DUPLICATE,
        prepare=_claimed,
    ),
    Case(
        "OBJECT_NOT_FOUND",
        {"city": "Bonn"},
        outcome=WriteOutcome.GONE,
        category="gone",
        prepare=_archived,
    ),
]


@pytest.mark.parametrize(
    ("system", "case"),
    [
        pytest.param(system, case, id=case.code)
        for system, cases in (("salesforce", SALESFORCE), ("hubspot", HUBSPOT))
        for case in cases
    ],
)
def test_refusal_for_real_means_what_the_table_says(system, case, desk):
    crm: Crm = getattr(desk, system)
    prepared = case.prepare(desk)
    fresh = desk.lead if system == "salesforce" else desk.contact
    write = Write(
        token="t",
        kind=case.kind,
        object_name=case.object or {"salesforce": "Lead", "hubspot": "contacts"}[system],
        id=None if case.kind is WriteKind.CREATE else prepared or fresh(),
        values=case.values,
    )

    (result,) = crm.apply([write])
    desk.sandbox.salesforce.rules.duplicates.clear()

    assert (result.code, result.outcome) == (case.code, case.outcome)
    item = error_of("contacts", Side.LEFT, result, ref=None, origin=None)
    listed = ROWS[system].get(case.code)
    assert item.category == (case.category or (listed and listed.category))
    assert item.fix
    assert message_of(result).startswith(str(result.advice and result.advice.what))
