"""What people decided on held items, until a sync has carried it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from sync.domain.record import Side
from sync.domain.resolutions import Resolution, Take
from sync.state.database import Database, chunks
from sync.state.tables import resolutions

__all__ = ["SqlResolutions", "carried_out"]

_DUE = {Side.LEFT: resolutions.c.left_due, Side.RIGHT: resolutions.c.right_due}
_OF_PAIR = (
    sa.select(resolutions)
    .where(resolutions.c.pair == sa.bindparam("of_pair"))
    .order_by(resolutions.c.conflict_id)
)
_OF_LINKS = sa.select(resolutions).where(
    resolutions.c.link_id.in_(sa.bindparam("ids", expanding=True)), resolutions.c.field != ""
)
_OF_FIELD = (
    resolutions.c.link_id == sa.bindparam("of_link"),
    resolutions.c.field == sa.bindparam("of_field"),
)
_NOT_DUE = {
    side: sa.update(resolutions).where(*_OF_FIELD).values({column: False})
    for side, column in _DUE.items()
}
_END_FIELD = sa.delete(resolutions).where(*_OF_FIELD)
_END_GROUP = sa.delete(resolutions).where(
    resolutions.c.pair == sa.bindparam("of_pair"),
    resolutions.c.group_name == sa.bindparam("of_group"),
)
_END_LINKS = sa.delete(resolutions).where(
    resolutions.c.link_id.in_(sa.bindparam("ids", expanding=True))
)
_END_DONE = sa.delete(resolutions).where(
    sa.not_(resolutions.c.left_due), sa.not_(resolutions.c.right_due)
)


class SqlResolutions:
    """What people decided on held items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, found: Sequence[Resolution]) -> None:
        """Keep what was decided, in the place of what was decided on the same items before."""
        columns = [column.name for column in resolutions.c if not column.primary_key]
        again = self._database.upsert(resolutions, by=("conflict_id",), sets=tuple(columns))
        with self._database.write() as connection:
            self._database.put(connection, again, [_row(one) for one in found])

    def forget(self, conflicts: Sequence[int]) -> None:
        """Forget what was decided on held items."""
        with self._database.write() as connection:
            for part in chunks(conflicts):
                connection.execute(
                    sa.delete(resolutions).where(resolutions.c.conflict_id.in_(part))
                )

    def of_pair(self, pair: str) -> Sequence[Resolution]:
        """Give all that is to be carried out in a pair, the oldest item first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_PAIR, {"of_pair": pair}).mappings()
            return [_resolution(row) for row in rows]

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Mapping[str, Resolution]]:
        """Give what is to be carried out on fields of links, by link and field."""
        found: dict[int, dict[str, Resolution]] = {}
        with self._database.read() as connection:
            for part in chunks(link_ids):
                for row in connection.execute(_OF_LINKS, {"ids": part}).mappings():
                    found.setdefault(row["link_id"], {})[row["field"]] = _resolution(row)
        return found

    def all(self) -> Sequence[Resolution]:
        """Give all that is to be carried out."""
        statement = sa.select(resolutions).order_by(resolutions.c.conflict_id)
        with self._database.read() as connection:
            return [_resolution(row) for row in connection.execute(statement).mappings()]


def carried_out(
    connection: Connection,
    *,
    fields: Sequence[tuple[int, str, Side | None]],
    groups: Sequence[tuple[str, str]],
    closed: Sequence[int],
) -> None:
    """Forget what is carried out on fields, on one side or (None) as a whole, and of groups.

    Nothing travels over the links `closed`, so nothing decided of them waits.
    """
    for link_id, name, side in fields:
        at = {"of_link": link_id, "of_field": name}
        connection.execute(_END_FIELD if side is None else _NOT_DUE[side], at)
    if fields:
        connection.execute(_END_DONE)
    for pair, group in groups:
        connection.execute(_END_GROUP, {"of_pair": pair, "of_group": group})
    for part in chunks(closed):
        connection.execute(_END_LINKS, {"ids": part})


def _row(one: Resolution) -> dict[str, object]:
    return {
        "conflict_id": one.conflict,
        "pair": one.pair,
        "link_id": one.link_id,
        "field": one.field,
        "group_name": one.group,
        "take": one.take.value,
        "value": one.value,
        "left_value": one.left,
        "right_value": one.right,
        "left_due": Side.LEFT in one.due,
        "right_due": Side.RIGHT in one.due,
        "at": one.at,
    }


def _resolution(row: RowMapping) -> Resolution:
    return Resolution(
        conflict=row["conflict_id"],
        pair=row["pair"],
        link_id=row["link_id"],
        field=row["field"],
        group=row["group_name"],
        take=Take(row["take"]),
        value=row["value"],
        left=row["left_value"],
        right=row["right_value"],
        due=frozenset(side for side in Side if row[f"{side.value}_due"]),
        at=row["at"],
    )
