"""The desk the demo is told from: both CRMs, the project, the time, and small steps on them."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

from console.one_record import print_story, stories
from console.syncing import print_outcome, run_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

    from console.one_record import RecordStory
    from console.wiring import Workshop
    from sandbox.server import Sandbox

__all__ = ["Desk"]

#: What a run does to records, in the words its table has.
_DONE = ("created", "updated", "linked", "archived", "held", "errors")
_CRMS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


class Desk:
    """Where people of the story work, and revloop's commands are typed."""

    def __init__(self, out: Console, sandbox: Sandbox, workshop: Workshop, *, folder: Path) -> None:
        self.out = out
        self.folder = folder
        self.sandbox = sandbox
        self.workshop = workshop
        self.begun = sandbox.clock.now()
        self.quiet = out.quiet or not sys.stderr.isatty()
        self.runs: list[dict[str, Any]] = []

    @property
    def clock(self) -> Callable[[], datetime]:
        """What tells the time of the story: that of both CRMs."""
        return self.sandbox.clock.now

    def wait_until(self, moment: datetime) -> None:
        """Let the time of the story pass; the past stays as it is."""
        self.sandbox.clock.move(max(moment - self.clock(), timedelta(0)))

    # What is told

    def act(self, title: str, command: str = "") -> None:
        """Begin an act, with the command it is about."""
        self.out.print()
        self.out.rule(f"[bold]{title}", align="left", style="dim")
        if command:
            self.type(command)

    def type(self, command: str) -> None:
        """Show a command as it would be typed."""
        self.out.print(f"[cyan]$ revloop {command}[/]")

    def say(self, where: str, what: str) -> None:
        """Say what happens in a CRM."""
        self.out.print(f"  [bold]{where:<11}[/]{what}")

    def show_record(self, key: str) -> None:
        """Print what `record show` does."""
        for story in stories(self.workshop, key):
            print_story(self.out, story)

    def known_as(self, key: str) -> RecordStory:
        """Give the one record a key stands for."""
        (story,) = stories(self.workshop, key)
        return story

    def show(self, command: str, give: Callable[[], int]) -> None:
        """Carry out a command that prints by itself, and print what it does."""
        self.type(command)
        said = StringIO()
        with redirect_stdout(said):
            give()
        self.out.print(said.getvalue().rstrip("\n"), markup=False, highlight=False)

    # What is done

    def run(self, *, printed: bool = True) -> dict[str, Any]:
        """Sync, and print the table of what was done."""
        document = run_once(self.workshop, as_json=self.quiet)
        self.runs.append(document)
        if printed:
            print_outcome(self.out, document)
        return document

    def run_shortly(self) -> None:
        """Sync, and print only what was done, not the whole table."""
        document = self.run(printed=False)
        self.out.print("[cyan]$ revloop sync[/]")
        found = [
            f"{pair} in {_CRMS[side]}: {', '.join(done)}"
            for pair, sides in document["pairs"].items()
            for side, counts in sides.items()
            if (done := [f"{counts[word]} {word}" for word in _DONE if counts.get(word)])
        ]
        calls = document["calls"]
        self.out.print(
            f"  {'; '.join(found) or 'nothing to write'} ({calls['hubspot']} HubSpot and "
            f"{calls['salesforce']} Salesforce calls)"
        )

    def edit_hubspot(self, id: str, **properties: str) -> None:
        """Let marketing edit a contact."""
        self.sandbox.hubspot.edit("contacts", id, properties, by="person")

    def edit_salesforce(self, object_name: str, id: str, **fields: str | float) -> None:
        """Let sales edit a record."""
        self.sandbox.salesforce.edit(object_name, id, fields)
