"""A fresh HubSpot portal for each test, served on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.contract.hubspot_models import Listener, load_hubspot_spec
from tests.contract.hubspot_spec import Spec
from tests.unit.sandbox.portal import Portal, Server


@pytest.fixture(scope="module")
def hubspot_server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def hubspot_spec() -> Spec | None:
    return load_hubspot_spec(ROOT)


@pytest.fixture
def portal(hubspot_server: Server, hubspot_spec: Spec | None) -> Iterator[Portal]:
    yield from opened(hubspot_server, hubspot_spec, limits=False)


@pytest.fixture
def limited(hubspot_server: Server, hubspot_spec: Spec | None) -> Iterator[Portal]:
    yield from opened(hubspot_server, hubspot_spec, limits=True)


def opened(server: Server, spec: Spec | None, *, limits: bool) -> Iterator[Portal]:
    """Open a portal, and see afterwards that all it said keeps to HubSpot's models."""
    portal, listener = server.open(limits=limits), Listener(spec)
    portal.service.app.taps.append(listener)
    yield portal
    portal.session.close()
    listener.assert_clean()
