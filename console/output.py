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

__all__ = ["WIDTH", "paper", "print_json", "write_private"]

#: How wide lines are where no terminal says otherwise, in characters.
WIDTH = 110


def paper() -> Console:
    """Give what people read from: colours and width of the terminal, plain text elsewhere."""
    from rich.console import Console

    class Paper(Console):
        """Leaves an output that nobody reads any more to the command line."""

        def on_broken_pipe(self) -> None:
            """Go on as any other writer does, rather than end with a code of its own."""
            raise BrokenPipeError

    width = None if sys.stdout.isatty() else WIDTH
    return Paper(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def write_private(path: Path, lines: Iterable[str]) -> None:
    """Write a text file only its owner can read, whole or not at all.

    Raises UsageError where that is not possible.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(lines)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise UsageError(f"{path} cannot be written ({exc.strerror}); name another file") from exc
