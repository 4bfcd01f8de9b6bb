"""An admin's desk: a project folder, the command, and a pair of stand-ins to run it against."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sandbox.demo import demo_seed
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from tests.e2e.pauses import connect_resting

__all__ = ["COMMAND", "ROOT", "Desk", "Done", "make_desk", "people", "seed_file", "without_pauses"]

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "mappings" / "starter"

#: Longer than any command here takes; one that hangs fails its test.
_PATIENCE = 60


def _command() -> list[str]:
    """Give the installed command; in a checkout that is not installed, the module behind it."""
    script = Path(sys.executable).with_name("revloop")
    return [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "cli"]


COMMAND = _command()


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Give the one JSON document on standard output; fails where anything else is there."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(slots=True)
class Desk:
    """A project folder, the sandbox it points at, and the environment of its commands."""

    folder: Path
    sandbox: Sandbox
    environment: dict[str, str] = field(default_factory=dict)

    # Commands

    def run(self, *arguments: str, project: bool = True) -> Done:
        """Run the command as a process of its own."""
        ended = subprocess.run(
            self._line(arguments, project=project),
            env=self.outside(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return Done(ended.returncode, ended.stdout, ended.stderr)

    def start(
        self, *arguments: str, project: bool = True, session: bool = False
    ) -> subprocess.Popen[str]:
        """Start the command and leave it running; with `session` in a group of its own."""
        return subprocess.Popen(
            self._line(arguments, project=project),
            env=self.outside(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=session,
            # Where the tests run in the background, Ctrl-C would be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )

    def run_here(self, *arguments: str) -> Done:
        """Run the command in this process, where a test may have taken the pauses away."""
        import cli

        ended = CliRunner().invoke(
            cli.cli, [*arguments, "--project", str(self.folder)], env=self.environment
        )
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Done(ended.exit_code, ended.stdout, ended.stderr)

    def _line(self, arguments: Sequence[str], *, project: bool) -> list[str]:
        return [*COMMAND, *arguments, *(["--project", str(self.folder)] if project else [])]

    def outside(self) -> dict[str, str]:
        """Give the whole environment of a command that is a process of its own."""
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment}

    # Files

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file of the project."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def state(self) -> Path:
        """Give the state file."""
        return self.folder / "state" / "revloop.db"

    def known(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give what the state knows of records; empty where there is no state yet."""
        tables = ("links", "shadows", "records", "watermarks", "conflicts", "errors", "audit")
        return {name: list(self.rows(f"SELECT * FROM {name}")) for name in tables}

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Read from the state file beside the product."""
        if not self.state.exists():
            return
        with sqlite3.connect(self.state) as connection:
            yield from connection.execute(query).fetchall()
        connection.close()

    def let_the_lease_run_out(self) -> None:
        """Do what a minute does after a run was killed."""
        with sqlite3.connect(self.state) as connection:
            found = connection.execute("UPDATE leases SET until = '2020-01-01 00:00:00.000000'")
            assert found.rowcount == 1
        connection.close()

    def do(self, statement: str) -> None:
        """Change the state file beside the product."""
        with sqlite3.connect(self.state) as connection:
            connection.execute(statement)
        connection.close()

    # Both CRMs

    def export(self) -> list[JsonObject]:
        """Give everything both CRMs hold."""
        return list(self.sandbox.export())

    def forget_calls(self) -> None:
        """Begin to count calls anew."""
        self.sandbox.hubspot_traffic.reset()
        self.sandbox.salesforce_traffic.reset()

    def writes(self) -> int:
        """Count the calls since the last `forget_calls` that could change anything."""
        hubspot = self.sandbox.hubspot_traffic.calls(path=r"/batch/(create|update|archive)")
        return len(hubspot) + sum(
            call.method in ("PATCH", "DELETE") or "/sobjects" in call.path
            for call in self.sandbox.salesforce_traffic.calls()
            if call.method != "GET"
        )

    def id_of(self, object_name: str, field_name: str, value: str) -> str:
        """Give the id of the record that holds a value."""
        for line in self.export():
            values: Any = line.get("properties", line.get("fields", {}))
            if line.get("object") == object_name and values.get(field_name) == value:
                return str(line["id"])
        raise AssertionError(f"no {object_name} with {field_name} {value!r}")

    def emails(self, system: str) -> list[str]:
        """Give the e-mail addresses of the people in one CRM, sorted."""
        found = []
        for line in self.export():
            values: Any = line.get("properties", line.get("fields", {}))
            people = line.get("object") in ("contacts", "Contact", "Lead")
            if line["system"] == system and people and "field" not in line:
                found.append(str(values.get("email") or values.get("Email")).lower())
        return sorted(found)


def schema_lines() -> Iterator[JsonObject]:
    """Give what the starter mappings use beyond the standard schema: fields, and an owner."""
    for line in demo_seed():
        if "field" in line:
            yield dict(line)
    # The user revloop works as owns what it makes; in HubSpot it is somebody, too.
    yield {
        "system": "hubspot",
        "object": "owners",
        "key": "integration",
        "properties": {"email": "integration@sandbox.invalid", "lastName": "Integration"},
    }


def people(*, both: int = 0, hubspot: int = 0, salesforce: int = 0) -> list[JsonObject]:
    """Give the fields, and people who are in both CRMs or in one of them only."""
    lines = list(schema_lines())
    for number in range(both):
        lines += [_contact(f"both{number}"), _lead(f"both{number}")]
    lines += [_contact(f"left{number}") for number in range(hubspot)]
    lines += [_lead(f"right{number}") for number in range(salesforce)]
    return lines


def _contact(name: str) -> JsonObject:
    values: JsonObject = {"email": f"{name}@people.example", "lastname": name, "city": "Bonn"}
    return {"system": "hubspot", "object": "contacts", "key": f"h-{name}", "properties": values}


def _lead(name: str) -> JsonObject:
    values: JsonObject = {
        "Email": f"{name}@people.example",
        "LastName": name,
        "City": "Bonn",
        "Company": "Example",
    }
    return {"system": "salesforce", "object": "Lead", "key": f"s-{name}", "fields": values}


def seed_file(path: Path, lines: Sequence[Mapping[str, Any]]) -> Path:
    """Write seed lines to a file."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def make_desk(folder: Path, sandbox: Sandbox) -> Desk:
    """Make a project folder with the starter mappings, pointed at a sandbox."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(
        STARTER,
        folder / "mappings",
        ignore=shutil.ignore_patterns("lifecycle.*", "campaigns.*", "deals.*"),
    )
    # What is logged has tests of its own.
    quiet = {"REVLOOP_LOG_LEVEL": "warning"}
    return Desk(folder, sandbox, sandbox.environment() | quiet)


def without_pauses(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> list[float]:
    """Take the pauses between attempts away from commands run here; give those asked for.

    `patience` is how long a silent CRM is waited for, in seconds.
    """
    import connectors.hubspot
    import connectors.salesforce

    asked: list[float] = []
    for package in (connectors.hubspot, connectors.salesforce):
        monkeypatch.setattr(package, "connect", connect_resting(package.connect, asked.append))
    for package, name in (
        (connectors.hubspot, "HubSpotSettings"),
        (connectors.salesforce, "SalesforceSettings"),
    ):
        quick = partial(getattr(package, name), read_timeout=patience)
        monkeypatch.setattr(package, name, quick)
    return asked
