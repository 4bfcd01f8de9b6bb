"""Wiping what a database leaves behind of rows that were deleted."""

from __future__ import annotations

import sqlalchemy as sa

from sync.domain.errors import StateError
from sync.state.database import Database
from sync.state.tables import metadata

__all__ = ["wipe"]


def wipe(database: Database) -> None:
    """Write all tables anew, so that no page and no log holds anything of deleted rows.

    Raises StateError where another process keeps the database from it; the rows are gone then.
    """
    if database.engine.dialect.name == "postgresql":
        _rewrite_tables(database)
    elif not database.shared:
        _rewrite_file(database)


def _rewrite_file(database: Database) -> None:
    """Write the file anew without its free pages, and empty the log of changes beside it."""
    with database.raw() as driver:
        driver.execute("VACUUM")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StateError(
            f"The person is erased from the state at {database.place}, but another command reads "
            f"it, so that {database.place}-wal may still hold traces. Run this again once that "
            f"command has ended."
        )


def _rewrite_tables(database: Database) -> None:
    """Write every table of a server anew, outside any transaction, as it demands."""
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    prepare = engine.dialect.identifier_preparer
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.text(f"VACUUM (FULL) {prepare.format_table(table)}"))
