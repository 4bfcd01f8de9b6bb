"""docs/decision-rows.md, held against the scenarios it names.

REVLOOP_REWRITE_DOCS=1 writes the page anew; look at the difference.
"""

from __future__ import annotations

import os

import pytest

from tests.scenario.families import worlds_of
from tests.unit.decision_rows import DOCUMENT, ROWS, Shown, links, page, scenarios


@pytest.fixture(scope="module")
def found() -> dict[str, list[Shown]]:
    return scenarios()


@pytest.fixture(scope="module")
def document(found: dict[str, list[Shown]]) -> str:
    if os.environ.get("REVLOOP_REWRITE_DOCS"):
        DOCUMENT.write_text(page(found), encoding="utf-8")
    return DOCUMENT.read_text(encoding="utf-8")


def test_every_row_is_shown_on_the_sandbox(found: dict[str, list[Shown]]):
    shown = {row for row, tests in found.items() if any(one.in_both for one in tests)}

    assert [row for row in ROWS if row not in shown] == [], "no scenario bears these numbers"


def test_every_row_is_shown_under_both_families_of_paths(
    found: dict[str, list[Shown]], monkeypatch: pytest.MonkeyPatch
):
    for name in ("REVLOOP_WORLDS", "REVLOOP_HUBSPOT_PATHS"):
        monkeypatch.delenv(name, raising=False)
    worlds = {
        row: {world for one in tests if one.in_both for world in worlds_of(one.name)}
        for row, tests in found.items()
    }

    lacking = [row for row in ROWS if len(worlds[row] & {"sandbox-numbered", "sandbox-dated"}) < 2]
    assert lacking == []


def test_every_row_stands_in_the_document_with_its_tests(document: str):
    told = {line.split("|")[1].strip(): line for line in document.splitlines() if "](" in line}

    assert list(told) == list(ROWS)


def test_every_test_the_document_names_exists_and_bears_the_number(
    found: dict[str, list[Shown]], document: str
):
    known = {(one.file, one.name) for tests in found.values() for one in tests}

    assert [one for one in links(document) if one not in known] == []
    for line in document.splitlines():
        for _, name in links(line):
            assert line.split("|")[1].strip().lower() in name.split("_")
