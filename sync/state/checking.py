"""Looking a state over without changing it: is it whole, is it ours, which version is it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from sync.domain.errors import NoStateError
from sync.state.opening import open_database
from sync.state.schema import HEAD, KNOWN, OURS, VERSIONS
from sync.state.tables import metadata

__all__ = ["Checked", "check", "looked_at", "open_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of a state; `rows` counts those of each of our tables."""

    place: str
    version: str | None
    findings: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


def check(url: str) -> Checked:
    """Look a state over; raises NoStateError where there is none."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        return looked_at(Path(str(address.database)))
    database = open_database(url, create=False)
    try:
        with database.read() as connection:
            rows = {
                table.name: connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar_one()
                for table in metadata.sorted_tables
            }
    finally:
        database.close()
    return Checked(place=database.place, version=HEAD, rows=rows)


def looked_at(path: Path) -> Checked:
    """Look an SQLite file over, and change nothing in it, not even its version."""
    if not path.is_file():
        raise NoStateError(f"There is no state at {path}.")
    try:
        with open_file(path) as file:
            return _looked_into(file, path)
    except sqlite3.Error as fault:
        return Checked(place=str(path), version=None, findings=(_broken(fault),))


@contextmanager
def open_file(path: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open an SQLite file as it is; to be read only, unless it is to be written."""
    mode = "rw" if write else "ro"
    file = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        yield file
    finally:
        file.close()


def _looked_into(file: sqlite3.Connection, path: Path) -> Checked:
    owner = file.execute("PRAGMA application_id").fetchone()[0]
    tables = {
        name
        for (name,) in file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    }
    if owner != OURS or VERSIONS not in tables:
        return Checked(place=str(path), version=None, findings=("it is no state of revloop",))
    found = file.execute(f"SELECT version_num FROM {VERSIONS}").fetchone()  # noqa: S608 our name
    version = found[0] if found else None
    if version not in KNOWN:
        newer = f"it was written by a newer revloop (schema {version}; this one knows {HEAD})"
        return Checked(place=str(path), version=version, findings=(newer,))
    ours = metadata.tables.keys()
    findings = [*_torn(file), *_orphans(file)]
    if version == HEAD:
        findings += [f"its table {name} is missing" for name in sorted(ours - tables)]
    findings += [
        f"it holds a table {name} that is not of revloop"
        for name in sorted(tables - ours - {VERSIONS})
    ]
    rows = {
        name: file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 our names
        for name in sorted(ours & tables)
    }
    return Checked(place=str(path), version=version, findings=tuple(findings), rows=rows)


def _torn(file: sqlite3.Connection) -> list[str]:
    found = [text for (text,) in file.execute("PRAGMA integrity_check(3)") if text != "ok"]
    return ["it is damaged or was cut off"] if found else []


def _orphans(file: sqlite3.Connection) -> list[str]:
    """Name the tables with rows whose link is not there."""
    counts: dict[str, int] = {}
    for table, *_ in file.execute("PRAGMA foreign_key_check"):
        counts[table] = counts.get(table, 0) + 1
    return [f"{count} rows of {table} belong to no link" for table, count in sorted(counts.items())]


def _broken(fault: sqlite3.Error) -> str:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return "it is no state of revloop"
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return "it cannot be opened by this user"
    return "it is damaged or was cut off"
