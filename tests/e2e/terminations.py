"""A run that is asked to end by SIGTERM at any moment, also while a CRM hangs or is down.

    python -m tests.e2e.terminations [--moments 100] [--size 10] [--seed 7] [--case 17:hung]

It is the run of `kill_matrix`. One half of the moments are parts of the time it takes; the others
are its n-th call: SIGTERM comes while the call is on its way (`busy`), or it is carried out, or
not, and neither it nor any later one is answered (`hung`, `deaf`), or it and all later ones are
answered with 503, so that the run pauses (`down`). Each time the run ends within ten seconds, by
itself, with exit code 3 (0 where it was through), its end stands in the history, and the right to
run is given back. Where every call was answered, all answers are in the journal. The next run goes
on, and one more writes nothing. What stands in both CRMs is counted by `told_twice`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from console.stopping import GRACE_SETTING
from sandbox.exchange import Application, Receive, Scope, Send
from tests.e2e.kill_matrix import QUIET, Stage, open_items
from tests.e2e.told_twice import compare
from tests.e2e.understudy import Understudy, cast, read_everything, told_apart

__all__ = ["main"]

#: How many seconds a run may take to end.
_MOST = 10.0
#: A run that is in its first pause after a call that failed is asked to end this late.
_INTO_A_PAUSE = 0.3
_TEMPORARY = 3


class Way(StrEnum):
    """What a CRM does as the run is asked to end, and from then on."""

    BUSY = "busy"
    HUNG = "hung"
    DEAF = "deaf"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a run is asked to end: at a call, or after a part of the time it takes."""

    call: int = 0
    way: Way = Way.BUSY
    share: float = 0.0

    @property
    def name(self) -> str:
        """Give the words that tell it again."""
        return f"{self.call}:{self.way}" if self.call else f"{self.share:.4f}"


class _Hand:
    """Stands between both CRMs and a run, and asks it to end at its n-th call."""

    def __init__(self, moment: Moment, victim: Understudy) -> None:
        self.calls = 0
        self.moment: Moment | None = moment
        self.asked_at = 0.0
        self._asked = Event()
        self._victim = victim

    def ask(self) -> None:
        """Ask the run to end."""
        self.asked_at = time.monotonic()
        os.kill(self._victim.pid, signal.SIGTERM)
        self._asked.set()

    def wait_until_asked(self) -> None:
        """Wait for the call at which it is asked."""
        self._asked.wait()

    def before(self, app: Application) -> Application:
        """Give an application that counts, and does what the moment says."""

        async def handing(scope: Scope, receive: Receive, send: Send) -> None:
            self.calls += 1
            moment = self.moment
            if moment is None or not moment.call or self.calls < moment.call:
                await app(scope, receive, send)
                return
            first = self.calls == moment.call
            if first and moment.way is not Way.DOWN:
                self.ask()
            match moment.way:
                case Way.BUSY:
                    await app(scope, receive, send)
                case Way.HUNG:
                    if first:
                        await app(scope, receive, _swallow)
                    await asyncio.Event().wait()
                case Way.DEAF:
                    await asyncio.Event().wait()
                case Way.DOWN:
                    if first:
                        asyncio.get_running_loop().call_later(_INTO_A_PAUSE, self.ask)
                    await _say_down(send)

        return handing


async def _swallow(_message: Any) -> None:
    """Let the CRM's answer go nowhere."""


async def _say_down(send: Send) -> None:
    head = [(b"content-type", b"text/html"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 503, "headers": head})
    await send({"type": "http.response.body", "body": b""})


class Ending(Stage):
    """Both CRMs and the project, as they are when the run begins that is asked to end."""

    def end(self, moment: Moment, *, lasting: float) -> dict[str, Any]:
        """Tell what comes of a moment, in a copy of everything."""
        return told_apart(partial(self._tell_end, moment, lasting))

    def _environment(self) -> dict[str, str]:
        grace = {name: value for name, value in os.environ.items() if name == GRACE_SETTING}
        return {**super()._environment(), **grace}

    def _tell_end(self, moment: Moment, lasting: float) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        project = Path(shutil.copytree(self.loop.folder, folder / "project"))
        victim, *others = Understudy(folder, pauses=True), *(Understudy(folder) for _ in range(3))
        with cast(victim, *others):
            told = self._told_end(moment, project, lasting, victim, others)
        shutil.rmtree(folder)
        return told

    def _told_end(
        self,
        moment: Moment,
        project: Path,
        lasting: float,
        victim: Understudy,
        others: list[Understudy],
    ) -> dict[str, Any]:
        known = _last_run(project)
        hand = _Hand(moment, victim)
        for front in self.loop.sandbox.fronts:
            front.app = hand.before(front.app)
        self._serve()
        victim.go(self._command(project), self._environment())
        if moment.call:
            hand.wait_until_asked()
        else:
            time.sleep(lasting * moment.share)
            hand.ask()
        code = victim.wait()
        took = time.monotonic() - hand.asked_at
        hand.moment = None
        broken, word = _ended_wrong(project, code, known, said=victim.said())
        if took > _MOST:
            broken.append(f"it took {took:.1f} s to end")
        if moment.way is Way.BUSY and (left := _unanswered(project)):
            broken.append(f"of {left} writes the answer is not in the journal")
        for one in others[:-1]:
            broken += self._run(one, project)
            wrong = compare(self.loop.sandbox.export(), self.loop.noted)
            if not wrong:
                break
        broken += self._run_idle(others[-1], project)
        return {
            "code": code,
            "word": word,
            "seconds": took,
            **compare(self.loop.sandbox.export(), self.loop.noted).as_json(),
            "broken": broken + open_items(project),
        }


def _ended_wrong(project: Path, code: int, known: int, *, said: str) -> tuple[list[str], str]:
    """Name what is wrong with how a run ended, and give the word for its end."""
    with sqlite3.connect(project / "state" / "revloop.db") as connection:
        held = connection.execute("SELECT holder FROM leases").fetchall()
        run = connection.execute(
            "SELECT ended, exit, stopped FROM runs WHERE id > ? ORDER BY id DESC", [known]
        ).fetchone()
    connection.close()
    broken = ["the right to run was not given back"] if held else []
    if run is None:
        # Before a run began; then before Python could hear of it, SIGTERM ends any process.
        return broken + _unless(code in (_TEMPORARY, -signal.SIGTERM), code, said), "nothing begun"
    ended, exit_code, stopped = run
    if ended is None:
        return [*broken, f"its end was not written down (exit {code}): {said}"], "unknown"
    if stopped is None:
        # It was through; while it told so, it could still be interrupted.
        return broken + _unless(exit_code == 0 and code in (0, _TEMPORARY), code, said), "through"
    right = code == exit_code == _TEMPORARY and stopped == "terminated"
    return broken + _unless(right and "the next run" in said, code, said), stopped


def _unless(right: bool, code: int, said: str) -> list[str]:
    return [] if right else [f"it ended with {code}: {said}"]


def _last_run(project: Path) -> int:
    with sqlite3.connect(project / "state" / "revloop.db") as connection:
        (last,) = connection.execute("SELECT max(id) FROM runs").fetchone()
    connection.close()
    return int(last or 0)


def _unanswered(project: Path) -> int:
    with sqlite3.connect(project / "state" / "revloop.db") as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM journal WHERE state = 'intended'"
        ).fetchone()
    connection.close()
    return int(count)


def main() -> int:
    """Let it end at all moments, and say what was found."""
    wanted = _parser().parse_args()
    os.environ |= QUIET
    read_everything()
    with tempfile.TemporaryDirectory(prefix="revloop-ended-") as folder:
        stage = Ending(Path(folder), size=wanted.size)
        if wanted.case and all(":" in case for case in wanted.case):
            return _end_all(stage, list(_moments(wanted, 0)), lasting=0.0)
        whole = stage.play(None)
        print(f"a run of {whole['calls']} calls in {whole['took']:.1f} s", flush=True)
        return _end_all(stage, list(_moments(wanted, whole["calls"])), lasting=whole["took"])


def _end_all(stage: Ending, moments: list[Moment], *, lasting: float) -> int:
    begun = time.monotonic()
    counts = dict.fromkeys(("twice", "lost", "differ", "broken"), 0)
    words: Counter[str] = Counter()
    longest = 0.0
    for number, moment in enumerate(moments, start=1):
        told = stage.end(moment, lasting=lasting)
        longest = max(longest, told.get("seconds", 0.0))
        words[f"{told.get('word')} ({told.get('code')})"] += 1
        for name in counts:
            counts[name] += len(told.get(name, ()))
        if any(told.get(name) for name in counts):
            what = {name: told[name][:5] for name in counts if told.get(name)}
            print(f"moment {moment.name}: {what}", flush=True)
        if number % 20 == 0 or number == len(moments):
            print(
                f"ended {number} of {len(moments)} times in {time.monotonic() - begun:,.0f} s: "
                f"{counts['twice']} duplicates, {counts['lost']} lost edits, "
                f"{counts['differ']} differences, {counts['broken']} other breaks; "
                f"the longest took {longest:.1f} s to end",
                flush=True,
            )
    print("ends:", ", ".join(f"{word} {times} times" for word, times in words.most_common()))
    return int(any(counts.values()))


def _moments(wanted: argparse.Namespace, calls: int) -> Iterator[Moment]:
    for case in wanted.case:
        call, _, way = case.partition(":")
        yield Moment(int(call), Way(way)) if way else Moment(share=float(call))
    random = Random(wanted.seed)
    for number in range(0 if wanted.case else wanted.moments):
        if number % 2:
            yield Moment(share=random.random())
        else:
            yield Moment(random.randint(1, calls), random.choice(list(Way)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--size", type=int, default=10, help="some 50 changes each")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--case", action="append", default=[], help="only this, as it was named")
    return parser


if __name__ == "__main__":
    sys.exit(main())
