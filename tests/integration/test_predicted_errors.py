"""What `mappings check --live` predicts, beside what each API and each run then really says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.jsontypes import Json, JsonObject
from sandbox.server import Sandbox
from tests.e2e.desk import Desk
from tests.integration.predicted_errors import FIELDS, ROWS, UNFORESEEN, Row

#: A value nobody else holds, in the fields a person must have.
_PERSON: dict[str, Json] = {"LastName": "Lovelace", "Email": "ada@example.com"}
_OBJECTS = {"hubspot": "contacts", "salesforce": "Contact"}


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with Sandbox(FIELDS, limits=False) as serving:
        yield serving


def _people(row: Row) -> str:
    """Give a mapping of people with the row's line."""
    return (
        "pair: people\n"
        "hubspot: contacts\n"
        "salesforce: Contact\n"
        f"first_sync: {'hubspot' if row.target == 'salesforce' else 'salesforce'}\n"
        f"match: {row.match}\n"
        f"{row.head}\n"
        "fields:\n"
        f"  email: {row.email}\n"
        f"  last_name: {row.last_name}\n"
        f"  {row.line}\n"
    )


def _desk(crms: Sandbox, folder: Path, row: Row) -> tuple[Desk, str]:
    """Give a project with the row's mapping over CRMs with its records, and the one beside."""
    crms.reset()
    desk = Desk(folder, crms, crms.environment() | {"REVLOOP_LOG_LEVEL": "error"})
    desk.write("mappings/people.yaml", row.mapping or _people(row))
    contact = {"email": "ada@example.com", "lastname": "Lovelace", **row.hubspot}
    crms.add("hubspot", "contacts", contact, by="person")
    crms.add("salesforce", "Contact", {**_PERSON, **row.salesforce}, by="person")
    beside = ""
    if row.beside is not None:
        at = row.beside_at or _OBJECTS[row.target]
        beside = crms.add(row.target, at, row.beside, by="person")
    if row.setup is not None:
        crms.salesforce.set_up(row.setup)
    return desk, beside


def _object(**values: Json) -> JsonObject:
    return values


def _asked(crms: Sandbox, row: Row, beside: str) -> str:
    """Ask for the error as any client of the API would; give what it says."""
    value = beside if row.value == "{beside}" else row.value
    if row.target == "hubspot":
        base, token = crms.hubspot_url, crms.hubspot_token
        path, sent = "/crm/v3/objects/contacts", _object(properties={row.native: value})
    else:
        base, token = crms.salesforce_url, crms.salesforce_token
        named = {} if row.code == "REQUIRED_FIELD_MISSING" else {"LastName": "New"}
        path = "/services/data/v66.0/sobjects/Contact"
        sent = _object(**named, **{row.native: value})
    if row.path:
        path, sent = row.path, row.sent or {}
    answer = requests.request(
        "POST" if sent else "GET",
        base + path,
        json=sent,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code in (400, 404, 409)
    return answer.text


def _errors(desk: Desk) -> set[str]:
    items: list[dict[str, Any]] = desk.run_here("errors", "list", "--json").document["items"]
    return {item["code"] for item in items}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_error_is_predicted_with_its_place_and_then_met(
    row: Row, crms: Sandbox, tmp_path: Path
) -> None:
    desk, beside = _desk(crms, tmp_path, row)

    assert row.code in _asked(crms, row, beside)

    checked = desk.run_here("mappings", "check", "--live")
    assert f"mappings/people.yaml:{row.says}" in [line.strip() for line in checked.out.split("\n")]

    synced = desk.run_here("sync")
    if row.later is not None:
        contact = desk.id_of("contacts", "email", "ada@example.com")
        crms.edit("hubspot", "contacts", contact, row.later, by="person")
        synced = desk.run_here("sync")
    if row.met:
        assert row.met in _errors(desk)
    else:
        assert checked.code == synced.code == 2
        assert row.says in synced.err


@pytest.mark.parametrize("row", UNFORESEEN, ids=lambda row: row.code)
def test_error_no_schema_tells_of_is_shown_in_the_words_of_the_crm(
    row: Row, crms: Sandbox, tmp_path: Path
) -> None:
    desk, _ = _desk(crms, tmp_path, row)

    assert desk.run_here("mappings", "check", "--live").code == 0

    desk.run_here("sync")
    assert row.met in _errors(desk)
