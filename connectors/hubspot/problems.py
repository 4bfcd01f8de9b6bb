"""What HubSpot's error envelopes say, whichever of their shapes they come in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.hubspot.calls import Answer, Json

__all__ = ["Problem", "problem_of", "read_problem"]

_EXISTING = re.compile(
    r"existing (?:object |record |contact )?id:?\s*(\d+)|\b(\d+) already has that value", re.I
)
#: Keys of `context` that say what is wrong, where no code does.
_CODES_OF_CONTEXT = frozenset({"INVALID_OBJECT_IDS"})
#: Keys of `context` that name records by id.
_ID_KEYS = ("ids", "id", "objectId", "objectIds", "INVALID_OBJECT_IDS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error of HubSpot's: of a whole call, or of some inputs of a batch.

    `codes` holds every machine word found, the most precise first; `words` are those for people,
    without the JSON that `message` may hold. `fields`, `ids` and `traces`
    name the properties, records and write tokens it is about; `existing` the record that stands
    in the way.
    """

    category: str = ""
    codes: tuple[str, ...] = ()
    message: str = ""
    words: str = ""
    fields: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    existing: str | None = None
    request_id: str = ""
    policy: str = ""

    @property
    def code(self) -> str:
        """Give the most precise word there is for it."""
        return self.codes[0] if self.codes else self.category

    def has(self, *codes: str) -> bool:
        """Tell whether one of these words stands in it."""
        return not set(codes).isdisjoint((*self.codes, self.category))


def problem_of(answer: Answer) -> Problem:
    """Read what a refused call's answer says; its header names it where the body does not."""
    problem = read_problem(answer.body)
    reference = answer.headers.get("x-hubspot-correlation-id", "")
    return replace(problem, request_id=problem.request_id or reference)


def read_problem(body: Json) -> Problem:
    """Read an error envelope; every part of it may be missing."""
    message = _text(body.get("message"))
    details = [*_dicts(body.get("errors")), *_embedded(message)]
    context = _merged_context([body, *details])
    existing = _EXISTING.search(" ".join([message, *(_text(d.get("message")) for d in details)]))
    return Problem(
        category=_text(body.get("category")),
        codes=_unique([*_codes(body, details), *_CODES_OF_CONTEXT & context.keys()]),
        message=message,
        words=_words(message, details),
        fields=_unique([*context.get("propertyName", ()), *_names(details)]),
        ids=_unique(value for key in _ID_KEYS for value in context.get(key, ())),
        traces=_unique(context.get("objectWriteTraceId", ())),
        scopes=_unique(context.get("requiredGranularScopes", ())),
        existing=(existing[1] or existing[2]) if existing else None,
        request_id=_text(body.get("correlationId")),
        policy=_text(body.get("policyName")),
    )


def _embedded(message: str) -> Sequence[Json]:
    """Give the JSON that HubSpot puts into the text of a message, after its first words."""
    for start in (message.find("["), message.find("{")):
        if start < 0:
            continue
        try:
            found, _ = json.JSONDecoder().raw_decode(message[start:])
        except ValueError:
            continue
        items = _dicts(found if isinstance(found, list) else [found])
        nested = [inner for item in items for inner in _dicts(item.get("errors"))]
        return [*items, *nested]
    return []


def _words(message: str, details: Sequence[Json]) -> str:
    """Give what is said to people: of a message with JSON in it, what that JSON says."""
    if not _embedded(message):
        return message
    return " ".join(_unique(_text(detail.get("message")) for detail in details)) or message


def _codes(body: Json, details: Sequence[Json]) -> Iterator[str]:
    for detail in details:
        yield _text(detail.get("code"))
        yield _text(detail.get("error"))
    sub = body.get("subCategory")
    yield _text(sub.get("name")) if isinstance(sub, dict) else _text(sub)
    for detail in details:
        yield _text(detail.get("category"))


def _names(details: Sequence[Json]) -> Iterator[str]:
    for detail in details:
        yield _text(detail.get("name"))


def _merged_context(parts: Sequence[Json]) -> dict[str, list[str]]:
    """Join the `context` of all parts; its values are lists by contract, single ones by habit."""
    merged: dict[str, list[str]] = {}
    for part in parts:
        context = part.get("context")
        for key, value in (context if isinstance(context, dict) else {}).items():
            values = value if isinstance(value, list) else [value]
            merged.setdefault(key, []).extend(str(v) for v in values if v is not None)
    return merged


def _dicts(value: object) -> list[dict[str, Any]]:  # Any: a foreign JSON object
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
