"""What a call to Salesforce gives: pages of a query, and the parts of a composite call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.flags import flag
from connectors.salesforce.faults import (
    Call,
    Fault,
    fault_error,
    read_fault,
    unreadable_error,
)
from connectors.salesforce.values import Json

__all__ = [
    "MOST_PARTS",
    "Answer",
    "Page",
    "Part",
    "PartAnswer",
    "Row",
    "composite_body",
    "query_path",
    "read_page",
    "read_parts",
]

#: How many of a composite call's parts may be queries or collections.
MOST_PARTS = 5

#: One row of a query as parsed: Any, because each object has its own columns.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of one answer, and the org's clock when it gave it."""

    body: Any  # parsed JSON, its shape depends on the call
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a query; only a page without `next_url` is the last one."""

    rows: Sequence[Row]
    total: int
    next_url: str | None

    @property
    def whole(self) -> bool:
        """Tell whether a first page that names no further one holds all rows there are."""
        return self.next_url is not None or len(self.rows) >= self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request inside a composite call; `path` follows the version in its address.

    The call as a whole is tried again, or given up, for the sake of an `essential` part only.
    """

    call: Call
    path: str
    method: str = "GET"
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True

    @classmethod
    def query(cls, soql: str, call: Call, *, deleted: bool = False, essential: bool = True) -> Part:
        """Make a part that queries, with deleted records among the rows where asked."""
        return cls(call=call, path=query_path(soql, deleted=deleted), essential=essential)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What one part of a composite call gave: a body, or the fault it met.

    `doubted` tells that the call was sent before, and may have been carried out then.
    """

    call: Call
    body: Any  # parsed JSON, its shape depends on the part
    fault: Fault | None
    doubted: bool = False

    def page(self) -> Page:
        """Give the body as a page of a query; raises the part's error where it failed."""
        if self.fault is not None:
            raise fault_error(self.fault, self.call)
        return read_page(self.body, self.call)


def query_path(soql: str, *, deleted: bool) -> str:
    """Give the path of a query, with deleted records among the rows where asked."""
    return f"{'queryAll' if deleted else 'query'}?q={quote(soql, safe='')}"


def read_page(body: Any, call: Call) -> Page:  # parsed JSON
    """Read one page of a query."""
    try:
        rows, following = body["records"], body.get("nextRecordsUrl")
        page = Page(rows=rows, total=int(body["totalSize"]), next_url=following)
        read = flag(body["done"]) == (following is None) and isinstance(following, str | None)
        read = read and isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as exc:
        raise unreadable_error(call) from exc
    if not read:
        raise unreadable_error(call)
    return page


def read_parts(body: Any, parts: Sequence[Part]) -> list[PartAnswer]:  # parsed JSON
    """Read a composite answer; a part without one means nobody knows what became of it."""
    call = parts[0].call
    try:
        by_name = {answer["referenceId"]: answer for answer in body["compositeResponse"]}
        answers = [by_name[f"part{number}"] for number in range(len(parts))]
        return [
            PartAnswer(
                part.call,
                answer["body"],
                _part_fault(int(answer["httpStatusCode"]), answer["body"]),
            )
            for part, answer in zip(parts, answers, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise unreadable_error(call) from exc


def _part_fault(status: int, body: object) -> Fault | None:
    return read_fault(status, body) if status >= 300 else None


def composite_body(parts: Sequence[Part], *, version: str) -> Json:
    """Give the body of a call made of parts, each named by its place."""
    requests: list[Json] = []
    for number, part in enumerate(parts):
        request: dict[str, Json] = {
            "method": part.method,
            "url": f"/services/data/v{version}/{part.path}",
            "referenceId": f"part{number}",
        }
        if part.headers:
            request["httpHeaders"] = dict(part.headers)
        if part.body is not None:
            request["body"] = part.body
        requests.append(request)
    # Collated requests lose their order; what is read back must come after what is written.
    return {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests}
