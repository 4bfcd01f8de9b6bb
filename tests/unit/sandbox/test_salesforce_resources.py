from __future__ import annotations

import pytest

from tests.unit.sandbox.sforce import Server


@pytest.fixture
def org():
    server = Server()
    server.start()
    org = server.open()
    yield org
    org.session.close()
    server.stop()


def test_resources_of_a_version_lead_to_who_is_asking(org):
    told = org.call("GET", "/").json()

    assert told["sobjects"] == "/services/data/v59.0/sobjects"
    identity = org.session.get(told["identity"]).json()
    assert identity["organization_id"] == org.store.org_id
    assert identity["id"] == told["identity"]
