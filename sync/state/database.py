"""One database with its transactions, the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from sqlalchemy import CompoundSelect, Connection, Engine, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from sync.state.faults import damaged, to_our_error

__all__ = ["CHUNK", "Database", "chunks"]

#: How many rows one step of a paged read takes, and how many values one IN list holds.
CHUNK = 500

#: Lists of values are filled up to one of these lengths, so that few forms of a query are made.
_LENGTHS = (1, 4, 16, 64, 256, CHUNK)

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


#: A query with lists or without, whose parameters are named.
_Query: TypeAlias = "Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]"

#: Where the values of a query's parameters come from: a name, with the length of its list; or one
#: value that is always the same.
_Sources: TypeAlias = "Sequence[tuple[str | None, int | None, object]]"

#: What turns what the driver gives into the values of some columns, by their places.
_Readers: TypeAlias = "Sequence[tuple[int, Callable[[object], object]]]"


def _in_order(forms: _Forms, row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple([form(row[name]) if form else row[name] for name, form in forms])


def _by_name(forms: _Forms, row: Mapping[str, object]) -> dict[str, object]:
    return {name: form(row[name]) if form else row[name] for name, form in forms}


#: Begins what stands for the values of a query while it is turned into SQL.
_MARK = "\x1f"


def _filled(found: Sequence[object]) -> int:
    """Give the length that a list is filled up to."""
    return next(length for length in _LENGTHS if length >= len(found))


def _read_row(readers: _Readers, row: Sequence[object]) -> Sequence[object]:
    values = list(row)
    for place, reader in readers:
        values[place] = reader(values[place])
    return values


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
        self._reading = self._steady = engine
        if engine.dialect.name == "postgresql":
            self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
            self._steady = engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def read(self, *, steady: bool = False) -> Iterator[Connection]:
        """Give a connection to read from.

        A file does not move until the connection is closed. A server keeps still from one query to
        the next only where it is to be `steady`: to begin and to end is a way there and back each.
        """
        engine = self._steady if steady else self._reading
        with self._translated(), engine.connect() as connection:
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

    def fetch(
        self, connection: Connection, query: _Query, values: Mapping[str, object]
    ) -> Sequence[Sequence[Any]]:
        """Give all rows of a query, some three times as fast as `execute` would.

        The query is a prepared one. Its `values` are as the driver takes them; those that are
        lists hold at least one and at most CHUNK.
        """
        lengths = tuple(
            (name, _filled(one) if type(one) is list else None) for name, one in values.items()
        )
        text, names, sources, readers = self.prepared(self._selecting, query, lengths)
        flat: list[object] = []
        for name, length, constant in sources:
            if name is None:
                flat.append(constant)
            elif length is None:
                flat.append(values[name])
            else:
                found = cast("list[object]", values[name])
                flat += found
                flat += found[-1:] * (length - len(found))
        bound = tuple(flat) if names is None else dict(zip(names, flat, strict=True))
        rows: Sequence[Sequence[Any]] = connection.exec_driver_sql(text, bound).fetchall()
        return [_read_row(readers, row) for row in rows] if readers else rows

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

    def _selecting(
        self, query: _Query, lengths: tuple[tuple[str, int | None], ...]
    ) -> tuple[str, Sequence[str] | None, _Sources, _Readers]:
        """Give the SQL of a query for lists of these lengths, and how its values go in and out."""
        dialect = self.engine.dialect
        marks: dict[str, object] = {
            name: f"{_MARK}{name}" if length is None else [f"{_MARK}{name}"] * length
            for name, length in lengths
        }
        form = query.compile(dialect=dialect).construct_expanded_state(marks)
        of_lists = dict(lengths)
        names = list(form.parameters if form.positiontup is None else form.positiontup)
        sources: list[tuple[str | None, int | None, object]] = []
        left = 0
        for name in names:
            value = form.parameters[name]
            if not isinstance(value, str) or not value.startswith(_MARK):
                sources.append((None, None, value))
            elif left:
                left -= 1  # the rest of a list
            else:
                marked = value.removeprefix(_MARK)
                sources.append((marked, of_lists[marked], None))
                left = (of_lists[marked] or 1) - 1
        readers = [
            (place, reader)
            for place, column in enumerate(query.selected_columns)
            if (reader := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        return form.statement, names if form.positiontup is None else None, sources, readers

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
