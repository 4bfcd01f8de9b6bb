"""docs/operations.md: every revloop command on it is run, in the situation it is meant for."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk, people, without_pauses
from tests.e2e.operations import Section, named, read_sections

pytestmark = pytest.mark.slow

MAPPING = """\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
keys: {hubspot: salesforce_id, salesforce: HubSpot_Contact_Id__c}
match: [email]
create: {salesforce: {when: "true"}, hubspot: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title: jobtitle <-> Title
  city: {map: city <-> MailingCity, wins: hold}
examples:
  - name: the city is one
    hubspot: {email: ada@example.com, city: Bonn}
    salesforce: {Email: ada@example.com, MailingCity: Bonn}
"""
#: So that the first sync, and any other that makes more than this, is a large one.
SETTINGS = "guard: {creates: 3}\n"
ADA = "ada@example.com"
REFUSED = "nobody is called that"

#: What HubSpot's own integration marks records with.
_SIGN: JsonObject = {
    "system": "hubspot",
    "object": "contacts",
    "field": {"name": "salesforcelastsynctime", "type": "datetime"},
}


@dataclass
class Shift:
    """Somebody at work with the document: the project, what they ran, and how it ended."""

    desk: Desk
    ran: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self, command: str, code: int = 0, *, instead: dict[str, str] | None = None) -> Any:
        """Run a command as the document has it, `instead` of what stands for something."""
        self.ran.append(command)
        words = [(instead or {}).get(word, word) for word in shlex.split(command)]
        if words[0] != "revloop":
            done = subprocess.run(words, cwd=self.desk.folder, check=False)
            self._note(command, done.returncode, code, "")
            return None
        ended = CliRunner().invoke(cli.cli, words[1:], env=self.desk.environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        self._note(command, ended.exit_code, code, ended.stdout + ended.stderr)
        return ended

    def _note(self, command: str, got: int, wanted: int, said: str) -> None:
        if got != wanted:
            self.wrong.append(f"{command}: {got}, not {wanted}\n{said[-1500:]}")

    def quietly(self, command: str, code: int = 0) -> Any:
        """Run a command to prepare something; the document does not speak of it."""
        ended = self.run(command, code)
        self.ran.pop()
        return ended

    def first(self, what: str) -> str:
        """Give the id of the first open item."""
        items = json.loads(self.quietly(f"revloop {what} list --json").stdout)["items"]
        return str(items[0]["id"])

    def last_run(self) -> str:
        """Give the id of the run that ended last."""
        found: dict[str, Any] = json.loads(self.quietly("revloop status --json").stdout)
        return str(found["last_run"]["run"])

    def add(self, *names: str) -> None:
        """Enter people into HubSpot."""
        for name in names:
            told = {
                "email": f"{name}@example.com",
                "lastname": name,
                "city": "Bonn",
                "jobtitle": "Head",
            }
            self.desk.sandbox.add("hubspot", "contacts", told, by="person")

    def edit(self, system: str, name: str, **values: str) -> None:
        """Edit a person in one CRM."""
        object_name, key = {"hubspot": ("contacts", "email"), "salesforce": ("Contact", "Email")}[
            system
        ]
        id = self.desk.id_of(object_name, key, f"{name}@example.com")
        self.desk.sandbox.edit(system, object_name, id, values, by="person")

    def lose_the_state(self) -> None:
        for file in self.desk.state.parent.iterdir():
            file.unlink()

    @contextlib.contextmanager
    def given(self, **variables: str) -> Iterator[None]:
        """Change variables of the environment for a while."""
        before = dict(self.desk.environment)
        self.desk.environment.update(variables)
        yield
        self.desk.environment.clear()
        self.desk.environment.update(before)

    @contextlib.contextmanager
    def fault(self, kind: str, *, system: str = "hubspot") -> Iterator[None]:
        """Let a CRM fail for a while."""
        self.desk.sandbox.add_fault(FaultRule(system=system, kind=kind, times=1_000_000))
        yield
        for box in self.desk.sandbox.fault_boxes:
            box.clear()


# What to do when: each row's situation, and its commands in it


def at_the_guard(shift: Shift) -> None:
    shift.add("eve", "fay", "gil", "hal")
    shift.quietly("revloop sync", 4)
    shift.run("revloop plan show")
    shift.run("revloop approve")
    shift.run("revloop sync")


def refused(shift: Shift) -> None:
    with shift.given(HUBSPOT_ACCESS_TOKEN="pat-of-nobody"):
        shift.quietly("revloop sync", 2)
        shift.run("revloop doctor", 2)
    shift.run("revloop sync")


def calls_used_up(shift: Shift) -> None:
    with shift.fault("rate_limit_daily"):
        shift.quietly("revloop sync", 3)
    shift.run("revloop doctor")


def crm_is_down(shift: Shift) -> None:
    with shift.fault("503", system="salesforce"):
        shift.quietly("revloop sync", 3)
        shift.run("revloop status")
    shift.quietly("revloop sync")


def another_run(shift: Shift) -> None:
    now, later = (
        (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for seconds in (0, 50)
    )
    shift.desk.do(
        "INSERT INTO leases (name, holder, token, since, until) "
        f"VALUES ('run', 'elsewhere:1', 'x', '{now}', '{later}')"
    )
    shift.quietly("revloop sync", 3)
    shift.run("revloop status")
    shift.desk.do("DELETE FROM leases")
    shift.quietly("revloop sync")


def lost(shift: Shift) -> None:
    shift.lose_the_state()
    shift.quietly("revloop sync", 4)
    shift.run("revloop doctor")
    shift.run("revloop state restore backups/monday.db")
    shift.run("revloop sync --full")
    shift.lose_the_state()
    shift.run("revloop adopt")
    shift.run("revloop plan")
    shift.add("ivo", "jan", "kim", "lea")
    shift.quietly("revloop sync", 4)
    shift.run("revloop approve")
    shift.run("revloop sync")


def torn(shift: Shift) -> None:
    shift.desk.state.write_bytes(shift.desk.state.read_bytes()[:9000])
    shift.quietly("revloop sync", 2)
    shift.run("revloop state check", 2)
    shift.run("revloop state restore backups/monday.db")
    shift.run("revloop sync --full")


def another_account(shift: Shift) -> None:
    (kept,) = next(shift.desk.rows("SELECT value FROM notes WHERE name = 'account:left'"))
    other = json.dumps({**json.loads(kept), "id": "1", "credentials": ""})
    shift.desk.do(f"UPDATE notes SET value = '{other}' WHERE name = 'account:left'")
    shift.quietly("revloop sync", 4)
    shift.run("revloop doctor", 2)
    shift.desk.do(f"UPDATE notes SET value = '{kept}' WHERE name = 'account:left'")
    shift.quietly("revloop sync")


def another_sync(shift: Shift) -> None:
    fresh = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    shift.edit("hubspot", "ada", salesforcelastsynctime=fresh)
    shift.quietly("revloop sync", 4)
    shift.run("revloop doctor", 2)
    shift.edit("hubspot", "ada", salesforcelastsynctime="")
    shift.quietly("revloop sync")


def they_differ(shift: Shift) -> None:
    shift.edit("hubspot", "ada", jobtitle="Analyst")
    # What a state that was damaged would believe: both sides agreed on this.
    shift.desk.do(
        "UPDATE shadows SET base = json_set(base, '$.title', 'Analyst') "
        f"WHERE side = 'left' AND base LIKE '%{ADA}%'"
    )
    shift.quietly("revloop sync")
    shift.run("revloop verify", 1)
    shift.run("revloop verify --repair", 1)
    shift.run("revloop plan show")
    shift.run("revloop approve")
    shift.run("revloop sync")
    shift.quietly("revloop verify")


def there_twice(shift: Shift) -> None:
    shift.desk.sandbox.add(
        "salesforce", "Contact", {"Email": "twin@example.com", "LastName": "Twin"}, by="person"
    )
    shift.desk.sandbox.add(
        "salesforce", "Contact", {"Email": "twin@example.com", "LastName": "Twin"}, by="person"
    )
    shift.add("twin")
    shift.quietly("revloop sync", 1)
    shift.run(f"revloop record show {ADA}")
    shift.run("revloop conflicts list")
    shift.run("revloop sync")


def held(shift: Shift) -> None:
    shift.edit("hubspot", "ada", city="Köln")
    shift.edit("salesforce", "ada", MailingCity="Berlin")
    shift.quietly("revloop sync", 1)
    shift.run("revloop conflicts list")
    items = json.loads(shift.quietly("revloop conflicts list --json").stdout)["items"]
    (seven,) = [str(item["id"]) for item in items if item.get("field") == "city"]
    shift.run("revloop conflicts show 7", instead={"7": seven})
    shift.run("revloop conflicts resolve 7 --take salesforce", instead={"7": seven})
    shift.run("revloop sync")


def in_error(shift: Shift) -> None:
    shift.desk.sandbox.salesforce.validate(
        "Contact", lambda row: "no" if row.get("LastName") == REFUSED else None
    )
    shift.edit("hubspot", "ada", lastname=REFUSED)
    shift.quietly("revloop sync", 1)
    shift.run("revloop errors list")
    seven = shift.first("errors")
    shift.run("revloop errors show 7", instead={"7": seven})
    shift.edit("hubspot", "ada", lastname="Lovelace")
    shift.run("revloop errors retry")
    shift.run("revloop sync")


def wrote_wrong(shift: Shift) -> None:
    shift.edit("hubspot", "ada", jobtitle="Countess")
    shift.quietly("revloop sync")
    r12 = {"r12": shift.last_run()}
    shift.run("revloop history r12", instead=r12)
    shift.run("revloop undo r12 --dry-run", instead=r12)
    shift.run("revloop undo r12", instead=r12)


def full_disk(shift: Shift) -> None:
    shift.run("revloop status")
    shift.run("revloop state check")
    shift.run("revloop sync")


def not_healthy(shift: Shift) -> None:
    long_ago = "2020-01-01T00:00:00.000000Z"
    shift.desk.do(f"UPDATE runs SET started = '{long_ago}', ended = '{long_ago}'")
    shift.run("revloop health", 3)
    shift.run("revloop history")
    shift.quietly("revloop sync")
    shift.quietly("revloop health")


def field_is_gone(shift: Shift) -> None:
    shift.desk.change("mappings/contacts.yaml", "<-> Title", "<-> Title_That_Was__c")
    shift.run("revloop mappings check --live", 2)
    shift.desk.change("mappings/contacts.yaml", "<-> Title_That_Was__c", "<-> Title")


def defect(shift: Shift) -> None:
    shift.run("revloop history")


SITUATIONS: dict[str, Callable[[Shift], None]] = {
    "a run stopped at the guard": at_the_guard,
    "credentials are refused": refused,
    "the day's calls are used up": calls_used_up,
    "a CRM is down": crm_is_down,
    "another run is at work": another_run,
    "the state is lost": lost,
    "the state is torn": torn,
    "the account is another one": another_account,
    "another sync writes the same records": another_sync,
    "the two CRMs differ": they_differ,
    "a person is there twice": there_twice,
    "records are held": held,
    "records are in error": in_error,
    "a run wrote what it should not": wrote_wrong,
    "the disk is full": full_disk,
    "health says no": not_healthy,
    "a field is gone": field_is_gone,
    "revloop has a defect": defect,
}


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """Work through the document once."""
    folder = tmp_path_factory.mktemp("operations") / "project"
    (folder / "mappings").mkdir(parents=True)
    with (
        Sandbox([_SIGN, *people()], limits=False) as crms,
        pytest.MonkeyPatch.context() as patch,
    ):
        without_pauses(patch, patience=30)
        patch.chdir(folder)
        desk = Desk(folder, crms, crms.environment() | {"REVLOOP_LOG_LEVEL": "error"})
        desk.write("mappings/contacts.yaml", MAPPING)
        desk.write("revloop.yaml", SETTINGS)
        shift = Shift(desk)
        shift.add("ada", "bob", "cyd", "dan")
        for section in read_sections():
            _work_through(section, shift)
        yield shift


def _work_through(section: Section, shift: Shift) -> None:
    """Run the steps of a chapter; of its tables, what is looked at and what is done when."""
    for step in section.steps:
        shift.run(step.command, step.code)
    for row in section.rows:
        if row.about:
            before = len(shift.ran)
            SITUATIONS[row.about](shift)
            assert shift.ran[before:] == list(row.commands), row.about
        elif section.title == "What to watch":
            for command in row.commands:
                shift.run(command)


def test_every_command_ends_as_the_document_says(shift: Shift) -> None:
    assert not shift.wrong, "\n\n".join(shift.wrong)


def test_every_command_named_was_run(shift: Shift) -> None:
    for section in read_sections():
        for command in named(section.text):
            assert any(f"{ran} ".startswith(f"{command} ") for ran in shift.ran), command


def test_every_situation_is_in_the_document() -> None:
    rows = [row.about for section in read_sections() for row in section.rows if row.about]

    assert rows == list(SITUATIONS)
