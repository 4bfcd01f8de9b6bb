"""The init command: ask both CRMs, propose, show, write the files, say what to do next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.init.asking import can_ask
from console.init.files import made_folder
from console.init.meeting import connected
from console.init.telling import field_json, pair_json, print_made
from console.init.visit import IGNORED, Result, Visit, refuse_taken
from console.output import paper, print_json
from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from console.init.wish import Wish

__all__ = ["init"]

#: What is said when somebody stops the questions; nothing was written by then.
_STOPPED = 3
_NEXT = ("doctor", "plan", "sync")


def init(folder: Path, wish: Wish, *, environment: Mapping[str, str] = os.environ) -> int:
    """Make a project in a folder; give the exit code. Nothing is written before the end."""
    from mappings.project import load_project

    if wish.asks and not can_ask():
        raise UsageError(
            "init asks questions, and there is no terminal to answer on; add --yes to take what "
            "it proposes, with flags for what you want otherwise (see revloop init --help)"
        )
    out = paper()
    out.quiet = wish.as_json
    with made_folder(folder):
        if wish.pairs and not wish.force and not wish.asks:
            refuse_taken(folder, wish.pairs)
        project = load_project(folder, environment)
        with connected(project) as crms:
            visit = Visit(folder, project, crms, wish, out=out, environment=environment)
            try:
                result = visit.make()
            except click.Abort:
                click.echo("\nStopped. Nothing is written.", err=True)
                return _STOPPED
    if result is None:
        out.print("Nothing is written.")
        return 0
    if wish.as_json:
        print_json(_json(result, folder))
    else:
        _tell(out, result, folder)
    return result.exit


def _tell(out: Console, result: Result, folder: Path) -> None:
    """Say what is written, what is missing in both CRMs, and what to do next."""
    out.print("\n[bold]Written[/]:")
    for name in result.files:
        out.print(f"  {name}", markup=False)
    for name in result.kept:
        out.print(f"  {name} was there and stays as it is{_hint(name)}", markup=False)
    if result.made:
        out.print("\n[bold]In HubSpot[/]:")
        print_made(out, result.made)
    for text in _advice(result):
        out.print(f"\n{text}", markup=False, soft_wrap=True)
    out.print("\n[bold]Next[/]:")
    for command in _next(folder):
        out.print(f"  {command}", markup=False, soft_wrap=True)


def _hint(name: str) -> str:
    return "; see that it has the line state/" if name == IGNORED else ""


def _advice(result: Result) -> Iterator[str]:
    """Say which fields both CRMs should still get, and how."""
    made = {(one.field.object_name, one.field.name) for one in result.made}
    left = [one for one in result.wanted.made_here if (one.object_name, one.name) not in made]
    if left:
        names = ", ".join(f"{one.object_name}.{one.name}" for one in left)
        yield (
            f"HubSpot keeps no Salesforce id yet ({names}): syncs work without, and are safer "
            "with it. `revloop init --create-fields --force` makes it, or make unique text "
            "properties of these names."
        )
    if result.wanted.asked_for:
        from mappings.proposing.wanted import ticket_text

        yield "For Salesforce's admin, to paste into a ticket:"
        yield ticket_text(result.wanted.asked_for)
    if result.wanted.outcomes and not any(
        (one.object_name, one.name) in made for one in result.wanted.outcomes
    ):
        yield (
            "With a pair of deals, what becomes of opportunities is brought back to HubSpot, into "
            f"properties of its own ({result.wanted.outcomes[0].name} and others): "
            "--create-outcome-fields makes them."
        )


def _next(folder: Path) -> list[str]:
    from shlex import quote

    here = "" if folder.resolve() == Path.cwd() else f" --project {quote(str(folder))}"
    return [f"revloop {command}{here}" for command in _NEXT]


def _json(result: Result, folder: Path) -> dict[str, object]:
    from mappings.proposing.wanted import ticket_text

    asked = result.wanted.asked_for
    return {
        "exit": result.exit,
        "files": result.files,
        "kept": result.kept,
        "pairs": [pair_json(one) for one in result.pairs],
        "missing": [{"object": one.object_name, "why": one.why} for one in result.missing],
        "made": [
            {**field_json(one.field), "done": one.done, "why": one.why or None}
            for one in result.made
        ],
        "wanted": {
            "hubspot": [field_json(one) for one in result.wanted.made_here],
            "outcomes": [field_json(one) for one in result.wanted.outcomes],
            "salesforce": [field_json(one) for one in asked],
            "ticket": ticket_text(asked) if asked else None,
        },
        "next": _next(folder),
    }
