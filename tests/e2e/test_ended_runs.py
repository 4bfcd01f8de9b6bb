"""Runs that are killed, stopped, or two at a time."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk

#: Longer than any test here; the process is ended before.
HELD_BACK = 30.0


@contextmanager
def in_the_middle_of_a_first_sync(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """Give a run whose creates in HubSpot are carried out, and whose answer is held back."""
    desk.sandbox.add_fault(
        FaultRule(system="hubspot", kind="late", path=r"/contacts/batch/create$", seconds=HELD_BACK)
    )
    with desk.start("sync", "--json") as running:
        try:
            wait_until_written(desk, running, "hubspot")
            yield running
        finally:
            running.kill()


def kill_in_the_middle_of_a_first_sync(desk: Desk, system: str) -> None:
    """Kill a run while a CRM carries out its creates, so that it never has the answer."""
    if system == "hubspot":
        with in_the_middle_of_a_first_sync(desk) as running:
            running.kill()
        return
    with desk.start("sync", "--json") as running:

        def die(object_name: str, record: object, changed: frozenset[str]) -> None:
            running.kill()

        desk.sandbox.salesforce.on_save(die)
        running.communicate()
    assert running.returncode == -signal.SIGKILL
    desk.sandbox.salesforce.rules.hooks.clear()


def wait_until_written(desk: Desk, running: subprocess.Popen[str], system: str) -> None:
    while len(desk.emails(system)) < 6:
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)


def everybody_is_there_once(desk: Desk) -> bool:
    hubspot, salesforce = desk.emails("hubspot"), desk.emails("salesforce")
    return hubspot == salesforce == sorted(set(hubspot)) and len(hubspot) == 6


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_killed_first_sync_settles_without_duplicates(system, desk):
    kill_in_the_middle_of_a_first_sync(desk, system)

    too_soon = desk.run_here("sync")
    made = desk.emails(system)
    desk.let_the_lease_run_out()
    second = desk.run_here("sync")
    desk.forget_calls()
    third = desk.run_here("sync")

    assert too_soon.code == 3
    assert "holds the lock" in too_soon.err
    assert len(made) == 6
    assert (second.code, third.code) == (0, 0)
    assert everybody_is_there_once(desk)
    assert desk.writes() == 0


def test_second_run_at_once_ends_with_3_and_leaves_the_first_alone(desk):
    with in_the_middle_of_a_first_sync(desk):
        known = desk.known()
        second = desk.run("sync", "--json")
        known_after = desk.known()
        looked = desk.run_here("status")

    assert (second.code, second.document["stopped"]) == (3, "locked"), second.err
    assert known_after == known
    assert looked.code == 0


def test_of_two_runs_one_wins_and_the_state_is_whole(desk):
    both = [desk.start("sync", "--json") for _ in range(2)]
    codes = sorted(one.wait(60) for one in both)
    for one in both:
        one.communicate()

    assert codes in ([0, 3], [0, 0])
    assert everybody_is_there_once(desk)
    assert next(desk.rows("PRAGMA integrity_check")) == ("ok",)
    assert desk.run_here("sync").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_run_gives_the_lock_back_and_the_next_goes_on(number, desk):
    with in_the_middle_of_a_first_sync(desk) as running:
        running.send_signal(number)
        out, err = running.communicate(timeout=20)

    assert running.returncode == 3
    assert "the next run goes on" in err
    assert "Traceback" not in err
    assert out.count("\n") == 1
    assert desk.run_here("sync").code == 0
    assert everybody_is_there_once(desk)
