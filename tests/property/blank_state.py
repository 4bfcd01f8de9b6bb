"""A state in memory that is as if new, without the cost of making one for every story."""

from __future__ import annotations

from functools import lru_cache

from sync.state import SqlStore, open_store
from sync.state.tables import metadata

__all__ = ["blank_store"]


def blank_store() -> SqlStore:
    """Give a state in memory as if new; its statements are compiled once for all tests."""
    store = _kept_store()
    store.runs.close()
    with store._database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
    return store


@lru_cache(maxsize=1)
def _kept_store() -> SqlStore:
    return open_store("sqlite://")
