"""The right to run: one row that its holder renews while it lives."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.errors import RunLockedError, StateError
from sync.state.database import Database
from sync.state.tables import leases

__all__ = ["SqlLease", "take_lease"]

_NAME = "run"

_TAKEN = (
    "another run took over while this one was asleep; it stopped before its next write, and the "
    "other run goes on"
)


def take_lease(database: Database, holder: str, *, now: datetime, ttl: timedelta) -> SqlLease:
    """Take the lease if it is free or has run out, and renew it in a thread of its own.

    In memory nobody else can come, so nothing is renewed there.
    """
    token = secrets.token_hex(8)
    insert = database.insert(leases)
    with database.write(fenced=False) as connection:
        moment = _moment(connection, now)
        row = {"name": _NAME, "holder": holder, "token": token, "since": now, "until": moment + ttl}
        # One statement, so that of two that come at once only one gets it.
        take = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={name: insert.excluded[name] for name in ("holder", "token", "since", "until")},
            where=leases.c.until <= moment,
        )
        connection.execute(take, [row])
        # A clock that was set back would make a dead holder's term last for hours; one that lives
        # renews its own long before this one ends.
        connection.execute(
            sa.update(leases)
            .where(leases.c.name == _NAME, leases.c.until > moment + ttl)
            .values(until=moment + ttl)
        )
        kept = connection.execute(sa.select(leases).where(leases.c.name == _NAME)).mappings().one()
    if kept["token"] != token:
        since = kept["since"].strftime("%Y-%m-%d %H:%M:%S UTC")
        raise RunLockedError(
            f"Another run ({kept['holder']}) holds the lock since {since}. This one did nothing; "
            "the next run goes on. A killed run's lock frees itself within a minute or so."
        )
    return SqlLease(database, token, ttl=ttl)


def _moment(connection: Connection, now: datetime) -> datetime:
    """Give the time all holders go by: on a server its own, since their machines' may differ."""
    if connection.dialect.name != "postgresql":
        return now
    told: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


class SqlLease:
    """The right to run, held until released or until another takes it over.

    A thread renews it. A process that slept past the end may find it taken: then `held` is False,
    and nothing more is written by it, to the state nor, as it asks before each call, to a CRM.
    """

    def __init__(self, database: Database, token: str, *, ttl: timedelta) -> None:
        self._database = database
        self._mine = (leases.c.name == _NAME, leases.c.token == token)
        # Nobody can take it over before a transaction that found it held has ended.
        self._look = sa.select(leases.c.name).where(*self._mine).with_for_update(read=True)
        self._ttl = ttl
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        database.fence = self._check
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

    def ensure_held(self) -> None:
        """Raise RunLockedError where another run has taken over; after `release` do nothing."""
        if not self._done.is_set() and not self.held:
            raise RunLockedError(_TAKEN)

    def release(self) -> None:
        """Give the right back; a second time does nothing."""
        if self._done.is_set():
            return
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        if self._database.fence == self._check:
            self._database.fence = None
        with self._database.write(fenced=False) as connection:
            connection.execute(sa.delete(leases).where(*self._mine))

    def renew(self, now: datetime) -> bool:
        """Hold the right for another term; False when another has it."""
        later = sa.update(leases).where(*self._mine)
        with self._database.write(fenced=False) as connection:
            until = _moment(connection, now) + self._ttl
            return connection.execute(later.values(until=until)).rowcount == 1

    def _check(self, connection: Connection) -> None:
        """Refuse a transaction of a run that another one took over from."""
        if connection.execute(self._look).first() is None:
            raise RunLockedError(_TAKEN)

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
