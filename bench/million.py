"""What a run costs where very many are linked: nothing changed, and 1,000 records changed.

    python -m bench.million [--links 10000 100000 1000000] [--on sqlite postgresql]

A first sync of 2,000 people makes the state; all other links are put into it as a first sync would
have left them. The sandbox holds the 2,000 only: neither kind of run asks for any other record.
The full comparison of one side, due once a day, is handed ids and stamps that are made up here.
Each run is a process of its own, whose peak is measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from bench.idle import edit, send
from bench.many_links import fill, stamps_of
from bench.memory import own_peak
from bench.table import Row, show
from bench.world import World, at_once, begin, new_project, serving
from sync.domain.record import Record, Side
from sync.engine.compare import compare_fully
from sync.engine.pull import Reading
from sync.engine.run import sync
from sync.engine.session import Session

__all__ = ["rows"]

_ROOT = Path(__file__).resolve().parent.parent
_SERVED = 2_000
_CHANGED = 1_000
_LATER = timedelta(minutes=20)

#: How much more a run may take of memory, at the largest size beside the smallest.
_MOST = 1.5


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run took."""

    seconds: float
    processor: float
    mebibytes: float
    calls: int


def rows(
    *, full: bool, sizes: Sequence[int] = (), kinds: Sequence[str] = ("sqlite", "postgresql")
) -> Iterator[Row]:
    """Measure each kind of run on each database at each size."""
    wanted = sizes or ((10_000, 100_000, 1_000_000) if full else (10_000, 100_000))
    for kind in kinds:
        with _state_on(kind) as state:
            if state is None:
                continue
            least: dict[str, _Run] = {}
            for links, what, run in _measured(state, sorted(wanted)):
                first = least.setdefault(what, run)
                yield from _rows(f"{what}, {kind}", links, run, first)


def _rows(measure: str, links: int, run: _Run, first: _Run) -> Iterator[Row]:
    size = f"{links:,} links"
    is_first = run is first
    yield Row(
        measure=measure,
        size=size,
        figure=run.processor,
        unit="s",
        beside="" if is_first else "at the fewest",
        other=None if is_first else first.processor,
        note=f"of the processor; {run.seconds:.2f} s in all, {run.calls} calls",
    )
    yield Row(
        measure=f"{measure}: peak",
        size=size,
        figure=run.mebibytes,
        unit="MiB",
        beside="" if is_first else "at the fewest",
        other=None if is_first else first.mebibytes,
        target=None if is_first else _MOST,
    )


def _measured(state: str, sizes: Sequence[int]) -> Iterator[tuple[int, str, _Run]]:
    with new_project() as folder, serving(_SERVED, in_salesforce=_SERVED) as world:
        environment = {**world.environment, **({"REVLOOP_STATE": state} if state else {})}

        def later() -> None:
            send(world, "POST", "/clock", {"seconds": _LATER.total_seconds()})

        def run(what: str) -> _Run:
            return _in_a_process(folder, environment, world, what)

        with begin(folder, environment, sleep=at_once) as session:
            sync(session)
            ids = [link.left.id for link in session.store.links.beyond("contacts", 0, size=_SERVED)]
            url = state or _url_of(folder)
        later()
        run("sync")
        for links in sizes:
            fill(url, links)
            later()
            run("sync")
            later()
            yield links, "nothing changed", run("sync")
            later()
            edit(world, "hubspot", ids[:_CHANGED], f"changed at {links}")
            yield links, f"{_CHANGED:,} changed", run("sync")
            yield links, "full comparison of a side", run("compare")


def _url_of(folder: Path) -> str:
    return f"sqlite:///{(folder / 'state' / 'revloop.db').resolve()}"


@contextmanager
def _state_on(kind: str) -> Iterator[str | None]:
    """Give where the state is to be: "" is the project's own file, None is no server."""
    if kind == "sqlite":
        yield ""
        return
    from tests.postgres import empty_database, why_no_server

    if (why := why_no_server()) is not None:
        print(f"  not measured on PostgreSQL: {why}", file=sys.stderr)
        yield None
    else:
        yield empty_database()


# --- one run, in a process of its own -------------------------------------------------------------


def _in_a_process(folder: Path, environment: Mapping[str, str], world: World, what: str) -> _Run:
    before = sum(world.calls().values())
    told = json.dumps({"folder": str(folder), "environment": dict(environment), "what": what})
    answer = subprocess.run(
        [sys.executable, "-m", "bench.million", "--one"],
        cwd=_ROOT,
        check=True,
        input=told,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, processor, mebibytes = map(float, answer.stdout.split())
    return _Run(seconds, processor, mebibytes, sum(world.calls().values()) - before)


def _one() -> None:
    told: dict[str, Any] = json.load(sys.stdin)
    with begin(Path(told["folder"]), told["environment"], sleep=at_once) as session:
        start, processor = time.perf_counter(), time.process_time()
        if told["what"] == "compare":
            _compare(session)
        else:
            sync(session)
        took = time.perf_counter() - start, time.process_time() - processor
    print(*took, own_peak() / 1024)


def _compare(session: Session) -> None:
    """Compare all of HubSpot's contacts with the state, none of which has moved."""
    pair = session.pairs[0]
    query = None
    mark = session.store.marks.get(pair.name, Side.LEFT, "contacts")
    crm = session.crms[Side.LEFT]
    session.crms = {**session.crms, Side.LEFT: cast(Any, _Listed(crm, stamps_of(session)))}
    reading = Reading(
        pair=pair, side=Side.LEFT, object_name="contacts", mark=mark, query=cast(Any, query)
    )
    gone = compare_fully(session, reading)
    assert not gone
    assert not session.store.staging.holds(pair.name)


class _Listed:
    """A CRM whose list of ids and stamps is made up."""

    def __init__(self, crm: object, pages: Iterable[Sequence[Record]]) -> None:
        self._crm = crm
        self._pages = pages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    def read_stamps(self, _object: str, _fields: object = ()) -> Iterable[Sequence[Record]]:
        """Give them."""
        return self._pages


def main() -> None:
    """Print what each run took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        _one()
        return
    show(rows(full=True, sizes=wanted.links, kinds=wanted.on), Console(width=180))


if __name__ == "__main__":
    main()
