"""One call to HubSpot and what came back, before anybody says what it means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from connectors.limits import CallKind
from connectors.retry import REPEATABLE, Policy

__all__ = ["Answer", "Json", "Operation"]

#: A JSON object of HubSpot's. Any: nothing about a foreign answer is sure before it is looked at.
Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a call is for: how it counts, whether it may be repeated, what its answer holds.

    `holds` names the key a good answer must have; empty where no body is expected.
    """

    name: str
    object_name: str = ""
    kind: CallKind = CallKind.GENERAL
    policy: Policy = REPEATABLE
    writes: bool = False
    holds: str = "results"

    @property
    def title(self) -> str:
        """Name the operation as people read it: 'search contacts'."""
        return f"{self.name} {self.object_name}".strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; `body` is empty where it held no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: Json

    @classmethod
    def parsed(cls, status: int, headers: Mapping[str, str], content: bytes | str | None) -> Answer:
        """Read an answer; content that is no JSON object leaves the body empty."""
        try:
            body = json.loads(content) if content else {}
        except ValueError:
            body = {}
        lowered = {name.lower(): value for name, value in headers.items()}
        return cls(status, lowered, body if isinstance(body, dict) else {})

    @property
    def good(self) -> bool:
        """Tell whether the status says success (207, some of a batch, included)."""
        return 200 <= self.status < 300

    @property
    def results(self) -> Sequence[Json]:
        """Give the records (or other items) of the answer."""
        return tuple(item for item in self.body.get("results") or () if isinstance(item, dict))

    @property
    def errors(self) -> Sequence[Json]:
        """Give what a batch answer says went wrong with single inputs."""
        return tuple(item for item in self.body.get("errors") or () if isinstance(item, dict))

    @property
    def after(self) -> str | None:
        """Give the position of the next page, None on the last one."""
        paging = self.body.get("paging") or {}
        after = (paging.get("next") or {}).get("after")
        return None if after is None else str(after)

    @property
    def date(self) -> datetime | None:
        """Give HubSpot's clock at the answer, to the second below."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None

    def number(self, header: str) -> int | None:
        """Give a header's value as a whole number, None where it is none."""
        value = self.headers.get(header.lower(), "").strip()
        return int(value) if value.isdecimal() else None
