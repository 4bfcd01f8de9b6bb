"""Metrics of a job in Prometheus' form: what its runs add up to, and how things stand."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import Metric

__all__ = ["METRICS", "Gauges", "Totals", "exposition"]

#: Every metric with what it says; docs/running.md has the same table.
METRICS = {
    "revloop_runs_total": "Runs that ended, by exit code.",
    "revloop_records_total": "Records by pair, the CRM it happened in, and what happened.",
    "revloop_calls_total": "Calls made, by CRM.",
    "revloop_run_seconds": "How long runs took.",
    "revloop_links": "Linked records, by pair and state.",
    "revloop_waiting": "Records that wait for a person or for another try, by kind.",
    "revloop_guard_waiting": "1 while the guard stops runs and nobody lets the plan through.",
    "revloop_files_refused": "1 while changed files are not taken over, since something is wrong.",
    "revloop_quota_calls": "Calls a day that a CRM grants.",
    "revloop_quota_calls_left": "Calls of this day that were left at the end of the last run.",
    "revloop_last_run_timestamp_seconds": "When the last run ended.",
    "revloop_last_run_exit_code": "How the last run ended.",
    "revloop_last_good_run_timestamp_seconds": "When the last good run ended (exit code 0 or 1).",
    "revloop_next_run_timestamp_seconds": "When the next run is due.",
}

#: Upper ends of the classes of the histogram, in seconds.
_CLASSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)

#: What is counted of records; what did not change is no event.
_KINDS = ("created", "updated", "linked", "unlinked", "archived", "held", "errors", "left_out")


@dataclass(slots=True)
class Totals:
    """What all runs together add up to; it can be kept as a text and goes on from there."""

    runs: Counter[str] = field(default_factory=Counter)
    records: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    classes: list[int] = field(default_factory=lambda: [0] * (len(_CLASSES) + 1))
    seconds: float = 0.0

    def add(self, report: Mapping[str, Any]) -> None:
        """Count one run by its report."""
        self.runs[str(report["exit"])] += 1
        for pair, sides in report["pairs"].items():
            for crm, counts in sides.items():
                for kind in _KINDS:
                    self.records[pair, crm, kind] += int(counts.get(kind, 0))
        for crm, calls in report["calls"].items():
            self.calls[crm] += int(calls)
        took = float(report["seconds"])
        self.classes[bisect_left(_CLASSES, took)] += 1
        self.seconds += took

    def to_json(self) -> str:
        """Give it as a text to keep."""
        return json.dumps(
            {
                "runs": dict(self.runs),
                "records": [[*key, count] for key, count in sorted(self.records.items())],
                "calls": dict(self.calls),
                "classes": self.classes,
                "seconds": self.seconds,
            }
        )

    @classmethod
    def from_json(cls, text: str | None) -> Totals:
        """Go on from what was kept; a text that is none of ours begins at nought."""
        try:
            kept = json.loads(text or "")
            found = cls(
                runs=Counter(kept["runs"]),
                records=Counter({(p, c, k): int(number) for p, c, k, number in kept["records"]}),
                calls=Counter(kept["calls"]),
                classes=[int(one) for one in kept["classes"]],
                seconds=float(kept["seconds"]),
            )
        except (ValueError, TypeError, KeyError):
            return cls()
        return found if len(found.classes) == len(_CLASSES) + 1 else cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """How things stand after the last run; None where it is not known.

    `links` counts by pair and state, `quota` gives calls granted and left by CRM.
    """

    links: Mapping[tuple[str, str], int] = field(default_factory=dict)
    held: int | None = None
    errors: int | None = None
    guard_waiting: bool = False
    files_refused: bool = False
    quota: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    last_exit: int | None = None
    last_run: datetime | None = None
    last_good: datetime | None = None
    next_run: datetime | None = None


def exposition(totals: Totals, gauges: Gauges) -> bytes:
    """Give all metrics as a scrape answers them; a registry of its own holds nothing else."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(totals, gauges))
    return generate_latest(registry)


class _Collected:
    """Gives the metrics to a registry."""

    def __init__(self, totals: Totals, gauges: Gauges) -> None:
        self._totals = totals
        self._gauges = gauges

    def describe(self) -> list[Metric]:
        """Name nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every metric there is a value for."""
        yield from _counted(self._totals)
        yield from _standing(self._gauges)
        yield from _times(self._gauges)


def _counted(totals: Totals) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    runs = CounterMetricFamily(*_about("revloop_runs_total"), labels=["exit"])
    for code, count in sorted(totals.runs.items()):
        runs.add_metric([code], count)
    records = CounterMetricFamily(*_about("revloop_records_total"), labels=["pair", "crm", "kind"])
    for key, count in sorted(totals.records.items()):
        records.add_metric(list(key), count)
    calls = CounterMetricFamily(*_about("revloop_calls_total"), labels=["crm"])
    for crm, count in sorted(totals.calls.items()):
        calls.add_metric([crm], count)
    took = HistogramMetricFamily(*_about("revloop_run_seconds"))
    took.add_metric([], _cumulated(totals.classes), totals.seconds)
    yield from (runs, records, calls, took)


def _cumulated(classes: list[int]) -> list[tuple[str, float]]:
    ends = [*(str(one) for one in _CLASSES), "+Inf"]
    total = 0
    found: list[tuple[str, float]] = []
    for end, count in zip(ends, classes, strict=True):
        total += count
        found.append((end, total))
    return found


def _standing(gauges: Gauges) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    links = GaugeMetricFamily(*_about("revloop_links"), labels=["pair", "state"])
    for (pair, state), count in sorted(gauges.links.items()):
        links.add_metric([pair, state], count)
    waiting = GaugeMetricFamily(*_about("revloop_waiting"), labels=["kind"])
    for kind, number in (("held", gauges.held), ("errors", gauges.errors)):
        if number is not None:
            waiting.add_metric([kind], number)
    granted = GaugeMetricFamily(*_about("revloop_quota_calls"), labels=["crm"])
    left = GaugeMetricFamily(*_about("revloop_quota_calls_left"), labels=["crm"])
    for crm, both in sorted(gauges.quota.items()):
        for family, known in zip((granted, left), both, strict=True):
            if known is not None:
                family.add_metric([crm], known)
    guard = GaugeMetricFamily(*_about("revloop_guard_waiting"), value=gauges.guard_waiting)
    refused = GaugeMetricFamily(*_about("revloop_files_refused"), value=gauges.files_refused)
    yield from (links, waiting, granted, left, guard, refused)


def _times(gauges: Gauges) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    if gauges.last_exit is not None:
        yield GaugeMetricFamily(*_about("revloop_last_run_exit_code"), value=gauges.last_exit)
    for name, at in (
        ("revloop_last_run_timestamp_seconds", gauges.last_run),
        ("revloop_last_good_run_timestamp_seconds", gauges.last_good),
        ("revloop_next_run_timestamp_seconds", gauges.next_run),
    ):
        if at is not None:
            yield GaugeMetricFamily(*_about(name), value=at.timestamp())


def _about(name: str) -> tuple[str, str]:
    return name, METRICS[name]
