"""Garbage for the sandbox: anything at all, and mutations of requests that are good.

Everything comes from one seeded source, so a failure comes back with the same seed.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Sent", "garbage"]

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE", "get")
_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/xml",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin-1",
    "",
    "/",
    "\xff",
)
_WORDS = (
    *("crm", "v3", "v4", "objects", "contacts", "0-1", "2-99", "batch", "read", "search", "null"),
    *("services", "data", "v59.0", "v999.0", "sobjects", "Contact", "composite", "jobs", "query"),
    *("describe", "associations", "lists", "memberships", "..", ".", "", "%00", "%2F", "%zz", "%"),
    *("-1", "0", "99999999999999999999", "\u00e9", "%C3%28", "a" * 300, "'", "{}", "[x]", ";", "~"),
)
_TEXTS = (
    *("", " ", "0", "-1", "1e999", "NaN", "null", "true", "\x00", "\ud800", "\U0001f4a5", "' OR 1"),
    *(
        "2026-02-30",
        "9999-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00Z",
        "2026-01-01T00:00:00+99:99",
    ),
    *("99999999999999999999", "a" * 5000, "%", "\\", "<a>&amp;", "\u202e", "1/0", "@{x.y[0].z}"),
    *("003000000000001AAA", "0-1", "\uff11\uff12", "\u0661", "²", "\r\nX: y", "(?P<a", "\t"),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(10**400), 1e308, float("nan"), float("inf")),
    *([], {}, [[]], [{}], [None], {"": None}, {"key": []}, {"key": "c1"}, [1, "a", None, {}, []]),
    *(["x"] * 300, [{"id": "1"}] * 101, {"attributes": 1}, {"attributes": {"type": "Contact"}}),
)
_QUERIES = (
    *("q=", "q=SELECT", "q=SELECT%20Id%20FROM%20Contact%20LIMIT%20-1", "limit=0", "limit=x"),
    *(
        "after=x",
        "after=%00",
        "limit=%C2%B2",
        "properties=%FF",
        "fields=Id,,",
        "start=x&end=y",
        "&",
    ),
    *("=", "a=1;b=2", "limit=99999999999999999999", "idProperty=nope", "archived=maybe", "x[]=1"),
    *("start=9999-12-31T23:59:59Z&end=0001-01-01T00:00:00Z", "locator=x", "maxRecords=x", "%=%"),
    *("_HttpMethod=PATCH", "_HttpMethod=%00", "columns=x", "path=%28", "system=x", "since=x"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request: a target as it goes over the wire, headers, and a body."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self) -> bytes:
        """Give the request as bytes."""
        head = {"Host": "127.0.0.1", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items())]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


def garbage(good: Sequence[Sent], *, count: int, seed: int) -> Iterator[Sent]:
    """Give that many requests: half of them garbage, half good ones with something changed."""
    rng = random.Random(seed)
    for number in range(count):
        base = good[number // 2 % len(good)]
        yield _mutated(base, good, rng) if number % 2 else _anything(base, rng)


# Anything


def _anything(base: Sent, rng: random.Random) -> Sent:
    """Give a request that is made of pieces; most carry the token, to get past the door."""
    headers = {"Content-Type": rng.choice(_TYPES), _noise(rng): _noise(rng)}
    if rng.random() < 0.8 and "Authorization" in base.headers:
        headers["Authorization"] = base.headers["Authorization"]
    return Sent(
        method=rng.choice(_METHODS),
        target=_path(base, rng) + rng.choice(("", f"?{rng.choice(_QUERIES)}")),
        headers=headers,
        body=_any_body(base, rng),
    )


def _path(base: Sent, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return _with_parts(base.target.partition("?")[0], rng)
    return "/" + "/".join(rng.choice(_WORDS) for _ in range(rng.randrange(8)))


def _any_body(base: Sent, rng: random.Random) -> bytes:
    match rng.randrange(7):
        case 0:
            return b""
        case 1:
            return rng.randbytes(rng.randrange(200))
        case 2:
            return rng.choice(
                (b"[" * 200_000, b'{"a":' * 50_000, b"<a>" * 2_000, b"[" * 150 + b"]" * 150)
            )
        case 3:
            return base.body[: rng.randrange(len(base.body) + 1)]
        case 4:
            return rng.choice((b"\xef\xbb\xbf{}", b"'", b"null", b"\xff\xfe{\x00}\x00", b"a=b&c"))
    return _encoded(_any_value(rng, depth=3))


def _any_value(rng: random.Random, *, depth: int) -> Any:
    kind = rng.randrange(4) if depth else rng.randrange(2)
    if kind == 0:
        return rng.choice(_TEXTS)
    if kind == 1:
        return copy.deepcopy(rng.choice(_VALUES))
    inside = [_any_value(rng, depth=depth - 1) for _ in range(rng.randrange(4))]
    keys = ("inputs", "properties", "id", "records", "attributes", "filterGroups", "values", "")
    return inside if kind == 2 else {rng.choice(keys): one for one in inside}


def _noise(rng: random.Random) -> str:
    return "".join(rng.choice("abcXYZ019-_") for _ in range(rng.randrange(1, 20)))


# Mutations


def _mutated(base: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    """Change one to three things of a good request; mostly its body, where the knowledge is."""
    changes: tuple[Callable[[Sent, Sequence[Sent], random.Random], Sent], ...] = (
        _other_method,
        _other_path,
        _other_query,
        _other_header,
        _other_body,
        *(_changed_json,) * 6,
    )
    sent = base
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        sent = rng.choice(changes)(sent, good, rng)
    return sent


def _other_method(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    return replace(sent, method=rng.choice(_METHODS))


def _other_path(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    path, mark, query = sent.target.partition("?")
    return replace(sent, target=_with_parts(path, rng) + mark + query)


def _with_parts(path: str, rng: random.Random) -> str:
    parts = path.split("/")
    place = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
    match rng.randrange(4):
        case 0:
            parts[place] = rng.choice(_WORDS)
        case 1:
            del parts[place]
        case 2:
            parts.insert(place, rng.choice(_WORDS))
        case _:
            parts[place] = parts[place].swapcase()
    text = "/".join(parts)
    return text if text.startswith("/") else f"/{text}"


def _other_query(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    path, _, query = sent.target.partition("?")
    pieces = [piece for piece in query.split("&") if piece]
    if pieces and rng.random() < 0.6:
        place = rng.randrange(len(pieces))
        name = pieces[place].partition("=")[0]
        cut = rng.randrange(len(pieces[place]) + 1)
        pieces[place] = rng.choice(
            (f"{name}=", f"{name}={rng.choice(_WORDS)}", pieces[place][:cut])
        )
    else:
        pieces.append(rng.choice(_QUERIES))
    return replace(sent, target=f"{path}?{'&'.join(pieces)}")


def _other_header(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    headers = dict(sent.headers)
    match rng.randrange(5):
        case 0:
            headers["Content-Type"] = rng.choice(_TYPES)
        case 1:
            headers["Authorization"] = rng.choice(
                ("", "Bearer", "Bearer \xe9", "Basic !", "x" * 99)
            )
        case 2:
            headers["Accept"] = rng.choice(("application/xml", "text/html", "*/*;q=x", ""))
        case 3:
            name = rng.choice(("Sforce-Query-Options", "Sforce-Duplicate-Rule-Header", "If-Match"))
            headers[name] = rng.choice(("batchSize=x", "allowSave=", "=", "batchSize=99999999999"))
        case _:
            headers[_noise(rng)] = _noise(rng)
    return replace(sent, headers=headers)


def _other_body(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    match rng.randrange(3):
        case 0:
            return replace(sent, body=rng.choice(good).body)
        case 1:
            body = bytearray(sent.body or b"{}")
            for _ in range(rng.randrange(1, 4)):
                body[rng.randrange(len(body))] = rng.randrange(256)
            return replace(sent, body=bytes(body))
    return replace(sent, body=_any_body(sent, rng))


def _changed_json(sent: Sent, good: Sequence[Sent], rng: random.Random) -> Sent:
    try:
        tree = {"": json.loads(sent.body)}
    except (ValueError, RecursionError):
        return _other_query(sent, good, rng)
    places = list(_places(tree))
    for _ in range(rng.choice((1, 1, 2))):
        holder, key = rng.choice(places)
        _change(holder, key, rng)
    return replace(sent, body=_encoded(tree.get("")))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inside:
        yield value, key
        if isinstance(one, dict | list):
            yield from _places(one)


def _change(holder: Any, key: Any, rng: random.Random) -> None:
    if isinstance(holder, list) and key >= len(holder):
        return
    match rng.randrange(6):
        case 0:
            holder.pop(key, None) if isinstance(holder, dict) else holder.pop(key)
        case 1 if isinstance(holder, dict):
            holder[rng.choice(_TEXTS)] = holder.get(key)
        case 1:
            holder.append(holder[key])
        case 2 | 3:
            holder[key] = rng.choice(_TEXTS)
        case _:
            holder[key] = copy.deepcopy(rng.choice(_VALUES))


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()
