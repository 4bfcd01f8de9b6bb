"""Peak memory of a first sync at two sizes, each in a process of its own, and their ratio.

    python -m bench.memory [--small 10000] [--large 100000]

The CRMs are served by another process, so that what is measured is the sync's own memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Peak", "peak_at"]

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
        # On Linux in kibibytes, on macOS in bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(peak // 1024 if sys.platform == "darwin" else peak, linked)


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
