"""The ledger of closed opportunities as a report: each once, arrived or with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reports.frame import Column, Kind, Period, Report
from reports.later import LaterNotes, LaterTotals
from reports.ledger import COLUMNS, Ledger, Totals
from sync.domain.outcomes import OutcomeWord

__all__ = ["outcomes_report"]

_ABOUT = {
    "opportunity": ("opportunity", Kind.TEXT, "its id in Salesforce"),
    "name": ("name", Kind.TEXT, "its name in Salesforce"),
    "outcome": ("outcome", Kind.TEXT, "won or lost"),
    "stage": ("stage", Kind.TEXT, "its stage in Salesforce"),
    "closed": ("closed", Kind.DATE, "the day it closed"),
    "amount": ("amount", Kind.NUMBER, "its own amount"),
    "currency": ("currency", Kind.TEXT, "the currency of its own amount"),
    "reporting_amount": ("amount", Kind.MONEY, "its amount in the currency of all figures"),
    "reason": ("reason", Kind.TEXT, "the agreed reason by its name, else what sales wrote"),
    "deal": ("deal", Kind.TEXT, "its deal's id in HubSpot"),
    "people": ("people", Kind.COUNT, "on how many people it arrived"),
    "people_behind": ("of", Kind.COUNT, "how many people are behind it"),
    "company": ("company", Kind.TEXT, "its company's id in HubSpot"),
    "campaign": ("campaign", Kind.TEXT, "the campaign it names"),
    "arrived": ("arrived", Kind.TEXT, "yes, in part, or no"),
    "cause": ("cause", Kind.TEXT, "why it did not arrive everywhere"),
    "fix": ("what to do", Kind.TEXT, "what to do about it"),
}
_PRIVATE = ("opportunity", "name", "deal", "company")


def outcomes_report(
    ledger: Ledger,
    *,
    currency: str,
    as_of: datetime | None,
    period: Period,
    outcome: OutcomeWord | None = None,
    only_missing: bool = False,
) -> Report:
    """Give the ledger as a report: of all closed opportunities, or of those wanted."""
    totals = Totals(currency)
    rows = ledger.rows(totals, outcome=outcome, only_missing=only_missing, period=period)
    return Report(
        name="outcomes",
        title="Outcomes",
        means="every closed opportunity once: where it arrived in HubSpot, or why it did not",
        as_of=as_of,
        period=period,
        currency=currency,
        columns=_columns(),
        lines=(row.cells() for row in rows),
        totals=LaterTotals(totals.as_data),
        notes=LaterNotes(totals.notes),
        label="name",
    )


def _columns() -> Sequence[Column]:
    return [
        Column(key=key, title=title, kind=kind, means=means, private=key in _PRIVATE)
        for key, (title, kind, means) in ((key, _ABOUT[key]) for key in COLUMNS)
    ]
