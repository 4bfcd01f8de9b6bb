"""Whose outcomes a change may alter, kept until a run has looked at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Select

from sync.domain.facts import Due
from sync.domain.outcomes import Opportunity
from sync.domain.sales import Bearer, OpportunityPerson
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.tables import (
    opportunities,
    opportunity_people,
    outcome_touches,
    person_accounts,
)

__all__ = ["Touches"]


class Touches:
    """Marks those who may carry another outcome; each mark has a number that only grows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, connection: Connection) -> int:
        """Give the number of the last mark, 0 before the first."""
        number = outcome_touches.c.number
        # One kind at a time, as the index has them.
        newest = (
            connection.execute(
                sa.select(sa.func.max(number)).where(outcome_touches.c.kind == kind.value)
            ).scalar()
            for kind in Bearer
        )
        return max((one for one in newest if one is not None), default=0)

    def touch(self, connection: Connection, kind: Bearer, ids: Iterable[str]) -> None:
        """Mark records of one kind."""
        number = self.last(connection) + 1
        again = self._database.upsert(outcome_touches, by=("kind", "record_id"), sets=("number",))
        rows = [{"kind": kind.value, "record_id": id, "number": number} for id in sorted(set(ids))]
        self._database.put(connection, again, rows)

    def of_opportunities(self, connection: Connection, found: Sequence[Opportunity]) -> None:
        """Mark all whom these opportunities concern.

        A win makes existing business of what the same account closes later, so that all people
        behind an account's opportunities are concerned.
        """
        self.touch(connection, Bearer.DEAL, (one.id for one in found))
        mark_due(connection, self._database, Due.SALE, [one.id for one in found])
        accounts = sorted({one.account for one in found if one.account is not None})
        self.touch(connection, Bearer.COMPANY, accounts)
        for part in chunks({one.id for one in found}):
            rows = opportunity_people.c.opportunity.in_(part)
            self._people(connection, sa.select(opportunity_people.c.person).where(rows))
        for part in chunks(accounts):
            beside = (
                sa.select(opportunity_people.c.person)
                .join(opportunities, opportunities.c.id == opportunity_people.c.opportunity)
                .where(opportunities.c.account.in_(part))
            )
            self._people(connection, beside)
        self.of_only_people(connection, accounts)

    def of_rows(self, connection: Connection, rows: Sequence[OpportunityPerson]) -> None:
        """Mark the people of rows, and who stands behind an opportunity where no row is left."""
        self.touch(connection, Bearer.PERSON, (one.person for one in rows))
        mark_due(connection, self._database, Due.SALE, [one.opportunity for one in rows])
        for part in chunks({one.opportunity for one in rows}):
            statement = sa.select(opportunities.c.account).where(
                opportunities.c.id.in_(part), opportunities.c.account.is_not(None)
            )
            self.of_only_people(connection, set(connection.execute(statement).scalars()))

    def of_only_people(self, connection: Connection, accounts: Iterable[str]) -> None:
        """Mark whoever is, or was, the only person of accounts that have opportunities."""
        for part in chunks(sorted(accounts)):
            few = (
                sa.select(person_accounts.c.account)
                .where(
                    person_accounts.c.account.in_(part),
                    sa.exists().where(opportunities.c.account == person_accounts.c.account),
                )
                .group_by(person_accounts.c.account)
                .having(sa.func.count() <= 2)
            )
            people = sa.select(person_accounts.c.person).where(person_accounts.c.account.in_(few))
            self._people(connection, people)

    def all(self, connection: Connection) -> None:
        """Mark all who carry anything."""
        facts = opportunities.c
        self.touch(connection, Bearer.DEAL, self._read(connection, sa.select(facts.id)))
        accounts = sa.select(facts.account).where(facts.account.is_not(None)).distinct()
        self.touch(connection, Bearer.COMPANY, self._read(connection, accounts))
        self._people(connection, sa.select(opportunity_people.c.person).distinct())
        with_some = sa.exists().where(facts.account == person_accounts.c.account)
        self._people(connection, sa.select(person_accounts.c.person).where(with_some))

    def _people(self, connection: Connection, statement: Select[Any]) -> None:
        self.touch(connection, Bearer.PERSON, self._read(connection, statement))

    def _read(self, connection: Connection, statement: Select[Any]) -> list[str]:
        return list(connection.execute(statement).scalars())
