"""Reports as one HTML page: nothing is fetched, everything is escaped, no script is on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import groupby, islice
from typing import TYPE_CHECKING

from console.report.charts import chart_of
from console.report.figures import Sheet, is_number, other_totals, sheet_of
from console.report.json_form import note_text
from console.report.spans import days_text, span_text
from console.templates import template
from reports.frame import Column, Kind, Line, Report
from reports.week import Part, Tile, Week

if TYPE_CHECKING:
    from console.report.charts import Chart

__all__ = ["report_page", "week_page"]

#: How many lines of one table a page holds, so that a browser still opens it.
_SHOWN = 1_000
#: A table with more columns than this has the page's whole width to itself.
_NARROW = 7
#: So many drawings say something; more are a wall.
_CHARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """A chart at its place."""

    id: str
    svg: str
    says: str
    legend: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A sheet at its place, with what stands below it."""

    id: str
    caption: str
    label: str
    columns: tuple[Column, ...]
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...] | None
    more: int
    others: Sequence[tuple[str, str]]
    notes: Sequence[str]
    wide: bool
    nothing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One part of the page under a heading of its own."""

    id: str
    title: str
    lead: str
    charts: Sequence[_Drawing]
    sheets: Sequence[_Table]
    means: Sequence[tuple[str, str]]
    beside: bool


def report_page(report: Report, *, zone: tzinfo = UTC, made_up: bool = False) -> Iterator[str]:
    """Give one report as the parts of a page."""
    part = Part(id=report.name, title="All figures", lead="", reports=(report,))
    section = _section(part, zone=zone, explained=True)
    yield from _page(
        title=report.title,
        eyebrow=report.period.name or days_text(report.period),
        headline=report.title,
        lead=_sentence(report.means),
        span=_sentence(span_text(report, zone=zone)),
        tiles=(),
        sections=[section],
        made_up=made_up,
    )


def week_page(week: Week, *, zone: tzinfo = UTC, made_up: bool = False) -> Iterator[str]:
    """Give the page of a week as its parts."""
    at = week.as_of.astimezone(zone)
    yield from _page(
        title=f"{_week_name(week)} · {days_text(week.period)}",
        eyebrow=f"{_week_name(week)} · {days_text(week.period)}",
        headline=week.headline,
        span=f"Beside the four weeks before. As of {at:%Y-%m-%d %H:%M} {at.tzname()}.",
        tiles=week.tiles,
        sections=[_section(part, zone=zone, explained=False) for part in week.parts],
        made_up=made_up,
    )


def _week_name(week: Week) -> str:
    first = week.period.first_day
    return f"Week {first.isocalendar().week}" if first is not None else "Week"


def _page(
    *,
    title: str,
    eyebrow: str,
    headline: str,
    span: str,
    tiles: Sequence[Tile],
    sections: Sequence[_Section],
    made_up: bool,
    lead: str = "",
) -> Iterator[str]:
    names = " All names and ids on it are made up." if made_up else ""
    parts = template("report.html").stream(
        title=title,
        eyebrow=eyebrow,
        headline=headline,
        lead=lead,
        span=span,
        tiles=tiles,
        sections=sections,
        numbers=is_number,
        footer="Made by revloop from what HubSpot and Salesforce had said by then. What each "
        f"figure counts, and how, stands in docs/reports.md.{names}",
    )
    parts.enable_buffering(200)
    yield from parts


def _section(part: Part, *, zone: tzinfo, explained: bool) -> _Section:
    charts: list[_Drawing] = []
    sheets: list[_Table] = []
    means: dict[str, str] = {}
    for number, report in enumerate(part.reports):
        lines = iter(report.lines)
        first = list(islice(lines, _SHOWN))
        more = sum(1 for _ in lines)
        id = f"{part.id}-{number}"
        charts.extend(_drawings(report, first, id))
        sheet = sheet_of(report, first, zone=zone)
        sheets.append(_table(report, sheet, id=id, more=more, zone=zone))
        means.update((one.title, _sentence(one.means)) for one in sheet.columns if one.means)
    return _Section(
        id=part.id,
        title=part.title,
        lead=part.lead,
        charts=charts[:_CHARTS],
        sheets=sheets,
        means=list(means.items()) if explained else (),
        beside=len(charts) > 0 and not any(one.wide for one in sheets),
    )


def _table(report: Report, sheet: Sheet, *, id: str, more: int, zone: tzinfo) -> _Table:
    return _Table(
        id=f"{id}-table",
        caption=_sentence(report.title, closed=False),
        label=report.label,
        columns=sheet.columns,
        titles=sheet.titles,
        rows=tuple(tuple(_minus(text) for text in row) for row in sheet.rows),
        sums=sheet.sums,
        more=more,
        others=list(other_totals(report, zone=zone)),
        notes=[_sentence(note_text(one)) for one in report.notes],
        wide=len(sheet.columns) > _NARROW,
        nothing="Nothing in this period.",
    )


def _drawings(report: Report, lines: Sequence[Line], id: str) -> Iterator[_Drawing]:
    """Give the charts of a report: of the same kind in one, for each of its groups of lines."""
    known = {one.key: one for one in report.columns}
    columns = [known[key] for key in report.chart if key in known]
    grouping = _grouping(report)
    number = 0
    for group, found in groupby(lines, key=lambda line: tuple(line.get(key) for key in grouping)):
        some = list(found)
        about = " by ".join(str(one) for one in group if one)
        for alike in _alike(columns):
            names = " and ".join(one.title for one in alike)
            what = f"{names}: {about}" if about else f"{names} by {_label(report)}"
            says = _sentence(what, closed=False)
            drawn = chart_of(
                some, label=report.label, columns=alike, id=f"{id}-{number}", says=says
            )
            if drawn is not None:
                yield _drawing(drawn, f"{id}-{number}")
                number += 1


def _drawing(chart: Chart, id: str) -> _Drawing:
    return _Drawing(id=id, svg=chart.svg, says=chart.says, legend=chart.legend)


def _label(report: Report) -> str:
    return next((one.title for one in report.columns if one.key == report.label), "line")


def _grouping(report: Report) -> list[str]:
    """Name the columns of texts before the one that tells lines apart: they make groups."""
    keys = [one.key for one in report.columns]
    before = keys[: keys.index(report.label)] if report.label in keys else []
    texts = {one.key for one in report.columns if one.kind is Kind.TEXT}
    return [key for key in before if key in texts]


def _alike(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Put columns of one kind together: two kinds of bars at most are told apart."""
    for _, found in groupby(columns, key=lambda one: one.kind):
        alike = list(found)
        for start in range(0, len(alike), 2):
            yield [replace(one) for one in alike[start : start + 2]]


def _sentence(text: str, *, closed: bool = True) -> str:
    """Begin a text with a capital, and end it with a point."""
    whole = text[:1].upper() + text[1:]
    return f"{whole}." if closed and whole and whole[-1] not in ".!?" else whole


def _minus(text: str) -> str:
    """Give figures below nothing the sign that is as wide as a digit."""
    return f"\N{MINUS SIGN}{text[1:]}" if text[:1] == "-" and text[1:2].isdigit() else text
