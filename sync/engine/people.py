"""The users and owners of both CRMs, read at most once an hour and kept in the state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sync.domain.people import Person, PersonKind
from sync.domain.ports import Crm
from sync.domain.record import Side
from sync.domain.store import Store

__all__ = ["kept_people", "read_people"]

_GOOD_FOR = timedelta(hours=1)


def read_people(store: Store, crm: Crm, side: Side, *, now: datetime) -> tuple[Person, ...]:
    """Give everybody of a side, from the state where that is fresh, else from the CRM."""
    kept = store.runs.note(_note(side))
    if kept:
        data = json.loads(kept)
        fresh = timedelta(0) <= now - datetime.fromisoformat(data["read"]) < _GOOD_FOR
        if fresh and data["credentials"] == crm.credentials:
            return _from_json(data["people"])
    people = tuple(crm.people())
    data = {
        "read": now.isoformat(),
        "credentials": crm.credentials,
        "people": [asdict(one) for one in people],
    }
    store.runs.keep_note(_note(side), json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    return people


def kept_people(store: Store, side: Side) -> tuple[Person, ...]:
    """Give everybody of a side as last read, however long ago; nobody where that never was."""
    kept = store.runs.note(_note(side))
    return _from_json(json.loads(kept)["people"]) if kept else ()


def _note(side: Side) -> str:
    return f"people:{side.value}"


def _from_json(people: Sequence[dict[str, Any]]) -> tuple[Person, ...]:
    return tuple(
        Person(**{**one, "kind": PersonKind(one["kind"]), "owns": tuple(one["owns"])})
        for one in people
    )
