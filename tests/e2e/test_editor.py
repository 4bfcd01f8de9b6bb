"""A stock YAML language server completes, explains and checks mappings from the schema we ship."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mappings.words import TYPE_WORDS, WINS_WORDS
from tests.e2e.language_server import LanguageServer, language_server
from tests.e2e.node_clients import node_command

pytestmark = pytest.mark.node

STARTERS = Path(__file__).resolve().parents[2] / "mappings" / "starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project's mappings as they are copied."""
    shutil.copytree(STARTERS, tmp_path / "mappings")
    return tmp_path / "mappings"


@pytest.fixture
def editor(folder: Path) -> Iterator[LanguageServer]:
    """Give a server that has read nothing yet."""
    with language_server(node_command(), folder.parent) as server:
        yield server


def text_of(file: Path, **changes: str) -> str:
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("name", sorted(file.name for file in STARTERS.glob("*.yaml")))
def test_a_starter_has_nothing_underlined(editor: LanguageServer, folder: Path, name: str) -> None:
    assert editor.open(folder / name, text_of(folder / name)) == []


def test_what_is_wrong_is_underlined_where_it_stands(editor: LanguageServer, folder: Path) -> None:
    file = folder / "contacts.yaml"
    text = text_of(
        file,
        **{
            "wins: hubspot}": "wins: hubspt}",
            "protect: hubspot}": "protekt: hubspot}",
            "firstname <-> FirstName": "firstname FirstName",
        },
    )
    lines = text.splitlines()
    places = {
        (number, lines[number - 1][column - 1 :].split()[0], message.split(".")[0])
        for number, column, message in editor.open(file, text)
    }
    assert {(word, message) for _, word, message in places} == {
        ("hubspt}", "Value is not accepted"),
        ("protekt:", "Property protekt is not allowed"),
        ("firstname", "Write a line with an arrow, such as email <-> Email"),
    }


def test_keys_and_words_are_explained(editor: LanguageServer, folder: Path) -> None:
    file = folder / "contacts.yaml"
    editor.open(file, text_of(file))
    assert "linked for the first time" in editor.explain("first_sync:", "first_sync")
    assert "Who wins when both sides changed the field" in editor.explain("email:", "wins")
    assert "What goes where, and which way" in editor.explain("phone:", "map")
    assert "tried in this order" in editor.explain("match:", "match")


def test_words_and_keys_are_completed(editor: LanguageServer, folder: Path) -> None:
    file = folder / "contacts.yaml"
    text = text_of(file, **{"type: email": "type: e", "wins: hubspot}": "wins: h}"})
    editor.open(file, text.replace("job_title:    jobtitle <-> Title", "job_title:\n    w"))
    assert editor.complete("email:", "e,") >= set(TYPE_WORDS)
    assert editor.complete("email:", "h}") >= set(WINS_WORDS)
    assert editor.complete("w", "w") >= {"wins"}
