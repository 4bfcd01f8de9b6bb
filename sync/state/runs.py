"""Runs, the right to run, and what is kept once for the whole state."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping

from sync.domain.store import RunRow
from sync.state.database import Database
from sync.state.lease import SqlLease, take_lease
from sync.state.tables import notes, runs

__all__ = ["SqlRuns"]

_SECRET = "secret"  # noqa: S105 the name of the note, not what it holds
_SECRET_BYTES = 32

_NOTE = sa.select(notes.c.value).where(notes.c.name == sa.bindparam("of_name"))


class SqlRuns:
    """Runs, and what is kept once for the whole state."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lease: SqlLease | None = None

    def begin(self, kind: str, at: datetime) -> int:
        """Begin a run and give its id."""
        insert = sa.insert(runs).values(kind=kind, started=at, summary={}).returning(runs.c.id)
        with self._database.write() as connection:
            return int(connection.execute(insert).scalar_one())

    def end(
        self,
        run: int,
        *,
        at: datetime,
        exit: int,  # noqa: A002 the word everybody knows it by
        stopped: str | None,
        summary: Mapping[str, Any],
    ) -> None:
        """Write down how a run ended."""
        values = {"ended": at, "exit": exit, "stopped": stopped, "summary": dict(summary)}
        # A run that another one took over from may say so: this row is its own.
        with self._database.write(fenced=False) as connection:
            connection.execute(sa.update(runs).where(runs.c.id == run).values(values))

    def latest(self, limit: int) -> Sequence[RunRow]:
        """Give the last runs, newest first."""
        statement = sa.select(runs).order_by(runs.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(statement).mappings()]

    def newest(self, kind: str, *, good: bool = False) -> RunRow | None:
        """Give the newest run of a kind that has ended, or ended well, if there is one."""
        ended = runs.c.exit.in_((0, 1)) if good else runs.c.ended.is_not(None)
        statement = sa.select(runs).where(runs.c.kind == kind, ended)
        with self._database.read() as connection:
            row = connection.execute(statement.order_by(runs.c.id.desc()).limit(1)).mappings()
            found = row.first()
        return None if found is None else _run(found)

    def get(self, run: int) -> RunRow | None:
        """Give one run, if there is one of that number."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run)).mappings().first()
        return None if row is None else _run(row)

    def note(self, name: str) -> str | None:
        """Give what is kept under a name."""
        with self._database.read() as connection:
            return connection.execute(_NOTE, {"of_name": name}).scalar_one_or_none()

    def keep_note(self, name: str, value: str) -> None:
        """Keep a text under a name, in place of what was there."""
        statement = self._database.upsert(notes, by=("name",), sets=("value",))
        with self._database.write() as connection:
            connection.execute(statement, [{"name": name, "value": value}])

    def secret(self) -> bytes:
        """Give the key of the match hashes: 32 random bytes, made once for the state."""
        kept = self.note(_SECRET)
        if kept is None:
            fresh = {"name": _SECRET, "value": secrets.token_hex(_SECRET_BYTES)}
            statement = self._database.insert(notes).on_conflict_do_nothing()
            with self._database.write() as connection:
                connection.execute(statement, [fresh])
                # Another process may have been first.
                kept = connection.execute(_NOTE, {"of_name": _SECRET}).scalar_one()
        return bytes.fromhex(kept)

    def lease(self, holder: str, *, now: datetime, ttl: timedelta) -> SqlLease:
        """Take the right to run; raises RunLockedError while another holds it."""
        self._lease = take_lease(self._database, holder, now=now, ttl=ttl)
        return self._lease

    def ensure_ours(self) -> None:
        """Raise RunLockedError where the right to run was taken here, and is another's by now.

        Threads may ask, each on a connection of its own. Memory has one only, and nobody else
        there who could have taken it.
        """
        if self._lease is not None and not self._database.shared:
            self._lease.ensure_held()

    def close(self) -> None:
        """Give the right to run back, if it was taken here and is still held."""
        if self._lease is not None:
            self._lease.release()


def _run(row: RowMapping) -> RunRow:
    return RunRow(
        id=row["id"],
        kind=row["kind"],
        started=row["started"],
        ended=row["ended"],
        exit=row["exit"],
        stopped=row["stopped"],
        summary=row["summary"],
    )
