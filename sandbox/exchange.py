"""One request and what became of it, as it passes between the server and an application."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, TypeAlias

from sandbox.clock import Clock

__all__ = [
    "Application",
    "Exchange",
    "Held",
    "Message",
    "PlannedAnswer",
    "Receive",
    "Scope",
    "Send",
    "Spoken",
    "Tap",
]

# Any: ASGI messages are open dictionaries by their own specification.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAnswer:
    """A whole answer given in place of the handler's."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One call in full, as a tap hears it; status 0 means that no answer was given."""

    method: str
    path: str
    """As it was sent, still percent-encoded."""
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    answer: bytes
    fault: str


Tap: TypeAlias = Callable[[Spoken], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A handler's answer that was caught before it left."""

    start: Message
    body: bytes

    def halved(self) -> Held:
        """Give half of the body, with a length that agrees."""
        body = self.body[: len(self.body) // 2]
        headers = [
            (name, value)
            for name, value in self.start["headers"]
            if name.lower() != b"content-length"
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        return Held({**self.start, "headers": headers}, body)


class Exchange:
    """One request and what became of it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, clock: Clock) -> None:
        self.scope = scope
        self._clock = clock
        self.method = str(scope["method"])
        self.path = str(scope["path"])
        self.status = 0
        self.request_bytes = 0
        self.response_bytes = 0
        self.started = time.perf_counter()
        self.before_last: Callable[[], None] | None = None
        self.is_kept = False
        self._request: list[bytes] = []
        self._ahead: deque[Message] = deque()
        self._answer: list[bytes] = []
        self._answer_headers: tuple[tuple[str, str], ...] = ()
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """Give the next part of the request."""
        if self._ahead:
            return self._ahead.popleft()
        message = await self._receive()
        self.request_bytes += len(message.get("body", b""))
        if self.is_kept:
            self._request.append(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, with the sandbox's own time."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            date = format_datetime(self._clock.now(), usegmt=True)
            headers = [*message.get("headers", ()), (b"date", date.encode())]
            message = {**message, "headers": headers}
            self._answer_headers = _texts(headers)
        else:
            if self.is_kept:
                self._answer.append(message.get("body", b""))
            self.response_bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.end()
        await self._send(message)

    def spoken(self, fault: str) -> Spoken:
        """Give the call in full."""
        return Spoken(
            method=self.method,
            path=self.scope.get("raw_path", self.path.encode()).decode("latin-1"),
            query=self.scope.get("query_string", b"").decode("latin-1"),
            headers=_texts(self.scope.get("headers", ())),
            body=b"".join(self._request),
            status=self.status,
            answer_headers=self._answer_headers,
            answer=b"".join(self._answer),
            fault=fault,
        )

    def end(self) -> None:
        """Do once what comes before the last byte, also where no byte was sent."""
        before_last, self.before_last = self.before_last, None
        if before_last is not None:
            before_last()

    async def read_ahead(self) -> None:
        """Read the whole request, and keep it for who asks for it."""
        read: list[Message] = []
        while not read or read[-1].get("more_body", False):
            read.append(await self.receive())
        self._ahead.extend(read)

    async def drain(self) -> None:
        """Read the whole request, so that the client gets to the answer."""
        while (await self.receive()).get("more_body", False):
            pass

    async def answer(self, planned: PlannedAnswer) -> None:
        """Send a whole answer."""
        headers = [
            (b"content-type", planned.content_type.encode()),
            (b"content-length", str(len(planned.body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in planned.headers),
        ]
        await self.send(
            {"type": "http.response.start", "status": planned.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": planned.body, "more_body": False})

    async def run_and_hold(self, app: Application) -> Held:
        """Let the application answer, but keep what it says."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await app(self.scope, self.receive, keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return Held(messages[0], body)

    async def replay(self, held: Held, *, seconds: float = 0.0) -> None:
        """Send what was kept, spread over some seconds."""
        await self.send(held.start)
        pieces = 10 if seconds and len(held.body) >= 10 else 1
        size = -(-len(held.body) // pieces) or 1
        for place in range(0, max(len(held.body), 1), size):
            if seconds:
                await asyncio.sleep(seconds / pieces)
            piece = held.body[place : place + size]
            more = place + size < len(held.body)
            await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def drop(self) -> None:
        """Break the connection under the client's feet."""
        transport = self.scope["state"]["transport"]
        transport.abort()
        # The server learns of the broken connection in the next turn of its loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
