"""What a job that runs by itself answers over HTTP: is it alive, is it well, and its metrics."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from sync.domain.errors import UsageError

__all__ = ["Answer", "Listener", "read_address"]

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_JSON = "application/json; charset=utf-8"

#: A client that says nothing for so long is given up, in seconds.
_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What one path answers."""

    status: int
    body: bytes
    kind: str = _TEXT

    @classmethod
    def of_json(cls, status: int, document: object) -> Answer:
        """Answer with a JSON document."""
        return cls(status, json.dumps(document).encode() + b"\n", _JSON)


def read_address(text: str) -> tuple[str, int]:
    """Read `127.0.0.1:9464` or `[::1]:9464`; raises UsageError for anything else."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):(\d{1,5})", text.strip())
    if found is None or int(found[2]) > 65_535:
        raise UsageError(f"--listen {text!r} is no address and port; write 127.0.0.1:9464")
    return found[1].strip("[]"), int(found[2])


class Listener:
    """Serves some paths from a thread of its own until it is closed.

    What answers must be quick and safe to call from threads.
    """

    def __init__(self, address: tuple[str, int], paths: dict[str, Callable[[], Answer]]) -> None:
        """Serve at once; raises UsageError where the address cannot be had."""
        try:
            self._server = _server(address, paths)
        except OSError as exc:
            place = f"{address[0]}:{address[1]}"
            raise UsageError(
                f"--listen {place} cannot be had ({exc.strerror}); name another port, or end what "
                f"listens there"
            ) from exc
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="listener", daemon=True, args=(0.1,)
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self._server.server_address[1])


def _server(
    address: tuple[str, int], paths: dict[str, Callable[[], Answer]]
) -> ThreadingHTTPServer:
    import socket

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "revloop"
        sys_version = ""
        timeout = _PATIENCE

        def do_GET(self) -> None:
            """Answer one path."""
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            """Answer without a body."""
            self._answer(with_body=False)

        def log_message(self, format: str, *args: object) -> None:
            """Log no request."""

        def _answer(self, *, with_body: bool) -> None:
            build = paths.get(self.path.partition("?")[0])
            answer = build() if build else Answer(404, f"try {', '.join(paths)}\n".encode())
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if with_body:
                self.wfile.write(answer.body)

    return Server(address, Handler)
