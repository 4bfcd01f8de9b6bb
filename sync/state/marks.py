"""Watermarks: how far each object of each side has been processed."""

from __future__ import annotations

import sqlalchemy as sa

from sync.domain.record import Side
from sync.domain.store import Watermark
from sync.state.database import Database
from sync.state.tables import watermarks

__all__ = ["SqlMarks"]

_KEY = ("pair", "side", "object")
_MARK = ("stamp", "proven_at", "compared_at", "mapping")

_GET = sa.select(*(watermarks.c[name] for name in _MARK)).where(
    watermarks.c.pair == sa.bindparam("of_pair"),
    watermarks.c.side == sa.bindparam("of_side"),
    watermarks.c.object == sa.bindparam("of_object"),
)


class SqlMarks:
    """Watermarks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, pair: str, side: Side, object_name: str) -> Watermark | None:
        """Give the watermark of an object, if it has one."""
        values = {"of_pair": pair, "of_side": side.value, "of_object": object_name}
        with self._database.read() as connection:
            row = connection.execute(_GET, values).first()
        return None if row is None else Watermark(*row)

    def set(self, pair: str, side: Side, object_name: str, mark: Watermark) -> None:
        """Keep the watermark of an object."""
        statement = self._database.upsert(watermarks, by=_KEY, sets=_MARK)
        values = {
            "pair": pair,
            "side": side.value,
            "object": object_name,
            **{name: getattr(mark, name) for name in _MARK},
        }
        with self._database.write() as connection:
            connection.execute(statement, [values])
