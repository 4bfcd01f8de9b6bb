"""revloop.yaml and the environment: what is wrong is told at once, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mappings.findings import MappingErrors
from mappings.project import Project, load_project
from sync.domain.errors import ConfigError, CredentialError

SECRET = "pat-na1-0000-secret"


def load(folder: Path, text: str = "", environment: Mapping[str, str] | None = None) -> Project:
    (folder / "revloop.yaml").write_text(text, encoding="utf-8")
    return load_project(folder, environment or {})


def findings(folder: Path, text: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        load(folder, text)
    return [str(one) for one in caught.value.findings]


def test_wrong_version_is_told_beside_an_unknown_key(tmp_path: Path) -> None:
    found = findings(tmp_path, "version: 2\ngaurd: {creates: 1}\n")

    assert [one[:17] for one in found] == ["revloop.yaml:1:10", "revloop.yaml:2:1:"]
    assert "'2' is not a version this release reads" in found[0]
    assert "'guard'" in found[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("guard: 5", "guard: must be keys and values; the keys here: blanks, changes"),
        ("guard: []", "guard: must be keys and values"),
        ("hubspot: {token: [a]}", "hubspot.token: must be a text"),
        ("state: 'sqlite://'", "state: 'sqlite://' names no place; write sqlite:///"),
        ("state: ''", "state: '' names no place"),
        ("salesforce: {bulk_from: -1}", "salesforce.bulk_from: '-1' is no number of records"),
    ],
)
def test_value_of_the_wrong_kind_is_told_in_our_words(
    text: str, words: str, tmp_path: Path
) -> None:
    (found,) = findings(tmp_path, text)

    assert words in found


def test_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, f"hubspot: {SECRET}\n")

    assert "hubspot: must be keys and values" in found
    assert SECRET not in found


def test_link_that_leads_nowhere_is_no_project_without_settings(tmp_path: Path) -> None:
    (tmp_path / "revloop.yaml").symlink_to(tmp_path / "not mounted")

    with pytest.raises(ConfigError, match="cannot be read"):
        load_project(tmp_path, {})


def test_project_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    assert load_project(tmp_path, {}).guard == load(tmp_path).guard


@pytest.mark.parametrize("name", ["HUBSPOT_ACCESS_TOKEN", "SALESFORCE_ACCESS_TOKEN"])
def test_token_of_several_lines_is_refused_and_not_repeated(name: str, tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match=f"{name} holds a line break") as caught:
        load(tmp_path, environment={name: f"{SECRET}\nsecond line"})

    assert SECRET not in str(caught.value)


def test_private_key_has_several_lines(tmp_path: Path) -> None:
    project = load(tmp_path, environment={"SALESFORCE_PRIVATE_KEY": "BEGIN\nabc\nEND"})

    assert project.salesforce.private_key == "BEGIN\nabc\nEND"


def test_byte_order_mark_is_no_part_of_a_secret(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{SECRET}\r\n", encoding="utf-8-sig")

    project = load(tmp_path, environment={"HUBSPOT_ACCESS_TOKEN_FILE": str(secret)})

    assert project.hubspot.token == SECRET


def test_address_of_the_state_may_be_in_a_file(tmp_path: Path) -> None:
    address = tmp_path / "address"
    address.write_text("postgresql://u:p@db/revloop\n", encoding="utf-8")

    project = load(tmp_path, environment={"REVLOOP_STATE_FILE": str(address)})

    assert project.state == "postgresql://u:p@db/revloop"
