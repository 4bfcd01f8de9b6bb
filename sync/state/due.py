"""Whose facts a change may alter, noted in the same transaction as the change itself."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.facts import Due
from sync.state.database import Database, chunks
from sync.state.tables import due, opportunities

__all__ = ["mark_due", "mark_sales_of_accounts"]


def mark_due(
    connection: Connection, database: Database, kind: Due, keys: Iterable[str | int]
) -> None:
    """Have facts looked at by the end of the run."""
    again = database.upsert(due, by=("kind", "key"), sets=("key",))
    rows = [{"kind": kind.value, "key": key} for key in sorted({str(key) for key in keys})]
    database.put(connection, again, rows)


def mark_sales_of_accounts(
    connection: Connection, database: Database, accounts: Iterable[str]
) -> None:
    """Have the opportunities of accounts looked at."""
    for part in chunks(sorted(accounts)):
        found = sa.select(opportunities.c.id).where(opportunities.c.account.in_(part))
        mark_due(connection, database, Due.SALE, connection.execute(found).scalars().all())
