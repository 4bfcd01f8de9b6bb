"""The least number of calls that what a run did can be done in, with full batches."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from sandbox.seeds import System

__all__ = ["fewest", "hold"]

#: So much more than the least possible a run may take.
_MARGIN = 1.1


def fewest(records: int, size: int) -> int:
    """Give how many calls carry so many records; no record takes no call."""
    return -(-records // size)


def hold(
    what: str,
    calls: Mapping[System, int],
    least: Mapping[System, Mapping[str, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Print what a run took beside the least possible, by its parts, and hold it to that."""
    with capsys.disabled():
        for system, parts in least.items():
            line = _told(f"{what}, {system.value}", calls[system], parts)
            sys.stdout.write(f"\n{line}")
    for system, parts in least.items():
        assert calls[system] <= _MARGIN * sum(parts.values()), _told(what, calls[system], parts)


def _told(title: str, calls: int, least: Mapping[str, int]) -> str:
    total = sum(least.values())
    parts = ", ".join(f"{name} {count}" for name, count in least.items() if count)
    return f"{title}: {calls} calls; least {total} ({parts}); {calls / total:.2f} times"
