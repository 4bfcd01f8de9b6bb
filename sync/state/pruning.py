"""Forgetting what is old: the audit, what was settled, and runs that did nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table

from sync.domain.store import INTENDED
from sync.state.database import Database
from sync.state.tables import audit, conflicts, errors, journal, runs

__all__ = ["prune"]

#: So many rows are deleted in one transaction, so that nobody waits long for its end.
_AT_ONCE = 5_000

_CLOSED = sa.text("state <> 'open'")


def prune(
    database: Database, *, audit_before: datetime, runs_before: datetime
) -> Mapping[str, int]:
    """Delete what is older than that; give the rows deleted, by table.

    With the audit go held items and errors that were closed. Runs stay as long as anything they
    did is in the audit, as does the last good one; with them goes what was journaled and answered.
    """
    deleted: Counter[str] = Counter()
    for table, moment, condition in (
        (audit, audit.c.at < audit_before, sa.true()),
        (journal, journal.c.at < runs_before, journal.c.state != INTENDED),
    ):
        _delete_first(database, table, moment, condition, deleted)
    for closed in (conflicts, errors):
        _delete(database, closed, sa.and_(_CLOSED, closed.c.closed_at < audit_before), deleted)
    _delete(database, runs, _idle(database, runs_before), deleted)
    return dict(deleted)


def _idle(database: Database, before: datetime) -> ColumnElement[bool]:
    """Say which runs did nothing that is still told of, and are not needed to go on."""
    good = sa.select(sa.func.max(runs.c.id)).where(
        runs.c.kind == "sync", runs.c.exit.in_((0, 1)), runs.c.ended.is_not(None)
    )
    unfinished = sa.select(sa.func.min(journal.c.run)).where(sa.text(f"state = '{INTENDED}'"))
    newest = sa.select(sa.func.max(runs.c.id))
    with database.read() as connection:
        needed = [
            int(one)
            for one in (connection.execute(each).scalar() for each in (good, unfinished, newest))
            if one is not None
        ]
    border = min(needed, default=0)
    told = sa.exists().where(audit.c.run == runs.c.id)
    return sa.and_(runs.c.id < border, runs.c.started < before, ~told)


def _delete_first(
    database: Database,
    table: Table,
    moment: ColumnElement[bool],
    condition: ColumnElement[bool],
    deleted: Counter[str],
) -> None:
    """Delete from the beginning of a table that is written in order of time.

    The first row that is young ends it: nothing is looked at that stays.
    """
    young = sa.select(table.c.id).where(~moment).order_by(table.c.id).limit(1)
    with database.read() as connection:
        border = connection.execute(young).scalar()
    beyond = sa.true() if border is None else table.c.id < border
    _delete(database, table, sa.and_(beyond, moment, condition), deleted)


def _delete(
    database: Database, table: Table, condition: ColumnElement[bool], deleted: Counter[str]
) -> None:
    some = sa.select(table.c.id).where(condition).order_by(table.c.id).limit(_AT_ONCE)
    while True:
        with database.write() as connection:
            gone = connection.execute(sa.delete(table).where(table.c.id.in_(some))).rowcount
        deleted[table.name] += gone
        if gone < _AT_ONCE:
            return
