"""People on deals and in campaigns, and what currencies are worth: the connector on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce import SalesforceSettings, connect
from connectors.salesforce.crm import SalesforceCrm
from sandbox.jsontypes import JsonObject
from sandbox.salesforce.store import SalesforceStore
from sandbox.salesforce.switches import MemberAfterConversion, SecondPrimary, UnknownMemberStatus
from sandbox.server import Sandbox
from sync.domain.ports import ChangeQuery, Rate, Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Fields, Record
from sync.domain.schema import FieldKind
from tests.contract.sandboxes import no_sleep, serving

ROLE, MEMBER = "OpportunityContactRole", "CampaignMember"
DONE, DUPLICATE, REJECTED = WriteOutcome.DONE, WriteOutcome.DUPLICATE, WriteOutcome.REJECTED
MEMBER_FIELDS = ("CampaignId", "LeadOrContactId", "Status")
ROLE_FIELDS = ("OpportunityId", "ContactId", "Role", "IsPrimary")


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with serving(()) as sandbox:
        yield sandbox


@pytest.fixture
def org(served: Sandbox) -> Iterator[SalesforceStore]:
    """The org; its switches are put back."""
    switches = served.salesforce.switches
    usual = {name: getattr(switches, name) for name in type(switches).__dataclass_fields__}
    yield served.salesforce
    for name, value in usual.items():
        setattr(switches, name, value)


@pytest.fixture
def crm(served: Sandbox) -> Iterator[SalesforceCrm]:
    settings = SalesforceSettings(
        instance_url=served.salesforce_url, access_token=served.salesforce_token
    )
    opened = connect(settings, sleep=no_sleep, clock=served.clock.now)
    yield opened
    opened.close()


@pytest.fixture
def campaign(org: SalesforceStore) -> str:
    return org.create("Campaign", {"Name": "Spring fair"})


@pytest.fixture
def deal(org: SalesforceStore) -> str:
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-05-10"}
    return org.create("Opportunity", body)


def lead(org: SalesforceStore, name: str = "Li") -> str:
    return org.create("Lead", {"LastName": name, "Company": "Acme"})


def contact(org: SalesforceStore, name: str = "Ng") -> str:
    return org.create("Contact", {"LastName": name})


def join(org: SalesforceStore, campaign: str, **fields: str) -> str:
    return org.create(MEMBER, {"CampaignId": campaign, **fields})


def new(object_name: str, *rows: Fields) -> list[Write]:
    return [
        Write(
            token=f"n{number}",
            kind=WriteKind.CREATE,
            object_name=object_name,
            values=values,
            read_back=MEMBER_FIELDS if object_name == MEMBER else ROLE_FIELDS,
        )
        for number, values in enumerate(rows)
    ]


def changed(object_name: str, record_id: str, values: Fields) -> list[Write]:
    kind = WriteKind.UPDATE if values else WriteKind.ARCHIVE
    one = Write(
        token=record_id,
        kind=kind,
        object_name=object_name,
        id=record_id,
        values=values,
        read_back=tuple(values),
    )
    return [one]


def member(campaign: str, person: str, status: str = "Sent") -> dict[str, str | None]:
    return {"CampaignId": campaign, "LeadOrContactId": person, "Status": status}


def outcomes(results: Sequence[WriteResult]) -> list[WriteOutcome]:
    return [result.outcome for result in results]


def stored(result: WriteResult) -> Record:
    assert result.stored is not None, f"{result.outcome}: {result.message}"
    return result.stored


def calls_of(crm: SalesforceCrm, action: Any) -> tuple[Any, int]:
    before = crm.usage().calls
    return action(), crm.usage().calls - before


# --- reading ----------------------------------------------------------------------------------


def test_an_idle_look_at_all_objects_takes_two_calls(
    crm: SalesforceCrm, org: SalesforceStore, served: Sandbox
) -> None:
    names = ("Account", "Contact", "Lead", "Opportunity", "Campaign", ROLE, MEMBER)
    served.clock.move(timedelta(hours=1))
    queries = [
        ChangeQuery(object_name=name, fields=("CreatedById",), since=served.clock.now())
        for name in names
    ]
    served.salesforce_traffic.reset()

    peeks = crm.peek(queries)

    assert [peek.total for peek in peeks] == [0] * len(names)
    assert crm.usage().calls == 2


def test_person_of_a_member_can_be_written_and_its_statuses_are_those_of_all_campaigns(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str
) -> None:
    org.create("CampaignMemberStatus", {"CampaignId": campaign, "Label": "Attended"})

    shape = crm.describe(MEMBER)

    person = shape.fields["LeadOrContactId"]
    assert (person.kind, person.creatable, person.updatable) == (FieldKind.REFERENCE, True, False)
    assert set(person.refers_to) == {"Lead", "Contact"}
    labels = {option.value for option in shape.fields["Status"].options}
    assert labels >= {"Sent", "Responded", "Attended"}
    assert not shape.owned_by


def test_rows_are_found_by_their_owners(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, deal: str
) -> None:
    org.switches.rows_per_page = 2
    people = [contact(org, f"P{number}") for number in range(5)]
    joined = {join(org, campaign, ContactId=each) for each in people}
    other = org.create("Campaign", {"Name": "Other"})
    joined.add(join(org, other, LeadId=lead(org)))
    role = org.create(ROLE, {"OpportunityId": deal, "ContactId": people[0], "Role": "Evaluator"})

    members = list(crm.find(MEMBER, "CampaignId", [campaign, other], MEMBER_FIELDS))
    (found,) = crm.find(ROLE, "OpportunityId", [deal], ROLE_FIELDS)

    assert {one.ref.id for one in members} == joined
    assert len(members) == len(joined)
    assert {one.fields["LeadOrContactId"] for one in members} >= set(people)
    assert (found.ref.id, found.fields["Role"], found.fields["IsPrimary"]) == (
        role,
        "Evaluator",
        "false",
    )


@pytest.mark.parametrize("shown", [False, True], ids=["no trace", "in the list"])
def test_r10_row_that_no_query_shows_any_more_is_deleted_with_proof(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, deal: str, shown: bool
) -> None:
    org.switches.deleted_members_show = shown
    person = contact(org)
    left, stays = join(org, campaign, ContactId=person), join(org, campaign, LeadId=lead(org))
    binned, purged = (
        org.create(ROLE, {"OpportunityId": deal, "ContactId": person}) for _ in range(2)
    )
    org.remove(MEMBER, left)
    org.remove(ROLE, binned)
    org.purge(ROLE, purged)
    org.purge("Contact", gone := contact(org))

    members = {one.ref.id: one.gone for one in crm.fetch(MEMBER, [left, stays], ())}
    roles = {one.ref.id: one.gone for one in crm.fetch(ROLE, [binned, purged], ())}
    listed = [one.ref.id for page in crm.read_gone(MEMBER, None) for one in page]
    changes = crm.read_changes(ChangeQuery(object_name=ROLE, fields=("Role",), since=None))

    assert members == {left: True, stays: False}
    assert roles == {binned: True, purged: True}
    assert (left in listed) is shown
    assert {one.ref.id: one.gone for page in changes for one in page}[binned]
    assert list(crm.fetch("Contact", [gone], ())) == [], "an ordinary record sleeps, unproven"


@pytest.mark.parametrize("how", [MemberAfterConversion.GAINS_CONTACT, MemberAfterConversion.MOVES])
def test_r17_membership_of_a_converted_lead_names_the_contact_under_the_same_id(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, how: MemberAfterConversion
) -> None:
    org.switches.member_after_conversion = how
    person = lead(org)
    made = join(org, campaign, LeadId=person)
    became = org.convert_lead(person).contact_id

    (row,) = crm.fetch(MEMBER, [made], MEMBER_FIELDS)

    assert (row.fields["LeadOrContactId"], row.gone) == (became, False)


def test_what_outcomes_need_of_a_deal_is_read_and_its_currency_only_where_there_are_several(
    crm: SalesforceCrm, org: SalesforceStore
) -> None:
    body: JsonObject = {
        "Name": "Won",
        "StageName": "Closed Won",
        "CloseDate": "2026-05-10",
        "Amount": 12.5,
    }
    won = org.create("Opportunity", body)
    names = ("IsClosed", "IsWon", "ForecastCategory", "Amount", "CloseDate")
    assert "CurrencyIsoCode" not in crm.describe("Opportunity").fields

    (row,) = crm.fetch("Opportunity", [won], names)

    assert tuple(row.fields[name] for name in names) == (
        "true",
        "true",
        "Closed",
        "12.5",
        "2026-05-10",
    )
    org.switches.multi_currency = True
    assert crm.describe("Opportunity").currency_field == "CurrencyIsoCode"
    (row,) = crm.fetch("Opportunity", [won], ("CurrencyIsoCode",))
    assert row.fields["CurrencyIsoCode"] == "USD"


# --- members ----------------------------------------------------------------------------------


def test_leads_and_contacts_join_campaigns_in_two_calls_and_later_ones_in_one(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str
) -> None:
    other = org.create("Campaign", {"Name": "Other"})
    crm.describe(MEMBER)
    people = [lead(org), contact(org), lead(org)]
    rows = [member(campaign, people[0]), member(other, people[1], "Responded")]

    first, calls = calls_of(crm, lambda: crm.apply(new(MEMBER, *rows)))
    again, later = calls_of(crm, lambda: crm.apply(new(MEMBER, member(campaign, people[2]))))

    assert outcomes([*first, *again]) == [DONE] * 3
    assert [stored(one).fields for one in first] == rows
    assert (calls, later) == (2, 1), "the statuses are looked up once a run"


def test_r8_person_who_is_a_member_already_is_named_by_the_row_there(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str
) -> None:
    there, person = lead(org), contact(org)
    row = join(org, campaign, LeadId=there)

    refused, made = crm.apply(new(MEMBER, member(campaign, there), member(campaign, person)))

    assert (refused.outcome, made.outcome) == (DUPLICATE, DONE)
    assert refused.existing == (MEMBER, row)


@pytest.mark.parametrize("setting", list(UnknownMemberStatus))
def test_status_a_campaign_lacks_is_not_sent(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, setting: UnknownMemberStatus
) -> None:
    org.switches.unknown_member_status = setting
    rich = org.create("Campaign", {"Name": "Rich"})
    org.create("CampaignMemberStatus", {"CampaignId": rich, "Label": "Came late"})
    person = lead(org)
    there = join(org, campaign, LeadId=person)

    results = crm.apply(
        new(MEMBER, member(campaign, contact(org), "Came late"), member(rich, person, "came late"))
    )
    (update,) = crm.apply(changed(MEMBER, there, {"Status": "Came late"}))

    assert outcomes([*results, update]) == [REJECTED, DONE, REJECTED]
    assert (
        "'Spring fair' has no member status 'Came late'; it has Responded, Sent." in update.message
    )
    assert (results[0].fields, update.fields) == ((), ("Status",))
    assert org.get(MEMBER, there)["Status"] == "Sent"
    (moved,) = crm.apply(changed(MEMBER, there, {"Status": "Responded"}))
    assert stored(moved).fields == {"Status": "Responded"}


@pytest.mark.parametrize("moves", [True, False], ids=["membership there", "no membership"])
def test_r19_member_whose_lead_was_converted_meanwhile_joins_as_the_contact(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, moves: bool
) -> None:
    person = lead(org)
    row = join(org, campaign, LeadId=person) if moves else None
    became = org.convert_lead(person).contact_id

    (result,) = crm.apply(new(MEMBER, member(campaign, person)))

    if moves:
        assert (result.outcome, result.existing) == (DUPLICATE, (MEMBER, row))
    else:
        assert (result.outcome, stored(result).fields) == (DONE, member(campaign, became))


def test_r27_locked_and_hidden_rows_say_so_one_by_one_in_plain_words(
    crm: SalesforceCrm, org: SalesforceStore, campaign: str, deal: str
) -> None:
    org.lock_next(MEMBER, 1)
    org.refuse_next(MEMBER, 1, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "no access")
    people = [contact(org) for _ in range(3)]
    binned = contact(org)
    org.remove("Contact", binned)

    members = crm.apply(new(MEMBER, *(member(campaign, one) for one in people)))
    unknown, wrong = crm.apply(
        new(
            ROLE,
            {"OpportunityId": deal, "ContactId": binned},
            {"OpportunityId": deal, "ContactId": lead(org)},
        )
    )

    assert outcomes(members) == [WriteOutcome.LOCKED, REJECTED, DONE]
    assert members[1].advice is not None
    assert "Share that deal, campaign, account, person or owner" in members[1].advice.fix
    assert (unknown.outcome, wrong.outcome) == (REJECTED, REJECTED)
    assert unknown.advice is not None
    assert "is deleted, or not shared with the integration user" in unknown.advice.what
    assert wrong.message == "ContactId: only a contact can stand here; nothing was sent"


# --- roles ------------------------------------------------------------------------------------


def test_roles_are_made_changed_and_removed(
    crm: SalesforceCrm, org: SalesforceStore, deal: str
) -> None:
    crm.describe(ROLE)
    person, boss = contact(org), contact(org, "Boss")
    rows = [
        {"OpportunityId": deal, "ContactId": person, "Role": "Evaluator", "IsPrimary": "true"},
        {"OpportunityId": deal, "ContactId": person, "Role": "Other", "IsPrimary": "false"},
        {"OpportunityId": deal, "ContactId": boss, "Role": "Other", "IsPrimary": "false"},
    ]

    made, calls = calls_of(crm, lambda: crm.apply(new(ROLE, *rows)))
    ids = [one.id or "" for one in made]
    (primary,) = crm.apply(changed(ROLE, ids[2], {"IsPrimary": "true", "Role": "Decision Maker"}))
    (removed,) = crm.apply(changed(ROLE, ids[1], {}))
    again = crm.apply(changed(ROLE, ids[1], {}))

    assert calls == 1, "what two rows of one person hold is told apart by their ids"
    assert [stored(one).fields for one in made] == rows
    assert stored(primary).fields == {"IsPrimary": "true", "Role": "Decision Maker"}
    assert (removed.outcome, outcomes(again)) == (DONE, [DONE])
    left = {one.ref.id: one.fields["IsPrimary"] for one in crm.fetch(ROLE, ids, ("IsPrimary",))}
    assert (left[ids[0]], left[ids[2]]) == ("false", "true"), "the first is primary no more"


def test_second_primary_role_that_an_org_refuses_is_refused_alone(
    crm: SalesforceCrm, org: SalesforceStore, deal: str
) -> None:
    org.switches.second_primary_role = SecondPrimary.REFUSE
    body: JsonObject = {
        "OpportunityId": deal,
        "ContactId": contact(org),
        "IsPrimary": True,
    }
    org.create(ROLE, body)
    second = {"OpportunityId": deal, "ContactId": contact(org), "IsPrimary": "true"}

    refused, made = crm.apply(new(ROLE, second, {**second, "IsPrimary": "false"}))

    assert (refused.outcome, refused.fields, made.outcome) == (REJECTED, ("IsPrimary",), DONE)


# --- currencies -------------------------------------------------------------------------------


def test_rates_are_read_in_one_call_dated_ones_too(
    crm: SalesforceCrm, org: SalesforceStore
) -> None:
    assert crm.rates() == (), "an org with one currency has none"
    org.switches.multi_currency = True
    rates: JsonObject = {"IsoCode": "EUR", "DecimalPlaces": 2, "IsActive": False}
    org.create("CurrencyType", {**rates, "ConversionRate": 0.92})
    for day, rate in (("2026-01-01", 0.9), ("2026-04-01", 0.95)):
        body: JsonObject = {"IsoCode": "EUR", "StartDate": day, "ConversionRate": rate}
        org.create("DatedConversionRate", body)
    lasting = (
        Rate(currency="EUR", units=Decimal("0.92")),
        Rate(currency="USD", units=Decimal(1)),
    )

    found, calls = calls_of(crm, crm.rates)

    assert calls == 1
    assert found == (
        *lasting,
        Rate(currency="EUR", units=Decimal("0.9"), since=date(2026, 1, 1)),
        Rate(currency="EUR", units=Decimal("0.95"), since=date(2026, 4, 1)),
    )
    org.switches.dated_rates = False
    assert crm.rates() == lasting
