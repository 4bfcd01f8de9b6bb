"""What every test may count on: no network but loopback, no settings of the person who runs it."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_socket
import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "tests" / "unit"
LOOPBACK = ["127.0.0.0/8", "::1"]

#: Unit tests of code that is nothing without a socket; they may open one on this machine.
SOCKET_FOLDERS = (UNIT / "connectors", UNIT / "sandbox")

#: A disk in memory, where the machine has one. A state waits for its disk at every commit, and
#: the tests commit a hundred thousand times.
_QUICK_DISK = Path("/dev/shm")
_ENOUGH = 4 * 2**30

#: No deadline: a test that fails on a slow machine says nothing about the code.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")


def pytest_configure() -> None:
    """Keep what tests write on a disk in memory, unless there is none or little of it."""
    if _QUICK_DISK.is_dir() and shutil.disk_usage(_QUICK_DISK).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_QUICK_DISK))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take sockets away from unit tests that have not asked for them."""
    for item in items:
        if not item.path.is_relative_to(UNIT) or item.get_closest_marker("enable_socket"):
            continue
        if not any(item.path.is_relative_to(folder) for folder in SOCKET_FOLDERS):
            item.add_marker("disable_socket")


def pytest_collection_finish() -> None:
    """Look for garbage in what comes from now on only: what was collected stays to the end.

    Eight thousand tests and all modules are a lot to look through again each time.
    """
    gc.collect()
    gc.freeze()


def pytest_runtest_setup() -> None:
    """Let no test, marked or not, connect to anything but this machine."""
    pytest_socket.socket_allow_hosts(LOOPBACK)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("live"):
        return
    for name in list(os.environ):
        if name.startswith(("HUBSPOT_", "SALESFORCE_")) or name == "REVLOOP_LOG_LEVEL":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let all states of this process share the SQL that SQLAlchemy makes of a statement.

    Each keeps its own by default; with a state for nearly every test, making the same SQL anew
    would be a fifth of all they do. A command makes one state, so it has nothing to share.
    """
    dialects: dict[str, sa.engine.Dialect] = {}
    compiled: dict[Any, Any] = {}
    make_engine = sa.create_engine

    def create_engine(*arguments: Any, **options: Any) -> sa.Engine:
        engine = make_engine(*arguments, **options)
        if "isolation_level" in options:
            return engine  # a dialect knows the level its connections begin with
        kept = dialects.get(engine.dialect.name)
        if kept is None or not hasattr(kept, "server_version_info"):
            # One that was connected to nothing yet does not know what its server can do.
            dialects[engine.dialect.name] = kept = engine.dialect
        engine.dialect, engine._compiled_cache = kept, compiled
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", create_engine)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real data sets; the test is skipped where there is none."""
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    data = shared / "data"
    if not data.is_dir():
        pytest.skip(f"no real data: {data} is missing (REVLOOP_SHARED names another folder)")
    return data
