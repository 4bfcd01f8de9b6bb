"""docs/mappings.md says what the language is: every key, no other, and examples that pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from mappings.guard import GuardOverride
from mappings.loader import read_mappings
from mappings.model import Example, FieldMapping, PairMapping
from mappings.words import TYPE_WORDS
from tests.integration.predicted_errors import ROWS, UNFORESEEN

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "mappings.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")

HEAD = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
"""
COMPANIES = """\
pair: companies
hubspot: companies
salesforce: Account
first_sync: salesforce
match: [domain]
fields: {domain: domain <-> Website}
"""


def rows(head: str) -> Iterator[list[str]]:
    """Give the cells of the tables whose head begins so."""
    for table in re.findall(
        rf"^\| {re.escape(head)} .*\n\|[-|]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE
    ):
        for line in table.splitlines():
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(cell: str) -> list[str]:
    """Give what stands in code marks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("Keys of a pair", PairMapping),
        ("Keys of a field", FieldMapping),
        ("Limits of a run: `guard`", GuardOverride),
    ],
)
def test_every_key_is_documented_and_no_other(title: str, model: type[BaseModel]) -> None:
    section = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    table = section.partition("| key |")[2].partition("\n\n")[0]
    documented = [word for line in table.splitlines()[2:] for word in words(line.split("|")[1])]
    assert sorted(documented) == sorted(keys(model))


def test_every_key_of_an_example_is_documented_and_no_other() -> None:
    documented = [word for cells in rows("key of an example") for word in words(cells[0])]
    assert sorted(documented) == sorted(keys(Example))


def test_every_type_is_documented_and_no_other() -> None:
    documented = [word for cells in rows("type |") for word in words(cells[0])]
    assert sorted(documented) == sorted(TYPE_WORDS)


def blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def whole(block: str) -> str:
    """Give the file a block is a part of."""
    if block.startswith("pair:"):
        return block
    if not re.search(r"^fields:", block, re.MULTILINE):
        block += "fields:\n"
    return HEAD + block.replace("fields:\n", "fields:\n  email: email <-> Email\n", 1)


@pytest.mark.parametrize("block", blocks())
def test_every_example_in_the_document_passes_the_check(block: str, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "companies.yaml").write_text(COMPANIES)
    (folder / "shown.yaml").write_text(whole(block))
    _, findings = read_mappings(folder)
    assert [str(one) for one in findings] == []


def test_every_predicted_error_has_a_row_and_every_row_a_test() -> None:
    documented = [(cells[0].lower(), *words(cells[1])) for cells in rows("API | error")]
    tested = [(row.target, row.code) for row in (*ROWS, *UNFORESEEN)]
    assert sorted(documented) == sorted(tested)


def test_what_the_run_does_stands_in_the_row() -> None:
    documented = sorted(
        (cells[0].lower(), *words(cells[1]), _met(cells[4])) for cells in rows("API | error")
    )
    tested = sorted((row.target, row.code, row.met) for row in (*ROWS, *UNFORESEEN))
    assert documented == tested


def _met(cell: str) -> str:
    """Give the code a row says the errors will show; none where no run starts."""
    return "" if cell == "refused before it starts" else words(cell)[0]


def test_every_link_within_the_document_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors
