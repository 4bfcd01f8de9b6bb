"""Opportunities as they were read last, who stands behind them, and whom a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, Select, Table

from sync.domain.outcomes import Opportunity, Turn, turn_of
from sync.domain.record import Side
from sync.domain.sales import Bearer, OpportunityPerson
from sync.state.database import CHUNK, Database, chunks
from sync.state.due import mark_sales_of_accounts
from sync.state.memberships import SqlMemberships
from sync.state.sellers import SqlSellers
from sync.state.tables import (
    audit,
    campaign_names,
    opportunities,
    opportunity_people,
    outcome_touches,
    person_accounts,
)
from sync.state.touches import Touches

__all__ = ["SqlSales"]

_FACTS = tuple(column.name for column in opportunities.c if not column.primary_key)


class SqlSales:
    """What the state knows of opportunities; satisfies `sync.domain.sales.Sales`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._touches = Touches(database)
        self.memberships = SqlMemberships(database)
        self.sellers = SqlSellers(database)

    def has_any(self) -> bool:
        """Tell whether any opportunity is known."""
        with self._database.read() as connection:
            return connection.execute(sa.select(opportunities.c.id).limit(1)).first() is not None

    # --- keeping ----------------------------------------------------------------------------

    def take(self, opportunities: Sequence[Opportunity]) -> None:
        """Keep opportunities as they are now; whom a changed one concerns is touched."""
        known = self.get([one.id for one in opportunities])
        changed = [one for one in opportunities if known.get(one.id) != one]
        if not changed:
            return
        before = [known[one.id] for one in changed if one.id in known]
        with self._database.write() as connection:
            self._keep(connection, changed)
            self._touches.of_opportunities(connection, [*before, *changed])

    def drop(self, ids: Sequence[str]) -> None:
        """Forget opportunities; who stood behind one does so again where it is restored."""
        known = list(self.get(ids).values())
        if not known:
            return
        gone = [one.id for one in known]
        with self._database.write() as connection:
            self._touches.of_opportunities(connection, known)
            for part in chunks(gone):
                connection.execute(sa.delete(opportunities).where(opportunities.c.id.in_(part)))

    def take_people(self, rows: Sequence[OpportunityPerson]) -> None:
        """Keep who stands behind opportunities."""
        known = self._rows([one.id for one in rows])
        changed = {one.id: one for one in rows if known.get(one.id) != one}
        if not changed:
            return
        before = [known[id] for id in changed if id in known]
        with self._database.write() as connection:
            again = self._database.upsert(
                opportunity_people, by=("id",), sets=("opportunity", "person", "main")
            )
            values = [
                {
                    "id": one.id,
                    "opportunity": one.opportunity,
                    "person": one.person,
                    "main": one.main,
                }
                for one in changed.values()
            ]
            self._database.put(connection, again, values)
            self._touches.of_rows(connection, [*before, *changed.values()])

    def drop_people(self, ids: Sequence[str]) -> None:
        """Forget rows that said who stands behind an opportunity."""
        known = self._rows(ids)
        if not known:
            return
        with self._database.write() as connection:
            for part in chunks(known):
                gone = opportunity_people.c.id.in_(part)
                connection.execute(sa.delete(opportunity_people).where(gone))
            self._touches.of_rows(connection, list(known.values()))

    def take_accounts(self, accounts: Mapping[str, str | None]) -> None:
        """Keep which account each person belongs to; whoever may be its only one is touched."""
        known = self._accounts_of(list(accounts))
        changed = {id: one for id, one in accounts.items() if known.get(id) != one}
        if not changed:
            return
        concerned = {one for one in (*changed.values(), *map(known.get, changed)) if one}
        with self._database.write() as connection:
            self._set_accounts(connection, changed)
            self._touches.of_only_people(connection, concerned)
            mark_sales_of_accounts(connection, self._database, concerned)

    def take_campaigns(self, names: Mapping[str, str]) -> None:
        """Keep the names of campaigns; whoever carries one that is new is touched."""
        known = self.campaign_names(list(names))
        changed = {id: name for id, name in names.items() if known.get(id) != name}
        if not changed:
            return
        with self._database.write() as connection:
            again = self._database.upsert(campaign_names, by=("id",), sets=("name",))
            rows = [{"id": id, "name": name} for id, name in changed.items()]
            self._database.put(connection, again, rows)
        for part in chunks(changed):
            mine = self._opportunities(opportunities.c.campaign.in_(part))
            with self._database.write() as connection:
                self._touches.of_opportunities(connection, mine)

    def leave(self, kind: Bearer, id: str, successor: str | None) -> None:
        """Let a person or account be gone, into its successor where there is one."""
        if kind is Bearer.PERSON:
            self._leave_person(id, successor)
        elif kind is Bearer.COMPANY and successor is not None:
            mine = self._opportunities(opportunities.c.account == id)
            with self._database.write() as connection:
                for table in (opportunities, person_accounts):
                    moved = sa.update(table).where(table.c.account == id)
                    connection.execute(moved.values(account=successor))
                theirs = [replace(one, account=successor) for one in mine]
                self._touches.of_opportunities(connection, [*mine, *theirs])

    def _leave_person(self, id: str, successor: str | None) -> None:
        rows = self._rows_where(opportunity_people.c.person == id)
        concerned = set(self._accounts_of([id]).values())
        if not rows and not concerned:
            return
        with self._database.write() as connection:
            own = opportunity_people.c.person == id
            if successor is None:
                connection.execute(sa.delete(opportunity_people).where(own))
            else:
                moved = sa.update(opportunity_people).where(own).values(person=successor)
                connection.execute(moved)
                self._touches.touch(connection, Bearer.PERSON, [successor])
            connection.execute(sa.delete(person_accounts).where(person_accounts.c.person == id))
            self._touches.of_rows(connection, rows)
            self._touches.of_only_people(connection, concerned)
            mark_sales_of_accounts(connection, self._database, concerned)

    def _keep(self, connection: Connection, found: Sequence[Opportunity]) -> None:
        again = self._database.upsert(opportunities, by=("id",), sets=_FACTS)
        rows = {one.id: _row(one) for one in found}
        self._database.put(connection, again, list(rows.values()))

    def _set_accounts(self, connection: Connection, changed: Mapping[str, str | None]) -> None:
        again = self._database.upsert(person_accounts, by=("person",), sets=("account",))
        rows = [{"person": id, "account": one} for id, one in changed.items() if one]
        self._database.put(connection, again, rows)
        for part in chunks([id for id, one in changed.items() if not one]):
            gone = person_accounts.c.person.in_(part)
            connection.execute(sa.delete(person_accounts).where(gone))

    # --- whom a change touches --------------------------------------------------------------

    def touch_all(self) -> None:
        """Mark all who carry anything."""
        with self._database.write() as connection:
            self._touches.all(connection)

    def touched(self, kind: Bearer, *, after: int, size: int) -> Iterator[Sequence[str]]:
        """Give who was touched since that number, each once, in chunks."""
        last = (after, chr(0x10FFFF))
        order = (outcome_touches.c.number, outcome_touches.c.record_id)
        while True:
            statement = (
                sa.select(*order)
                .where(outcome_touches.c.kind == kind.value, sa.tuple_(*order) > sa.tuple_(*last))
                .order_by(*order)
                .limit(size)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).all()
            if not rows:
                return
            yield [id for _, id in rows]
            last = rows[-1][0], rows[-1][1]

    def last_touch(self) -> int:
        """Give the number of the last mark."""
        with self._database.read() as connection:
            return self._touches.last(connection)

    # --- giving -----------------------------------------------------------------------------

    def get(self, ids: Sequence[str]) -> Mapping[str, Opportunity]:
        """Give opportunities by id."""
        return {
            one.id: one
            for part in chunks(ids)
            for one in self._opportunities(opportunities.c.id.in_(part))
        }

    def all(self, *, closed: bool = False) -> Iterator[Sequence[Opportunity]]:
        """Give all opportunities, or those that are closed, by id, in chunks."""
        last = ""
        while True:
            where = [opportunities.c.id > last]
            if closed:
                where.append(opportunities.c.closed.is_(True))
            statement = sa.select(opportunities).where(*where).order_by(opportunities.c.id)
            found = self._read(statement.limit(CHUNK))
            if not found:
                return
            yield found
            last = found[-1].id

    def of_people(self, ids: Sequence[str]) -> Mapping[str, Sequence[Opportunity]]:
        """Give the opportunities behind which these people stand, each once."""
        found: dict[str, dict[str, Opportunity]] = {}
        for part in chunks(ids):
            by_row = _with_person(opportunity_people.c.person).join_from(
                opportunities,
                opportunity_people,
                opportunity_people.c.opportunity == opportunities.c.id,
            )
            nobody = ~sa.exists().where(opportunity_people.c.opportunity == opportunities.c.id)
            alone = (
                _with_person(person_accounts.c.person)
                .join_from(
                    opportunities,
                    person_accounts,
                    person_accounts.c.account == opportunities.c.account,
                )
                .where(nobody, _is_only())
            )
            for statement in (
                by_row.where(opportunity_people.c.person.in_(part)),
                alone.where(person_accounts.c.person.in_(part)),
            ):
                with self._database.read() as connection:
                    for row in connection.execute(statement).mappings():
                        mine = found.setdefault(row["behind"], {})
                        mine[row["id"]] = _opportunity(row)
        return {id: list(mine.values()) for id, mine in found.items()}

    def of_accounts(self, ids: Sequence[str]) -> Mapping[str, Sequence[Opportunity]]:
        """Give the opportunities of accounts."""
        found: dict[str, list[Opportunity]] = {}
        for part in chunks(ids):
            for one in self._opportunities(opportunities.c.account.in_(part)):
                assert one.account is not None
                found.setdefault(one.account, []).append(one)
        return found

    def people_behind(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Give who stands behind opportunities by a row of their own, the first one first."""
        found: dict[str, dict[str, None]] = {}
        for part in chunks(ids):
            rows = self._rows_where(opportunity_people.c.opportunity.in_(part))
            for one in sorted(rows, key=lambda row: (not row.main, row.id)):
                found.setdefault(one.opportunity, {})[one.person] = None
        return {id: list(people) for id, people in found.items()}

    def only_people(self, accounts: Sequence[str]) -> Mapping[str, str]:
        """Give the one person of each account that has one only."""
        found: dict[str, str] = {}
        for part in chunks(accounts):
            statement = (
                sa.select(person_accounts.c.account, sa.func.min(person_accounts.c.person))
                .where(person_accounts.c.account.in_(part))
                .group_by(person_accounts.c.account)
                .having(sa.func.count() == 1)
            )
            found.update(self._pairs(statement))
        return found

    def first_wins(self, accounts: Sequence[str]) -> Mapping[str, Turn]:
        """Tell when accounts won for the first time, by the order in which opportunities close."""
        found: dict[str, Turn] = {}
        facts = opportunities.c
        for part in chunks(accounts):
            statement = sa.select(facts.account, facts.closes, facts.id).where(
                facts.account.in_(part), facts.closed.is_(True), facts.won.is_(True)
            )
            with self._database.read() as connection:
                for account, closes, id in connection.execute(statement):
                    turn = turn_of(_date(closes), id)
                    found[account] = min(turn, found.get(account, turn))
        return found

    def campaign_names(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Give the names of campaigns."""
        found: dict[str, str] = {}
        for part in chunks(ids):
            columns = (campaign_names.c.id, campaign_names.c.name)
            found.update(self._pairs(sa.select(*columns).where(campaign_names.c.id.in_(part))))
        return found

    def unnamed_campaigns(self) -> Sequence[str]:
        """Give the campaigns opportunities name whose own names are not known."""
        named = sa.exists().where(campaign_names.c.id == opportunities.c.campaign)
        statement = (
            sa.select(opportunities.c.campaign)
            .where(opportunities.c.campaign.is_not(None), ~named)
            .distinct()
            .order_by(opportunities.c.campaign)
        )
        with self._database.read() as connection:
            return list(connection.execute(statement).scalars())

    def known_rows(self) -> Iterator[Sequence[str]]:
        """Give the ids of all rows that say who stands behind an opportunity, in chunks."""
        last = ""
        while True:
            statement = (
                sa.select(opportunity_people.c.id)
                .where(opportunity_people.c.id > last)
                .order_by(opportunity_people.c.id)
                .limit(CHUNK)
            )
            with self._database.read() as connection:
                found = list(connection.execute(statement).scalars())
            if not found:
                return
            yield found
            last = found[-1]

    def written(self, run: int, object_name: str) -> Sequence[str]:
        """Give the records of an object on the right that a run wrote, by its audit."""
        statement = (
            sa.select(audit.c.right_id)
            .where(
                audit.c.run == run,
                audit.c.right_object == object_name,
                audit.c.right_id.is_not(None),
                audit.c.side == Side.RIGHT.value,
            )
            .distinct()
            .order_by(audit.c.right_id)
        )
        with self._database.read() as connection:
            return list(connection.execute(statement).scalars())

    def _read(self, statement: Select[Any]) -> list[Opportunity]:
        with self._database.read() as connection:
            return [_opportunity(row) for row in connection.execute(statement).mappings()]

    def _opportunities(self, where: sa.ColumnElement[bool]) -> list[Opportunity]:
        return self._read(sa.select(opportunities).where(where))

    def _rows(self, ids: Iterable[str]) -> dict[str, OpportunityPerson]:
        return {
            one.id: one
            for part in chunks(ids)
            for one in self._rows_where(opportunity_people.c.id.in_(part))
        }

    def _rows_where(self, where: sa.ColumnElement[bool]) -> list[OpportunityPerson]:
        statement = sa.select(opportunity_people).where(where)
        with self._database.read() as connection:
            return [
                OpportunityPerson(
                    id=row["id"],
                    opportunity=row["opportunity"],
                    person=row["person"],
                    main=row["main"],
                )
                for row in connection.execute(statement).mappings()
            ]

    def _accounts_of(self, people: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in chunks(people):
            columns = (person_accounts.c.person, person_accounts.c.account)
            found.update(self._pairs(sa.select(*columns).where(person_accounts.c.person.in_(part))))
        return found

    def _pairs(self, statement: Select[Any]) -> dict[str, str]:
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}


def _with_person(person: sa.ColumnElement[str]) -> Select[Any]:
    return sa.select(opportunities, person.label("behind"))


def _is_only() -> sa.ColumnElement[bool]:
    """Say that a person is the only one of its account."""
    other: Table = person_accounts.alias("other")  # type: ignore[assignment]
    return ~sa.exists().where(
        other.c.account == person_accounts.c.account, other.c.person != person_accounts.c.person
    )


def _row(one: Opportunity) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "stage": one.stage,
        "closed": one.closed,
        "won": one.won,
        "amount": None if one.amount is None else str(one.amount),
        "currency": one.currency,
        "closes": None if one.closes is None else one.closes.isoformat(),
        "reason": one.reason,
        "campaign": one.campaign,
        "account": one.account,
        "type": one.type,
        "owner": one.owner,
        "reporting": None if one.reporting is None else str(one.reporting),
        "created": one.created,
    }


def _opportunity(row: RowMapping) -> Opportunity:
    return Opportunity(
        id=row["id"],
        name=row["name"],
        stage=row["stage"],
        closed=row["closed"],
        won=row["won"],
        amount=_decimal(row["amount"]),
        currency=row["currency"],
        closes=_date(row["closes"]),
        reason=row["reason"],
        campaign=row["campaign"],
        account=row["account"],
        type=row["type"],
        owner=row["owner"],
        reporting=_decimal(row["reporting"]),
        created=row["created"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
