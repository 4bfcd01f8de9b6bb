"""Reading what was known at a moment, in chunks by key, so that any number takes little memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from heapq import merge
from itertools import groupby, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table

from sync.domain.fact_reading import HandOver, Span
from sync.domain.facts import Body, FactKind, MemberFacts, SaleFacts
from sync.domain.outcomes import Turn, turn_of
from sync.domain.timeline import Stay
from sync.state.columns import NAME
from sync.state.database import CHUNK, Database, chunks
from sync.state.rows import NOT_CLOSED
from sync.state.stage_totals import SqlStageTotals
from sync.state.standing_totals import SqlStandingTotals
from sync.state.tables import (
    fact_versions,
    former_ids,
    hand_overs,
    links,
    member_versions,
    sale_versions,
    stage_entries,
)

__all__ = ["SqlFactReading"]

_STAY = tuple(
    stage_entries.c[name]
    for name in ("link_id", "number", "rank", "entered", "left_at", "next_rank")
)


class SqlFactReading:
    """What the state kept for reports; satisfies `sync.domain.fact_reading.FactReading`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.stages = SqlStageTotals(database)
        self.standing = SqlStandingTotals(database)

    def facts(self, kind: FactKind, at: datetime) -> Iterator[Sequence[tuple[int, Body]]]:
        """Give the facts of all links of a kind, by link."""
        named = fact_versions.c
        statement = sa.select(named.link_id, named.body).where(
            named.kind == kind.value, _stood(fact_versions, at)
        )
        for rows in self._pages(statement, named.link_id):
            yield [(row[0], row[1]) for row in rows]

    def facts_of(self, link_ids: Sequence[int], at: datetime) -> Mapping[int, Body]:
        """Give the facts of links."""
        found: dict[int, Body] = {}
        named = fact_versions.c
        with self._database.read() as connection:
            for part in chunks(sorted(set(link_ids))):
                statement = sa.select(named.link_id, named.body).where(
                    named.link_id.in_(part), _stood(fact_versions, at)
                )
                found.update({row[0]: row[1] for row in connection.execute(statement)})
        return found

    def stays(self, at: datetime) -> Iterator[Sequence[tuple[int, Stay]]]:
        """Give the stays of all people that had begun, by link and in order."""
        named = stage_entries.c
        statement = sa.select(*_STAY).where(named.entered <= at)
        for rows in self._pages(statement, named.link_id, named.number):
            yield [(row[0], _stay(row, at)) for row in rows]

    def hand_overs(self, at: datetime) -> Iterator[Sequence[HandOver]]:
        """Give the hand-overs and hand-backs of all people, by link and in order."""
        named = hand_overs.c
        statement = sa.select(hand_overs).where(named.at <= at)
        keys = (named.link_id, named.at, named.id)
        for rows in self._pages(statement, *keys):
            yield [_hand_over(row) for row in rows]

    def involved(self, span: Span, ranks: Collection[int]) -> Iterator[Sequence[int]]:
        """Give who was handed over within a span, or came to one of these stages, by link."""
        over, came = hand_overs.c, stage_entries.c
        handed = sa.select(over.link_id, over.at, over.id).where(
            over.kind == "over", *_within(over.at, span)
        )
        moved = sa.select(came.link_id, came.number).where(
            # Not by an index of ranks: its rows would be sorted anew for every page.
            (came.rank + 0).in_(ranks),
            *_within(came.entered, span),
        )
        # Each is read in the order it is kept, once from its beginning to its end.
        found = merge(
            self._links(handed, over.link_id, over.at, over.id),
            self._links(moved, came.link_id, came.number) if ranks else (),
        )
        each = (link_id for link_id, _ in groupby(found))
        while chunk := list(islice(each, CHUNK)):
            yield chunk

    def _links(self, statement: Select[Any], *keys: ColumnElement[Any]) -> Iterator[int]:
        for rows in self._pages(statement, *keys):
            yield from (row[0] for row in rows)

    def stays_of(self, link_ids: Sequence[int], at: datetime) -> Sequence[tuple[int, Stay]]:
        """Give the stays of people that had begun, by link and in order."""
        named = stage_entries.c
        found: list[tuple[int, Stay]] = []
        with self._database.read() as connection:
            for part in chunks(sorted(set(link_ids))):
                statement = sa.select(*_STAY).where(named.link_id.in_(part), named.entered <= at)
                rows = connection.execute(statement.order_by(named.link_id, named.number))
                found += [(row[0], _stay(row, at)) for row in rows]
        return found

    def hand_overs_of(self, link_ids: Sequence[int], at: datetime) -> Sequence[HandOver]:
        """Give the hand-overs and hand-backs of people, by link and in order."""
        named = hand_overs.c
        found: list[HandOver] = []
        with self._database.read() as connection:
            for part in chunks(sorted(set(link_ids))):
                statement = sa.select(hand_overs).where(named.link_id.in_(part), named.at <= at)
                ordered = statement.order_by(named.link_id, named.at, named.id)
                found += [_hand_over(row) for row in connection.execute(ordered)]
        return found

    def sales(self, at: datetime) -> Iterator[Sequence[tuple[str, SaleFacts]]]:
        """Give all opportunities, by id."""
        statement = sa.select(sale_versions).where(_stood(sale_versions, at))
        for rows in self._pages(statement, sale_versions.c.id):
            yield [
                (
                    row.id,
                    SaleFacts(
                        account=row.account,
                        won=row.won,
                        closes=_day(row.closes),
                        body=row.body,
                    ),
                )
                for row in rows
            ]

    def first_wins(self, accounts: Sequence[str], at: datetime) -> Mapping[str, Turn]:
        """Tell when accounts won for the first time."""
        found: dict[str, Turn] = {}
        with self._database.read() as connection:
            for part in chunks(accounts):
                for account, first in connection.execute(_first_wins(part, at)):
                    if first is not None:
                        closes, _, id = first.partition(" ")
                        found[account] = turn_of(_day(closes or None), id)
        return found

    def members(
        self, people: str, campaigns: str, at: datetime
    ) -> Iterator[Sequence[tuple[int, int, MemberFacts]]]:
        """Give memberships with the links of person and campaign, by person and then by time."""
        statement = sa.select(links.c.id, links.c.right_id).where(
            links.c.pair == people, NOT_CLOSED
        )
        for rows in self._pages(statement, links.c.id):
            person_links = {row.right_id: row.id for row in rows}
            found = self._members_of(list(person_links), at)
            named = self.linked(campaigns, sorted({one.campaign for one in found}))
            yield sorted(
                (
                    (person_links[one.person], named[one.campaign][0], one)
                    for one in found
                    if one.campaign in named
                ),
                key=lambda row: (row[0], row[2].at, row[1]),
            )

    def _members_of(self, people: Sequence[str], at: datetime) -> list[MemberFacts]:
        statement = sa.select(member_versions).where(
            member_versions.c.person.in_(people), _stood(member_versions, at)
        )
        with self._database.read() as connection:
            return [
                MemberFacts(
                    person=row.person,
                    campaign=row.campaign,
                    at=row.at,
                    status=row.status,
                    responded=row.responded,
                )
                for row in connection.execute(statement)
            ]

    def linked(self, pair: str, ids: Sequence[str]) -> Mapping[str, tuple[int, str]]:
        """Give link and left id of records on the right, by their ids."""
        found: dict[str, tuple[int, str]] = {}
        with self._database.read() as connection:
            for part in chunks(ids):
                now = sa.select(links.c.right_id, links.c.id, links.c.left_id).where(
                    links.c.pair == pair, links.c.right_id.in_(part), NOT_CLOSED
                )
                before = (
                    sa.select(former_ids.c.record_id, links.c.id, links.c.left_id)
                    .join(links, links.c.id == former_ids.c.link_id)
                    .where(
                        former_ids.c.pair == pair,
                        former_ids.c.side == "right",
                        former_ids.c.record_id.in_(part),
                        NOT_CLOSED,
                    )
                )
                for statement in (before, now):
                    for id, link_id, left_id in connection.execute(statement):
                        found[id] = (link_id, left_id)
        return found

    def _pages(self, statement: Select[Any], *keys: ColumnElement[Any]) -> Iterator[Sequence[Any]]:
        """Give what a statement finds in order of keys that it selects, page by page."""
        names = [key.name for key in keys if isinstance(key, sa.Column)]
        last: tuple[Any, ...] | None = None
        while True:
            page = statement.order_by(*keys).limit(CHUNK)
            if last is not None:
                after = [sa.literal(one, key.type) for one, key in zip(last, keys, strict=True)]
                page = page.where(sa.tuple_(*keys) > sa.tuple_(*after))
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            if rows:
                yield rows
            if len(rows) < CHUNK:
                return
            last = tuple(getattr(rows[-1], name) for name in names)


def _first_wins(accounts: Sequence[str], at: datetime) -> Select[Any]:
    """Ask for the day and id of the first win of each account, and read no other."""
    asked = (
        sa.values(sa.column("account", NAME), name="asked")
        .data([(one,) for one in accounts])
        .cte("asked")
    )
    won = sale_versions.c
    first = (
        sa.select(sa.func.coalesce(won.closes, "") + " " + won.id)
        .where(won.account == asked.c.account, won.won.is_(True), _stood(sale_versions, at))
        .order_by(won.closes.nulls_first(), won.id)
        .limit(1)
        .correlate(asked)
        .scalar_subquery()
    )
    return sa.select(asked.c.account, first)


def _stood(table: Table, at: datetime) -> ColumnElement[bool]:
    """Say that a version stood at a moment."""
    until = table.c.until
    return sa.and_(table.c.since <= at, sa.or_(until.is_(None), until > at))


def _within(moment: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    found = [moment <= span.as_of]
    if span.since is not None:
        found.append(moment >= span.since)
    if span.until is not None:
        found.append(moment < span.until)
    return found


def _hand_over(row: Any) -> HandOver:
    return HandOver(
        link_id=row.link_id,
        at=row.at,
        over=row.kind == "over",
        stage_from=row.stage_from,
        stage_to=row.stage_to,
        reason=row.reason,
        again_at=row.again_at,
        owner=row.owner,
        rule=row.rule,
    )


def _stay(row: Any, at: datetime) -> Stay:
    """Give a stay as it was then: what ended later had not ended."""
    over = row.left_at is not None and row.left_at <= at
    return Stay(
        rank=row.rank,
        entered=row.entered,
        left=row.left_at if over else None,
        next_rank=row.next_rank if over else None,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
