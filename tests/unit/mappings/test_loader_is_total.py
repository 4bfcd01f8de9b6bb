"""Whatever stands in a file: a pair comes out, or findings with places, and never anything else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.findings import MappingErrors
from mappings.loader import load_mapping

FULL: dict[str, Any] = {
    "pair": "contacts",
    "hubspot": "contacts",
    "salesforce": "Contact | Lead",
    "first_sync": "hold",
    "keys": {"hubspot": "salesforce_id"},
    "match": ["email", ["name", "email"]],
    "include": {"hubspot": "record.email != ''"},
    "create": {"salesforce": {"as": "Lead", "when": "true"}, "hubspot": {}},
    "defaults": {"wins": "newest", "region": "DE"},
    "fields": {
        "email": "email <-> Email",
        "name": {"map": "lastname <-> LastName", "values": {"a": "b"}, "otherwise": "keep"},
        "full": {"map": "-> Lead.Full__c", "to_salesforce": "record.name"},
    },
    "guard": {"creates": "5"},
    "examples": [{"name": "x", "hubspot": {"email": "a@b.de"}, "salesforce": {"Email": "a@b.de"}}],
}


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the ways to every key and item."""
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [one for key, child in children for one in ((*path, key), *paths(child, (*path, key)))]


def findings(data: bytes) -> list[str] | None:
    """Give what is wrong, None where nothing is."""
    try:
        load_mapping(data, file="f.yaml")
    except MappingErrors as exc:
        return [str(one) for one in exc.findings]
    return None


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from(
            ["", " ", "hold", "a <-> B", "associated x", "record.", "(", "user", "x" * 99]
        ),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["map", "as", "name", "values", "when", ""]), inner, max_size=2
        ),
    ),
    max_leaves=4,
)


@given(st.lists(st.tuples(st.sampled_from(paths(FULL)), JUNK), min_size=1, max_size=4))
def test_any_file_is_read_or_its_findings_are_given(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    table = copy.deepcopy(FULL)
    for path, junk in changes:
        holder: Any = table
        for step in path[:-1]:
            holder = holder[step] if isinstance(holder, dict) and step in holder else None
        if isinstance(holder, dict):
            holder[path[-1]] = junk
    found = findings(json.dumps(table).encode())
    assert found is None or (found and all(one.startswith("f.yaml:1:") for one in found))


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_their_findings_are_given(data: bytes) -> None:
    assert findings(data)


@pytest.mark.parametrize("path", paths(FULL))
def test_no_key_can_be_left_out_without_a_pair_or_a_finding(path: tuple[str | int, ...]) -> None:
    table = copy.deepcopy(FULL)
    holder: Any = table
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    assert findings(json.dumps(table).encode()) != []
