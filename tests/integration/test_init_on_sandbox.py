"""init against both stand-ins: fields made, permissions missing, faults on the way, a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings
from connectors.hubspot.properties import connect_properties
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from sync.domain.errors import CredentialError, ValidationRejectedError
from sync.domain.new_fields import FieldMaker, Made, NewField
from sync.domain.schema import FieldKind, Option
from tests.e2e.desk import COMMAND, ROOT, Desk

SALESFORCE_ID = NewField(
    object_name="contacts",
    name="salesforce_id",
    label="Salesforce id",
    kind=FieldKind.TEXT,
    unique=True,
)
#: Longer than any of these commands takes.
_PATIENCE = 60.0
_NEXT_PRESS = 2.0
_GLANCE = 0.1


@pytest.fixture(scope="module")
def serving() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as crms:
        yield crms


@pytest.fixture
def crms(serving: Sandbox) -> Iterator[Sandbox]:
    serving.reset()
    serving.hubspot.switches.withheld_scopes = ""
    yield serving
    serving.hubspot.switches.withheld_scopes = ""


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def maker(crms: Sandbox, pauses: list[float]) -> Iterator[FieldMaker]:
    settings = HubSpotSettings(access_token=crms.hubspot_token, base_url=crms.hubspot_url)
    made = connect_properties(settings, sleep=pauses.append)
    yield made
    made.close()


@pytest.fixture
def desk(crms: Sandbox, tmp_path: Path) -> Desk:
    """Give an empty folder beside two empty CRMs."""
    folder = tmp_path / "project"
    folder.mkdir()
    quiet = {"REVLOOP_LOG_LEVEL": "error", "LANG": "C"}
    return Desk(folder, crms, crms.environment() | quiet)


# The maker of fields


def test_field_is_made_once_however_often_it_is_asked_for(maker):
    assert [maker.make_field(SALESFORCE_ID) for _ in range(2)] == [Made.MADE, Made.THERE]


@pytest.mark.parametrize("version", list(ApiVersion))
def test_field_is_made_in_every_version_of_the_api(crms, version):
    made = connect_properties(
        HubSpotSettings(
            access_token=crms.hubspot_token, base_url=crms.hubspot_url, api_version=version
        )
    )

    assert made.make_field(SALESFORCE_ID) is Made.MADE
    made.close()


def test_field_is_made_though_hubspot_is_busy_at_first(maker, crms, pauses):
    crms.add_fault(FaultRule(system="hubspot", kind="429", path="/properties/", method="POST"))

    assert maker.make_field(SALESFORCE_ID) is Made.MADE
    assert len(pauses) == 1


def test_answer_that_is_lost_makes_no_second_field(maker, crms):
    crms.add_fault(
        FaultRule(system="hubspot", kind="drop_after", path="/properties/", method="POST")
    )

    assert maker.make_field(SALESFORCE_ID) is Made.THERE


def test_property_of_the_name_that_is_not_unique_is_unfit(maker):
    plain = NewField(
        object_name="contacts", name="salesforce_id", label="Plain", kind=FieldKind.TEXT
    )
    assert maker.make_field(plain) is Made.MADE
    assert maker.make_field(SALESFORCE_ID) is Made.UNFIT


def test_property_of_another_type_is_unfit(maker):
    date = NewField(object_name="contacts", name="salesforce_id", label="Date", kind=FieldKind.DATE)
    assert maker.make_field(date) is Made.MADE
    assert maker.make_field(SALESFORCE_ID) is Made.UNFIT


def test_choice_is_made_with_its_options(maker, crms):
    wanted = NewField(
        object_name="companies",
        name="revloop_last_outcome",
        label="Last outcome",
        kind=FieldKind.CHOICE,
        options=(Option("won", "Won"), Option("lost", "Lost")),
    )

    assert maker.make_field(wanted) is Made.MADE
    assert maker.make_field(wanted) is Made.THERE


def test_missing_permission_names_the_scope(maker, crms):
    crms.hubspot.switches.withheld_scopes = "crm.schemas.contacts.write"

    with pytest.raises(CredentialError, match=r"crm\.schemas\.contacts\.write"):
        maker.make_field(SALESFORCE_ID)


def test_name_hubspot_refuses_is_an_error_of_this_field(maker):
    wrong = NewField(object_name="contacts", name="1 Wrong", label="x", kind=FieldKind.TEXT)

    with pytest.raises(ValidationRejectedError):
        maker.make_field(wrong)


# The command


def test_what_init_writes_passes_every_check_and_plans(desk):
    done = desk.run_here("init", "--yes", "--create-fields", "--pairs", "companies,contacts,deals")
    assert done.code == 0, done.err
    assert "made deals.salesforce_id" in done.out

    assert desk.run_here("mappings", "check").code == 0
    live = desk.run_here("mappings", "check", "--live", "--json")
    assert (live.code, live.document["findings"]) == (0, [])
    assert desk.run_here("mappings", "test").code == 0
    assert desk.run_here("doctor").code == 0
    assert desk.run_here("plan", "--json").code == 0


def test_rules_of_the_native_integration_pass_every_check(desk):
    done = desk.run_here("init", "--yes", "--from", "native")

    assert done.code == 0, done.err
    assert desk.run_here("mappings", "check", "--live").code == 0
    text = (desk.folder / "mappings" / "contacts.yaml").read_text(encoding="utf-8")
    assert "{map: firstname <-> FirstName, protect: salesforce}" in text


def test_pair_the_token_may_not_read_is_left_out_and_named(desk, crms):
    crms.hubspot.switches.withheld_scopes = "crm.schemas.companies.read, crm.objects.companies.read"
    done = desk.run_here("init", "--yes")

    assert done.code == 0
    assert "HubSpot does not show companies to you" in done.out
    assert "crm.schemas.companies.read" in " ".join(done.out.split())
    assert [one.name for one in (desk.folder / "mappings").glob("*.yaml")] == ["contacts.yaml"]


def test_fields_that_may_not_be_made_are_named_and_the_project_stands(desk, crms):
    crms.hubspot.switches.withheld_scopes = "crm.schemas.contacts.write"
    done = desk.run_here("init", "--json", "--create-fields")

    made = {one["object"]: one["done"] for one in done.document["made"]}
    assert done.code == 2
    assert made == {"companies": True, "contacts": False}
    assert (desk.folder / "mappings" / "contacts.yaml").is_file()


def test_crm_that_does_not_answer_leaves_nothing_behind(desk, crms, monkeypatch):
    from tests.e2e.desk import without_pauses

    without_pauses(monkeypatch, patience=0.2)
    crms.add_fault(FaultRule(system="salesforce", kind="500", path="/describe", times=99))
    done = desk.run_here("init", "--yes")

    assert done.code == 3
    assert list(desk.folder.iterdir()) == []


def test_token_that_is_refused_is_told_in_plain_words(desk):
    desk.environment["HUBSPOT_ACCESS_TOKEN"] = "pat-na1-made-up"
    done = desk.run_here("init", "--yes")

    assert done.code == 2
    assert "HubSpot does not accept the access token" in done.err
    assert "made-up" not in done.err
    assert list(desk.folder.iterdir()) == []


# On a real terminal


class Terminal:
    """The command on a pseudo terminal, as somebody sitting there sees it."""

    def __init__(self, desk: Desk, *arguments: str) -> None:
        self._end, other = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=desk.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "TERM": "dumb",
                "COLUMNS": "200",
                **desk.environment,
            },
            start_new_session=True,
            # Where the tests run in the background, Ctrl-C would be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        os.close(other)

    def read_until(self, *wanted: str) -> None:
        """Read until one of these stands there; fails when the command ends before."""
        start, until = len(self.text), time.monotonic() + _PATIENCE
        while not any(one in self.text[start:] for one in wanted):
            assert time.monotonic() < until, self.text
            if not self._read():
                raise AssertionError(f"ended before {wanted}: {self.text}")

    def answer(self, text: str) -> None:
        os.write(self._end, f"{text}\n".encode())

    def press_control_c(self) -> int:
        """Press until the command ends: Python misses a press just before it begins to wait."""
        until = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            os.killpg(self.process.pid, signal.SIGINT)
            self._read_on(_NEXT_PRESS)
        return self.wait()

    def wait(self) -> int:
        # The terminal stays open until the command has ended: its last words go there.
        self._read_on(_PATIENCE)
        assert self.process.poll() is not None, self.text
        os.close(self._end)
        return self.process.returncode

    def _read_on(self, patience: float) -> None:
        until = time.monotonic() + patience
        while self._read(_GLANCE) or self.process.poll() is None:
            if time.monotonic() > until:
                return

    def _read(self, patience: float = _PATIENCE) -> bool:
        ready, _, _ = select.select([self._end], [], [], patience)
        if not ready:
            return False
        try:
            data = os.read(self._end, 65_536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


def test_enter_all_the_way_on_a_terminal_makes_a_project(desk, crms):
    with_terminal = Terminal(desk, "init")
    for question in ("Pairs", "First sync", "Country", "in HubSpot now?", "Write these into"):
        with_terminal.read_until(question)
        with_terminal.answer("")

    assert with_terminal.wait() == 0, with_terminal.text
    assert "Next" in with_terminal.text
    assert (desk.folder / "mappings" / "contacts.yaml").is_file()
    again = desk.run_here("init", "--json", "--force")
    assert again.document["wanted"]["hubspot"] == []


def test_control_c_at_a_question_leaves_nothing_behind(desk):
    terminal = Terminal(desk, "init")
    terminal.read_until("Pairs")
    terminal.answer("contacts")
    terminal.read_until("First sync")

    assert terminal.press_control_c() == 3
    assert "Nothing is written." in terminal.text
    assert list(desk.folder.iterdir()) == []


def test_without_a_terminal_the_flags_are_named(desk):
    done = desk.run("init")

    assert done.code == 2
    assert "--yes" in done.err


def test_json_document_is_all_that_is_printed(desk):
    done = desk.run("init", "--json")

    assert done.err == ""
    assert json.loads(done.out)["exit"] == 0
