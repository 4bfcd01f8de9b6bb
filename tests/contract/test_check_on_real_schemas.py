"""The mapping check on schemas of real accounts, as they were recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.schema_copy import SchemaCopy, read_copies, write_copy
from mappings.foreseen import Risk
from mappings.loader import load_mapping
from mappings.predicted import Prediction, predict
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import ObjectShape
from tests.contract.test_init_on_real_schemas import CONTACTS, cumulusci, hubspot

pytestmark = pytest.mark.data

HEAD = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
fields:
  email: {map: email <-> Email, type: email}
"""


@pytest.fixture(scope="module", params=CONTACTS)
def left(request: pytest.FixtureRequest) -> dict[str, ObjectShape]:
    return {"contacts": hubspot("contacts", request.param)}


@pytest.fixture(scope="module")
def right() -> dict[str, ObjectShape]:
    return {name: cumulusci(name) for name in ("Contact", "Lead")}


def predicted(
    fields: str, left: dict[str, ObjectShape], right: dict[str, ObjectShape]
) -> Prediction:
    text = HEAD + "".join(f"  {line}\n" for line in fields.splitlines())
    return predict(load_mapping(text.encode(), file="mappings/contacts.yaml"), left, right)


def test_fields_every_account_has_are_found_sound(
    left: dict[str, ObjectShape], right: dict[str, ObjectShape]
) -> None:
    found = predicted(
        "first: firstname <-> FirstName\n"
        "last: {map: lastname <-> LastName, if_blank: '[not given]'}\n"
        "mobile: {map: mobilephone <-> MobilePhone, type: phone}\n"
        "city: city <-> Contact.MailingCity | Lead.City",
        left,
        right,
    )
    assert found.findings == ()
    lengths = [note.finding.message for note in found.notes if note.risk is Risk.TOO_LONG]
    assert any("at most 40 characters fit Salesforce's Contact.FirstName" in one for one in lengths)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("first: first_name <-> FirstName", "did you mean 'firstname'?"),
        ("first: firstname <-> FirstNam", "did you mean 'FirstName'?"),
        ("first: firstname <-> Firstname", "did you mean 'FirstName'?"),
        ("made: createdate <-> CreatedDate", "CreatedDate is read-only for this user"),
        ("name: firstname -> Name", "Name is read-only for this user"),
        ("notes: num_notes -> Contact.Birthdate", "is a date field and takes no number"),
    ],
)
def test_mistakes_are_named_with_what_is_there(
    line: str, says: str, left: dict[str, ObjectShape], right: dict[str, ObjectShape]
) -> None:
    found = [str(one) for one in predicted(line, left, right).findings]
    assert any(says in one for one in found), found


def test_real_schemas_read_back_from_their_copy(
    tmp_path: Path, left: dict[str, ObjectShape], right: dict[str, ObjectShape]
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for side, shapes in ((Side.LEFT, left), (Side.RIGHT, right)):
        copy = SchemaCopy(account=Account("1", "x"), read=at, objects=dict(shapes))
        write_copy(tmp_path, side, copy)
    copies = read_copies(tmp_path)
    assert copies is not None
    assert copies[Side.LEFT].objects == left
    assert copies[Side.RIGHT].objects == right
