"""Columns of real customer data, as texts a CRM might hold; nothing of it is in this project."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

__all__ = ["column", "columns"]

_QUOTES = {"match_restaurants/fodors.csv": "'", "match_restaurants/zagats.csv": "'"}


def column(data: Path, file: str, name: str) -> list[str]:
    """Give the different filled values of one column, in the order they first stand there."""
    quote = _QUOTES.get(file, '"')
    with (data / file).open(encoding="utf-8-sig", newline="") as text:
        rows: Iterator[dict[str, str | None]] = csv.DictReader(
            text, quotechar=quote, escapechar="\\" if quote == "'" else None, skipinitialspace=True
        )
        return list(dict.fromkeys(value for row in rows if (value := row.get(name))))


def columns(data: Path, *places: str) -> list[str]:
    """Give the different values of several columns, each named as `file:column`."""
    found = (column(data, *place.split(":")) for place in places)
    return list(dict.fromkeys(value for values in found for value in values))
