"""Stores to test with: in memory, in a file, and on PostgreSQL where one is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.state import SqlStore, open_store

_POSTGRES = "REVLOOP_TEST_POSTGRES"


@pytest.fixture
def postgres_url() -> str:
    """Give the address of an empty PostgreSQL database."""
    url = os.environ.get(_POSTGRES, "")
    if not url:
        pytest.skip(f"{_POSTGRES} names no database (postgresql+psycopg://..., its tables go)")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Give the address of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'state' / 'revloop.db'}"


@pytest.fixture(params=["memory", "file", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """Give an empty store, one of each kind."""
    url = "sqlite://"
    if request.param != "memory":
        url = request.getfixturevalue(f"{request.param}_url")
    with open_store(url) as opened:
        yield opened
