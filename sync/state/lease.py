"""The right to run: one row that its holder renews while it lives."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType

import sqlalchemy as sa

from sync.domain.errors import RunLockedError, StateError
from sync.state.database import Database
from sync.state.tables import leases

__all__ = ["SqlLease", "take_lease"]

_NAME = "run"


def take_lease(database: Database, holder: str, *, now: datetime, ttl: timedelta) -> SqlLease:
    """Take the lease if it is free or has run out, and renew it in a thread of its own.

    In memory nobody else can come, so nothing is renewed there.
    """
    token = secrets.token_hex(8)
    row = {"name": _NAME, "holder": holder, "token": token, "since": now, "until": now + ttl}
    insert = database.insert(leases)
    # One statement, so that of two that come at once only one gets it.
    take = insert.on_conflict_do_update(
        index_elements=["name"],
        set_={name: insert.excluded[name] for name in ("holder", "token", "since", "until")},
        where=leases.c.until <= now,
    )
    with database.write() as connection:
        connection.execute(take, [row])
        kept = connection.execute(sa.select(leases).where(leases.c.name == _NAME)).mappings().one()
    if kept["token"] != token:
        since = kept["since"].strftime("%Y-%m-%d %H:%M:%S UTC")
        raise RunLockedError(
            f"Another run ({kept['holder']}) holds the lock since {since}. This one did nothing; "
            "the next run goes on. A killed run's lock frees itself within a minute or so."
        )
    return SqlLease(database, token, ttl=ttl)


class SqlLease:
    """The right to run, held until released or until another takes it over.

    A thread renews it by the clock on the wall. A process that slept past the end may find it
    taken: `held` tells, and a run should ask before it sends anything.
    """

    def __init__(self, database: Database, token: str, *, ttl: timedelta) -> None:
        self._database = database
        self._mine = (leases.c.name == _NAME, leases.c.token == token)
        self._ttl = ttl
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        if not database.shared:
            self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
            self._thread.start()

    def __enter__(self) -> SqlLease:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def held(self) -> bool:
        """Tell whether the right is still this run's."""
        if self._done.is_set():
            return False
        with self._database.read() as connection:
            return (
                connection.execute(sa.select(leases.c.name).where(*self._mine)).first() is not None
            )

    def release(self) -> None:
        """Give the right back; a second time does nothing."""
        if self._done.is_set():
            return
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        with self._database.write() as connection:
            connection.execute(sa.delete(leases).where(*self._mine))

    def renew(self, now: datetime) -> bool:
        """Hold the right for another term; False when another has it."""
        later = sa.update(leases).where(*self._mine).values(until=now + self._ttl)
        with self._database.write() as connection:
            return connection.execute(later).rowcount == 1

    def _renew(self) -> None:
        pause = self._ttl.total_seconds() / 4
        while not self._done.wait(pause):
            try:
                if not self.renew(datetime.now(UTC)):
                    return
            except StateError:
                # The run itself meets the same fault and reports it; here the next beat tries
                # again, before the term ends.
                continue
