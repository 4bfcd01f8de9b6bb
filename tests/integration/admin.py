"""An admin at work: a project folder over a sandbox, driven by the commands an admin types."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli import cli
from sandbox.seeds import System
from sandbox.server import Sandbox
from sandbox.traffic import CallLog

__all__ = ["Admin", "Answer", "at_work"]

#: The sandbox notes a call a moment after its answer is read: looks before giving up, and seconds.
_LOOKS = 200
_MOMENT = 0.01

#: Between two commands, as long as HubSpot counts calls together. A command knows nothing of the
#: searches of the one before: typed in the same second, the sixth would be refused and sent again.
_BETWEEN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said and did.

    `calls` counts what each CRM's own log holds of it. `batches` lists, by CRM, how many records
    each call saved that saved any, as the CRM saw it.
    """

    exit: int
    document: Mapping[str, Any]
    calls: Mapping[System, int]
    batches: Mapping[System, list[int]]

    @property
    def saved(self) -> int:
        """How many records were written, on either side."""
        return sum(sum(sizes) for sizes in self.batches.values())

    def counts(self, system: System) -> Mapping[str, int]:
        """Give the counts of the contacts pair on one side."""
        counts: Mapping[str, int] = self.document["pairs"]["contacts"][system.value]
        return counts


@dataclass(slots=True)
class _Saves:
    """Notes each save with the number of the call it came in."""

    logs: Mapping[System, CallLog]
    noted: list[tuple[System, int]] = field(default_factory=list)

    def note(self, system: System) -> None:
        self.noted.append((system, self.logs[system].total()))

    def batches(self, system: System) -> list[int]:
        calls = Counter(number for of, number in self.noted if of is system)
        return [calls[number] for number in sorted(calls)]


@dataclass(frozen=True, slots=True)
class Admin:
    """A project folder and the sandbox it belongs to."""

    folder: Path
    sandbox: Sandbox
    _saves: _Saves

    def sync(self, *options: str) -> Answer:
        """Type `revloop sync`."""
        return self.type("sync", *options)

    def sync_through_the_guard(self) -> tuple[Answer, Answer]:
        """Sync, approve the plan the guard stopped, and sync again: both answers."""
        stopped = self.sync()
        assert stopped.exit == 4, stopped.document
        assert self.type("approve", stopped.document["plan"]).exit == 0
        return stopped, self.sync()

    def type(self, *words: str) -> Answer:
        """Type any command, a moment later; its JSON document comes back, and what it led to."""
        self.sandbox.clock.move(_BETWEEN)
        logs = self._saves.logs
        self._saves.noted.clear()
        for log in logs.values():
            log.reset()
        result = CliRunner(env=self.sandbox.environment()).invoke(
            cli, [*words, "--json", "--project", str(self.folder)]
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        document = json.loads(result.stdout)
        told = document.get("calls", {})
        for system, log in logs.items():
            _settle(log, told.get(system.value, 0))
        return Answer(
            exit=result.exit_code,
            document=document,
            calls={system: log.total() for system, log in logs.items()},
            batches={system: self._saves.batches(system) for system in logs},
        )


@contextmanager
def at_work(folder: Path, sandbox: Sandbox, *, mapping: str, settings: str = "") -> Iterator[Admin]:
    """Serve a sandbox and give the admin of a new project over it, with a mapping of contacts."""
    (folder / "mappings").mkdir(parents=True)
    (folder / "revloop.yaml").write_text(settings, encoding="utf-8")
    (folder / "mappings" / "contacts.yaml").write_text(mapping, encoding="utf-8")
    saves = _Saves(
        {
            System.HUBSPOT: sandbox.hubspot_traffic,
            System.SALESFORCE: sandbox.salesforce_traffic,
        }
    )
    sandbox.hubspot.on_save(lambda _saved: saves.note(System.HUBSPOT))
    sandbox.salesforce.on_save(lambda *_saved: saves.note(System.SALESFORCE))
    with sandbox:
        yield Admin(folder, sandbox, saves)


def _settle(log: CallLog, told: int) -> None:
    for _ in range(_LOOKS):
        if log.total() >= told:
            return
        time.sleep(_MOMENT)
