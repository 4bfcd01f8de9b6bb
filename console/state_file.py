"""The state as a whole: a copy of it, a copy put back, and whether it is sound."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from console.output import paper, print_json

if TYPE_CHECKING:
    from sync.state.checking import Checked
    from sync.state.still_forgotten import StillForgotten

__all__ = ["backup", "check_state", "restore_state"]


def backup(
    folder: Path, file: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Write a copy of the state to a new file; give the exit code."""
    from sync.state.checking import looked_at
    from sync.state.copies import back_up

    back_up(_url(folder, environment), file)
    found = looked_at(file)
    if as_json:
        print_json({"file": str(file), **_json(found)})
    else:
        paper().print(
            f"Written: {file}, {_size(found)}. It holds personal data and is readable by you only; "
            "`revloop state restore` puts it back.",
            soft_wrap=True,
            markup=False,
        )
    return 0


def restore_state(
    folder: Path, file: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Put a copy in the place of the state; give the exit code."""
    from console.wiring import now
    from sync.state.copies import restore

    holder = f"restore at {socket.gethostname()}:{os.getpid()}"
    done = restore(file, _url(folder, environment), holder=holder, now=now())
    if as_json:
        kept = str(done.aside) if done.aside else None
        people = asdict(done.forgotten)
        print_json({"restored": str(file), "kept": kept, "forgotten": people, "exit": 0})
        return 0
    out = paper()
    out.print(f"The state is that of {file} now.", soft_wrap=True, markup=False)
    if done.aside is not None:
        out.print(f"What was there is kept as {done.aside}.", soft_wrap=True, markup=False)
    for line in _of_forgotten(done.forgotten):
        out.print(line, soft_wrap=True, markup=False)
    out.print("What both CRMs changed since is found by the next `revloop sync --full`.")
    return 0


def _of_forgotten(people: StillForgotten) -> Iterator[str]:
    """Say who of those forgotten since the copy was made stays so, and who does not."""
    again = "give `revloop forget EMAIL` again for each"
    if people.stay:
        yield (
            f"People forgotten since that copy was made: {people.stay}. They stay so, and no run "
            f"takes them up. What the copy may tell of them is in the state again: to erase it, "
            f"{again}."
        )
    if people.lost:
        yield (
            f"The state that was there knew {people.lost} forgotten people by a key that this one "
            f"does not have: {again}, before the next sync, or it takes them up."
        )
    if not people.readable:
        yield (
            "The state that was there cannot be read. Was anybody forgotten since the copy was "
            f"made? Then {again}, before the next sync, or it takes them up."
        )


def check_state(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Look the state over without changing it; give the exit code, 2 where it is not sound."""
    from sync.state.checking import check

    found = check(_url(folder, environment))
    if as_json:
        print_json({"place": found.place, **_json(found), "exit": 2 if found.findings else 0})
    else:
        _print(found)
    return 2 if found.findings else 0


def _print(found: Checked) -> None:
    from sync.state.schema import HEAD

    out = paper()
    out.print(f"{found.place}: {_size(found)}", soft_wrap=True, markup=False)
    for finding in found.findings:
        out.print(f"  {finding}", soft_wrap=True, markup=False)
    if found.findings:
        out.print("Put a backup in its place: `revloop state restore FILE`.")
    elif found.version != HEAD:
        out.print(f"Sound; the next run brings it from schema {found.version} to {HEAD}.")
    else:
        out.print("Sound.")


def _json(found: Checked) -> dict[str, object]:
    return {
        "schema": found.version,
        "findings": list(found.findings),
        "rows": dict(found.rows),
    }


def _size(found: Checked) -> str:
    return f"{found.rows.get('links', 0)} links, {sum(found.rows.values())} rows"


def _url(folder: Path, environment: Mapping[str, str]) -> str:
    from mappings.project import load_project

    return load_project(folder, environment).state
