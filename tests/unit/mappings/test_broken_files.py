"""Whatever a file holds, the check says what is wrong with it, where, and what to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.checking import check
from mappings.model import PairMapping
from mappings.words import TYPE_WORDS
from mappings.yamltree import MAX_VALUES, read_tree
from tests.unit.mappings.broken import BASE, Broken
from tests.unit.mappings.broken_expressions import EXPRESSIONS
from tests.unit.mappings.broken_fields import FIELDS
from tests.unit.mappings.broken_heads import HEADS
from tests.unit.mappings.broken_texts import TEXTS

BROKEN = (*TEXTS, *HEADS, *FIELDS, *EXPRESSIONS)

#: Lists that grow with the language; the messages name them whole.
_LISTS = {
    "{keys}": ", ".join(PairMapping.model_fields),
    "{types}": ", ".join(TYPE_WORDS),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    return tmp_path


def found(project: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Check a project that has something to mend, and give the findings."""
    assert check(project, as_json=False, live=False, environment={}) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == f"{len(lines) - 2} to mend."
    return lines[:-2]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name.replace(" ", "_"))
def test_broken_file_is_said_in_an_admins_words(
    broken: Broken, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "mappings" / "contacts.yaml").write_bytes(broken.written)
    says = list(broken.says)
    for name, words in _LISTS.items():
        says = [line.replace(name, words) for line in says]

    assert found(project, capsys) == [f"mappings/contacts.yaml:{line}" for line in says]


def test_no_two_broken_files_have_one_name() -> None:
    assert len({one.name for one in BROKEN}) == len(BROKEN) >= 60


def _loop(file: Path) -> None:
    file.symlink_to(file.name)


def _out_of_the_folder(file: Path) -> None:
    elsewhere = file.parent.parent / "elsewhere.yaml"
    elsewhere.write_text(BASE)
    file.symlink_to(elsewhere)


def _to_nothing(file: Path) -> None:
    file.symlink_to("nothing.yaml")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "this is not a file; take it away, or name it otherwise"),
        (os.mkfifo, "this is not a file; take it away, or name it otherwise"),
        (_loop, "this link leads to no file; take it away, or put the file itself here"),
        (_to_nothing, "this link leads to no file; take it away, or put the file itself here"),
        (
            _out_of_the_folder,
            "this link leads out of the mappings folder; put the file itself here",
        ),
    ],
    ids=["folder", "pipe", "loop", "link to nothing", "link out of the folder"],
)
def test_what_is_no_file_of_the_project_is_not_read(
    make: object, says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(make)
    make(project / "mappings" / "x.yaml")

    assert found(project, capsys) == [f"mappings/x.yaml:1:1: {says}"]


def _thing(name: str, field: str = "", *, objects: str = "") -> str:
    """Write a pair of custom objects with one more field."""
    hubspot, salesforce = (objects or f"{name} {name.capitalize()}__c").split(" ")
    return (
        f"pair: {name}\nhubspot: {hubspot}\nsalesforce: {salesforce}\nfirst_sync: hold\n"
        f"match: [name]\nfields:\n  name: name <-> Name\n{f'  {field}' if field else ''}\n"
    )


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"a": _thing("cars"), "b": _thing("cars", objects="vans Van__c")},
            (
                "b.yaml:1:7: pair: 'cars' is the name of the pair in mappings/a.yaml already; give "
                "this one another"
            ),
        ),
        (
            {"a": _thing("cars"), "b": _thing("vans", objects="cars Cars__c")},
            (
                "b.yaml:3:13: salesforce: Cars__c with cars is kept by mappings/a.yaml "
                "already; keep "
                "both in one file"
            ),
        ),
        (
            {"a": _thing("cars", "van: {map: van <-> Van__c, pair: vanns}"), "b": _thing("vans")},
            "a.yaml:8:36: fields.van.pair: there is no pair 'vanns'; did you mean 'vans'?",
        ),
        (
            {
                "a": _thing("cars", "van: {map: van <-> Van__c, pair: vans}"),
                "b": _thing("vans", "car: {map: car <-> Car__c, pair: cars}"),
            },
            (
                "b.yaml:8:36: fields.car.pair: these pairs refer to each other in a circle: "
                "cars -> "
                "vans -> cars; leave one of the references out, so that one of them can be "
                "kept first"
            ),
        ),
    ],
    ids=["one name twice", "the same objects twice", "an unknown pair", "a circle"],
)
def test_files_that_contradict_each_other_are_said(
    files: dict[str, str], says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (project / "mappings" / f"{name}.yaml").write_text(text)

    assert found(project, capsys) == [f"mappings/{says}"]


def test_link_within_the_folder_is_read(project: Path) -> None:
    folder = project / "mappings"
    (folder / "..data").mkdir()
    (folder / "..data" / "contacts.yaml").write_text(BASE)
    (folder / "contacts.yaml").symlink_to("..data/contacts.yaml")

    assert check(project, as_json=False, live=False, environment={}) == 0


def test_findings_of_all_files_come_at_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, one in enumerate(BROKEN[:20]):
        (project / "mappings" / f"f{number:02}.yaml").write_bytes(one.written)

    lines = found(project, capsys)

    assert {line.partition(":")[0] for line in lines} == {
        f"mappings/f{number:02}.yaml" for number in range(20)
    }


def test_reading_stops_at_the_limit_whatever_follows() -> None:
    before = "".join(f"k{number}: v\n" for number in range(MAX_VALUES))
    once, twice = (read_tree((before * times).encode(), file="f.yaml") for times in (1, 2))
    assert [one.line for one in once.findings] == [one.line for one in twice.findings]


def test_findings_beyond_any_use_are_counted_and_not_worked_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "".join(f"  f{number}: {{map: a <-> A, win: x}}\n" for number in range(1_000))
    (project / "mappings" / "contacts.yaml").write_text(f"{BASE}{wrong}")

    lines = found(project, capsys)

    assert len(lines) == 201
    assert lines[0].startswith("mappings/contacts.yaml:1:1: more than 200 findings; mend these")
