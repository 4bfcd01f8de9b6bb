"""Tell stories of the loop for as long as it takes: a million steps, over all processors.

    python -m tests.property.soak [--steps 1000000] [--seed 7] [--processes 2] [--story 7:123]

Each run has a seed of its own, unless it is told one. The first story that breaks something is
made short and printed with the command that tells it again; then the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from multiprocessing import get_context
from secrets import randbelow

from tests.property.loop_story import STEPS, Break, find_break, shortest

__all__ = ["main"]

_EVERY = 10.0


def main() -> int:
    """Tell the stories, and say how far they are."""
    wanted = _parser().parse_args()
    if wanted.story:
        return _tell(find_break(wanted.story))
    print(f"REVLOOP_SEED={wanted.seed}: {wanted.steps:,} steps in stories of {STEPS}", flush=True)
    stories = -(-wanted.steps // STEPS)
    seeds = (f"{wanted.seed}:{number}" for number in range(stories))
    begun = said = time.monotonic()
    with get_context("spawn").Pool(wanted.processes) as pool:
        for done, found in enumerate(pool.imap_unordered(find_break, seeds), start=1):
            if found is not None:
                pool.terminate()
                return _tell(found)
            if time.monotonic() - said > _EVERY or done == stories:
                said = time.monotonic()
                print(
                    f"{done * STEPS:>9,} of {wanted.steps:,} steps in {said - begun:,.0f} s: "
                    "all holds",
                    flush=True,
                )
    return 0


def _tell(found: Break | None) -> int:
    """Print what broke, as short as it gets; gives the exit code."""
    if found is None:
        print("all holds")
        return 0
    print(f"broken in story {found.seed}: {found.what}\nmaking it short ...", flush=True)
    print(shortest(found))
    print(f"told again by: {found.command}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=os.environ.get("REVLOOP_SEED") or _any_seed())
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--story", help="tell this story alone, as a run before named it")
    return parser


def _any_seed() -> int:
    return randbelow(1_000_000)


if __name__ == "__main__":
    sys.exit(main())
