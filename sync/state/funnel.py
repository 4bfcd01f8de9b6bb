"""Where people stand in the funnel, and every hand-over to sales and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from sync.domain.facts import Due
from sync.domain.funnel import (
    FunnelNote,
    Holding,
    OwedTask,
    TaskState,
)
from sync.domain.record import Side
from sync.domain.store import LinkState
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.tables import errors, funnel, hand_overs, links

__all__ = ["SqlFunnel", "keep_funnel"]

_KEPT = tuple(column.name for column in funnel.c if column.name not in ("link_id", "task", "told"))
_TOLD = (*_KEPT, "task", "told")
_OPEN = (links.c.id == funnel.c.link_id, links.c.state == LinkState.OPEN.value)


class SqlFunnel:
    """What is kept of people's way through the funnel, by their links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Holding]:
        """Give what is kept of people."""
        found: dict[int, Holding] = {}
        with self._database.read() as connection:
            for part in chunks(link_ids):
                rows = connection.execute(sa.select(funnel).where(funnel.c.link_id.in_(part)))
                found.update({row["link_id"]: _holding(row) for row in rows.mappings()})
        return found

    def waiting(self, pair: str, today: date) -> Sequence[int]:
        """Give the links to be looked at although no record changed.

        Of those handed back whose time to wait is over, and whose stage is still to be written.
        """
        waited = sa.and_(funnel.c.again_at.is_not(None), funnel.c.again_at <= today.isoformat())
        due = sa.text("(due_left OR due_right OR task <> '')")
        over = sa.and_(waited, funnel.c.over_held, sa.not_(funnel.c.handed_over))
        # What was refused comes again in its own time.
        failing = sa.exists().where(errors.c.link_id == funnel.c.link_id, errors.c.state == "open")
        owed = sa.and_(due, sa.or_(funnel.c.due_left, funnel.c.due_right), ~failing)
        found: set[int] = set()
        with self._database.read() as connection:
            for wanted in (over, owed):
                statement = sa.select(funnel.c.link_id).where(wanted, links.c.pair == pair, *_OPEN)
                found.update(connection.execute(statement).scalars())
        return sorted(found)

    def tasks(self, pair: str) -> Sequence[OwedTask]:
        """Give the tasks that are still to be made."""
        due = sa.text("(due_left OR due_right OR task <> '')")
        statement = sa.select(funnel).where(
            due, funnel.c.task != TaskState.NONE.value, links.c.pair == pair, *_OPEN
        )
        with self._database.read() as connection:
            return [
                OwedTask(
                    link_id=row["link_id"],
                    at=row["over_at"],
                    stage=row["stage"],
                    rule=row["told"],
                    sent=row["task"] == TaskState.SENT.value,
                )
                for row in connection.execute(statement.order_by(funnel.c.link_id)).mappings()
            ]

    def mark_tasks(self, link_ids: Sequence[int], state: TaskState) -> None:
        """Note what became of tasks."""
        with self._database.write() as connection:
            for part in chunks(link_ids):
                mine = funnel.c.link_id.in_(part)
                connection.execute(sa.update(funnel).where(mine).values(task=state.value))


def keep_funnel(
    connection: Connection,
    database: Database,
    *,
    noted: Sequence[tuple[int, FunnelNote]],
    written: Sequence[tuple[int, Side]],
    run: int,
    at: datetime,
) -> None:
    """Keep where people stand, what happened to them, and on which sides that is written."""
    for told, names in ((False, _KEPT), (True, _TOLD)):
        rows = [_row(link_id, note) for link_id, note in noted if note.task is told]
        again = database.upsert(funnel, by=("link_id",), sets=names)
        database.put(connection, again, rows)
    events = [_event(link_id, note, run=run, at=at) for link_id, note in noted if note.event]
    database.put(connection, database.insert(hand_overs), events)
    mark_due(connection, database, Due.LINK, [link_id for link_id, _ in noted])
    for side in Side:
        mine = [link_id for link_id, at_side in written if at_side is side]
        for part in chunks(mine):
            here = funnel.c.link_id.in_(part)
            connection.execute(sa.update(funnel).where(here).values({f"due_{side}": False}))


def _row(link_id: int, note: FunnelNote) -> dict[str, object]:
    one = note.holding
    return {
        "link_id": link_id,
        "stage": one.stage,
        "handed_over": one.handed_over,
        "over_held": one.over_held,
        "back_held": "".join("1" if held else "0" for held in one.back_held),
        "due_left": Side.LEFT in one.due,
        "due_right": Side.RIGHT in one.due,
        "over_at": one.over_at,
        "back_at": one.back_at,
        "again_at": one.again_at.isoformat() if one.again_at is not None else None,
        "reason": one.reason,
        "task": TaskState.DUE.value if note.task else TaskState.NONE.value,
        "told": note.rule if note.task else "",
    }


def _event(link_id: int, note: FunnelNote, *, run: int, at: datetime) -> dict[str, object]:
    event = note.event
    assert event is not None
    holding = note.holding
    happened = holding.over_at if event.is_over else holding.back_at
    return {
        "link_id": link_id,
        "at": happened or at,
        "kind": event.kind.value,
        "stage_from": event.came_from,
        "stage_to": event.to,
        "reason": event.reason,
        "again_at": event.again.isoformat() if event.again is not None else None,
        "owner": note.owner,
        "rule": note.rule,
        "rule_key": note.rule_key,
        "run": run,
    }


def _holding(row: RowMapping) -> Holding:
    again = row["again_at"]
    return Holding(
        stage=row["stage"],
        handed_over=row["handed_over"],
        over_held=row["over_held"],
        back_held=tuple(letter == "1" for letter in row["back_held"]),
        due=frozenset(side for side in Side if row[f"due_{side}"]),
        over_at=row["over_at"],
        back_at=row["back_at"],
        again_at=date.fromisoformat(again) if again is not None else None,
        reason=row["reason"],
    )
