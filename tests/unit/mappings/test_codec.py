from __future__ import annotations

import pytest

from mappings.bound import BoundPair
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Codec, Trouble, TroubleKind
from sync.domain.schema import FieldKind, Option
from tests.unit.mappings.shapes import LEFT, bound, shape, with_field

L, R = Side.LEFT, Side.RIGHT


def codec(line: str, more: str = "") -> Codec:
    """Give the codec of the one further field `f`."""
    return bound(f"f: {line}", more).rule("f").codec


def carry(line: str, value: Native, *, origin: Side = L, object_name: str = "") -> Carried:
    target = object_name or ("Lead" if origin is L else "contacts")
    return codec(line).carry(origin, value, object_name=target)


def trouble(line: str, value: str, *, origin: Side = L) -> Trouble:
    carried = carry(line, value, origin=origin)
    assert isinstance(carried, Trouble)
    return carried


SENIORITY = "{map: seniority <-> Level__c, values: {Exec: C-Level, VP: C-Level, Manager: Manager}}"

# --- F18: a difference of form only ---------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "side", "one", "other"),
    [
        ("firstname <-> FirstName", L, " Ada\r\n", "Ada"),
        ("{map: mobilephone <-> MobilePhone, type: phone}", R, "+49 170 1234567", "+491701234567"),
        ("{map: country <-> Lead.CountryCode, type: country}", L, "Germany", "DE"),
        ("hubspotscore -> HubSpot_Score__c", R, "1.50", "1.5"),
        ("{map: born <-> Born__c}", R, "2026-03-31T00:00:00+02:00", "2026-03-31"),
        ("met <-> Met__c", L, "2026-03-31T00:00:00+02:00", "2026-03-30T22:00:00.000Z"),
        ("topics <-> Topics__c", L, "B;A", "A;B"),
        ("{map: opted_out <-> HasOptedOutOfEmail, type: opt_out}", L, "yes", "true"),
    ],
)
def test_f18_a_difference_of_form_is_none(line: str, side: Side, one: str, other: str) -> None:
    found = codec(line)
    assert found.normal(side, one) == found.normal(side, other)
    assert found.normal(side, one) is not None


def test_f18_the_case_of_an_email_is_form() -> None:
    email = bound("a: firstname <-> FirstName").rule("email").codec
    assert email.normal(R, "Ada@X.com") == email.normal(R, "ada@x.com")


def test_the_case_of_a_picklist_value_is_no_form() -> None:
    found = codec("seniority <-> Level__c")
    assert found.normal(R, "manager") != found.normal(R, "Manager")


def test_a_value_the_type_cannot_read_stays_as_it_is() -> None:
    found = codec("{map: firstname <-> FirstName, type: number}")
    assert found.normal(L, " lots ") == " lots "
    assert found.canonical(L, " lots ") == " lots "


@pytest.mark.parametrize("line", ["firstname <-> FirstName", "hubspotscore -> HubSpot_Score__c"])
def test_space_alone_is_a_blank(line: str) -> None:
    found = codec(line)
    assert found.normal(L, " \n ") is None
    assert found.canonical(L, " \n ") is None
    assert found.carry(L, " \n ", object_name="Lead") is None


def test_a_blank_stays_blank() -> None:
    found = codec("firstname <-> FirstName")
    assert (found.normal(L, None), found.canonical(L, None)) == (None, None)
    assert found.carry(L, None, object_name="Lead") is None


# --- phone numbers and countries ------------------------------------------------------------


def test_the_records_country_reads_its_phone_numbers() -> None:
    found = codec("{map: mobilephone <-> MobilePhone, type: phone}", "defaults: {region: DE}")
    assert found.canonical(L, "0664 1234567", region="AT") == "+436641234567"


def test_the_default_region_reads_numbers_of_records_without_country() -> None:
    found = codec("{map: mobilephone <-> MobilePhone, type: phone}", "defaults: {region: DE}")
    assert found.carry(L, "0170 1234567", object_name="Lead") == "+491701234567"


def test_a_phone_number_nobody_can_read_travels_as_it_is() -> None:
    assert carry("{map: mobilephone <-> MobilePhone, type: phone}", "call Ada ") == "call Ada"


def test_a_country_is_written_as_the_pick_list_spells_it() -> None:
    named = shape(
        "country",
        FieldKind.CHOICE,
        restricted=True,
        options=("Germany", "Austria", Option("x", "Nowhere")),
    )
    line = "f: {map: country <-> Lead.CountryCode, type: country}"
    found = bound(line, left=with_field(LEFT, named)).rule("f").codec
    assert found.carry(R, "DE", object_name="contacts") == "Germany"
    assert found.carry(L, "Germany", object_name="Lead") == "DE"
    assert found.canonical(L, "Austria") == "AT"
    assert found.normal(L, "Germany") == "Germany"


def test_a_country_goes_into_a_text_field_as_its_code() -> None:
    line = "{map: country <-> Lead.CountryCode | Contact.MailingCountryCode, type: country}"
    assert carry(line, "AT", origin=R) == "AT"
    assert carry(line, "Germany") == "DE"
    assert carry(line, "Germany", object_name="Contact") == "DE"


# --- the values table (F14) -----------------------------------------------------------------


def test_values_are_translated_both_ways_and_the_first_line_goes_back() -> None:
    assert carry(SENIORITY, "VP") == "C-Level"
    assert carry(SENIORITY, "C-Level", origin=R) == "Exec"


def test_the_canonical_value_is_the_left_column() -> None:
    found = codec(SENIORITY)
    assert found.canonical(L, "VP") == "VP"
    assert found.canonical(R, "C-Level") == "Exec"
    assert found.canonical(R, "Assistant") == "Assistant"


def test_f14_a_value_without_entry_is_held_naming_value_picklist_and_line() -> None:
    found = trouble("{map: seniority <-> Level__c, values: {Exec: C-Level}}", "VP")
    assert found.kind is TroubleKind.HOLD
    assert found.message == ("'VP' of HubSpot's seniority has no entry in the values table of f")
    assert found.fix == "add the line 'VP: …' under fields.f.values in mappings/contacts.yaml"


def test_f14_on_the_way_back_the_line_to_add_is_the_other_way_round() -> None:
    found = trouble("{map: seniority <-> Level__c, values: {Exec: C-Level}}", "Manager", origin=R)
    assert found.message.startswith("'Manager' of Salesforce's Level__c ")
    assert "'…: Manager'" in found.fix


def test_a_value_without_entry_may_leave_the_target_as_it_is() -> None:
    line = "{map: seniority <-> Level__c, values: {Exec: C-Level}, otherwise: keep}"
    assert trouble(line, "VP").kind is TroubleKind.KEEP


def test_a_value_without_entry_may_become_a_named_one() -> None:
    line = "{map: seniority -> Level__c, values: {Exec: C-Level}, otherwise: Manager}"
    assert carry(line, "VP") == "Manager"


def test_several_values_are_translated_one_by_one() -> None:
    line = "{map: topics <-> Topics__c, values: {A: B, B: C}}"
    assert carry(line, "B;A") == "B;C"
    assert carry(line, "C;B", origin=R) == "A;B"
    assert trouble(line, "A;C").kind is TroubleKind.HOLD
    assert codec(line).canonical(R, "C;B") == "A;B"


def test_a_values_table_reads_its_words_like_the_fields_values() -> None:
    line = "{map: opted_out -> FirstName, type: boolean, values: {yes: Out, 'no': In}}"
    assert carry(line, "true") == "Out"


# --- if_blank (F21) -------------------------------------------------------------------------


def test_f21_an_if_blank_value_read_back_is_a_blank() -> None:
    found = codec("{map: lastname <-> LastName, if_blank: '[not given]'}")
    for side in Side:
        assert found.normal(side, " [not given] ") is None
        assert found.canonical(side, "[not given]") is None
    assert found.carry(R, "[not given]", object_name="contacts") is None
    assert found.normal(R, "Lovelace") == "Lovelace"


def test_an_if_blank_value_the_type_cannot_read_is_a_blank_too() -> None:
    found = codec("{map: hubspotscore -> HubSpot_Score__c, if_blank: none yet}")
    assert found.normal(R, "none yet") is None
    assert found.carry(L, "none yet", object_name="Lead") is None


# --- what the target takes (F15) ------------------------------------------------------------


def test_f15_a_text_that_is_too_long_is_refused_naming_field_limit_and_length() -> None:
    found = trouble("firstname <-> FirstName", "x" * 41)
    assert (found.kind, found.code) == (TroubleKind.REFUSED, "too_long")
    assert found.message == "Salesforce's Lead.FirstName takes 40 characters, the value has 41"


def test_a_text_of_just_the_limit_fits() -> None:
    assert carry("firstname <-> FirstName", "x" * 40) == "x" * 40


def test_f15_a_value_outside_a_restricted_picklist_is_refused_with_the_nearest() -> None:
    found = trouble("seniority <-> Level__c", "Manger")
    assert (found.kind, found.code) == (TroubleKind.REFUSED, "not_in_picklist")
    assert found.message == (
        "'Manger' is not in the picklist of Salesforce's Lead.Level__c; did you mean 'Manager'?"
    )


def test_f15_each_of_several_values_must_be_in_the_picklist() -> None:
    assert carry("topics <-> Topics__c", "C;A") == "A;C"
    assert trouble("topics <-> Topics__c", "A;D").message.startswith("'D' is not in the picklist")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("{map: firstname -> HubSpot_Score__c}", "1,000"),
        ("{map: firstname -> HubSpot_Score__c, type: text}", "lots"),
        ("{map: firstname -> HasOptedOutOfEmail}", "perhaps"),
        ("{map: firstname -> Born__c}", "soon"),
        ("{map: firstname -> Met__c, type: text}", "soon"),
        ("{map: firstname -> Topics__c, type: number, values: {a: A}}", "lots"),
    ],
)
def test_f15_a_value_of_another_type_is_refused_without_telling_it(line: str, value: str) -> None:
    found = trouble(line, value)
    assert (found.kind, found.code) == (TroubleKind.REFUSED, "wrong_type")
    assert value not in found.message + found.fix


def test_f15_a_text_that_is_no_address_is_refused_by_an_email_field() -> None:
    email = bound("a: firstname <-> FirstName").rule("email").codec
    found = email.carry(L, "ada at home", object_name="Lead")
    assert isinstance(found, Trouble)
    assert "ada at home" not in found.message


def test_a_field_that_is_not_held_on_an_object_cannot_be_carried_there() -> None:
    line = "{map: company -> Lead.Company, if_blank: x}"
    found = carry(line, "Acme", object_name="Contact")
    assert isinstance(found, Trouble)
    assert found.code == "not_held"


@pytest.mark.parametrize(
    ("value", "carried"), [("60.25", "60.3"), ("60.24", "60.2"), ("-60.25", "-60.3"), ("60", "60")]
)
def test_numbers_are_rounded_half_up_to_the_targets_scale(value: str, carried: str) -> None:
    assert carry("hubspotscore -> HubSpot_Score__c", value) == carried


def test_a_whole_number_field_gets_fractions_rounded() -> None:
    assert carry("{map: firstname -> HubSpot_Score__c, type: integer}", "2.5") == "3"
    assert trouble("{map: firstname -> FirstName, type: integer}", "two").code == "wrong_type"


def test_f15_more_digits_than_the_field_has_are_refused() -> None:
    found = trouble("hubspotscore -> HubSpot_Score__c", "1234567.5")
    assert found.message == (
        "Salesforce's Lead.HubSpot_Score__c takes 6 digits before the point, the value has 7"
    )


def test_a_percentage_travels_between_fraction_and_points() -> None:
    found = codec("margin <-> Margin__c")
    assert found.carry(L, "0.125", object_name="Lead") == "12.5"
    assert found.carry(R, "12.5", object_name="contacts") == "0.125"
    assert (found.canonical(L, "0.125"), found.canonical(R, "12.50")) == ("12.5", "12.5")
    assert found.normal(L, "0.1250") == "0.125"


def test_a_date_goes_into_a_time_field_as_its_midnight_and_back() -> None:
    found = codec("{map: born <-> Met__c, type: date}")
    assert found.carry(L, "2026-03-31", object_name="Lead") == "2026-03-31T00:00:00.000Z"
    assert found.carry(R, "2026-03-31T00:00:00.000Z", object_name="contacts") == "2026-03-31"
    assert found.normal(R, "2026-03-31T10:00:00.000Z") == "2026-03-31T00:00:00.000Z"


def test_text_is_folded_where_the_target_folds_it() -> None:
    folding = with_field(LEFT, shape("firstname", folds_case=True))
    found = bound("f: firstname <-> FirstName", left=folding).rule("f").codec
    assert found.carry(R, "ADA", object_name="contacts") == "ada"


# --- what carrying promises -----------------------------------------------------------------

FIELDS = """
first: firstname <-> FirstName
phone: {map: mobilephone <-> MobilePhone, type: phone}
country: {map: country <-> Lead.CountryCode, type: country}
level: {map: seniority <-> Level__c, values: {Exec: C-Level, VP: C-Level, Manager: Manager}}
out: {map: opted_out <-> HasOptedOutOfEmail, type: opt_out}
margin: margin <-> Margin__c
born: born <-> Born__c
met: met <-> Met__c
topics: topics <-> Topics__c
notes: notes <-> Notes__c
"""
VALUES = {
    "email": ("Ada@x.com", "ADA@x.com"),
    "first": (" Ada ", "e\u0301"),
    "phone": ("0170 1234567", "call me"),
    "country": ("Germany", "AT"),
    "level": ("VP", "C-Level", "Manager"),
    "out": ("true", "false"),
    "margin": ("0.50", "12.345"),
    "born": ("2026-03-31", "2026-03-31T00:00:00+02:00"),
    "met": ("2026-03-31T22:14:05.000Z",),
    "topics": ("B;A",),
    "notes": (" a\r\nb ",),
}


@pytest.fixture(scope="module")
def pair() -> BoundPair:
    return bound(FIELDS, "defaults: {region: DE}")


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in VALUES.items() for v in vs])
def test_a_carried_value_is_in_the_other_sides_normal_form(
    pair: BoundPair, name: str, value: str, side: Side
) -> None:
    found = pair.rule(name).codec
    carried = found.carry(side, value, object_name="Lead" if side is L else "contacts")
    if not isinstance(carried, Trouble):
        assert found.normal(side.other, carried) == carried


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in VALUES.items() for v in vs])
def test_the_normal_form_is_normal(pair: BoundPair, name: str, value: str, side: Side) -> None:
    found = pair.rule(name).codec
    normal = found.normal(side, value)
    assert found.normal(side, normal) == normal
