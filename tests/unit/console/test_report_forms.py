"""A report in all its forms: tables, CSV, JSON, pages."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from rich.console import Console

from console.report.asked import Asked
from console.report.csv_form import write_csv, write_traces
from console.report.json_form import json_parts
from console.report.page import report_page
from console.report.text_form import bar, print_report, print_traces
from reports.frame import Column, Kind, Line, Note, Period, Report, Trace
from reports.periods import parse_period
from sync.domain.errors import UsageError

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
COLUMNS = (
    Column(key="source", title="source"),
    Column(key="people", title="people", kind=Kind.COUNT, means="who came", bar=True),
    Column(key="rate", title="conversion", kind=Kind.SHARE, low="rate_low", high="rate_high"),
    Column(key="rate_low", title="at least", kind=Kind.SHARE),
    Column(key="rate_high", title="at most", kind=Kind.SHARE),
    Column(key="revenue", title="revenue", kind=Kind.MONEY),
    Column(key="days", title="to win", kind=Kind.DAYS),
    Column(key="last", title="last", kind=Kind.DATE),
)
LINES: tuple[Line, ...] = (
    {
        "source": "<b>=EVIL()</b>",
        "people": 12345,
        "rate": Decimal(1) / 3,
        "rate_low": Decimal("0.0615"),
        "rate_high": Decimal("0.7923"),
        "revenue": Decimal("1234.5"),
        "days": Decimal("2.25"),
        "last": date(2026, 9, 30),
    },
    {"source": "=1+1", "people": 0, "revenue": Decimal("-10"), "rate": None},
    {"source": "", "people": 6000, "revenue": Decimal("1E+3"), "days": None},
)
TRACES = (
    Trace(line="=1+1", hubspot="501", salesforce="006A", values={"value": Decimal("10.50")}),
    Trace(line="", values={"closed": date(2026, 9, 1), "won": True}),
)


def report(**more) -> Report:
    made = Report(
        name="sources",
        title="Sources",
        means="where people come from",
        as_of=NOW,
        period=parse_period("2026-Q3", now=NOW, zone=UTC),
        currency="EUR",
        columns=COLUMNS,
        lines=iter(LINES),
        totals={"people": 18345, "revenue": Decimal("2224.5"), "best": "two", "none": None},
        notes=[Note(text="people without a date", count=1200), Note(text="small numbers")],
        label="source",
        chart=("people", "revenue"),
        traces=iter(TRACES),
    )
    return replace(made, **more)


def printed(made: Report, *, width: int = 80) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=width, highlight=False), made)
    return out.getvalue()


# On a terminal


def test_table_is_readable_at_80_columns_and_loses_no_figure():
    text = printed(report())

    assert max(len(line) for line in text.splitlines()) <= 80
    for told in ("12,345", "33.3 % (6.2 to 79.2 %)", "revenue,", "1,234.50", "2.3", "2026-09-30"):
        assert told in text
    assert "1,200 people without a date" in text
    assert "as of 5 October 2026, 08:00 UTC" in text
    # Each part of the table says whose figures it has.
    assert text.count("(blank)") == text.count("=1+1") > 1


def test_bars_are_as_long_as_their_figures():
    assert [len(bar(Decimal(part)).rstrip()) for part in ("0", "0.001", "0.5", "1")] == [
        0,
        1,
        5,
        10,
    ]
    assert bar(Decimal("0.5"), plain=True).rstrip() == "#####"


def test_first_lines_are_shown_and_the_rest_counted():
    text = printed(report(lines=({"source": f"s{n}", "people": n} for n in range(250))))

    assert "s99" in text
    assert "s100" not in text
    assert "and 150 more" in text


def test_period_with_nothing_in_it_is_said():
    assert "Nothing in this period." in printed(report(lines=iter(())))


def test_records_behind_figures_are_printed_with_their_ids():
    out = io.StringIO()

    print_traces(Console(file=out, width=80, highlight=False), iter(TRACES))

    assert "=1+1  HubSpot 501, Salesforce 006A; value: 10.50" in out.getvalue()


# For machines


def test_json_is_one_document_that_loses_no_digit():
    made = json.loads("".join(json_parts(report())))

    assert list(made) == ["as_of", "period", "rows", "totals", "notes"]
    assert made["period"] == {
        "name": "2026-Q3",
        "since": "2026-07-01T00:00:00+00:00",
        "until": "2026-10-01T00:00:00+00:00",
    }
    assert [list(row) for row in made["rows"]] == [[one.key for one in COLUMNS]] * 3
    assert made["rows"][0]["rate"] == str(Decimal(1) / 3)
    assert (made["rows"][2]["revenue"], made["rows"][1]["days"]) == ("1000", None)
    assert made["totals"] == {
        "people": 18345, "revenue": "2224.5", "best": "two", "none": None, "currency": "EUR"
    }  # fmt: skip
    assert made["notes"] == ["1,200 people without a date", "small numbers"]


def test_json_of_all_time_without_lines_has_no_period():
    made = json.loads("".join(json_parts(report(period=Period(), lines=iter(()), as_of=None))))

    assert (made["as_of"], made["period"], made["rows"]) == (None, None, [])


def test_json_has_the_records_behind_figures_where_they_are_asked_for():
    made = json.loads("".join(json_parts(report(), rows=True)))

    assert made["records"] == [
        {"line": "=1+1", "record": {"hubspot": "501", "salesforce": "006A"}, "value": "10.5"},
        {
            "line": "",
            "record": {"hubspot": None, "salesforce": None},
            "closed": "2026-09-01",
            "won": True,
        },
    ]


def test_csv_takes_no_text_for_a_formula_and_keeps_numbers_numbers():
    out = io.StringIO()

    write_csv(report(), out)

    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [row["source"] for row in rows] == ["<b>=EVIL()</b>", "'=1+1", ""]
    assert [row["revenue"] for row in rows] == ["1234.5", "-10", "1000"]


def test_csv_of_records_has_a_column_for_every_value():
    out = io.StringIO()

    write_traces(report(), out)

    assert list(csv.reader(io.StringIO(out.getvalue()))) == [
        ["line", "hubspot", "salesforce", "value", "closed", "won"],
        ["'=1+1", "501", "006A", "10.5", "", ""],
        ["", "", "", "", "2026-09-01", "yes"],
    ]


# As a page


class _Tags(HTMLParser):
    """Collects tags, and what their attributes point to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for key, value in attrs if key in ("href", "src", "xlink:href")]


def test_page_escapes_names_and_brings_everything_it_needs():
    page = "".join(report_page(report()))
    seen = _Tags()
    seen.feed(page)

    assert "&lt;b&gt;=EVIL()" in page
    assert not {"b", "script", "iframe", "img"} & set(seen.tags)
    assert all(link.startswith("#") for link in seen.links)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_page_has_the_numbers_beside_the_drawings():
    page = "".join(report_page(report()))

    assert page.count('role="img"') == 2
    assert "<caption" in page
    for told in ("12,345", "\N{MINUS SIGN}10.00", "33.3 % <small>6.2 to 79.2 %</small>", "18,345"):
        assert told in page


def test_page_with_nothing_in_it_is_a_page():
    page = "".join(report_page(report(lines=iter(()), totals={}, notes=())))

    assert "Nothing in this period." in page
    assert 'role="img"' not in page


def test_long_page_is_cut_and_says_so():
    page = "".join(report_page(report(lines=({"source": str(n)} for n in range(1_200)))))

    assert page.count("<tr>") == 1_002
    assert "200 more lines are not on this page" in page


# What is asked for


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"as_json": True, "as_csv": True}, "choose one"),
        ({"period": "2026", "since": "2026-01-01"}, "--period says both ends"),
    ],
)
def test_options_that_cannot_be_meant_together_are_refused(options, told):
    with pytest.raises(UsageError, match=told):
        Asked(**options).check()


def test_the_last_whole_week_is_taken_unless_another_is_named():
    assert Asked().week(now=NOW, zone=UTC).name == "2026-W40"
    assert Asked(period="2026-W12").week(now=NOW, zone=UTC).first_day == date(2026, 3, 16)
    for asked in (Asked(period="2026-Q3"), Asked(since="2026-01-01")):
        with pytest.raises(UsageError, match="week"):
            asked.week(now=NOW, zone=UTC)


_DRAW_AND_IMPORT = """
import importlib, warnings
from importlib.metadata import version
from console.report.charts import chart_of
from reports.frame import Column, Kind
warnings.simplefilter("error")
people = Column(key="people", title="people", kind=Kind.COUNT)
chart_of([{"source": "fair", "people": 3}], label="source", columns=[people], id="a", says="b")
version("pygal")
try:
    importlib.import_module("nobody_has_this")
except ModuleNotFoundError:
    print("as before")
"""


def test_drawing_leaves_imports_as_they_were() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _DRAW_AND_IMPORT], capture_output=True, text=True, check=True
    )
    assert said.stdout == "as before\n"
