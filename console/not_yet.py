"""What files may say and runs do not carry out yet, told rather than left aside in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["not_carried_out"]


def not_carried_out(folder: Path, pairs: Iterable[PairMapping]) -> Iterator[str]:
    """Name the rules of a mappings folder that are read and checked, and nothing more."""
    from mappings.lifecycle.file import NOT_YET, find_lifecycle

    if find_lifecycle(folder) is not None:
        yield NOT_YET
    for pair in pairs:
        if pair.members is not None:
            from mappings.members import MEMBERS_NOT_YET

            yield f"{pair.places.file}: {MEMBERS_NOT_YET}"
