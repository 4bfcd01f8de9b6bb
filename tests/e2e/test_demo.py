"""The demo, told once: what a newcomer sees first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import cli
from console.demo_people import CLEO

pytestmark = pytest.mark.slow


def test_demo_closes_the_loop_and_leaves_nothing_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    told = CliRunner().invoke(cli, ["demo", "--folder", str(folder), "--json"])

    assert told.exit_code == 0, told.output
    runs = json.loads(told.stdout)["runs"]
    won = runs[-2]["pairs"]
    assert won["deals"]["hubspot"]["created"] == won["deals.people"]["hubspot"]["created"] == 1
    assert not any(
        count[word]
        for sides in runs[-1]["pairs"].values()
        for count in sides.values()
        for word in ("created", "updated", "archived", "held", "errors")
    )
    text = (folder / "crms.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line).get("properties", {}) for line in text.splitlines()]
    (cleo,) = (one for one in found if one.get("email") == CLEO)
    assert (cleo["revloop_last_outcome"], cleo["revloop_won_revenue"]) == ("won", "18400")
    assert cleo["revloop_credited_campaign"] == "Spring fair"
    assert cleo["lifecyclestage"] == "customer"
