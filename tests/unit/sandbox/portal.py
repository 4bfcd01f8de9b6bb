"""A served portal and a session that speaks to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.clock import Clock
from sandbox.hubspot.service import HubSpotService
from sandbox.hubspot.store import HubSpotStore
from sandbox.listener import Listener, Listeners
from sandbox.seeds import parse_lines

CONTACTS = "/crm/v3/objects/contacts"
COMPANIES = "/crm/v3/objects/companies"


@dataclass
class Portal:
    """Calls as a client makes them, and the data behind."""

    service: HubSpotService
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)
    url: str = ""

    @property
    def store(self) -> HubSpotStore:
        return self.service.store

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=10, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: object) -> requests.Response:
        return self.call("POST", path, json=body)

    def patch(self, path: str, **properties: Any) -> requests.Response:
        return self.call("PATCH", path, json={"properties": properties})

    def create(self, path: str, **properties: Any) -> str:
        answer = self.post(path, {"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def search(self, **body: Any) -> requests.Response:
        return self.post(f"{CONTACTS}/search", body)

    def stored(self, name: str, record_id: str) -> dict[str, str]:
        values = self.store.get(name, record_id)
        assert values is not None
        return values

    def load(self, *lines: dict[str, Any]) -> None:
        self.store.load(list(parse_lines(enumerate(lines, start=1))))

    def define(self, name: str, *, on: str = "contacts", **more: Any) -> None:
        definition = {"name": name, "type": "string", **more}
        self.load({"system": "hubspot", "object": on, "field": definition})


class Server:
    """Serves one portal after the other behind one listener, as starting takes time."""

    def __init__(self) -> None:
        self._portal: Portal | None = None
        self._listeners = Listeners([Listener(self)])

    def start(self) -> None:
        self._listeners.start()

    def stop(self) -> None:
        self._listeners.stop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self._portal is not None
        await self._portal.service.app(scope, receive, send)

    def open(self, *, limits: bool = False) -> Portal:
        clock = Clock()
        service = HubSpotService(clock, limits=limits)
        portal = Portal(service, clock, url=f"http://127.0.0.1:{self._listeners.ports[0]}")
        portal.session.headers["Authorization"] = f"Bearer {service.gate.token}"
        self._portal = portal
        return portal
