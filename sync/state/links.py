"""Links and their shadows, as the engine reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Select

from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import AuditEntry, Link, LinkState, Shadow
from sync.state.database import CHUNK, Database, chunks
from sync.state.moves import former_ids_of, former_of, rivals_of
from sync.state.rows import LINK, NOT_CLOSED, SIDES, audit_of, by_object, read_link
from sync.state.tables import audit, links, shadows

__all__ = ["WRITE", "SqlLinks", "pack_seen"]

#: The kind of audit row a field write leaves.
WRITE = "write"
_RECENT = 8

# Spelled out in the SQL: a database uses a partial index only when it sees its condition.
_CLOSED = sa.text("links.state = 'closed'")
_APART = sa.text("seen IS NOT NULL")

_BY_ID = sa.select(*LINK).where(links.c.id.in_(sa.bindparam("ids", expanding=True)))
_SHADOWS = sa.select(
    shadows.c.link_id, shadows.c.side, shadows.c.base, shadows.c.seen, shadows.c.read_at
).where(shadows.c.link_id.in_(sa.bindparam("ids", expanding=True)))
_SHADOWS_OF_SIDE = _SHADOWS.where(shadows.c.side == sa.bindparam("of_side"))
_COUNT = sa.select(sa.func.count()).where(
    links.c.pair == sa.bindparam("of_pair"), links.c.state == sa.bindparam("stands")
)
_BEYOND = (
    sa.select(*LINK)
    .where(links.c.pair == sa.bindparam("of_pair"), links.c.id > sa.bindparam("after"), NOT_CLOSED)
    .order_by(links.c.id)
    .limit(sa.bindparam("size"))
)
_ANY = sa.select(links.c.id).where(links.c.pair == sa.bindparam("of_pair")).limit(1)


class SqlLinks:
    """Links with their shadows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, pair: str, side: Side, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Link]:
        """Give the links of records, closed ones left out."""
        return self._of(pair, side, refs=refs, closed=False)

    def closed_of(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, Link]:
        """Give the closed links of records, the newest of each."""
        return self._of(pair, side, refs=refs, closed=True)

    def former_of(
        self, pair: str, side: Side, refs: Sequence[RecordRef], *, became: bool = False
    ) -> Mapping[RecordRef, Link]:
        """Give the links that records lead to which are not their own, closed links left out."""
        return former_of(self._database, pair, side, refs, became=became)

    def former_ids(self, ids: Sequence[int]) -> Mapping[int, Sequence[tuple[Side, str]]]:
        """Give the ids that lead to links beside their own, by link."""
        return former_ids_of(self._database, ids)

    def rivals(self, pair: str, ids: Sequence[int]) -> Mapping[int, Sequence[tuple[Side, Link]]]:
        """Give the links, not closed, whose record on a side became one of these links'."""
        return rivals_of(self._database, pair, ids)

    def by_id(self, ids: Sequence[int]) -> Mapping[int, Link]:
        """Give links by id, those that exist."""
        found: dict[int, Link] = {}
        with self._database.read() as connection:
            for part in chunks(ids):
                for row in self._database.fetch(connection, _BY_ID, {"ids": part}):
                    found[row[0]] = read_link(row)
        return found

    def shadows(
        self, ids: Sequence[int], side: Side | None = None
    ) -> Mapping[tuple[int, Side], Shadow]:
        """Give the shadows of links by link and side, those that exist; of one side or both."""
        query = _SHADOWS if side is None else _SHADOWS_OF_SIDE
        named = {} if side is None else {"of_side": side.value}
        found: dict[tuple[int, Side], Shadow] = {}
        with self._database.read() as connection:
            for part in chunks(ids):
                rows = self._database.fetch(connection, query, {**named, "ids": part})
                for link_id, at, base, seen, read_at in rows:
                    shadow = Shadow(base, _unpack_seen(base, seen), read_at)
                    found[link_id, SIDES[at]] = shadow
        return found

    def apart(self, pair: str, side: Side, field: str) -> Iterator[tuple[int, str]]:
        """Give the open links, by id, one side of which holds a value both never agreed on."""
        last = 0
        while True:
            statement = (
                sa.select(shadows.c.link_id, shadows.c.seen)
                .join(links, links.c.id == shadows.c.link_id)
                .where(
                    links.c.pair == pair,
                    links.c.state == LinkState.OPEN.value,
                    shadows.c.side == side.value,
                    shadows.c.link_id > last,
                    _APART,
                    # Narrows it down to those that hold the name; which is looked at below.
                    sa.type_coerce(shadows.c.seen, sa.Text).contains(f'"{field}"', autoescape=True),
                )
                .order_by(shadows.c.link_id)
                .limit(CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).all()
            for link_id, packed in rows:
                value = packed[0].get(field)
                if value is not None:
                    yield link_id, value
            if len(rows) < CHUNK:
                return
            last = rows[-1][0]

    def count(self, pair: str, state: LinkState = LinkState.OPEN) -> int:
        """Count the links of a pair that stand so."""
        values = {"of_pair": pair, "stands": state.value}
        with self._database.read() as connection:
            return connection.execute(_COUNT, values).scalar_one()

    def beyond(self, pair: str, after: int, *, size: int) -> Sequence[Link]:
        """Give the next links of a pair behind one, by id, closed ones left out."""
        values = {"of_pair": pair, "after": after, "size": size}
        with self._database.read() as connection:
            return [read_link(row) for row in self._database.fetch(connection, _BEYOND, values)]

    def any(self) -> bool:
        """Tell whether there ever was a link."""
        with self._database.read() as connection:
            return connection.execute(sa.select(links.c.id).limit(1)).first() is not None

    def has_any(self, pair: str) -> bool:
        """Tell whether a pair ever had a link."""
        with self._database.read() as connection:
            return connection.execute(_ANY, {"of_pair": pair}).first() is not None

    def kinds_beside(self, pairs: Sequence[str]) -> Sequence[tuple[str, str, str]]:
        """Give name, left and right object of links of all other pairs, closed ones left out."""
        kind = (links.c.pair, links.c.left_object, links.c.right_object)
        statement = sa.select(*kind).where(links.c.pair.not_in(pairs), NOT_CLOSED).distinct()
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(statement.order_by(*kind))]

    def recent_writes(
        self, fields: Sequence[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Sequence[AuditEntry]]:
        """Give the last eight writes of each of these fields of links, newest first."""
        found: dict[tuple[int, str], list[AuditEntry]] = {}
        with self._database.read() as connection:
            for part in chunks(fields):
                wanted = set(part)
                values = {
                    "ids": list({link_id for link_id, _ in part}),
                    "fields": list({name for _, name in part}),
                }
                for one in self._database.fetch(connection, _LAST_WRITES, values):
                    row = dict(zip(audit.c.keys(), one, strict=False))
                    at = row["link_id"], row["field"]
                    if at in wanted:
                        found.setdefault(at, []).append(audit_of(row))
        return found

    def _of(
        self, pair: str, side: Side, *, refs: Sequence[RecordRef], closed: bool
    ) -> Mapping[RecordRef, Link]:
        found: dict[RecordRef, Link] = {}
        statement = self._database.prepared(_of_refs, side, closed=closed)
        with self._database.read() as connection:
            for name, ids in by_object(refs).items():
                for part in chunks(ids):
                    values = {"of_pair": pair, "object": name, "ids": part}
                    for row in self._database.fetch(connection, statement, values):
                        link = read_link(row)
                        found[link.ref(side)] = link
        return found


def _of_refs(side: Side, *, closed: bool) -> Select[*tuple[object, ...]]:
    return (
        sa.select(*LINK)
        .where(
            links.c.pair == sa.bindparam("of_pair"),
            links.c[f"{side}_object"] == sa.bindparam("object"),
            links.c[f"{side}_id"].in_(sa.bindparam("ids", expanding=True)),
            _CLOSED if closed else NOT_CLOSED,
        )
        .order_by(links.c.id)
    )


def _last_writes() -> Select[*tuple[object, ...]]:
    """Give what finds the last writes of fields of links, and of some more of those links."""
    age = sa.func.row_number().over(
        partition_by=(audit.c.link_id, audit.c.field), order_by=audit.c.id.desc()
    )
    ranked = (
        sa.select(audit, age.label("age"))
        .where(
            audit.c.link_id.in_(sa.bindparam("ids", expanding=True)),
            audit.c.field.in_(sa.bindparam("fields", expanding=True)),
            audit.c.kind == WRITE,
        )
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.age <= _RECENT).order_by(ranked.c.id.desc())


_LAST_WRITES = _last_writes()


def pack_seen(base: Mapping[str, Native], seen: Mapping[str, Native]) -> list[object] | None:
    """Give what `seen` says beyond `base`: values that differ, and names it lacks."""
    differs = {
        name: value for name, value in seen.items() if name not in base or base[name] != value
    }
    lacks = [name for name in base if name not in seen]
    return [differs, lacks] if differs or lacks else None


def _unpack_seen(
    base: Mapping[str, Native], packed: tuple[Mapping[str, Native], Sequence[str]] | None
) -> Mapping[str, Native]:
    if packed is None:
        return base
    differs, lacks = packed
    seen = {**base, **differs}
    for name in lacks:
        del seen[name]
    return seen
