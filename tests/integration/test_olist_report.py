"""8,000 real leads in both CRMs, the won ones with their opportunity: what is reported of them.

Every figure is counted once more straight from the files, and has to be the same to the last unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.integration.admin import Admin, Answer, at_work
from tests.integration.olist import FUNNEL, read_olist
from tests.integration.real_figures import (
    ALL_TIME,
    Deal,
    Lead,
    Span,
    by_segment,
    by_source,
    olist_deals,
    olist_leads,
    quarters,
    told,
)

pytestmark = [pytest.mark.data, pytest.mark.slow]

_SETTINGS = "{guard: {changes: 100000, creates: 100000}, reporting_currency: BRL}\n"
_SEGMENTS = ("source", *(f"contacts.{name}" for name in ("segment", "landing_page", "sales_rep")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is in the files, what the sync did, and the reports by the period they are about."""

    leads: list[Lead]
    deals: list[Deal]
    synced: Answer
    sources: Mapping[Span, Mapping[str, Any]]
    segments: Mapping[Span, Mapping[str, Any]]
    velocity: Mapping[str, Any]


@pytest.fixture(scope="module")
def story(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    olist = read_olist(shared_data)
    if olist is None:
        pytest.skip(f"no real data: {shared_data} holds no Olist marketing funnel")
    leads, deals = olist_leads(olist), olist_deals(olist)
    spans = list(quarters([one.came for one in leads] + [one.closed for one in deals]))
    folder = tmp_path_factory.mktemp("olist") / "project"
    with at_work(folder, Sandbox(olist.seed_of_all()), mapping="", settings=_SETTINGS) as admin:
        for name, text in FUNNEL.items():
            (folder / "mappings" / name).write_text(text, encoding="utf-8")
        yield Story(
            leads=leads,
            deals=deals,
            synced=admin.sync(),
            sources={span: _report(admin, "sources", span) for span in (ALL_TIME, *spans)},
            segments={span: _report(admin, "segments", span) for span in (ALL_TIME, spans[3])},
            velocity=_report(admin, "velocity", ALL_TIME),
        )


def _report(admin: Admin, name: str, span: Span) -> Mapping[str, Any]:
    answer = admin.type("report", name, *(("--period", span.name) if span.name else ()))
    assert answer.exit == 0, answer.document
    return answer.document


def test_everybody_is_linked_and_every_won_lead_has_its_deal(story: Story) -> None:
    assert story.synced.exit == 0, story.synced.document
    assert story.synced.document["waiting"] == {"held": 0, "errors": 0}
    pairs = story.synced.document["pairs"]
    assert pairs["contacts"]["hubspot"]["linked"] == len(story.leads) == 8000
    assert pairs["deals"]["hubspot"]["created"] == len(story.deals) == 842


def test_sources_are_those_of_the_files_over_all_time_and_in_each_quarter(story: Story) -> None:
    for span, report in story.sources.items():
        expected = by_source(story.leads, story.deals, span)
        assert told(report["rows"], "source", expected) == expected, span
    totals = story.sources[ALL_TIME]["totals"]
    names = ("people", "reached_customer", "won", "lost", "revenue_linear", "revenue_time_decay")
    assert [Decimal(str(totals[name])) for name in names] == [
        8000, 842, 842, 0, 61_784_006, 61_784_006,
    ]  # fmt: skip


def test_segments_are_those_of_the_files(story: Story) -> None:
    for span, report in story.segments.items():
        for name in _SEGMENTS:
            expected = by_segment(name, story.deals, span, leads=story.leads)
            here = [row for row in report["rows"] if row["segment"] == name]
            assert told(here, "value", expected) == expected, (span, name)


def test_nothing_is_dropped_and_the_notes_say_how_many_are_odd(story: Story) -> None:
    without, by_day, early = story.sources[ALL_TIME]["notes"]
    assert without.startswith("60 without a source")
    assert by_day.startswith("842 closed on a day, at a time nobody says")
    assert early.startswith("1 won before the first contact")
    assert "1 closed on a day before the one they were opened on" in str(story.velocity["notes"])
    people = {row["source"]: row["people"] for row in story.sources[ALL_TIME]["rows"]}
    assert (len(people), people[""], people["unknown"]) == (11, 60, 1099)


def test_pace_of_sales_is_that_of_the_files(story: Story) -> None:
    expected = by_segment("everything", [_of_all(one) for one in story.deals])["all opportunities"]
    (row,) = [row for row in story.velocity["rows"] if row["what"] == "all opportunities"]
    assert (row["won"], row["lost"], row["counted"]) == (842, 0, 842)
    assert Decimal(row["median_days"]) == expected["cycle_days"]
    assert Decimal(row["won_value"]) == expected["average"]


def _of_all(one: Deal) -> Deal:
    return replace(one, told={"everything": "all opportunities"})
