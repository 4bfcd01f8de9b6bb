"""Reports to share name nobody, and still tell the same from another."""

from __future__ import annotations

from dataclasses import replace

from reports.frame import Column, Kind, Note, Period, Report, Trace
from reports.made_up import MadeUp

USERS = {"005A00000000001AAA": "Anna Berg", "005A00000000002AAA": "Ben"}
REPORT = Report(
    name="losses",
    title="Losses",
    means="",
    as_of=None,
    period=Period(),
    currency="EUR",
    columns=(
        Column(key="value", title="which"),
        Column(key="company", title="company", private=True),
        Column(key="number", title="number", kind=Kind.COUNT),
    ),
    lines=[
        {"value": "Anna Berg", "company": "Acme GmbH", "number": 123456},
        {"value": "no_budget", "company": "Acme GmbH", "number": 2},
        {"value": "005A00000000001AAA", "company": "Acme", "number": 3},
    ],
    totals={"number": 5, "best": "Anna Berg"},
    notes=[Note(text="told by Anna Berg to ann@acme.example about 003A00000000009AAA in 2026")],
    label="value",
)
TRACE = Trace(
    line="Anna Berg",
    hubspot="501",
    salesforce="006A00000000001AAA",
    values={"name": "Carla Doe", "stage": "mql", "owner": "Ben", "number": 7},
)


def made(secret: bytes = b"one") -> Report:
    return MadeUp(secret, USERS).report(replace(REPORT, traces=iter([TRACE])))


def test_nobody_is_named_anywhere():
    report = made()
    [trace] = report.traces
    shown = repr((list(report.lines), dict(report.totals), list(report.notes), trace))

    for name in ("Anna", "Ben", "Acme", "ann@", "Carla", "501", "00000000001AAA", "00009AAA"):
        assert name not in shown


def test_figures_and_agreed_words_stay():
    report = made()
    lines = list(report.lines)
    [trace] = report.traces

    assert [line["number"] for line in lines] == [123456, 2, 3]
    assert lines[1]["value"] == "no_budget"
    assert (trace.values["stage"], trace.values["number"]) == ("mql", 7)
    assert report.totals["number"] == 5
    assert "2026" in report.notes[0].text


def test_the_same_name_is_the_same_all_over_a_report_and_another_next_time():
    report, again = made(), made(b"two")
    lines = list(report.lines)
    [trace] = report.traces

    assert lines[0]["value"] == trace.line == report.totals["best"]
    assert lines[0]["company"] == lines[1]["company"] != lines[2]["company"]
    assert next(iter(again.lines))["value"] != lines[0]["value"]
