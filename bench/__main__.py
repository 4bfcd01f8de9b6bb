"""All measurements in one table, each beside its floor or peer, taken in the same run.

    python -m bench [--full] [--only NAME]... [--json] [--write docs/benchmarks.md]

Without `--full` the sizes are such that it takes some minutes; with it they are those of the
targets, and it takes an hour or two. What is measured now is said on standard error.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench.table import Row, as_data, as_markdown, show

__all__ = ["main"]

#: The measurements, in the order of the table: the name, and the module that has `rows`.
MEASUREMENTS = {
    "calls": "bench.cost",
    "bulk": "bench.bulk",
    "first-sync": "bench.first_sync",
    "peers": "bench.peers",
    "merge": "bench.merge",
    "memory": "bench.memory",
    "million": "bench.million",
    "start": "bench.start",
    "arrival": "bench.arrival",
}

_BEGIN = "<!-- figures: begin -->"
_END = "<!-- figures: end -->"


def main() -> int:
    """Measure what is asked for, and print it; gives the exit code."""
    wanted = _parser().parse_args()
    rows: list[Row] = []
    for name in wanted.only or MEASUREMENTS:
        rows += _measured(name, full=wanted.full)
    if wanted.json:
        print(as_data(rows))
    else:
        show(rows, Console(width=None if sys.stdout.isatty() else 200))
    if wanted.write is not None:
        _write(wanted.write, rows, "python -m bench" + (" --full" if wanted.full else ""))
    return int(any(row.reached is False for row in rows))


def _measured(name: str, *, full: bool) -> Iterator[Row]:
    """Take one measurement, and say how long it took."""
    rows: Callable[..., Iterator[Row]] = import_module(MEASUREMENTS[name]).rows
    begun = time.monotonic()
    print(f"{name} ...", file=sys.stderr, flush=True)
    for row in rows(full=full):
        beside = "" if row.ratio is None else f" ({row.ratio:,.2f} of {row.beside})"
        print(f"  {row.measure}, {row.size}: {row.figure:,.4g} {row.unit}{beside}", file=sys.stderr)
        yield row
    print(f"  took {time.monotonic() - begun:,.0f} s", file=sys.stderr, flush=True)


def _write(path: Path, rows: Sequence[Row], command: str) -> None:
    """Put the table between its two marks in a document, with what it was measured on."""
    before, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        raise SystemExit(f"{path} has no place for figures: {_BEGIN} and {_END} mark one.")
    made = f"Made by `{command}` on {_machine()}, revision {_revision()}."
    table = as_markdown(rows)
    path.write_text(f"{before}{_BEGIN}\n{made}\n\n{table}{_END}{after}", encoding="utf-8")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _revision() -> str:
    told = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"),  # noqa: S607 - whichever git the person has
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="at the sizes of the targets")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, metavar="NAME")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path, help="put the table into this document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
