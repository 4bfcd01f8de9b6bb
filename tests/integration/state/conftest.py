"""Stores to test with: in memory, in a file, and on PostgreSQL where one is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.state import SqlStore, open_store

_POSTGRES = "REVLOOP_TEST_POSTGRES"

#: Without a server one test says that PostgreSQL was left out, not every one of them.
_KINDS = ["memory", "file", *(["postgres"] if os.environ.get(_POSTGRES) else [])]


@pytest.fixture
def postgres_url() -> str:
    """Give the address of an empty PostgreSQL database."""
    address = os.environ.get(_POSTGRES, "")
    if not address:
        pytest.skip(f"{_POSTGRES} names no database (postgresql+psycopg://..., its tables go)")
    url = sa.make_url(address)
    # Tests run side by side: each process has a database of its own.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    own = f"{url.database}_{worker}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{own}"'))
    engine.dispose()
    return url.set(database=own).render_as_string(hide_password=False)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Give the address of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'state' / 'revloop.db'}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty state to copy: to migrate anew for each test takes its time."""
    path = tmp_path_factory.mktemp("state") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=_KINDS)
def store(
    request: pytest.FixtureRequest, migrated_file: Path, tmp_path: Path
) -> Iterator[SqlStore]:
    """Give an empty store, one of each kind there is."""
    match request.param:
        case "memory":
            url = "sqlite://"
        case "file":
            copy = shutil.copy(migrated_file, tmp_path / "revloop.db")
            url = f"sqlite:///{copy}"
        case _:
            url = request.getfixturevalue("postgres_url")
    with open_store(url) as opened:
        yield opened
