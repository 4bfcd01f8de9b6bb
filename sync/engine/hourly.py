"""What a CRM says of itself, kept in the state: good for an hour, with the same credentials."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.domain.ports import Crm
    from sync.domain.store import Store

__all__ = ["fresh", "keep"]

_GOOD_FOR = timedelta(hours=1)


def fresh(store: Store, note: str, crm: Crm, *, now: datetime) -> dict[str, Any] | None:
    """Give what is kept under a note, as JSON data; None where the CRM is to be asked again."""
    kept = store.runs.note(note)
    if not kept:
        return None
    try:
        data: dict[str, Any] = json.loads(kept)
        is_fresh = timedelta(0) <= now - datetime.fromisoformat(data["read"]) < _GOOD_FOR
        return data if is_fresh and data["credentials"] == crm.credentials else None
    except (ValueError, KeyError, TypeError):
        return None  # a copy that is damaged is made again


def keep(store: Store, note: str, crm: Crm, *, now: datetime, **said: object) -> None:
    """Keep what a CRM said just now."""
    data = {"read": now.isoformat(), "credentials": crm.credentials, **said}
    store.runs.keep_note(note, json.dumps(data, ensure_ascii=False, separators=(",", ":")))
