"""What both schemas say of a mapping, beside what `check_live` finds before any run starts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mappings.foreseen import HEADINGS, Risk
from mappings.predicted import predict
from sync.domain.schema import FieldKind, ObjectShape, Option
from tests.unit.mappings.shapes import LEFT, RIGHT, contacts, shape, with_field

Objects = Mapping[str, ObjectShape]


def said(fields: str, more: str = "", *, left: Objects = LEFT, right: Objects = RIGHT) -> list[str]:
    """Give what must be mended."""
    found = predict(contacts(fields, more), left, right).findings
    return [str(one).removeprefix("mappings/contacts.yaml:") for one in found]


def noted(
    fields: str, more: str = "", *, left: Objects = LEFT, right: Objects = RIGHT
) -> dict[Risk, list[str]]:
    """Give what will be refused in the field `a`, by what becomes of it."""
    predicted = predict(contacts(fields, more), left, right)
    assert predicted.findings == ()
    notes: dict[Risk, list[str]] = {}
    for note in predicted.notes:
        if "fields.a." in note.finding.message:
            notes.setdefault(note.risk, []).append(note.finding.message)
    return notes


# --- what must be mended --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (
            "{map: notes -> Code__c, values: {long: abcdef}}",
            (
                "8:45: fields.a.values.long: Salesforce's Lead.Code__c takes 5 characters, the "
                "value "
                "has 6; write another value here"
            ),
        ),
        (
            "{map: seniority -> HubSpot_Score__c, values: {VP: high, Exec: '7'}}",
            (
                "8:56: fields.a.values.VP: Salesforce's Lead.HubSpot_Score__c (number) cannot "
                "take the "
                "value: a number with a decimal point, like 1250.5, is expected; write another "
                "value "
                "here"
            ),
        ),
        (
            "{map: seniority -> Code__c, values: {VP: a}, otherwise: abcdef}",
            (
                "8:62: fields.a.otherwise: Salesforce's Lead.Code__c takes 5 characters, the "
                "value has "
                "6; write another value here"
            ),
        ),
        (
            "{map: born <- HasOptedOutOfEmail}",
            (
                "8:12: fields.a.map: HubSpot's contacts.born is a date field and takes no boolean "
                "of "
                "Salesforce's Contact.HasOptedOutOfEmail; map a field of its kind, or add 'values'"
            ),
        ),
        (
            "{map: opted_out -> HubSpot_Score__c}",
            (
                "8:12: fields.a.map: Salesforce's Contact.HubSpot_Score__c is a number field and "
                "takes "
                "no boolean of HubSpot's contacts.opted_out; map a field of its kind, or add "
                "'values'"
            ),
        ),
    ],
)
def test_a_word_or_a_kind_that_can_never_be_written_is_found(line: str, finding: str) -> None:
    right = with_field(RIGHT, shape("Code__c", length=5))
    assert finding in said(f"a: {line}", right=right)


def test_if_blank_must_fit_the_field_that_demands_it() -> None:
    right = with_field(RIGHT, shape("Code__c", length=5, required=True))
    (found,) = said("a: {map: notes -> Lead.Code__c, if_blank: '[not given]'}", right=right)
    assert found.startswith("8:45: fields.a.if_blank: Salesforce's Lead.Code__c takes 5 characters")


def test_what_may_be_changed_and_not_be_set_at_first_is_found_where_records_are_made() -> None:
    right = with_field(RIGHT, shape("Late__c", creatable=False))
    line = "a: notes -> Contact.Late__c\nlast: {map: lastname <-> LastName, if_blank: x}"
    assert said(line, right=right) == []
    assert said(line, "create: {salesforce: {as: Contact}}", right=right) == [
        (
            "9:6: fields.a.map: Salesforce's Contact.Late__c cannot be set on a new record by this "
            "user; grant that, or leave out create.salesforce"
        )
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('record.a > "5"', "record.a is a number; write it without quotes, not '5'"),
        ('record.a == ""', "a blank number equals nothing; write !has(record.a)"),
        ("record.a", "this expression gives a number, not true or false"),
        ("record.a + 'x' == ''", "this expression mixes types;"),
    ],
)
def test_an_expression_is_tried_with_the_types_of_the_schemas(text: str, finding: str) -> None:
    more = f"""
    include:
      hubspot: >-
        {text}
    """
    (found,) = said("a: hubspotscore -> HubSpot_Score__c", more)
    assert found.startswith(f"8:12: include.hubspot: {finding}")


def test_a_computed_value_may_name_the_values_of_a_picklist() -> None:
    line = "a: {map: -> Level__c, to_salesforce: \"record.email == '' ? 'Manager' : 'C-Level'\"}"
    assert noted(line) == {
        Risk.NOT_IN_PICKLIST: [
            (
                "fields.a.map: only values of its picklist fit Salesforce's Contact.Level__c and "
                "Lead.Level__c; the computed value may be another"
            )
        ]
    }


def test_a_word_that_is_like_no_value_comes_with_those_there_are() -> None:
    found = said("a: {map: seniority -> Level__c, values: {VP: Chef}}")
    assert found[0].endswith("of Salesforce; it has 'C-Level', 'Manager'")


# --- what will be refused -------------------------------------------------------------------------


def test_every_risk_has_a_heading() -> None:
    assert set(HEADINGS) == set(Risk)


def test_objects_that_are_alike_are_named_together() -> None:
    right = with_field(RIGHT, shape("Code__c", length=5))
    assert noted("a: firstname -> Code__c", right=right) == {
        Risk.TOO_LONG: [
            (
                "fields.a.map: at most 5 characters fit Salesforce's Contact.Code__c and "
                "Lead.Code__c; "
                "HubSpot's contacts.firstname may hold more"
            )
        ]
    }


def test_objects_are_named_together_whatever_they_call_the_field() -> None:
    right = with_field(RIGHT, shape("Code__c", length=5), shape("Short__c", length=5))
    ((note,),) = noted("a: firstname -> Contact.Code__c | Lead.Short__c", right=right).values()
    assert "fit Salesforce's Contact.Code__c and Lead.Short__c; HubSpot's" in note


@pytest.mark.parametrize("limit", [39, 40, 41])
def test_a_text_is_too_long_from_one_character_more(limit: int) -> None:
    left = with_field(LEFT, shape("firstname", length=limit))
    assert (Risk.TOO_LONG in noted("a: firstname -> FirstName", left=left)) == (limit > 40)


@pytest.mark.parametrize(
    "line",
    [
        "firstname <- Notes__c",
        "born <-> Born__c",
        "{map: seniority -> Level__c, values: {VP: C-Level, Exec: C-Level, Manager: Manager}}",
        "{map: country <- Lead.CountryCode, type: country}",
        "mobilephone <- MobilePhone",
        "{map: opted_out <-> HasOptedOutOfEmail, type: opt_out}",
    ],
)
def test_what_always_fits_is_not_noted(line: str) -> None:
    assert noted(f"a: {line}") == {}


def test_picklist_values_are_carried_as_a_run_would() -> None:
    notes = noted("a: {map: seniority <-> Level__c, values: {VP: C-Level}}")
    assert notes == {
        Risk.NO_ENTRY: [
            (
                "fields.a.map: nothing in HubSpot's contacts.seniority stands for 'Manager'; "
                "write a "
                "line for each under fields.a.values, as '…: Manager'"
            ),
            (
                "fields.a.map: nothing in Salesforce's Contact.Level__c and Lead.Level__c stands "
                "for "
                "'Exec', 'Manager'; write a line for each under fields.a.values, as 'Exec: …'"
            ),
        ]
    }


@pytest.mark.parametrize("otherwise", ["keep", "Manager"])
def test_values_with_another_way_out_are_not_noted(otherwise: str) -> None:
    line = f"{{map: seniority -> Level__c, values: {{VP: C-Level}}, otherwise: {otherwise}}}"
    assert noted(f"a: {line}") == {}


def test_inactive_picklist_values_are_not_noted() -> None:
    options = (Option("VP", "VP"), Option("Old", "Old", active=False))
    left = with_field(LEFT, shape("seniority", FieldKind.CHOICE, restricted=True, options=options))
    line = "a: {map: seniority -> Level__c, values: {VP: C-Level}}"
    assert noted(line, left=left) == {}


def test_long_picklists_are_named_in_part() -> None:
    options = tuple(Option(f"v{number}", "") for number in range(20))
    left = with_field(LEFT, shape("seniority", FieldKind.CHOICE, restricted=True, options=options))
    ((note,),) = noted("a: seniority -> Level__c", left=left).values()
    assert "'v7' and 12 more; write" in note


def test_a_required_field_is_noted_where_a_blank_would_empty_it() -> None:
    assert Risk.REQUIRED not in noted("a: lastname <-> LastName")
    (note,) = noted("a: {map: lastname <-> LastName, blank: clear}")[Risk.REQUIRED]
    assert "must have a value, and emptying it is refused; add 'if_blank'" in note
    line = "a: {map: lastname <-> LastName, blank: clear, if_blank: '?'}"
    assert Risk.REQUIRED not in noted(line)


def test_a_required_field_is_not_noted_where_its_source_demands_a_value_too() -> None:
    left = with_field(LEFT, shape("lastname", required=True))
    line = "a: {map: lastname <-> LastName, blank: clear}"
    assert Risk.REQUIRED not in noted(line, left=left)


@pytest.mark.parametrize(
    ("digits", "is_noted"), [(6, True), (14, True), (15, False), (None, False)]
)
def test_numbers_are_noted_where_people_may_write_larger_ones(
    digits: int | None, is_noted: bool
) -> None:
    right = with_field(RIGHT, shape("Size__c", FieldKind.NUMBER, digits=digits))
    assert (Risk.TOO_MANY_DIGITS in noted("a: hubspotscore -> Size__c", right=right)) == is_noted


def test_key_fields_that_keep_no_id_are_noted_with_their_place() -> None:
    more = "keys: {hubspot: salesforce_id, salesforce: Title}"
    notes = predict(contacts("a: firstname <-> FirstName", more), LEFT, RIGHT).notes
    assert [(one.finding.line, one.finding.column) for one in notes if one.risk is Risk.NO_KEY] == [
        (6, 44),
        (6, 44),
    ]
