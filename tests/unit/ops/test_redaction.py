from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.ops.redaction import REMOVED, mask, redact


def redacted(**event: object) -> dict[str, object]:
    return dict(redact(None, "info", dict(event)))


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "access_token",
        "hubspotAccessToken",
        "client_secret",
        "Authorization",
        "x-api-key",
        "password",
        "email",
        "old_email",
        "mobilephone",
        "firstname",
        "first_name",
        "LastName",
        "name",
        "value",
        "values",
        "old",
        "new",
        "properties",
        "MailingStreet",
    ],
)
def test_value_under_a_sensitive_key_is_removed(key):
    assert redacted(**{key: "Ada"}) == {key: REMOVED}


@pytest.mark.parametrize(
    "key",
    ["run_id", "pair", "object_name", "field_name", "fields", "link_id", "request_id", "file_name"],
)
def test_key_that_names_things_is_kept(key):
    assert redacted(**{key: "contacts"}) == {key: "contacts"}


@pytest.mark.parametrize(
    "text",
    [
        "pat-na1-6f1d3f0a-0000-4000-8000-1234567890ab",
        "00D5g000004AbCd!AQ4AQFake.fake_Token.value1234567890",
        "00D5g000004AbCdEFG!AQ4AQFake.fake_Token.value1234567890",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "CKjx9_2kMhIHAAEAQAAAARi3u9ABIMb-1QQo2c8fMhQxAbCdEfGh",
        "ada.lovelace+crm@example.co.uk",
        "ada%40example.com",
        "+49 170 1234567",
    ],
)
def test_secret_or_address_inside_a_text_is_masked(text):
    cleaned = mask(f"refused: {text} (second try)")

    assert cleaned == f"refused: {REMOVED} (second try)"


def test_bearer_header_inside_a_text_is_masked():
    assert mask("sent Bearer abc.def") == f"sent {REMOVED}"


def test_password_in_an_address_is_masked_and_the_host_kept():
    masked = mask("postgresql+psycopg://revloop:hunter2@db.internal/state")

    assert "hunter2" not in masked
    assert masked.startswith("postgresql+psycopg://")


def test_secret_in_a_query_is_masked_and_the_rest_kept():
    assert mask("/token?client_secret=s3cr3t&grant=x") == (
        f"/token?client_secret={REMOVED}&grant=x"
    )


def test_private_key_is_masked_over_its_lines():
    text = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\ndef\n-----END RSA PRIVATE KEY-----"

    assert mask(text) == REMOVED


@pytest.mark.parametrize(
    "text",
    [
        "0035g00000AbCdEAAV",
        "0035g00000AbCdE",
        "512345678901",
        "2026-03-31T22:14:05.000+00:00",
        "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26",
        "3f2b8c1e-7a4d-4b6e-9c0a-1d2e3f405162",
        "mappings/contacts.yaml:12:20",
        "record_written",
        "https://api.example.com/crm/v3/objects/contacts/512345",
    ],
)
def test_id_hash_time_and_place_stay_readable(text):
    assert mask(text) == text


def test_nested_mapping_and_list_are_cleaned():
    event = redacted(detail={"rows": [{"email": "a@example.com", "id": "51"}, "b@example.com"]})

    assert event == {"detail": {"rows": [{"email": REMOVED, "id": "51"}, REMOVED]}}


def test_address_used_as_a_key_of_a_mapping_is_masked():
    assert redacted(counts={"a@example.com": 2}) == {"counts": {REMOVED: 2}}


def test_object_is_named_by_its_type_only():
    @dataclass
    class Person:
        nickname: str

    assert redacted(record=Person("Ada")) == {"record": "<Person>"}


def test_exception_keeps_its_type_and_loses_the_address():
    event = redacted(error=ValueError("a@example.com is taken"))

    assert event == {"error": f"ValueError: {REMOVED} is taken"}


def test_plain_values_pass():
    class Kind(StrEnum):
        UPDATE = "update"

    moment = datetime(2026, 3, 31, 22, 14, 5, tzinfo=UTC)

    assert redacted(count=3, done=True, left=None, kind=Kind.UPDATE, at=moment) == {
        "count": 3,
        "done": True,
        "left": REMOVED,
        "kind": "update",
        "at": "2026-03-31T22:14:05+00:00",
    }


@given(user=st.from_regex(r"[a-z][a-z0-9.]{0,10}[a-z]", fullmatch=True), before=st.text())
def test_no_e_mail_address_survives_whatever_stands_around_it(user, before):
    address = f"{user}@example.com"

    assert address not in mask(f"{before} {address}")
