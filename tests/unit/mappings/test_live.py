from __future__ import annotations

from collections.abc import Mapping

import pytest

from mappings.bind import bind
from mappings.findings import MappingErrors
from mappings.live import check_live
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.unit.mappings.shapes import LEFT, RIGHT, bound, contacts, shape, with_field


def findings(
    fields: str,
    more: str = "",
    *,
    left: Mapping[str, ObjectShape] = LEFT,
    right: Mapping[str, ObjectShape] = RIGHT,
) -> list[str]:
    found = check_live(contacts(fields, more), left, right)
    return [str(one).removeprefix("mappings/contacts.yaml:") for one in found]


def test_a_mapping_that_fits_has_no_findings() -> None:
    assert findings("a: firstname <-> FirstName") == []


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (
            "firstnam <-> FirstName",
            (
                "8:6: fields.a.map: HubSpot's contacts has no field 'firstnam' "
                "this user can see; did you mean 'firstname'?"
            ),
        ),
        (
            "firstname <-> Firstname",
            (
                "8:6: fields.a.map: Salesforce's Contact has no field "
                "'Firstname' this user can see; did you mean 'FirstName'?"
            ),
        ),
        (
            "Margin__c <-> margin",
            (
                "8:6: fields.a.map: HubSpot's contacts has no field 'Margin__c' "
                "this user can see; HubSpot's name stands on the left"
            ),
        ),
        (
            "zzz <-> FirstName",
            ("8:6: fields.a.map: HubSpot's contacts has no field 'zzz' this user can see"),
        ),
        (
            "hubspotscore <-> HubSpot_Score__c",
            (
                "8:6: fields.a.map: HubSpot's contacts.hubspotscore "
                "is read-only for this user; use the one-way arrow '->', or grant access"
            ),
        ),
        (
            "firstname -> Lead.Formula__c",
            (
                "8:6: fields.a.map: Salesforce's Lead.Formula__c is "
                "read-only for this user; use the one-way arrow '<-', or grant access"
            ),
        ),
        (
            "firstname -> Lead.OwnerId",
            (
                "8:6: fields.a.map: Salesforce's Lead.OwnerId is a reference "
                "field, which is not supported yet"
            ),
        ),
        (
            "firstname -> Lead.Level__c",
            (
                "8:6: fields.a.map: Salesforce's Lead.Level__c takes the "
                "values of its picklist only, and free text goes there; add a table under 'values'"
            ),
        ),
        (
            "{map: seniority -> Lead.Level__c, to_salesforce: record.email}",
            (
                "8:12: fields.a.map: "
                "Salesforce's Lead.Level__c takes the values of its picklist only"
            ),
        ),
        (
            "{map: seniority <-> Lead.Level__c, values: {Exek: C-Level, VP: C-Levl}}",
            (
                "8:50: fields.a.values.Exek: 'Exek' is not in the picklist contacts.seniority of "
                "HubSpot; did you mean 'Exec'?"
            ),
        ),
        (
            "{map: seniority -> Lead.Level__c, values: {VP: Manager}, otherwise: Boss}",
            "8:74: fields.a.otherwise: 'Boss' is not in the picklist Lead.Level__c of Salesforce",
        ),
    ],
)
def test_a_field_the_live_schemas_contradict_is_found(line: str, finding: str) -> None:
    assert findings(f"a: {line}")[0].startswith(finding)


def test_both_columns_of_a_values_table_are_checked() -> None:
    found = findings("a: {map: seniority <-> Lead.Level__c, values: {Exek: C-Level, VP: C-Levl}}")
    assert [one.split(" ")[1] for one in found] == [
        "fields.a.values.Exek:",
        "fields.a.values.VP:",
    ]


def test_all_findings_come_at_once_in_one_error() -> None:
    pair = contacts("a: firstnam <-> FirstNam\nb: x <-> OwnerId")
    with pytest.raises(MappingErrors) as caught:
        bind(pair, LEFT, RIGHT)
    assert len(caught.value.findings) == 6


def test_an_unrestricted_picklist_takes_free_text() -> None:
    free = with_field(RIGHT, shape("Level__c", FieldKind.CHOICE, options=("C-Level",)))
    assert findings("a: firstname -> Level__c", right=free) == []


def test_an_inactive_option_is_none_of_a_picklist() -> None:
    options = (Option("C-Level", "", active=False), Option("Manager", ""))
    right = with_field(RIGHT, shape("Level__c", FieldKind.CHOICE, restricted=True, options=options))
    found = findings("a: {map: seniority -> Level__c, values: {VP: C-Level}}", right=right)
    assert all("'C-Level' is not in the picklist" in one for one in found)
    assert found


def test_a_country_needs_no_values_table() -> None:
    assert findings("a: {map: country -> Lead.CountryCode, type: country}") == []


def test_a_read_only_field_may_be_the_source() -> None:
    assert findings("a: hubspotscore -> HubSpot_Score__c") == []


def test_an_object_nobody_may_see_is_found() -> None:
    right = {name: one for name, one in RIGHT.items() if name != "Lead"}
    assert findings("a: firstname <-> FirstName", right=right) == [
        (
            "3:13: salesforce: Salesforce shows no object 'Lead' to this user; correct the name, "
            "or grant access to it"
        )
    ]


@pytest.mark.parametrize(
    "field", [shape("salesforce_id", FieldKind.NUMBER), shape("salesforce_id", FieldKind.CHOICE)]
)
def test_a_key_field_that_is_no_text_is_found(field: FieldShape) -> None:
    (found,) = findings(
        "a: firstname <-> FirstName", "keys: {hubspot: salesforce_id}", left=with_field(LEFT, field)
    )
    assert found.startswith("6:17: keys.hubspot: contacts.salesforce_id is a ")


def test_a_finding_about_what_is_not_written_stands_at_the_top_of_the_file() -> None:
    left = with_field(LEFT, shape("salesforce_id", FieldKind.NUMBER))
    assert findings("a: firstname <-> FirstName", left=left)[0].startswith("1:1: keys.hubspot: ")


def test_what_a_new_record_needs_must_be_mapped() -> None:
    found = findings("last: lastname <-> LastName", "create: {salesforce: {as: Lead}}")
    assert found == [
        (
            "6:10: create.salesforce: a new Lead needs Company (Company), which no field writes; "
            "map one to Lead.Company with 'if_blank', such as 'company: {map: company -> "
            'Lead.Company, if_blank: "[not given]"}\''
        )
    ]


def test_nothing_is_needed_where_nothing_is_created() -> None:
    assert findings("a: firstname <-> FirstName", "create: {hubspot: {}}") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('record.level == "Boss"', "'Boss' is none of the values record.level can have"),
        ('record.level in ["VP", "C-Level"]', "'C-Level' is none of the values record.level"),
        ('record.level == "VP" || record.level == ""', None),
        ('record.level == "Manager"', None),
        ('record.email == "Boss"', None),
    ],
)
def test_a_constant_no_picklist_value_equals_is_found(text: str, wrong: str | None) -> None:
    found = findings(
        "level: {map: seniority <-> Level__c, values: {VP: C-Level, Manager: Manager}}",
        f"include: {{hubspot: '{text}'}}",
    )
    assert [one for one in found if wrong is None or wrong not in one] == []
    assert len(found) == (wrong is not None)


# --- notes: the pair works, and an admin should know ----------------------------------------


def test_values_that_will_be_held_are_noted() -> None:
    pair = bound("level: {map: seniority -> Lead.Level__c, values: {VP: C-Level}}")
    assert pair.notes == (
        (
            "contacts: fields.level.values has no line for 'Exec', 'Manager' of "
            "contacts.seniority; records with such a value are held"
        ),
    )


@pytest.mark.parametrize("otherwise", ["keep", "Manager"])
def test_values_with_another_way_out_are_not_noted(otherwise: str) -> None:
    line = f"{{map: seniority -> Lead.Level__c, values: {{VP: C-Level}}, otherwise: {otherwise}}}"
    assert bound(f"level: {line}").notes == ()


def test_a_needed_field_without_if_blank_is_noted() -> None:
    pair = bound("last: lastname <-> LastName", "create: {salesforce: {as: Contact}}")
    assert len(pair.notes) == 1
    assert "a new Contact needs LastName" in pair.notes[0]
    filled = "last: {map: lastname <-> LastName, if_blank: x}"
    assert bound(filled, "create: {salesforce: {as: Contact}}").notes == ()
