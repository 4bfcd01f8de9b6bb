"""One call to HubSpot and what came back, before anybody says what it means."""

from __future__ import annotations

import json
import re
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

    `holds` names the key a good answer must have; empty where no body is expected. `optional`
    says that an account may lack what is called, by its subscription or the token's scopes, and
    a run goes on without it.
    """

    name: str
    object_name: str = ""
    kind: CallKind = CallKind.GENERAL
    policy: Policy = REPEATABLE
    writes: bool = False
    holds: str = "results"
    optional: bool = False

    @property
    def title(self) -> str:
        """Name the operation as people read it: 'search contacts'."""
        return f"{self.name} {self.object_name}".strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; `body` is empty where it held no JSON object.

    `foreign` tells that it held something else: a page, a list, half an object. `doubted` tells
    that the call was sent before, and may have been carried out then.
    """

    status: int
    headers: Mapping[str, str]
    body: Json
    foreign: bool = False
    doubted: bool = False

    @classmethod
    def parsed(cls, status: int, headers: Mapping[str, str], content: bytes | str | None) -> Answer:
        """Read an answer; content that is no JSON object leaves the body empty."""
        try:
            body = json.loads(content) if content else {}
        except (ValueError, RecursionError):
            body = None
        lowered = {name.lower(): value for name, value in headers.items()}
        if isinstance(body, dict):
            return cls(status, lowered, body)
        return cls(status, lowered, {}, foreign=True)

    @property
    def good(self) -> bool:
        """Tell whether the status says success (207, some of a batch, included)."""
        return 200 <= self.status < 300

    @property
    def results(self) -> Sequence[Json]:
        """Give the records (or other items) of the answer."""
        return _objects(self.body.get("results"))

    @property
    def errors(self) -> Sequence[Json]:
        """Give what a batch answer says went wrong with single inputs."""
        return _objects(self.body.get("errors"))

    @property
    def after(self) -> str | None:
        """Give the position of the next page, None on the last one."""
        paging = self.body.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        after = following.get("after") if isinstance(following, dict) else None
        return None if after is None else str(after)

    @property
    def total(self) -> int | None:
        """Give how many items there are on all pages, None where the answer does not say."""
        total = self.body.get("total")
        if isinstance(total, str) and total.isdecimal():
            return int(total)
        return total if isinstance(total, int) and not isinstance(total, bool) else None

    @property
    def wait(self) -> float | None:
        """Give the seconds to wait that `Retry-After` asks for: a number, or until a date."""
        asked = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
            return float(asked)
        until = _http_date(asked)
        if until is None:
            return None
        return max(0.0, (until - (self.date or datetime.now(UTC))).total_seconds())

    @property
    def date(self) -> datetime | None:
        """Give HubSpot's clock at the answer, to the second below."""
        return _http_date(self.headers.get("date", ""))

    def number(self, header: str) -> int | None:
        """Give a header's value as a whole number, None where it is none."""
        value = self.headers.get(header.lower(), "").strip()
        return int(value) if value.isdecimal() else None


def _objects(value: object) -> Sequence[Json]:
    return (
        tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
    )


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
