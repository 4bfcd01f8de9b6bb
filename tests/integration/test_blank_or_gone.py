"""A HubSpot that leaves blank properties out of its answers, and properties that were removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.hubspot import HubSpotSettings, connect
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from sync.domain.ports import Crm
from sync.domain.record import Fields

_SEED: list[JsonObject] = [
    {
        "system": "hubspot",
        "object": "contacts",
        "field": {"name": "nickname", "label": "Nickname", "type": "string"},
    },
    {
        "system": "hubspot",
        "object": "contacts",
        "key": "ada",
        "properties": {"email": "ada@example.com", "nickname": "Ada"},
    },
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(_SEED) as running:
        running.hubspot.switches.empty_as_null = False
        yield running


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[Crm]:
    address = sandbox.environment()
    settings = HubSpotSettings(
        access_token=address["HUBSPOT_ACCESS_TOKEN"], base_url=address["HUBSPOT_BASE_URL"]
    )
    connected = connect(settings, sleep=lambda _seconds: None)
    connected.describe("contacts")
    yield connected
    connected.close()


def _ada(sandbox: Sandbox, crm: Crm) -> Fields:
    (id,) = sandbox.hubspot.ids("contacts")
    (record,) = crm.fetch("contacts", [id], ("email", "nickname"))
    return record.fields


def test_blank_property_that_is_left_out_is_blank(sandbox: Sandbox, crm: Crm) -> None:
    (id,) = sandbox.hubspot.ids("contacts")
    sandbox.hubspot.edit("contacts", id, {"nickname": ""})
    assert _ada(sandbox, crm) == {"email": "ada@example.com", "nickname": None}


def test_property_that_was_removed_is_not_taken_for_emptied(sandbox: Sandbox, crm: Crm) -> None:
    sandbox.hubspot.archive_property(sandbox.hubspot.kind("contacts"), "nickname")
    assert _ada(sandbox, crm) == {"email": "ada@example.com"}


def test_properties_are_asked_for_once_where_one_is_left_out(sandbox: Sandbox, crm: Crm) -> None:
    (id,) = sandbox.hubspot.ids("contacts")
    sandbox.hubspot.edit("contacts", id, {"nickname": ""})
    for _ in range(3):
        _ada(sandbox, crm)
    asked = sandbox.hubspot_traffic.calls(path="properties/contacts")
    assert len(asked) == 2  # when it was described, and when the first answer lacked one
