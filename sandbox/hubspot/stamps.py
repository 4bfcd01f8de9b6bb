"""Times as the API writes them: milliseconds since 1970, or ISO 8601 with a Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["day_of", "from_iso", "iso", "milliseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """Give the milliseconds since 1970, cutting off what is finer."""
    return (moment - _EPOCH) // _MILLISECOND


def iso(stamp: int) -> str:
    """Write a stamp with milliseconds and a Z."""
    seconds, rest = divmod(stamp, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


def from_iso(text: str) -> int:
    """Read a stamp from ISO 8601; a time without a zone is in UTC. ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return milliseconds(moment)


def day_of(stamp: int) -> str:
    """Write the day of a stamp."""
    return f"{datetime.fromtimestamp(stamp // 1000, UTC):%Y-%m-%d}"
