"""A scripted stand-in on this machine: it answers what a test tells it, and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from connectors.hubspot import HubSpotSettings, connect
from sync.domain.ports import Crm

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    form: dict[str, str] = field(default_factory=dict)


#: Status, body and, where it matters, headers; or what makes them from the request.
Reply = tuple[Any, ...]
Script = Callable[[Request], Reply]


class Wire:
    """Answers by method and path; several replies are given one after the other, the last stays."""

    #: Close the connection without an answer.
    DROPPED: Reply = ()

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.waits: list[float] = []
        self._scripts: dict[tuple[str, str], list[Reply | Script]] = {}
        self.url = ""

    def on(self, method: str, path: str, *replies: Reply | Script) -> None:
        self._scripts[method, path] = list(replies)

    def sent(self, ending: str) -> list[Request]:
        return [request for request in self.requests if request.path.endswith(ending)]

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        script = self._scripts.get((request.method, request.path))
        if not script:
            return (404, "<html>not here</html>")
        step = script.pop(0) if len(script) > 1 else script[0]
        return step(request) if callable(step) else step


def _handler(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(size)
            parts = urlsplit(self.path)
            is_form = "x-www-form-urlencoded" in self.headers.get("Content-Type", "")
            request = Request(
                self.command,
                parts.path,
                parse_qs(parts.query),
                dict(self.headers.items()),
                json.loads(raw) if raw and not is_form else None,
                dict(parse_qsl(raw.decode())) if is_form else {},
            )
            reply = wire.reply(request)
            if reply == wire.DROPPED:
                self.close_connection = True
                return
            status, content, *rest = reply
            if content is None:
                content = b""
            elif isinstance(content, str):
                content = content.encode()
            elif not isinstance(content, bytes):
                content = json.dumps(content).encode()
            self.send_response_only(status)
            headers = {"Content-Length": str(len(content)), **(rest[0] if rest else {})}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    return Handler


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(wire))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    wire.url = f"http://127.0.0.1:{server.server_port}"
    yield wire
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connected(wire: Wire) -> Iterator[Callable[..., Crm]]:
    opened = []

    def make(*, clock: Callable[[], datetime] = lambda: NOW, **settings: Any) -> Crm:
        crm = connect(
            HubSpotSettings(base_url=wire.url, access_token="pat-made-up", **settings),
            sleep=wire.waits.append,
            clock=clock,
        )
        opened.append(crm)
        return crm

    yield make
    for crm in opened:
        crm.close()


@pytest.fixture
def crm(connected: Callable[..., Crm]) -> Crm:
    return connected()


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Give a record as HubSpot writes it."""

    def make(id: str, stamp: str = "2026-11-01T08:00:00.000Z", **properties: Any) -> dict[str, Any]:
        stamps = {"lastmodifieddate": stamp, "hs_lastmodifieddate": stamp}
        return {
            "id": id,
            "properties": {"hs_object_id": id, **stamps, **properties},
            "createdAt": "2026-10-01T07:00:00Z",
            "updatedAt": stamp,
            "archived": False,
        }

    return make
