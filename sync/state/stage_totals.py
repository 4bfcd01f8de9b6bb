"""Sums over the stays of all people, worked out by the database.

Each question is one walk along an index, in its order, so that nothing is sorted and no memory is
taken, however many they are. Durations are counted in lots first; only of the few lots that hold a
percentile the values themselves are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from sync.domain.fact_reading import Span, StayTimes
from sync.state.columns import Micros
from sync.state.database import Database
from sync.state.tables import stage_entries

__all__ = ["SqlStageTotals"]

_STAYS = stage_entries.c
# Spelled out in the SQL: a database uses a partial index only when it sees its condition.
_THERE = sa.text("left_at IS NULL")


class SqlStageTotals:
    """What many stays add up to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def present(self, at: datetime) -> Mapping[int, int]:
        """Count the people who are at each stage, by rank."""
        with self._database.read(steady=True) as connection:
            there: list[ColumnElement[bool] | sa.TextClause] = [_THERE]
            if not _is_settled(connection, at):
                left = sa.or_(_STAYS.left_at.is_(None), _STAYS.left_at > at)
                there = [_STAYS.entered <= at, left]
            statement = sa.select(_STAYS.rank, sa.func.count()).where(*there)
            rows = connection.execute(statement.group_by(_STAYS.rank))
            return {row[0]: row[1] for row in rows}

    def furthest(self, span: Span) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered within a span, and the furthest one since."""
        found: Counter[tuple[int, int]] = Counter()
        with self._database.read(steady=True) as connection:
            if _is_settled(connection, span.as_of):
                return _came(connection, span)
            who = _first_within(span)
            columns = (_STAYS.rank, _STAYS.top)
            told = sa.select(*columns, sa.func.count()).where(*who, _STAYS.top_at <= span.as_of)
            for question in (told.group_by(*columns), _others(who, span.as_of)):
                for rank, top, count in connection.execute(question):
                    found[rank, top] += count
        return found

    def stay_times(
        self, span: Span, percents: Sequence[int], *, business: bool
    ) -> Mapping[int, StayTimes]:
        """Tell how long the stays lasted that ended within a span, by rank."""
        seconds = _STAYS.business if business else _STAYS.seconds
        lot = _STAYS.business_lot if business else _STAYS.lot
        lots: dict[int, dict[int, int]] = {}
        exact: dict[tuple[int, int], dict[int, int]] = {}
        with self._database.read(steady=True) as connection:
            settled = _is_settled(connection, span.as_of)
            ended = (*_within(_STAYS.left_at, span, settled=settled), lot.is_not(None))
            counted = sa.select(_STAYS.rank, lot, sa.func.count()).where(*ended)
            for rank, at, count in connection.execute(counted.group_by(_STAYS.rank, lot)):
                lots.setdefault(rank, {})[at] = count
            for rank, at in _wanted(lots, percents):
                told = sa.select(seconds, sa.func.count()).where(
                    *ended, _STAYS.rank == rank, lot == at
                )
                rows = connection.execute(told.group_by(seconds))
                exact[rank, at] = {row[0]: row[1] for row in rows}
        return {
            rank: StayTimes(
                count=sum(counts.values()),
                percentiles=tuple(
                    _percentile(rank, counts, exact, percent) for percent in percents
                ),
            )
            for rank, counts in lots.items()
        }


def _is_settled(connection: Connection, at: datetime) -> bool:
    """Tell whether no stay began later, so that all of them are now as they were then."""
    newest = sa.select(sa.func.max(_STAYS.entered)).where(_THERE)
    found: datetime | None = connection.execute(newest).scalar()
    return found is None or found <= at


def _came(connection: Connection, span: Span) -> Mapping[tuple[int, int], int]:
    """Count people by the stage they entered and the furthest one, where all is settled.

    Of each two stages by themselves: so a database counts along an index, and looks at no stay.
    """
    found: dict[tuple[int, int], int] = {}
    furthest = connection.execute(sa.select(sa.func.max(_STAYS.rank))).scalar()
    entered = _within(_STAYS.entered, span, settled=True)
    cases: list[ColumnElement[bool]] = [_STAYS.before.is_(None)]
    if span.since is not None:
        cases.append(_STAYS.before < sa.literal(span.since, Micros()))
    for rank in range(0 if furthest is None else furthest + 1):
        for top in range(rank, (furthest or 0) + 1):
            counts = [
                sa.select(sa.func.count())
                .where(_STAYS.rank == rank, _STAYS.top == top, case, *entered)
                .scalar_subquery()
                for case in cases
            ]
            count = sum(connection.execute(sa.select(*counts)).one())
            if count:
                found[rank, top] = count
    return found


def _others(who: Sequence[ColumnElement[bool]], at: datetime) -> Select[Any]:
    """Count those who came further only later: how far they had come by then is looked up."""
    later = stage_entries.alias("later")
    by_then = (
        sa.select(sa.func.max(later.c.rank))
        .where(
            later.c.link_id == _STAYS.link_id,
            later.c.number >= _STAYS.number,
            later.c.entered <= at,
        )
        .scalar_subquery()
        .label("reached")
    )
    found = sa.select(_STAYS.rank, by_then).where(*who, _STAYS.top_at > at).subquery()
    columns = (found.c.rank, found.c.reached)
    return sa.select(*columns, sa.func.count()).group_by(*columns)


def _first_within(span: Span) -> list[ColumnElement[bool]]:
    """Say that a stay began within a span, and is the first of its person at the stage there."""
    found = _within(_STAYS.entered, span, settled=False)
    before: ColumnElement[bool] = _STAYS.before.is_(None)
    if span.since is not None:
        before = sa.or_(before, _STAYS.before < sa.literal(span.since, Micros()))
    return [*found, before]


def _wanted(
    lots: Mapping[int, Mapping[int, int]], percents: Sequence[int]
) -> list[tuple[int, int]]:
    """Give the lots, by rank, that hold the values percentiles are worked out from."""
    return sorted(
        {
            (rank, _lot_of(counts, place)[0])
            for rank, counts in lots.items()
            for place in _places(sum(counts.values()), percents)
        }
    )


def _within(moment: ColumnElement[Any], span: Span, *, settled: bool) -> list[ColumnElement[bool]]:
    """Say that something was within a span; if all is `settled`, nothing was later."""
    found = [] if settled else [moment <= sa.literal(span.as_of, Micros())]
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
