"""The quick way to read rows gives what the database layer's own way gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from uuid import uuid4

import pytest
import sqlalchemy as sa

from sync.state.columns import NAME, NUMBER, CompactJson, Micros, UtcTime
from sync.state.database import Database
from sync.state.opening import open_database
from tests.postgres import why_no_server

_AT = datetime(2026, 3, 29, 1, 30, 0, 7, tzinfo=UTC)
_TABLE = sa.Table(
    f"fetched_{uuid4().hex[:8]}",
    sa.MetaData(),
    sa.Column("id", NUMBER, primary_key=True),
    sa.Column("name", NAME),
    sa.Column("at", UtcTime),
    sa.Column("micros", Micros),
    sa.Column("told", CompactJson),
    sa.Column("open", sa.Boolean),
)
_ROWS: list[dict[str, object]] = [
    {"id": 1, "name": "one", "at": _AT, "micros": _AT, "told": {"a": [1, None]}, "open": True},
    {"id": 2, "name": "it's %s", "at": None, "micros": None, "told": None, "open": False},
    {"id": 3, "name": None, "at": _AT, "micros": _AT, "told": "né\0e", "open": None},
    *({"id": id, "name": f"n{id}", "told": id, "open": True} for id in range(4, 40)),
]
_SOME = (
    sa.select(_TABLE)
    .where(
        _TABLE.c.id.in_(sa.bindparam("ids", expanding=True)),
        sa.or_(_TABLE.c.open.is_(None), _TABLE.c.id > sa.bindparam("after")),
        _TABLE.c.id.notin_(sa.bindparam("others", expanding=True)),
        sa.func.coalesce(_TABLE.c.name, "none") != "n5",
    )
    .order_by(_TABLE.c.id)
)


@pytest.fixture(params=["file_url", *(["postgres_url"] if why_no_server() is None else [])])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    opened = open_database(request.getfixturevalue(request.param), create=True)
    with opened.write(fenced=False) as connection:
        _TABLE.create(connection)
        for row in _ROWS:
            connection.execute(sa.insert(_TABLE), row)
    yield opened
    opened.close()


def test_rows_fetched_are_those_executed(database: Database) -> None:
    lists = [[1], [1, 2, 3], [3, 1, 3], list(range(1, 40)), [99]]
    for ids, others in product(lists, [[2], [4, 7, 8]]):
        values = {"ids": ids, "others": others, "after": 0}
        with database.read() as connection:
            told = [tuple(row) for row in connection.execute(_SOME, values)]
            for _ in range(2):  # built, then as it was built
                fetched = database.fetch(connection, _SOME, values)
                assert [tuple(row) for row in fetched] == told, values
        assert bool(told) is (ids != [99])
