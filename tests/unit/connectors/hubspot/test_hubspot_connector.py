from __future__ import annotations

import subprocess
import sys

import pytest

from sync.domain.errors import DailyQuotaError
from sync.domain.ports import Account, Crm

DETAILS = "/account-info/v3/details"
COUNTED = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "401"}


def test_connector_is_what_the_engine_asks_for(crm):
    port: Crm = crm

    assert (port.title, port.batch_size) == ("HubSpot", 100)


def test_account_is_the_portal(wire, crm):
    wire.on("GET", DETAILS, (200, {"portalId": 4711, "uiDomain": "app-eu1.hubspot.com"}))

    assert crm.account() == Account(id="4711", name="portal 4711 on app-eu1.hubspot.com")


def test_usage_follows_the_answers(wire, crm):
    wire.on("GET", DETAILS, (200, {"portalId": 4711}, COUNTED))

    crm.account()

    usage = crm.usage()
    assert (usage.calls, usage.quota, usage.left) == (1, 1000, 401)


def test_calls_end_where_the_share_for_others_begins(wire, crm):
    wire.on("GET", DETAILS, (200, {"portalId": 4711}, COUNTED))
    crm.account()
    crm.account()
    wire.on(
        "GET",
        DETAILS,
        (200, {"portalId": 4711}, {**COUNTED, "X-HubSpot-RateLimit-Daily-Remaining": "400"}),
    )
    crm.account()

    with pytest.raises(DailyQuotaError, match="400 of 1000"):
        crm.account()

    assert len(wire.requests) == 3


def test_pace_follows_the_limit_the_answers_state(wire, crm):
    limits = {"X-HubSpot-RateLimit-Max": "10", "X-HubSpot-RateLimit-Interval-Milliseconds": "60000"}
    wire.on("GET", DETAILS, (200, {"portalId": 4711}, limits))

    for _ in range(10):
        crm.account()

    assert wire.waits
    assert max(wire.waits) > 30


def test_searches_are_paced_under_five_a_second(wire, crm):
    wire.on("POST", "/crm/v3/objects/contacts/search", (200, {"total": 0, "results": []}))
    wire.on("GET", "/crm/v3/properties/contacts", (200, {"results": []}))

    for _ in range(9):
        list(crm.find("contacts", "city", ["x"], []))

    assert sum(wire.waits) > 1


def test_importing_the_connector_loads_no_vendor():
    asked = (
        "import sys, connectors.hubspot\n"
        "print([m for m in ('hubspot', 'pyrate_limiter') if m in sys.modules])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False
    )

    assert answer.stdout.strip() == "[]", answer.stderr


def test_connecting_calls_nothing(wire, crm):
    assert wire.requests == []
    assert crm.usage().calls == 0
