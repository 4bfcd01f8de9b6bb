"""A server's failures in plain words."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from sync.domain.errors import StateError
from sync.state import open_store
from sync.state.faults import to_our_error


class ServerError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("the server's own words")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("53100", "no room left"),
        ("25006", "cannot be written"),
        ("28P01", "refused the user or the password"),
        ("3D000", "make the database first"),
        ("40P01", "in use by another process"),
        ("57P01", "does not answer"),
        ("08006", "does not answer"),
        (None, "does not answer"),
    ],
)
def test_fault_of_the_server_says_what_to_do(sqlstate: str | None, words: str) -> None:
    fault = OperationalError("", None, ServerError(sqlstate))
    error = to_our_error(fault, place="db.internal/revloop")
    assert error is not None
    assert str(error).startswith("The state at db.internal/revloop ")
    assert words in str(error)


@pytest.mark.parametrize(
    "fault",
    [DBAPIError("", None, ServerError("42601")), DataError("", None, ServerError(None))],
)
def test_fault_of_the_program_is_not_put_on_the_server(fault: DBAPIError) -> None:
    assert to_our_error(fault, place="db.internal/revloop") is None


def test_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StateError, match=r"revloop\[postgres\]"):
        open_store("postgresql://me:hunter2@localhost/revloop")
