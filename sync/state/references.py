"""References that wait for the record they name, kept by that record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, Select

from sync.domain.record import Side
from sync.domain.store import LinkState, WaitingReference
from sync.state.database import Database, chunks
from sync.state.tables import links, waiting

__all__ = ["SqlReferences", "keep_waiting"]

#: Links over which a reference may lead: nothing is written to a record whose link sleeps.
_LEADING = (LinkState.OPEN.value, LinkState.OUTSIDE.value)

_OF_LINKS = sa.select(waiting).where(waiting.c.link_id.in_(sa.bindparam("ids", expanding=True)))
_COUNT = sa.select(sa.func.count()).where(waiting.c.pair == sa.bindparam("of_pair"))


class SqlReferences:
    """References that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, link_ids: Sequence[int]) -> Mapping[tuple[int, str], WaitingReference]:
        """Give what waits of links, by link and field."""
        found: dict[tuple[int, str], WaitingReference] = {}
        with self._database.read() as connection:
            for part in chunks(link_ids):
                for row in connection.execute(_OF_LINKS, {"ids": part}).mappings():
                    found[row["link_id"], row["field"]] = _waiting(row)
        return found

    def ready(
        self,
        pair: str,
        *,
        refers: str,
        side: Side,
        objects: Sequence[str],
        made_in: int | None = None,
    ) -> Sequence[WaitingReference]:
        """Give what waits in a pair for records of another, and has a counterpart by now.

        It is found from what waits, by index, and never by looking at all links.
        """
        statement = self._database.prepared(_ready, side, of_one_run=made_in is not None)
        values = {
            "of_pair": pair,
            "to_pair": refers,
            "of_side": side.value,
            "objects": list(objects),
            "made_in": made_in,
        }
        with self._database.read() as connection:
            return [_waiting(row) for row in connection.execute(statement, values).mappings()]

    def count(self, pair: str) -> int:
        """Count what waits in a pair."""
        with self._database.read() as connection:
            return connection.execute(_COUNT, {"of_pair": pair}).scalar_one()


def _ready(side: Side, *, of_one_run: bool) -> Select[*tuple[object, ...]]:
    own, other = links.alias("own"), links.alias("other")
    statement = (
        sa.select(waiting)
        .join(own, own.c.id == waiting.c.link_id)
        .join(
            other,
            sa.and_(
                other.c.pair == sa.bindparam("to_pair"),
                other.c[f"{side}_object"].in_(sa.bindparam("objects", expanding=True)),
                other.c[f"{side}_id"] == waiting.c.record_id,
                # Spelled out in the SQL, as the partial index it is found by has it.
                sa.text("other.state <> 'closed'"),
            ),
        )
        .where(
            waiting.c.pair == sa.bindparam("of_pair"),
            waiting.c.refers == sa.bindparam("to_pair"),
            waiting.c.side == sa.bindparam("of_side"),
            own.c.state == LinkState.OPEN.value,
            other.c.state.in_(_LEADING),
        )
        .order_by(waiting.c.link_id, waiting.c.field)
    )
    return statement.where(own.c.made_run == sa.bindparam("made_in")) if of_one_run else statement


def keep_waiting(
    connection: Connection,
    database: Database,
    *,
    found: Sequence[tuple[str, WaitingReference]],
    arrived: Sequence[tuple[int, str]],
    closed: Sequence[int],
) -> None:
    """Keep what waits, each by its pair, and forget what has arrived or lost its link."""
    if arrived:
        statement = sa.delete(waiting).where(
            waiting.c.link_id == sa.bindparam("of_link"),
            waiting.c.field == sa.bindparam("of_field"),
        )
        connection.execute(
            statement, [{"of_link": link_id, "of_field": field} for link_id, field in arrived]
        )
    for part in chunks(closed):
        connection.execute(sa.delete(waiting).where(waiting.c.link_id.in_(part)))
    # The last one counts where a field came up twice in one batch.
    rows = {
        (one.link_id, one.field): {
            "link_id": one.link_id,
            "field": one.field,
            "pair": pair,
            "refers": one.refers,
            "side": one.side.value,
            "record_id": one.id,
        }
        for pair, one in found
    }
    sets = ("pair", "refers", "side", "record_id")
    again = database.upsert(waiting, by=("link_id", "field"), sets=sets)
    database.put(connection, again, list(rows.values()))


def _waiting(row: RowMapping) -> WaitingReference:
    return WaitingReference(
        link_id=row["link_id"],
        field=row["field"],
        refers=row["refers"],
        side=Side(row["side"]),
        id=row["record_id"],
    )
