"""How often Python looks for garbage while a run is at work.

A run makes very many small objects, nearly all of which go as soon as nothing refers to them. To
look through them for circles every few hundred is a quarter of its time, and finds next to nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

#: How many objects are made between two looks at the young ones; some megabytes at most.
_YOUNG = 20_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage less often; what is there already is not looked through at all."""
    before = gc.get_threshold()
    if before[0] == 0 or before[0] >= _YOUNG:
        yield
        return
    gc.freeze()
    gc.set_threshold(_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
