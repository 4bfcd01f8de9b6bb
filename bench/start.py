"""How long `revloop --help` takes beyond a Python that does nothing.

    python -m bench.start [--times 15]

Both are started in turn, each several times. The shortest time of each counts: whatever else the
machine does only ever adds to it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.table import Row, show

__all__ = ["rows"]

_ROOT = Path(__file__).resolve().parent.parent
_NOTHING = (sys.executable, "-c", "pass")
_HELP = (sys.executable, "-m", "cli", "--help")

#: Seconds beyond Python's own.
_MOST = 0.2


@dataclass(frozen=True, slots=True)
class _Took:
    """Seconds one process took, on the clock and of the processor."""

    clock: float
    processor: float


def rows(*, full: bool, times: int | None = None) -> Iterator[Row]:
    """Measure both; give the difference beside the time of Python itself."""
    count = times or (40 if full else 15)
    took: dict[tuple[str, ...], list[_Took]] = {words: [] for words in (_NOTHING, _HELP)}
    for _ in range(count):
        for words, found in took.items():
            found.append(_run(words))
    nothing, help_ = (_least(took[words]) for words in (_NOTHING, _HELP))
    yield Row(
        measure="start",
        size=f"least of {count}",
        figure=help_.clock - nothing.clock,
        unit="s",
        target=_MOST,
        note=f"`revloop --help` {help_.clock:.3f} s, `python -c pass` {nothing.clock:.3f} s; "
        f"of the processor {help_.processor:.3f} s and {nothing.processor:.3f} s",
    )


def _least(found: Sequence[_Took]) -> _Took:
    return _Took(min(one.clock for one in found), min(one.processor for one in found))


def _run(words: Sequence[str]) -> _Took:
    before, start = os.times(), time.perf_counter()
    subprocess.run(words, cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    clock, after = time.perf_counter() - start, os.times()
    processor = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return _Took(clock, processor)


def main() -> None:
    """Print the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    wanted = parser.parse_args()
    show(rows(full=False, times=wanted.times), Console())


if __name__ == "__main__":
    main()
