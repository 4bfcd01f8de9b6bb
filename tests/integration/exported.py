"""What `sandbox export` writes, in a database of its own to be asked in plain SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sandbox.jsontypes import JsonObject
from tests.integration.admin import Admin

__all__ = ["export_of"]

_TABLES = """
CREATE TABLE record (system TEXT, object TEXT, id TEXT, body TEXT);
CREATE INDEX by_id ON record (id, object);
CREATE TABLE tie (object TEXT, id TEXT, other TEXT, other_id TEXT, label INTEGER);
"""


def export_of(admin: Admin, file: Path) -> sqlite3.Connection:
    """Export both sandboxes to a file, as an admin does, and load it.

    `record` has a JSON `body` each, and `tie` HubSpot's associations.

    A tie stands there from the end that the export names it from, a row for each of its labels.
    """
    words = ("sandbox", "export", "--control", admin.sandbox.control_url, "--out", str(file))
    assert admin.type(*words).exit == 0
    database = sqlite3.connect(":memory:")
    database.executescript(_TABLES)
    with file.open(encoding="utf-8") as lines:
        records = [one for line in lines if "id" in (one := json.loads(line))]
    database.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", map(_record, records))
    ids = {str(one["key"]): str(one["id"]) for one in records}
    for one in records:
        database.executemany("INSERT INTO tie VALUES (?, ?, ?, ?, ?)", _ties(one, ids))
    return database


def _record(one: JsonObject) -> tuple[str, ...]:
    values = one.get("properties") or one.get("fields")
    return (str(one["system"]), str(one["object"]), str(one["id"]), json.dumps(_flat(values)))


def _flat(values: object) -> dict[str, object]:
    """Give references by their id; an export names records by it."""
    assert isinstance(values, dict)
    return {
        name: value["key"] if isinstance(value, dict) and set(value) == {"key"} else value
        for name, value in values.items()
    }


def _ties(one: JsonObject, ids: dict[str, str]) -> Iterable[tuple[object, ...]]:
    ties = one.get("associations") or []
    assert isinstance(ties, list)
    for tie in ties:
        assert isinstance(tie, dict)
        here, there = (one["object"], one["id"]), (tie["to"], ids[str(tie["key"])])
        types = tie.get("types") or [{"typeId": None}]
        assert isinstance(types, list)
        for kind in types:
            assert isinstance(kind, dict)
            yield (*here, *there, kind["typeId"])
