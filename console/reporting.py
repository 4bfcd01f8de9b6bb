"""Reports: for people as tables, for machines as JSON or CSV, from the state alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from console.output import paper
from console.report.json_form import note_text
from sync.domain.outcomes import amount_text

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from console.report.asked import Asked
    from console.wiring import Workshop
    from reports.frame import Report
    from reports.ledger import Row, Totals

__all__ = ["outcomes", "print_ledger"]

#: So many opportunities are read on a terminal; all of them go into a file.
_LINES = 100

#: How a run ends that did all it could: without, or with records that wait for a person.
_DONE = (0, 1)


def outcomes(
    folder: Path,
    asked: Asked,
    *,
    outcome: str | None = None,
    only_missing: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Give the ledger of closed opportunities in the forms asked for; give the exit code."""
    from console.report.forms import give, made_up_of
    from console.report.terms import terms_of
    from console.sales_wiring import agreement_as_kept
    from console.wiring import Purpose, now, open_workshop
    from reports.ledger import Ledger, Totals
    from reports.outcomes import outcomes_report
    from sync.domain.outcomes import OutcomeWord

    asked.check()
    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        agreement = agreement_as_kept(workshop.project, workshop.store)
        terms = terms_of(workshop)
        period = asked.time(now=now(), zone=terms.zone)
        word = OutcomeWord(outcome) if outcome is not None else None
        ledger = Ledger(workshop.store, workshop.pairs, agreement)
        if not (asked.as_json or asked.as_csv or asked.html or asked.anonymise):
            totals = Totals(agreement.currency)
            rows = ledger.rows(totals, outcome=word, only_missing=only_missing, period=period)
            _print(paper(), rows, totals, shown=_LINES)
            return 0
        made_up = made_up_of(asked, {})

        def make() -> Report:
            made = outcomes_report(
                ledger,
                currency=agreement.currency,
                as_of=_as_of(workshop),
                period=period,
                outcome=word,
                only_missing=only_missing,
            )
            return made_up.report(made) if made_up is not None else made

        give(make, asked, zone=terms.zone)
    return 0


def _as_of(workshop: Workshop) -> datetime | None:
    """Give when the last run ended that both CRMs were read in."""
    ended = [
        run.ended
        for run in workshop.store.runs.latest(50)
        if run.kind == "sync" and run.exit in _DONE
    ]
    return ended[0] if ended else None


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
        out.print(f"  {escape(note_text(note))}")


def _print_row(out: Console, row: Row) -> None:
    """Print an opportunity, where it arrived, and below it what kept it from arriving."""
    from rich.padding import Padding
    from rich.text import Text

    of = row.of
    amount = (
        f"{amount_text(of.amount)} {of.currency or ''}".strip() if of.amount is not None else None
    )
    closed = of.closes.isoformat() if of.closes is not None else "·"
    head = f"{of.outcome.value:<5} {closed:<10}  {amount or '·':>13}  "
    out.print(Text.assemble(head, (of.name, "bold"), f"  {of.id}"))
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
