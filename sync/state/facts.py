"""What reports count by, kept as versions: what was known, since when and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table

from sync.domain.facts import Body, Due, FactKind, MemberFacts, SaleFacts, StaysOf
from sync.domain.timeline import Handed
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.stay_rows import stay_rows
from sync.state.tables import (
    campaign_members,
    due,
    fact_versions,
    hand_overs,
    links,
    member_versions,
    opportunities,
    sale_versions,
    stage_doubts,
    stage_entries,
)

__all__ = ["BEGINNING", "SqlFacts"]

#: Since when a first version counts: nothing is known of what stood before.
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

_DUE = (
    sa.select(due.c.key)
    .where(due.c.kind == sa.bindparam("of_kind"))
    .order_by(due.c.key)
    .limit(sa.bindparam("most"))
)


class SqlFacts:
    """What reports count by; satisfies `sync.domain.facts.Facts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- what is to be looked at --------------------------------------------------------------

    def due(self, kind: Due, *, size: int) -> Sequence[str]:
        """Give some of those whose facts are to be looked at, none once all were."""
        with self._database.read() as connection:
            values = {"of_kind": kind.value, "most": size}
            return list(connection.execute(_DUE, values).scalars())

    def mark(self, kind: Due, keys: Sequence[str]) -> None:
        """Have facts looked at."""
        if keys:
            with self._database.write() as connection:
                mark_due(connection, self._database, kind, keys)

    def mark_all(self, pairs: Sequence[str]) -> None:
        """Have all links of pairs, all opportunities and all memberships looked at."""
        link = sa.select(sa.cast(links.c.id, sa.String)).where(links.c.pair.in_(list(pairs)))
        every = {
            Due.LINK: link,
            Due.SALE: sa.select(opportunities.c.id),
            Due.MEMBER: sa.select(campaign_members.c.id),
        }
        with self._database.write() as connection:
            connection.execute(sa.delete(due))
            for kind, keys in every.items():
                found = keys.add_columns(sa.literal(kind.value))
                connection.execute(sa.insert(due).from_select(["key", "kind"], found))

    def done(self, kind: Due, keys: Sequence[str]) -> None:
        """Note that facts were looked at."""
        with self._database.write() as connection:
            for part in chunks(keys):
                looked_at = sa.and_(due.c.kind == kind.value, due.c.key.in_(part))
                connection.execute(sa.delete(due).where(looked_at))

    # --- versions -----------------------------------------------------------------------------

    def current(self, link_ids: Sequence[int]) -> Mapping[int, Body]:
        """Give the newest facts of links, of those that have any."""
        found: dict[int, Body] = {}
        with self._database.read() as connection:
            for part in chunks(link_ids):
                rows = connection.execute(
                    sa.select(fact_versions.c.link_id, fact_versions.c.body).where(
                        fact_versions.c.link_id.in_(part), fact_versions.c.until.is_(None)
                    )
                )
                found.update({row[0]: row[1] for row in rows})
        return found

    def keep(self, kind: FactKind, bodies: Mapping[int, Body | None], *, at: datetime) -> None:
        """Keep the facts of links as of a moment; None where there are none any more."""
        rows = {
            link_id: None if body is None else {"kind": kind.value, "body": dict(body)}
            for link_id, body in bodies.items()
        }
        self._keep(fact_versions, fact_versions.c.link_id, rows, at=at)

    def keep_sales(self, found: Mapping[str, SaleFacts | None], *, at: datetime) -> None:
        """Keep the facts of opportunities as of a moment; None where one is gone."""
        rows = {id: None if one is None else _sale_row(one) for id, one in found.items()}
        self._keep(sale_versions, sale_versions.c.id, rows, at=at)

    def keep_members(self, found: Mapping[str, MemberFacts | None], *, at: datetime) -> None:
        """Keep memberships as of a moment; None where one is gone."""
        rows = {id: None if one is None else _member_row(one) for id, one in found.items()}
        self._keep(member_versions, member_versions.c.id, rows, at=at)

    def _keep(
        self,
        table: Table,
        key: Column[Any],
        rows: Mapping[Any, Mapping[str, object] | None],
        *,
        at: datetime,
    ) -> None:
        """Close the versions that say something else by now, and begin new ones."""
        for part in chunks(rows):
            with self._database.write() as connection:
                last = _last_versions(connection, table, key, part)
                fresh = {one: rows[one] for one in part if _says_other(rows[one], last.get(one))}
                self._close(connection, table, key, fresh, last, at=at)
                begun = [
                    {key.name: one, "since": _since(last.get(one), at), "until": None, **values}
                    for one, values in fresh.items()
                    if values is not None
                ]
                if begun:
                    sets = tuple(name for name in begun[0] if name not in (key.name, "since"))
                    again = self._database.upsert(table, by=(key.name, "since"), sets=sets)
                    self._database.put(connection, again, begun)

    def _close(
        self,
        connection: Connection,
        table: Table,
        key: Column[Any],
        fresh: Mapping[Any, object],
        last: Mapping[Any, Mapping[str, Any]],
        *,
        at: datetime,
    ) -> None:
        ended = [one for one in fresh if one in last and last[one]["until"] is None]
        open_now = sa.and_(key.in_(ended), table.c.until.is_(None))
        connection.execute(sa.update(table).where(open_now).values(until=at))

    # --- stays --------------------------------------------------------------------------------

    def keep_stays(self, found: Sequence[StaysOf]) -> None:
        """Keep the stays of people in the place of those kept before."""
        with self._database.write() as connection:
            for part in chunks([one.link_id for one in found]):
                for table in (stage_entries, stage_doubts):
                    connection.execute(sa.delete(table).where(table.c.link_id.in_(part)))
            stays = [row for one in found for row in stay_rows(one)]
            self._database.put(connection, self._database.insert(stage_entries), stays)
            doubts = [row for one in found for row in _doubt_rows(one)]
            self._database.put(connection, self._database.insert(stage_doubts), doubts)

    def handings(self, link_ids: Sequence[int]) -> Mapping[int, Sequence[Handed]]:
        """Give the hand-overs and hand-backs of people, the oldest first."""
        found: dict[int, list[Handed]] = {}
        named = hand_overs.c
        with self._database.read() as connection:
            for part in chunks(link_ids):
                statement = (
                    sa.select(named.link_id, named.at, named.kind, named.stage_to)
                    .where(named.link_id.in_(part))
                    .order_by(named.at, named.id)
                )
                for link_id, at, kind, to in connection.execute(statement):
                    found.setdefault(link_id, []).append(Handed(at=at, to=to, over=kind == "over"))
        return found


def _last_versions(
    connection: Connection, table: Table, key: Column[Any], keys: Sequence[Any]
) -> dict[Any, dict[str, Any]]:
    statement = sa.select(table).where(key.in_(keys)).order_by(key, table.c.since)
    rows = connection.execute(statement).mappings()
    return {row[key.name]: dict(row) for row in rows}


def _says_other(now: Mapping[str, object] | None, last: Mapping[str, Any] | None) -> bool:
    """Tell whether something else is known than the last version says."""
    if last is None or last["until"] is not None:
        return now is not None
    return now is None or any(last[name] != value for name, value in now.items())


def _since(last: Mapping[str, Any] | None, at: datetime) -> datetime:
    """Give when a version begins; what a clock put back wrote is written over, not doubled."""
    return BEGINNING if last is None else max(at, last["since"])


def _sale_row(one: SaleFacts) -> dict[str, object]:
    return {
        "account": one.account,
        "won": one.won,
        "closes": None if one.closes is None else one.closes.isoformat(),
        "body": dict(one.body),
    }


def _member_row(one: MemberFacts) -> dict[str, object]:
    return {
        "person": one.person,
        "campaign": one.campaign,
        "at": one.at,
        "status": one.status,
        "responded": one.responded,
    }


def _doubt_rows(one: StaysOf) -> list[dict[str, object]]:
    timeline = one.timeline
    if not (timeline.unknown or timeline.fallen or timeline.undated):
        return []
    return [
        {
            "link_id": one.link_id,
            "unknown": timeline.unknown,
            "fallen": timeline.fallen,
            "undated": timeline.undated,
        }
    ]
