"""PostgreSQL to test with: a server of the test run's own, or one that the environment names.

The server is started when it is first needed, for all processes of a test run together, and ends
with the last of them, however they end. `REVLOOP_TEST_POSTGRES` names another one
(postgresql+psycopg://..., whose user may make databases). `REVLOOP_TEST_STATE=postgresql` lets
scenarios and stories keep their state there, each of them.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import URL

from sync.state import open_store
from sync.state.tables import leases, metadata

__all__ = [
    "POSTGRES",
    "blank_database",
    "empty_database",
    "is_asked_for",
    "let_lease_run_out",
    "server_address",
    "why_no_server",
]

POSTGRES = "REVLOOP_TEST_POSTGRES"
STATE = "REVLOOP_TEST_STATE"

#: Where Debian puts the programs, by version; they are in no PATH there.
_DEBIAN = Path("/usr/lib/postgresql")
_KEEPER = Path(__file__).with_name("postgres_keeper.py")
_PATIENCE = 60


def is_asked_for() -> bool:
    """Tell whether the tests that could keep their state anywhere keep it on PostgreSQL."""
    asked = os.environ.get(STATE, "sqlite")
    if asked not in ("sqlite", "postgresql"):
        raise ValueError(f"{STATE}={asked}: it is sqlite or postgresql")
    return asked == "postgresql"


def why_no_server() -> str | None:
    """Say why there can be no server; None where there can."""
    if os.environ.get(POSTGRES):
        return None
    if _programs() is None:
        return (
            "PostgreSQL is not installed (Debian's package is postgresql), and "
            f"{POSTGRES} names no server"
        )
    if os.geteuid() == 0 and not _server_user():
        return "PostgreSQL is not started by root, and there is no user postgres"
    return None


@lru_cache(maxsize=1)
def server_address() -> str:
    """Give the address of a database of the server; raises RuntimeError where there is none."""
    if address := os.environ.get(POSTGRES):
        return address
    if reason := why_no_server():
        raise RuntimeError(reason)
    return _address_of_our_own()


def empty_database() -> str:
    """Give the address of an empty database; without a server, skip the test.

    The one that this process was given before is gone.
    """
    return _made("empty")


def blank_database() -> str:
    """Give the address of a state without a row; without a server, skip the test.

    It is the same one each time, since to make one takes longer than most tests.
    """
    url = _blank_made()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        # What a killed run has open would be waited for.
        connection.exec_driver_sql(_END_OTHERS)
        connection.exec_driver_sql(_wipe())
    return url


def let_lease_run_out(url: str) -> None:
    """Do what a minute does after a run was killed: a server goes by a clock of its own."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.update(leases).values(until=datetime(2020, 1, 1, tzinfo=UTC)))


_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@lru_cache(maxsize=1)
def _wipe() -> str:
    deletes = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    restarts = [
        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), 1, false)"
        for table in metadata.sorted_tables
        if (column := table.autoincrement_column) is not None
    ]
    return "; ".join([*deletes, *restarts])


@lru_cache(maxsize=1)
def _blank_made() -> str:
    url = _made("blank")
    with closing(open_store(url)):
        return url


def _made(name: str) -> str:
    if reason := why_no_server():
        pytest.skip(reason)
    url: URL = sa.make_url(server_address())
    # Tests run side by side: each process has databases of its own.
    own = f"{url.database}_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{own}"'))
    return url.set(database=own).render_as_string(hide_password=False)


# --- a server of our own --------------------------------------------------------------------------


def _programs() -> Path | None:
    """Give the folder with the programs of a server, the newest there is."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda one: -_version(one))
    needed = ("initdb", "pg_ctl", "postgres")
    for folder in folders:
        if all((folder / name).exists() for name in needed):
            return folder
    return None


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0


def _server_user() -> str:
    """Give the user that Debian's package makes; none where there is no such user."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return ""


def _address_of_our_own() -> str:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    place = os.environ.get("PYTEST_DEBUG_TEMPROOT") or tempfile.gettempdir()
    folder = Path(place) / f"revloop-postgres-{run}"
    _hold(folder.with_name(f"{folder.name}.lock"))
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass  # another process of this run starts it, or has
    else:
        _start_keeper(folder)
    answer = folder / "address"
    for _ in range(_PATIENCE * 20):
        if answer.exists():
            break
        time.sleep(0.05)
    else:
        raise RuntimeError(f"PostgreSQL did not start within {_PATIENCE} seconds: see {folder}")
    told = answer.read_text(encoding="utf-8")
    if told.startswith("!"):
        raise RuntimeError(f"PostgreSQL did not start: {told[1:]}")
    return told


def _start_keeper(folder: Path) -> None:
    programs = _programs()
    assert programs is not None
    user = _server_user() if os.geteuid() == 0 else ""
    subprocess.run(
        [sys.executable, str(_KEEPER), str(folder), str(programs), user],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What ends the tests, such as Ctrl-C, is not to end it before it has stopped the server.
        start_new_session=True,
    )


@lru_cache(maxsize=1)
def _hold(lock: Path) -> TextIOWrapper:
    """Hold a lock until this process ends; whoever holds it uses the server."""
    while True:
        held = lock.open("a")
        fcntl.flock(held, fcntl.LOCK_SH)
        # A keeper that ends takes the file along, maybe while we waited for the lock on it.
        if lock.exists() and lock.stat().st_ino == os.fstat(held.fileno()).st_ino:
            return held
        held.close()
