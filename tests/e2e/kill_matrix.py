"""A run killed at every call of a run that does all there is to do, and what the next makes of it.

    python -m tests.e2e.kill_matrix [--size 10] [--every 1] [--at stored] [--case 17:stored]
    python -m tests.e2e.kill_matrix --size 100 --moments 300

The run makes, edits, ties, hands over and back and follows conversions of some 50 records for each
unit of size. It is a process of its own, killed with SIGKILL at its n-th call: before the CRM
carried it out (`unsent`), after that and before the answer (`stored`), or as the answer leaves
(`answered`); with `--moments` at random moments instead. Or it is stopped before it has the
answer, another run takes over, and it goes on (`overtaken`): it may write nothing more. Then runs
follow: the first or second mends what is left, and one of the next two writes nothing. What stands
in both CRMs is counted from an export by `told_twice`, which knows of no state. Each case begins
from one copy of both CRMs and the state: the process that holds them is forked.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from console.syncing import run_once
from console.wiring import Purpose, open_workshop
from sandbox.exchange import Application, Receive, Scope, Send
from tests.e2e.told_twice import compare
from tests.e2e.understudy import Understudy, cast, read_everything, told_apart
from tests.e2e.whole_loop import Loop

__all__ = ["QUIET", "Stage", "main", "open_items"]

QUIET = {"REVLOOP_LOG_LEVEL": "error", "REVLOOP_TRACEBACK": "1"}
#: The most runs it may take until all stands; one more then writes nothing.
_RUNS = 2


class Moment(StrEnum):
    """When in a call the run is killed."""

    UNSENT = "unsent"
    STORED = "stored"
    ANSWERED = "answered"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Case:
    """One way to be killed: at a call, or after a part of the time the run takes."""

    call: int = 0
    moment: Moment = Moment.UNSENT
    share: float = 0.0

    @property
    def name(self) -> str:
        """Give the words that tell it again."""
        return f"{self.call}:{self.moment}" if self.call else f"{self.share:.4f}"


class _Reaper:
    """Stands between both CRMs and a run, and kills it at its n-th call."""

    def __init__(self, case: Case | None, victim: Understudy) -> None:
        self.calls = 0
        self.case = case
        self.stopped = Event()
        self.overtaken = Event()
        self._victim = victim

    def before(self, app: Application) -> Application:
        """Give an application that counts, and kills."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            self.calls += 1
            if self.case is None or self.calls != self.case.call:
                await app(scope, receive, send)
                return
            if self.case.moment is Moment.UNSENT:
                self._victim.kill()
                return
            if self.case.moment is Moment.STORED:
                await app(scope, receive, _swallow)
                self._victim.kill()
                return
            if self.case.moment is Moment.OVERTAKEN:
                await self._stop(app, scope, receive, send)
                return
            await app(scope, receive, send)
            self._victim.kill()

        return counting

    def let_go_on(self, seconds: float) -> None:
        """Let a run that was stopped go on for so long."""
        os.kill(self._victim.pid, signal.SIGCONT)
        time.sleep(seconds)
        os.kill(self._victim.pid, signal.SIGSTOP)

    async def _stop(self, app: Application, scope: Scope, receive: Receive, send: Send) -> None:
        """Stop the run until another one has taken over, then let it have its answer."""
        answer: list[Any] = []

        async def hold(message: Any) -> None:
            answer.append(message)

        await app(scope, receive, hold)
        os.kill(self._victim.pid, signal.SIGSTOP)
        self.stopped.set()
        while not self.overtaken.is_set():
            await asyncio.sleep(0.01)
        for message in answer:
            await send(message)
        os.kill(self._victim.pid, signal.SIGCONT)


async def _swallow(_message: Any) -> None:
    """Let the CRM's answer go nowhere."""


class Stage:
    """Both CRMs and the project, as they are when the run begins that is killed."""

    def __init__(self, folder: Path, *, size: int) -> None:
        """Bring both CRMs into line, then let people work."""
        self.folder = folder
        self._left: list[Any] = []
        self.loop = Loop(folder / "project", size=size)
        self._run_here()
        self.loop.warm_up()
        self._run_here()
        self._run_here()
        self.loop.work()
        # What is there by now stays: no process that is forked from here need look it over.
        gc.collect()
        gc.freeze()

    def _run_here(self) -> None:
        """Run in this process, so that those forked from it have all that a run needs at hand."""
        self._serve()
        sandbox = self.loop.sandbox
        with open_workshop(
            self.loop.folder, sandbox.environment(), purpose=Purpose.RUN
        ) as workshop:
            ended = run_once(workshop, as_json=True)
        sandbox.stop()
        assert ended["exit"] == 0, ended

    def play(self, case: Case | None, *, lasting: float = 0.0) -> dict[str, Any]:
        """Tell what comes of a case, in a copy of everything; None: the run is let live."""
        return told_apart(partial(self._tell, case, lasting))

    def _tell(self, case: Case | None, lasting: float) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.loop.folder, folder / "project")
        with cast(*(Understudy(folder) for _ in range(3 + _RUNS))) as (victim, *others):
            told = self._told(case, folder / "project", lasting, victim, others)
        shutil.rmtree(folder)
        return told

    def _told(
        self,
        case: Case | None,
        project: Path,
        lasting: float,
        victim: Understudy,
        others: list[Understudy],
    ) -> dict[str, Any]:
        reaper = _Reaper(case, victim)
        for front in self.loop.sandbox.fronts:
            front.app = reaper.before(front.app)
        self._serve()
        victim.go(self._command(project), self._environment())
        begun = time.monotonic()
        if case is not None and not case.call:
            time.sleep(lasting * case.share)
            victim.kill()
        broken = []
        if case is not None and case.moment is Moment.OVERTAKEN:
            broken = self._overtake(reaper, others.pop(), project)
        code = victim.wait()
        if case is not None and case.moment is Moment.OVERTAKEN:
            broken += self._went_on(code, victim.said())
            code = 0
        took, calls = time.monotonic() - begun, reaper.calls
        broken += [victim.said()] if code not in (0, -9) else []
        reaper.case = None
        if code == -9:
            let_the_lease_run_out(project)
        runs = 0
        wrong = compare(self.loop.sandbox.export(), self.loop.noted)
        for one in others[:_RUNS]:
            if code == 0 and not runs and not wrong:
                break
            broken += self._run(one, project)
            runs += 1
            wrong = compare(self.loop.sandbox.export(), self.loop.noted)
            if not wrong:
                break
        broken += self._run_idle(others[-1], project)
        return {
            "code": code,
            "calls": calls,
            "took": took,
            "runs": runs,
            **compare(self.loop.sandbox.export(), self.loop.noted).as_json(),
            "broken": broken + open_items(project),
        }

    def _overtake(self, reaper: _Reaper, other: Understudy, project: Path) -> list[str]:
        """Run to the end while another run is stopped; then let that one go on."""
        while not reaper.stopped.wait(0.01):
            pass
        # Its other calls come back meanwhile: it may have been stopped as it stored one of them,
        # and nobody takes over while it holds the lock of the file.
        while is_being_written(project):
            reaper.let_go_on(0.005)
        let_the_lease_run_out(project)
        broken = self._run(other, project)
        self._left = list(self.loop.sandbox.export())
        reaper.overtaken.set()
        return broken

    def _went_on(self, code: int, said: str) -> list[str]:
        """Tell what a run did wrong that went on though another one had taken over."""
        broken = []
        if code != 3 or "took over" not in said:
            broken.append(f"overtaken, it ended with {code}: {said}")
        now = list(self.loop.sandbox.export())
        written = [line for line in now if line not in self._left] if now != self._left else []
        return broken + [f"overtaken, it wrote {line}"[:300] for line in written[:3]]

    def _run(self, one: Understudy, project: Path) -> list[str]:
        one.go(self._command(project), self._environment())
        code = one.wait()
        return [f"exit {code}: {one.said()}"] if code else []

    def _run_idle(self, one: Understudy, project: Path) -> list[str]:
        before = list(self.loop.sandbox.export())
        broken = self._run(one, project)
        after = list(self.loop.sandbox.export())
        changed = [line for line in after if line not in before] if after != before else []
        return broken + [f"a run with no edits wrote {line}"[:300] for line in changed[:3]]

    def _serve(self) -> None:
        self.loop.sandbox.start()

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], **self.loop.sandbox.environment(), **QUIET}

    def _command(self, project: Path) -> list[str]:
        return ["sync", "--json", "--project", str(project)]


def is_being_written(project: Path) -> bool:
    """Tell whether a process holds the lock of the state file, to write in it."""
    connection = sqlite3.connect(_state_of(project), timeout=0.1, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return True
    finally:
        connection.close()
    return False


def _state_of(project: Path) -> Path:
    return project / "state" / "revloop.db"


def let_the_lease_run_out(project: Path) -> None:
    """Do what a minute does after a run was killed."""
    with sqlite3.connect(_state_of(project)) as connection:
        connection.execute("UPDATE leases SET until = '2020-01-01T00:00:00.000000Z'")
    connection.close()


def open_items(project: Path) -> list[str]:
    """Name what waits for a person, or is in error: nothing here is to."""
    with sqlite3.connect(_state_of(project)) as connection:
        found = [
            f"{table}: {row}"[:300]
            for table in ("conflicts", "errors")
            for row in connection.execute(f"SELECT * FROM {table} WHERE closed_run IS NULL")
        ]
        found += [
            str(row) for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)
        ]
    connection.close()
    return found


def main() -> int:
    """Play all cases, and say what was found."""
    wanted = _parser().parse_args()
    os.environ |= QUIET
    read_everything()
    with tempfile.TemporaryDirectory(prefix="revloop-killed-") as folder:
        stage = Stage(Path(folder), size=wanted.size)
        whole = stage.play(None)
        if any(whole[name] for name in ("twice", "lost", "differ", "broken")) or whole["code"]:
            print(f"a run that nobody kills is not right: {whole}")
            return 1
        calls = whole["calls"]
        print(f"a run of {calls} calls in {whole['took']:.1f} s", flush=True)
        return _play_all(stage, list(_cases(wanted, calls)), lasting=whole["took"])


def _play_all(stage: Stage, cases: list[Case], *, lasting: float) -> int:
    begun = time.monotonic()
    counts = dict.fromkeys(("twice", "lost", "differ", "broken"), 0)
    longest = 0
    for number, case in enumerate(cases, start=1):
        told = stage.play(case, lasting=lasting)
        longest = max(longest, told.get("runs", 0))
        for name in counts:
            counts[name] += len(told.get(name, ()))
        if any(told.get(name) for name in counts):
            what = {name: told[name][:5] for name in counts if told.get(name)}
            print(f"case {case.name} (exit {told.get('code')}): {what}", flush=True)
        if number % 20 == 0 or number == len(cases):
            print(
                f"killed {number} of {len(cases)} times in {time.monotonic() - begun:,.0f} s: "
                f"{counts['twice']} duplicates, {counts['lost']} lost edits, "
                f"{counts['differ']} differences, {counts['broken']} other breaks; "
                f"all stood after {longest} run(s) at most",
                flush=True,
            )
    return int(any(counts.values()))


def _cases(wanted: argparse.Namespace, calls: int) -> Iterable[Case]:
    if wanted.case:
        call, _, moment = wanted.case.partition(":")
        return [Case(int(call), Moment(moment)) if moment else Case(share=float(call))]
    if wanted.moments:
        random = Random(wanted.seed)
        return [Case(share=random.random()) for _ in range(wanted.moments)]
    return _at_calls(calls, wanted)


def _at_calls(calls: int, wanted: argparse.Namespace) -> Iterator[Case]:
    for number, call in enumerate(range(1 + wanted.offset, calls + 1, wanted.every)):
        moments = wanted.at or [list(Moment)[number % len(Moment)]]
        for moment in moments:
            yield Case(call, moment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10, help="some 50 changes each")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth call")
    parser.add_argument("--offset", type=int, default=0, help="leave out the first calls")
    parser.add_argument("--at", type=Moment, action="append", help="at this moment of each call")
    parser.add_argument("--moments", type=int, default=0, help="random moments, in place of calls")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--case", help="this case alone, as a run before named it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
