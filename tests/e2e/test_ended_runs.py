"""Runs that are killed, stopped, or two at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import sync.engine.run
import sync.engine.undo
import sync.engine.verify
from sandbox.traffic import FaultRule
from sync.domain.stopping import STOPPED
from tests.e2e.batches import wait_for_all_but_one
from tests.e2e.desk import Desk

#: Longer than any test here; the process is ended before.
HELD_BACK = 30.0

TITLE = {"jobtitle": "CEO"}


@contextmanager
def in_the_middle_of_a_first_sync(
    desk: Desk, *, held_back: float = HELD_BACK
) -> Iterator[subprocess.Popen[str]]:
    """Give a run whose creates in HubSpot are carried out, and whose answer is held back."""
    desk.sandbox.add_fault(
        FaultRule(system="hubspot", kind="late", path=r"/contacts/batch/create$", seconds=held_back)
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
        wait_for_all_but_one(desk, f"sqlite:///{desk.state}")
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
def test_stopped_run_gives_up_a_call_that_hangs_and_the_next_goes_on(number, desk):
    desk.environment["REVLOOP_STOP_GRACE"] = "0.2"
    with in_the_middle_of_a_first_sync(desk) as running:
        running.send_signal(number)
        out, err = running.communicate(timeout=20)

    assert running.returncode == 3
    assert "the next run goes on" in err
    assert "Traceback" not in err
    assert out.count("\n") == 1
    assert last_end(desk)[:2] == (3, "terminated")
    assert "what hung was given up" in last_end(desk)[2]
    assert desk.run_here("sync").code == 0
    assert everybody_is_there_once(desk)


def test_stopped_run_waits_for_the_answer_and_ends_at_the_border_of_its_batch(desk):
    with in_the_middle_of_a_first_sync(desk, held_back=0.5) as running:
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)

    assert (running.returncode, json.loads(out)["stopped"]) == (3, "terminated"), err
    assert last_end(desk) == (3, "terminated", STOPPED)
    assert {state for (state,) in desk.rows("SELECT state FROM journal")} == {"done"}
    assert list(desk.rows("SELECT holder FROM leases")) == []
    assert desk.run_here("sync").code == 0
    assert everybody_is_there_once(desk)


def test_second_signal_stops_a_run_at_once(desk):
    with in_the_middle_of_a_first_sync(desk) as running:
        running.send_signal(signal.SIGINT)
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=5)

    assert running.returncode == 3
    assert last_end(desk)[:2] == (3, "interrupted")
    assert list(desk.rows("SELECT holder FROM leases")) == []


def test_every_command_that_runs_ends_when_it_is_asked_to(desk, monkeypatch):
    assert desk.run_here("sync").code == 0
    desk.sandbox.edit(
        "hubspot", "contacts", desk.id_of("contacts", "lastname", "both0"), TITLE, by="person"
    )

    with monkeypatch.context() as asked:
        for module in (sync.engine.run, sync.engine.verify, sync.engine.undo):
            asked.setattr(module, "check_accounts", lambda _: os.kill(os.getpid(), signal.SIGTERM))
        ends = {
            name: (desk.run_here(name, *more).code, last_end(desk))
            for name, *more in (("sync",), ("plan",), ("verify",), ("undo", "r1"))
        }

    assert set(ends.values()) == {(3, (3, "terminated", STOPPED))}, ends
    assert list(desk.rows("SELECT holder FROM leases")) == []
    assert desk.run_here("sync").code == 0
    assert desk.id_of("Lead", "Title", TITLE["jobtitle"])


def last_end(desk: Desk) -> tuple[int, str, str]:
    """Give exit code, word and reason of the last run's end."""
    last = desk.run_here("history", "--json").document["runs"][0]
    return last["exit"], last["stopped"], last["why"]
