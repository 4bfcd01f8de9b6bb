"""Messages to an address of the admin's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.notify import check_address, deliver
from sync.domain.errors import ConfigError


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Answer with one status after another, the last one for ever; give what was sent."""
    got: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses[min(len(got), len(statuses)) - 1])
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/secret", got
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("statuses", "sent", "taken"),
    [
        ((204,), 1, True),
        ((503, 429, 200), 3, True),
        ((500,), 3, False),
        ((404,), 1, False),
        ((302,), 1, False),
    ],
)
def test_message_is_sent_again_only_where_that_may_help(statuses, sent, taken):
    pauses: list[float] = []
    with answering(*statuses) as (address, got):
        why = deliver(address, {"event": "failure"}, sleep=pauses.append)

    assert (len(got), why is None) == (sent, taken)
    assert got[0] == {"event": "failure"}
    assert "secret" not in (why or "")


def test_address_where_nobody_answers_is_given_up_without_naming_it():
    why = deliver("http://127.0.0.1:9/secret", {}, sleep=lambda _seconds: None)

    assert why == "ConnectionError"


@pytest.mark.parametrize(
    "address", ["https://hooks.example/x", "http://127.0.0.1:9/x", "http://localhost/x"]
)
def test_address_that_nobody_can_read_on_its_way_is_taken(address):
    check_address(address)


@pytest.mark.parametrize(
    "address", ["http://hooks.example/secret", "secret", "ftp://x/secret", "https:///secret", "//"]
)
def test_other_addresses_are_refused_without_repeating_them(address):
    with pytest.raises(ConfigError) as refused:
        check_address(address)

    assert "secret" not in str(refused.value)
    assert deliver(address, {}) == "it is no address that may be used"
