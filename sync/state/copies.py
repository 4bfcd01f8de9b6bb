"""Copies of a state: made while runs go on, and put back in its place.

A copy is always one SQLite file, whatever database the state is on, so that a state can go over
from one to the other.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from sync.domain.errors import RunLockedError, StateError
from sync.state.checking import looked_at, open_file
from sync.state.database import CHUNK, Database
from sync.state.lease import take_lease
from sync.state.opening import open_database
from sync.state.still_forgotten import StillForgotten, keep_forgotten
from sync.state.tables import leases, metadata, staged, staged_keys

__all__ = ["Restored", "back_up", "restore"]

#: What only the run under way needs.
_OF_A_RUN = (leases, staged, staged_keys)

#: What SQLite keeps beside its file.
_BESIDE = ("-wal", "-shm")

_TERM = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of putting a copy back.

    `aside` is where the file that was there is kept, if one was; `forgotten` tells of the people
    who were forgotten in it.
    """

    aside: Path | None
    forgotten: StillForgotten


def back_up(url: str, path: Path) -> None:
    """Write a copy of a state to a new file only its owner can read; runs may go on meanwhile."""
    if path.exists():
        raise StateError(f"{path} is there already; name a file that is not")
    if not path.parent.is_dir():
        raise StateError(f"{path} cannot be written: there is no folder {path.parent}")
    with _closing(url, create=False) as state, _draft(path.parent) as draft:
        if state.engine.dialect.name == "sqlite":
            _copy_file(state, draft)
        else:
            with _closing(_url(draft), create=True) as copy:
                with state.read(steady=True) as source, copy.write() as target:
                    _copy_rows(source, target)
                _forget_run(copy)
        try:
            draft.replace(path)
        except OSError as fault:
            raise StateError(f"{path} cannot be written ({fault.strerror})") from fault


def restore(path: Path, url: str, *, holder: str, now: datetime) -> Restored:
    """Put a copy in the place of a state; who was forgotten there stays so.

    Raises RunLockedError while a run is at work, and StateError for a file that is no copy.
    """
    found = looked_at(path)
    if found.findings:
        raise StateError(
            f"{path} is no state to put back: {found.findings[0]}. Nothing was changed: name a "
            "file that `revloop state backup` wrote"
        )
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        still = _restore_rows(path, url, holder=holder, now=now)
        return Restored(aside=None, forgotten=still)
    if address.database in (None, "", ":memory:"):
        raise StateError("this state is kept in memory only; there is nothing to put a copy into")
    return _restore_file(path, Path(str(address.database)), holder=holder, now=now)


# --- a file ---------------------------------------------------------------------------------------


def _copy_file(state: Database, draft: Path) -> None:
    with state.raw() as source, open_file(draft, write=True) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    with _closing(_url(draft), create=False) as copy:
        _forget_run(copy)


def _restore_file(path: Path, place: Path, *, holder: str, now: datetime) -> Restored:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _draft(place.parent) as draft, ExitStack() as stack:
        shutil.copyfile(path, draft)
        with _closing(_url(draft), create=False) as copy:
            before = _keep_out(stack, _url(place), holder=holder, now=now)
            still = keep_forgotten(before, copy) if place.exists() else StillForgotten()
            _forget_run(copy)
        aside = _put_aside(place, now) if place.exists() else None
        draft.replace(place)
    return Restored(aside=aside, forgotten=still)


def _put_aside(place: Path, now: datetime) -> Path:
    aside = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%S}")
    for end in ("", *_BESIDE):
        beside = place.with_name(place.name + end)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + end))
    return aside


def _keep_out(stack: ExitStack, url: str, *, holder: str, now: datetime) -> Database | None:
    """Hold the lock of a state until it is replaced; one that cannot be opened has no run."""
    try:
        state = open_database(url, create=False)
    except StateError as fault:
        if isinstance(fault, RunLockedError):
            raise
        return None
    stack.callback(state.close)
    lease = take_lease(state, holder, now=now, ttl=_TERM)
    stack.callback(lease.release)
    with state.raw() as driver:
        # What is still beside the file goes into it, so that it can be moved as one.
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return state


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give a file of nobody else's that is gone afterwards, unless it was moved."""
    try:
        handle, name = tempfile.mkstemp(prefix=".revloop-", suffix=".db", dir=folder)
    except OSError as fault:
        raise StateError(f"nothing can be written into {folder} ({fault.strerror})") from fault
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        for end in ("", *_BESIDE):
            draft.with_name(draft.name + end).unlink(missing_ok=True)


# --- a server -------------------------------------------------------------------------------------


def _restore_rows(path: Path, url: str, *, holder: str, now: datetime) -> StillForgotten:
    with tempfile.TemporaryDirectory() as folder, _draft(Path(folder)) as draft:
        shutil.copyfile(path, draft)
        with _closing(_url(draft), create=False) as copy, _closing(url, create=True) as state:
            lease = take_lease(state, holder, now=now, ttl=_TERM)
            try:
                still = keep_forgotten(state, copy)
                _forget_run(copy)
                with copy.read() as source, state.write() as target:
                    _copy_rows(source, target, spare_leases=True)
                    _number_on(target)
            finally:
                lease.release()
    return still


def _copy_rows(source: Connection, target: Connection, *, spare_leases: bool = False) -> None:
    tables = [one for one in metadata.sorted_tables if not (spare_leases and one is leases)]
    for table in reversed(tables):
        target.execute(sa.delete(table))
    for table in tables:
        found = source.execute(
            sa.select(table), execution_options={"stream_results": True, "yield_per": CHUNK}
        )
        for part in found.mappings().partitions(CHUNK):
            target.execute(sa.insert(table), [dict(row) for row in part])


def _number_on(target: Connection) -> None:
    """Let numbered rows go on after those that were put in."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
        name = target.execute(sequence).scalar_one()
        top = target.execute(sa.select(sa.func.max(column))).scalar_one()
        if name is not None and top is not None:
            target.execute(sa.select(sa.func.setval(name, top)))


# --- both -----------------------------------------------------------------------------------------


def _forget_run(copy: Database) -> None:
    with copy.write() as connection:
        for table in _OF_A_RUN:
            connection.execute(sa.delete(table))
    with copy.raw() as driver:
        driver.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _closing(url: str, *, create: bool) -> Iterator[Database]:
    database = open_database(url, create=create)
    try:
        yield database
    finally:
        database.close()


def _url(path: Path) -> str:
    return f"sqlite:///{path.resolve()}"
