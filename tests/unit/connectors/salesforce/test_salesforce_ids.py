from __future__ import annotations

import pytest

from connectors.salesforce.ids import find_id, known_object, normal_id


@pytest.mark.parametrize(
    ("short", "checksum"),
    [
        ("a0BA0000000L2ZC", "MA0"),
        ("AaaAABbbBBCccCC", "ZZZ"),
        ("70130000001tcyI", "AAQ"),
        ("00Q000000000001", "EAA"),
    ],
)
def test_fifteen_characters_get_their_checksum(short: str, checksum: str) -> None:
    assert normal_id(short) == short + checksum


def test_an_id_that_lost_its_case_gets_it_back() -> None:
    assert normal_id("a0ba0000000l2zcma0") == "a0BA0000000L2ZCMA0"


@pytest.mark.parametrize("text", ["", "003", "ada@example.com", "003xx00000-TmiQ", "9" * 16])
def test_what_is_no_id_gives_none(text: str) -> None:
    assert normal_id(text) is None


def test_a_checksum_that_cannot_be_gives_none() -> None:
    assert normal_id("000000000000000ZZZ") is None


def test_an_id_is_found_in_a_message_among_field_names() -> None:
    message = (
        "duplicate value found: HubSpot_Contact_Id__c duplicates value on record with id: "
        "003000000000001"
    )
    assert find_id(message) == "003000000000001AAA"


def test_a_message_without_an_id_gives_none() -> None:
    assert find_id("Use one of these records, administrators!") is None


def test_the_prefix_names_the_object() -> None:
    assert known_object("00Q000000000001EAA") == "Lead"
    assert known_object("a0BA0000000L2ZCMA0") is None
