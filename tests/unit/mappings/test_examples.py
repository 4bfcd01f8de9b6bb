"""Examples of a mapping: what is compared, what passes, and what an admin reads where not."""

from __future__ import annotations

import pytest

from mappings.bind import bind
from mappings.declared import declared_shapes
from mappings.examples import Tried, TriedExample, try_examples
from mappings.findings import MappingErrors
from mappings.model import PairMapping
from sync.domain.record import Side
from tests.unit.mappings.shapes import LEFT, RIGHT, contacts

FIELDS = """\
last_name: {map: lastname <-> LastName, if_blank: "[not given]"}
mobile: {map: mobilephone <-> MobilePhone, type: phone}
country: {map: country <-> Lead.CountryCode | Contact.MailingCountryCode, type: country}
level: {map: seniority <-> Level__c, values: {Exec: C-Level, VP: C-Level, Manager: Manager}}
score: {map: hubspotscore -> HubSpot_Score__c, type: number}
full: {map: -> Notes__c, to_salesforce: "record.email + ' ' + record.country"}
status: <- Lead.Status
"""


def mapping(*examples: str) -> PairMapping:
    lines = "".join(f"  - {{name: it, {one}}}\n" for one in examples)
    return contacts(FIELDS, f"defaults: {{region: DE}}\nexamples:\n{lines}")


def tried(example: str) -> tuple[TriedExample, ...]:
    pair = mapping(example)
    left, right = (declared_shapes(pair, side) for side in Side)
    return try_examples(pair, bind(pair, left, right))


def wrong(example: str) -> list[Tried]:
    (one,) = tried(example)
    return [value for value in one.values if not value.passed]


def findings(example: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        mapping(example)
    return [one.message for one in caught.value.findings]


@pytest.mark.parametrize(
    "example",
    [
        'hubspot: {mobilephone: "0170 1234567"}, salesforce: {MobilePhone: "+491701234567"}',
        'hubspot: {mobilephone: "+491701234567"}, salesforce: {MobilePhone: "0170 1234567"}',
        "hubspot: {country: Germany}, salesforce: {CountryCode: DE}",
        "hubspot: {lastname: }, salesforce: {LastName: '[not given]'}",
        "hubspot: {seniority: Exec}, salesforce: {Level__c: C-Level}",
        "hubspot: {hubspotscore: '7.0'}, salesforce: {HubSpot_Score__c: 7}",
        "hubspot: {email: a@b.de, country: Austria}, salesforce: {Notes__c: a@b.de AT}",
        "only: to_salesforce, hubspot: {seniority: VP}, salesforce: {Level__c: C-Level}",
        "only: to_hubspot, hubspot: {seniority: Exec}, salesforce: {Level__c: C-Level}",
        "hubspot: {lastname: }, salesforce: {LastName: '[not given]', MobilePhone: }",
    ],
)
def test_an_example_that_tells_the_truth_passes(example: str) -> None:
    assert wrong(example) == []


def test_the_national_number_of_another_country_takes_the_records_own() -> None:
    example = (
        'hubspot: {mobilephone: "0664 1234567", country: Austria}, '
        'salesforce: {MobilePhone: "+436641234567"}'
    )
    assert wrong(example) == []


def test_a_wrong_value_stands_beside_the_wanted_one() -> None:
    (value,) = wrong("hubspot: {hubspotscore: '7'}, salesforce: {HubSpot_Score__c: 8}")
    assert (value.native, value.given, value.got, value.wanted) == (
        "HubSpot_Score__c",
        "7",
        "7",
        "8",
    )


def test_both_directions_are_looked_at() -> None:
    to_salesforce, to_hubspot = wrong("hubspot: {lastname: Ada}, salesforce: {LastName: Bob}")
    assert (to_salesforce.target, to_salesforce.got) == (Side.RIGHT, "Ada")
    assert (to_hubspot.target, to_hubspot.got) == (Side.LEFT, "Bob")


def test_a_value_that_comes_back_as_another_says_how_to_look_one_way_only() -> None:
    (value,) = wrong("hubspot: {seniority: VP}, salesforce: {Level__c: C-Level}")
    assert (value.target, value.got, value.wanted) == (Side.LEFT, "Exec", "VP")
    assert value.why.endswith("write only: to_salesforce")


def test_a_form_that_neither_side_is_sent_is_wrong() -> None:
    values = wrong(
        'hubspot: {mobilephone: "0170 1234567"}, salesforce: {MobilePhone: "0170 1234567"}'
    )
    assert [value.got for value in values] == ["+491701234567"] * 2
    assert {value.why for value in values} == {
        "the same value in another form; write it as it arrives"
    }


def test_a_value_that_is_held_says_why() -> None:
    (value,) = wrong(
        "only: to_salesforce, hubspot: {seniority: Intern}, salesforce: {Level__c: C-Level}"
    )
    assert value.got is None
    assert "'Intern' of HubSpot's seniority has no entry" in value.why


def test_what_a_live_schema_refuses_is_wrong_where_its_copy_is_at_hand() -> None:
    pair = mapping("hubspot: {email: a@b.de}, salesforce: {Notes__c: a@b.de }")
    long = mapping(
        "hubspot: {email: a-very-long-name@example.com}, "
        "salesforce: {Notes__c: a-very-long-name@example.com}"
    )
    assert [one.passed for one in try_examples(pair, bind(pair, LEFT, RIGHT))] == [True]
    refused = [one.values[0] for one in try_examples(long, bind(long, LEFT, RIGHT))]
    assert ["takes 20 characters" in value.why for value in refused] == [True, True]


def test_objects_where_everything_is_the_same_stand_together() -> None:
    (one,) = tried("hubspot: {lastname: Ada}, salesforce: {LastName: Ada}")
    assert one.objects == ("Contact", "Lead")
    (lead,) = tried("hubspot: {country: DE}, salesforce: {CountryCode: DE}")
    assert lead.objects == ("Lead",)


def test_an_example_is_named_by_its_place() -> None:
    (one,) = tried("hubspot: {lastname: Ada}, salesforce: {LastName: Ada}")
    assert one.place == ("mappings/contacts.yaml", 8, 5)


@pytest.mark.parametrize(
    ("example", "finding"),
    [
        (
            "hubspot: {lastnam: Ada}, salesforce: {LastName: Ada}",
            (
                "examples[1].hubspot.lastnam: no field of this pair is kept in HubSpot's 'lastnam'"
                "; did you mean 'lastname'?"
            ),
        ),
        (
            "hubspot: {country: DE}, salesforce: {CountryCode: DE, MailingCountryCode: DE}",
            (
                "examples[1].salesforce: none of Contact, Lead holds all of these fields; write an "
                "example for each object"
            ),
        ),
        (
            "hubspot: {country: DE}, salesforce: {LastName: Ada}",
            (
                "examples[1]: nothing is compared here; name a field that travels on both sides, "
                "as 'hubspot: {email: a@example.com}' and 'salesforce: {Email: a@example.com}'"
            ),
        ),
        (
            "only: both, hubspot: {lastname: A}, salesforce: {LastName: A}",
            "examples[1].only: 'both' is not one of to_hubspot, to_salesforce",
        ),
        ("hubspot: {}, salesforce: {LastName: A}", "examples[1].hubspot: must not be empty"),
    ],
)
def test_an_example_that_cannot_be_tried_is_found_by_the_check(example: str, finding: str) -> None:
    assert findings(example) == [finding]
