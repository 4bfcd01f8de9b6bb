"""The mapping check: every finding with its place, by the files alone or against both schemas."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import print_json
from console.words import SIDES, TITLES
from sync.domain.errors import MappingError
from sync.domain.record import Side

if TYPE_CHECKING:
    from console.schema_copy import SchemaCopy
    from mappings.foreseen import Note
    from mappings.model import PairMapping
    from mappings.project import Project

__all__ = ["check", "findings_of"]


@dataclass(slots=True, kw_only=True)
class _Check:
    """What was found; `schemas` were held against the files, None where there were none."""

    pairs: Sequence[str] = ()
    findings: list[MappingError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    schemas: Mapping[Side, SchemaCopy] | None = None
    live: bool = False


def check(
    folder: Path, *, as_json: bool, live: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Check a project's files; print all findings at once; give the exit code."""
    from console.wiring import now

    return _print(_examined(folder, environment, live=live), as_json=as_json, at=now())


def findings_of(folder: Path, environment: Mapping[str, str]) -> Sequence[MappingError]:
    """Give all that is wrong in a project's files, held against its copy of the schemas."""
    return _examined(folder, environment, live=False).findings


def _examined(folder: Path, environment: Mapping[str, str], *, live: bool) -> _Check:
    from console.wiring import now
    from mappings.findings import MappingErrors
    from mappings.loader import read_mappings
    from mappings.project import load_project

    try:
        project = load_project(folder, environment)
    except MappingErrors as error:
        return _Check(findings=list(error.findings))
    found, findings = read_mappings(project.mappings)
    done = _Check(pairs=[pair.pair for pair in found], findings=list(findings), live=live)
    # What is wrong in a file by itself comes first; against a schema it would be found again.
    broken = {finding.file for finding in findings}
    sound = [pair for pair in found if pair.places.file not in broken]
    if sound:
        done.schemas = _schemas(project, sound, live=live, at=now())
    _hold_against_schemas(done, sound)
    if live and done.schemas is not None:
        from console.people_check import hold_people

        of_people, notes = hold_people(project, sound, done.schemas)
        done.findings = [*done.findings, *of_people]
        done.notes += notes
    _hold_lifecycle(done, project.mappings, sound)
    return done


def _schemas(
    project: Project, pairs: Sequence[PairMapping], *, live: bool, at: datetime
) -> Mapping[Side, SchemaCopy] | None:
    """Read both schemas: live ones, else those the project keeps a copy of."""
    if live:
        from console.schema_pull import open_crms, read_schemas

        with open_crms(project) as crms:
            return read_schemas(crms, pairs, at=at)
    if not (project.folder / "schema").exists():
        return None
    from console.schema_copy import read_copies

    return read_copies(project.folder)


def _hold_against_schemas(done: _Check, pairs: Sequence[PairMapping]) -> None:
    if done.schemas is None:
        return
    from mappings.findings import sort_findings
    from mappings.kinds import Readers
    from mappings.predicted import predict

    readers = Readers()
    for pair in pairs:
        withheld = [
            reason
            for side in Side
            for name, reason in done.schemas[side].withheld.items()
            if name in pair.objects(side)
        ]
        if withheld:
            done.remarks.append(f"{pair.pair}: runs do without this pair: {' '.join(withheld)}")
            continue
        unknown = _not_copied(pair, done.schemas)
        if unknown:
            done.remarks.append(
                f"{pair.pair}: the copy knows no {unknown}; `revloop schema pull` makes it anew"
            )
            continue
        missing = list(_missing(pair, done.schemas))
        if missing:
            done.findings += missing
            continue
        shapes = [
            {
                name: shape
                for name in pair.objects(side)
                if (shape := done.schemas[side].objects[name]) is not None
            }
            for side in Side
        ]
        predicted = predict(pair, shapes[0], shapes[1], readers=readers)
        done.findings += predicted.findings
        done.remarks += predicted.remarks
        done.notes += predicted.notes
    done.findings = list(sort_findings(done.findings))


def _missing(pair: PairMapping, schemas: Mapping[Side, SchemaCopy]) -> Iterator[MappingError]:
    """Find the objects of a pair that an account shows none of; nothing more can be said then."""
    from mappings.objects import no_such_object

    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        for name in pair.objects(side):
            if schemas[side].objects[name] is None:
                problem = no_such_object(side, name, schemas[side].near.get(name, ()))
                yield pair.places.at_value((key,), problem)


def _hold_lifecycle(done: _Check, folder: Path, pairs: Sequence[PairMapping]) -> None:
    """Hold the rules of the funnel against the people's schemas, where they read well."""
    from mappings.lifecycle.file import find_lifecycle

    file = find_lifecycle(folder)
    if file is None or done.schemas is None:
        return
    from mappings.lifecycle.checks import people_pair
    from mappings.lifecycle.live import check_live_lifecycle
    from mappings.lifecycle.reading import read_lifecycle

    rules, findings = read_lifecycle(file)
    people = people_pair(pairs)
    if rules is None or findings or people is None:
        return
    left = done.schemas[Side.LEFT].objects.get(people.hubspot)
    right = {name: done.schemas[Side.RIGHT].objects.get(name) for name in people.salesforce}
    if left is not None:
        known = {name: shape for name, shape in right.items() if shape is not None}
        found = check_live_lifecycle(rules, left, known)
        done.findings = [*done.findings, *found]


def _not_copied(pair: PairMapping, schemas: Mapping[Side, SchemaCopy]) -> str:
    """Name the objects of a pair that were mapped after the copy was made."""
    return " and no ".join(
        f"{name} of {TITLES[side]}"
        for side in Side
        for name in pair.objects(side)
        if name not in schemas[side].objects
    )


def _print(done: _Check, *, as_json: bool, at: datetime) -> int:
    code = 2 if done.findings else 0
    if as_json:
        print_json(_json(done, code))
        return code
    for one in done.findings:
        print(one)
    for text in done.remarks:
        print(f"note: {text}")
    if done.notes and not done.findings:
        _print_notes(done.notes)
    print(_summary(done))
    print(_against(done, at))
    return code


def _json(done: _Check, code: int) -> dict[str, Any]:
    return {
        "exit": code,
        "findings": [_placed(one) for one in done.findings],
        "notes": [
            *(
                {"file": None, "line": None, "column": None, "risk": None, "message": text}
                for text in done.remarks
            ),
            *({**_placed(note.finding), "risk": note.risk.value} for note in done.notes),
        ],
        "schemas": {
            "from": _origin(done),
            **{
                SIDES[side]: {
                    "account": {"id": copy.account.id, "name": copy.account.name},
                    "read": copy.read.isoformat(),
                }
                for side, copy in (done.schemas or {}).items()
            },
        },
    }


def _placed(one: MappingError) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "column": one.column, "message": one.message}


def _origin(done: _Check) -> str | None:
    """Say what the files were held against, in one word; None where there was nothing."""
    if done.schemas is None:
        return None
    return "live" if done.live else "copy"


def _print_notes(notes: Sequence[Note]) -> None:
    from mappings.foreseen import HEADINGS

    for risk, heading in HEADINGS.items():
        lines = [note.finding for note in notes if note.risk is risk]
        if lines:
            print(f"note: {heading}")
        for one in lines:
            print(f"  {one}")


def _summary(done: _Check) -> str:
    if done.findings:
        return f"{len(done.findings)} to mend."
    word = "pair" if len(done.pairs) == 1 else "pairs"
    return f"{len(done.pairs)} {word} ({', '.join(done.pairs)}), nothing to mend."


def _against(done: _Check, at: datetime) -> str:
    """Say what the files were held against."""
    if done.schemas is None:
        why = "a file must be mended first" if done.live else "there is no copy of the schemas here"
        ask = "" if done.live else "; `revloop schema pull` makes one, and --live asks both CRMs"
        return f"The CRMs' fields were not looked at: {why}{ask}."
    if done.live:
        return "Held against both CRMs as they are now."
    told = ", ".join(
        f"{TITLES[side]} account {copy.account.id}, read {_age(at - copy.read)}"
        for side, copy in done.schemas.items()
    )
    return f"Held against the project's copy ({told}); --live asks both CRMs."


def _age(span: timedelta) -> str:
    """Say how long ago something was, roughly."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(span.total_seconds() // seconds)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
