"""The control page's actions that only an org has: conversion, merge, purge, set-up, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from sandbox.errors import SandboxError
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.known_errors import known_error
from sandbox.salesforce.store import SalesforceStore

__all__ = ["OrgControl"]

_T = TypeVar("_T")


class OrgControl:
    """Does to an org what its admin or a person in it would."""

    def __init__(self, store: Callable[[], SalesforceStore]) -> None:
        """Ask for the store each time, because a reset puts another in its place."""
        self._store = store

    def convert(self, lead_id: str, body: Mapping[str, Json]) -> JsonObject:
        """Convert a lead; the body may name what to convert into."""
        status = str(body.get("status") or "Closed - Converted")
        made = _told(
            lambda: self._store().convert_lead(
                lead_id,
                status=status,
                account_id=_text(body, "account"),
                contact_id=_text(body, "contact"),
                owner_id=_text(body, "owner"),
                opportunity=body.get("opportunity") is True,
                opportunity_name=_text(body, "opportunity_name"),
                by="automation" if body.get("by") == "automation" else "person",
            )
        )
        return {
            "account": made.account_id,
            "contact": made.contact_id,
            "opportunity": made.opportunity_id,
        }

    def merge(self, sobject: str, winner: str, body: Mapping[str, Json]) -> JsonObject:
        """Merge records into one, which takes the values of `fields`."""
        losers, fields = body.get("losers"), body.get("fields", {})
        if not isinstance(losers, list) or not isinstance(fields, dict):
            raise SandboxError('send {"losers": [ID, ...], "fields": {...}}')
        ids = [str(one) for one in losers]
        _told(lambda: self._store().merge(sobject, winner, ids, fields))
        return {"id": winner, "merged": [*ids]}

    def purge(self, sobject: str, record_id: str) -> JsonObject:
        """Remove a record for good."""
        _told(lambda: self._store().purge(sobject, record_id))
        return {}

    def refuse(self, sobject: str, body: Mapping[str, Json]) -> JsonObject:
        """Refuse the next rows of an object; without a code they are locked."""
        count = int(str(body.get("count", 1)))
        code, fields = _text(body, "code"), body.get("fields", [])
        if code is None or code == "UNABLE_TO_LOCK_ROW":
            _told(lambda: self._store().lock_next(sobject, count))
        else:
            known = known_error(code)
            message = str(body.get("message") or (known.message if known else code))
            names = [str(one) for one in fields] if isinstance(fields, list) else []
            _told(lambda: self._store().refuse_next(sobject, count, code, message, names))
        return {"refused": count}

    def setup(self) -> JsonObject:
        """Show the set-up as seed lines hold it."""
        return {"setup": [*self._store().setup.lines]}

    def set_up(self, body: Mapping[str, Json]) -> JsonObject:
        """Add or replace one thing of the set-up."""
        _told(lambda: self._store().set_up(dict(body)))
        return self.setup()

    def clear_rules(self) -> JsonObject:
        """Drop validation, duplicate and assignment rules."""
        self._store().setup.clear_rules()
        return self.setup()


def _text(body: Mapping[str, Json], name: str) -> str | None:
    value = body.get(name)
    return None if value is None else str(value)


def _told(action: Callable[[], _T]) -> _T:
    try:
        return action()
    except ApiError as exc:
        raise SandboxError(str(exc)) from exc
