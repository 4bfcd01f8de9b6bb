"""`mappings test`, `show` and `schema`, as an admin calls them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from console.schema_copy import SchemaCopy, write_copy
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import ObjectShape
from sync.engine.shapes import shape_to_json
from sync.state import open_store
from tests.unit.mappings.shapes import HEAD, LEFT, RIGHT, without

STARTERS = Path(__file__).resolve().parents[3] / "mappings" / "starter"

#: Nothing of a page may be fetched from anywhere, nor run.
FETCHING = {"script", "link", "img", "iframe", "object", "embed"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project folder with the starter mappings of companies and contacts."""
    others = shutil.ignore_patterns("campaigns.*", "deals.*")
    shutil.copytree(STARTERS, tmp_path / "mappings", ignore=others)
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    command = ["mappings", *arguments, "--project", str(project)]
    return CliRunner().invoke(cli.cli, command, prog_name="revloop")


def edit(project: Path, old: str, new: str, *, name: str = "contacts") -> None:
    file = project / "mappings" / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


# --- test -----------------------------------------------------------------------------------


def test_the_starters_examples_are_all_as_wanted(project: Path) -> None:
    result = run(project, "test")
    assert result.exit_code == 0, result.output
    summary, note = result.stdout.splitlines()[-2:]
    assert summary == "5 examples, 14 values looked at: all as wanted."
    assert note.startswith("note: companies, contacts: tried by the types in the file alone.")


@pytest.mark.parametrize("file", sorted(STARTERS.glob("[!l]*.yaml")), ids=lambda file: file.stem)
def test_the_examples_of_each_starter_are_all_as_wanted(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    shutil.copy(file, tmp_path / "mappings")
    # Other starters refer to companies, and to people.
    for name in ("companies.yaml", "contacts.yaml"):
        shutil.copy(STARTERS / name, tmp_path / "mappings")
    result = run(tmp_path, "test")
    assert result.exit_code == 0, result.output
    assert "all as wanted" in result.stdout


def test_a_wrong_example_shows_got_and_wanted_and_ends_with_2(project: Path) -> None:
    edit(project, 'salesforce: {MobilePhone: "+491701234567"}', "salesforce: {MobilePhone: '+49'}")
    result = run(project, "test")
    assert result.exit_code == 2
    assert re.search(
        r"^WRONG mappings/contacts.yaml:\d+:5: phone numbers .* \(Contact \| Lead\)$",
        result.stdout,
        re.MULTILINE,
    )
    row = next(line for line in result.stdout.splitlines() if "MobilePhone" in line)
    assert row.index("+491701234567") < row.rindex("+49")
    assert "5 examples, 14 values looked at: 1 example wrong, 2 values not as wanted." in (
        result.stdout.splitlines()
    )


def test_examples_as_json_hold_every_value_and_the_counts(project: Path) -> None:
    edit(project, "hubspot: {seniority: Executive}", "hubspot: {seniority: Manager}")
    result = run(project, "test", "--json", "--only", "contacts")
    document = json.loads(result.stdout)
    assert result.exit_code == document["exit"] == 2
    assert document["counts"] == {
        "examples": 4,
        "examples_wrong": 1,
        "values": 10,
        "values_wrong": 2,
    }
    wrong = next(one for one in document["examples"] if not one["passed"])
    assert [(one["side"], one["got"], one["wanted"]) for one in wrong["values"]] == [
        ("salesforce", "Manager", "C-Level"),
        ("hubspot", "Executive", "Manager"),
    ]


NARROW = f"""\
{HEAD}fields:
  email: email <-> Email
  notes: notes <-> Notes__c
examples:
  - {{name: long notes, hubspot: {{notes: {"x" * 21}}}, salesforce: {{Notes__c: {"x" * 21}}}}}
"""


def keep_schemas(project: Path, right: Mapping[str, ObjectShape]) -> None:
    """Keep both schemas in the state, as a run does."""
    (project / "state").mkdir()
    with open_store(f"sqlite:///{project}/state/revloop.db") as store:
        for side, shapes in ((Side.LEFT, LEFT), (Side.RIGHT, right)):
            for name, shape in shapes.items():
                note = json.dumps({"shape": shape_to_json(shape)})
                store.runs.keep_note(f"shape:{side.value}:{name}", note)


def test_lengths_are_looked_at_where_the_schemas_are_kept(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(NARROW, encoding="utf-8")
    alone = json.loads(run(tmp_path, "test", "--json").stdout)
    keep_schemas(tmp_path, RIGHT)
    kept = json.loads(run(tmp_path, "test", "--json").stdout)
    assert (alone["exit"], alone["schemas"]) == (0, {"contacts": "declared"})
    assert (kept["exit"], kept["schemas"]) == (2, {"contacts": "kept"})
    assert "takes 20 characters" in kept["examples"][0]["values"][0]["why"]


def test_lengths_are_looked_at_in_the_projects_copy_of_the_schemas(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(NARROW, encoding="utf-8")
    for side, shapes in ((Side.LEFT, LEFT), (Side.RIGHT, RIGHT)):
        objects: dict[str, ObjectShape | None] = dict(shapes)
        copy = SchemaCopy(account=Account("1", "x"), read=datetime.now(UTC), objects=objects)
        write_copy(tmp_path, side, copy)
    tried = json.loads(run(tmp_path, "test", "--json").stdout)
    assert (tried["exit"], tried["schemas"]) == (2, {"contacts": "kept"})
    assert "takes 20 characters" in tried["examples"][0]["values"][0]["why"]


def test_a_mapping_that_has_outgrown_the_kept_schemas_is_tried_by_its_own_word(
    tmp_path: Path,
) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(NARROW, encoding="utf-8")
    keep_schemas(tmp_path, without(RIGHT, "Notes__c"))
    tried = json.loads(run(tmp_path, "test", "--json").stdout)
    assert (tried["exit"], tried["schemas"]) == (0, {"contacts": "declared"})


def test_without_examples_it_says_how_to_write_one(project: Path) -> None:
    for name in ("contacts", "companies"):
        file = project / "mappings" / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text[: text.index("examples:")], encoding="utf-8")
    result = run(project, "test")
    assert result.exit_code == 0
    assert "examples:\n  - name:" in result.stdout


def test_a_broken_file_is_said_with_its_place_before_anything_is_tried(project: Path) -> None:
    edit(project, "hubspot: {seniority: VP}", "hubspot: {senority: VP}")
    result = run(project, "test")
    assert result.exit_code == 2
    assert "did you mean 'seniority'?" in result.stderr
    assert result.stdout == ""


# --- show -----------------------------------------------------------------------------------


def test_a_pair_is_shown_with_each_field_its_ends_and_who_wins(project: Path) -> None:
    lines = run(project, "show", "contacts").stdout.splitlines()
    row = next(line.split() for line in lines if line.split()[:1] == ["score"])
    assert row == [
        "score",
        "hubspotscore",
        "->",
        "HubSpot_Score__c",
        "HubSpot",
        "HubSpot",
        "number",
    ]
    assert any("Contact.MailingCountryCode" in line for line in lines)
    assert "  last_name: if blank: [not given]" in lines
    assert "  Blanks: stay put" in lines


def test_a_pair_as_json_is_in_the_words_of_the_file(project: Path) -> None:
    document = json.loads(run(project, "show", "contacts", "--json").stdout)
    fields = {one["name"]: one for one in document["fields"]}
    assert (document["first_sync"], document["salesforce"]) == ("salesforce", ["Contact", "Lead"])
    assert (fields["email"]["wins"], fields["email"]["unsure"]) == ("hubspot", "hold")
    assert fields["city"]["salesforce"] == ["Lead.City", "Contact.MailingCity"]
    assert fields["seniority"]["values"]["VP"] == "C-Level"
    assert fields["score"]["protect"] == "hubspot"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("contact", "there is no pair 'contact'; did you mean 'contacts'?"),
        ("x", "there is no pair 'x'; the pairs: companies, contacts"),
    ],
)
def test_an_unknown_pair_ends_with_2_and_names_those_there_are(
    project: Path, name: str, message: str
) -> None:
    result = run(project, "show", name)
    assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")


def test_a_mistake_in_another_file_does_not_hide_a_pair(project: Path) -> None:
    edit(project, "first_sync: salesforce", "first_sync: sfdc", name="companies")
    assert run(project, "show", "contacts").exit_code == 0
    broken = run(project, "show", "companies")
    assert broken.exit_code == 2
    assert "first_sync: 'sfdc' is not one of" in broken.stderr


def test_the_page_holds_every_field_and_fetches_nothing(project: Path) -> None:
    file = project / "contacts.html"
    result = run(project, "show", "contacts", "--html", str(file))
    assert result.exit_code == 0
    assert str(file) in result.stdout
    page = Page(file.read_text(encoding="utf-8"))
    assert not FETCHING & set(page.tags)
    assert {"email", "Contact.MailingCountryCode", "Executive <-> C-Level", "↔"} <= set(page.texts)


def test_what_a_mapping_holds_is_text_on_the_page(project: Path) -> None:
    edit(project, '"[not given]"}\n  phone', '"<script>alert(1)</script>"}\n  phone')
    edit(project, 'LastName: "[not given]"', 'LastName: "<script>alert(1)</script>"')
    file = project / "contacts.html"
    assert run(project, "show", "contacts", "--html", str(file)).exit_code == 0
    page = Page(file.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert "if blank: <script>alert(1)</script>" in page.texts


# --- schema ---------------------------------------------------------------------------------


def test_the_schema_is_printed_as_one_document(project: Path) -> None:
    plain, as_json = run(project, "schema"), run(project, "schema", "--json")
    assert plain.exit_code == as_json.exit_code == 0
    assert json.loads(plain.stdout) == json.loads(as_json.stdout)
    assert json.loads(plain.stdout)["required"] == [
        "pair",
        "hubspot",
        "salesforce",
        "first_sync",
        "fields",
    ]


def test_the_schema_is_written_where_it_is_asked_for(project: Path) -> None:
    file = project / "mappings" / "mine.json"
    result = run(project, "schema", "--out", str(file))
    assert "$schema=mine.json" in result.stdout
    kept = project / "mappings" / "mapping.schema.json"
    assert file.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def test_a_schema_that_cannot_be_written_ends_with_2(project: Path) -> None:
    result = run(project, "schema", "--out", str(project / "nowhere" / "x.json"))
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr


def test_the_schema_needs_no_slow_library() -> None:
    asked = (
        "import sys\nfrom console.schema_file import schema_text\nschema_text()\n"
        "print([one for one in ('cel', 'jinja2', 'rich', 'sqlalchemy') if one in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_check_tells_of_members_as_a_pair_of_their_own(project: Path) -> None:
    shutil.copy(STARTERS / "campaigns.yaml", project / "mappings")

    done = run(project, "check")

    assert done.exit_code == 0
    assert "campaigns.members" in done.output
    assert "not carried out" not in done.output.replace("does not carry", "")
