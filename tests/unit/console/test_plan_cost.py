"""What a plan costs in calls."""

from __future__ import annotations

from datetime import UTC, datetime

from console.plan_cost import writing_calls
from sync.domain.record import Side
from sync.domain.store import Plan, PlanState


def plan(*writes: list[object]) -> Plan:
    return Plan(
        id=1,
        created=datetime(2026, 3, 2, tzinfo=UTC),
        state=PlanState.KEPT,
        fingerprint="",
        summary={"a pair": {"writes": list(writes)}},
    )


def test_records_are_written_in_full_batches() -> None:
    calls = writing_calls(
        plan(["left", "contacts", "update", 101], ["right", "Campaign", "create", 200])
    )
    assert calls == {Side.LEFT: 2, Side.RIGHT: 1}


def test_batches_of_campaigns_are_smaller() -> None:
    calls = writing_calls(plan(["left", "campaigns", "update", 101]))
    assert calls == {Side.LEFT: 3, Side.RIGHT: 0}


def test_what_campaigns_cost_is_read_and_written_one_by_one() -> None:
    assert writing_calls(plan(["left", "campaigns", "associate", 7])) == {
        Side.LEFT: 14,
        Side.RIGHT: 0,
    }
