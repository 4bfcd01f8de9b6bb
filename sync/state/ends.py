"""What rows of relations tie: found by the record they belong to, and once both ends are linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.sql.selectable import NamedFromClause

from sync.domain.plan import is_part_of
from sync.domain.record import RecordRef, Side
from sync.domain.store import End, LinkState, RecordState, RowEnds, TrackedRecord
from sync.state.database import CHUNK, Database, chunks
from sync.state.rows import among
from sync.state.tables import links, records, row_ends

__all__ = ["SqlEnds", "end_waiting"]

_REF = ("pair", "side", "object", "record_id")
_SETS = ("owner_id", "member_id", "run", "waits")
#: Links over which a row may lead: nothing is written to a record whose link sleeps.
_LEADING = (LinkState.OPEN.value, LinkState.OUTSIDE.value)


class SqlEnds:
    """The two ends of every row seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, pair: str, side: Side, ends: Sequence[RowEnds], *, run: int) -> None:
        """Note what rows tie, as a run sees them."""
        rows = {
            one.ref: {
                "pair": pair,
                "side": side.value,
                "object": one.ref.object_name,
                "record_id": one.ref.id,
                "owner_id": one.owner,
                "member_id": one.member,
                "run": run,
                "waits": one.waits,
            }
            for one in ends
        }
        if rows:
            insert = self._database.insert(row_ends)
            sets: dict[str, object] = {name: insert.excluded[name] for name in _SETS}
            # Only what is done ends the waiting, and looking does nothing.
            sets["waits"] = sa.or_(row_ends.c.waits, insert.excluded.waits)
            again = insert.on_conflict_do_update(index_elements=list(_REF), set_=sets)
            with self._database.write() as connection:
                self._database.put(connection, again, list(rows.values()))

    def missing(
        self, pair: str, side: Side, object_name: str, owners: Sequence[str], *, run: int
    ) -> Iterator[Sequence[str]]:
        """Give the known rows of some owners that a run has not seen, in chunks."""
        same = sa.and_(*(row_ends.c[name] == records.c[name] for name in _REF))
        for part in chunks(owners):
            after = ""
            while True:
                statement = (
                    sa.select(row_ends.c.record_id)
                    .join_from(row_ends, records, same)
                    .where(
                        row_ends.c.pair == pair,
                        row_ends.c.side == side.value,
                        row_ends.c.object == object_name,
                        row_ends.c.owner_id.in_(part),
                        row_ends.c.run != run,
                        row_ends.c.record_id > after,
                        records.c.state != RecordState.GONE.value,
                    )
                    .order_by(row_ends.c.record_id)
                    .limit(CHUNK)
                )
                with self._database.read() as connection:
                    found = list(connection.execute(statement).scalars())
                if not found:
                    break
                yield found
                after = found[-1]

    def tying(
        self,
        pair: str,
        side: Side,
        object_name: str,
        *,
        owners: Sequence[str],
        members: Sequence[str],
    ) -> Sequence[tuple[RecordRef, str, str]]:
        """Give the rows that tie one of these owners to one of these members, with both."""
        found = []
        of = row_ends.c
        with self._database.read() as connection:
            for few in chunks(owners):
                for part in chunks(members):
                    statement = sa.select(of.record_id, of.owner_id, of.member_id).where(
                        of.pair == pair,
                        of.side == side.value,
                        of.object == object_name,
                        of.owner_id.in_(few),
                        of.member_id.in_(part),
                    )
                    for id, owner, member in connection.execute(statement):
                        found.append((RecordRef(object_name, id), owner, member))
        return found

    def ready(
        self, pair: str, side: Side, *, owner: End, member: End, made_in: int | None = None
    ) -> Iterator[Sequence[RecordRef]]:
        """Give the rows that waited for an end and whose ends both are linked by now, in chunks.

        With `made_in` only those one end of which was linked in that run.
        """
        own, other = links.alias("own"), links.alias("other")
        order = (row_ends.c.object, row_ends.c.record_id)
        last = ("", "")
        while True:
            statement = (
                sa.select(*order)
                .join_from(row_ends, own, _leads(own, side, owner, row_ends.c.owner_id))
                .join(other, _leads(other, side, member, row_ends.c.member_id))
                .where(
                    row_ends.c.pair == pair,
                    row_ends.c.side == side.value,
                    # Spelled out in the SQL, as the partial index it is found by has it.
                    sa.text("row_ends.waits"),
                    ~_is_linked(side),
                    sa.tuple_(*order) > sa.tuple_(*last),
                )
                .order_by(*order)
                .limit(CHUNK)
            )
            if made_in is not None:
                statement = statement.where(
                    sa.or_(own.c.made_run == made_in, other.c.made_run == made_in)
                )
            with self._database.read() as connection:
                found = [RecordRef(*row) for row in connection.execute(statement)]
            if not found:
                return
            yield found
            last = (found[-1].object_name, found[-1].id)


def end_waiting(
    connection: Connection,
    *,
    decided: Sequence[tuple[str, TrackedRecord]],
    opened: Sequence[int],
) -> None:
    """Let rows wait no longer that were decided with both ends linked, or whose link is open."""
    rows = [
        {
            "pair": pair,
            "side": one.side.value,
            "object": one.ref.object_name,
            "record_id": one.ref.id,
        }
        for pair, one in decided
        if one.included and is_part_of(pair)
    ]
    for narrowed in among(row_ends, rows):
        connection.execute(
            sa.update(row_ends).where(narrowed, sa.text("row_ends.waits")).values(waits=False)
        )
    for part in chunks(opened):
        for side in Side:
            theirs = sa.select(
                links.c.pair, links.c[f"{side}_object"], links.c[f"{side}_id"]
            ).where(links.c.id.in_(part))
            named = sa.tuple_(row_ends.c.pair, row_ends.c.object, row_ends.c.record_id)
            connection.execute(
                sa.update(row_ends)
                .where(row_ends.c.side == side.value, named.in_(theirs))
                .values(waits=False)
            )


def _is_linked(side: Side) -> ColumnElement[bool]:
    """Say that a row has an open link: its end moved with a record, and it waits for nothing."""
    return sa.exists().where(
        links.c.pair == row_ends.c.pair,
        links.c[f"{side}_object"] == row_ends.c.object,
        links.c[f"{side}_id"] == row_ends.c.record_id,
        sa.text("links.state <> 'closed'"),
        links.c.state == LinkState.OPEN.value,
    )


def _leads(
    table: NamedFromClause, side: Side, end: End, named: ColumnElement[str]
) -> ColumnElement[bool]:
    """Say that a link stands for the record a row names, and may be followed."""
    return sa.and_(
        table.c.pair == end.pair,
        table.c[f"{side}_id"] == named,
        *(table.c[f"{at}_object"].in_(end.objects[at]) for at in Side),
        sa.text(f"{table.name}.state <> 'closed'"),
        table.c.state.in_(_LEADING),
    )
