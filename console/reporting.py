"""Reports: for people as tables, for machines as JSON or CSV, from the state alone."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from console.output import paper

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from reports.ledger import Row, Totals

__all__ = ["outcomes", "print_ledger"]

#: So many opportunities are read on a terminal; all of them go into a file.
_LINES = 100

#: How a run ends that did all it could: without, or with records that wait for a person.
_DONE = (0, 1)
#: What a spreadsheet takes for the beginning of a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = ("amount", "reporting_amount")


def outcomes(
    folder: Path,
    *,
    as_json: bool,
    as_csv: bool = False,
    outcome: str | None = None,
    only_missing: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Print the ledger of closed opportunities; give the exit code."""
    from console.sales_wiring import agreement_as_kept
    from console.wiring import Purpose, open_workshop
    from reports.ledger import Ledger, Totals
    from sync.domain.outcomes import OutcomeWord

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        agreement = agreement_as_kept(workshop.project, workshop.store)
        totals = Totals(agreement.currency)
        rows = Ledger(workshop.store, workshop.pairs, agreement).rows(
            totals,
            outcome=OutcomeWord(outcome) if outcome is not None else None,
            only_missing=only_missing,
        )
        if as_json:
            _print_json(rows, totals, as_of=_as_of(workshop))
        elif as_csv:
            _print_csv(rows)
        else:
            _print(paper(), rows, totals, shown=_LINES)
    return 0


def _as_of(workshop: Workshop) -> str | None:
    """Give when the last run ended that both CRMs were read in."""
    ended = [
        run.ended
        for run in workshop.store.runs.latest(50)
        if run.kind == "sync" and run.exit in _DONE
    ]
    return ended[0].isoformat() if ended and ended[0] is not None else None


def _print_json(rows: Iterable[Row], totals: Totals, *, as_of: str | None) -> None:
    """Print the one document line by line: there may be very many rows."""
    out = sys.stdout
    out.write(f'{{"as_of": {json.dumps(as_of)}, "period": null, "rows": [')
    for number, row in enumerate(rows):
        out.write(f"{',' if number else ''}\n  {json.dumps(row.as_data())}")
    rest = {"totals": totals.as_data(), "notes": totals.notes()}
    out.write(f"\n], {json.dumps(rest, indent=2)[1:]}\n")


def _print_csv(rows: Iterable[Row]) -> None:
    from reports.ledger import COLUMNS

    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(name, value) for name, value in row.as_data().items()})


def _cell(name: str, value: object) -> object:
    """Keep a spreadsheet from taking a text of other people's for a formula."""
    is_text = isinstance(value, str) and name not in _NUMBERS
    return f"'{value}" if is_text and str(value)[:1] in _FORMULAS else value


def print_ledger(out: Console, workshop: Workshop, *, shown: int = _LINES) -> None:
    """Print the ledger of a project opened already: its first opportunities, and all sums."""
    from console.sales_wiring import agreement_as_kept
    from reports.ledger import Ledger, Totals

    agreement = agreement_as_kept(workshop.project, workshop.store)
    totals = Totals(agreement.currency)
    ledger = Ledger(workshop.store, workshop.pairs, agreement)
    _print(out, ledger.rows(totals), totals, shown=shown)


def _print(out: Console, rows: Iterator[Row], totals: Totals, *, shown: int) -> None:
    from rich.markup import escape

    more = 0
    for number, row in enumerate(rows):
        if number < shown:
            _print_row(out, row)
        else:
            more += 1
    if more:
        out.print(f"… and {more:,} more; --csv and --json give all of them.")
    if not totals.closed:
        out.print("No closed opportunity is known that this asks for.")
        return
    out.print(
        f"{totals.closed:,} closed: {totals.won:,} won, {totals.lost:,} lost; revenue "
        f"{totals.revenue:,.2f} {totals.currency}."
    )
    out.print(f"{totals.delivered:,} arrived everywhere, {totals.explained:,} say why not.")
    if set(totals.amounts) - {totals.currency}:
        parts = (f"{amount:,.2f} {name}" for name, amount in sorted(totals.amounts.items()))
        out.print(f"Won in its own currency: {', '.join(parts)}.")
    for note in totals.notes():
        out.print(f"  {escape(note)}")


def _print_row(out: Console, row: Row) -> None:
    """Print an opportunity, where it arrived, and below it what kept it from arriving."""
    from rich.padding import Padding
    from rich.text import Text

    data = row.as_data()
    amount = " ".join(str(data[name]) for name in ("amount", "currency") if data[name])
    head = f"{row.of.outcome.value:<5} {data['closed'] or '·':<10}  {amount or '·':>13}  "
    out.print(Text.assemble(head, (row.of.name, "bold"), f"  {row.of.id}"))
    people = f"{row.people} of {row.behind}" + (" (the only contact)" if row.alone else "")
    where = (
        f"deal {row.deal or '·'}, people {people}, company {row.company or '·'}, "
        f"campaign {row.campaign or '·'}"
    )
    colour = "green" if row.arrived == "yes" else "yellow"
    arrived = "arrived" if row.arrived == "yes" else f"arrived: {row.arrived}"
    out.print(Padding(Text.assemble((arrived, colour), f"  {where}"), (0, 0, 0, 6)))
    for cause in row.causes:
        text = f"{cause.text}{f' → {cause.fix}' if cause.fix else ''}"
        out.print(Padding(Text(text), (0, 0, 0, 6)))
