"""What the tests of the command share: a desk over a small, fresh pair of stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, make_desk, people


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    """Serve a small pair of CRMs for a whole module."""
    with Sandbox(people(both=2, hubspot=2, salesforce=2), limits=False) as serving:
        yield serving


@pytest.fixture
def desk(crms: Sandbox, tmp_path: Path) -> Desk:
    """Give a new project over CRMs as they were seeded: two people in both, two in either."""
    crms.reset()
    return make_desk(tmp_path / "project", crms)
