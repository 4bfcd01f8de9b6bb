"""Held items and error items that are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import RowMapping, Select, Table

from sync.domain.record import RecordRef, Side
from sync.domain.store import Conflict, ConflictKind, ErrorItem
from sync.state.database import Database, chunks
from sync.state.rows import maybe_ref
from sync.state.tables import conflicts, errors

__all__ = ["SqlFindings"]

# Spelled out in the SQL: a database uses a partial index only when it sees its condition.
_OPEN = sa.text("state = 'open'")

_OPEN_FIELDS = [
    sa.select(table.c.link_id, table.c.field).where(
        table.c.link_id.in_(sa.bindparam("ids", expanding=True)), table.c.field != "", _OPEN
    )
    for table in (conflicts, errors)
]
_OPEN_NAMES = [
    sa.select(table.c.field)
    .where(
        table.c.pair == sa.bindparam("of_pair"),
        table.c.link_id.is_not(None),
        table.c.field != "",
        _OPEN,
    )
    .distinct()
    for table in (conflicts, errors)
]
_REFUSED = (
    sa.select(conflicts)
    .where(
        conflicts.c.pair == sa.bindparam("of_pair"),
        conflicts.c.group_name.startswith("refused:"),
        _OPEN,
    )
    .order_by(conflicts.c.id)
)
_OF_LINKS = [
    sa.select(table)
    .where(table.c.link_id.in_(sa.bindparam("ids", expanding=True)), _OPEN)
    .order_by(table.c.id)
    for table in (conflicts, errors)
]
_FAILING = sa.select(errors.c.link_id).where(
    errors.c.link_id.in_(sa.bindparam("ids", expanding=True)), _OPEN
)
_DUE = (
    sa.select(errors)
    .where(
        _OPEN, errors.c.pair == sa.bindparam("of_pair"), errors.c.next_try <= sa.bindparam("now")
    )
    .order_by(errors.c.id)
)
_RETRY = (
    sa.update(errors)
    .where(errors.c.id.in_(sa.bindparam("ids", expanding=True)), _OPEN)
    .values(next_try=sa.bindparam("now"))
)


class SqlFindings:
    """Held items and error items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_fields(self, link_ids: Sequence[int]) -> set[tuple[int, str]]:
        """Give the fields of links that are held or in error, as (link, field)."""
        found: set[tuple[int, str]] = set()
        with self._database.read() as connection:
            for part in chunks(link_ids):
                for statement in _OPEN_FIELDS:
                    rows = connection.execute(statement, {"ids": part})
                    found.update((id, field) for id, field in rows)
        return found

    def open_names(self, pair: str) -> set[str]:
        """Give the names of the fields of links that are held or in error anywhere in a pair."""
        found: set[str] = set()
        with self._database.read() as connection:
            for statement in _OPEN_NAMES:
                found.update(connection.execute(statement, {"of_pair": pair}).scalars())
        return found

    def failing(self, link_ids: Sequence[int]) -> set[int]:
        """Give those of the links that have an open error item."""
        found: set[int] = set()
        with self._database.read() as connection:
            for part in chunks(link_ids):
                found.update(connection.execute(_FAILING, {"ids": part}).scalars())
        return found

    def conflicts(self, pair: str | None = None) -> Sequence[Conflict]:
        """Give the open held items, oldest first."""
        return [_conflict(row) for row in self._open(conflicts, pair)]

    def refused(self, pair: str) -> Sequence[Conflict]:
        """Give the open held items of records a copy of which was refused as a duplicate."""
        with self._database.read() as connection:
            rows = connection.execute(_REFUSED, {"of_pair": pair}).mappings().all()
        return [_conflict(row) for row in rows]

    def errors(self, pair: str | None = None) -> Sequence[ErrorItem]:
        """Give the open error items, oldest first."""
        return [_error(row) for row in self._open(errors, pair)]

    def of_links(self, link_ids: Sequence[int]) -> tuple[Sequence[Conflict], Sequence[ErrorItem]]:
        """Give what is held of links, and what of them is in error, the oldest first."""
        held: list[Conflict] = []
        failed: list[ErrorItem] = []
        with self._database.read() as connection:
            for part in chunks(link_ids):
                of_conflicts, of_errors = (
                    connection.execute(statement, {"ids": part}).mappings()
                    for statement in _OF_LINKS
                )
                held += [_conflict(row) for row in of_conflicts]
                failed += [_error(row) for row in of_errors]
        return held, failed

    def count(self) -> tuple[int, int]:
        """Count the open held items and the open error items."""
        with self._database.read() as connection:
            held, failed = (
                connection.execute(
                    sa.select(sa.func.count()).select_from(table).where(_OPEN)
                ).scalar_one()
                for table in (conflicts, errors)
            )
        return held, failed

    def due(self, pair: str, now: datetime) -> Sequence[ErrorItem]:
        """Give the error items whose next try has come, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_DUE, {"of_pair": pair, "now": now}).mappings()
            return [_error(row) for row in rows]

    def retry(self, ids: Sequence[int], now: datetime) -> int:
        """Make error items due; give how many of them were open."""
        made = 0
        with self._database.write() as connection:
            for part in chunks(ids):
                made += connection.execute(_RETRY, {"ids": part, "now": now}).rowcount
        return made

    def _open(self, table: Table, pair: str | None) -> Sequence[RowMapping]:
        statement = self._database.prepared(_open_items, table, of_pair=pair is not None)
        with self._database.read() as connection:
            return connection.execute(statement, {"of_pair": pair}).mappings().all()


def _open_items(table: Table, *, of_pair: bool) -> Select[*tuple[object, ...]]:
    statement = sa.select(table).where(_OPEN).order_by(table.c.id)
    return statement.where(table.c.pair == sa.bindparam("of_pair")) if of_pair else statement


def _conflict(row: RowMapping) -> Conflict:
    return Conflict(
        id=row["id"],
        pair=row["pair"],
        kind=ConflictKind(row["kind"]),
        records=tuple((Side(side), RecordRef(name, id_)) for side, name, id_ in row["records"]),
        link_id=row["link_id"],
        field=row["field"],
        left=row["left_value"],
        right=row["right_value"],
        reason=row["reason"],
        proposal=row["proposal"],
        opened_run=row["opened_run"],
        opened_at=row["opened_at"],
        group=row["group_name"],
    )


def _error(row: RowMapping) -> ErrorItem:
    return ErrorItem(
        id=row["id"],
        pair=row["pair"],
        side=Side(row["side"]),
        ref=maybe_ref(row["object"], row["record_id"]),
        origin=maybe_ref(row["origin_object"], row["origin_id"]),
        link_id=row["link_id"],
        field=row["field"],
        category=row["category"],
        code=row["code"],
        message=row["message"],
        fix=row["fix"],
        attempts=row["attempts"],
        opened_run=row["opened_run"],
        opened_at=row["opened_at"],
        next_try=row["next_try"],
    )
