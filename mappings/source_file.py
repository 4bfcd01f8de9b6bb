"""The bytes of a file of the mappings folder, or why they are not read."""

from __future__ import annotations

from pathlib import Path

from mappings.yamltree import MAX_BYTES
from sync.domain.errors import MappingError

__all__ = ["refused", "source_bytes"]


def source_bytes(file: Path, label: str) -> bytes | MappingError:
    """Read a file, one byte beyond the limit at most; nothing outside its folder is read."""
    if file.exists() and not file.is_file():
        return refused(label, "this is not a file; take it away, or name it otherwise")
    if file.is_symlink() and not file.exists():
        where = "this link leads to no file; take it away, or put the file itself here"
        return refused(label, where)
    try:
        if not file.resolve(strict=True).is_relative_to(file.parent.resolve()):
            where = "this link leads out of the mappings folder; put the file itself here"
            return refused(label, where)
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as exc:
        why = (exc.strerror or "it cannot be read").lower()
        return refused(label, f"the file cannot be read ({why})")


def refused(label: str, problem: str) -> MappingError:
    """Give the finding about a file as a whole."""
    return MappingError(problem, file=label, line=1, column=1)
