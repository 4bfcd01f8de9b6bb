"""Peak memory of a first sync at two sizes, each in a process of its own, and their ratio.

    python -m bench.memory [--small 10000] [--large 100000]

The CRMs are served by another process, so that what is measured is the sync's own memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.table import Row

__all__ = ["Peak", "own_peak", "peak_at", "rows"]

#: How much more it may be, at the larger size.
_MOST = 1.5

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Peak:
    """What a first sync of so many people took: kibibytes at most, and how many were linked."""

    people: int
    kibibytes: int
    linked: int


def peak_at(people: int) -> Peak:
    """Sync so many people for the first time in a new process; give its peak."""
    words = [sys.executable, "-m", "bench.memory", "--one", str(people)]
    answer = subprocess.run(words, cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    kibibytes, linked = map(int, answer.stdout.split())
    return Peak(people, kibibytes, linked)


def own_peak() -> int:
    """Give the most memory this process has had, in kibibytes.

    Not by `getrusage` where there is another way: there the process that started this one counts.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak  # macOS counts in bytes


def _one(people: int) -> None:
    """Sync in this process; three of four people are in both CRMs, a part of the rest is made."""
    from bench.world import at_once, begin, new_project, serving
    from sync.engine.run import sync

    with (
        serving(people, in_salesforce=people * 3 // 4) as world,
        new_project() as folder,
        begin(folder, world.environment, sleep=at_once) as session,
    ):
        sync(session)
        linked = session.store.links.count("contacts")
        print(own_peak(), linked)


def rows(*, full: bool) -> Iterator[Row]:
    """Measure the peak of a first sync at two sizes."""
    small, large = (peak_at(people) for people in ((10_000, 100_000) if full else (2_000, 10_000)))
    yield Row(
        measure="peak of a first sync",
        size=f"{large.people:,} people",
        figure=large.kibibytes / 1024,
        unit="MiB",
        beside=f"{small.people:,} people",
        other=small.kibibytes / 1024,
        target=_MOST,
    )


def main() -> None:
    """Print both peaks and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one is not None:
        _one(wanted.one)
        return
    peaks = [peak_at(people) for people in (wanted.small, wanted.large)]
    for peak in peaks:
        print(f"{peak.people:>9,} people: {peak.kibibytes / 1024:6.1f} MiB, {peak.linked:,} links")
    print(f"ratio: {peaks[1].kibibytes / peaks[0].kibibytes:.2f} (to reach: at most 1.50)")


if __name__ == "__main__":
    main()
