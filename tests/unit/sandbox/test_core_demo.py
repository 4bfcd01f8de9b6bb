from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.demo import demo_seed
from sandbox.seeds import parse_time

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    return demo_seed(now=NOW)


def emails(lines: list[dict], *objects: str) -> list[str]:
    named = [line for line in lines if line["object"] in objects and "key" in line]
    values = [line["properties" if "properties" in line else "fields"] for line in named]
    return [str(one.get("email") or one.get("Email")).lower() for one in values]


def test_same_time_gives_the_same_lines(lines: list[dict]):
    assert demo_seed(now=NOW) == lines


def test_most_people_are_on_both_sides(lines: list[dict]):
    both = set(emails(lines, "contacts")) & set(emails(lines, "Lead", "Contact"))
    assert len(both) == 220


def test_some_people_are_on_one_side_only(lines: list[dict]):
    hubspot, salesforce = set(emails(lines, "contacts")), set(emails(lines, "Lead", "Contact"))
    assert len(hubspot - salesforce) > 20
    assert len(salesforce - hubspot) > 20


def test_some_leads_share_an_address(lines: list[dict]):
    assert max(Counter(emails(lines, "Lead")).values()) == 2


def test_some_leads_stand_beside_a_contact(lines: list[dict]):
    assert set(emails(lines, "Lead")) & set(emails(lines, "Contact"))


def test_every_address_is_under_a_reserved_name(lines: list[dict]):
    ends = (".example", "example.com", "example.org", "example.net")
    assert all(one.endswith(ends) for one in emails(lines, "contacts", "Lead", "Contact", "owners"))


def test_nothing_was_changed_lately_nor_made_long_ago(lines: list[dict]):
    records = [line for line in lines if "modified" in line]
    assert max(parse_time(line["modified"]) for line in records) < NOW - timedelta(days=1)
    assert min(parse_time(line["created"]) for line in records) > NOW - timedelta(days=560)
    assert all(parse_time(line["created"]) <= parse_time(line["modified"]) for line in records)
