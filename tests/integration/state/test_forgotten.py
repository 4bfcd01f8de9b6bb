"""Forgetting a person, on every kind of database: no table keeps a word of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from sync.domain.record import RecordRef, Side
from sync.state import SqlStore
from sync.state.subject import About
from sync.state.tables import metadata
from tests.integration.state.building import NOW, link

ADDRESS = "ada.lovelace@example.com"
ADA, BOB = "0035000000AdaLoveQ", "0035000000BobAAAAQ"
NAME = "Lovelace"
PAIR, ROWS = "contacts", "deals.people"

#: What holds nothing of single people: settings, salespeople, and what opportunities are called.
IMPERSONAL = {
    "notes",
    "leases",
    "watermarks",
    "plans",
    "campaign_names",
    "opportunities",
    "forgotten",
}
#: What no test can tell apart from people who were not forgotten, but by their link.
COLUMNS: Mapping[str, Any] = {
    "pair": PAIR,
    "side": "right",
    "object": "Contact",
    "left_object": "contacts",
    "right_object": "Contact",
    "origin_object": "Contact",
    "kind": "link",
    "refers": PAIR,
    "state": "open",
    "field": "email",
    "hash": "h",
    "opportunity": "006",
}


def fill(store: SqlStore, person: str, link_id: int) -> None:
    """Write a row about a person into every table that may hold one."""
    with store._database.write() as connection:
        for table in metadata.sorted_tables:
            if table.name in IMPERSONAL or table.name in ("links", "runs"):
                continue
            row = {column.name: value_of(table, column, person, link_id) for column in table.c}
            if table.name == "plan_items":
                connection.execute(sa.insert(metadata.tables["plans"]).values(plan_row(link_id)))
            if table.name == "sale_versions":
                row |= {"id": f"006-{link_id}", "account": "001", "closes": "2026-04-01"}
            if table.name == "due":
                connection.execute(sa.delete(table))
                row["key"] = str(link_id)
            if table.name == "row_ends":
                row |= {"pair": ROWS, "record_id": f"row-{person}", "owner_id": "006"}
            connection.execute(sa.insert(table).values(row))
        text = f"{person} {NAME if person == ADA else 'Bob'}"
        stopped = f"met {ADDRESS}" if person == ADA else "met nobody"
        connection.execute(
            sa.insert(metadata.tables["runs"]).values(
                kind="sync", started=NOW, summary={}, stopped=f"{stopped} {text[:18]}"
            )
        )


def plan_row(number: int) -> dict[str, object]:
    return {"id": number, "created": NOW, "state": "kept", "fingerprint": "", "summary": {}}


def value_of(table: sa.Table, column: sa.Column[Any], person: str, link_id: int) -> object:
    """Give a value that tells of the person, wherever a column can hold one."""
    words = f"{ADDRESS} {NAME} {person}" if person == ADA else "nobody"
    shaped: Mapping[str, object] = {
        **COLUMNS,
        "key": str(link_id),
        "records": [["right", "Contact", person]],
        "base": {"last_name": words, "id": person},
        "item": {"last_name": words, "id": person},
        "seen": [{"last_name": words}, []],
        "body": {"people": [person]},
        "identity": f"{table.name} {person}",
    }
    if column.name in shaped:
        return shaped[column.name]
    numbered = column.primary_key or column.name in ("link_id", "person")
    match type(column.type).__name__:
        case "UtcTime" | "Micros":
            return NOW
        case "Boolean":
            return False
        case "Integer" | "BigInteger":
            return link_id if numbered else 1
        case "Text" | "CompactJson":
            return words
    return person


def all_text(store: SqlStore) -> str:
    """Give every value of every table as one text."""
    with store._database.read() as connection:
        return "\n".join(
            f"{table.name}: {json.dumps(list(row), default=str)}"
            for table in metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        )


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    for person, number in ((ADA, ADA.removeprefix("003")), (BOB, BOB.removeprefix("003"))):
        fill(store, person, link(store, number))
    with store._database.write() as connection:
        keys = metadata.tables["keys"]
        of_ada = sa.update(keys).where(keys.c.record_id == ADA)
        connection.execute(of_ada.values(hash="of ada"))
    return store


def forget(store: SqlStore) -> Any:
    about = About(
        address=ADDRESS,
        keys=((PAIR, rule(store), "of ada"),),
        ends={ROWS: (False, True)},
        references={"deals": ("main_contact",)},
    )
    return store.forgotten.forget(
        about, lambda places: ["address", *(ref.id[::-1] for _, ref in places)], at=NOW
    )


def rule(store: SqlStore) -> int:
    with store._database.read() as connection:
        keys = metadata.tables["keys"]
        found = sa.select(keys.c.rule).where(keys.c.hash == "of ada")
        return int(connection.execute(found).scalar_one())


def test_no_table_keeps_a_word_of_who_was_forgotten(filled: SqlStore) -> None:
    before = all_text(filled)
    assert all(f"\n{name}: " in f"\n{before}" for name in metadata.tables.keys() - IMPERSONAL)

    erased = forget(filled)

    left = all_text(filled)
    for mark in (ADDRESS, NAME, ADA):
        assert mark not in left, [line for line in left.splitlines() if mark in line]
    assert (Side.RIGHT, RecordRef("Contact", ADA)) in erased.records
    # Of the other person nothing is gone.
    assert left.count(BOB) == before.count(BOB)


def test_hashes_stay_until_the_person_is_allowed_again(filled: SqlStore) -> None:
    forget(filled)
    assert set(filled.forgotten.all().values()) == {1}
    assert filled.forgotten.since(["address"]) == NOW

    assert forget_again(filled).was == NOW
    assert filled.forgotten.allow(["address"], [PAIR])
    assert filled.forgotten.all() == {}
    assert not filled.forgotten.allow(["address"], [PAIR])


def forget_again(store: SqlStore) -> Any:
    return store.forgotten.forget(
        About(address=ADDRESS, keys=()), lambda places: ["address"], at=NOW.replace(year=2027)
    )
