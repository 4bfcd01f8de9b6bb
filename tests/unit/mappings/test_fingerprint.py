from __future__ import annotations

import pytest

from mappings.fingerprint import field_fingerprint, pair_fingerprint
from mappings.model import PairMapping
from tests.unit.mappings.shapes import bound, contacts, pair_of

A = "a: {map: a <-> A, values: {x: X, y: X}, otherwise: hold}"


def with_region(line: str, region: str) -> PairMapping:
    return contacts(line, f"defaults: {{region: {region}}}")


def test_comments_spacing_and_the_order_of_keys_mean_nothing() -> None:
    one = pair_of(
        "pair: p\nhubspot: contacts\nsalesforce: Lead\nfirst_sync: hold\nmatch: [a]\n"
        "fields:\n  a: a <-> A\n  b: {map: b -> B, type: text}\n"
    )
    other = pair_of(
        "# a remark\nmatch: [[a]]\nfields:\n  b: {type: text, map: b   ->   Lead.B}\n"
        "  a: {map: 'a <-> A'}\nfirst_sync: hold\nsalesforce: Lead\nhubspot: contacts\npair: p\n"
    )
    assert pair_fingerprint(one) != pair_fingerprint(other)
    same = pair_of(
        "# a remark\nmatch: [[a]]\nfields:\n  b: {type: text, map: b   ->   B}\n"
        "  a: {map: 'a <-> A'}\nfirst_sync: hold\nsalesforce: Lead\nhubspot: contacts\npair: p\n"
    )
    assert pair_fingerprint(one) == pair_fingerprint(same)


def test_examples_and_a_key_written_out_mean_nothing() -> None:
    plain = contacts(A)
    spoken = contacts(
        A,
        "keys: {hubspot: salesforce_id}\n"
        "examples: [{name: x, hubspot: {email: a}, salesforce: {Email: a}}]",
    )
    assert pair_fingerprint(plain) == pair_fingerprint(spoken)


@pytest.mark.parametrize(
    "more",
    [
        "delete: archive",
        "on_leave: unlink",
        "prefer: oldest",
        "guard: {creates: 5}",
        "defaults: {wins: hold}",
        "include: {hubspot: record.a == 'x'}",
        "create: {hubspot: {}}",
        "keys: {hubspot: other_id}",
    ],
)
def test_every_rule_of_a_pair_is_part_of_its_meaning(more: str) -> None:
    plain = contacts(A)
    assert pair_fingerprint(plain) != pair_fingerprint(contacts(A, more))


@pytest.mark.parametrize(
    "line",
    [
        "a: {map: a -> A, values: {x: X, y: X}}",
        "a: {map: b <-> A, values: {x: X, y: X}}",
        "a: {map: a <-> B, values: {x: X, y: X}}",
        "a: {map: a <-> A, values: {y: X, x: X}}",
        "a: {map: a <-> A, values: {x: X}}",
        "a: {map: a <-> A, values: {x: X, y: X}, otherwise: keep}",
        "a: {map: a <-> A, values: {x: X, y: X}, type: choices}",
        "a: {map: a <-> A, values: {x: X, y: X}, if_blank: none}",
        "a: {map: a -> A, to_salesforce: record.email}",
    ],
)
def test_what_a_field_carries_is_part_of_its_fingerprint(line: str) -> None:
    assert field_fingerprint(contacts(A), "a") != field_fingerprint(contacts(line), "a")


@pytest.mark.parametrize(
    "rule", ["wins: hubspot", "unsure: hubspot", "blank: clear", "protect: hubspot"]
)
def test_who_wins_changes_the_pair_and_not_what_the_field_carries(rule: str) -> None:
    changed = contacts(A.replace("otherwise: hold", f"otherwise: hold, {rule}"))
    assert field_fingerprint(contacts(A), "a") == field_fingerprint(changed, "a")
    assert pair_fingerprint(contacts(A)) != pair_fingerprint(changed)


@pytest.mark.parametrize(("kind", "same"), [("phone", False), ("text", True)])
def test_the_region_belongs_to_phone_numbers_only(kind: str, *, same: bool) -> None:
    line = f"a: {{map: a <-> A, type: {kind}}}"
    german = field_fingerprint(with_region(line, "DE"), "a")
    assert (german == field_fingerprint(with_region(line, "AT"), "a")) is same


def test_a_bound_pair_gives_both() -> None:
    pair = bound("a: firstname <-> FirstName")
    mapping = contacts("a: firstname <-> FirstName")
    assert pair.fingerprint == pair_fingerprint(mapping)
    assert pair.fingerprint_of("a") == field_fingerprint(mapping, "a")
