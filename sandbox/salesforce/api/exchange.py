"""A request as the handlers see it, and their answer; one shape for all ways in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.errors import ApiError, bad_json, not_found

__all__ = ["ApiRequest", "ApiResponse", "list_of_objects", "split_url", "text_list"]

_VERSION = re.compile(r"v(\d{2,3})\.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One call, from outside or from within a composite request."""

    method: str
    version: str
    path: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    user_id: str = ""

    def header(self, name: str) -> str:
        """Give a header, or an empty text."""
        return self.headers.get(name.lower(), "")

    def object_body(self) -> JsonObject:
        """Give the body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise bad_json("The HTTP entity body is required, but this request has no entity body.")
        return self.body

    def flag(self, name: str) -> bool:
        """Give a boolean of the query string."""
        return self.query.get(name, "").lower() == "true"


@dataclass(slots=True, kw_only=True)
class ApiResponse:
    """One answer; without a body nothing is sent but the status.

    `text` is sent as it is, in place of JSON.
    """

    status: int = 200
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    media_type: str = "text/csv"

    @property
    def is_error(self) -> bool:
        """Say whether the request was refused."""
        return self.status >= 400

    @classmethod
    def of_error(cls, error: ApiError) -> ApiResponse:
        """Give the answer that reports an error."""
        return cls(status=error.status, body=error.body())


def split_url(url: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Cut a data address into version, path below it, and query; raises NOT_FOUND.

    The path is cut before it is decoded, so an encoded slash stays inside its part.
    """
    raw_path, _, raw_query = url.partition("?")
    parts = [unquote(part) for part in raw_path.split("/") if part]
    query = dict(parse_qsl(raw_query, keep_blank_values=True))
    match parts:
        case ["services", "data", version, *rest] if _VERSION.fullmatch(version):
            return version[1:], tuple(rest), query
    raise not_found()


def list_of_objects(body: JsonObject, name: str) -> list[JsonObject]:
    """Give a list of JSON objects out of a body."""
    value = body.get(name)
    if not isinstance(value, list):
        raise bad_json(f"{name} is required and must be a list")
    return [_object(one, name) for one in value]


def _object(one: Json, name: str) -> JsonObject:
    if not isinstance(one, dict):
        raise bad_json(f"{name} must hold JSON objects")
    return one


def text_list(value: Json, name: str) -> list[str]:
    """Give a list of texts, or the parts of a text cut at commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [str(one) for one in value]
    raise bad_json(f"{name} is required and must be a list of texts")
