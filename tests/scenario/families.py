"""The worlds scenarios run in, and the families of HubSpot's paths under which they do.

The rows of the decision table run under both. All other scenarios take turns, each always under the
same one. `REVLOOP_HUBSPOT_PATHS=2026-09` (or `numbered`, or `2026-03`) runs all of them under that
family alone. `REVLOOP_WORLDS=memory` runs them against the CRMs in memory instead, which takes a
third of the time and shows more of a failure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from zlib import crc32

from connectors.hubspot import ApiVersion

__all__ = ["family_of", "worlds_of"]

_FAMILIES = {"numbered": ApiVersion.NUMBERED, "dated": ApiVersion.SEPTEMBER_2026}

#: The name of a test about a row of fields or records: test_f3_..., test_r17a_...
_ROW = re.compile(r"test_[fr]\d+a?b?c?_")


def worlds_of(test: str) -> Sequence[str]:
    """Name the worlds a scenario runs in, by the name of its test."""
    if os.environ.get("REVLOOP_WORLDS") == "memory":
        return ("memory",)
    if _asked() is None and _ROW.match(test):
        return tuple(f"sandbox-{family}" for family in _FAMILIES)
    return ("sandbox",)


def family_of(world: str, test: str) -> ApiVersion:
    """Give the paths that HubSpot is called by in one world of a test."""
    if (asked := _asked()) is not None:
        return asked
    _, _, family = world.partition("-")
    turns = sorted(_FAMILIES)
    return _FAMILIES[family or turns[crc32(test.encode()) % len(turns)]]


def _asked() -> ApiVersion | None:
    asked = os.environ.get("REVLOOP_HUBSPOT_PATHS")
    return ApiVersion(asked) if asked else None
