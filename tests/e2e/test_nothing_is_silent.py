"""Whatever ends a run leaves its reason in `history` and `status`, in words, without values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

import sync.engine.run
from console.run_ends import why_kept
from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk, without_pauses


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch, patience=30)


def _schema_out_of_reach(desk: Desk) -> None:
    desk.sandbox.add_fault(FaultRule(system="salesforce", kind="503", times=1000))


def _share_used_up(desk: Desk) -> None:
    desk.write("revloop.yaml", "version: 1\nleave: {salesforce: 100%}\n")


def _guard(desk: Desk) -> None:
    desk.write("revloop.yaml", "version: 1\nguard: {creates: 1}\n")


def _lost_scope(desk: Desk) -> None:
    desk.sandbox.add_fault(FaultRule(system="hubspot", kind="missing_scopes", times=1000))


@pytest.mark.parametrize(
    ("prepare", "exit_code", "stopped", "words"),
    [
        (_schema_out_of_reach, 3, "unavailable", "The next run tries again"),
        (_share_used_up, 3, "quota", "`leave`"),
        (_lost_scope, 2, "credentials", "crm.objects.contacts.write"),
        (_guard, 4, "guard", "revloop approve p1"),
    ],
)
def test_what_ended_a_run_is_told_afterwards(prepare, exit_code, stopped, words, desk):
    prepare(desk)

    ended = desk.run_here("sync")
    for box in desk.sandbox.fault_boxes:
        box.clear()

    assert ended.code == exit_code
    last = desk.run_here("history", "--json").document["runs"][0]
    assert (last["exit"], last["stopped"]) == (exit_code, stopped)
    assert words in last["why"]
    assert last["why"] in ended.err
    status = desk.run_here("status", "--json").document["last_run"]
    assert (status["run"], status["why"]) == (last["run"], last["why"])
    assert last["why"].split()[0] in desk.run_here("status").out
    assert f"What stopped {last['run']}" in desk.run_here("history").out


def test_addresses_a_message_quotes_are_not_kept_in_the_history() -> None:
    kept = why_kept("routing: ben@example.com is no active user of Salesforce 00D1; name another")

    assert kept == "routing: [removed] is no active user of Salesforce 00D1; name another"


def _at_fault(*_: object, **__: object) -> None:
    raise RuntimeError("ada@example.com broke it")


def _stopped_from_outside(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("happens", "exit_code", "stopped", "words"),
    [
        (_at_fault, 70, "bug", "RuntimeError at test_nothing_is_silent.py"),
        (_stopped_from_outside, 3, "interrupted", "stopped from outside"),
    ],
)
def test_bug_and_a_stop_from_outside_are_told_afterwards(
    happens: Callable[..., None],
    exit_code: int,
    stopped: str,
    words: str,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sync.engine.run, "check_accounts", happens)
        with suppress(RuntimeError):  # the outermost layer, not asked here, says the same
            desk.run_here("sync")

    last = desk.run_here("history", "--json").document["runs"][0]

    assert (last["exit"], last["stopped"]) == (exit_code, stopped)
    assert words in last["why"]
    assert "ada@" not in last["why"]
    assert desk.run_here("sync").code == 0
