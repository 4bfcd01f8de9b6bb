"""What is proposed for deals and for fields that name records of other pairs."""

from __future__ import annotations

from dataclasses import replace

from mappings.loader import load_mapping
from mappings.proposing.pairs import KINDS, propose_pair
from mappings.proposing.proposal import Choices, ProposedPair, Shapes, Why
from mappings.proposing.proving import Draft, prove
from sync.domain.record import Side
from sync.domain.schema import Division, FieldKind, ObjectShape, Option
from tests.unit.mappings.shapes import shape
from tests.unit.mappings.test_proposing import described, field, people, why_out

CHOICE, REFERENCE = FieldKind.CHOICE, FieldKind.REFERENCE
STAGES = ("appointmentscheduled", "qualifiedtobuy", "closedwon", "closedlost")

DEALS = (
    shape("dealname", required=True),
    shape("dealstage", CHOICE, required=True, options=STAGES, restricted=True),
    shape("pipeline", CHOICE, options=("default",)),
    shape("amount", FieldKind.MONEY),
    shape("closedate", FieldKind.DATETIME),
    shape("closed_lost_reason", FieldKind.MULTILINE),
    shape("associated company", REFERENCE, refers_to=("companies",), creatable=False),
)
OPPORTUNITY = (
    shape("Name", required=True),
    shape("StageName", CHOICE, required=True, options=("Prospecting", "Closed Won", "Closed Lost")),
    shape("Amount", FieldKind.MONEY),
    shape("CloseDate", FieldKind.DATE, required=True),
    shape("AccountId", REFERENCE, refers_to=("Account",)),
    shape("Loss_Reason__c", CHOICE, options=("Price",)),
)
COMPANIES = Shapes(
    described(
        "companies",
        (
            shape("name"),
            shape("domain"),
            shape("parent company", REFERENCE, refers_to=("companies",), creatable=False),
        ),
    ),
    {
        "Account": described(
            "Account",
            (
                shape("Name", required=True),
                shape("Website"),
                shape("ParentId", REFERENCE, refers_to=("Account",)),
            ),
        )
    },
)


def deals(hubspot: ObjectShape | None = None) -> Shapes:
    left = hubspot or described("deals", DEALS)
    return Shapes(left, {"Opportunity": described("Opportunity", OPPORTUNITY)})


def draft(kind: str, shapes: Shapes) -> Draft:
    return Draft(propose_pair(KINDS[kind], shapes, Choices()), KINDS[kind], shapes)


def proposed(shapes: Shapes | None = None) -> ProposedPair:
    return draft("deals", shapes or deals()).pair


def test_deals_are_made_in_hubspot_and_never_in_salesforce():
    pair = proposed()

    assert dict(pair.create) == {Side.LEFT: 'record.name != ""'}
    assert pair.match == ()


def test_stages_are_translated_by_what_they_mean():
    stage = field(proposed(), "deal_stage")

    assert {one.mine: one.theirs for one in stage.values} == {
        "qualifiedtobuy": "Prospecting",
        "closedwon": "Closed Won",
        "closedlost": "Closed Lost",
    }
    assert stage.open_values[Side.LEFT] == ("appointmentscheduled",)
    assert "look them over" in stage.note


def test_amount_and_reason_come_from_salesforce():
    pair = proposed()

    assert field(pair, "amount").map_line(("Opportunity",)) == "amount <- Amount"
    reason = field(pair, "reason").map_line(("Opportunity",))
    assert reason == "closed_lost_reason <- Loss_Reason__c"


def test_what_says_the_pipeline_is_no_field():
    assert why_out(proposed(), "pipeline") is Why.PART


def test_of_several_pipelines_the_first_is_kept_with_its_own_stages():
    parts = (
        Division(
            id="1", name="New business", options={"dealstage": (Option("won1", "Closed Won"),)}
        ),
        Division(id="2", name="Renewals", options={"dealstage": (Option("won2", "Closed Won"),)}),
        Division(id="3", name="Old", active=False),
    )
    left = replace(described("deals", DEALS), divisions=parts, divided_by="pipeline")
    shapes = deals(left)
    pair = proposed(shapes)

    assert pair.extras == {"pipeline": "New business"}
    assert [one.mine for one in field(pair, "deal_stage").values] == ["won1"]
    assert "there are also 'Renewals'" in pair.remarks[0]
    assert "Old" not in " ".join(pair.remarks)


def test_without_stages_in_common_no_deal_is_made():
    other = shape("dealstage", CHOICE, required=True, options=("a", "b"), restricted=True)
    left = described("deals", tuple(other if one.name == "dealstage" else one for one in DEALS))
    pair = proposed(deals(left))

    assert field(pair, "deal_stage").suggested
    assert pair.create == {}
    assert "dealstage" in " ".join(pair.remarks)


def test_references_name_the_pair_of_companies():
    companies, sold = prove([draft("companies", COMPANIES), draft("deals", deals())])

    mapping = load_mapping(sold.text.encode(), file="mappings/deals.yaml")
    assert mapping.fields["company"].pair == "companies"
    parent = load_mapping(companies.text.encode(), file="mappings/companies.yaml")
    assert str(parent.fields["parent"].map) == "parent company <-> ParentId"


def test_reference_without_its_pair_is_a_suggestion():
    (sold,) = prove([draft("deals", deals())])

    company = field(sold.pair, "company")
    assert company.suggested
    assert "there is no pair 'companies'" in company.note


def test_pair_that_is_there_already_can_be_referred_to():
    (companies,) = prove([draft("companies", COMPANIES)])
    there = load_mapping(companies.text.encode(), file="mappings/companies.yaml")
    (sold,) = prove([draft("deals", deals())], beside=[there])

    assert not field(sold.pair, "company").suggested


def test_people_belong_to_the_account_sales_put_them_in():
    tie = shape("associated company", REFERENCE, refers_to=("companies",), creatable=False)
    contact = shape("AccountId", REFERENCE, refers_to=("Account",))
    shapes = people(hubspot=(tie,), contact=(contact,))
    _, found = prove([draft("companies", COMPANIES), draft("contacts", shapes)])

    account = field(found.pair, "account")
    assert account.map_line(found.pair.salesforce) == "associated company <- Contact.AccountId"
    assert account.settings == {"pair": "companies"}


def test_deals_without_fields_for_ids_are_told_to_wait_for_them():
    assert "make them before the first sync" in proposed().remarks[0]

    left = described("deals", (*DEALS, shape("salesforce_id", unique=True)))
    assert proposed(deals(left)).remarks == ()
