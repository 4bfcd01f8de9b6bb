"""A report as comma-separated values that a spreadsheet takes for what they are."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from reports.frame import Cell, Line, Report, Trace
from sync.domain.outcomes import amount_text

__all__ = ["write_csv", "write_traces"]

#: What a spreadsheet takes for the beginning of a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_csv(report: Report, out: IO[str]) -> None:
    """Write the lines of a report under the keys of its columns."""
    keys = [one.key for one in report.columns]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(keys)
    for line in report.lines:
        writer.writerow([_cell(line.get(key)) for key in keys])


def write_traces(report: Report, out: IO[str]) -> None:
    """Write the records behind a report's figures, one a row."""
    for _ in report.lines:
        pass  # they are read before the records
    # Which columns there are is known at the end: until then the records wait in a file.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        keys = _set_aside(report.traces, waiting)
        waiting.seek(0)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(keys)
        for text in waiting:
            row: Mapping[str, str] = json.loads(text)
            writer.writerow([row.get(key, "") for key in keys])


def _set_aside(traces: Iterable[Trace], waiting: IO[str]) -> list[str]:
    """Put records away, ready to be written; give all their keys in the order they came."""
    keys = dict.fromkeys(("line", "hubspot", "salesforce"))
    for one in traces:
        row: Line = {
            "line": one.line,
            "hubspot": one.hubspot,
            "salesforce": one.salesforce,
            **one.values,
        }
        keys.update(dict.fromkeys(row))
        waiting.write(json.dumps({key: _cell(cell) for key, cell in row.items()}) + "\n")
    return list(keys)


def _cell(cell: Cell) -> str:
    """Give a cell's text; no text of other people's is a formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return amount_text(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
