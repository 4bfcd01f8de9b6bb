# ruff: noqa: S608 - only words of this very module go into the SQL
"""Very many links put into a state, as a first sync would have left them; by SQL, within it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from sqlite3 import Connection as SqliteConnection

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.record import Record, Side
from sync.engine.session import Session
from sync.state.opening import open_database
from sync.state.tables import keys, links, records

__all__ = ["fill", "stamps_of"]

#: Ids of those put in begin here: far from those of any that a run or a sandbox makes.
_FIRST = 700_000_000

#: The last modification of all of them, long before any run.
_TEXT = "2026-01-01T00:00:00.000000Z"

_AT_ONCE = 50_000
_OBJECTS = {Side.LEFT: "contacts", Side.RIGHT: "Lead"}

#: Made anew when the rest is in: far faster than kept up row by row.
_INDEXES = tuple(index for table in (links, records, keys) for index in table.indexes)


def fill(url: str, count: int) -> None:
    """Put in as many links as are wanting to `count`, like the first one that is there."""
    with closing(open_database(url, create=False)) as database:
        server = database.engine.dialect.name == "postgresql"
        with database.write() as connection:
            there = connection.execute(sa.select(sa.func.count()).select_from(links)).scalar_one()
            done = _added(connection)
            model = connection.execute(sa.select(sa.func.min(links.c.id))).scalar_one()
            for index in _INDEXES:
                index.drop(connection)
        for begin in range(done, done + count - there, _AT_ONCE):
            end = min(begin + _AT_ONCE, done + count - there)
            with database.write() as connection:
                _add(connection, model, range(begin, end), server=server)
        with database.write() as connection:
            for index in _INDEXES:
                index.create(connection)
            if server:
                # As the server does by itself within a minute.
                connection.exec_driver_sql("ANALYZE")


def stamps_of(session: Session) -> Iterator[Sequence[Record]]:
    """Give ids and stamps of all contacts the state knows, in pages, as a CRM would list them."""
    for page in session.store.records.iterate("contacts", Side.LEFT, "contacts"):
        yield [Record(ref=one.ref, fields={}, stamp=one.stamp) for one in page]


def _added(connection: Connection) -> int:
    statement = sa.select(sa.func.max(links.c.id)).where(links.c.id > _FIRST)
    top = connection.execute(statement).scalar_one()
    return int(top) - _FIRST if top else 0


def _add(connection: Connection, model: int, numbers: range, *, server: bool) -> None:
    if server:
        source = f"generate_series({numbers.start + 1}, {numbers.stop}) AS numbers(n)"
    else:
        driver = connection.connection.driver_connection
        assert isinstance(driver, SqliteConnection)
        driver.create_function("md5", 1, _md5, deterministic=True)
        source = (
            f"(WITH RECURSIVE up(n) AS (SELECT {numbers.start + 1} UNION ALL "
            f"SELECT n + 1 FROM up WHERE n < {numbers.stop}) SELECT n FROM up) AS numbers"
        )
    for statement in (_links(), *map(_shadow, Side), *map(_record, Side), *_keys()):
        named = statement.format(
            left=f"CAST({_FIRST} + n AS TEXT)",
            right=f"'00Q' || CAST({_FIRST} + n AS TEXT) || 'AAAAAA'",
            numbers=source,
            model=model,
        )
        connection.exec_driver_sql(named)


def _links() -> str:
    return (
        "INSERT INTO links (id, pair, left_object, left_id, right_object, right_id, state, "
        f"made_run, made_at) SELECT {_FIRST} + n, 'contacts', 'contacts', {{left}}, 'Lead', "
        f"{{right}}, 'open', 1, '{_TEXT}' FROM {{numbers}}"
    )


def _shadow(side: Side) -> str:
    """Give what makes the shadows of a side: the model's, with an address of its own."""
    return (
        "INSERT INTO shadows (link_id, side, base, seen, read_at) "
        f"SELECT {_FIRST} + n, '{side}', replace(base, '@', '.' || {{left}} || '@'), NULL, "
        f"'{_TEXT}' FROM {{numbers}}, shadows WHERE link_id = {{model}} AND side = '{side}'"
    )


def _record(side: Side) -> str:
    return (
        "INSERT INTO records (pair, side, object, record_id, stamp, created, state, included, why) "
        f"SELECT 'contacts', '{side}', '{_OBJECTS[side]}', {{{side}}}, '{_TEXT}', '{_TEXT}', "
        "'linked', true, '' FROM {numbers}"
    )


def _keys() -> Iterator[str]:
    """Give what makes the keys: of the address, alike on both sides, and of the other one's id."""
    for side in Side:
        for rule, text in ((0, "'address' || n"), (-1, f"'{side}' || n")):
            yield (
                "INSERT INTO keys (pair, side, object, record_id, rule, hash) SELECT 'contacts', "
                f"'{side}', '{_OBJECTS[side]}', {{{side}}}, {rule}, "
                f"md5(CAST({text} AS TEXT)) FROM {{numbers}}"
            )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
