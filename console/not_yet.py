"""What files may say and runs do not carry out yet, told rather than left aside in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["not_carried_out"]


def not_carried_out(folder: Path) -> Iterator[str]:
    """Name the rules of a mappings folder that are read and checked, and nothing more."""
    from mappings.lifecycle.file import NOT_YET, find_lifecycle

    if find_lifecycle(folder) is not None:
        yield NOT_YET
