"""The doctor command: look at everything, print every finding, give the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.doctor.findings import Finding, Found, Level, good, mend, note, of_error
from console.doctor.rights import rights
from console.doctor.state import check_state, look_into_state
from console.output import paper, print_json
from console.words import TITLES
from sync.domain.errors import ConfigError
from sync.domain.record import Side

if TYPE_CHECKING:
    from datetime import timedelta

    from console.doctor.crms import Visit
    from mappings.model import PairMapping
    from mappings.project import Project
    from sync.domain.ports import Crm
    from sync.state import SqlStore

__all__ = ["check_crms", "doctor"]

#: The order findings are printed in, with the heading each check stands under.
_HEADINGS = {
    "files": "Files",
    "credentials": "Accounts",
    "account": "Accounts",
    "answers": "Accounts",
    "clock": "Accounts",
    "quota": "Accounts",
    "objects": "Records and fields",
    "reading": "Records and fields",
    "fields": "Records and fields",
    "people": "Records and fields",
    "outcomes": "Records and fields",
    "writing": "Records and fields",
    "other_sync": "Other syncs",
    "state": "State",
    "lock": "State",
    "plans": "State",
    "waiting": "State",
}

_MARKS = {
    Level.GOOD: "[green]good[/]",
    Level.NOTE: "[yellow]note[/]",
    Level.MEND: "[red bold]mend[/]",
}


def doctor(folder: Path, *, as_json: bool, environment: Mapping[str, str] = os.environ) -> int:
    """Print whether everything is ready; give 0, or 2 where something must be mended."""
    findings = sorted(_examine(folder, environment), key=lambda one: _place(one.check))
    code = 2 if any(one.level is Level.MEND for one in findings) else 0
    if as_json:
        print_json({"exit": code, "findings": [_json(one) for one in findings]})
    else:
        _print(findings)
    return code


def _place(check: str) -> int:
    return list(_HEADINGS).index(check)


def _examine(folder: Path, environment: Mapping[str, str]) -> Found:
    from console.wiring import now
    from mappings.findings import MappingErrors
    from mappings.loader import read_mappings
    from mappings.project import load_project

    try:
        project = load_project(folder, environment)
    except MappingErrors as error:
        yield from (mend("files", "revloop.yaml", str(one)) for one in error.findings)
        return
    except ConfigError as error:
        yield of_error("files", str(folder), error)
        return
    pairs, wrong = read_mappings(project.mappings)
    yield from (mend("files", "mappings", str(one)) for one in wrong)
    if not wrong:
        names = ", ".join(pair.pair for pair in pairs)
        yield good("files", "mappings", f"nothing to mend in {names}")
    with look_into_state(project) as (store, found):
        yield from found
        yield from _check_accounts(project, () if wrong else pairs, store, clock=now)
        if store is not None:
            yield from check_state(store, now=now())


def _check_accounts(
    project: Project,
    pairs: Sequence[PairMapping],
    store: SqlStore | None,
    *,
    clock: Callable[[], datetime],
) -> Found:
    from console.wiring import hubspot_crm, salesforce_crm

    crms: dict[Side, Crm] = {}
    with ExitStack() as stack:
        for side, connect in ((Side.LEFT, hubspot_crm), (Side.RIGHT, salesforce_crm)):
            try:
                crms[side] = connect(project)
            except ConfigError as error:
                yield of_error("credentials", TITLES[side], error)
            else:
                stack.callback(crms[side].close)
        yield from check_crms(project, crms, pairs, store=store, clock=clock)


def check_crms(
    project: Project,
    crms: Mapping[Side, Crm],
    pairs: Sequence[PairMapping],
    *,
    store: SqlStore | None,
    clock: Callable[[], datetime],
) -> Found:
    """Say what each CRM tells, and how the mapping fits both; nothing is written anywhere."""
    from console.doctor.crms import visit
    from console.doctor.outcomes import check_outcomes
    from console.sales_wiring import read_lifecycle_of

    leave = {Side.LEFT: project.hubspot.leave, Side.RIGHT: project.salesforce.leave}
    visits = {
        side: visit(crm, side, pairs, store=store, leave=leave[side], clock=clock)
        for side, crm in crms.items()
    }
    for one in visits.values():
        yield from one.findings
    yield from _clocks_apart([one.ahead for one in visits.values()])
    if all(side in visits and visits[side].whole for side in Side):
        for pair in pairs:
            if lacking := _lacking(pair, visits):
                yield note("fields", pair.pair, f"runs do without this pair: {lacking}")
            else:
                yield from _fields(pair, visits)
        yield from _people(crms, pairs, visits)
        yield from check_outcomes(
            [pair for pair in pairs if not _lacking(pair, visits)],
            visits[Side.LEFT].shapes,
            salesforce=crms[Side.RIGHT],
            lifecycle=read_lifecycle_of(project),
        )
    elif pairs:
        yield note(
            "fields", "mappings", "the fields were not looked at: that takes answers of both CRMs"
        )


def _people(
    crms: Mapping[Side, Crm], pairs: Sequence[PairMapping], visits: Mapping[Side, Visit]
) -> Found:
    from console.doctor.people import check_people

    working = [pair for pair in pairs if not _lacking(pair, visits)]
    yield from check_people(crms, working, {side: visits[side].shapes for side in Side})


def _clocks_apart(ahead: Sequence[timedelta | None]) -> Found:
    known = [one for one in ahead if one is not None]
    if len(known) == len(Side) and abs(known[0] - known[1]).total_seconds() > 5:
        apart = abs(known[0] - known[1]).total_seconds()
        yield note(
            "clock",
            "both CRMs",
            f"their clocks are {apart:,.0f} s apart: with `wins: newest`, edits closer to each "
            f"other than that may be decided the wrong way",
            "name a side under `wins` where that matters",
        )


def _fields(pair: PairMapping, visits: Mapping[Side, Visit]) -> Iterator[Finding]:
    from mappings.live import live_notes
    from mappings.predicted import predict

    shapes = [
        {
            name: visits[side].shapes[name]
            for name in pair.objects(side)
            if name in visits[side].shapes
        }
        for side in Side
    ]
    wrong = predict(pair, shapes[0], shapes[1]).findings
    yield from (mend("fields", pair.pair, str(one)) for one in wrong)
    for text in live_notes(pair, shapes[0], shapes[1]):
        yield note("fields", pair.pair, text.removeprefix(f"{pair.pair}: "))
    if not wrong:
        written = {side: _written(pair, side) for side in Side}
        yield good(
            "fields",
            pair.pair,
            f"all {len(pair.fields)} fields are there and can be read; "
            f"{written[Side.LEFT]} can be written in HubSpot, {written[Side.RIGHT]} in Salesforce",
        )
    if written_in := [TITLES[side] for side in Side if pair.creates(side) or _written(pair, side)]:
        yield note(
            "writing",
            pair.pair,
            f"whether these credentials may save records in {' and '.join(written_in)} shows at "
            f"the first write: neither API says so of itself in full",
            rights(pair),
        )


def _lacking(pair: PairMapping, visits: Mapping[Side, Visit]) -> str:
    """Say which objects of a pair an account does not give; nothing where it gives them all."""
    return " and ".join(
        f"{TITLES[side]} does not give {name} to these credentials"
        for side in Side
        for name in pair.objects(side)
        if name in visits[side].without
    )


def _written(pair: PairMapping, side: Side) -> int:
    return sum(field.writes_to(side) for field in pair.fields.values())


def _json(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "about": finding.about,
        "message": finding.message,
        "fix": finding.fix or None,
    }


def _print(findings: Sequence[Finding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = paper()
    for heading in dict.fromkeys(_HEADINGS.values()):
        mine = [one for one in findings if _HEADINGS[one.check] == heading]
        if not mine:
            continue
        out.print(f"[bold]{heading}[/]")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in mine:
            table.add_row(f"  {_MARKS[one.level]}", f"{escape(one.about)}: {escape(one.message)}")
            if one.fix:
                table.add_row("", f"[dim]→ {escape(one.fix)}[/]")
        out.print(table)
    wrong = sum(one.level is Level.MEND for one in findings)
    notes = sum(one.level is Level.NOTE for one in findings)
    out.print(f"{wrong or 'Nothing'} to mend, {notes} to know.")
