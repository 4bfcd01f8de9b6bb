"""A sorted list of keys that stays fast for a hundred thousand of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["SortedKeys"]

Key = TypeVar("Key", int, tuple[int, int])


_FEW = 1000
"""Up to so many keys are put in or taken out one by one."""


class SortedKeys(Generic[Key]):
    """Distinct keys in ascending order; adding at the end, the usual case, costs nothing."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys: list[Key] = sorted(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __contains__(self, key: Key) -> bool:
        place = bisect_left(self._keys, key)
        return place < len(self._keys) and self._keys[place] == key

    def add(self, key: Key) -> None:
        """Put a key in its place."""
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        elif key not in self:
            insort(self._keys, key)

    def add_many(self, keys: Iterable[Key]) -> None:
        """Put many keys in their places at once."""
        added = list(keys)
        if len(added) <= _FEW:
            for key in added:
                self.add(key)
            return
        together = set(self._keys)
        together.update(added)
        self._keys = sorted(together)

    def discard(self, key: Key) -> None:
        """Take a key out if it is there."""
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            del self._keys[place]

    def discard_many(self, keys: Iterable[Key]) -> None:
        """Take many keys out at once."""
        gone = set(keys)
        if len(gone) <= _FEW:
            for key in gone:
                self.discard(key)
            return
        self._keys = [key for key in self._keys if key not in gone]

    def at_or_after(self, key: Key) -> int:
        """Give the place of the first key that is not below."""
        return bisect_left(self._keys, key)

    def after(self, key: Key) -> int:
        """Give the place of the first key above."""
        return bisect_right(self._keys, key)

    def slice(self, start: int, stop: int) -> list[Key]:
        """Give the keys at these places."""
        return self._keys[start:stop]
