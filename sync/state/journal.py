"""What is about to be sent, written down before it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping

from sync.domain.record import Native, Side
from sync.domain.store import INTENDED, AuditEntry, Intent, JournalEntry
from sync.state.database import Database
from sync.state.rows import maybe_ref, maybe_side, ref_columns
from sync.state.tables import journal

__all__ = ["SqlJournal", "noted_json"]


#: Where the journal keeps the writes of an intent whose audit is written already.
_NOTED = "noted"


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
                "audit": [_to_json(entry) for entry in one.audit] or None,
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


def noted_json(entries: Sequence[AuditEntry]) -> dict[str, list[list[Native]]]:
    """Give what is kept of an unfinished intent whose audit is written by now."""
    return {_NOTED: [_to_json(entry) for entry in entries]}


def _to_json(entry: AuditEntry) -> list[Native]:
    """Give what the rest of the row does not say."""
    overruled = entry.overruled_side
    return [
        entry.field,
        entry.before,
        entry.after,
        entry.origin,
        entry.reason,
        entry.overruled,
        overruled.value if overruled else None,
    ]


def _from_json(row: RowMapping, values: Sequence[Any]) -> AuditEntry:
    field, before, after, origin, reason, overruled, overruled_side = values
    side = Side(row["side"])
    refs = {
        side: maybe_ref(row["object"], row["record_id"]),
        side.other: maybe_ref(row["origin_object"], row["origin_id"]),
    }
    return AuditEntry(
        pair=row["pair"],
        link_id=row["link_id"],
        kind="write",
        field=field,
        side=side,
        before=before,
        after=after,
        origin=origin,
        reason=reason,
        overruled=overruled,
        overruled_side=maybe_side(overruled_side),
        left=refs[Side.LEFT],
        right=refs[Side.RIGHT],
    )


def _entry(row: RowMapping) -> JournalEntry:
    kept: Any = row["audit"] or ()  # a list, or an object where it is noted
    noted = isinstance(kept, dict)
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
            audit=tuple(_from_json(row, values) for values in (kept[_NOTED] if noted else kept)),
        ),
        noted=noted,
    )
