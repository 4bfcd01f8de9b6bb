"""Stores to test with: in memory, in a file, and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.state import SqlStore, open_store
from tests.postgres import blank_database, empty_database, why_no_server

#: Without a server one test says that PostgreSQL was left out, not every one of them.
_KINDS = ["memory", "file", *(["postgres"] if why_no_server() is None else [])]


@pytest.fixture
def postgres_url() -> str:
    """Give the address of an empty PostgreSQL database."""
    return empty_database()


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
            url = blank_database()
    with open_store(url) as opened:
        yield opened
