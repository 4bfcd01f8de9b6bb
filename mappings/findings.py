"""What is wrong in a mapping file, where it stands, and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from sync.domain.errors import ConfigError, MappingError

__all__ = [
    "MAX_FINDINGS",
    "MappingErrors",
    "Path",
    "Places",
    "did_you_mean",
    "nearest",
    "path_text",
    "shortened",
    "sort_findings",
]

#: A file with more findings than this shows so many; they are likely to have one cause.
MAX_FINDINGS = 200
#: Longer messages are cut in the middle; what they repeat of a file is of no use then.
_MAX_MESSAGE = 400

#: The way to a key or value: names of keys and numbers of list items.
Path = tuple[str | int, ...]


class MappingErrors(ConfigError):  # noqa: N818 (it holds many, as its name says)
    """Everything found wrong in the mapping files, sorted by place."""

    def __init__(self, findings: Iterable[MappingError]) -> None:
        self.findings = sort_findings(findings)
        lines = [str(finding) for finding in self.findings]
        if len(lines) > 1:
            lines = [f"{len(lines)} things are to be mended:", *(f"  {line}" for line in lines)]
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Places:
    """Line and column (from 1) of every key and value of one file, by path."""

    file: str
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def at_value(self, path: Path, message: str) -> MappingError:
        """Give a finding about the value at a path, or the nearest thing above it."""
        return self._finding(self.values, path, message)

    def at_key(self, path: Path, message: str) -> MappingError:
        """Give a finding about the key at a path, or the nearest thing above it."""
        return self._finding(self.keys, path, message)

    def _finding(
        self, table: dict[Path, tuple[int, int]], path: Path, message: str
    ) -> MappingError:
        path = self.written_path(path)
        line, column = self._nearest_place(table, path)
        text = shortened(f"{path_text(path)}: {message}" if path else message)
        return MappingError(text, file=self.file, line=line, column=column)

    def written_path(self, path: Path) -> Path:
        """Give the path as the file has it."""
        return path

    def _nearest_place(self, table: dict[Path, tuple[int, int]], path: Path) -> tuple[int, int]:
        if path in table:
            return table[path]
        for length in range(len(path), -1, -1):
            for places in (self.keys, self.values):
                if path[:length] in places:
                    return places[path[:length]]
        return (1, 1)


def path_text(path: Path) -> str:
    """Write a path as people read it: `fields.email.wins`, `match[1]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return text


def shortened(text: str) -> str:
    """Give a message of a length people read: its beginning and its end."""
    half = _MAX_MESSAGE // 2
    return text if len(text) <= _MAX_MESSAGE else f"{text[:half]} … {text[-half:]}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is most like this one, whatever the case."""
    if len(word) > _MAX_MESSAGE:
        return None  # a whole text is like no word, and comparing it takes a second
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean 'X'?`, or nothing where no known word is near."""
    guess = nearest(word, known)
    return f"; did you mean {guess!r}?" if guess is not None else ""


def sort_findings(findings: Iterable[MappingError]) -> tuple[MappingError, ...]:
    """Sort findings by file, line, column and text, each once."""
    unique = {str(finding): finding for finding in findings}
    return tuple(
        sorted(unique.values(), key=lambda one: (one.file, one.line, one.column, one.message))
    )
