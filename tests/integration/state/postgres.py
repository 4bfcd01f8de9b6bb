"""PostgreSQL to test with, where the environment names a server."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

__all__ = ["POSTGRES", "empty_database"]

POSTGRES = "REVLOOP_TEST_POSTGRES"


def empty_database() -> str:
    """Give the address of an empty database; without a server the test is skipped."""
    address = os.environ.get(POSTGRES, "")
    if not address:
        pytest.skip(f"{POSTGRES} names no database (postgresql+psycopg://..., its tables go)")
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
