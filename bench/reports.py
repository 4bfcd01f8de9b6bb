"""The funnel report beside one `SELECT count(*)` over its events, and its memory at two sizes.

    python -m bench.reports [--small 10000] [--large 1000000] [--events 5]

So many people enter so many stages, with one event and one stay for each; ten thousand of them are
worked out as the product does, and copied in SQL, some hours later each time. What is timed is the
whole report in a process of its own: opening the state and all lines, with days and business hours,
once for all time and once for a month. The floor is counting the events in the same process, each
the best of some rounds. Beside the seconds on the wall stand those of the processor, which do not
depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from reports.frame import Period
from reports.funnel import funnel_report
from reports.state_view import StateView
from reports.view import StageWords
from sync.domain.facts import FactKind, StaysOf
from sync.domain.hours import BusinessCalendar
from sync.domain.outcomes import Agreement
from sync.domain.timeline import Stay, Timeline
from sync.state import open_store
from sync.state.tables import stage_entries

__all__ = ["Measured", "make_state", "measure"]

_ROOT = Path(__file__).resolve().parent.parent
_ROUNDS = 3
_TO_REACH = 30
_STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer")
_AS_OF = datetime(2026, 10, 1, tzinfo=UTC)
_MONTH = Period(since=datetime(2025, 9, 1, tzinfo=UTC), until=datetime(2025, 10, 1, tzinfo=UTC))

_HOURS = BusinessCalendar(days=range(5), start=clock(9), end=clock(17), zone=UTC)
_SECOND = timedelta(seconds=1)

#: So many people are told apart; all others do the same as one of them, some hours later.
_KINDS = 10_000
_COLUMNS = tuple(column.name for column in stage_entries.c)
_TIMES = ("entered", "left_at", "top_at", "before")
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_COPY = (
    "INSERT INTO stage_entries ({}) SELECT {} FROM stage_entries WHERE link_id <= :kinds".format(  # noqa: S608 - names of our own
        ", ".join(f'"{name}"' for name in _COLUMNS),
        ", ".join(
            {"link_id": "link_id + :offset"}.get(name, f'"{name}"')
            + (" + :later" if name in _TIMES else "")
            for name in _COLUMNS
        ),
    )
)
_EVENTS = """
INSERT INTO stage_events
  (pair, link_id, side, object, record_id, at, field, from_value, to_value, source, by_us)
SELECT 'contacts', link_id, 'left', 'contacts', CAST(link_id AS TEXT),
       strftime('%Y-%m-%dT%H:%M:%S', entered / 1000000, 'unixepoch')
         || printf('.%06dZ', entered % 1000000),
       'lifecyclestage', NULL, json_quote('stage' || rank), '', 0
FROM stage_entries
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was seen of one state: seconds on the wall and of the processor, and the peak memory.

    The peak is in kibibytes.
    """

    events: int
    count: tuple[float, float]
    report: tuple[float, float]
    month: tuple[float, float]
    kibibytes: int

    @property
    def ratios(self) -> tuple[float, float]:
        """How many times the count the report over all time takes, on the wall and in here."""
        return self.report[0] / self.count[0], self.report[1] / self.count[1]


def make_state(path: Path, *, people: int, events: int) -> None:
    """Make a state of so many people with so many events each."""
    with open_store(f"sqlite:///{path}") as store:
        store.facts.keep_stays([_person(id, events) for id in range(1, min(people, _KINDS) + 1)])
    with sqlite3.connect(path) as database:
        named = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE 'stage_e%'"
        )
        indexes = [row for row in database.execute(named).fetchall() if row[1]]
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        for copy in range(1, people // _KINDS):
            later = copy * 3_600_000_000
            database.execute(_COPY, {"later": later, "offset": copy * _KINDS, "kinds": _KINDS})
        database.execute(_EVENTS)
        for _, text in indexes:
            database.execute(text)
    database.close()


def _person(id: int, events: int) -> StaysOf:
    """Give a person with so many stays of minutes to weeks; some skip a stage, some go back."""
    chance = Random(id)  # noqa: S311 - alike each time
    at = _BEGIN + timedelta(minutes=chance.randrange(400_000))
    moves: list[tuple[datetime, int]] = []
    rank = -1
    for _ in range(events):
        step = chance.choice((1, 1, 1, 1, 2, -1))
        rank = (rank + step) % len(_STAGES)
        moves.append((at, rank))
        at += timedelta(seconds=chance.randrange(60, 3_000_000))
    ends = [*pairwise(moves), (moves[-1], None)]
    stays = tuple(
        Stay(
            rank=rank,
            entered=at,
            left=after[0] if after is not None else None,
            next_rank=after[1] if after is not None else None,
        )
        for (at, rank), after in ends
    )
    business = tuple(
        None if one.left is None else _HOURS.between(one.entered, one.left) // _SECOND
        for one in stays
    )
    return StaysOf(link_id=id, timeline=Timeline(stays=stays), business=business)


def measure(path: Path) -> Measured:
    """Report on a state in a new process."""
    words = [sys.executable, "-m", "bench.reports", "--one", str(path)]
    answer = subprocess.run(words, cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    return Measured(**json.loads(answer.stdout))


def _one(path: Path) -> None:
    with sqlite3.connect(path) as database:
        (events,) = database.execute("SELECT count(*) FROM stage_events").fetchone()
        count = _best(lambda: database.execute("SELECT count(*) FROM stage_events").fetchone())
    database.close()

    def report(period: Period) -> None:
        with open_store(f"sqlite:///{path}") as store:
            view = StateView(
                reading=store.reading,
                as_of=_AS_OF,
                agreement=Agreement(currency="EUR"),
                pairs={FactKind.PERSON: "contacts"},
                stages=[
                    StageWords(name=name, means="", rank=rank) for rank, name in enumerate(_STAGES)
                ],
            )
            lines = list(funnel_report(view, period, hours=_HOURS).lines)
            assert sum(int(str(line["entered"])) for line in lines)

    measured = Measured(
        events=events,
        count=count,
        report=_best(lambda: report(Period())),
        month=_best(lambda: report(_MONTH)),
        # On Linux in kibibytes, on macOS in bytes.
        kibibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        // (1024 if sys.platform == "darwin" else 1),
    )
    print(json.dumps(asdict(measured)))


def _best(work: Callable[[], object]) -> tuple[float, float]:
    """Give the least seconds on the wall, and of the processor."""
    walls, processors = [], []
    for _ in range(_ROUNDS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)


def _told(seconds: tuple[float, float]) -> str:
    return f"{seconds[0]:.3f} ({seconds[1]:.3f})"


def main() -> None:
    """Print both sizes, the ratio to the floor and that of the peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=5, help="for each person")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one is not None:
        _one(wanted.one)
        return
    found: list[Measured] = []
    with TemporaryDirectory() as folder:
        for people in (wanted.small, wanted.large):
            path = Path(folder) / f"{people}.db"
            begun = time.perf_counter()
            make_state(path, people=people, events=wanted.events)
            made = time.perf_counter() - begun
            one = measure(path)
            found.append(one)
            print(
                f"{people:>9,} people, {one.events:,} events (made in {made:.0f} s), seconds on "
                f"the wall and of the processor:\n"
                f"{'':>10}count {_told(one.count)}, funnel {_told(one.report)}, of a month "
                f"{_told(one.month)}, peak {one.kibibytes / 1024:.1f} MiB"
            )
    wall, processor = found[-1].ratios
    print(
        f"funnel / count: {wall:.1f} on the wall, {processor:.1f} of the processor (to reach: "
        f"under {_TO_REACH})"
    )
    print(f"ratio of the peaks: {found[1].kibibytes / found[0].kibibytes:.2f}")


if __name__ == "__main__":
    main()
