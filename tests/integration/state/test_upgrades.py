"""A state of every schema there ever was, with rows in it, is brought up to this one."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sync.state import open_store, schema
from sync.state.checking import looked_at

#: What columns of these names hold; all other texts are any word.
_TEXTS = {
    "side": "left",
    "state": "open",
    "base": "{}",
    "seen": '{"city":"Bonn"}',
    "records": '[["left","contacts","1"]]',
    "body": "{}",
    "summary": "{}",
    "before": '"old"',
    "after": '"new"',
}
_TIMES = ("stamp", "at", "since", "until", "created", "started", "ended", "next_try")
_WHEN = "2026-03-31T22:14:05.000000Z"


@pytest.mark.parametrize("version", schema.KNOWN[:-1])
def test_rows_of_every_earlier_schema_come_along(file_url: str, version: str) -> None:
    path = Path(file_url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    engine = sa.create_engine(file_url)
    with engine.begin() as connection:
        _make(connection, version)
        before = {
            table.name: _filled(connection, table)
            for table in _tables(connection)
            if table.name not in (schema.VERSIONS, *_made_anew(version))
        }
    engine.dispose()
    assert looked_at(path).findings == ()

    open_store(file_url).close()

    assert (looked_at(path).version, looked_at(path).findings) == (schema.HEAD, ())
    engine = sa.create_engine(file_url)
    with engine.connect() as connection:
        after = {table.name: table for table in _tables(connection)}
        for name, row in before.items():
            (now,) = connection.execute(sa.select(after[name])).mappings()
            assert {column: now[column] for column in row} == row, name
    engine.dispose()


def _made_anew(version: str) -> tuple[str, ...]:
    """Name the tables that a later schema makes anew: nothing had ever been kept in them."""
    return ("stage_events",) if version < "0006" else ()


def _make(connection: sa.Connection, version: str) -> None:
    """Make the tables as they were."""
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)
    connection.exec_driver_sql(f"PRAGMA application_id = {schema.OURS}")


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return list(found.sorted_tables)


def _filled(connection: sa.Connection, table: sa.Table) -> dict[str, object]:
    """Put one row into a table, and give it."""
    row = {column.name: _value(column) for column in table.c}
    connection.execute(sa.insert(table).values(row))
    return dict(connection.execute(sa.select(table)).mappings().one())


def _value(column: sa.Column[object]) -> object:
    if isinstance(column.type, sa.Integer | sa.Boolean):
        return 1
    if column.name in _TIMES or column.name.endswith("_at"):
        return _WHEN
    return _TEXTS.get(column.name, "word")
