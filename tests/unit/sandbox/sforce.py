"""A Salesforce org served on this machine, and plain and real clients for it."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from sandbox.clock import Clock
from sandbox.listener import Listener, Listeners
from sandbox.salesforce.app import build_app
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

TOKEN = "00DdM0000000001!test"
START = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
KEY = "HubSpot_Id__c"
FIELDS = [
    ("Contact", {"name": KEY, "type": "string", "length": 20, "unique": True, "externalId": True}),
    ("Account", {"name": KEY, "type": "string", "length": 20, "unique": True, "externalId": True}),
    ("Contact", {"name": "Batch__c", "type": "string", "length": 20, "externalId": True}),
    ("Contact", {"name": "Score__c", "type": "number", "scale": 2}),
]


class Server:
    """One server for a module; each test puts its own org behind it."""

    def __init__(self):
        self._app = None
        self._listeners = Listeners([Listener(self)])

    async def __call__(self, scope, receive, send):
        await self._app(scope, receive, send)

    def start(self):
        self._listeners.start()
        self.url = f"http://127.0.0.1:{self._listeners.ports[0]}"

    def stop(self):
        self._listeners.stop()

    def open(self, *, limits=False):
        store = SalesforceStore(Clock(start=START))
        lines = [{"system": "salesforce", "object": name, "field": field} for name, field in FIELDS]
        store.load(list(parse_lines(enumerate(lines, start=1))))
        self._app = build_app(store, token=TOKEN, limits=limits)
        return Org(self.url, store)


class Loopback(HTTPAdapter):
    """Sends what a client addresses to https to the sandbox instead."""

    def __init__(self, url):
        super().__init__()
        self._netloc = urlsplit(url).netloc

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = urlunsplit(("http", self._netloc, *parts[2:]))
        return super().send(request, **options)


class Org:
    """An org and a plain client for it."""

    def __init__(self, url, store):
        self.url = url
        self.store = store
        self.clock = store.database.clock
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def call(self, method, path, *, version="59.0", **options):
        address = f"{self.url}/services/data/v{version}{path}"
        return self.session.request(method, address, **options)

    def query(self, text, path="/query", **options):
        return self.call("GET", path, params={"q": text}, **options)

    def post(self, path, form):
        return requests.post(f"{self.url}/services/oauth2/{path}", data=form, timeout=5)

    def move(self, **length):
        self.clock.move(timedelta(**length))

    def contact(self, **fields):
        return self.store.create("Contact", {"LastName": "Li", **fields})

    def account(self, **fields):
        return self.store.create("Account", {"Name": "Acme", **fields})

    def load(self, table, operation="insert", sobject="Contact", **more):
        """Run an ingest job up to its start; gives its id."""
        body = {"object": sobject, "operation": operation, **more}
        job = self.call("POST", "/jobs/ingest", json=body).json()["id"]
        headers = {"Content-Type": "text/csv"}
        self.call("PUT", f"/jobs/ingest/{job}/batches", data=table.encode(), headers=headers)
        self.call("PATCH", f"/jobs/ingest/{job}", json={"state": "UploadComplete"})
        return job

    def job(self, job):
        return self.call("GET", f"/jobs/ingest/{job}").json()

    def rows(self, job, which):
        text = self.call("GET", f"/jobs/ingest/{job}/{which}").text
        return list(csv.DictReader(io.StringIO(text)))

    @contextmanager
    def real_client(self, **options):
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", Loopback(self.url))
            signed_in = options or {"instance_url": self.url, "session_id": TOKEN}
            yield Salesforce(session=session, version="59.0", **signed_in)
