"""What is proposed from two schemas: which fields mean the same, which way, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mappings.proposing.custom import custom_fields
from mappings.proposing.pairs import KINDS, propose_pair
from mappings.proposing.proposal import (
    Choices,
    LeftOut,
    ProposedField,
    ProposedPair,
    Shapes,
    Why,
)
from mappings.proposing.wording import called, likeness
from sync.domain.record import Side
from sync.domain.rules import Arrow
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.unit.mappings.shapes import shape

TEXT, CHOICE, NUMBER = FieldKind.TEXT, FieldKind.CHOICE, FieldKind.NUMBER

HUBSPOT = (
    shape("email", FieldKind.EMAIL, unique=True),
    shape("firstname"),
    shape("lastname"),
    shape("company"),
    shape("country"),
    shape("state"),
    shape("salutation"),
    shape("numemployees", CHOICE, options=("1-5", "5-25")),
    shape("hubspot_owner_id", FieldKind.REFERENCE, refers_to=("owners",)),
    shape("hs_email_optout", FieldKind.BOOLEAN, updatable=False),
    shape("lifecyclestage", CHOICE, options=("lead",)),
    shape("createdate", FieldKind.DATETIME, updatable=False),
)
PERSON = (
    shape("Email", FieldKind.EMAIL),
    shape("FirstName"),
    shape("LastName", required=True),
    shape("Salutation", CHOICE, options=("Mr.", "Ms.")),
    shape("HasOptedOutOfEmail", FieldKind.BOOLEAN),
    shape("OwnerId", FieldKind.REFERENCE, refers_to=("User",)),
)
LEAD = (
    *PERSON,
    shape("Company", required=True),
    shape("Country"),
    shape("State"),
    shape("NumberOfEmployees", FieldKind.INTEGER),
)
CONTACT = (*PERSON, shape("MailingCountry"), shape("MailingState"))


def labelled(name, label, kind=TEXT, **more):
    return replace(shape(name, kind, **more), label=label)


def described(name: str, fields: tuple[FieldShape, ...]) -> ObjectShape:
    return ObjectShape(name, name, {one.name: one for one in fields})


def people(hubspot=(), lead=(), contact=(), *, without=()):
    return Shapes(
        described(
            "contacts", tuple(one for one in (*HUBSPOT, *hubspot) if one.name not in without)
        ),
        {
            "Contact": described("Contact", (*CONTACT, *contact)),
            "Lead": described("Lead", (*LEAD, *lead)),
        },
    )


def proposed(
    shapes: Shapes, kind: str = "contacts", choices: Choices | None = None
) -> ProposedPair:
    return propose_pair(KINDS[kind], shapes, choices or Choices())


def field(pair: ProposedPair, name: str) -> ProposedField:
    return next(one for one in pair.fields if one.name == name)


def why_out(pair: ProposedPair, native: str) -> Why:
    return next(one.why for one in pair.left_out if one.native == native)


def own(hubspot: FieldShape, *salesforce: FieldShape, rivals=()) -> list[ProposedField]:
    """Propose fields of the org's own between one HubSpot field and some of Lead."""
    shapes = Shapes(
        described("contacts", (hubspot, *rivals)), {"Lead": described("Lead", salesforce)}
    )
    return list(custom_fields(shapes, taken=(), names=(), keys=("salesforce_id",)))


# Standard fields


def test_fields_of_one_meaning_are_paired_whatever_they_are_called():
    pair = proposed(people())

    assert field(pair, "last_name").map_line(pair.salesforce) == "lastname <-> LastName"
    assert field(pair, "owner").map_line(pair.salesforce) == "hubspot_owner_id <-> OwnerId"
    assert field(pair, "owner").settings["type"] == "user"


def test_field_with_two_names_in_salesforce_names_both_objects():
    pair = proposed(people())

    line = field(pair, "state").map_line(pair.salesforce)
    assert line == "state <-> Contact.MailingState | Lead.State"


def test_field_of_one_object_names_that_object():
    pair = proposed(people())

    assert field(pair, "company").map_line(pair.salesforce) == "company <-> Lead.Company"


def test_value_salesforce_demands_has_a_stand_in():
    pair = proposed(people())

    assert field(pair, "last_name").settings["if_blank"] == "[not given]"
    assert "if_blank" not in field(pair, "first_name").settings


def test_read_only_field_of_hubspot_travels_one_way_and_is_protected():
    pair = proposed(people())

    assert field(pair, "do_not_email").arrow is Arrow.TO_RIGHT
    assert field(pair, "do_not_email").settings["protect"] == "hubspot"
    assert "read-only in HubSpot" in field(pair, "do_not_email").note


def test_picklist_travels_to_free_text_only():
    pair = proposed(people())

    assert field(pair, "salutation").arrow is Arrow.TO_LEFT


def test_field_of_one_meaning_that_holds_another_kind_is_left_out():
    pair = proposed(people())

    assert why_out(pair, "numemployees") is Why.UNLIKE


def test_country_is_plain_text_where_the_org_has_no_country_picklist():
    pair = proposed(people())

    assert "type" not in field(pair, "country").settings


def test_country_code_is_taken_where_the_org_has_one_and_states_then_come_from_salesforce():
    codes = (Option("DE", "Germany"), Option("AT", "Austria"))
    pair = proposed(
        people(
            lead=(
                shape("CountryCode", CHOICE, restricted=True, options=codes),
                shape("StateCode", CHOICE, restricted=True),
            ),
            contact=(shape("MailingCountryCode", CHOICE, restricted=True, options=codes),),
        )
    )

    line = field(pair, "country").map_line(pair.salesforce)
    assert line == "country <-> Contact.MailingCountryCode | Lead.CountryCode"
    assert field(pair, "country").settings == {"type": "country"}
    assert field(pair, "state").arrow is Arrow.TO_LEFT
    assert why_out(pair, "Country") is Why.COVERED


def test_lifecycle_fields_wait_for_a_later_release():
    assert why_out(proposed(people()), "lifecyclestage") is Why.LATER


def test_every_field_of_both_sides_is_mapped_suggested_or_left_out():
    shapes = people()
    pair = proposed(shapes)

    told = {one.left for one in pair.fields} | {one.native for one in pair.left_out}
    assert shapes.left.fields.keys() <= told
    told |= {native for one in pair.fields for native in one.right.values()}
    assert shapes.right["Lead"].fields.keys() <= told


# Rules of the pair


def test_people_match_by_email_and_become_leads():
    pair = proposed(people())

    assert pair.match == ("email",)
    assert pair.create_as == "Lead"
    assert pair.create == dict.fromkeys(Side, 'record.email != ""')
    assert pair.include == dict.fromkeys(Side, 'record.email != ""')


def test_org_without_leads_gets_contacts():
    shapes = people()
    pair = proposed(Shapes(shapes.left, {"Contact": shapes.right["Contact"]}))

    assert pair.salesforce == ("Contact",)
    assert pair.create_as == ""
    assert field(pair, "email").map_line(pair.salesforce) == "email <-> Email"


def test_nothing_is_made_where_salesforce_demands_what_nobody_fills():
    pair = proposed(people(lead=(shape("Region__c", required=True),)))

    assert Side.RIGHT not in pair.create
    assert Side.LEFT in pair.create
    assert "Region__c" in pair.remarks[0]


def test_without_the_field_to_match_by_no_rule_names_it():
    pair = proposed(people(without=("email",)))

    assert (pair.match, dict(pair.include), dict(pair.create)) == ((), {}, {})


# An account's own fields


def test_own_field_is_found_by_its_label_and_name():
    (found,) = own(
        labelled("nps_score", "NPS Score", NUMBER), labelled("NPS_Score__c", "NPS Score", NUMBER)
    )

    assert not found.suggested
    assert (found.name, found.sureness, found.arrow) == ("nps_score", 100, Arrow.BOTH)
    assert found.settings["type"] == "number"


def test_name_whose_words_are_apart_is_the_field_s():
    (found,) = own(
        labelled("hubspotscore", "HubSpot Score", NUMBER),
        labelled("HubSpot_Score__c", "HubSpot Score", NUMBER),
    )

    assert found.name == "hubspot_score"


def test_names_that_are_alike_only_are_a_suggestion():
    (found,) = own(
        labelled("contract_renewal_month", "Contract renewal month"),
        labelled("Contract_Renewal__c", "Contract Renewal"),
    )

    assert found.suggested
    assert 60 <= found.sureness < 90


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("renewal_date", "Removal_Date__c"),
        ("email_field", "phone_field__c"),
        ("number_of_licenses", "NumberofLocations__c"),
        ("start_date", "End_Date__c"),
        ("product_interest", "Product_Line__c"),
    ],
)
def test_names_that_share_only_common_words_are_not_paired(mine, theirs):
    assert own(shape(mine), shape(theirs)) == []


def test_same_name_with_values_of_another_kind_is_not_paired():
    assert own(shape("nps", FieldKind.BOOLEAN), shape("NPS__c", FieldKind.DATE)) == []


def test_label_that_no_name_bears_out_is_a_suggestion():
    (found,) = own(
        labelled("abc_tier", "Partner Program"), labelled("xyz_class__c", "Partner Program")
    )

    assert found.suggested


def test_name_that_can_mean_anything_is_a_suggestion():
    (found,) = own(labelled("category", "Category"), labelled("Category__c", "Category"))

    assert found.suggested


def test_two_counterparts_leave_the_choice_to_the_admin():
    found = own(
        labelled("nps_score", "NPS Score", NUMBER),
        labelled("NPS_Score__c", "NPS Score", NUMBER),
        labelled("NPS_Score_2__c", "NPS Score", NUMBER),
    )

    assert len(found) == 1
    assert found[0].suggested
    assert "NPS_Score" in found[0].note


def test_id_of_another_system_is_not_paired():
    assert own(shape("erp_id"), shape("ERP_Id__c")) == []


def test_standard_fields_of_salesforce_are_never_paired_by_name():
    assert own(labelled("rating", "Rating"), labelled("Rating", "Rating")) == []


def test_own_field_with_different_kinds_on_lead_and_contact_is_left_alone():
    shapes = people(
        hubspot=(labelled("vip_level", "VIP Level"),),
        lead=(labelled("VIP_Level__c", "VIP Level"),),
        contact=(labelled("VIP_Level__c", "VIP Level", NUMBER),),
    )

    assert why_out(proposed(shapes), "vip_level") is Why.NO_COUNTERPART


def test_word_the_language_keeps_for_itself_is_no_name_of_a_field():
    (found,) = own(labelled("stage", "Pilot Stage"), labelled("Pilot_Stage__c", "Pilot Stage"))

    assert found.name == "stage_value"


def test_percentage_is_paired_with_a_percentage_only():
    found = own(
        labelled("churn_risk", "Churn risk", FieldKind.PERCENT),
        labelled("Churn_Risk__c", "Churn risk", FieldKind.PERCENT),
    )
    assert not found[0].suggested

    assert not own(
        labelled("churn_risk", "Churn risk", FieldKind.NUMBER),
        labelled("Churn_Risk__c", "Churn risk", FieldKind.PERCENT),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mobile_nr", "Mobile Nr"), ("Mobile_Number__c", "Mobile Number")),
        (("expiry_date", "Expiry Date"), ("Expiration_Date__c", "Expiration Date")),
        (("optout_sms", "SMS OptOut"), ("SMS_Opt_Out__c", "SMS Opt Out")),
        (("geraet", "Gerätegröße"), ("Geraet__c", "Gerätegrösse")),
        (("dogovor", "Дата договора"), ("Dogovor_Data__c", "Договора дата")),
    ],
)
def test_other_spellings_of_one_word_are_the_same(one, other):
    assert likeness(called(labelled(*one)), called(labelled(*other))) >= 90


# Picklists


def listed_pair(mine: tuple[str, ...], theirs: tuple[str, ...]) -> ProposedField:
    (found,) = own(
        labelled("loyalty_tier", "Loyalty Tier", CHOICE, options=mine, restricted=True),
        labelled("Loyalty_Tier__c", "Loyalty Tier", CHOICE, options=theirs, restricted=True),
    )
    return found


def test_same_values_need_no_table():
    found = listed_pair(("Gold", "Silver"), ("Silver", "Gold"))

    assert found.values == ()
    assert "otherwise" not in found.settings


def test_values_that_differ_in_form_get_lines_and_the_rest_stays_open():
    found = listed_pair(("GOLD", "SILVER", "OTHER"), ("Gold", "Silver", "Basic"))

    assert [(one.mine, one.theirs, one.sure) for one in found.values] == [
        ("GOLD", "Gold", True),
        ("SILVER", "Silver", True),
    ]
    assert found.open_values == {Side.LEFT: ("OTHER",), Side.RIGHT: ("Basic",)}
    assert found.settings["otherwise"] == "hold"
    assert not found.suggested


def test_near_values_are_lines_to_decide():
    found = listed_pair(("GOLD", "SILVER", "BRONZE_MEMBER"), ("Gold", "Silver", "Bronze"))

    assert [one.sure for one in found.values] == [True, True, False]


def test_picklists_with_little_in_common_are_a_suggestion():
    found = listed_pair(("GOLD", "A", "B", "C"), ("Gold", "X", "Y", "Z"))

    assert found.suggested
    assert "1 of 4" in found.note


def test_values_travel_only_from_the_side_whose_values_have_lines():
    found = listed_pair(("GOLD", "SILVER", "A", "B", "C", "D"), ("Gold", "Silver"))

    assert found.arrow is Arrow.TO_LEFT
    assert not found.suggested


def test_proposal_does_not_depend_on_the_order_of_fields():
    shapes = people(
        hubspot=(labelled("nps_score", "NPS Score"), labelled("nps_date", "NPS Date")),
        lead=(labelled("NPS_Score__c", "NPS Score"), labelled("NPS_Date__c", "NPS Date")),
    )
    turned = Shapes(
        described("contacts", tuple(reversed(shapes.left.fields.values()))),
        {
            name: described(name, tuple(reversed(one.fields.values())))
            for name, one in shapes.right.items()
        },
    )
    lines = [
        {(one.name, one.map_line(("Contact", "Lead")), one.suggested) for one in pair.fields}
        for pair in (proposed(shapes), proposed(turned))
    ]

    assert lines[0] == lines[1]


def test_hubspot_s_own_salesforce_fields_are_left_alone():
    shapes = people(hubspot=(shape("salesforceleadid"), shape("salesforcelastsynctime")))
    pair = proposed(shapes)

    assert why_out(pair, "salesforceleadid") is Why.NATIVE_SYNC
    assert isinstance(pair.left_out[0], LeftOut)
