"""What is about to be sent, written down before it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import RowMapping

from sync.domain.record import Side
from sync.domain.store import Intent, JournalEntry
from sync.state.database import Database
from sync.state.rows import maybe_ref, ref_columns
from sync.state.tables import journal

__all__ = ["INTENDED", "SqlJournal"]

#: How an entry stands until a commit says what became of it.
INTENDED = "intended"


class SqlJournal:
    """Intents, written before each send."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, run: int, intents: Sequence[Intent], at: datetime) -> Sequence[int]:
        """Write intents down for good and give their ids, in order."""
        if not intents:
            return []
        rows = [
            {
                "run": run,
                "at": at,
                "pair": one.pair,
                "side": one.side.value,
                "kind": one.kind,
                "object": one.object_name,
                "record_id": one.record_id,
                "link_id": one.link_id,
                **ref_columns("origin", one.origin),
                "state": INTENDED,
            }
            for one in intents
        ]
        insert = sa.insert(journal).returning(journal.c.id, sort_by_parameter_order=True)
        with self._database.write() as connection:
            return connection.execute(insert, rows).scalars().all()

    def unfinished(self) -> Sequence[JournalEntry]:
        """Give the intents whose result never was written down, oldest first."""
        statement = (
            sa.select(journal).where(sa.text(f"state = '{INTENDED}'")).order_by(journal.c.id)
        )
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(statement).mappings()]


def _entry(row: RowMapping) -> JournalEntry:
    return JournalEntry(
        id=row["id"],
        run=row["run"],
        intent=Intent(
            pair=row["pair"],
            side=Side(row["side"]),
            kind=row["kind"],
            object_name=row["object"],
            record_id=row["record_id"],
            link_id=row["link_id"],
            origin=maybe_ref(row["origin_object"], row["origin_id"]),
        ),
    )
