"""The rules of HubSpot's own Salesforce integration, in its words, as lines of a mapping."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mappings.loader import load_mapping
from mappings.proposing.native import (
    NativeRule,
    NativeRules,
    as_native,
    read_native_rule,
    unknown_fields,
)
from mappings.proposing.pairs import KINDS, with_rules
from mappings.proposing.proposal import Why
from mappings.proposing.proving import Draft, prove
from sync.domain.record import Side
from sync.domain.rules import Arrow, BlankRule, Wins
from tests.unit.mappings.shapes import shape
from tests.unit.mappings.test_proposing import field, labelled, people, proposed, why_out

PREFER, ALWAYS = NativeRule.PREFER_SALESFORCE, NativeRule.ALWAYS_SALESFORCE


def ruled(rules: NativeRules, shapes=None):
    return as_native(proposed(shapes or people()), rules)


def written(rules: NativeRules):
    """Give the mapping that is written, as it reads back."""
    shapes = people()
    pair = as_native(proposed(shapes), rules)
    (proved,) = prove([Draft(pair, KINDS["contacts"], shapes)])
    return load_mapping(proved.text.encode(), file="contacts.yaml")


@pytest.mark.parametrize(
    "text", ["prefer salesforce unless blank", "Prefer Salesforce Unless Blank"]
)
def test_rule_is_read_in_any_case(text):
    assert read_native_rule(text) is PREFER


def test_apostrophe_of_another_kind_is_read():
    assert read_native_rule("Don\u2019t sync") is NativeRule.DONT_SYNC


def test_unknown_rule_names_those_there_are():
    with pytest.raises(ValueError, match="none of HubSpot's rules") as caught:
        read_native_rule("Allways use Salesforce")

    assert "did you mean 'Always use Salesforce'?" in str(caught.value)


def test_prefer_salesforce_is_two_way_and_protects_salesforce():
    found = written(NativeRules(PREFER)).fields["first_name"]

    assert (found.map.arrow, found.protect) == (Arrow.BOTH, Side.RIGHT)


def test_always_use_salesforce_comes_from_there_blanks_too():
    found = written(NativeRules(ALWAYS)).fields["first_name"]

    assert (found.map.arrow, found.protect, found.blank) == (
        Arrow.TO_LEFT,
        Side.RIGHT,
        BlankRule.CLEAR,
    )


def test_two_way_takes_the_newest_blanks_too():
    found = written(NativeRules(NativeRule.TWO_WAY)).fields["first_name"]

    assert (found.map.arrow, found.wins, found.blank) == (
        Arrow.BOTH,
        Wins.NEWEST,
        BlankRule.CLEAR,
    )


def test_always_use_hubspot_which_hubspot_lacks_goes_there_only():
    found = written(NativeRules(PREFER, {"firstname": NativeRule.ALWAYS_HUBSPOT}))

    assert found.fields["first_name"].map.arrow is Arrow.TO_RIGHT
    assert found.fields["first_name"].protect is Side.LEFT


def test_dont_sync_has_no_line():
    pair = ruled(NativeRules(PREFER, {"FirstName": NativeRule.DONT_SYNC}))

    assert not pair.has("first_name")
    assert why_out(pair, "firstname") is Why.CHOSEN


@pytest.mark.parametrize("name", ["first_name", "firstname", "FirstName"])
def test_single_rule_takes_any_name_of_the_field(name):
    pair = ruled(NativeRules(PREFER, {name: ALWAYS}))

    assert field(pair, "first_name").arrow is Arrow.TO_LEFT
    assert field(pair, "last_name").arrow is Arrow.BOTH


def test_rule_that_cannot_be_keeps_the_one_way_and_says_so():
    found = field(ruled(NativeRules(PREFER)), "salutation")

    assert found.arrow is Arrow.TO_LEFT
    assert found.settings["protect"] == "salesforce"
    assert "HubSpot's rule is 'Prefer Salesforce unless blank'" in found.note


def test_rule_against_the_only_way_is_a_suggestion():
    found = field(ruled(NativeRules(NativeRule.ALWAYS_HUBSPOT)), "salutation")

    assert found.suggested


def test_opt_out_keeps_its_own_rule():
    found = field(ruled(NativeRules(ALWAYS)), "do_not_email")

    assert found.settings["type"] == "opt_out"
    assert found.arrow is Arrow.TO_RIGHT
    assert "an opt-out on either side wins" in found.note


def test_field_the_integration_does_not_map_by_default_is_a_suggestion():
    shapes = people(
        hubspot=(labelled("nps_score", "NPS Score"),), lead=(labelled("NPS_Score__c", "NPS Score"),)
    )

    assert field(ruled(NativeRules(PREFER), shapes), "nps_score").suggested
    named = NativeRules(PREFER, {"nps_score": ALWAYS})
    assert field(ruled(named, shapes), "nps_score").arrow is Arrow.TO_LEFT


def test_what_differs_stands_in_the_file():
    shapes = people()
    pair = as_native(proposed(shapes), NativeRules(PREFER))
    (proved,) = prove([Draft(pair, KINDS["contacts"], shapes)])

    assert "written from the rules of HubSpot's own Salesforce" in proved.text


def test_name_without_a_field_is_told_with_the_nearest():
    rules = NativeRules(PREFER, {"firstnam": ALWAYS})

    (said,) = unknown_fields(rules, {"contacts": proposed(people())})
    assert "did you mean 'firstname'?" in said


@pytest.mark.parametrize("rule", list(NativeRule))
def test_every_rule_for_all_fields_writes_a_sound_file(rule):
    shapes = people()
    pair = as_native(proposed(shapes), NativeRules(rule))
    if not pair.mapped:
        pair = replace(pair, fields=(field(proposed(shapes), "email"),))

    assert prove([Draft(pair, KINDS["contacts"], shapes)])


def test_remark_stands_once_however_often_rules_are_made():
    shapes = people(lead=(shape("Region__c", required=True),))
    pair = as_native(proposed(shapes), NativeRules(PREFER))
    (proved,) = prove(
        [Draft(with_rules(pair, KINDS["contacts"], shapes), KINDS["contacts"], shapes)]
    )

    plain = " ".join(proved.text.replace("#", " ").split())
    assert plain.count("a new one of Lead needs Region__c") == 1
