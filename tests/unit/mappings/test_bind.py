from __future__ import annotations

from pathlib import Path

import pytest

from mappings.bind import bind
from mappings.expression import ExpressionFailedError
from mappings.findings import MappingErrors
from mappings.live import missing_fields
from mappings.loader import load_mappings
from sync.domain.match import Prefer
from sync.domain.record import Side
from sync.domain.rules import Arrow, BlankRule, FirstSync, Unsure, Wins
from sync.domain.schema import FieldKind
from tests.unit.mappings.shapes import (
    LEFT,
    RIGHT,
    bound,
    contacts,
    pair_of,
    shape,
    with_field,
    without,
)

L, R = Side.LEFT, Side.RIGHT
PERSON = """\
first_name: firstname <-> FirstName
last_name: {map: lastname <-> LastName, if_blank: '[not given]'}
phone: {map: mobilephone <-> MobilePhone, type: phone}
country: {map: country <-> Lead.CountryCode | Contact.MailingCountryCode, type: country}
company: {map: company -> Lead.Company, if_blank: unknown}
status: <- Lead.Status
score: {map: hubspotscore -> HubSpot_Score__c, wins: hold, blank: clear, protect: hubspot}
"""
RULES = """\
include: {hubspot: record.score >= 50}
create:
  salesforce: {as: Lead, when: 'record.country in ["DE", "AT"]'}
defaults: {region: DE, unsure: salesforce, blank: fill}
"""
ADA = {
    "email": "Ada@X.com",
    "firstname": "Ada",
    "lastname": None,
    "mobilephone": "0664 1234567",
    "country": "Austria",
    "hubspotscore": "60",
    "company": "Acme",
}


# --- what the engine is told ----------------------------------------------------------------


def test_the_starters_bind_to_schemas_that_have_their_fields() -> None:
    folder = Path(__file__).resolve().parents[3] / "mappings" / "starter"
    starters = {pair.pair: pair for pair in load_mappings(folder)}
    left = with_field(
        LEFT,
        shape("jobtitle"),
        shape("city"),
        shape("hs_analytics_source"),
        shape("phone", FieldKind.PHONE),
        shape("hubspot_owner_id", FieldKind.REFERENCE, refers_to=("owners",)),
        shape("associated company", FieldKind.REFERENCE, refers_to=("companies",), apart=True),
        shape("parent company", FieldKind.REFERENCE, refers_to=("companies",), apart=True),
        shape("seniority", FieldKind.CHOICE, restricted=True,
              options=("Executive", "VP", "Manager", "Entry")),
    )  # fmt: skip
    right = with_field(
        RIGHT,
        *(shape(name) for name in ("Title", "City", "MailingCity", "BillingCity", "Phone")),
        shape("HubSpot_Company_Id__c", unique=True),
        shape("OwnerId", FieldKind.REFERENCE, refers_to=("User",)),
        shape("AccountId", FieldKind.REFERENCE, refers_to=("Account",)),
        shape("ParentId", FieldKind.REFERENCE, refers_to=("Account",)),
        shape("Level__c", FieldKind.CHOICE, restricted=True,
              options=("C-Level", "Manager", "Specialist")),
    )  # fmt: skip
    assert bind(starters["contacts"], left, right).notes == ()
    companies = bind(starters["companies"], left, right)
    assert companies.key_fields[R, "Account"] == "HubSpot_Company_Id__c"
    assert companies.match_rules == (("domain",), ("name", "country"))


def test_rules_stand_in_the_order_of_the_file_with_defaults_filled_in() -> None:
    pair = bound(PERSON, RULES)
    assert [rule.name for rule in pair.rules][:3] == ["email", "first_name", "last_name"]
    name, score = pair.rule("first_name"), pair.rule("score")
    assert (name.wins, name.unsure, name.blank) == (Wins.NEWEST, Unsure.RIGHT, BlankRule.FILL)
    assert (score.wins, score.blank, score.protect) == (Wins.HOLD, BlankRule.CLEAR, L)
    assert (score.arrow, pair.rule("status").arrow) == (Arrow.TO_RIGHT, Arrow.TO_LEFT)
    assert pair.first_sync is FirstSync.RIGHT


def test_a_field_is_held_where_the_mapping_names_it() -> None:
    pair = bound(PERSON)
    assert pair.rule("company").native_name(R, "Contact") is None
    assert pair.rule("company").native_name(R, "Lead") == "Company"
    assert pair.rule("country").native_name(R, "Contact") == "MailingCountryCode"
    assert pair.rule("status").native_name(L, "contacts") is None


def test_only_an_opt_out_is_one() -> None:
    pair = bound("f: {map: opted_out <-> HasOptedOutOfEmail, type: opt_out}\ng: notes <-> Notes__c")
    assert (pair.rule("f").opt_out, pair.rule("g").opt_out) == (True, False)


def test_the_pairs_own_rules_are_passed_on() -> None:
    pair = bound("a: firstname <-> FirstName", "prefer: oldest\non_leave: unlink\ndelete: archive")
    assert (pair.prefer, pair.on_leave.value, pair.delete.value) == (
        Prefer.OLDEST,
        "unlink",
        "archive",
    )


def test_what_to_read_is_every_mapped_field_and_the_key() -> None:
    pair = bound("score: hubspotscore -> HubSpot_Score__c\nstatus: <- Lead.Status")
    assert pair.native_fields(L, "contacts") == (
        "email",
        "hs_additional_emails",
        "hubspotscore",
        "salesforce_id",
    )
    assert pair.native_fields(R, "Lead") == (
        "Email",
        "HubSpot_Contact_Id__c",
        "HubSpot_Score__c",
        "Status",
    )
    assert "Status" not in pair.native_fields(R, "Contact")


def test_further_addresses_are_read_only_where_people_match_by_email() -> None:
    text = (
        "pair: contacts\nhubspot: contacts\nsalesforce: Lead\nfirst_sync: hold\nmatch: [name]\n"
        "fields: {name: lastname <-> LastName, mail: email <-> Email}\n"
    )
    pair = bind(pair_of(text), LEFT, RIGHT)
    assert "hs_additional_emails" not in pair.native_fields(L, "contacts")


def test_a_record_is_projected_to_field_names_and_what_is_not_there_is_left_out() -> None:
    pair = bound(PERSON)
    assert pair.project(R, "Lead", {"Email": None, "Company": "Acme", "Other": "x"}) == {
        "email": None,
        "company": "Acme",
    }


def test_canonical_values_read_phone_numbers_in_the_records_country() -> None:
    pair = bound(PERSON, RULES)
    canonical = pair.canonical(L, pair.project(L, "contacts", ADA))
    assert canonical["phone"] == "+436641234567"
    assert (canonical["country"], canonical["email"], canonical["last_name"]) == (
        "AT",
        "ada@x.com",
        None,
    )


def test_a_country_nobody_knows_is_no_region() -> None:
    pair = bound(PERSON, RULES)
    assert pair.region(L, {"country": "Austria"}) == "AT"
    assert pair.region(L, {"country": "ZZ"}) is None
    assert pair.region(L, {}) is None
    assert bound("a: firstname <-> FirstName").region(L, {"country": "DE"}) is None


# --- keys of the two CRMs -------------------------------------------------------------------


def test_key_fields_are_used_where_they_exist_and_are_unique() -> None:
    right = without(RIGHT, "HubSpot_Contact_Id__c", of="Lead")
    pair = bound("a: firstname <-> FirstName", right=right)
    assert pair.key_fields == {
        (L, "contacts"): "salesforce_id",
        (R, "Contact"): "HubSpot_Contact_Id__c",
    }
    assert any("Lead.HubSpot_Contact_Id__c is not there" in note for note in pair.notes)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (shape("salesforce_id"), "is not unique"),
        (shape("salesforce_id", unique=True, updatable=False), "is read-only for this user"),
    ],
)
def test_a_key_field_that_cannot_keep_an_id_is_noted(field: object, words: str) -> None:
    pair = bound("a: firstname <-> FirstName", left=with_field(LEFT, field))  # type: ignore[arg-type]
    assert (L, "contacts") not in pair.key_fields
    assert "salesforce_id" not in pair.native_fields(L, "contacts")
    assert any(words in note for note in pair.notes)


# --- matching -------------------------------------------------------------------------------

MATCH = """\
pair: contacts
hubspot: contacts
salesforce: Lead
first_sync: hold
match: [email, [name, country], phone, notes]
defaults: {region: DE}
fields:
  email: {map: email <-> Email, if_blank: none@x.com}
  name: lastname <-> LastName
  country: {map: country <-> CountryCode, type: country}
  phone: {map: mobilephone <-> MobilePhone, type: phone}
  notes: notes <-> Notes__c
"""


def test_keys_of_both_sides_are_the_same_in_every_form() -> None:
    pair = bind(pair_of(MATCH), LEFT, RIGHT)
    left = {"name": " lovelace  KING", "country": "Germany", "phone": "0170 1234567"}
    right = {"name": "Lovelace King", "country": "DE", "phone": "+491701234567"}
    for rule in (1, 2):
        key = pair.match_key(rule, L, left)
        assert key is not None
        assert key == pair.match_key(rule, R, right)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (0, {}),
        (0, {"email": None}),
        (0, {"email": "n/a"}),
        (0, {"email": "none@x.com"}),
        (1, {"name": "Lovelace"}),
        (1, {"name": " ", "country": "DE"}),
        (2, {"phone": "call me"}),
    ],
)
def test_a_blank_or_unreadable_part_gives_no_key(rule: int, values: dict[str, str]) -> None:
    assert bind(pair_of(MATCH), LEFT, RIGHT).match_key(rule, L, values) is None


def test_parts_of_a_key_do_not_run_together() -> None:
    pair = bind(pair_of(MATCH.replace("[name, country]", "[name, notes]")), LEFT, RIGHT)
    one = pair.match_key(1, L, {"name": "ab", "notes": "c"})
    assert one != pair.match_key(1, L, {"name": "a", "notes": "bc"})


def test_secondary_addresses_match_like_the_first_one() -> None:
    pair = bind(pair_of(MATCH), LEFT, RIGHT)
    natives = {"email": "Ada@x.com", "hs_additional_emails": "B@x.com; ;nobody;ada@x.com"}
    assert pair.match_keys(0, L, "contacts", natives) == ("ada@x.com", "b@x.com")
    assert pair.match_keys(0, R, "Lead", {"Email": "b@X.com"}) == ("b@x.com",)


def test_a_secondary_address_matches_where_the_first_is_blank() -> None:
    pair = bind(pair_of(MATCH), LEFT, RIGHT)
    assert pair.match_keys(0, L, "contacts", {"hs_additional_emails": "b@x.com"}) == ("b@x.com",)


# --- who takes part -------------------------------------------------------------------------


def test_include_and_create_when_say_who_takes_part() -> None:
    pair = bound(PERSON, RULES)
    canonical = pair.canonical(L, pair.project(L, "contacts", ADA))
    assert pair.include(L, canonical)
    assert not pair.include(L, {**canonical, "score": "49"})
    assert pair.include(R, {})
    assert pair.create_when(R, canonical)
    assert not pair.create_when(R, {**canonical, "country": "FR"})


def test_a_side_without_create_gets_no_records() -> None:
    pair = bound(PERSON, RULES)
    assert (pair.creates(R), pair.creates(L)) == (True, False)
    assert not pair.create_when(L, {})
    assert (pair.create_as(R), pair.create_as(L)) == ("Lead", "contacts")


def test_create_without_condition_always_holds() -> None:
    assert bound(PERSON, "create: {hubspot: {}}").create_when(L, {})


def test_the_rule_that_keeps_a_record_out_is_given_as_written() -> None:
    pair = bound(PERSON, RULES)
    assert pair.why_left_out(L, {"score": "1"}) == "include.hubspot: record.score >= 50"
    assert pair.why_left_out(L, {"score": "60", "country": "FR"}) == (
        'create.salesforce.when: record.country in ["DE", "AT"]'
    )
    assert pair.why_left_out(R, {}) == "the pair has no create.hubspot"
    assert pair.why_left_out(L, {"score": "60", "country": "DE"}) is None


def test_the_fields_conditions_read_are_known() -> None:
    pair = bound(PERSON + "x: {map: -> Notes__c, to_salesforce: record.first_name}\n", RULES)
    assert pair.expression_fields == {"score", "country", "first_name"}


def test_if_blank_is_written_where_the_object_demands_a_value() -> None:
    pair = bound(PERSON)
    assert pair.required_values(R, "Lead") == {"last_name": "[not given]", "company": "unknown"}
    assert pair.required_values(R, "Contact") == {"last_name": "[not given]"}
    assert pair.required_values(L, "contacts") == {}


# --- computed values ------------------------------------------------------------------------


def test_a_computed_value_is_the_sources_value() -> None:
    pair = bound("full: {map: notes -> Notes__c, to_salesforce: record.full + '!'}")
    assert pair.computed == {"full"}
    computed = pair.compute("full", {"full": "Ada"})
    assert computed == "Ada!"
    assert pair.rule("full").codec.carry(L, computed, object_name="Lead") == "Ada!"


def test_a_computed_value_needs_no_source_field() -> None:
    pair = bound(
        "first: firstname <-> FirstName\n"
        "full: {map: -> Lead.Notes__c, to_salesforce: record.first + ' ' + record.email}"
    )
    assert pair.compute("full", {"first": "Ada", "email": "a@x.com"}) == "Ada a@x.com"
    assert pair.rule("full").native_name(L, "contacts") is None
    assert pair.rule("full").native_name(R, "Lead") == "Notes__c"


def test_a_computed_percentage_arrives_as_the_points_it_says() -> None:
    pair = bound("m: {map: margin -> Margin__c, to_salesforce: record.m * 2.0}")
    computed = pair.compute("m", pair.canonical(L, {"m": "0.25"}))
    assert pair.rule("m").codec.carry(L, computed, object_name="Lead") == "50"


def test_a_computed_value_may_be_blank_or_unreadable() -> None:
    pair = bound("m: {map: margin -> Margin__c, to_salesforce: record.email}")
    assert pair.compute("m", {}) is None
    assert pair.compute("m", {"email": "ada"}) == "ada"


def test_a_computed_value_that_fails_names_its_place() -> None:
    pair = bound("m: {map: margin -> Margin__c, to_salesforce: record.m * 2.0}")
    with pytest.raises(ExpressionFailedError, match=r"mappings/contacts\.yaml: fields\.m: "):
        pair.compute("m", {})


# --- fields that went missing (F20) ---------------------------------------------------------


def test_f20_fields_missing_live_are_named() -> None:
    pair = contacts(PERSON)
    assert missing_fields(pair, LEFT, RIGHT) == frozenset()
    right = without(RIGHT, "MobilePhone", of="Contact")
    assert missing_fields(pair, without(LEFT, "company"), right) == {"company", "phone"}


def test_f20_a_paused_field_is_neither_read_nor_ruled() -> None:
    left = without(LEFT, "firstname")
    pair = bind(contacts(PERSON, RULES), left, RIGHT, paused=["first_name"])
    assert pair.paused == {"first_name"}
    assert "first_name" not in [rule.name for rule in pair.rules]
    assert "FirstName" not in pair.native_fields(R, "Lead")
    assert pair.include(L, {"score": "60"})


def test_f20_a_condition_that_reads_a_paused_field_fails_instead_of_reading_a_blank() -> None:
    more = "x: {map: -> Notes__c, to_salesforce: string(record.score)}\n"
    left = without(LEFT, "hubspotscore")
    pair = bind(contacts(PERSON + more, RULES), left, RIGHT, paused=["score"])
    with pytest.raises(ExpressionFailedError, match=r"reads record\.score, which is paused"):
        pair.include(L, {})
    with pytest.raises(ExpressionFailedError, match=r"reads record\.score, which is paused"):
        pair.compute("x", {})


def test_f20_a_match_by_a_paused_field_finds_nothing() -> None:
    pair = bind(pair_of(MATCH), without(LEFT, "email"), RIGHT, paused=["email"])
    assert pair.match_keys(0, R, "Lead", {"Email": "a@x.com"}) == ()


def test_without_a_pause_a_missing_field_is_a_finding() -> None:
    with pytest.raises(MappingErrors, match="has no field 'firstname'"):
        bind(contacts(PERSON), without(LEFT, "firstname"), RIGHT)


# --- types nobody wrote ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value", "normal"),
    [
        ("notes <-> Born__c", "2026-03-31T22:14:05.000Z", "2026-03-31"),
        ("notes <-> HubSpot_Score__c", "1.50", "1.5"),
        ("notes <-> HasOptedOutOfEmail", "Yes", "true"),
        ("email <-> Notes__c", "A@X.com", "a@x.com"),
        ("notes <-> Topics__c", "B;A", "A;B"),
        ("firstname <-> FirstName", " a ", "a"),
    ],
)
def test_the_type_follows_from_both_schemas(line: str, value: str, normal: str) -> None:
    more = "values: {A: A, B: B}" if "Topics" in line else ""
    written = f"{{map: {line}, {more}}}" if more else line
    text = (
        "pair: contacts\nhubspot: contacts\nsalesforce: Lead\nfirst_sync: hold\nmatch: [f]\n"
        f"fields:\n  f: {written}\n"
    )
    assert bind(pair_of(text), LEFT, RIGHT).rule("f").codec.normal(L, value) == normal


@pytest.mark.parametrize(
    ("left", "right", "value", "normal"),
    [
        (FieldKind.INTEGER, FieldKind.INTEGER, "3.0", "3"),
        (FieldKind.INTEGER, FieldKind.INTEGER, "3.50", "3.50"),
        (FieldKind.INTEGER, FieldKind.NUMBER, "3.50", "3.5"),
        (FieldKind.DATE, FieldKind.DATETIME, "2026-03-31T01:00:00Z", "2026-03-31"),
        (FieldKind.CHOICE, FieldKind.CHOICE, "b;a", "b;a"),
        (FieldKind.URL, FieldKind.TEXT, "X.com", "https://x.com"),
    ],
)
def test_the_type_of_mixed_fields(
    left: FieldKind, right: FieldKind, value: str, normal: str
) -> None:
    pair = bound(
        "f: notes <-> Notes__c",
        left=with_field(LEFT, shape("notes", left)),
        right=with_field(RIGHT, shape("Notes__c", right)),
    )
    assert pair.rule("f").codec.normal(L, value) == normal
