"""What sellers closed and won: all of theirs, and those of people handed to them by one rule."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sync.domain.routing import SellerRecord
from sync.state.database import Database
from sync.state.tables import hand_overs, links, opportunities, opportunity_people

__all__ = ["SqlSellers"]

_CLOSED = opportunities.c.closed.is_(True)


class SqlSellers:
    """Sellers' records, by the id of the user who owns the opportunities."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def records(self, rule: str) -> Mapping[str, SellerRecord]:
        """Give everybody's record for a routing rule, by the key of the rule."""
        everything = self._counts(
            sa.select(opportunities.c.owner, opportunities.c.id, opportunities.c.won).where(
                _CLOSED, opportunities.c.owner.is_not(None)
            )
        )
        # A person stands behind an opportunity by a row; each opportunity counts once.
        such = self._counts(
            sa.select(opportunities.c.owner, opportunities.c.id, opportunities.c.won)
            .join_from(hand_overs, links, links.c.id == hand_overs.c.link_id)
            .join(opportunity_people, opportunity_people.c.person == links.c.right_id)
            .join(opportunities, opportunities.c.id == opportunity_people.c.opportunity)
            .where(
                hand_overs.c.kind == "over",
                hand_overs.c.rule_key == rule,
                hand_overs.c.owner == opportunities.c.owner,
                _CLOSED,
            )
            .distinct()
        )
        return {
            owner: SellerRecord(
                won=such.get(owner, (0, 0))[0],
                closed=such.get(owner, (0, 0))[1],
                all_won=won,
                all_closed=closed,
            )
            for owner, (won, closed) in everything.items()
        }

    def _counts(self, rows: sa.Select[tuple[str, str, bool]]) -> Mapping[str, tuple[int, int]]:
        """Give how many were won, and how many there are, by owner."""
        each = rows.subquery()
        owner, _, won = each.c
        statement = sa.select(
            owner, sa.func.sum(sa.case((won.is_(True), 1), else_=0)), sa.func.count()
        ).group_by(owner)
        with self._database.read() as connection:
            return {one: (int(wins), count) for one, wins, count in connection.execute(statement)}
