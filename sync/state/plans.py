"""Plans and their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping, Select

from sync.domain.plan import Item, ItemKind
from sync.domain.store import Plan, PlanState
from sync.state.database import CHUNK, Database, chunks
from sync.state.tables import plan_items, plans

__all__ = ["SqlPlans"]

_OPEN = sa.insert(plans).returning(plans.c.id)
_ADD = sa.insert(plan_items)
_LAST = sa.select(sa.func.coalesce(sa.func.max(plan_items.c.number), 0)).where(
    plan_items.c.plan == sa.bindparam("of_plan")
)
_DROP = (
    sa.delete(plan_items).where(plan_items.c.plan == sa.bindparam("of_plan")),
    sa.delete(plans).where(plans.c.id == sa.bindparam("of_plan")),
)


class SqlPlans:
    """Plans and their items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, fingerprint: str, at: datetime) -> int:
        """Begin a plan and give its id."""
        values = {
            "created": at,
            "state": PlanState.DRAFT.value,
            "fingerprint": fingerprint,
            "summary": {},
        }
        with self._database.write() as connection:
            return int(connection.execute(_OPEN, values).scalar_one())

    def add(self, plan: int, items: Iterable[Item]) -> None:
        """Append items, kept some hundred at a time while they come."""
        for part in chunks(items):
            with self._database.write() as connection:
                number = connection.execute(_LAST, {"of_plan": plan}).scalar_one()
                rows = [
                    {
                        "plan": plan,
                        "number": number + place,
                        "pair": item.pair,
                        "kind": item.kind.value,
                        "item": item.to_json(),
                    }
                    for place, item in enumerate(part, start=1)
                ]
                connection.execute(_ADD, rows)

    def items(
        self, plan: int, *, pair: str | None = None, kinds: Sequence[ItemKind] = ()
    ) -> Iterator[Item]:
        """Give the items in the order they were added."""
        statement = self._database.prepared(_items, of_pair=pair is not None, of_kinds=bool(kinds))
        values = {"of_plan": plan, "of_pair": pair, "kinds": [kind.value for kind in kinds]}
        after = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(statement, {**values, "after": after}).all()
            for number, item in rows:
                after = number
                yield Item.from_json(item)
            if len(rows) < CHUNK:
                return

    def get(self, plan: int) -> Plan | None:
        """Give the head of a plan, if there is one."""
        with self._database.read() as connection:
            statement = sa.select(plans).where(plans.c.id == plan)
            row = connection.execute(statement).mappings().first()
        return None if row is None else _plan(row)

    def newest(self, *states: PlanState) -> Plan | None:
        """Give the newest plan that stands so, or the newest of all."""
        statement = sa.select(plans).order_by(plans.c.id.desc()).limit(1)
        if states:
            statement = statement.where(plans.c.state.in_([state.value for state in states]))
        with self._database.read() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else _plan(row)

    def mark(self, plan: int, state: PlanState, summary: Mapping[str, Any] | None = None) -> None:
        """Set how a plan stands, and its summary where one is given."""
        values: dict[str, object] = {"state": state.value}
        if summary is not None:
            values["summary"] = dict(summary)
        with self._database.write() as connection:
            connection.execute(sa.update(plans).where(plans.c.id == plan).values(values))

    def drop(self, plan: int) -> None:
        """Forget a plan with its items; its id is not used again."""
        with self._database.write() as connection:
            for statement in _DROP:
                connection.execute(statement, {"of_plan": plan})

    def forget(self, *states: PlanState, before: datetime) -> None:
        """Forget the plans made earlier that stand in one of the states, or in any."""
        old = plans.c.created < before
        if states:
            old &= plans.c.state.in_([state.value for state in states])
        ids = sa.select(plans.c.id).where(old)
        with self._database.write() as connection:
            connection.execute(sa.delete(plan_items).where(plan_items.c.plan.in_(ids)))
            connection.execute(sa.delete(plans).where(old))

    def identities(self, plan: int) -> set[tuple[object, ...]]:
        """Give the identities of all items."""
        return {item.identity for item in self.items(plan)}


def _items(*, of_pair: bool, of_kinds: bool) -> Select[int, Any]:
    statement = (
        sa.select(plan_items.c.number, plan_items.c.item)
        .where(
            plan_items.c.plan == sa.bindparam("of_plan"),
            plan_items.c.number > sa.bindparam("after"),
        )
        .order_by(plan_items.c.number)
        .limit(CHUNK)
    )
    if of_pair:
        statement = statement.where(plan_items.c.pair == sa.bindparam("of_pair"))
    if of_kinds:
        statement = statement.where(plan_items.c.kind.in_(sa.bindparam("kinds", expanding=True)))
    return statement


def _plan(row: RowMapping) -> Plan:
    return Plan(
        id=row["id"],
        created=row["created"],
        state=PlanState(row["state"]),
        fingerprint=row["fingerprint"],
        summary=row["summary"],
    )
