"""The pages of reports in a real browser: on a phone and a desk, light and dark."""

from __future__ import annotations

import re
from typing import Any

import pytest

from console.report.page import report_page
from reports.periods import parse_period
from reports.sources import sources_report
from tests.e2e.browser import SETTINGS, look_at
from tests.e2e.made_up_week import ZONE, made_up_page, made_up_view
from tests.e2e.node_clients import Seen

pytestmark = pytest.mark.node

#: How each page is looked at.
PAGES = {"week": SETTINGS, "sources": ("phone light", "desk dark")}
#: How light a page is that is light, of 255.
MIDDLE = 128


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Look at the page of a week, and at a report wider than any screen."""
    folder = tmp_path_factory.mktemp("pages")
    view = made_up_view()
    quarter = parse_period("2026-Q3", now=view.as_of, zone=ZONE)
    made = {
        "week": made_up_page(),
        "sources": report_page(sources_report(view, quarter), zone=ZONE),
    }
    for name, parts in made.items():
        (folder / f"{name}.html").write_text("".join(parts), encoding="utf-8")
    return look_at({folder / f"{name}.html": settings for name, settings in PAGES.items()})


@pytest.fixture(params=list(PAGES))
def page(request: pytest.FixtureRequest, seen: Seen) -> dict[str, Any]:
    found: dict[str, Any] = seen[request.param]
    return found


def test_nothing_is_wider_than_its_screen(page: dict[str, Any]):
    assert {name: one["width"] - one["room"] for name, one in page.items()} == dict.fromkeys(
        page, 0
    )


def test_nothing_is_fetched_and_nothing_goes_wrong(page: dict[str, Any]):
    assert {name: one["fetched"] + one["said"] for name, one in page.items()} == {
        name: [] for name in page
    }


def test_axe_finds_no_violation_and_looked_at_contrast(page: dict[str, Any]):
    assert {name: one["violations"] for name, one in page.items()} == {name: [] for name in page}
    assert all(one["contrast"] > 5 for one in page.values())


def test_charts_are_drawn_whole(seen: Seen):
    for name, least in (("week", 6), ("sources", 2)):
        for one in seen[name].values():
            assert len(one["drawn"]) >= least
            assert all(chart["bars"] > 0 for chart in one["drawn"])
            assert all(chart["outside"] == 0 for chart in one["drawn"])


def test_page_takes_the_colours_of_its_reader(page: dict[str, Any]):
    for name, one in page.items():
        red, *_ = map(int, re.findall(r"\d+", one["ground"]))
        assert (red > MIDDLE) == name.endswith("light")
