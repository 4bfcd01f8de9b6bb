"""What people ask of the state: histories, look-ups and sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping

from sync.domain.audit import AuditRow
from sync.domain.record import Side
from sync.domain.store import Link, Watermark
from sync.state.database import CHUNK, Database
from sync.state.rows import audit_of, link_of
from sync.state.tables import audit, former_ids, keys, leases, links, metadata, watermarks

__all__ = ["AuditRow", "LeaseRow", "MarkRow", "Queries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRow:
    """One watermark with what it is of."""

    pair: str
    side: Side
    object_name: str
    mark: Watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRow:
    """Who holds the right to run, and since when."""

    holder: str
    since: datetime


class Queries:
    """Reads for the command line; nothing here is needed to sync."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def audit_of_link(self, link_id: int) -> Iterator[AuditRow]:
        """Give all that was done to a link, oldest first."""
        return self._audit(audit.c.link_id == link_id)

    def audit_of_run(self, run: int) -> Iterator[AuditRow]:
        """Give all that a run did, in order."""
        return self._audit(audit.c.run == run)

    def find_links(self, record_id: str, *, pair: str | None = None) -> Sequence[Link]:
        """Give the links of a record by its id on either side, closed ones included.

        An id that a link had before a merge or a conversion leads to that link, too.
        """
        led = sa.select(former_ids.c.link_id).where(former_ids.c.record_id == record_id)
        statement = (
            sa.select(links)
            .where(
                sa.or_(
                    links.c.left_id == record_id,
                    links.c.right_id == record_id,
                    links.c.id.in_(led),
                )
            )
            .order_by(links.c.id)
        )
        if pair is not None:
            statement = statement.where(links.c.pair == pair)
        with self._database.read() as connection:
            return [link_of(row) for row in connection.execute(statement).mappings()]

    def links_by_key(self, pair: str, rule: int, value: str) -> Sequence[Link]:
        """Give the links whose record on either side is kept with this key hash."""
        carriers = keys.alias("carriers")
        sides = [
            sa.and_(
                carriers.c.side == side.value,
                links.c[f"{side}_object"] == carriers.c.object,
                links.c[f"{side}_id"] == carriers.c.record_id,
            )
            for side in Side
        ]
        found: dict[int, Link] = {}
        with self._database.read() as connection:
            # One query a side: each then has an index of its own.
            for on in sides:
                statement = (
                    sa.select(links)
                    .join(carriers, sa.and_(links.c.pair == carriers.c.pair, on))
                    .where(
                        carriers.c.pair == pair, carriers.c.rule == rule, carriers.c.hash == value
                    )
                )
                for row in connection.execute(statement).mappings():
                    found[row["id"]] = link_of(row)
        return [found[link_id] for link_id in sorted(found)]

    def watermarks(self) -> Sequence[MarkRow]:
        """Give all watermarks by pair, side and object."""
        order = (watermarks.c.pair, watermarks.c.side, watermarks.c.object)
        with self._database.read() as connection:
            statement = sa.select(watermarks).order_by(*order)
            return [_mark(row) for row in connection.execute(statement).mappings()]

    def lease(self, now: datetime) -> LeaseRow | None:
        """Give who holds the right to run, if anybody does; it is not touched."""
        statement = sa.select(leases).where(leases.c.until > now)
        with self._database.read() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else LeaseRow(holder=row["holder"], since=row["since"])

    def sizes(self) -> Mapping[str, int]:
        """Count the rows of each table."""
        with self._database.read() as connection:
            return {
                name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in sorted(metadata.tables.items())
            }

    def _audit(self, where: ColumnElement[bool]) -> Iterator[AuditRow]:
        after = 0
        while True:
            statement = (
                sa.select(audit).where(where, audit.c.id > after).order_by(audit.c.id).limit(CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).mappings().all()
            for row in rows:
                after = row["id"]
                yield AuditRow(id=after, run=row["run"], at=row["at"], entry=audit_of(row))
            if len(rows) < CHUNK:
                return


def _mark(row: RowMapping) -> MarkRow:
    return MarkRow(
        pair=row["pair"],
        side=Side(row["side"]),
        object_name=row["object"],
        mark=Watermark(row["stamp"], row["proven_at"], row["compared_at"], row["mapping"]),
    )
