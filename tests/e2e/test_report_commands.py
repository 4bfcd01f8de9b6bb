"""`revloop report` over a synced project, as somebody types it."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator

import pytest

from reports.registry import REPORTS
from sandbox.server import Sandbox
from tests.e2e.desk import Desk, make_desk, people

WEEK = ("report", "week", "--period", "this-week")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A project after its first sync; reports call nobody."""
    with Sandbox(people(both=2, hubspot=2, salesforce=1), limits=False) as crms:
        made = make_desk(tmp_path_factory.mktemp("reports") / "project", crms)
        assert made.run_here("sync", "--json").code == 0
        made.forget_calls()
        yield made


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_is_given_in_all_forms(desk: Desk, name: str):
    page = desk.folder / f"{name}.html"

    machine = desk.run_here("report", name, "--json", "--rows", "--html", str(page))
    values = desk.run_here("report", name, "--csv", "--period", "2026")
    person = desk.run_here("report", name, "--since", "2020", "--until", "2030-12-31")

    assert (machine.code, values.code, person.code) == (0, 0, 0), machine.err + person.err
    assert list(machine.document) == ["as_of", "period", "rows", "totals", "notes", "records"]
    assert machine.document["period"] is None
    for row in machine.document["rows"]:
        assert list(row) == next(csv.reader(io.StringIO(values.out)))
    assert "1 January 2020 to 31 December 2030" in person.out
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert desk.sandbox.hubspot_traffic.calls() == ()
    assert desk.sandbox.salesforce_traffic.calls() == ()


def test_week_is_a_page_a_document_and_a_text(desk: Desk):
    page = desk.folder / "week.html"

    done = desk.run_here(*WEEK, "--html", str(page))
    document = desk.run_here(*WEEK, "--json").document
    text = desk.run_here(*WEEK).out

    assert (done.code, str(page) in done.out) == (0, True)
    assert document["notes"][0] in text.replace("\n", " ")
    assert "<h1>Marketing handed over" in page.read_text(encoding="utf-8")


def test_figures_of_a_day_before_the_first_sync_are_empty(desk: Desk):
    document = desk.run_here("report", "sources", "--json", "--as-of", "2020-01-31").document

    assert document["as_of"].startswith("2020-02-01T00:00")
    assert document["rows"] == []


def test_people_behind_a_report_are_named_by_nobody_when_it_is_shared(desk: Desk):
    words = ("report", "health", "--json", "--rows")
    plain, shared = desk.run_here(*words), desk.run_here(*words, "--anonymise")

    ids = {one["record"]["hubspot"] for one in plain.document["records"]} - {None}
    assert ids
    assert not any(json.dumps(id) in shared.out for id in ids)
    assert [row["number"] for row in shared.document["rows"]] == [
        row["number"] for row in plain.document["rows"]
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sources", "--period", "2026-Q7"), "2026-Q3"),
        (("sources", "--as-of", "2999-01-01"), "in the future"),
        (("sources", "--since", "2026-07", "--until", "2026-01"), "ends before"),
        (("outcomes", "--json", "--csv"), "choose one"),
        (("week", "--period", "2026-Q3"), "is no week"),
        (("week", "--csv"), "several tables"),
        (("funnel", "--html", "missing/page.html"), "there is no folder"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(desk: Desk, words: tuple[str, ...], told: str):
    done = desk.run_here("report", *words)

    assert done.code == 2
    assert told in done.err + done.out


def test_outcomes_can_be_of_a_period_and_a_page(desk: Desk):
    page = desk.folder / "outcomes.html"

    done = desk.run_here("report", "outcomes", "--period", "2026-Q3", "--html", str(page), "--json")

    assert done.code == 0
    assert done.document["period"]["name"] == "2026-Q3"
    assert "Outcomes" in page.read_text(encoding="utf-8")
