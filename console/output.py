"""Printing for people and for machines, and writing files only their owner can read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["WIDTH", "check_writable", "paper", "print_json", "write_open", "write_private"]

#: How wide lines are where no terminal says otherwise, in characters.
WIDTH = 110

#: Tables narrower than this leave columns out; the terminal may break longer lines itself.
_NARROWEST = 80


def paper() -> Console:
    """Give what people read from: colours and width of the terminal, plain text elsewhere."""
    from rich.console import Console

    class Paper(Console):
        """Leaves an output that nobody reads any more to the command line."""

        def on_broken_pipe(self) -> None:
            """Go on as any other writer does, rather than end with a code of its own."""
            raise BrokenPipeError

    width = None if sys.stdout.isatty() else WIDTH
    out = Paper(file=sys.stdout, width=width, highlight=False, soft_wrap=False)
    out.width = max(out.width, _NARROWEST)
    return out


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command."""
    # An output that cannot show every letter gets them all as JSON's own escapes.
    plain = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    print(json.dumps(document, ensure_ascii=plain, indent=2))


def check_writable(path: Path) -> None:
    """Refuse a name that is no file's, before any work is done for it; raises UsageError."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file; name one that may be replaced")
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")


def write_private(path: Path, lines: Iterable[str]) -> None:
    """Write a text file only its owner can read, whole or not at all.

    Raises UsageError where that is not possible.
    """
    _write(path, lines, mode=0o600)


def write_open(path: Path, lines: Iterable[str]) -> None:
    """Write a text file that others may read, whole or not at all; no personal data goes there.

    Raises UsageError where that is not possible.
    """
    _write(path, lines, mode=0o644)


def _write(path: Path, lines: Iterable[str], *, mode: int) -> None:
    check_writable(path)
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(lines)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise UsageError(f"{path} cannot be written ({exc.strerror}); name another file") from exc
