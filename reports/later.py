"""Sums and notes of a report that are known once its lines were read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from reports.frame import Note, Total

__all__ = ["LaterNotes", "LaterTotals"]


class LaterTotals(Mapping[str, Total]):
    """Sums asked for when they are read."""

    def __init__(self, ask: Callable[[], Mapping[str, Total]]) -> None:
        """Ask for them by this."""
        self._ask = ask

    def __getitem__(self, key: str) -> Total:
        return self._ask()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ask())

    def __len__(self) -> int:
        return len(self._ask())


class LaterNotes(Sequence[Note]):
    """Notes asked for when they are read."""

    def __init__(self, ask: Callable[[], Sequence[Note]]) -> None:
        """Ask for them by this."""
        self._ask = ask

    @overload
    def __getitem__(self, place: int) -> Note: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Note]: ...
    def __getitem__(self, place: int | slice) -> Note | Sequence[Note]:
        return self._ask()[place]

    def __len__(self) -> int:
        return len(self._ask())
