"""A document with commands and what they print: run anew, compared, and written anew on demand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.desk import COMMAND

__all__ = ["Said", "Step", "masked", "matches", "play", "read_steps", "rewritten"]

#: Stands for any lines, none included.
ANY = "…"

#: What a document calls the folder everything happens in.
FOLDER = "/home/ada/acme"

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATIENCE = 120

#: What differs from one run to the next, and what stands in its place.
_MASKS = (
    (re.compile(r"/\S+/(?=state/|mappings/)"), "DIR/"),
    (re.compile(r"\b00[\dA-Za-z]{13}(?:[\dA-Za-z]{3})?\b"), "ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d{7}\b"), "ID"),
    (re.compile(r"\b[\d,]+ of (625,000|100,000) calls"), r"N of \1 calls"),
    (re.compile(r"\b[\d.]+ ?s(?:econds?)?\b"), "TIME"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a document, and the lines that stand below it."""

    command: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    lines: tuple[str, ...]
    code: int


def read_steps(text: str) -> list[Step]:
    """Give the commands of a document in order."""
    return [step for block in _BLOCK.findall(text) for step in _steps(block)]


def _steps(block: str) -> Iterator[Step]:
    command: str | None = None
    lines: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield Step(command, tuple(lines))
            command, lines = line.removeprefix("$ "), []
        else:
            lines.append(line)
    if command is not None:
        yield Step(command, tuple(lines))


def play(step: Step, folder: Path, environment: dict[str, str]) -> Said:
    """Run one command as an admin does, in the folder."""
    first, *rest = shlex.split(step.command)
    assert first == "revloop"
    done = subprocess.run(
        [*COMMAND, *rest],
        cwd=folder,
        # On a terminal nobody sees what a job would log.
        env={"PATH": os.environ["PATH"], "REVLOOP_LOG_LEVEL": "warning", **environment},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return Said(tuple(line.rstrip() for line in lines), done.returncode)


def masked(text: str) -> str:
    """Give a text with what differs from run to run masked, on one line."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


def matches(wanted: Sequence[str], got: Sequence[str]) -> bool:
    """Tell whether lines are as a document has them; its `…` stands for any number of them.

    Where lines are broken does not count: that depends on how long a path is.
    """
    parts = "\n".join(wanted).split(f"\n{ANY}\n") if ANY in wanted else ["\n".join(wanted)]
    pattern = r"(?: .*)? ".join(re.escape(masked(part)) for part in parts)
    return re.fullmatch(pattern, masked("\n".join(got)), re.DOTALL) is not None


#: How many lines of a long print are shown: of its head, and of its tail.
_SHOWN = {"init": (74, 14), "plan": (34, 8)}
_SHOWN_ELSE = (40, 12)


def rewritten(text: str, said: Sequence[Said], *, folder: Path) -> str:
    """Give a document with what its commands print now; long prints are cut in the middle."""
    answers = iter(said)

    def block(found: re.Match[str]) -> str:
        parts = [
            f"$ {step.command}\n"
            + "".join(f"{line}\n" for line in _cut(step, next(answers), folder))
            for step in _steps(found[1])
        ]
        return "```console\n" + "".join(parts) + "```"

    return _BLOCK.sub(block, text)


def _cut(step: Step, said: Said, folder: Path) -> list[str]:
    head, tail = _SHOWN.get(step.command.split()[1], _SHOWN_ELSE)
    lines = [line.replace(str(folder), FOLDER) for line in said.lines]
    if len(lines) <= head + tail:
        return lines
    return [*lines[:head], ANY, *lines[-tail:]]
