"""A report as one JSON document, line by line: there may be very many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from reports.frame import Kind, Note, Period, Report, Trace
from sync.domain.outcomes import amount_text

__all__ = ["json_parts", "note_text", "period_data"]


def json_parts(report: Report, *, rows: bool = False, plain: bool = True) -> Iterator[str]:
    """Give the document in parts; with `rows` also the records behind its figures.

    `plain` writes letters beyond ASCII as JSON's own escapes.
    """

    def text(value: object) -> str:
        return json.dumps(value, default=_value, ensure_ascii=plain)

    as_of = report.as_of.isoformat() if report.as_of is not None else None
    yield f'{{"as_of": {text(as_of)}, "period": {text(period_data(report.period))}, "rows": ['
    keys = [one.key for one in report.columns]
    yield from _listed(text({key: line.get(key) for key in keys}) for line in report.lines)
    yield f'], "totals": {text(_totals(report))}'
    yield f', "notes": {text([note_text(one) for one in report.notes])}'
    if rows:
        yield ', "records": ['
        yield from _listed(text(_trace(one)) for one in report.traces)
        yield "]"
    yield "}\n"


def period_data(period: Period) -> dict[str, str | None] | None:
    """Give a period for machines; None is all time. `until` is no part of it."""
    if period.since is None and period.until is None:
        return None
    return {
        "name": period.name or None,
        "since": period.since.isoformat() if period.since is not None else None,
        "until": period.until.isoformat() if period.until is not None else None,
    }


def note_text(note: Note) -> str:
    """Give a note with its count."""
    return note.text if note.count is None else f"{note.count:,} {note.text}"


def _listed(parts: Iterable[str]) -> Iterator[str]:
    some = False
    for part in parts:
        yield f"{',' if some else ''}\n  {part}"
        some = True
    yield "\n" if some else ""


def _totals(report: Report) -> dict[str, object]:
    """Give the sums, and the currency where there is money."""
    totals: dict[str, object] = dict(report.totals)
    if any(one.kind is Kind.MONEY for one in report.columns):
        totals.setdefault("currency", report.currency)
    return totals


def _trace(trace: Trace) -> dict[str, object]:
    return {
        "line": trace.line,
        "record": {"hubspot": trace.hubspot, "salesforce": trace.salesforce},
        **trace.values,
    }


def _value(value: object) -> object:
    """Give what JSON has no form for; numbers with a point are texts, so no digit is lost."""
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a report holds a {type(value).__name__}")
