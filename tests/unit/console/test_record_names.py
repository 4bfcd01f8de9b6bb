"""Records that references name are shown by name and id, and what waits is called so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.owner_names import OwnerNames
from console.plan_text import _rows
from console.record_names import RecordNames, record_names
from mappings.loader import load_mappings
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, ItemKind, Waiting
from sync.domain.record import RecordRef, Side
from sync.domain.store import Changes, NewLink, ShadowUpdate
from sync.state import SqlStore, open_store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FILES = {
    "contacts": "pair: contacts\nhubspot: contacts\nsalesforce: Contact\nfirst_sync: hold\n"
    "match: [email]\nfields:\n  email: email <-> Email\n"
    "  account: {map: associated company <-> AccountId, pair: companies}\n",
    "companies": "pair: companies\nhubspot: companies\nsalesforce: Account\nfirst_sync: hold\n"
    "match: [name]\nfields:\n  name: name <-> Name\n",
}


@pytest.fixture
def names(tmp_path: Path) -> Iterator[RecordNames]:
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    with open_store("sqlite://") as store:
        _keep_firm(store)
        yield record_names(store, load_mappings(tmp_path))


def _keep_firm(store: SqlStore) -> None:
    left, right = RecordRef("companies", "77"), RecordRef("Account", "001A")
    new = NewLink(token=-1, pair="companies", left=left, right=right)
    shadows = [
        ShadowUpdate(link_id=-1, side=side, base={}, seen={"name": f"Example {word}"}, read_at=NOW)
        for side, word in ((Side.LEFT, "GmbH"), (Side.RIGHT, "Inc."))
    ]
    store.commit(Changes(links=[new], shadows=shadows), run=1, at=NOW)


def test_linked_record_is_shown_by_the_name_it_has_on_that_side(names: RecordNames) -> None:
    assert names.value("contacts", "account", Side.LEFT, "77") == "Example GmbH (77)"
    assert names.value("contacts", "account", Side.RIGHT, "001A") == "Example Inc. (001A)"


def test_record_without_a_link_is_shown_by_its_id(names: RecordNames) -> None:
    assert names.value("contacts", "account", Side.LEFT, "78") == "78"


def test_other_fields_are_left_as_they_are(names: RecordNames) -> None:
    owners = OwnerNames(records=names)
    assert owners.value("contacts", "email", Side.LEFT, "77") == "77"
    assert owners.value("contacts", "account", Side.LEFT, None) is None


def test_plan_names_what_is_written_and_what_follows(names: RecordNames) -> None:
    item = Item(
        pair="contacts",
        kind=ItemKind.MERGE,
        left=RecordRef("contacts", "1"),
        right=RecordRef("Contact", "0031"),
        link_id=1,
        writes=(
            FieldWrite(
                side=Side.LEFT,
                name="account",
                native_name="associated company",
                old=None,
                new="77",
                origin="001A",
                reason=Reason.EDITED_ALONE,
                apart=True,
            ),
        ),
        waiting=(
            Waiting(
                side=Side.RIGHT,
                name="account",
                native_name="AccountId",
                refers="companies",
                id="78",
                reason=Reason.CREATED,
            ),
        ),
    )

    rows = list(_rows(OwnerNames(records=names).item(item)))

    assert [row[2] for row in rows] == [
        "HubSpot: (blank) → 'Example GmbH (77)'",
        "follows when Salesforce has companies 78 of HubSpot",
    ]
