"""One database with its transactions, the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from sync.state.faults import to_our_error

__all__ = ["CHUNK", "WRITES", "Database", "chunks"]

#: How many rows one step of a paged read takes, and how many values one IN list holds.
CHUNK = 500

#: The execution option that says a transaction will write.
WRITES = "revloop_writes"

T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Give values in lists of at most `size`."""
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


class Database:
    """An engine with `place`, its name in messages; `shared` is True in memory."""

    def __init__(self, engine: Engine, *, place: str, shared: bool) -> None:
        self.engine = engine
        self.place = place
        self.shared = shared
        self._writing = engine.execution_options(**{WRITES: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection to read from; what it sees does not move until it is closed."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is kept at the end, or not at all."""
        with self._translated(), self._writing.begin() as connection:
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Give an insert that can say what to do when the row is there."""
        if self.engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def upsert(
        self, table: Table, *, by: Sequence[str], sets: Sequence[str]
    ) -> sqlite.Insert | postgresql.Insert:
        """Give an insert that sets columns `sets` where the row named `by` is there."""
        insert = self.insert(table)
        return insert.on_conflict_do_update(
            index_elements=list(by), set_={name: insert.excluded[name] for name in sets}
        )

    def put(
        self,
        connection: Connection,
        statement: sqlite.Insert | postgresql.Insert,
        rows: Sequence[Mapping[str, object]],
    ) -> None:
        """Insert many rows of one shape, some three times as fast as `execute` would."""
        if not rows:
            return
        names = list(rows[0])
        compiled = statement.compile(dialect=connection.dialect, column_keys=names)
        columns = statement.table.c
        forms = {
            name: columns[name]
            .type.dialect_impl(connection.dialect)
            .bind_processor(connection.dialect)
            for name in names
        }
        order = getattr(compiled, "positiontup", None)
        if order:
            steps = [(name, forms[name]) for name in order]
            tuples = [
                tuple([form(row[name]) if form else row[name] for name, form in steps])
                for row in rows
            ]
            connection.exec_driver_sql(str(compiled), tuples)
            return
        connection.exec_driver_sql(
            str(compiled),
            [
                {name: form(row[name]) if form else row[name] for name, form in forms.items()}
                for row in rows
            ],
        )

    @contextmanager
    def raw(self) -> Iterator[SqliteConnection]:
        """Give SQLite's own connection, outside any transaction."""
        with self._translated(), self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, SqliteConnection)
            try:
                yield driver
            except SqliteError as fault:
                raise DBAPIError("", None, fault) from fault

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as fault:
            error = to_our_error(fault, place=self.place)
            if error is None:
                raise
            raise error from fault
        except KeyboardInterrupt as stop:
            # A statement that was cut off keeps its transaction, and with it the lock, for as
            # long as a frame holds it; the right to run could not be given back meanwhile.
            traceback.clear_frames(stop.__traceback__)
            raise
