from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.errors import SeedError
from sandbox.hubspot.store import HubSpotStore
from sandbox.seeds import SeedAccount, SeedField, SeedRecord, parse_lines, read_seed, write_lines


def parse(*lines: dict) -> list:
    return list(parse_lines(enumerate(lines, start=1), source="seed.jsonl"))


def contact(key: str, **more: object) -> dict:
    return {"system": "hubspot", "object": "contacts", "key": key, "properties": {}, **more}


def loaded(*lines: dict) -> HubSpotStore:
    store = HubSpotStore(Clock())
    store.load(parse(*lines))
    return store


def test_each_kind_of_line_is_read():
    account, field, record = parse(
        {"system": "hubspot", "account": {"id": "7", "name": "Acme"}},
        {"system": "salesforce", "object": "Lead", "field": {"name": "Region__c"}},
        contact("c1", created="2026-01-05T10:00:00+01:00"),
    )
    assert isinstance(account, SeedAccount)
    assert isinstance(field, SeedField)
    assert isinstance(record, SeedRecord)
    assert record.created == datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"system": "pipedrive"}, "write hubspot or salesforce"),
        ({"system": "hubspot", "key": "c", "properties": {}}, "object is missing"),
        ({"system": "hubspot", "object": "contacts", "properties": {}}, "key is missing"),
        ({"system": "hubspot", "object": "contacts", "key": "c"}, "under 'properties'"),
        (contact("c", fileds={}), "unknown keys fileds"),
        (contact("c", created="yesterday"), "created"),
        (contact("c", created="2026-01-05T10:00:00"), "no time zone"),
        (contact("c", history={"email": [{"value": "x"}]}), "a value and a timestamp"),
        (contact("c", associations=[{"to": "companies"}]), "an association is"),
        ({"system": "hubspot", "object": "contacts", "field": {}}, "at least a name"),
    ],
)
def test_bad_line_is_named_with_its_place(line: dict, told: str):
    with pytest.raises(SeedError, match=told) as caught:
        parse(contact("first"), line)
    assert str(caught.value).startswith("seed.jsonl:2: ")


def test_key_used_twice_names_both_lines():
    with pytest.raises(SeedError, match=r"seed\.jsonl:2: key 'c' is already used on line 1"):
        parse(contact("c"), contact("c"))


def test_line_that_is_no_json_is_named(tmp_path: Path):
    path = tmp_path / "seed.jsonl"
    path.write_text('{"system": "hubspot", "account": {"id": "7"}}\n\nnothing\n', encoding="utf-8")
    with pytest.raises(SeedError, match=r"seed\.jsonl:3: this is not JSON"):
        read_seed(path)


def test_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SeedError, match="there is no such file"):
        read_seed(tmp_path / "nothing.jsonl")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (contact("c", properties={"nope": "x"}), "no property 'nope'"),
        (contact("c", properties={"email": "x"}), "is invalid"),
        (contact("c", associations=[{"to": "companies", "key": "co"}]), "the key 'co'"),
        (contact("c", object="ghosts"), "no object 'ghosts'"),
        (contact("c", id="abc"), "digits only"),
        (contact("c", properties={"email": "first@example.com"}), "email is unique"),
    ],
)
def test_line_the_portal_cannot_use_is_named(line: dict, told: str):
    with pytest.raises(SeedError, match=told) as caught:
        loaded(contact("first", properties={"email": "first@example.com"}), line)
    assert caught.value.line == 2


def test_line_may_name_a_later_one():
    store = loaded(
        contact(
            "c",
            properties={"hubspot_owner_id": {"key": "o"}},
            associations=[{"to": "companies", "key": "co"}],
        ),
        {"system": "hubspot", "object": "companies", "key": "co", "properties": {"name": "Acme"}},
        {
            "system": "hubspot",
            "object": "owners",
            "key": "o",
            "properties": {"email": "o@example.com"},
        },
    )
    values = store.get("contacts", store.ids("contacts")[0])
    assert values["associatedcompanyid"] == store.ids("companies")[0]
    assert values["hubspot_owner_id"] == str(next(iter(store.owners)).id)


def test_seed_sets_what_the_api_may_not():
    store = loaded(contact("c", properties={"hubspotscore": "55"}))
    assert store.get("contacts", store.ids("contacts")[0])["hubspotscore"] == "55"


def test_history_sets_the_value_and_the_stamp():
    entries = [
        {"value": "lead", "timestamp": "2026-01-05T09:00:00Z"},
        {"value": "customer", "timestamp": "2026-02-05T09:00:00Z", "sourceType": "CRM_UI"},
    ]
    store = loaded(
        contact("c", created="2026-01-01T00:00:00Z", history={"lifecyclestage": entries})
    )
    values = store.get("contacts", store.ids("contacts")[0])
    assert values["lifecyclestage"] == "customer"
    assert values["lastmodifieddate"] == "2026-02-05T09:00:00.000Z"


def test_export_loads_as_the_same_portal():
    store = loaded(
        {"system": "hubspot", "account": {"id": "7", "name": "Acme"}},
        {
            "system": "hubspot",
            "object": "contacts",
            "field": {"name": "salesforce_id", "type": "string", "hasUniqueValue": True},
        },
        contact("c", properties={"email": "a@example.com", "salesforce_id": "003A"}),
        {
            "system": "hubspot",
            "object": "companies",
            "key": "co",
            "properties": {"name": "Acme"},
            "associations": [{"to": "contacts", "key": "c"}],
        },
    )
    store.edit("contacts", store.ids("contacts")[0], {"firstname": "Ada"})
    exported = list(store.export())
    again = loaded(*exported)
    assert list(again.export()) == exported
    assert again.account.id == 7
    assert again.get("contacts", again.ids("contacts")[0]) == store.get(
        "contacts", store.ids("contacts")[0]
    )


def test_new_record_after_an_import_gets_a_free_id():
    store = loaded(contact("c", id="9000001"))
    assert int(store.add("contacts", {})) > 9_000_001


def test_lines_are_written_one_a_line():
    out = io.StringIO()
    assert write_lines([contact("c"), contact("d")], out) == 2
    assert [json.loads(one)["key"] for one in out.getvalue().splitlines()] == ["c", "d"]
