"""The worlds scenarios run in, and the families of HubSpot's paths under which they do.

Scenarios take turns, each always under the same family, and so that every row of the decision
table is shown under both; where a row has but one test, that one runs twice.
`REVLOOP_HUBSPOT_PATHS=2026-09` (or `numbered`, or `2026-03`) runs all of them under that family
alone. `REVLOOP_WORLDS=memory` runs them against the CRMs in memory instead, which takes a third of
the time and shows more of a failure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from connectors.hubspot import ApiVersion

__all__ = ["family_of", "worlds_of"]

_FAMILIES = {"numbered": ApiVersion.NUMBERED, "dated": ApiVersion.SEPTEMBER_2026}

#: The name of a test about rows of fields, records or stages: test_f3_..., test_r17a_..., test_l1_
_TEST = re.compile(r"^def (test_[frl]\d\w*)\(", re.MULTILINE)
_ROW = re.compile(r"(?<=_)[frl]\d+[abc]?(?=_)")


def worlds_of(test: str) -> Sequence[str]:
    """Name the worlds a scenario runs in, by the name of its test."""
    if os.environ.get("REVLOOP_WORLDS") == "memory":
        return ("memory",)
    if _asked() is None:
        return tuple(f"sandbox-{family}" for family in _turns().get(test, ())) or ("sandbox",)
    return ("sandbox",)


def family_of(world: str, test: str) -> ApiVersion:
    """Give the paths that HubSpot is called by in one world of a test."""
    if (asked := _asked()) is not None:
        return asked
    _, _, family = world.partition("-")
    turns = sorted(_FAMILIES)
    return _FAMILIES[family or turns[crc32(test.encode()) % len(turns)]]


@lru_cache(maxsize=1)
def _turns() -> Mapping[str, Sequence[str]]:
    """Give the families each test about a row runs under: all of them for every row together."""
    texts = (
        path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))
    )
    # A module with a world of its own runs under the paths of that one.
    tests = [test for text in texts if "def world(" not in text for test in _TEST.findall(text)]
    seen: dict[str, set[str]] = {}
    turns: dict[str, list[str]] = {}
    for number, test in enumerate(tests):
        rows = _ROW.findall(test)
        wanted = sorted(_FAMILIES, reverse=bool(number % 2))
        family = min(wanted, key=lambda one: all(one in seen.get(row, ()) for row in rows))
        turns[test] = [family]
        for row in rows:
            seen.setdefault(row, set()).add(family)
    for test in reversed(tests):
        for row in _ROW.findall(test):
            missing = _FAMILIES.keys() - seen[row]
            turns[test].extend(sorted(missing))
            seen[row] |= missing
    return turns


def _asked() -> ApiVersion | None:
    asked = os.environ.get("REVLOOP_HUBSPOT_PATHS")
    return ApiVersion(asked) if asked else None
