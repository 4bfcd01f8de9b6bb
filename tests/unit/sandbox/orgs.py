"""A Salesforce org for tests of the sandbox, in memory or served on this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from sandbox.clock import Clock
from sandbox.listener import Listener, Listeners
from sandbox.salesforce.app import build_app
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import parse_lines

START = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
TOKEN = "00DdM0000000001!test"


class StillClock(Clock):
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        super().__init__(start=START)
        self.time = START

    def now(self):
        return self.time

    def move(self, by):
        self.time += by


def new_org(*lines):
    """Make an org and load seed lines into it."""
    org = SalesforceStore(StillClock())
    load(org, *lines)
    return org


def load(org, *lines):
    org.load(list(parse_lines(enumerate(lines, start=1))))


def record(sobject, key, /, **fields):
    return {"system": "salesforce", "object": sobject, "key": key, "fields": fields}


def field(sobject, /, **definition):
    return {"system": "salesforce", "object": sobject, "field": definition}


def setup(kind, /, **line):
    return {"system": "salesforce", "setup": {"kind": kind, **line}}


def rows(org, sobject, *, deleted=False):
    """Give an object's rows, oldest first."""
    found = org.database.table(sobject).rows.values()
    return [row for row in found if deleted or not row.get("IsDeleted")]


def the_one(org, sobject):
    (row,) = rows(org, sobject)
    return row


def later(org, **by):
    org.database.clock.move(timedelta(**by))


def refused(action, *args, **kwargs):
    """Give the error an action ends with."""
    with pytest.raises(ApiError) as caught:
        action(*args, **kwargs)
    return caught.value


def round_trip(org):
    """Load an org's export into another one, and give that."""
    copy = SalesforceStore(StillClock())
    load(copy, *org.export())
    return copy


class Switchboard:
    """One server for a module; each test puts its own org behind it."""

    def __init__(self):
        self.app = None
        self._listeners = Listeners([Listener(self)])

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)

    def start(self):
        self._listeners.start()
        self.url = f"http://127.0.0.1:{self._listeners.ports[0]}"

    def stop(self):
        self._listeners.stop()

    def serve(self, org):
        self.app = build_app(org, token=TOKEN, limits=False)
        return Web(self.url, org)


class Web:
    """A plain client of a served org."""

    def __init__(self, url, org):
        self.url = url
        self.org = org
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def call(self, method, path, **options):
        return self.session.request(method, f"{self.url}/services/data/v59.0{path}", **options)

    def query(self, text, path="/query"):
        return self.call("GET", path, params={"q": text})

    def fields(self, sobject):
        described = self.call("GET", f"/sobjects/{sobject}/describe").json()
        return {one["name"]: one for one in described["fields"]}
