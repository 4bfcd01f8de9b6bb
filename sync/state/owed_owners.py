"""Owners that routing chose and that are still to be written, by link."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.routing import OwedOwner
from sync.state.database import Database, chunks
from sync.state.tables import notes

__all__ = ["SqlOwedOwners", "keep_owed"]

#: Each stands under a note of its own, for as long as it takes to write it.
_NOTE = "owed_owner:"


class SqlOwedOwners:
    """Owners that are still to be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[int, OwedOwner]:
        """Give all of them; a run that came to its end leaves none."""
        statement = sa.select(notes.c.name, notes.c.value).where(
            notes.c.name.startswith(_NOTE, autoescape=True)
        )
        with self._database.read() as connection:
            return {
                int(name.removeprefix(_NOTE)): OwedOwner(*json.loads(value))
                for name, value in connection.execute(statement)
            }


def keep_owed(
    connection: Connection, database: Database, owners: Mapping[int, OwedOwner | None]
) -> None:
    """Keep the owners that are to be written, and forget those (None) that are."""
    rows = [
        {"name": f"{_NOTE}{link_id}", "value": json.dumps([one.owner, one.before])}
        for link_id, one in owners.items()
        if one is not None
    ]
    database.put(connection, database.upsert(notes, by=("name",), sets=("value",)), rows)
    for part in chunks([f"{_NOTE}{link_id}" for link_id, one in owners.items() if one is None]):
        connection.execute(sa.delete(notes).where(notes.c.name.in_(part)))
