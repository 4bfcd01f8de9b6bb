"""One database with its transactions, the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import ParamSpec, TypeAlias, TypeVar, cast

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from sync.state.faults import damaged, to_our_error

__all__ = ["CHUNK", "Database", "chunks"]

#: How many rows one step of a paged read takes, and how many values one IN list holds.
CHUNK = 500

T = TypeVar("T")
P = ParamSpec("P")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Give values in lists of at most `size`."""
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


#: What puts the values of some columns into the form the driver takes, where one has to.
_Forms: TypeAlias = "Sequence[tuple[str, Callable[[object], object] | None]]"

#: The values of one row as the driver takes them.
_Values: TypeAlias = tuple[object, ...] | dict[str, object]


def _in_order(forms: _Forms, row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple([form(row[name]) if form else row[name] for name, form in forms])


def _by_name(forms: _Forms, row: Mapping[str, object]) -> dict[str, object]:
    return {name: form(row[name]) if form else row[name] for name, form in forms}


def _begin(connection: Connection, words: str) -> None:
    """Begin a transaction on SQLite, whose driver is told to leave that to us.

    Not by an event of the engine: that would cost each statement a look for who listens.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, SqliteConnection):
        try:
            driver.execute(words)
        except SqliteError as fault:
            raise DBAPIError(words, None, fault) from fault


class Database:
    """An engine with `place`, its name in messages; `shared` is True in memory.

    A `fence` is asked at the beginning of each transaction that writes, and raises where this
    process may write no more.
    """

    def __init__(self, engine: Engine, *, place: str, shared: bool) -> None:
        self.engine = engine
        self.place = place
        self.shared = shared
        self.fence: Callable[[Connection], None] | None = None
        self._prepared: dict[Hashable, object] = {}

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection to read from; what it sees does not move until it is closed."""
        with self._translated(), self.engine.connect() as connection:
            _begin(connection, "BEGIN")
            try:
                yield connection
            except ValueError as fault:
                # What is read here was written here: it is a word, a time or JSON no more.
                raise damaged(self.place) from fault

    @contextmanager
    def write(self, *, fenced: bool = True) -> Iterator[Connection]:
        """Give a connection in a transaction that is kept at the end, or not at all.

        One that is not `fenced` may be made by a process whose right to run is another's by now.
        """
        with self._translated(), self.engine.begin() as connection:
            # The lock is taken at once, and not when others may have written in between.
            _begin(connection, "BEGIN IMMEDIATE")
            if fenced and self.fence is not None:
                self.fence(connection)
            yield connection

    def prepared(self, build: Callable[P, T], *shape: P.args, **named: P.kwargs) -> T:
        """Give what a function of a module builds of a `shape`, built once for this database.

        To make a statement and find its SQL takes longer than to carry it out: so it is made once
        for each form it has, and its values are bound when it is carried out.
        """
        key: Hashable = (build, shape, tuple(named.items()))
        if key not in self._prepared:
            self._prepared[key] = build(*shape, **named)
        return cast(T, self._prepared[key])

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Give an insert that can say what to do when the row is there."""
        return self.prepared(self._insert, table)

    def upsert(
        self, table: Table, *, by: Sequence[str], sets: Sequence[str]
    ) -> sqlite.Insert | postgresql.Insert:
        """Give an insert that sets columns `sets` where the row named `by` is there."""
        return self.prepared(self._upsert, table, tuple(by), tuple(sets))

    def put(
        self,
        connection: Connection,
        statement: sqlite.Insert | postgresql.Insert,
        rows: Sequence[Mapping[str, object]],
    ) -> None:
        """Insert many rows of one shape, some three times as fast as `execute` would.

        The statement is a prepared one.
        """
        if not rows:
            return
        text, to_driver = self.prepared(self._compiled, statement, tuple(rows[0]))
        connection.exec_driver_sql(text, [to_driver(row) for row in rows])

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

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        if self.engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def _upsert(
        self, table: Table, by: tuple[str, ...], sets: tuple[str, ...]
    ) -> sqlite.Insert | postgresql.Insert:
        insert = self._insert(table)
        return insert.on_conflict_do_update(
            index_elements=list(by), set_={name: insert.excluded[name] for name in sets}
        )

    def _compiled(
        self, statement: sqlite.Insert | postgresql.Insert, names: tuple[str, ...]
    ) -> tuple[str, Callable[[Mapping[str, object]], _Values]]:
        """Give the SQL that inserts rows of these columns, and what makes values of a row."""
        dialect = self.engine.dialect
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        columns = statement.table.c
        forms = [
            (name, columns[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in getattr(compiled, "positiontup", None) or names
        ]
        as_row = _in_order if getattr(compiled, "positiontup", None) else _by_name
        return str(compiled), partial(as_row, forms)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as fault:
            error = to_our_error(fault, place=self.place)
            if error is None:
                raise
            raise error from fault
        except UnicodeDecodeError as fault:
            raise damaged(self.place) from fault
        except KeyboardInterrupt as stop:
            # A statement that was cut off keeps its transaction, and with it the lock, for as
            # long as a frame holds it; the right to run could not be given back meanwhile.
            traceback.clear_frames(stop.__traceback__)
            raise
