"""How far a run is: bars on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["BarProgress", "LineProgress", "progress_for"]

#: A step that goes on says so in plain lines this often, in seconds.
_EVERY = 10.0


def progress_for(stream: TextIO, *, quiet: bool) -> BarProgress | LineProgress:
    """Give bars where somebody watches, lines where a log does, nothing when asked to be quiet."""
    if not quiet and stream.isatty():
        return BarProgress(stream)
    return LineProgress(stream, quiet=quiet)


class LineProgress:
    """Prints a line when a long step goes on."""

    def __init__(
        self, stream: TextIO, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Print to `stream`; `quiet` says nothing at all."""
        self._stream = stream
        self._quiet = quiet
        self._clock = clock
        self._step = ""
        self._said = clock()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def advance(self, step: str, done: int, total: int | None) -> None:
        """Say how far a step is, at most every ten seconds."""
        if self._quiet:
            return
        now = self._clock()
        if step != self._step:
            self._step, self._said = step, now
            return
        if now - self._said >= _EVERY:
            self._said = now
            of = f" of {total:,}" if total else ""
            print(f"{step}: {done:,}{of}", file=self._stream, flush=True)


class BarProgress:
    """Draws a bar for each step."""

    def __init__(self, stream: TextIO) -> None:
        """Draw on `stream`, which is a terminal."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bars: Bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin drawing."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bars away."""
        self._bars.stop()

    def advance(self, step: str, done: int, total: int | None) -> None:
        """Move the bar of a step."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)
