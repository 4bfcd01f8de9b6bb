"""What goes over the wire: JSON values, and the platform's dates and times as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.json_text import read_json
from sandbox.jsontypes import Json, JsonObject

__all__ = [
    "Json",
    "JsonObject",
    "decode_json",
    "encode_json",
    "from_http_date",
    "from_stamp",
    "to_http_date",
    "to_stamp",
]


def decode_json(text: bytes | str) -> Json:
    """Read JSON; raises ValueError when it is none."""
    return read_json(text)


def encode_json(value: Json) -> bytes:
    """Write JSON in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def to_stamp(moment: datetime) -> str:
    """Write a moment as the API does: UTC, whole seconds, `.000+0000`.

    All stamps have one width, so comparing the texts compares the moments.
    """
    return moment.astimezone(UTC).isoformat()[:19] + ".000+0000"


def from_stamp(stamp: str) -> datetime:
    """Read a stamp back."""
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z")


def to_http_date(stamp: str) -> str:
    """Write a stamp as an HTTP date."""
    return format_datetime(from_stamp(stamp).astimezone(UTC), usegmt=True)


def from_http_date(text: str) -> str | None:
    """Read an HTTP date as a stamp, or None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return to_stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
