"""The page of a week in the forms that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo

from console.output import paper, write_private
from console.report.asked import Asked
from console.report.forms import print_document
from reports.frame import Column, Line, Note, Report
from reports.week import Week
from sync.domain.errors import UsageError

__all__ = ["as_report", "give_week"]


def give_week(week: Week, asked: Asked, *, zone: tzinfo) -> None:
    """Give the week in all the forms asked for."""
    if asked.as_csv:
        raise UsageError("a week is several tables; take --json, or --csv of one report")
    if asked.rows:
        raise UsageError("a week has no records of its own; take --rows of one report")
    # A page and a document both read all lines.
    parts = [replace(part, reports=[_held(one) for one in part.reports]) for part in week.parts]
    week = replace(week, parts=parts)
    if asked.html is not None:
        from console.report.page import week_page

        write_private(asked.html, week_page(week, zone=zone, made_up=asked.anonymise))
    if asked.as_json:
        print_document(as_report(week))
    elif asked.html is not None:
        print(f"{asked.html} shows the week: open it in a browser, or print it.")
    else:
        _print(week, zone=zone)


def as_report(week: Week) -> Report:
    """Give all tables of a week as one: each line says which table it is of."""
    reports = [report for part in week.parts for report in part.reports]
    columns = {one.key: one for report in reports for one in report.columns}
    notes = [Note(text=week.headline), *(note for one in reports for note in one.notes)]

    def lines() -> Iterator[Line]:
        for report in reports:
            known = {one.key for one in report.columns}
            for line in report.lines:
                yield {"table": report.name, **{key: line.get(key) for key in known}}

    return Report(
        name="week",
        title="Week",
        means=week.headline,
        as_of=week.as_of,
        period=week.period,
        currency=reports[0].currency if reports else "",
        columns=[Column(key="table", title="table"), *columns.values()],
        lines=lines(),
        notes=notes,
        label="table",
    )


def _held(report: Report) -> Report:
    lines = list(report.lines)
    return replace(report, lines=lines, totals=dict(report.totals), notes=list(report.notes))


def _print(week: Week, *, zone: tzinfo) -> None:
    from rich.text import Text

    from console.report.spans import days_text
    from console.report.text_form import print_report

    out = paper()
    out.print(Text(days_text(week.period), "dim"))
    out.print(Text(week.headline, "bold"))
    for part in week.parts:
        out.print()
        out.print(Text(part.title.upper(), "cyan"))
        for number, report in enumerate(part.reports):
            if number:
                out.print()
            print_report(out, replace(report, means=""), zone=zone, heading=False)
