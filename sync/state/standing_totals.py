"""How the state stands, in numbers: what waits, what was left out, what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Table

from sync.domain.fact_reading import StageValue
from sync.domain.store import LinkState, RecordState
from sync.state.database import Database
from sync.state.tables import (
    conflicts,
    errors,
    links,
    records,
    runs,
    stage_doubts,
    stage_entries,
    stage_events,
)

__all__ = ["SqlStandingTotals"]

#: How a run ends that did all it could: without, or with records that wait for a person.
_DONE = (0, 1)


class SqlStandingTotals:
    """What stands in the state, counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stage_values(self, pair: str, at: datetime) -> Sequence[StageValue]:
        """Give what values stage events of a pair led to."""
        named = stage_events.c
        columns = (named.side, named.object, named.field, named.to_value)
        statement = (
            sa.select(*columns, sa.func.count())
            .where(named.pair == pair, named.at <= at)
            .group_by(*columns)
            .order_by(*columns)
        )
        with self._database.read() as connection:
            return [
                StageValue(
                    side=row[0], object_name=row[1], field=row[2], value=row[3], count=row[4]
                )
                for row in connection.execute(statement)
                if row[3]  # what was emptied came to no value
            ]

    def doubts(self) -> Mapping[str, int]:
        """Count the people of whom something could not be taken for a stay, by what."""
        found: dict[str, int] = {}
        with self._database.read() as connection:
            for column in (stage_doubts.c.unknown, stage_doubts.c.fallen, stage_doubts.c.undated):
                statement = sa.select(sa.func.count()).where(column > 0)
                found[column.name] = connection.execute(statement).scalar_one()
        return found

    def future_stays(self, at: datetime) -> int:
        """Count the stays that begin after a moment."""
        statement = sa.select(sa.func.count()).where(stage_entries.c.entered > at)
        with self._database.read() as connection:
            return int(connection.execute(statement).scalar_one())

    def open_conflicts(self, at: datetime) -> Mapping[tuple[str, str], int]:
        """Count what was held, by pair and kind."""
        return self._open(conflicts, conflicts.c.kind, at)

    def open_errors(self, at: datetime) -> Mapping[tuple[str, str], int]:
        """Count what was in error, by pair and category."""
        return self._open(errors, errors.c.category, at)

    def unlinked(self) -> Mapping[tuple[str, str, str], int]:
        """Count the records without a link as they stand now, by pair, side and state."""
        named = records.c
        columns = (named.pair, named.side, named.state)
        statement = (
            sa.select(*columns, sa.func.count())
            .where(named.state.not_in([RecordState.LINKED.value, RecordState.GONE.value]))
            .group_by(*columns)
        )
        with self._database.read() as connection:
            return {(row[0], row[1], row[2]): row[3] for row in connection.execute(statement)}

    def asleep(self) -> Mapping[str, int]:
        """Count the links that sleep now, by pair."""
        statement = (
            sa.select(links.c.pair, sa.func.count())
            .where(links.c.state == LinkState.ASLEEP.value)
            .group_by(links.c.pair)
        )
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def last_good_run(self, at: datetime) -> datetime | None:
        """Tell when the last run ended that did all it could."""
        good = (runs.c.kind == "sync", runs.c.exit.in_(_DONE), runs.c.ended <= at)
        statement = sa.select(runs.c.ended).where(*good).order_by(runs.c.id.desc()).limit(1)
        with self._database.read() as connection:
            found: datetime | None = connection.execute(statement).scalar()
            return found

    def _open(self, table: Table, word: Column[Any], at: datetime) -> Mapping[tuple[str, str], int]:
        closed = table.c.closed_at
        statement = (
            sa.select(table.c.pair, word, sa.func.count())
            .where(table.c.opened_at <= at, sa.or_(closed.is_(None), closed > at))
            .group_by(table.c.pair, word)
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(statement)}
