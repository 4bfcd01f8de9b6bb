"""Failures of the database, turned into the project's own errors."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from sync.domain.errors import StateError

__all__ = ["damaged", "to_our_error"]

_SQLITE = {
    sqlite3.SQLITE_BUSY: (
        "is in use by another process and did not become free in time. Nothing was changed: "
        "wait for the other command to end, then run again"
    ),
    sqlite3.SQLITE_LOCKED: (
        "is in use by another command of this process. Nothing was changed: run again"
    ),
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full. The last step was not kept: free some space, then run "
        "again; the run goes on where it stopped"
    ),
    sqlite3.SQLITE_READONLY: (
        "cannot be written. Give this user the right to write to the file and to its folder, and "
        "see that the disk is not mounted read-only"
    ),
    sqlite3.SQLITE_PERM: "cannot be opened: give this user the right to read and write it",
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened: see that its folder exists and that this user may write to both"
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be read or written: the disk reported a fault. See that the disk is there and "
        "has room; network drives are not safe for SQLite"
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged or was cut off. Nothing more is written to it: put a backup in its place, then "
        "run again; what changed in the CRMs since is found by itself"
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a state of revloop: the file holds something else or is damaged. Name another "
        "file as `state`, or put a backup in its place"
    ),
}
#: How the driver says, without a code of its own, that a text or the file is none.
_UNREADABLE = ("Could not decode to UTF-8", "unsupported file format", "malformed")
_FULL = ("53100", "53200")
_READ_ONLY = ("25006", "42501")


def damaged(place: str) -> StateError:
    """Give the error for a state that holds what nobody wrote there."""
    return StateError(f"The state at {place} {_SQLITE[sqlite3.SQLITE_CORRUPT]}.")


def to_our_error(fault: DBAPIError, *, place: str) -> StateError | None:
    """Give the error an admin can act on, or None for a fault of the program itself."""
    cause = fault.orig
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind; the rest says more than anybody can act on.
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        words = _SQLITE.get(code)
        if words is None and any(one in str(cause) for one in _UNREADABLE):
            words = _SQLITE[sqlite3.SQLITE_CORRUPT]
    else:
        words = _server_words(fault)
    return None if words is None else StateError(f"The state at {place} {words}.")


def _server_words(fault: DBAPIError) -> str | None:
    code = getattr(fault.orig, "sqlstate", None) or ""
    if code in _FULL:
        return "cannot grow: its server has no room left. Make room there, then run again"
    if code in _READ_ONLY:
        return "cannot be written: give its user the right to make and write tables"
    if code.startswith("28"):
        return "refused the user or the password. See the address under `state`"
    if code == "3D000":
        return "does not exist: make the database first"
    if code in ("55P03", "40P01"):
        return "is in use by another process. Nothing was changed: run again"
    # A server that cannot be reached gives no code.
    unreached = not code and isinstance(fault, OperationalError | InterfaceError)
    if fault.connection_invalidated or unreached or code.startswith(("08", "57")):
        return "does not answer. The last step was not kept: see that the server is up, run again"
    return None
