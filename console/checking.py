"""The mapping check: every finding with its place, offline or against both CRMs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.output import print_json
from sync.domain.errors import MappingError

__all__ = ["check"]


def check(
    folder: Path, *, as_json: bool, live: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Check a project's files; print all findings at once; give the exit code."""
    from mappings.findings import MappingErrors
    from mappings.loader import read_mappings
    from mappings.project import load_project

    try:
        project = load_project(folder, environment)
    except MappingErrors as error:
        return _print(error.findings, [], as_json=as_json)
    found, findings = read_mappings(project.mappings)
    pairs = [pair.pair for pair in found]
    notes: tuple[str, ...] = ()
    if live and not findings:
        findings, notes = _check_live(folder, environment)
    return _print(findings, pairs, as_json=as_json, notes=notes)


def _check_live(
    folder: Path, environment: Mapping[str, str]
) -> tuple[tuple[MappingError, ...], tuple[str, ...]]:
    from console.wiring import (
        Purpose,
        bind_pairs,
        hubspot_crm,
        now,
        open_workshop,
        salesforce_crm,
    )
    from mappings.findings import MappingErrors
    from sync.domain.record import Side

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        crms = {
            Side.LEFT: hubspot_crm(workshop.project),
            Side.RIGHT: salesforce_crm(workshop.project),
        }
        try:
            pairs = bind_pairs(workshop, crms, at=now(), strict=True)
        except MappingErrors as error:
            return error.findings, ()
        finally:
            for crm in crms.values():
                crm.close()
    return (), tuple(note for pair in pairs for note in pair.notes)


def _print(
    found: Sequence[MappingError],
    pairs: Sequence[str],
    *,
    as_json: bool,
    notes: tuple[str, ...] = (),
) -> int:
    code = 2 if found else 0
    if as_json:
        print_json(
            {
                "exit": code,
                "findings": [
                    {
                        "file": one.file,
                        "line": one.line,
                        "column": one.column,
                        "message": one.message,
                    }
                    for one in found
                ],
                "notes": list(notes),
            }
        )
        return code
    for one in found:
        print(one)
    for note in notes:
        print(f"note: {note}")
    if found:
        print(f"{len(found)} to mend.")
    else:
        word = "pair" if len(pairs) == 1 else "pairs"
        print(f"{len(pairs)} {word} ({', '.join(pairs)}), nothing to mend.")
    return code
