"""HubSpot's JSON as values in native form, whatever people typed into a text."""

from __future__ import annotations

import pytest

from connectors.hubspot.values import native_of, wire_of

READ = [
    (None, None),
    ("", None),
    ("Ada", "Ada"),
    (" ", " "),
    (True, "true"),
    (False, "false"),
    (3, "3"),
    (3.0, "3"),
    (1.5, "1.5"),
    ("2026-03-31T22:14:05Z", "2026-03-31T22:14:05.000Z"),
    ("2026-03-31T22:14:05.1239Z", "2026-03-31T22:14:05.123Z"),
    ("2026-03-31T22:14:05+02:00", "2026-03-31T20:14:05.000Z"),
    ("2026-03-31T22:14:05+0200", "2026-03-31T20:14:05.000Z"),
    ("0050-01-01T00:00:00Z", "0050-01-01T00:00:00.000Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
    # What only looks like a time is somebody's text.
    ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00"),
    ("9999-12-31T23:59:59-02:00", "9999-12-31T23:59:59-02:00"),
    ("2026-02-30T00:00:00Z", "2026-02-30T00:00:00Z"),
    ("2026-03-31T22:14:05Z and later", "2026-03-31T22:14:05Z and later"),
    ("2026-03-31", "2026-03-31"),
    ("1774995245000", "1774995245000"),
]


@pytest.mark.parametrize(("wire", "native"), READ)
def test_a_value_is_read_in_native_form(wire: object, native: str | None) -> None:
    assert native_of(wire) == native


@pytest.mark.parametrize(("wire", "native"), READ)
def test_a_native_value_reads_the_same_once_it_was_sent(wire: object, native: str | None) -> None:
    del wire
    assert native_of(wire_of(native)) == native
