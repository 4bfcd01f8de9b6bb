"""Makes the suite's assertions tell what they compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.contract.hubspot_models import Listener, load_hubspot_spec
from tests.contract.hubspot_spec import Spec

pytest.register_assert_rewrite("tests.contract.suite")


@pytest.fixture(scope="session")
def hubspot_spec() -> Spec | None:
    """Give HubSpot's operations and models, or None where the folder they are in is missing."""
    return load_hubspot_spec(ROOT)


@pytest.fixture(scope="module")
def listener(hubspot_spec: Spec | None) -> Listener:
    """Give what holds HubSpot's calls and answers against its models."""
    return Listener(hubspot_spec)


@pytest.fixture(scope="session")
def hubspot_recordings() -> Path:
    """Give the folder of recorded answers; the test is skipped where there is none."""
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    folder = shared / "fixtures" / "hubspot" / "nango"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers: {folder} is missing")
    return folder
