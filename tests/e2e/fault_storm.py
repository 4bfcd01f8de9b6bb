"""Runs through storms: three calls in ten fail, in every way the sandbox knows, while people work.

    python -m tests.e2e.fault_storm [--stories 1000] [--seed 7] [--story 7:12] [--size 1]

Each story begins with both CRMs in line and people at work on both sides; they go on editing
before, between and in the middle of runs. Then the storm ends, and so do the edits: within a few
runs both CRMs hold all that was entered, once, and a run more writes nothing. That is counted from
an export by `told_twice`, which knows of no state. Pauses take no time; the clock is the story's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from console.syncing import run_once
from console.wiring import Purpose, open_workshop
from sandbox.traffic import FaultBox, FaultRule
from sync.domain.errors import CrmSyncError
from tests.e2e.kill_matrix import open_items
from tests.e2e.pauses import connect_resting
from tests.e2e.told_twice import compare
from tests.e2e.understudy import read_everything, told_apart
from tests.e2e.whole_loop import Loop

__all__ = ["main"]

#: Of a hundred calls so many fail.
_FAILING = 30
_PATIENCE = 0.15
_ROUNDS = 5
#: How many runs it may take after the storm: what was refused is tried again when it is due.
_CALM_RUNS = 8

_WIRE = {
    "drop_before": 4,
    "drop_after": 6,
    "silent_before": 1,
    "silent_after": 2,
    "slow_bytes": 1,
    "late": 1,
    "truncated": 4,
    "html_200": 3,
    "html_503": 3,
    "half_refused": 4,
    "late_index": 4,
    "500": 2,
    "502": 2,
    "503": 2,
    "504": 2,
    "expired_token": 0.3,
}
_KINDS = {
    "hubspot": {
        **_WIRE,
        "524": 2,
        "rate_limit_burst": 4,
        "rate_limit_search": 2,
        "rate_limit_retry_after": 2,
        "rate_limit_daily": 0.3,
        "missing_scopes": 0.2,
        "locked": 3,
        "migrating": 1,
    },
    "salesforce": {
        **_WIRE,
        "concurrent_limit": 4,
        "request_limit": 0.3,
        "query_timeout": 3,
        "operation_too_large": 2,
        "dead_locator": 2,
    },
}


class _Storm(FaultBox):
    """Lets calls fail at random, and people edit while they are on their way."""

    def __init__(self, system: str, api_faults: Any, tale: _Tale) -> None:
        super().__init__(system=system, api_faults=api_faults)
        self._tale = tale

    def take(self, method: str, path: str) -> FaultRule | None:
        """Give the fault of a call, if it is to fail."""
        del method, path
        tale = self._tale
        tale.calls += 1
        if tale.calm:
            return None
        if tale.random.random() < 0.15:
            tale.edit()
        if tale.random.random() * 100 >= _FAILING:
            return None
        tale.failed += 1
        kinds, weights = zip(*_KINDS[self.system].items(), strict=True)
        (kind,) = tale.random.choices(kinds, weights)
        seconds = 30.0 if kind == "late_index" else 0.01
        return FaultRule(system=self.system, kind=kind, seconds=seconds)


class _Tale:
    """One story, told in a process of its own."""

    def __init__(self, loop: Loop, folder: Path, seed: str) -> None:
        self.loop = loop
        self.folder = folder
        self.random = Random(seed)
        self.calm = True
        self.calls = self.failed = self.edits = 0
        self.ends: Counter[str] = Counter()
        self.broken: list[str] = []
        for front in loop.sandbox.fronts:
            front.faults = _Storm(front.system, front.faults.api_faults, self)

    def tell(self) -> dict[str, Any]:
        """Let it storm, then let it rest; give what was found."""
        sandbox = self.loop.sandbox
        sandbox.start()
        self.loop.work()
        for _ in range(_ROUNDS):
            for _ in range(self.random.randrange(4)):
                self.edit()
            self.calm = False
            self._run(full=self.random.random() < 0.2)
            self.calm = True
            sandbox.clock.move(timedelta(minutes=self.random.choice([0, 1, 5, 20, 120, 1500])))
        runs = self._rest()
        found = compare(sandbox.export(), self.loop.noted)
        sandbox.stop()
        broken = self.broken + open_items(self.folder)
        return {
            **found.as_json(),
            "broken": broken,
            "calls": self.calls,
            "failed": self.failed,
            "edits": self.edits,
            "runs": runs,
            "ends": dict(self.ends),
        }

    def edit(self) -> None:
        """Let a person edit a field; on each side fields of its own, so that all must stand."""
        loop, noted = self.loop, self.loop.noted
        self.edits += 1
        if self.random.random() < 0.5:
            email, id = self.random.choice(list(loop.on_the_left().items()))
            city = f"City {self.edits}"
            noted.people[email]["city"] = city
            loop.sandbox.edit("hubspot", "contacts", id, {"city": city}, by="person")
            return
        email, (name, id) = self.random.choice(list(loop.on_the_right().items()))
        title = f"Title {self.edits}"
        noted.people[email]["title"] = title
        loop.sandbox.edit("salesforce", name, id, {"Title": title}, by="person")

    def _rest(self) -> int:
        """Run until nothing is left to do; give how many runs that took."""
        for number in range(_CALM_RUNS):
            self.loop.sandbox.clock.move(timedelta(hours=7))
            self._run(full=number == 0)
            before = list(self.loop.sandbox.export())
            wrong = compare(before, self.loop.noted)
            if not wrong and not open_items(self.folder):
                break
        self.loop.sandbox.clock.move(timedelta(minutes=5))
        self._run(full=False)
        changed = [line for line in self.loop.sandbox.export() if line not in before]
        self.broken += [f"a run with no edits wrote {line}"[:300] for line in changed[:3]]
        return number + 1

    def _run(self, *, full: bool) -> None:
        sandbox = self.loop.sandbox
        try:
            with open_workshop(
                self.folder,
                sandbox.environment(),
                purpose=Purpose.RUN,
                clock=sandbox.clock.now,
            ) as workshop:
                self.ends[str(run_once(workshop, as_json=True, full=full)["exit"])] += 1
        except CrmSyncError as stopped:
            code = getattr(stopped, "code", "")
            self.ends[f"{stopped.exit_code} ({type(stopped).__name__} {code})"] += 1
            if self.calm:
                self.broken.append(f"stopped though nothing was in its way: {stopped}")


def _quicken(loop: Loop) -> None:
    """Let attempts follow each other at once, and wait for silent CRMs for a moment only."""
    import connectors.hubspot
    import connectors.salesforce

    for package, name in (
        (connectors.hubspot, "HubSpotSettings"),
        (connectors.salesforce, "SalesforceSettings"),
    ):
        connect = connect_resting(
            partial(package.connect, clock=loop.sandbox.clock.now), lambda _seconds: None
        )
        package.connect = connect  # type: ignore[attr-defined]
        settings = partial(getattr(package, name), read_timeout=_PATIENCE)
        setattr(package, name, settings)


class Stage:
    """Both CRMs in line, from which each story is told anew."""

    def __init__(self, folder: Path, *, size: int) -> None:
        """Bring both CRMs into line."""
        self.folder = folder
        self.loop = Loop(folder / "project", size=size)
        _quicken(self.loop)
        self.loop.sandbox.start()
        self._run()
        self.loop.warm_up()
        self._run()
        self._run()
        self.loop.sandbox.stop()

    def tell(self, seed: str) -> dict[str, Any]:
        """Tell one story in a copy of everything, which is a process of its own."""
        return told_apart(partial(self._tell, seed))

    def _tell(self, seed: str) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        project = Path(shutil.copytree(self.loop.folder, folder / "project"))
        told = _Tale(self.loop, project, seed).tell()
        shutil.rmtree(folder)
        return told

    def _run(self) -> None:
        sandbox = self.loop.sandbox
        with open_workshop(
            self.loop.folder,
            sandbox.environment(),
            purpose=Purpose.RUN,
            clock=sandbox.clock.now,
        ) as workshop:
            ended = run_once(workshop, as_json=True)
        assert ended["exit"] == 0, ended


def main() -> int:
    """Tell all stories, and say what was found."""
    wanted = _parser().parse_args()
    os.environ["REVLOOP_LOG_LEVEL"] = "critical"
    read_everything()
    with tempfile.TemporaryDirectory(prefix="revloop-storm-") as folder:
        stage = Stage(Path(folder), size=wanted.size)
        if wanted.story:
            return _tell_all(stage, [wanted.story])
        first = wanted.first
        return _tell_all(
            stage, [f"{wanted.seed}:{number}" for number in range(first, first + wanted.stories)]
        )


def _tell_all(stage: Stage, seeds: list[str]) -> int:
    begun = time.monotonic()
    counts = dict.fromkeys(("twice", "lost", "differ", "broken"), 0)
    sums: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for number, seed in enumerate(seeds, start=1):
        told = stage.tell(seed)
        for name in counts:
            counts[name] += len(told.get(name, ()))
        sums.update({name: told.get(name, 0) for name in ("calls", "failed", "edits")})
        ends.update(told.get("ends", {}))
        if any(told.get(name) for name in counts):
            what = {name: told[name][:4] for name in counts if told.get(name)}
            print(f"story {seed}: {what}", flush=True)
        if number % 20 == 0 or number == len(seeds):
            print(
                f"{number} of {len(seeds)} storms in {time.monotonic() - begun:,.0f} s "
                f"({sums['failed']:,} of {sums['calls']:,} calls failed, {sums['edits']:,} edits "
                f"meanwhile): {counts['twice']} duplicates, {counts['lost']} lost edits, "
                f"{counts['differ']} differences, {counts['broken']} other breaks",
                flush=True,
            )
    print("runs ended:", ", ".join(f"{end} {n} times" for end, n in ends.most_common()))
    return int(any(counts.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first", type=int, default=0, help="begin with this story of the seed")
    parser.add_argument("--size", type=int, default=1, help="some 50 changes each")
    parser.add_argument("--story", help="tell this one alone, as a run before named it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
