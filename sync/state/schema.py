"""The schema of a state: which version it has, and how it comes up to this one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.errors import MigrationNeededError, NoStateError, StateError
from sync.state.database import Database
from sync.state.tables import metadata

__all__ = ["HEAD", "KNOWN", "OURS", "VERSIONS", "make_at_once", "prepare", "refuse_foreign"]

#: Every schema this version can read or bring up to date, oldest first.
KNOWN = tuple(f"{number:04}" for number in range(1, 14))
HEAD = KNOWN[-1]

#: The table that holds the version; a name of our own, since a server may serve others too.
VERSIONS = "revloop_version"

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Marks the SQLite file as ours ("revl" as a number) and the lock on a server.
OURS = 0x7265766C


def make_at_once(database: Database) -> None:
    """Make all tables of an empty database as the migrations would, quickly."""
    with database.write() as connection:
        metadata.create_all(connection, checkfirst=False)


def refuse_foreign(database: Database) -> None:
    """Refuse an SQLite file of another program before anything in it is touched."""
    with database.read() as connection:
        owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        tables = _tables(connection)
    if tables and (owner != OURS or VERSIONS not in tables):
        raise StateError(
            f"The file at {database.place} is a database of another program. Name another file "
            "as `state` in revloop.yaml."
        )


def prepare(database: Database, *, create: bool) -> None:
    """Make the schema or bring it up to date; two processes at once do it once."""
    with database.read() as connection:
        tables = _tables(connection)
        version = _version(connection, tables, place=database.place)
    if version == HEAD:
        _refuse_torn(tables, place=database.place)
        return
    if version is None and not create:
        raise NoStateError(f"The state at {database.place} is empty. Run `revloop sync` first.")
    with database.write() as connection:
        _lock(connection)
        # Another process may have been first.
        tables = _tables(connection)
        if _version(connection, tables, place=database.place) != HEAD:
            _upgrade(connection)


def _tables(connection: Connection) -> frozenset[str]:
    return frozenset(sa.inspect(connection).get_table_names())


def _version(connection: Connection, tables: frozenset[str], *, place: str) -> str | None:
    if VERSIONS not in tables:
        taken = sorted(tables & metadata.tables.keys())
        if taken:
            raise StateError(
                f"The database at {place} holds a table {taken[0]} that revloop did not make. "
                "Name a database of its own as `state` in revloop.yaml."
            )
        return None
    number = sa.column("version_num", sa.String())
    statement = sa.select(number).select_from(sa.table(VERSIONS, number))
    version = connection.execute(statement).scalar()
    if version is None and tables & metadata.tables.keys():
        raise StateError(
            f"The state at {place} is not whole: it does not say its version. Put a backup in its "
            "place."
        )
    if version is not None and version not in KNOWN:
        raise MigrationNeededError(
            f"The state at {place} was written by a newer revloop (schema {version}; this one "
            f"knows up to {HEAD}). Install that version again, or put back a backup of the "
            "state from before it."
        )
    return version


def _refuse_torn(tables: frozenset[str], *, place: str) -> None:
    missing = sorted(metadata.tables.keys() - tables)
    if missing:
        raise StateError(
            f"The state at {place} is not whole: its table {missing[0]} is missing. Put a backup "
            "in its place."
        )


def _lock(connection: Connection) -> None:
    """Keep others out; on SQLite the write transaction already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(OURS)))


def _upgrade(connection: Connection) -> None:
    # Not needed on most openings, and slow to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {OURS}")
