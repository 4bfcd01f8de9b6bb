"""What is written for a proposal: YAML that reads back, passes every check, and stays comments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mappings.bind import bind
from mappings.examples import try_examples
from mappings.loader import load_mapping
from mappings.predicted import predict
from mappings.proposing.pairs import KINDS
from mappings.proposing.proposal import Choices, ProposedExample, Shapes
from mappings.proposing.proving import Draft, prove
from mappings.proposing.wanted import missing_keys, outcome_fields, ticket_text
from mappings.proposing.yamltext import comment, flow, one_line, scalar
from sync.domain.errors import ConfigError
from sync.domain.record import Side
from sync.domain.schema import FieldKind, Option
from tests.unit.mappings.shapes import shape
from tests.unit.mappings.test_proposing import described, field, labelled, people, proposed

CHOICE = FieldKind.CHOICE


def proved(shapes: Shapes, choices: Choices | None = None):
    pair = proposed(shapes, choices=choices)
    (found,) = prove([Draft(pair, KINDS["contacts"], shapes)])
    return found


def loaded(text: str):
    return load_mapping(text.encode(), file="mappings/contacts.yaml")


def test_file_passes_every_check_and_its_examples_come_out():
    shapes = people()
    found = proved(shapes, Choices(region="DE"))
    mapping = loaded(found.text)
    left, right = {"contacts": shapes.left}, shapes.right

    assert predict(mapping, left, right).findings == ()
    tried = try_examples(mapping, bind(mapping, left, right))
    assert tried
    assert all(one.passed for one in tried)


def test_file_says_what_was_chosen():
    mapping = loaded(proved(people(), Choices(first_sync="hold", region="AT")).text)

    assert mapping.first_sync.value == "hold"
    assert mapping.defaults.region == "AT"


def test_without_a_country_there_is_no_region():
    assert loaded(proved(people()).text).defaults.region is None


def test_suggestions_are_comments():
    shapes = people(
        hubspot=(labelled("category", "Category"),), lead=(labelled("Category__c", "Category"),)
    )
    found = proved(shapes)

    assert "category" not in loaded(found.text).fields
    assert "  # category: category <-> Lead.Category__c" in found.text


def test_suggestion_without_its_marks_is_a_line_that_works():
    shapes = people(
        hubspot=(labelled("category", "Category", CHOICE, options=("A", "B")),),
        lead=(labelled("Category__c", "Category", CHOICE, options=("a", "C")),),
    )
    text = proved(shapes).text
    head, _, rest = text.partition("  # Suggestions")
    block = [line for line in rest.splitlines() if line.startswith("  # ")]
    taken = [f"  {line.removeprefix('  # ')}" for line in block if "Not mapped" not in line]
    mapping = loaded(head + "\n".join(line for line in taken if _is_of_field(line)) + "\n")

    assert mapping.fields["category"].values == {"A": "a"}


def _is_of_field(line: str) -> bool:
    return line.startswith(("  category", "    map", "    values", "      ", "    otherwise"))


def test_what_the_checks_refuse_becomes_a_suggestion_that_says_why():
    shapes = people()
    pair = proposed(shapes)
    gone = described("contacts", tuple(shapes.left.fields.values())[1:])
    assert pair.fields[0].name == "email"
    draft = Draft(pair, KINDS["contacts"], Shapes(gone, shapes.right))

    (found,) = prove([draft])

    assert found.pair.fields[0].suggested
    assert "has no field 'email'" in found.pair.fields[0].note
    assert found.pair.match == ()


def test_example_that_does_not_come_out_is_left_out(monkeypatch):
    wrong = ProposedExample("wrong", {"firstname": "Ada"}, {"FirstName": "Grace"})
    right = ProposedExample("right", {"firstname": "Ada"}, {"FirstName": "Ada"})
    monkeypatch.setattr("mappings.proposing.proving.sample_examples", lambda _: (wrong, right))

    assert [one.name for one in loaded(proved(people()).text).examples] == ["right"]


@pytest.mark.parametrize(
    "label",
    [
        "two\nlines",
        "# a comment",
        "colon: and {braces}",
        "tab\there",
        "\u2028separator",
        "quote \" and ' and \\",
        "x" * 300,
        "\x00\x1b[31m",
        "]\n!!python/object:os.system",
    ],
)
def test_label_of_any_form_stays_in_its_comment(label):
    shapes = people(hubspot=(labelled("score_x", label),), lead=(labelled("Score_X__c", label),))
    text = proved(shapes).text

    assert set(loaded(text).fields) >= {"email", "first_name"}
    assert all(line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("value", ["yes", "NO", "null", "1-5", "a: b", "#x", "{", "ü", "0x1F", "~"])
def test_picklist_value_of_any_form_reads_back(value):
    shapes = people(
        hubspot=(labelled("tier_x", "Tier X", CHOICE, options=(Option(value, "Same"),)),),
        lead=(labelled("Tier_X__c", "Tier X", CHOICE, options=(Option("Other", "Same"),)),),
    )

    assert loaded(proved(shapes).text).fields["tier_x"].values == {value: "Other"}


@given(st.text())
def test_every_text_reads_back_as_itself(text):
    wanted = text.replace("\r", "")  # no CRM's value of a picklist holds one
    read = YAML(typ="safe", pure=True).load(f"{{key: {scalar(wanted)}}}\n")

    assert read == {"key": wanted}


@given(st.text(max_size=400))
def test_comment_never_ends_before_its_text(text):
    assert all(line.startswith("# ") and line.isprintable() for line in comment(text))
    assert "\n" not in one_line(text)


def test_flow_writes_keys_in_order():
    assert flow({"map": "a <-> B", "type": "text"}) == "{map: a <-> B, type: text}"


def test_file_names_what_was_not_mapped():
    text = proved(people(hubspot=(labelled("shoe_size", "Shoe size"),))).text

    assert "Not mapped, HubSpot: numemployees, shoe_size." in text


def test_required_field_nobody_fills_is_named_in_the_file():
    text = proved(people(lead=(shape("Region__c", required=True),))).text

    assert "a new one of Lead needs Region__c" in " ".join(text.split())
    assert loaded(text).create.salesforce is None


def test_field_of_the_usual_name_that_can_keep_no_id_gives_way_to_another():
    shapes = people(hubspot=(shape("salesforce_id", FieldKind.NUMBER),))
    found = proved(shapes)

    assert loaded(found.text).key_name(Side.LEFT) == "revloop_salesforce_id"
    (wanted,) = missing_keys(found.pair, shapes, Side.LEFT)
    assert wanted.name == "revloop_salesforce_id"


def test_pair_without_any_field_is_refused_in_words():
    nothing = Shapes(described("contacts", ()), {"Lead": described("Lead", ())})

    with pytest.raises(ConfigError, match="init cannot propose contacts"):
        proved(nothing)


# Fields to be made


def test_missing_key_fields_are_wanted_on_every_object():
    shapes = people()
    pair = proposed(shapes)
    here, there = (list(missing_keys(pair, shapes, side)) for side in Side)

    assert [(one.object_name, one.name, one.unique) for one in here] == [
        ("contacts", "salesforce_id", True)
    ]
    assert [one.object_name for one in there] == ["Contact", "Lead"]
    assert {one.name for one in there} == {"HubSpot_Contact_Id__c"}


def test_key_fields_that_are_there_are_not_wanted():
    shapes = people(hubspot=(shape("salesforce_id", unique=True),))

    assert list(missing_keys(proposed(shapes), shapes, Side.LEFT)) == []


def test_outcome_fields_are_those_of_people_and_companies():
    contacts = list(outcome_fields(described("contacts", ())))

    assert len(contacts) == 13
    assert contacts[0].name == "revloop_last_outcome"
    assert contacts[8].name == "revloop_last_campaign_status"
    assert contacts[9].name == "revloop_stage"
    assert len(list(outcome_fields(described("companies", ())))) == 8
    assert [one.value for one in contacts[0].options] == ["won", "lost", "open"]


def test_deals_carry_their_amount_in_the_reporting_currency():
    (amount,) = outcome_fields(described("deals", ()))

    assert amount.name == "revloop_reporting_amount"


def test_ticket_says_what_to_make_and_who_may_see_it():
    shapes = people()
    text = ticket_text(list(missing_keys(proposed(shapes), shapes, Side.RIGHT)))

    assert "Lead     HubSpot contact id  HubSpot_Contact_Id__c" in text
    assert "Text(20)" in text
    assert "External ID" in text
    assert "Field-level security" in text


def test_pair_is_the_same_however_often_it_is_proved():
    shapes = people()
    first = proved(shapes)
    (again,) = prove([Draft(replace(first.pair), KINDS["contacts"], shapes)])

    assert again.text == first.text
    assert field(again.pair, "email") == field(first.pair, "email")
