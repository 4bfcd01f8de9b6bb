"""Sums over the stays of all people, worked out by the database.

Each question reads the stays once or twice, in the order they are kept, so that neither memory nor
sorting grows with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from sync.domain.fact_reading import Span, StayTimes
from sync.state.columns import Micros
from sync.state.database import Database
from sync.state.tables import stage_entries

__all__ = ["SqlStageTotals"]

#: Durations are counted in lots of a day first, so that only few of them are told apart.
_LOT = 86_400
_MICROS = 1_000_000

_STAYS = stage_entries.c


class SqlStageTotals:
    """What many stays add up to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entered(self, span: Span) -> Mapping[int, int]:
        """Count the people who entered each stage within a span, by rank."""
        who = sa.select(_STAYS.rank, _STAYS.link_id).where(*_within(_STAYS.entered, span))
        once = who.distinct().subquery()
        return self._by_rank(sa.select(once.c.rank, sa.func.count()).group_by(once.c.rank))

    def present(self, at: datetime) -> Mapping[int, int]:
        """Count the people who are at each stage, by rank."""
        there = sa.or_(_STAYS.left_at.is_(None), _STAYS.left_at > at)
        return self._by_rank(
            sa.select(_STAYS.rank, sa.func.count())
            .where(_STAYS.entered <= at, there)
            .group_by(_STAYS.rank)
        )

    def furthest(self, span: Span) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered within a span, and the furthest one since."""
        since = sa.over(
            sa.func.max(_STAYS.rank),
            partition_by=_STAYS.link_id,
            order_by=_STAYS.number,
            rows=(0, None),
        ).label("furthest")
        columns = (_STAYS.link_id, _STAYS.rank, _STAYS.entered)
        told = sa.select(*columns, since).where(_STAYS.entered <= span.as_of).subquery()
        # Of one who came to a stage twice, the first time sees the furthest.
        first = (
            sa.select(told.c.link_id, told.c.rank, sa.func.max(told.c.furthest).label("furthest"))
            .where(*_within(told.c.entered, span))
            .group_by(told.c.link_id, told.c.rank)
            .subquery()
        )
        statement = sa.select(first.c.rank, first.c.furthest, sa.func.count()).group_by(
            first.c.rank, first.c.furthest
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(statement)}

    def stay_times(
        self, span: Span, percents: Sequence[int], *, business: bool
    ) -> Mapping[int, StayTimes]:
        """Tell how long the stays lasted that ended within a span, by rank."""
        seconds = _STAYS.business if business else _seconds()
        lot = seconds // _LOT
        ended = (*_within(_STAYS.left_at, span), seconds.is_not(None))
        counted = sa.select(_STAYS.rank, lot, sa.func.count()).where(*ended)
        lots: dict[int, dict[int, int]] = {}
        with self._database.read() as connection:
            for rank, at, count in connection.execute(counted.group_by(_STAYS.rank, lot)):
                lots.setdefault(rank, {})[at] = count
            wanted = {
                (rank, at)
                for rank, counts in lots.items()
                for place in _places(sum(counts.values()), percents)
                for at in [_lot_of(counts, place)[0]]
            }
            exact: dict[tuple[int, int], dict[int, int]] = {}
            if wanted:
                asked = sa.or_(*(sa.and_(_STAYS.rank == rank, lot == at) for rank, at in wanted))
                told = sa.select(_STAYS.rank, seconds, sa.func.count()).where(*ended, asked)
                for rank, took, count in connection.execute(told.group_by(_STAYS.rank, seconds)):
                    exact.setdefault((rank, took // _LOT), {})[took] = count
        return {
            rank: StayTimes(
                count=sum(counts.values()),
                percentiles=tuple(
                    _percentile(rank, counts, exact, percent) for percent in percents
                ),
            )
            for rank, counts in lots.items()
        }

    def _by_rank(self, statement: Select[Any]) -> dict[int, int]:
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}


def _seconds() -> ColumnElement[int]:
    """Give the whole seconds a stay lasted."""
    micros = sa.type_coerce(_STAYS.left_at, sa.BigInteger) - sa.type_coerce(
        _STAYS.entered, sa.BigInteger
    )
    return micros // _MICROS


def _within(moment: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    found = [moment <= sa.literal(span.as_of, Micros())]
    if span.since is not None:
        found.append(moment >= sa.literal(span.since, Micros()))
    if span.until is not None:
        found.append(moment < sa.literal(span.until, Micros()))
    return found


def _places(count: int, percents: Sequence[int]) -> set[int]:
    """Give the places, in rising order from 0, whose values percentiles are worked out from."""
    found: set[int] = set()
    for percent in percents:
        place, part = divmod((count - 1) * percent, 100)
        found |= {place, place + 1} if part else {place}
    return found


def _lot_of(counts: Mapping[int, int], place: int) -> tuple[int, int]:
    """Give the lot a place of the rising order lies in, and the place within it."""
    for lot in sorted(counts):
        if place < counts[lot]:
            return lot, place
        place -= counts[lot]
    raise IndexError(place)


def _percentile(
    rank: int,
    counts: Mapping[int, int],
    exact: Mapping[tuple[int, int], Mapping[int, int]],
    percent: int,
) -> Decimal:
    """Give a percentile in seconds: between two values, on the straight line between them."""

    def value(place: int) -> int:
        lot, within = _lot_of(counts, place)
        return _lot_of(exact[rank, lot], within)[0]

    place, part = divmod((sum(counts.values()) - 1) * percent, 100)
    low = value(place)
    return Decimal(100 * low + (part * (value(place + 1) - low) if part else 0)) / 100
