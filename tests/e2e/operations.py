"""docs/operations.md as a script: its commands, and the situations they are meant for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.desk import ROOT

__all__ = ["DOCUMENT", "Row", "Section", "Step", "named", "read_sections"]

DOCUMENT = ROOT / "docs" / "operations.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`(revloop [^`]+)`")
_ENDS_WITH = re.compile(r"#.*\bends with (\d+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a console block, and the exit code that stands behind it."""

    command: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the words in bold it begins with, and the commands in it."""

    about: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: its title and its text, with the commands of blocks and the rows of tables."""

    title: str
    text: str

    @property
    def steps(self) -> list[Step]:
        """Give what stands behind a `$`, in order."""
        lines = [
            line
            for kind, body in _BLOCK.findall(self.text)
            if kind == "console"
            for line in body.splitlines()
        ]
        return [_step(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]

    @property
    def rows(self) -> list[Row]:
        """Give the rows of its tables."""
        lines = [line for line in self.text.splitlines() if line.startswith("| ")]
        return [Row(_bold(line), tuple(named(line))) for line in lines]


def _step(line: str) -> Step:
    code = _ENDS_WITH.search(line)
    return Step(shlex.join(shlex.split(line, comments=True)), int(code[1]) if code else 0)


def _bold(line: str) -> str:
    found = re.match(r"\| \*\*(.+?)\*\*", line)
    return found[1] if found else ""


def named(text: str) -> Iterator[str]:
    """Give the commands that a text names, each on one line."""
    yield from (" ".join(found.split()) for found in _NAMED.findall(text))


def read_sections() -> list[Section]:
    """Read the document's chapters."""
    _, *parts = re.split(r"^## \d+\. ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Section(part.partition("\n")[0], part) for part in parts]
