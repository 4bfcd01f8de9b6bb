"""Opening a state: where it lies, who may read it, and its schema."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

import sqlalchemy as sa
from sqlalchemy import URL, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from sync.domain.errors import NoStateError, StateError
from sync.state import schema
from sync.state.database import Database

__all__ = ["open_database"]

_BUSY_SECONDS = 30
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32000",
)

#: A connection to a server that nobody used for so long is tried before it is used.
_PAUSE_SECONDS = 5.0
_USED = "used"


def open_database(url: str, *, create: bool) -> Database:
    """Open the database behind an address and bring its schema up to date."""
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        database = _server(address)
    elif address.database in (None, "", ":memory:"):
        return _in_memory(address)
    else:
        database = _file(address, create=create)
    try:
        schema.prepare(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


def _address(url: str) -> URL:
    try:
        address = sa.make_url(url)
    except ArgumentError as fault:
        # The address may hold a password: it is not repeated.
        raise StateError(
            "`state` is not an address. Write sqlite:///state/revloop.db or "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."
        ) from fault
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StateError(
            f"`state` names {address.drivername}, which is not known here. Begin it with "
            "sqlite:/// or postgresql+psycopg://."
        )
    if address.drivername == "sqlite" and address.query:
        raise StateError(
            "`state` has options behind a '?', and for an SQLite file none is known here. Leave "
            "them out."
        )
    return address


# --- SQLite -------------------------------------------------------------------------------------


def _in_memory(address: URL) -> Database:
    engine = sa.create_engine(
        address,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )
    _speak_sqlite(engine)
    database = Database(engine, place="memory", shared=True)
    schema.make_at_once(database)
    return database


def _file(address: URL, *, create: bool) -> Database:
    path = Path(str(address.database))
    if create:
        _make_private(path)
    _check_file(path)
    engine = sa.create_engine(address, hide_parameters=True)
    _speak_sqlite(engine)
    database = Database(engine, place=str(path), shared=False)
    try:
        schema.refuse_foreign(database)
        _switch_to_wal(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, if there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as fault:
        raise StateError(
            f"The state at {path} cannot be made ({fault.strerror}): give this user the right to "
            "write to its folder."
        ) from fault
    try:
        # A umask may have taken the owner's own rights away.
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as fault:
        raise NoStateError(
            f"There is no state at {path}. Run `revloop sync` first, or see `state` in "
            "revloop.yaml."
        ) from fault
    except OSError as fault:
        raise StateError(
            f"The state at {path} cannot be looked at ({fault.strerror}): see that each folder on "
            "the way there is one, and that this user may enter it."
        ) from fault
    if not stat.S_ISREG(mode):
        raise StateError(f"The state at {path} is not a file. See `state` in revloop.yaml.")
    if os.name == "posix" and mode & 0o077:
        raise StateError(
            f"The state at {path} holds personal data and others can read or write it (mode "
            f"{stat.S_IMODE(mode):04o}). Run: chmod 600 {path}"
        )


def _speak_sqlite(engine: Engine) -> None:
    """Set up every connection."""

    def prepare(connection: SqliteConnection, _record: object) -> None:
        # The driver would begin transactions late and by guesswork.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    event.listen(engine, "connect", prepare)


def _switch_to_wal(database: Database) -> None:
    """Let readers and a writer work at once; the file remembers it."""
    with database.raw() as driver:
        driver.execute("PRAGMA journal_mode = WAL")


# --- PostgreSQL ---------------------------------------------------------------------------------


def _server(address: URL) -> Database:
    try:
        engine = sa.create_engine(address, hide_parameters=True)
    except ModuleNotFoundError as fault:
        raise StateError(
            "The state is on PostgreSQL, and its driver is not installed. "
            "Run: pip install 'revloop[postgres]'"
        ) from fault
    _try_after_a_pause(engine)
    place = f"{address.host or 'localhost'}/{address.database or ''}"
    return Database(engine, place=place, shared=False)


def _try_after_a_pause(engine: Engine) -> None:
    """Make a new connection where one broke while it was not used.

    Each is tried after a pause, and not each time: that would be one more way to the server and
    back for each query.
    """

    def try_it(driver: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = time.monotonic()
        if now - record.info.get(_USED, now) > _PAUSE_SECONDS:
            try:
                engine.dialect.do_ping(driver)
            except engine.dialect.loaded_dbapi.Error as fault:
                raise DisconnectionError from fault
        record.info[_USED] = now

    def note(_driver: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = time.monotonic()

    event.listen(engine, "checkout", try_it)
    event.listen(engine, "checkin", note)
