"""What an edit of a mapping file is a change of: lines, rules of intake, rules of creation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mappings.fingerprint import creation_rules, intake_rules
from sync.domain.record import Side
from tests.unit.mappings.shapes import bound, contacts

PERSON = """\
first_name: firstname <-> FirstName
country: {map: country <-> Lead.CountryCode | Contact.MailingCountryCode, type: country}
phone: {map: mobilephone <-> MobilePhone, type: phone}
"""
RULES = """\
include: {hubspot: 'record.country == "DE"'}
create: {salesforce: {as: Lead, when: 'record.first_name != ""'}}
"""
LEAD = {Side.LEFT: "contacts", Side.RIGHT: "Lead"}
CONTACT = {Side.LEFT: "contacts", Side.RIGHT: "Contact"}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize(
    ("fields", "rules", "intake", "creation"),
    [
        (PERSON, RULES.replace("DE", "AT"), {"include.hubspot"}, set()),
        (PERSON, RULES + "prefer: oldest", set(), {"prefer"}),
        (PERSON, RULES.replace("Lead", "Contact"), set(), {"create.salesforce"}),
        (PERSON, RULES + "delete: archive", set(), set()),
        (PERSON, RULES + "guard: {creates: 5}", set(), set()),
        (PERSON, RULES + "defaults: {wins: hold, blank: clear}", set(), set()),
        (PERSON, RULES + "defaults: {region: DE}", {"defaults.region", "fields.email"}, None),
        (PERSON, RULES + "keys: {hubspot: other_id}", {"keys"}, set()),
        (
            PERSON.replace("firstname <-> FirstName", "{map: firstname <-> FirstName, type: url}"),
            RULES,
            set(),
            {"fields.first_name"},
        ),
        (
            PERSON.replace("firstname <-> FirstName", "{map: firstname <-> FirstName, wins: hold}"),
            RULES,
            set(),
            set(),
        ),
        (
            PERSON.replace("type: country}", "type: country, values: {DE: Germany}}"),
            RULES,
            {"fields.country"},
            set(),
        ),
    ],
)
def test_edit_changes_the_rules_it_is_about(
    fields: str, rules: str, intake: set[str], creation: set[str] | None
) -> None:
    before, after = contacts(PERSON, RULES), contacts(fields, rules)
    assert changed(intake_rules(before), intake_rules(after)) == intake
    if creation is not None:
        assert changed(creation_rules(before), creation_rules(after)) == creation


def test_fields_that_match_rules_read_are_rules_of_intake() -> None:
    assert "fields.email" in intake_rules(contacts(PERSON, RULES))


def test_rule_taken_out_is_a_change() -> None:
    before, after = contacts(PERSON, RULES), contacts(PERSON)
    assert changed(intake_rules(before), intake_rules(after)) >= {"include.hubspot"}
    assert "create.salesforce" in changed(creation_rules(before), creation_rules(after))


def test_line_tells_on_which_side_of_which_object_it_names_another_field() -> None:
    before = bound(PERSON).line_of("country")
    other = PERSON.replace("Contact.MailingCountryCode", "Contact.FirstName").replace(
        "firstname <-> FirstName", "firstname <-> Lead.FirstName"
    )
    pair = bound(other.replace("type: country", "type: text"))
    assert pair.turned_sides("country", before, LEAD) == frozenset()
    assert pair.turned_sides("country", before, CONTACT) == {Side.RIGHT}
    both = bound(PERSON.replace("country <-> Lead", "company <-> Lead"))
    assert both.turned_sides("country", before, LEAD) == {Side.LEFT}


def test_line_is_the_same_whoever_wins() -> None:
    held = PERSON.replace("firstname <-> FirstName", "{map: firstname <-> FirstName, wins: hold}")
    one, other = bound(PERSON), bound(held)
    assert one.line_of("first_name") == other.line_of("first_name")


def test_place_is_the_line_of_the_file() -> None:
    pair = bound(PERSON)
    lines = [pair.place_of("fields", name).rpartition(":")[2] for name in ("first_name", "country")]
    assert int(lines[1]) == int(lines[0]) + 1
