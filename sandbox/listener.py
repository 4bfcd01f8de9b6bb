"""HTTP servers on the loopback address, run in one thread of their own."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.errors import PortInUseError, StartError
from sandbox.traffic import Application

__all__ = ["Listener", "Listeners"]

_HOST = "127.0.0.1"
_START_SECONDS = 20.0


class _Protocol(H11Protocol):
    """Hands its transport to the application, which may want to break the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it itself
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


@dataclass(frozen=True, slots=True)
class Listener:
    """One application and the port it is wanted on (0: any free one)."""

    app: Application
    port: int = 0


class Listeners:
    """Several applications, each on its port, served by one event loop in one thread.

    One loop means that handlers of all applications run one after the other, so each is atomic.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)
        self._servers: list[_Server] = []
        self._thread: threading.Thread | None = None
        self.ports: tuple[int, ...] = ()

    def start(self) -> None:
        """Bind all ports and return once every server answers."""
        sockets = _bind_all([listener.port for listener in self._listeners])
        self.ports = tuple(bound.getsockname()[1] for bound in sockets)
        ready = [threading.Event() for _ in sockets]
        self._servers = [
            _Server(_config(listener.app), event)
            for listener, event in zip(self._listeners, ready, strict=True)
        ]
        self._thread = threading.Thread(
            target=self._run, args=(sockets,), name="sandbox", daemon=True
        )
        self._thread.start()
        if not all(event.wait(_START_SECONDS) for event in ready):
            self.stop()
            raise StartError("the sandbox's servers did not come up; start it again")

    def stop(self) -> None:
        """Close all connections and wait for the thread to end; doing it twice is fine."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        if self._thread is not None:
            self._thread.join(_START_SECONDS)
        self._thread = None

    def _run(self, sockets: list[socket.socket]) -> None:
        asyncio.run(self._serve(sockets))

    async def _serve(self, sockets: list[socket.socket]) -> None:
        await asyncio.gather(
            *(
                server.serve(sockets=[bound])
                for server, bound in zip(self._servers, sockets, strict=True)
            )
        )


def _config(app: Any) -> uvicorn.Config:  # Any: uvicorn declares its own ASGI types
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # the stand-ins tell their own time, which can be moved
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )


def _bind_all(ports: Sequence[int]) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        for port in ports:
            bound.append(_bind(port))
    except PortInUseError:
        for one in bound:
            one.close()
        raise
    return bound


def _bind(port: int) -> socket.socket:
    # Naming TCP lets asyncio switch off the delay that would add 40 ms to every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as exc:
        listener.close()
        if exc.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortInUseError(port) from exc
        raise
    return listener
