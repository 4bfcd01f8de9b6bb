"""Two runs at once, of two groups of processes; and one that slept while another took over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from sandbox.exchange import Application, Receive, Scope, Send
from tests.e2e.batches import wait_for_all_but_one
from tests.e2e.desk import Desk
from tests.e2e.test_ended_runs import everybody_is_there_once
from tests.postgres import empty_database

_LONG_AGO = "2020-01-01T00:00:00.000000Z"


@pytest.fixture(params=["file", "server"])
def state(request: pytest.FixtureRequest, desk: Desk) -> str:
    """Give the address of the desk's state, of either kind."""
    url = f"sqlite:///{desk.state}" if request.param == "file" else empty_database()
    desk.environment["REVLOOP_STATE"] = url
    return url


@dataclass
class _Gate:
    """Lets HubSpot carry out one call that creates, and holds its answer back."""

    inner: Application
    reached: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Any] = []

        async def hold(message: Any) -> None:
            answer.append(message)

        if self.reached.is_set() or not str(scope["path"]).endswith("/contacts/batch/create"):
            await self.inner(scope, receive, send)
            return
        await self.inner(scope, receive, hold)
        self.reached.set()
        while not self.opened.is_set():
            await asyncio.sleep(0.01)
        for message in answer:
            await send(message)


@contextmanager
def _run_without_its_answer(desk: Desk) -> Iterator[tuple[subprocess.Popen[str], _Gate]]:
    """Give a run, in a group of its own, whose creates in HubSpot are done and not answered."""
    front = desk.sandbox.fronts[0]
    gate = _Gate(front.app)
    front.app = gate
    running = desk.start("sync", "--json", session=True)
    try:
        assert gate.reached.wait(30), running.communicate()
        yield running, gate
    finally:
        gate.opened.set()
        running.kill()
        running.communicate()
        front.app = gate.inner


def _let_the_lease_run_out(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE leases SET until = :then"), {"then": _LONG_AGO})
    engine.dispose()


def test_second_group_of_processes_ends_with_3_and_calls_nobody_to_write(desk, state):
    with _run_without_its_answer(desk) as (first, gate):
        wait_for_all_but_one(desk, state)
        before = desk.export()
        second = desk.run("sync", "--json")
        after = desk.export()
        gate.opened.set()
        first.communicate(timeout=30)

    assert (second.code, second.document["stopped"]) == (3, "locked")
    assert before == after
    assert first.returncode == 0
    assert everybody_is_there_once(desk)


def test_run_that_slept_while_another_took_over_writes_nothing_more(desk, state):
    with _run_without_its_answer(desk) as (slept, gate):
        os.kill(slept.pid, signal.SIGSTOP)
        _let_the_lease_run_out(state)
        second = desk.run("sync", "--json")
        left = desk.export()
        gate.opened.set()
        os.kill(slept.pid, signal.SIGCONT)
        _, said = slept.communicate(timeout=30)

    assert second.code == 0, second.err
    assert slept.returncode == 3
    assert "another run took over" in said
    assert desk.export() == left
    desk.forget_calls()
    assert desk.run_here("sync").code == 0
    assert desk.writes() == 0
    assert everybody_is_there_once(desk)
