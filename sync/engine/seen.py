"""The ids a run has seen of an object: all of them, in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

__all__ = ["Seen"]

#: Among so many texts the ids are spread: at a million, each holds some thirty.
_TEXTS = 1 << 15

#: Stands before and behind each id; no CRM's id has it.
_END = b"\n"


class Seen:
    """Tells which ids were noted. A million take some 24 megabytes, where a set takes 109."""

    def __init__(self) -> None:
        """Begin with none."""
        self._texts = [_END] * _TEXTS
        self._count = 0

    def update(self, ids: Iterable[str]) -> None:
        """Note ids; one that is noted again counts once."""
        texts = self._texts
        for id in ids:
            word = id.encode()
            place = crc32(word) % _TEXTS
            text = texts[place]
            if _END + word + _END not in text:
                texts[place] = text + word + _END
                self._count += 1

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, str):
            return False
        word = id.encode()
        return _END + word + _END in self._texts[crc32(word) % _TEXTS]

    def __len__(self) -> int:
        return self._count
