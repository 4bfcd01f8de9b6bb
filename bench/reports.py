"""The funnel report beside one `SELECT count(*)` over its events, and its memory at two sizes.

    python -m bench.reports [--small 10000] [--large 1000000] [--events 5]

States are made directly in SQL: so many people, each of whom entered so many stages, one event and
one stay for each. What is timed is the whole report in a process of its own: opening the state, all
lines, with days and business hours; once for all time and once for a month. The floor is counting
the events in the same process, each the best of some rounds.
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
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory

from reports.frame import Period
from reports.funnel import funnel_report
from reports.state_view import StateView
from reports.view import StageWords
from sync.domain.facts import FactKind
from sync.domain.hours import BusinessCalendar
from sync.domain.outcomes import Agreement
from sync.state import open_store

__all__ = ["Measured", "make_state", "measure"]

_ROOT = Path(__file__).resolve().parent.parent
_ROUNDS = 3
_TO_REACH = 30
_STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer")
_AS_OF = datetime(2026, 10, 1, tzinfo=UTC)
_MONTH = Period(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC))

#: Each stay lasts from minutes to weeks, told by the person's number, so that every state is alike;
#: one in five of a person's moves skips a stage, and one in nine goes back.
_STAYS = """
WITH RECURSIVE
  people(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM people WHERE id < :people),
  turns(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM turns WHERE n + 1 < :events),
  told AS (
    SELECT id, n, (id * 2654435761 + n * 40503) % 1000003 AS lot FROM people CROSS JOIN turns
  ),
  placed AS (
    SELECT id, n, lot,
           min(5, max(0, n + (lot % 5 = 0) - 2 * (lot % 9 = 0))) AS rank,
           (1767225600 + (id * 7919) % 15552000) * 1000000 + n * 900000000000
             + lot * 800000 AS entered
    FROM told
  )
INSERT INTO stage_entries (link_id, number, rank, entered, left_at, next_rank, business)
SELECT id, n, rank, entered,
       lead(entered) OVER mine, lead(rank) OVER mine,
       (lead(entered) OVER mine - entered) / 4200000
FROM placed WINDOW mine AS (PARTITION BY id ORDER BY n)
"""
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
    """What was seen of one state: seconds, and the peak of the process in kibibytes."""

    events: int
    count: float
    report: float
    month: float
    kibibytes: int

    @property
    def ratio(self) -> float:
        """How many times the count the report over all time takes."""
        return self.report / self.count


def make_state(path: Path, *, people: int, events: int) -> None:
    """Make a state of so many people with so many events each."""
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as database:
        database.execute(_STAYS, {"people": people, "events": events})
        database.execute(_EVENTS)
    database.close()


def measure(path: Path) -> Measured:
    """Report on a state in a new process."""
    words = [sys.executable, "-m", "bench.reports", "--one", str(path)]
    answer = subprocess.run(words, cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    return Measured(**json.loads(answer.stdout))


def _one(path: Path) -> None:
    hours = BusinessCalendar(days=range(5), start=clock(9), end=clock(17), zone=UTC)
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
            lines = list(funnel_report(view, period, hours=hours).lines)
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


def _best(work: Callable[[], object]) -> float:
    took = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


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
                f"{people:>9,} people, {one.events:,} events (made in {made:.0f} s): count "
                f"{one.count:.3f} s, funnel {one.report:.3f} s = {one.ratio:.1f} counts, of a "
                f"month {one.month:.3f} s, peak {one.kibibytes / 1024:.1f} MiB"
            )
    print(f"ratio to the count: {found[-1].ratio:.1f} (to reach: under {_TO_REACH})")
    print(f"ratio of the peaks: {found[1].kibibytes / found[0].kibibytes:.2f}")


if __name__ == "__main__":
    main()
