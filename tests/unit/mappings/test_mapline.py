from __future__ import annotations

import re

import pytest

from mappings.mapline import is_tie, read_map_line, tied_object
from sync.domain.rules import Arrow


@pytest.mark.parametrize(
    ("text", "arrow"),
    [("a <-> B", Arrow.BOTH), ("a -> B", Arrow.TO_RIGHT), ("a<-B", Arrow.TO_LEFT)],
)
def test_the_arrow_says_which_way(text: str, arrow: Arrow) -> None:
    line = read_map_line(text)
    assert (line.left, line.arrow, line.right_name("Lead")) == ("a", arrow, "B")


def test_a_name_with_its_object_is_held_on_that_object_only() -> None:
    line = read_map_line("company -> Lead.Company")
    assert line.right_name("Lead") == "Company"
    assert line.right_name("Contact") is None


def test_two_objects_may_name_the_field_differently() -> None:
    line = read_map_line("city <-> Lead.City | Contact.MailingCity")
    assert (line.right_name("Lead"), line.right_name("Contact")) == ("City", "MailingCity")


@pytest.mark.parametrize(("text", "left"), [("<- Lead.Status", None), ("score ->", "score")])
def test_nothing_on_one_end_is_read(text: str, left: str | None) -> None:
    assert read_map_line(text).left == left


@pytest.mark.parametrize("text", ["a <-> B", "a -> Contact.B | Lead.C", "<- Lead.B", "a ->"])
def test_a_line_is_written_back_in_one_form(text: str) -> None:
    assert str(read_map_line(text)) == text


def test_the_order_of_objects_means_nothing() -> None:
    assert str(read_map_line("a -> Lead.C|Contact.B")) == "a -> Contact.B | Lead.C"


@pytest.mark.parametrize(
    ("text", "left", "tied"),
    [
        ("associated company <- Contact.AccountId", "associated company", "companies"),
        ("  parent   company <-> ParentId", "parent company", "companies"),
        ("associated contact <-> Owner__c", "associated contact", "contacts"),
        ("associated p123_machines <-> Machine__c", "associated p123_machines", "p123_machines"),
        ("associated 2-345 <-> Machine__c", "associated 2-345", "2-345"),
        ("company_id <-> AccountId", "company_id", None),
    ],
)
def test_an_association_is_read_by_its_words(text: str, left: str, tied: str | None) -> None:
    line = read_map_line(text)
    assert (line.left, tied_object(left), is_tie(left)) == (left, tied, tied is not None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("firstname", "no arrow"),
        ("a <=> B", "no arrow"),
        ("a <-> B <-> C", "no arrow"),
        ("a <->", "nothing on one end"),
        ("->", "names no field"),
        ("first name <-> B", "'first name' is no HubSpot property name"),
        ("a <-> B C", "'B C' is no Salesforce field"),
        ("a <-> Lead.B | C", "each field needs its object"),
        ("a <-> Lead.B | Lead.C", "names one object twice"),
        ("associated contact <-> OpportunityContactRole", "write 'associated contacts'"),
        ("associated contacts <-> Roles__c", "write 'associated contact'"),
        ("associated companies <- AccountId", "write 'associated company'"),
        ("associated big company <-> AccountId", "is no HubSpot property name"),
        ("parent contact <-> ParentId", "'parent contact' is no HubSpot property name"),
    ],
)
def test_a_line_that_cannot_be_read_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_map_line(text)
