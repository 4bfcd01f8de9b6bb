"""Lengths of time as files and options spell them."""

from __future__ import annotations

import re
from datetime import timedelta

__all__ = ["read_duration"]

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_duration(value: object) -> timedelta:
    """Read `30s`, `5m`, `24h` or `400d`; raises ValueError on anything else."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no length of time; write 15m, 24h or 400d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
