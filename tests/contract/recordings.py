"""Recorded traffic of real accounts, in one form whatever tool recorded it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

__all__ = ["Exchange", "differences", "read_exchanges", "recorded_files"]

_CALCULATED = re.compile(
    r"^(hs_|num_|days_to_close|amount_in_home_currency|first_contact_createdate|notes_)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the answer a real account gave."""

    method: str
    target: str
    body: Any
    status: int
    answer: Any

    @property
    def path(self) -> str:
        """Give the path without its query."""
        return urlsplit(self.target).path


def recorded_files(shared: Path) -> list[Path]:
    """Give all files of recorded exchanges of both systems."""
    folders = ("hubspot/nango", "hubspot/grouparoo", "salesforce/nango", "salesforce/grouparoo")
    names = (*folders, "salesforce/cumulusci")
    return [path for name in names for path in sorted((shared / "fixtures" / name).glob("*.json"))]


def read_exchanges(path: Path) -> list[Exchange]:
    """Read a file, in the order the calls were made."""
    # One tool wrote vxx.0 for the version.
    recorded = json.loads(path.read_text(encoding="utf-8").replace("vxx.0", "v62.0"))
    return list(_listed(recorded) if isinstance(recorded, list) else _by_path(recorded))


def _listed(recorded: list[dict[str, Any]]) -> Iterator[Exchange]:
    for one in recorded:
        request, response = one["request"], one["response"]
        where = urlsplit(str(request.get("uri") or request["path"]))
        query = parse_qsl(where.query, keep_blank_values=True)
        query += [
            (name, unquote(str(value))) for name, value in (request.get("query") or {}).items()
        ]
        status = response["status"]
        yield Exchange(
            method=request["method"],
            target=_target(where.path, query),
            body=_json(request.get("body")),
            status=status["code"] if isinstance(status, dict) else status,
            answer=_json(response.get("body")),
        )


def _by_path(recorded: dict[str, Any]) -> Iterator[Exchange]:
    for method, paths in recorded.items():
        for path, found in paths.items():
            for one in found if isinstance(found, list) else [found]:
                if not isinstance(one, dict) or "response" not in one:
                    continue
                request = one.get("request") or {}
                status = one.get("status")
                yield Exchange(
                    method=method.upper(),
                    target=_target(path, list((request.get("params") or {}).items())),
                    body=request.get("data"),
                    status=status if isinstance(status, int) else 200,
                    answer=_json(one["response"]),
                )


def _target(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _json(body: Any) -> Any:
    if isinstance(body, dict) and set(body) == {"string"}:
        body = body["string"]
    if isinstance(body, str):
        try:
            return json.loads(body)
        except ValueError:
            return body or None
    return body


def differences(real: Any, made: Any, at: str = "") -> Iterator[str]:
    """Name where two answers differ in keys and types; values do not count, null is any type.

    Elements of a list are compared as one, since their number is a matter of the data. Of a
    record's `properties` those that HubSpot calculates by itself do not count.
    """
    if real is None or made is None:
        return
    if _kind(real) != _kind(made):
        yield f"{at}: {_kind(made)} instead of {_kind(real)}"
    elif isinstance(real, dict):
        yield from _keys(real, made, at)
        for name in sorted(real.keys() & made.keys()):
            yield from differences(real[name], made[name], f"{at}.{name}")
    elif isinstance(real, list) and at.endswith(".compositeResponse"):
        for place, (one, other) in enumerate(zip(real, made, strict=False)):
            yield from differences(one, other, f"{at}[{place}]")
    elif isinstance(real, list) and real and made:
        yield from differences(_merged(real), _merged(made), f"{at}[]")


def _keys(real: dict[str, Any], made: dict[str, Any], at: str) -> Iterator[str]:
    if at.endswith(".properties") and all(isinstance(one, str | None) for one in real.values()):
        real = {name: one for name, one in real.items() if not _CALCULATED.match(name)}
        made = {name: one for name, one in made.items() if not _CALCULATED.match(name)}
    yield from (f"{at}.{name}: missing" for name in sorted(real.keys() - made.keys()))
    yield from (f"{at}.{name}: too many" for name in sorted(made.keys() - real.keys()))


def _merged(many: list[Any]) -> Any:
    """Give one element with the keys of all."""
    if not all(isinstance(one, dict) for one in many):
        return many[0]
    whole: dict[str, Any] = {}
    for one in many:
        for name, value in one.items():
            if whole.get(name) is None:
                whole[name] = value
            elif isinstance(value, list):
                whole[name] = [*whole[name], *value]
    return whole


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, list) else "text"
