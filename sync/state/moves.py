"""Links that go over to other records, and the records that lead to a link beside its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.record import RecordRef, Side
from sync.domain.store import Joined, Link, MovedEnd
from sync.state.database import Database, chunks
from sync.state.rows import LINK, NOT_CLOSED, by_object, link_of, read_link, ref_columns
from sync.state.tables import former_ids, hand_overs, links, waiting

__all__ = [
    "former_ids_of",
    "former_of",
    "keep_awaited",
    "keep_ended",
    "keep_joined",
    "keep_moved",
    "rivals_of",
]

_REF = ("pair", "side", "object", "record_id")


_FORMER = (
    sa.select(*LINK, former_ids.c.object, former_ids.c.record_id)
    .join_from(links, former_ids, former_ids.c.link_id == links.c.id)
    .where(
        former_ids.c.pair == sa.bindparam("of_pair"),
        former_ids.c.side == sa.bindparam("of_side"),
        former_ids.c.object == sa.bindparam("of_object"),
        former_ids.c.record_id.in_(sa.bindparam("ids", expanding=True)),
        NOT_CLOSED,
    )
)
_BECAME = _FORMER.where(former_ids.c.became)
_FORMER_IDS = sa.select(former_ids.c.link_id, former_ids.c.side, former_ids.c.record_id).where(
    former_ids.c.link_id.in_(sa.bindparam("ids", expanding=True))
)
_RIVALS = {
    side: sa.select(links, former_ids.c.link_id)
    .join(
        former_ids,
        sa.and_(
            links.c.pair == former_ids.c.pair,
            links.c[f"{side}_object"] == former_ids.c.object,
            links.c[f"{side}_id"] == former_ids.c.record_id,
        ),
    )
    .where(
        former_ids.c.pair == sa.bindparam("of_pair"),
        former_ids.c.side == side.value,
        former_ids.c.link_id.in_(sa.bindparam("ids", expanding=True)),
        former_ids.c.became,
        links.c.id != former_ids.c.link_id,
        NOT_CLOSED,
    )
    for side in Side
}
_END = {
    side: sa.delete(former_ids).where(
        ~former_ids.c.became,
        sa.tuple_(*(former_ids.c[name] for name in _REF)).in_(
            sa.select(
                links.c.pair,
                sa.literal(side.value),
                links.c[f"{side}_object"],
                links.c[f"{side}_id"],
            ).where(links.c.id.in_(sa.bindparam("ids", expanding=True)))
        ),
    )
    for side in Side
}


def former_of(
    database: Database, pair: str, side: Side, refs: Sequence[RecordRef], *, became: bool
) -> Mapping[RecordRef, Link]:
    """Give the links that records lead to which are not their own, closed links left out.

    With `became` only those a record of which is what this one became.
    """
    found: dict[RecordRef, Link] = {}
    statement = _BECAME if became else _FORMER
    with database.read() as connection:
        for name, ids in by_object(refs).items():
            for part in chunks(ids):
                values = {
                    "of_pair": pair,
                    "of_side": side.value,
                    "of_object": name,
                    "ids": part,
                }
                for row in database.fetch(connection, statement, values):
                    found[RecordRef(*row[len(LINK) :])] = read_link(row)
    return found


def former_ids_of(
    database: Database, ids: Sequence[int]
) -> Mapping[int, Sequence[tuple[Side, str]]]:
    """Give the ids that lead to links beside their own, by link."""
    found: dict[int, list[tuple[Side, str]]] = {}
    with database.read() as connection:
        for part in chunks(ids):
            for link_id, side, id in connection.execute(_FORMER_IDS, {"ids": part}):
                found.setdefault(link_id, []).append((Side(side), id))
    return found


def rivals_of(
    database: Database, pair: str, ids: Sequence[int]
) -> Mapping[int, Sequence[tuple[Side, Link]]]:
    """Give the links, not closed, whose record on a side became one of these links'."""
    found: dict[int, list[tuple[Side, Link]]] = {}
    with database.read() as connection:
        for side in Side:
            # One query a side: each then has an index of its own.
            for part in chunks(ids):
                values = {"of_pair": pair, "ids": part}
                for row in connection.execute(_RIVALS[side], values).mappings():
                    found.setdefault(row["link_id"], []).append((side, link_of(row)))
    return found


def keep_moved(connection: Connection, database: Database, moved: Sequence[MovedEnd]) -> None:
    """Let sides of links go over to other records; what waited for the old ones waits for these.

    Links that are to be closed have to be closed by then.
    """
    for one in moved:
        connection.execute(
            sa.update(links)
            .where(links.c.id == one.link_id)
            .values(**ref_columns(one.side.value, one.heir))
        )
        connection.execute(
            sa.update(waiting)
            .where(
                waiting.c.refers == one.pair,
                waiting.c.side == one.side.value,
                waiting.c.record_id == one.former.id,
            )
            .values(record_id=one.heir.id)
        )
    _lead(
        connection,
        database,
        [(one.pair, one.side, one.former, one.link_id, True) for one in moved],
    )


def keep_awaited(connection: Connection, database: Database, awaited: Sequence[MovedEnd]) -> None:
    """Let records that links are to go over to lead to these links already."""
    found = [(one.pair, one.side, one.heir, one.link_id, False) for one in awaited]
    _lead(connection, database, found)


def keep_joined(connection: Connection, database: Database, joined: Sequence[Joined]) -> None:
    """Let all records of some links, and what led to those, lead to other links from now on.

    Who was handed over stays so under the link they are known by now.
    """
    for one in joined:
        handed = sa.update(hand_overs).where(hand_overs.c.link_id == one.link_id)
        connection.execute(handed.values(link_id=one.into))
        led = sa.update(former_ids).where(former_ids.c.link_id == one.link_id)
        connection.execute(led.values(link_id=one.into))
        statement = sa.select(links).where(links.c.id == one.link_id)
        link = link_of(connection.execute(statement).mappings().one())
        found = [(link.pair, side, link.ref(side), one.into, side in one.sides) for side in Side]
        _lead(connection, database, found)


def keep_ended(connection: Connection, ended: Sequence[int]) -> None:
    """Let the records of links that ended lead to no other link any more, as those waited for did.

    What others became stays so.
    """
    for part in chunks(ended):
        for side in Side:
            connection.execute(_END[side], {"ids": part})


def _lead(
    connection: Connection,
    database: Database,
    found: Sequence[tuple[str, Side, RecordRef, int, bool]],
) -> None:
    rows = {
        (pair, side, ref): {
            "pair": pair,
            "side": side.value,
            "object": ref.object_name,
            "record_id": ref.id,
            "link_id": link_id,
            "became": became,
        }
        for pair, side, ref, link_id, became in found
    }
    statement = database.upsert(former_ids, by=_REF, sets=("link_id", "became"))
    database.put(connection, statement, list(rows.values()))
