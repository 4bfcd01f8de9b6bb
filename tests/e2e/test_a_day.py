"""A day of the job that runs by itself; `make day` has the long one, a round every five minutes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.e2e.day import a_day


def test_day_with_edits_going_on_has_no_drift_no_missed_round_and_leaves_no_waste(
    tmp_path: Path,
) -> None:
    day = a_day(tmp_path, every=timedelta(hours=1), span=timedelta(days=1), size=6, seed=1)

    assert list(day.broken()) == []
