"""A fresh HubSpot portal for each test, served on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.sandbox.portal import Portal, Server


@pytest.fixture(scope="module")
def hubspot_server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def portal(hubspot_server: Server) -> Iterator[Portal]:
    portal = hubspot_server.open()
    yield portal
    portal.session.close()


@pytest.fixture
def limited(hubspot_server: Server) -> Iterator[Portal]:
    portal = hubspot_server.open(limits=True)
    yield portal
    portal.session.close()
