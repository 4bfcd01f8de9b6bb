"""Processes made before they are needed: each waits until it is told which command to be."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.pauses import connect_resting

__all__ = ["Understudy", "cast", "read_everything", "told_apart"]

_FAILED = 111


def read_everything() -> None:
    """Import what a run needs, so that each understudy begins at once."""
    import cli
    import connectors.hubspot
    import connectors.salesforce
    import console.facts_wiring
    import console.sales_wiring
    import console.syncing
    import mappings.lifecycle.reading
    import sync.engine.run
    import sync.state

    read = (cli, connectors, console, mappings, sync)
    assert all(sys.modules[one.__name__] is one for one in read)


def told_apart(tell: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what a function tells in a copy of this process, which is left as it was.

    A copy that fails says so on standard error, and tells of one break.
    """
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reads)
        try:
            text = json.dumps(tell())
            with os.fdopen(writes, "w", encoding="utf-8") as out:
                out.write(text)
        except BaseException:  # noqa: BLE001 - it is shown, and whoever waits goes on
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as out:
        text = out.read()
    os.waitpid(pid, 0)
    told: dict[str, Any] = json.loads(text or '{"broken": ["it could not be told"]}')
    return told


class Understudy:
    """A process of its own that becomes one `revloop` command.

    It is made by a process with one thread, before that one serves anything.
    """

    def __init__(self, folder: Path, *, pauses: bool = False) -> None:
        """Wait for the cue; output goes to files in `folder`. Without `pauses` it never rests."""
        self._output = folder
        self._lives = True
        reads, self._cue = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._cue)
            _play(reads, folder, pauses=pauses)
        os.close(reads)

    def go(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Begin."""
        os.write(self._cue, json.dumps([list(arguments), dict(environment)]).encode())
        os.close(self._cue)

    def kill(self) -> None:
        """End it at once, in whatever it is doing."""
        os.kill(self.pid, 9)

    def wait(self) -> int:
        """Wait for its end; gives the exit code, or the number of the signal below nought."""
        _, status = os.waitpid(self.pid, 0)
        self._lives = False
        return os.waitstatus_to_exitcode(status)

    def end(self) -> None:
        """Kill it where it was not waited for, stopped or waiting as it may be."""
        if self._lives:
            self.kill()
            self.wait()

    def said(self) -> str:
        """Give all it printed."""
        found = sorted(self._output.glob(f"{self.pid}.*"))
        return "".join(path.read_text(encoding="utf-8") for path in found)


@contextmanager
def cast(*understudies: Understudy) -> Iterator[Sequence[Understudy]]:
    """Give them; none of them outlives the block."""
    try:
        yield understudies
    finally:
        for one in understudies:
            one.end()


def _play(cue: int, folder: Path, *, pauses: bool) -> None:
    """Wait, be the command, and end without what a test process would do at its end."""
    code: object = _FAILED
    try:
        told = os.read(cue, 1 << 16)
        if not told:
            os._exit(0)
        arguments, environment = json.loads(told)
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(folder / f"{os.getpid()}.{name}", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(environment)
        if not pauses:
            _take_pauses_away()
        import cli

        sys.argv = ["revloop", *arguments]
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - whatever it was, the parent is told
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else _FAILED)


def _take_pauses_away() -> None:
    """Let attempts follow each other at once; how long they wait has tests of its own."""
    import connectors.hubspot
    import connectors.salesforce

    pause: Callable[[float], None] = lambda _seconds: None  # noqa: E731
    for package in (connectors.hubspot, connectors.salesforce):
        package.connect = connect_resting(package.connect, pause)  # type: ignore[attr-defined]
