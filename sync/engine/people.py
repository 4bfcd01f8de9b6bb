"""The users and owners of both CRMs, read at most once an hour and kept in the state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sync.domain.people import Person, PersonKind
from sync.domain.ports import Crm
from sync.domain.record import Side
from sync.domain.store import Store
from sync.engine.hourly import fresh, keep

__all__ = ["kept_people", "read_people"]


def read_people(store: Store, crm: Crm, side: Side, *, now: datetime) -> tuple[Person, ...]:
    """Give everybody of a side, from the state where that is fresh, else from the CRM."""
    kept = fresh(store, _note(side), crm, now=now)
    if kept is not None:
        return _from_json(kept["people"])
    people = tuple(crm.people())
    keep(store, _note(side), crm, now=now, people=[asdict(one) for one in people])
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
