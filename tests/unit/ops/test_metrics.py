from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sync.ops.metrics import METRICS, Gauges, Totals, exposition

ROOT = Path(__file__).resolve().parents[3]
REPORT = {
    "exit": 0,
    "pairs": {"contacts": {"hubspot": {"created": 2, "updated": 1, "unchanged": 9}}},
    "calls": {"hubspot": 3, "salesforce": 2},
    "seconds": 1.5,
}
EVERYTHING = Gauges(
    links={("contacts", "open"): 12},
    held=1,
    errors=2,
    guard_waiting=True,
    quota={"salesforce": (100_000, 90_000), "hubspot": (None, None)},
    last_exit=0,
    last_run=datetime(2026, 11, 2, tzinfo=UTC),
    last_good=datetime(2026, 11, 2, tzinfo=UTC),
    next_run=datetime(2026, 11, 2, 0, 5, tzinfo=UTC),
)


def samples(totals: Totals, gauges: Gauges) -> dict[tuple[str, ...], float]:
    text = exposition(totals, gauges).decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(*reports: dict[str, Any]) -> Totals:
    totals = Totals()
    for report in reports:
        totals.add(report)
    return totals


def test_runs_records_and_calls_add_up():
    found = samples(counted(REPORT, REPORT, {**REPORT, "exit": 3}), Gauges())

    assert found["revloop_runs_total", "0"] == 2
    assert found["revloop_runs_total", "3"] == 1
    assert found["revloop_records_total", "contacts", "created", "hubspot"] == 6
    assert found["revloop_calls_total", "salesforce"] == 6


def test_histogram_counts_each_run_in_all_classes_it_fits():
    found = samples(counted(REPORT, {**REPORT, "seconds": 4000}), Gauges())

    assert found["revloop_run_seconds_bucket", "1.0"] == 0
    assert found["revloop_run_seconds_bucket", "2.0"] == 1
    assert found["revloop_run_seconds_bucket", "+Inf"] == 2
    assert found["revloop_run_seconds_sum",] == 4001.5


def test_totals_go_on_from_what_was_kept():
    kept = Totals.from_json(counted(REPORT).to_json())
    kept.add(REPORT)

    assert samples(kept, EVERYTHING) == samples(counted(REPORT, REPORT), EVERYTHING)


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"runs": 1}', "no JSON"])
def test_kept_text_that_is_none_of_ours_begins_at_nought(text):
    assert Totals.from_json(text) == Totals()


def test_gauges_tell_what_is_known_and_nothing_else():
    found = samples(Totals(), EVERYTHING)

    assert found["revloop_links", "contacts", "open"] == 12
    assert found["revloop_waiting", "errors"] == 2
    assert found["revloop_guard_waiting",] == 1
    assert found["revloop_quota_calls_left", "salesforce"] == 90_000
    assert ("revloop_quota_calls_left", "hubspot") not in found


def test_every_metric_is_given_and_documented():
    families = text_string_to_metric_families(exposition(counted(REPORT), EVERYTHING).decode())
    given = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    document = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(revloop_\w+)", document, re.MULTILINE))

    assert given == set(METRICS)
    assert told == set(METRICS)


def test_dashboard_uses_metrics_that_are_given():
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "revloop.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    given = {name for name, *_ in samples(counted(REPORT), EVERYTHING)} | set(METRICS)

    used = {name for expr in asked for name in re.findall(r"revloop_\w+", expr)}
    assert used <= given
    assert {name for name in METRICS if name not in used} <= {"revloop_run_seconds"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
