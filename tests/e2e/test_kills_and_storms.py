"""A few of the kills, stops and storms that `make kills` and `make storms` go through at length."""

from __future__ import annotations

import subprocess
import sys

from tests.e2e.desk import ROOT

CASES = ("--case", "33:hung", "--case", "22:down")


def _told(module: str, *arguments: str) -> str:
    """Run one of the long programs for a short while, and give what it printed; it must be well."""
    ended = subprocess.run(
        [sys.executable, "-m", module, "--size", "1", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_run_killed_or_overtaken_at_any_call_makes_nothing_twice_and_loses_nothing():
    told = _told("tests.e2e.kill_matrix", "--every", "21", "--offset", "9")

    assert "killed 4 of 4 times" in told
    assert "0 duplicates, 0 lost edits, 0 differences, 0 other breaks" in told


def test_run_asked_to_end_does_so_in_time_also_where_a_crm_hangs_or_is_down(monkeypatch):
    monkeypatch.setenv("REVLOOP_STOP_GRACE", "1")

    told = _told("tests.e2e.terminations", *CASES)

    assert "0 duplicates, 0 lost edits, 0 differences, 0 other breaks" in told
    assert "terminated (3) 2 times" in told


def test_storm_of_faults_makes_nothing_twice_and_loses_nothing():
    told = _told("tests.e2e.fault_storm", "--stories", "2")

    assert "0 duplicates, 0 lost edits, 0 differences, 0 other breaks" in told
