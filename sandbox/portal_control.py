"""The control page's actions that only a portal has: merge, forgetting for good, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from sandbox.errors import SandboxError
from sandbox.hubspot.errors import ApiError, invalid
from sandbox.hubspot.known_errors import known_error
from sandbox.hubspot.store import HubSpotStore
from sandbox.jsontypes import Json, JsonObject

__all__ = ["PortalControl"]

_T = TypeVar("_T")


class PortalControl:
    """Does to a portal what a person in it would."""

    def __init__(self, store: Callable[[], HubSpotStore]) -> None:
        """Ask for the store each time, as it may be another after a reset."""
        self._store = store

    def merge(self, name: str, winner: str, body: Mapping[str, Json]) -> JsonObject:
        """Merge records into one; gives the id that survives, which may be a new one."""
        losers = body.get("losers")
        if not isinstance(losers, list) or not losers:
            raise SandboxError('send {"losers": [ID, ...]}')
        kept = _number(winner)
        try:
            for loser in losers:
                kept = self._merged(name, kept, _number(str(loser)))
        except ApiError as exc:
            raise SandboxError(str(exc)) from exc
        return {"id": str(kept), "merged": [str(one) for one in losers]}

    def purge(self, name: str, record_id: str) -> JsonObject:
        """Remove a record for good."""
        store = self._store()
        _told(lambda: store.purge(store.kind(name), _number(record_id)))
        return {}

    def refuse(self, name: str, body: Mapping[str, Json]) -> JsonObject:
        """Refuse the next rows of an object that the API writes, or one in `every`."""
        count, every = (_number(str(body.get(word, 1))) for word in ("count", "every"))
        if every < 1 or count < 1:
            raise SandboxError("count and every are whole numbers from 1 on")
        message, code = body.get("message"), body.get("code")
        error = None if message is None else invalid(str(message))
        if code is not None and (error := known_error(str(code))) is None:
            raise SandboxError(f"HubSpot knows no code {str(code)!r}")
        _told(lambda: self._store().refuse_next(name, count, every=every, error=error))
        return {"refused": count}

    def _merged(self, name: str, kept: int, loser: int) -> int:
        store = self._store()
        return store.merge(store.kind(name), kept, loser).id


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SandboxError(f"{text[:40]!r} is not a whole number")
    return int(text)


def _told(action: Callable[[], _T]) -> _T:
    try:
        return action()
    except ApiError as exc:
        raise SandboxError(str(exc)) from exc
