"""A call as handlers see it, and the answer they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

from sandbox.hubspot.errors import invalid, invalid_json
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.objects import ObjectType
from sandbox.json_text import read_json
from sandbox.jsontypes import Json, JsonObject

if TYPE_CHECKING:
    from sandbox.hubspot.limits import CallLimits
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["Access", "Answer", "Call", "Handler", "Route"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body; None is an empty one."""

    status: int = 200
    body: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the portal it is for, its path parts, query and body."""

    store: HubSpotStore
    limits: CallLimits
    path: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    raw_body: bytes
    version: str
    """v1, v3, v4 or a date."""
    url: str = ""
    """The path as it was called, without its query."""

    @property
    def strict(self) -> bool:
        """Tell whether this version enforces the portal's rules for writes."""
        return self.is_dated and self.version >= "2026-09"

    @property
    def is_dated(self) -> bool:
        """Tell whether the path has a date for a version."""
        return self.version[:1].isdigit()

    def link(self, **changed: str) -> str:
        """Give the address of another page of the same call."""
        query = {name: values for name, values in self.query.items() if name not in changed}
        text = urlencode({**query, **changed}, doseq=True)
        return f"https://api.hubapi.com{self.url}?{text}"

    def kind(self, part: str = "object") -> ObjectType:
        """Give the object type named in the path."""
        return self.store.types.get(self.path[part], loose=self.store.switches.bare_custom_names)

    def json(self) -> Json:
        """Read the body."""
        try:
            return read_json(self.raw_body or b"null")
        except ValueError as exc:
            raise invalid_json(str(exc)) from exc

    def object_body(self) -> JsonObject:
        """Read a body that is an object."""
        body = self.json()
        if not isinstance(body, dict):
            raise invalid_json("an object was expected")
        return body

    def inputs(self, *, most: int, required: bool = True) -> list[JsonObject]:
        """Read the inputs of a batch and hold them to its limit."""
        inputs = self.object_body().get("inputs")
        if not isinstance(inputs, list) or (required and not inputs):
            raise invalid("inputs is required and must not be empty")
        if len(inputs) > most:
            raise invalid(f"The maximum batch size is {most}, but {len(inputs)} were sent")
        objects = [one for one in inputs if isinstance(one, dict)]
        if len(objects) != len(inputs):
            raise invalid_json("every input is an object")
        return objects

    def text(self, name: str, default: str = "") -> str:
        """Give a query parameter."""
        values = self.query.get(name, ())
        return values[-1] if values else default

    def many(self, name: str) -> tuple[str, ...]:
        """Give a list parameter, whether repeated or joined by commas."""
        parts = ",".join(self.query.get(name, ())).split(",")
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def flag(self, name: str) -> bool:
        """Give a yes or no parameter, in whatever capitals."""
        return self.text(name, "false").lower() == "true"

    def number(self, name: str, *, default: int, most: int) -> int:
        """Give a whole number parameter within its limit."""
        text = self.text(name, str(default))
        if not is_number(text) or not 0 < int(text) <= most:
            raise invalid(f"{name} must be between 1 and {most}, but was {text}")
        return int(text)


Handler: TypeAlias = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Access:
    """What a call needs: `scope` may hold the object's name as {object}; empty is nothing."""

    scopes: tuple[str, ...] = ()
    search: bool = False
    open: bool = False
    """Needs no token, takes a form instead of JSON, and counts towards no limit."""
    marketing: bool = False
    """Needs an account with Marketing Hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation, declared once for the numbered and the dated paths.

    `/crm/v3/objects/{object}` and `/crm/objects/2026-03/{object}` are the same operation: area
    crm, numbered v3, resource objects, rest /{object}.
    """

    method: str
    area: str
    resource: str
    rest: str
    handler: Handler
    numbered: str = "v3"
    dated: bool = True
    access: Access = Access()

    def paths(self, dated: tuple[str, ...]) -> list[tuple[str, str]]:
        """Give each path with its version."""
        head = f"/{self.area}" if self.area else ""
        resource = f"/{self.resource}" if self.resource else ""
        return [
            (f"{head}/{self.numbered}{resource}{self.rest}", self.numbered),
            *((f"{head}{resource}/{date}{self.rest}", date) for date in dated if self.dated),
        ]
