"""An org that answers as it is told to, and remembers what it was asked."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
import responses

from connectors.salesforce import SalesforceSettings, connect
from connectors.salesforce.crm import SalesforceCrm
from connectors.salesforce.schema import object_shape

HOST = "https://acme.my.salesforce.com"
NOW = "Mon, 05 Jan 2026 10:00:00 GMT"


class Org:
    """Gives the answers queued for it, in order; an unasked question fails the test."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.requests: list[Any] = []
        self._answers: deque[Callable[[requests.PreparedRequest], Any]] = deque()
        for method in (responses.GET, responses.POST, responses.PUT, responses.PATCH):
            mock.add_callback(method, re.compile(r"https://.*"), callback=self._serve)

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        """Queue an answer; text is sent as it is (a page), anything else as JSON."""
        kind = "text/html" if isinstance(body, str) else "application/json;charset=UTF-8"
        text = body if isinstance(body, str) else json.dumps(body)
        sent = {"Content-Type": kind, "Date": NOW} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        self._answers.append(lambda request: (status, sent, text))

    def fail(self, error: Exception) -> None:
        """Queue a call that breaks."""

        def broken(request: requests.PreparedRequest) -> Any:
            raise error

        self._answers.append(broken)

    def parts(self, *bodies: object) -> None:
        """Queue a composite answer; a pair of status and body for a part that failed."""
        pairs = [body if isinstance(body, tuple) else (200, body) for body in bodies]
        self.answer(
            {
                "compositeResponse": [
                    {
                        "body": body,
                        "httpHeaders": {},
                        "httpStatusCode": status,
                        "referenceId": f"part{number}",
                    }
                    for number, (status, body) in enumerate(pairs)
                ]
            }
        )

    def rows(self, *rows: dict[str, Any], more: str = "", total: int | None = None) -> None:
        """Queue one page of a query."""
        self.answer(page(*rows, more=more, total=total))

    @property
    def unused(self) -> int:
        return len(self._answers)

    def asked(self, number: int = -1) -> list[dict[str, Any]]:
        """Give the parts of a composite request."""
        parts: list[dict[str, Any]] = json.loads(self.requests[number].body)["compositeRequest"]
        return parts

    def soql(self, number: int = -1, part: int | None = None) -> str:
        """Give the query of a request, or of a part of it."""
        url = str(self.requests[number].url if part is None else self.asked(number)[part]["url"])
        return parse_qs(str(urlsplit(url).query))["q"][0]

    def written(self, number: int = -1) -> list[dict[str, Any]]:
        """Give the rows a composite request writes."""
        rows: list[dict[str, Any]] = self.asked(number)[0]["body"]["records"]
        return rows

    def _serve(self, request: requests.PreparedRequest) -> Any:
        self.requests.append(request)
        assert self._answers, f"nobody expected {request.method} {unquote(str(request.url))}"
        return self._answers.popleft()(request)


def page(*rows: dict[str, Any], more: str = "", total: int | None = None) -> dict[str, Any]:
    """Give a page of a query as Salesforce writes it."""
    body: dict[str, Any] = {
        "totalSize": len(rows) if total is None else total,
        "done": not more,
        "records": list(rows),
    }
    return body | ({"nextRecordsUrl": more} if more else {})


def row(record_id: str, second: int = 0, /, **fields: object) -> dict[str, Any]:
    """Give a row with the columns every read asks for."""
    stamp = f"2026-01-05T09:00:{second:02d}.000+0000"
    return {"Id": record_id, "SystemModstamp": stamp, "IsDeleted": False, **fields}


def described(name: str, **types: str | dict[str, Any]) -> dict[str, Any]:
    """Give a describe answer with the fields every object has and these."""
    usual: dict[str, str | dict[str, Any]] = {
        "Id": {"type": "id", "createable": False, "updateable": False},
        "IsDeleted": {"type": "boolean", "createable": False, "updateable": False},
        "SystemModstamp": {"type": "datetime", "createable": False, "updateable": False},
    }
    fields = []
    for field_name, given in (usual | types).items():
        told = {"type": given} if isinstance(given, str) else given
        fields.append(
            {
                "name": field_name,
                "label": field_name,
                "nillable": True,
                "createable": True,
                "updateable": True,
                "defaultedOnCreate": False,
                "unique": False,
                **told,
            }
        )
    return {"name": name, "label": name, "fields": fields}


CONTACT = described(
    "Contact",
    LastName={"type": "string", "length": 80, "nillable": False},
    Email="email",
    HasOptedOutOfEmail={"type": "boolean", "nillable": False, "defaultedOnCreate": True},
    Score__c={"type": "double", "precision": 18, "scale": 2},
    Interests__c="multipicklist",
    Met__c="datetime",
    Birthdate="date",
    AccountId={"type": "reference", "referenceTo": ["Account"]},
    HubSpot_Contact_Id__c={"type": "string", "length": 20, "unique": True},
    CreatedDate="datetime",
    LastModifiedById="reference",
    MasterRecordId="reference",
)


@pytest.fixture
def org() -> Iterator[Org]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        served = Org(mock)
        yield served
        assert served.unused == 0, "fewer calls than expected"


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def crm(org: Org, pauses: list[float]) -> Iterator[SalesforceCrm]:
    """A connector with a given session that knows the Contact."""
    opened = connect(
        SalesforceSettings(instance_url=HOST, access_token="00Dxx!session"),
        sleep=pauses.append,
        clock=lambda: datetime(2026, 1, 5, 10, tzinfo=UTC),
    )
    opened.remember([object_shape(CONTACT)])
    yield opened
    opened.close()
