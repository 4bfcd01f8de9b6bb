"""The reports on two real data sets give what counting straight from the files gives.

The states here are filled from the files without any sync, so that a wrong formula shows at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from reports.frame import Period, Report
from reports.segments import segments_report
from reports.sources import sources_report
from reports.view import Entry, StageWords
from tests.integration.maven import read_maven
from tests.integration.olist import read_olist
from tests.integration.real_figures import (
    ALL_TIME,
    Deal,
    Lead,
    Span,
    by_segment,
    by_source,
    maven_deals,
    olist_deals,
    olist_leads,
    quarters,
    told,
)
from tests.unit.reports.memory_view import MemoryView, person, sale

pytestmark = pytest.mark.data

_STAGES = (
    StageWords(name="lead", means="came to us", rank=0),
    StageWords(name="customer", means="has bought", rank=1),
)


@pytest.fixture(scope="module")
def olist(shared_data: Path) -> tuple[list[Lead], list[Deal], MemoryView]:
    funnel = read_olist(shared_data)
    if funnel is None:
        pytest.skip(f"no real data: {shared_data} holds no Olist marketing funnel")
    leads, deals = olist_leads(funnel), olist_deals(funnel)
    links = {id: at for at, id in enumerate(funnel.leads, start=1)}
    return leads, deals, MemoryView(
        stages=_STAGES,
        of_people=[
            person(at, _noon(one), source=one.told["source"], facts=_facts(one.told))
            for at, one in enumerate(leads, start=1)
        ],
        of_entries=[
            Entry(
                link=at,
                stage="customer" if one.bought else "lead",
                rank=int(one.bought),
                entered=_noon(one),
                left=None,
                next_rank=None,
            )
            for at, one in enumerate(leads, start=1)
        ],
        of_sales=[
            sale(
                one.id,
                one.closed,
                str(one.worth),
                created=datetime.combine(one.opened, time(12), UTC),
                people=(links[one.id],),
                facts=_facts(one.told),
            )
            for one in deals
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def maven(shared_data: Path) -> tuple[list[Deal], MemoryView]:
    pipeline = read_maven(shared_data)
    if pipeline is None:
        pytest.skip(f"no real data: {shared_data} holds no sales pipeline")
    deals = maven_deals(pipeline)
    companies = {name: at for at, name in enumerate(pipeline.accounts, start=1)}
    first: dict[str, Deal] = {}
    for one in sorted(deals, key=lambda one: one.closed):
        if one.won:
            first.setdefault(one.account, one)
    return deals, MemoryView(
        of_sales=[
            sale(
                one.id,
                one.closed,
                str(one.worth),
                created=datetime.combine(one.opened, time(8), UTC),
                is_won=one.won,
                company=companies[one.account],
                existing=one.won and first[one.account] is not one,
                owner=one.told["owner"],
                facts=_facts(one.told),
            )
            for one in deals
        ],
    )  # fmt: skip


def _noon(one: Lead) -> datetime:
    return datetime.combine(one.came, time(12), UTC)


def _facts(told: Mapping[str, str]) -> Mapping[str, str | None]:
    return {name: value or None for name, value in told.items() if "." in name}


def _period(span: Span) -> Period:
    if span is ALL_TIME:
        return Period()
    since, until = (datetime.combine(day, time(), UTC) for day in (span.first, span.end))
    return Period(since=since, until=until, first_day=span.first, end_day=span.end, name=span.name)


def _counts(report: Report) -> list[int | None]:
    return [note.count for note in report.notes]


def test_sources_of_real_leads(olist: tuple[list[Lead], list[Deal], MemoryView]) -> None:
    leads, deals, view = olist
    report = sources_report(view, Period())

    expected = by_source(leads, deals)
    assert told(report.lines, "source", expected) == expected
    people = {name: figures["people"] for name, figures in expected.items()}
    assert (len(people), people[""], people["unknown"]) == (11, Decimal(60), Decimal(1099))
    assert report.totals["people"] == 8000
    assert report.totals["reached_customer"] == report.totals["won"] == 842
    assert report.totals["revenue_time_decay"] == report.totals["revenue_linear"] == 61_784_006
    # Without a source, closed on a day, and one before its first contact: all of them counted.
    assert _counts(report) == [60, 842, 1]
    # Each person and each opportunity stands behind the line they count in.
    rows = Counter((trace.line, "came" in trace.values) for trace in report.traces)
    for source, figures in expected.items():
        assert rows[source, True] == figures["people"]
        assert rows[source, False] == figures["opportunities"]


def test_sources_and_segments_of_real_leads_by_quarter(
    olist: tuple[list[Lead], list[Deal], MemoryView],
) -> None:
    leads, deals, view = olist
    days = [one.came for one in leads] + [one.closed for one in deals]
    for span in quarters(days):
        expected = by_source(leads, deals, span)
        report = sources_report(view, _period(span))
        assert told(report.lines, "source", expected) == expected, span
        _segments_are(view, deals, span, ("contacts.segment", "contacts.landing_page"), leads)
    assert span.name == "2018-Q4"


def test_segments_of_a_real_pipeline(maven: tuple[list[Deal], MemoryView]) -> None:
    deals, view = maven
    names = ("owner", "deals.product", "companies.sector")
    _segments_are(view, deals, ALL_TIME, names)
    for span in quarters(one.closed for one in deals):
        _segments_are(view, deals, span, names)
    report = segments_report(view, Period())
    totals = {name: report.totals[name] for name in ("won", "lost", "revenue")}
    assert totals == {"won": 4238, "lost": 2473, "revenue": 10_005_534}


def _segments_are(
    view: MemoryView,
    deals: list[Deal],
    span: Span,
    names: Iterable[str],
    leads: list[Lead] | None = None,
) -> None:
    lines = list(segments_report(view, _period(span)).lines)
    for name in names:
        expected = by_segment(name, deals, span, leads=leads)
        here = (one for one in lines if one["segment"] == name)
        assert told(here, "value", expected) == expected, (span, name)
