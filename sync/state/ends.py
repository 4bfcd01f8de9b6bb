"""What rows of relations tie: found by the record they belong to, and once both ends are linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select
from sqlalchemy.dialects import postgresql, sqlite

from sync.domain.plan import is_part_of
from sync.domain.record import RecordRef, Side
from sync.domain.store import End, LinkState, RecordState, RowEnds, TrackedRecord
from sync.state.database import CHUNK, Database, chunks
from sync.state.rows import among, of_records
from sync.state.tables import former_ids, links, records, row_ends

__all__ = ["SqlEnds", "end_waiting"]

_REF = ("pair", "side", "object", "record_id")
_SETS = ("owner_id", "member_id", "run", "waits")
_AFTER = ("after_object", "after_id")

#: An end as a statement is made for it: its pair, and its objects by side.
_Shape: TypeAlias = tuple[str, tuple[tuple[Side, tuple[str, ...]], ...]]

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
            again = self._database.prepared(_note, self._database)
            with self._database.write() as connection:
                self._database.put(connection, again, list(rows.values()))

    def missing(
        self, pair: str, side: Side, object_name: str, owners: Sequence[str], *, run: int
    ) -> Iterator[Sequence[str]]:
        """Give the known rows of some owners that a run has not seen, in chunks."""
        statement = self._database.prepared(_missing, side)
        values = {"of_pair": pair, "of_object": object_name, "of_run": run}
        for part in chunks(owners):
            after = ""
            while True:
                here = {**values, "owners": part, "after": after}
                with self._database.read() as connection:
                    found = list(connection.execute(statement, here).scalars())
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
        statement = self._database.prepared(
            _ready, side, _shape(owner), _shape(member), of_one_run=made_in is not None
        )
        values = {"of_pair": pair, "made_in": made_in}
        last = ("", "")
        while True:
            place = dict(zip(_AFTER, last, strict=True))
            with self._database.read() as connection:
                rows = connection.execute(statement, {**values, **place})
                found = [RecordRef(*row) for row in rows]
            if not found:
                return
            yield found
            last = (found[-1].object_name, found[-1].id)


def _note(database: Database) -> sqlite.Insert | postgresql.Insert:
    insert = database.insert(row_ends)
    sets: dict[str, object] = {name: insert.excluded[name] for name in _SETS}
    # Only what is done ends the waiting, and looking does nothing.
    sets["waits"] = sa.or_(row_ends.c.waits, insert.excluded.waits)
    return insert.on_conflict_do_update(index_elements=list(_REF), set_=sets)


def _missing(side: Side) -> Select[str]:
    same = sa.and_(*(row_ends.c[name] == records.c[name] for name in _REF))
    return (
        sa.select(row_ends.c.record_id)
        .join_from(row_ends, records, same)
        .where(
            row_ends.c.pair == sa.bindparam("of_pair"),
            row_ends.c.side == side.value,
            row_ends.c.object == sa.bindparam("of_object"),
            row_ends.c.owner_id.in_(sa.bindparam("owners", expanding=True)),
            row_ends.c.run != sa.bindparam("of_run"),
            row_ends.c.record_id > sa.bindparam("after"),
            # One that is gone and still linked was not decided on to the end.
            sa.or_(records.c.state != RecordState.GONE.value, _is_linked(side)),
        )
        .order_by(row_ends.c.record_id)
        .limit(CHUNK)
    )


def _ready(side: Side, owner: _Shape, member: _Shape, *, of_one_run: bool) -> Select[str, str]:
    order = (row_ends.c.object, row_ends.c.record_id)
    ends = ((owner, row_ends.c.owner_id), (member, row_ends.c.member_id))
    statement = (
        sa.select(*order)
        .where(
            row_ends.c.pair == sa.bindparam("of_pair"),
            row_ends.c.side == side.value,
            # Spelled out in the SQL, as the partial index it is found by has it.
            sa.text("row_ends.waits"),
            ~_is_linked(side),
            *(_leads(side, end, named) for end, named in ends),
            sa.tuple_(*order) > sa.tuple_(*(sa.bindparam(name, type_=sa.Text) for name in _AFTER)),
        )
        .order_by(*order)
        .limit(CHUNK)
    )
    if of_one_run:
        made = [_leads(side, end, named, of_one_run=True) for end, named in ends]
        statement = statement.where(sa.or_(*made))
    return statement


def _shape(end: End) -> _Shape:
    return end.pair, tuple((at, tuple(end.objects[at])) for at in Side)


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
    for narrowed in among(rows):
        connection.execute(_END_WAITING, narrowed)
    for part in chunks(opened):
        for statement in _END_OF_OPENED:
            connection.execute(statement, {"ids": part})


def _end_of_opened(side: Side) -> sa.Update:
    theirs = sa.select(links.c.pair, links.c[f"{side}_object"], links.c[f"{side}_id"]).where(
        links.c.id.in_(sa.bindparam("ids", expanding=True))
    )
    named = sa.tuple_(row_ends.c.pair, row_ends.c.object, row_ends.c.record_id)
    return (
        sa.update(row_ends)
        .where(row_ends.c.side == side.value, named.in_(theirs))
        .values(waits=False)
    )


_END_WAITING = (
    sa.update(row_ends).where(of_records(row_ends), sa.text("row_ends.waits")).values(waits=False)
)
_END_OF_OPENED = [_end_of_opened(side) for side in Side]


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
    side: Side, end: _Shape, named: ColumnElement[str], *, of_one_run: bool = False
) -> ColumnElement[bool]:
    """Say that a link which may be followed stands for the record a row names, or once did."""
    pair, objects = end
    followed = sa.and_(
        links.c.pair == pair,
        *(links.c[f"{at}_object"].in_(names) for at, names in objects),
        sa.text("links.state <> 'closed'"),
        links.c.state.in_(_LEADING),
        links.c.made_run == sa.bindparam("made_in") if of_one_run else sa.true(),
    )
    # A record that has a link of its own, which is held, leads nowhere as long as that stands.
    other = links.alias("other")
    held = sa.exists().where(
        other.c.pair == pair,
        other.c[f"{side}_object"] == former_ids.c.object,
        other.c[f"{side}_id"] == named,
        sa.text("other.state <> 'closed'"),
    )
    own = sa.exists().where(links.c[f"{side}_id"] == named, followed)
    former = sa.exists().where(
        former_ids.c.pair == pair,
        former_ids.c.side == side.value,
        former_ids.c.object.in_(dict(objects)[side]),
        former_ids.c.record_id == named,
        former_ids.c.link_id == links.c.id,
        followed,
        ~held,
    )
    return sa.or_(own, former)
