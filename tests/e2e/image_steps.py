"""The steps of deploy/Dockerfile, read from it, to be taken without a container engine.

`python -m tests.e2e.image_proof` takes all of them in a root file system of their own; the tests
take the ones that build and install in a folder.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.desk import ROOT

__all__ = ["DOCKERFILE", "Stage", "Step", "filled", "read_stages"]

DOCKERFILE = ROOT / "deploy" / "Dockerfile"

_NAMED = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile, and what stands behind it."""

    word: str
    rest: str

    @property
    def listed(self) -> list[str]:
        """Give the words of a JSON list, as ENTRYPOINT and VOLUME have them."""
        found: list[str] = json.loads(self.rest)
        return found

    @property
    def pairs(self) -> dict[str, str]:
        """Give the names and values of ENV or LABEL."""
        return dict(word.split("=", 1) for word in shlex.split(self.rest))

    @property
    def copied(self) -> tuple[str | None, list[str], str]:
        """Give the stage a COPY takes from (None: the context), the sources, and the target."""
        words = shlex.split(self.rest)
        stage = None
        while words[0].startswith("--"):
            option, value = words.pop(0).split("=", 1)
            assert option == "--from", f"nothing here takes COPY {option}"
            stage = value
        *sources, target = words
        return stage, sources, target


@dataclass(slots=True)
class Stage:
    """One stage of a Dockerfile: the base it starts from, its name, and its steps."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """Give the last step of a kind; fails where there is none."""
        return [step for step in self.steps if step.word == word][-1]

    @property
    def health(self) -> list[str]:
        """Give the command of the health check."""
        found: list[str] = json.loads(self.last("HEALTHCHECK").rest.partition("CMD ")[2])
        return found

    def all(self, word: str) -> list[Step]:
        """Give all steps of a kind."""
        return [step for step in self.steps if step.word == word]


def read_stages(path: Path = DOCKERFILE) -> list[Stage]:
    """Read a Dockerfile: its stages in order, the one the image is made of last."""
    stages: list[Stage] = []
    given: dict[str, str] = {}
    for step in _steps(path.read_text(encoding="utf-8")):
        match step.word:
            case "ARG":
                name, _, value = step.rest.partition("=")
                given[name] = value
            case "FROM":
                base, _, name = step.rest.partition(" AS ")
                stages.append(Stage(filled(base, given), name or "image"))
            case _:
                stages[-1].steps.append(step)
    return stages


def filled(text: str, values: dict[str, str]) -> str:
    """Put values in the place of their names, such as ${PYTHON}."""
    return _NAMED.sub(lambda found: values[found[1] or found[2]], text)


def _steps(text: str) -> Iterator[Step]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    for line in joined.splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield Step(word, " ".join(rest.split()))
