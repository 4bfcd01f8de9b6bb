"""The demo, told once: what a newcomer sees first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import cli
from console.demo_people import CLEO

pytestmark = pytest.mark.slow

#: What a run does to records, and writes to nobody.
_WRITES = ("created", "updated", "archived", "held", "errors")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder, its story told."""
    return tmp_path_factory.mktemp("told") / "demo"


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[dict[str, Any]]:
    """Tell the story once; give what its runs did."""
    told = CliRunner().invoke(cli, ["demo", "--folder", str(folder), "--json"])

    assert told.exit_code == 0, told.output
    runs: list[dict[str, Any]] = json.loads(told.stdout)["runs"]
    return runs


def asked(folder: Path, *command: str) -> dict[str, Any]:
    """Ask the demo's project, as somebody would who plays on."""
    said = CliRunner().invoke(
        cli, [*command, "--json", "--project", str(folder)], env=dict(os.environ)
    )
    assert said.exit_code == 0, said.output
    document: dict[str, Any] = json.loads(said.stdout)
    return document


def test_demo_closes_the_loop_and_leaves_nothing_to_do(folder: Path, runs: list[dict]) -> None:
    opened = next(run["pairs"] for run in runs[2:] if run["pairs"]["deals"]["hubspot"]["created"])
    assert opened["deals.people"]["hubspot"]["created"] == 1
    assert not any(
        count[word]
        for sides in runs[-1]["pairs"].values()
        for count in sides.values()
        for word in _WRITES
    )
    text = (folder / "crms.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line).get("properties", {}) for line in text.splitlines()]
    (cleo,) = (one for one in found if one.get("email") == CLEO)
    assert (cleo["revloop_last_outcome"], cleo["revloop_won_revenue"]) == ("won", "18400")
    assert cleo["revloop_credited_campaign"] == "Spring fair"
    assert (cleo["lifecyclestage"], cleo["revloop_stage"]) == ("customer", "customer")


def test_demo_hands_a_lead_over_and_back_and_over_again(folder: Path, runs: list[dict]) -> None:
    del runs
    (cleo,) = asked(folder, "record", "show", CLEO)["records"]

    first, back, again = cleo["handings"]
    assert [one["kind"] for one in cleo["handings"]] == ["over", "back", "over"]
    assert "by won rate (Anna Seller 4 of 8, Ben Broker 4 of 6)" in first["why"]
    assert back["reason"] == "No Budget"
    assert back["again_at"] > again["at"]


def test_reports_of_the_demo_tell_the_late_answer_and_the_one_in_time(
    folder: Path, runs: list[dict]
) -> None:
    del runs
    totals = asked(folder, "report", "sla")["totals"]

    assert {name: totals[name] for name in ("handed_over", "met", "late", "waiting")} == {
        "handed_over": 2,
        "met": 1,
        "late": 1,
        "waiting": 0,
    }
    page = (folder / "week.html").read_text(encoding="utf-8")
    assert "18,400" in page
