"""How long an edit on one side takes to arrive on the other, with `revloop sync` run once.

    python -m bench.arrival [--people 2000] [--late 0.15]

The clock starts with the edit, at which `revloop sync` is started as a process of its own, and
stops when the other CRM holds the new value; it is asked every few milliseconds by a way no CRM
knows of. Beside it stands what three calls in a row take: to read what changed, to read its
counterpart, to write it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console

from bench.first_sync import LATE
from bench.idle import edit, send
from bench.table import Row, show
from bench.world import World, at_once, begin, new_project, serving
from sync.domain.record import Side
from sync.engine.run import sync

__all__ = ["rows"]

_ROOT = Path(__file__).resolve().parent.parent
_SYNC = (sys.executable, "-m", "cli", "sync", "--json", "--project")
_LATER = 1_200.0
_CALLS = 3
_LOOK = 0.01

#: What is edited in one CRM, and where it arrives in the other.
_TITLES = {"hubspot": ("salesforce/Lead", "Title"), "salesforce": ("hubspot/contacts", "jobtitle")}


def rows(*, full: bool) -> Iterator[Row]:
    """Measure an edit each way; the median of some."""
    yield from _rows(10_000 if full else 1_000, late=LATE, times=9 if full else 3)


def _rows(people: int, *, late: float, times: int) -> Iterator[Row]:
    with (
        new_project() as folder,
        serving(people, in_salesforce=people, seconds=late) as world,
    ):
        with begin(folder, world.environment, sleep=at_once) as session:
            sync(session)
            (first, *_) = session.store.records.iterate("contacts", Side.LEFT, "contacts")
            links = session.store.links.of("contacts", Side.LEFT, [one.ref for one in first])
        for by in _TITLES:
            took = []
            for number, link in zip(range(times), links.values(), strict=False):
                ids = {"hubspot": link.left.id, "salesforce": link.right.id}
                took.append(_arrival(world, folder, ids, by=by, value=f"{by} {number}"))
            yield Row(
                measure="arrival",
                size=f"one edit in {by} of {people:,} linked people, "
                f"each call takes {late * 1000:.0f} ms",
                figure=sorted(took)[len(took) // 2],
                unit="s",
                beside="three calls in a row",
                other=_CALLS * late or None,
                note=f"median of {times}; with the start of the process",
            )


def _arrival(world: World, folder: Path, ids: dict[str, str], *, by: str, value: str) -> float:
    """Edit a record, sync once, and give the seconds until the other CRM holds the value."""
    send(world, "POST", "/clock", {"seconds": _LATER})
    place, name = _TITLES[by]
    other = place.partition("/")[0]
    begun = time.perf_counter()
    edit(world, by, [ids[by]], value)
    command = [*_SYNC, str(folder)]
    environment = {**os.environ, **world.environment}
    with subprocess.Popen(  # noqa: S603 - our own
        command,
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        arrived = None
        while arrived is None:
            ended = process.poll() is not None
            if _value(world, f"/{place}/{ids[other]}", name) == value:
                arrived = time.perf_counter() - begun
            elif ended:
                raise SystemExit(f"revloop sync ended with {process.returncode}: nothing arrived")
            else:
                time.sleep(_LOOK)
    return arrived


def _value(world: World, path: str, name: str) -> object:
    with urlopen(f"{world.control}{path}") as answer:  # noqa: S310 - loopback
        told = json.load(answer)
    return (told.get("properties") or told.get("fields") or told).get(name)


def main() -> None:
    """Print both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--late", type=float, default=LATE, help="seconds each call takes")
    wanted = parser.parse_args()
    show(_rows(wanted.people, late=wanted.late, times=5), Console(width=160))


if __name__ == "__main__":
    main()
