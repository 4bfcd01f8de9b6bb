"""A day of `revloop run` in a moved time: people edit on both sides all the while.

    python -m tests.e2e.day [--every 5m] [--hours 24] [--people 20] [--seed 1] [--starter]

The clock of both sandboxes is the job's clock, and waiting moves it. Edits are drawn by chance. At
the end nobody edits for some rounds, then `verify` reads both sides in full. What must hold stands
in `Day.broken`; the exit code is 1 where it does not.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import connectors.hubspot
import connectors.salesforce
from console.running import Wishes, run_every
from console.stopping import SignalStop
from console.verifying import verify_once
from console.wiring import Purpose, open_workshop
from mappings.durations import read_duration
from sandbox.clock import Clock
from sandbox.server import Sandbox
from tests.e2e.desk import Desk, make_desk, people

__all__ = ["Day", "MovedTime", "a_day", "without_waiting"]

#: In the middle of the day, so that the portal's midnight lies in it.
_BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)

#: What a run leaves nothing of.
_EMPTY = ("staged", "staged_keys", "plan_items", "plans", "leases")

#: Runs are kept for so long here, so that a day sees some deleted.
_KEPT = timedelta(hours=6)

_QUIET_ROUNDS = 3

#: A mapping that is quick to read and to bind, since each round does that anew.
_SMALL = """
pair: contacts
hubspot: contacts
salesforce: Lead
first_sync: salesforce
match: [email]
create: {salesforce: {when: "true"}, hubspot: {when: "true"}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title: jobtitle <-> Title
  city: city <-> City
  company: {map: company <-> Company, if_blank: "[not given]"}
"""

#: How likely somebody edits something in a minute: some hundred edits a day.
_CHANCE = 0.07


class MovedTime(SignalStop):
    """Waits by moving the sandboxes' clock, and asks for the end when the time is over.

    `meanwhile` is called before each move.
    """

    __slots__ = ("_clock", "_end", "_meanwhile")

    def __init__(
        self,
        clock: Clock,
        *,
        span: timedelta,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._end = clock.now() + span
        self._meanwhile = meanwhile

    def wait(self, seconds: float) -> bool:
        """Move the time."""
        self._meanwhile()
        self._clock.move(timedelta(seconds=seconds))
        if self._clock.now() >= self._end:
            self.ask()
        return self.asked


@dataclass
class Day:
    """What a day was like.

    `rounds` are when each began and how it ended, `sizes` the rows of the state, `peaks` the peak
    of memory in KiB and `objects` how many there are, an hour each. `told` is how many runs the
    audit tells of, `left` are the day's calls and how many are granted.
    """

    every: timedelta
    span: timedelta
    edits: int = 0
    rounds: list[tuple[datetime, int]] = field(default_factory=list)
    idle_calls: Counter[tuple[int, int]] = field(default_factory=Counter)
    sizes: list[Mapping[str, int]] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    told: int = 0
    drift: list[object] = field(default_factory=list)
    linked: int = 0
    left: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def broken(self) -> Iterator[str]:
        """Say what does not hold."""
        ends = Counter(end for _, end in self.rounds)
        if set(ends) != {0}:
            yield f"rounds ended with {dict(ends)}"
        yield from self._late()
        yield from self._grown()
        if self.drift or not self.linked:
            yield f"verify found {self.linked} linked, and drift in {self.drift[:3]}"
        if not self.edits:
            yield "nobody edited anything"
        for crm, (left, granted) in self.left.items():
            if left < granted / 2:
                yield f"{crm} has {left} of {granted} calls left"

    def _late(self) -> Iterator[str]:
        """Say which rounds were missed, or did not begin in their own time."""
        slots = [(at - _BEGIN) // self.every for at, _ in self.rounds]
        if slots != list(range(self.span // self.every)):
            yield f"rounds began in {slots}"

    def _grown(self) -> Iterator[str]:
        """Say what grew beyond what there is to know."""
        for name in _EMPTY:
            if self.sizes[-1][name]:
                yield f"{self.sizes[-1][name]} rows are left in {name}"
        # Tidied once in a while: what is older than twice that is gone.
        most = 2 * _KEPT // self.every + self.told + 2
        if self.sizes[-1]["runs"] > most:
            yield f"{self.sizes[-1]['runs']} runs are kept, and {most} are young or told of"
        early, late = len(self.peaks) // 4, len(self.peaks) - 1
        if self.peaks[late] > self.peaks[early] * 1.1 + 2_000:
            yield f"memory grew from {self.peaks[early]:,} to {self.peaks[late]:,} KiB"


class _Office:
    """People at work in both CRMs, and somebody who watches the job."""

    def __init__(self, desk: Desk, day: Day, clock: Clock, *, seed: int) -> None:
        self._desk = desk
        self._day = day
        self._clock = clock
        self._draw = random.Random(seed)
        self._until = clock.now() + day.span - _QUIET_ROUNDS * day.every
        self._hour: datetime | None = None
        self._seen = 0
        self._edited = True
        self._contacts, self._leads = self._ids("contacts"), self._ids("Lead")

    def __call__(self) -> None:
        """Watch what ran, and edit something or nothing."""
        self._watch()
        now = self._clock.now()
        if now < self._until and self._draw.random() < _CHANCE:
            self._edit()

    def _watch(self) -> None:
        rows = self._desk.rows(f"SELECT id, started, exit FROM runs WHERE id > {self._seen}")
        for number, started, end in rows:
            self._seen = number
            at = datetime.fromisoformat(started).replace(tzinfo=UTC)
            self._day.rounds.append((at, end))
            sandbox = self._desk.sandbox
            calls = (
                len(sandbox.hubspot_traffic.calls()),
                len(sandbox.salesforce_traffic.calls()),
            )
            if not self._edited:
                self._day.idle_calls[calls] += 1
            self._desk.forget_calls()
            self._edited = False
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour = hour
            self.measure()

    def measure(self) -> None:
        """Look how large everything is."""
        gc.collect()
        self._day.objects.append(len(gc.get_objects()))
        self._day.peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    def _edit(self) -> None:
        self._edited = True
        self._day.edits += 1
        word = f"{self._day.edits} {self._draw.randrange(1000)}"
        sandbox = self._desk.sandbox
        if self._draw.random() < 0.1:
            name = f"new{self._day.edits}"
            values: dict[str, Any] = {"email": f"{name}@people.example", "lastname": name}
            sandbox.add("hubspot", "contacts", values, by="person")
        elif self._draw.random() < 0.5:
            id = self._draw.choice(self._contacts)
            sandbox.edit("hubspot", "contacts", id, {"jobtitle": word}, by="person")
        else:
            id = self._draw.choice(self._leads)
            sandbox.salesforce.edit("Lead", id, {"City": word})

    def _ids(self, object_name: str) -> list[str]:
        return [
            str(line["id"])
            for line in self._desk.sandbox.export()
            if line.get("object") == object_name and "id" in line
        ]


@contextmanager
def without_waiting() -> Iterator[None]:
    """Keep no pace: both sandboxes grant any, and time moves by itself."""
    packages: tuple[Any, ...] = (connectors.hubspot, connectors.salesforce)
    before = [package.connect for package in packages]
    for package in packages:
        package.connect = _at_once(package.connect)
    try:
        yield
    finally:
        for package, connect in zip(packages, before, strict=True):
            package.connect = connect


def _at_once(connect: Callable[..., Any]) -> Callable[..., Any]:
    def connected(*arguments: Any, **named: Any) -> Any:
        return connect(*arguments, **{**named, "sleep": lambda _seconds: None})

    return connected


def a_day(
    folder: Path,
    *,
    every: timedelta,
    span: timedelta,
    size: int,
    seed: int,
    starter: bool = False,
) -> Day:
    """Let a job run for so long over so many people in both CRMs, and half as many in each.

    With `starter` by the mappings an admin starts from, else by a small one.
    """
    clock = Clock(start=_BEGIN)
    lines = people(both=size, hubspot=size // 2, salesforce=size // 2)
    with Sandbox(lines, clock=clock) as sandbox, without_waiting():
        desk = make_desk(folder / "project", sandbox)
        if not starter:
            for file in (desk.folder / "mappings").iterdir():
                file.unlink()
            (desk.folder / "mappings" / "contacts.yaml").write_text(_SMALL)
        hours = int(_KEPT.total_seconds() // 3600)
        (desk.folder / "revloop.yaml").write_text(f"keep: {{runs: {hours}h}}\n")
        day = Day(every, span)
        office = _Office(desk, day, clock, seed=seed)
        draw = random.Random(seed)
        run_every(
            desk.folder,
            Wishes(every=every),
            environment=desk.environment,
            clock=clock.now,
            draw=draw.random,
            stop=MovedTime(clock, span=span, meanwhile=office),
        )
        office.measure()
        day.told = next(desk.rows("SELECT count(DISTINCT run) FROM audit"))[0]
        with open_workshop(
            desk.folder, desk.environment, purpose=Purpose.RUN, clock=clock.now
        ) as workshop:
            day.sizes.append(workshop.store.queries.sizes())
            quota = workshop.store.runs.latest(1)[0].summary["quota"]
            # HubSpot's searches, which are all that an idle run calls, tell nothing of the day.
            day.left = {
                crm: (told["left"], told["quota"]) for crm, told in quota.items() if told["quota"]
            }
            document = verify_once(workshop, as_json=True)
            day.drift = list(document["drift"])
            day.linked = sum(pair["linked"] for pair in document["pairs"].values())
    return day


def main() -> int:
    """Tell a day and what did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=read_duration, default=timedelta(minutes=5))
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--starter", action="store_true")
    wanted = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        day = a_day(
            Path(folder),
            every=wanted.every,
            span=timedelta(hours=wanted.hours),
            size=wanted.people,
            seed=wanted.seed,
            starter=wanted.starter,
        )
    broken = list(day.broken())
    print(
        f"{len(day.rounds)} rounds, {day.edits} edits, {day.linked} linked in "
        f"{time.monotonic() - begun:,.0f} s; peak {day.peaks[len(day.peaks) // 4]:,} then "
        f"{day.peaks[-1]:,} KiB; objects {day.objects[len(day.objects) // 4]:,} then "
        f"{day.objects[-1]:,}; calls of idle rounds {dict(day.idle_calls)}; left {dict(day.left)}"
    )
    print({name: rows for name, rows in day.sizes[-1].items() if rows})
    for one in broken:
        print(f"broken: {one}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
