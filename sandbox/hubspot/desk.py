"""How the control page and seed files fill and change what is no CRM record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from sandbox.errors import SandboxError
from sandbox.hubspot.stamps import from_iso, milliseconds
from sandbox.jsontypes import Json, JsonObject

__all__ = ["Desk", "as_list", "as_mapping", "stamp_of", "text_of", "times_of", "whole_of"]


class Desk(Protocol):
    """One kind of thing: lists, campaigns, owners or codes of consent.

    `values` are the words of a seed line. A method that is given something it cannot use raises
    SandboxError or the API's own refusal.
    """

    def add(
        self, values: JsonObject, *, id: str | None = None, times: Mapping[str, datetime] = ...
    ) -> str:
        """Make one and give its id; `times` may hold created and modified."""
        ...

    def get(self, id: str) -> JsonObject | None:
        """Give one in the words of a seed line, or None."""
        ...

    def edit(self, id: str, values: JsonObject) -> None:
        """Change one."""
        ...

    def remove(self, id: str) -> None:
        """Delete or archive one."""
        ...

    def restore(self, id: str) -> None:
        """Bring one back."""
        ...

    def lines(self) -> Iterator[JsonObject]:
        """Give all as seed lines, without their system and object."""
        ...


def as_list(value: Json, name: str) -> list[Json]:
    """Read a list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise SandboxError(f"{name} is a list")
    return value


def as_mapping(value: Json, name: str) -> JsonObject:
    """Read a JSON object; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SandboxError(f"{name} is a JSON object")
    return value


def text_of(values: Mapping[str, Json], name: str, default: str = "") -> str:
    """Read a text."""
    value = values.get(name)
    return default if value is None else str(value)


def whole_of(values: Mapping[str, Json], name: str, default: int = 0) -> int:
    """Read a whole number."""
    text = text_of(values, name, str(default))
    try:
        return int(text)
    except ValueError as exc:
        raise SandboxError(f"{name} is a whole number, not {text!r}") from exc


def times_of(times: Mapping[str, datetime] | None, now: int) -> tuple[int, int]:
    """Read when something was made and changed: now, and as it was made, unless told."""
    told = times or {}
    created = stamp_of(told.get("created"), now)
    return created, stamp_of(told.get("modified"), created)


def stamp_of(value: Json | datetime, default: int) -> int:
    """Read a time, as ISO 8601 or as it is."""
    if value is None:
        return default
    if isinstance(value, datetime):
        return milliseconds(value)
    try:
        return from_iso(str(value))
    except ValueError as exc:
        raise SandboxError(f"{value!r} is not a time like 2026-01-05T09:00:00Z") from exc
