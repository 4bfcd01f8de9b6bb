"""A report in the forms that were asked for: on the terminal, for machines, as a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from console.output import paper, write_private
from console.report.asked import Asked
from reports.frame import Report

if TYPE_CHECKING:
    from reports.made_up import MadeUp

__all__ = ["give", "made_up_of", "print_document"]


def made_up_of(asked: Asked, users: Mapping[str, str]) -> MadeUp | None:
    """Give what makes names up, with a secret nobody keeps; None where names are shown."""
    if not asked.anonymise:
        return None
    import secrets

    from reports.made_up import MadeUp

    return MadeUp(secrets.token_bytes(32), users)


def give(make: Callable[[], Report], asked: Asked, *, zone: tzinfo) -> None:
    """Give a report in all the forms asked for; it is made once for each, as it is read once."""
    if asked.html is not None:
        from console.report.page import report_page

        write_private(asked.html, report_page(make(), zone=zone, made_up=asked.anonymise))
    if asked.as_json:
        print_document(make(), rows=asked.rows)
    elif asked.as_csv:
        from console.report.csv_form import write_csv, write_traces

        (write_traces if asked.rows else write_csv)(make(), sys.stdout)
    elif asked.html is not None:
        print(f"{asked.html} shows it: open it in a browser, or print it.")
    else:
        from console.report.text_form import print_report, print_traces

        report, out = make(), paper()
        print_report(out, report, zone=zone)
        if asked.rows:
            print_traces(out, report.traces)


def print_document(report: Report, *, rows: bool = False) -> None:
    """Print the one document line by line: there may be very many rows."""
    from console.report.json_form import json_parts

    # An output that cannot show every letter gets them all as JSON's own escapes.
    plain = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    sys.stdout.writelines(json_parts(report, rows=rows, plain=plain))
