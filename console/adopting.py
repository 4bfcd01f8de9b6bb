"""The adopt command: links made again from the ids the CRMs keep, in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import print_json
from console.progress import progress_for
from console.run_ends import end_run
from console.words import calls_json, stop_word
from sync.domain.errors import CrmSyncError

if TYPE_CHECKING:
    from console.wiring import Workshop

__all__ = ["adopt", "adopt_once"]


def adopt(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Link again what the CRMs' ids say is one; print what was done; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.RUN) as workshop:
        document = adopt_once(workshop, as_json=as_json)
    if as_json:
        print_json(document)
    else:
        _print(document)
    return int(document["exit"])


def adopt_once(workshop: Workshop, *, as_json: bool) -> dict[str, Any]:
    """Adopt in an open project; give what `adopt --json` prints.

    Raises what stopped it, after its end was written down.
    """
    from console.wiring import session_of
    from sync.engine.adopt import adopt as adopt_all

    with (
        progress_for(sys.stderr, quiet=as_json) as progress,
        session_of(workshop, kind="adopt", progress=progress) as session,
    ):
        try:
            done = adopt_all(session)
        except CrmSyncError as error:
            end_run(session, code=error.exit_code, stopped=stop_word(error), why=str(error))
            raise
        held = sum(one.held_fields + one.held_records for one in done.values())
        code = int(held > 0)
        end_run(session, code=code, stopped=None, why=None)
        return {
            "run": f"r{session.run}",
            "exit": code,
            "pairs": {name: asdict(one) for name, one in done.items()},
            "calls": calls_json(session.crms),
            "without": dict(session.without),
        }


def _print(document: Mapping[str, Any]) -> None:
    for name, one in document["pairs"].items():
        print(
            f"{name}: links made again: {one['linked']}; fields left to the next sync: "
            f"{one['to_fill']}; held: fields {one['held_fields']}, records {one['held_records']}"
        )
    for pair, reason in document["without"].items():
        print(f"{pair} was left out: {reason}")
    calls = document["calls"]
    print(
        f"Nothing was written to a CRM. {calls['hubspot']} HubSpot and {calls['salesforce']} "
        f"Salesforce calls."
    )
    if document["exit"]:
        print(
            "`revloop conflicts list` shows what is held; `revloop plan` what the next sync does."
        )
    else:
        print("`revloop plan` shows what the next sync does.")
