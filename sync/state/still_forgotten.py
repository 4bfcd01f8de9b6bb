"""People who were forgotten stay so when an older copy is put in the place of a state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.errors import StateError
from sync.state.database import Database, chunks
from sync.state.tables import forgotten, notes

__all__ = ["StillForgotten", "keep_forgotten"]

#: The note that holds the key of all hashes of a state.
_KEY = sa.select(notes.c.value).where(notes.c.name == "secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillForgotten:
    """Of those forgotten in the state that is replaced: how many the copy did not know as such.

    `stay` were taken over. `lost` could not be, since the copy has another key: no run would know
    them. Where the replaced state is not `readable`, nobody can tell who was forgotten in it.
    """

    stay: int = 0
    lost: int = 0
    readable: bool = True


class _Row(NamedTuple):
    hash: str
    person: int
    at: datetime


def keep_forgotten(before: Database | None, copy: Database) -> StillForgotten:
    """Take who was forgotten in a state, None for one that cannot be opened, over into a copy.

    Only hashes go over: what the copy tells of these people stays in it.
    """
    if before is None:
        return StillForgotten(readable=False)
    try:
        with before.read(steady=True) as connection:
            rows, key = _rows(connection), connection.execute(_KEY).scalar()
    except StateError:
        return StillForgotten(readable=False)
    people = _people(rows)
    if not people:
        return StillForgotten()
    with copy.write() as connection:
        if connection.execute(_KEY).scalar() != key:
            return StillForgotten(lost=len(people))
        return StillForgotten(stay=_take_over(connection, copy, people))


def _rows(connection: Connection) -> list[_Row]:
    found = connection.execute(sa.select(forgotten.c.hash, forgotten.c.person, forgotten.c.at))
    return [_Row(*row) for row in found]


def _people(rows: Iterable[_Row]) -> list[list[_Row]]:
    people: dict[int, list[_Row]] = {}
    for row in sorted(rows):
        people.setdefault(row.person, []).append(row)
    return list(people.values())


def _take_over(connection: Connection, copy: Database, people: Iterable[list[_Row]]) -> int:
    """Add hashes to a copy, whose people have numbers of their own; count those new to it."""
    numbers = {row.hash: row.person for row in _rows(connection)}
    last = max(numbers.values(), default=0)
    again = copy.upsert(forgotten, by=("hash",), sets=("person",))
    new = 0
    for person in people:
        known = [numbers[row.hash] for row in person if row.hash in numbers]
        new += not known
        number = min(known, default=last + 1)
        last = max(last, number)
        values = [{"hash": row.hash, "person": number, "at": row.at} for row in person]
        for part in chunks(values):
            connection.execute(again, part)
    return new
