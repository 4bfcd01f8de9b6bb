"""A world whose commands and runs meet its own CRMs and its own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from console import wiring
from sync.domain.record import Side
from tests.contract.sandboxes import StandingClock, no_sleep
from tests.scenario.backends import Backend
from tests.scenario.world import World

__all__ = ["opened"]


@contextmanager
def opened(
    backend: Backend, folder: Path, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Give a world in a folder, and close it."""
    world = World(backend, folder, clock)
    monkeypatch.setattr(wiring, "hubspot_crm", lambda project, **_: world.connect(Side.LEFT))
    monkeypatch.setattr(wiring, "salesforce_crm", lambda project, **_: world.connect(Side.RIGHT))
    monkeypatch.setattr(
        wiring, "session_of", partial(wiring.session_of, clock=clock.now, sleep=no_sleep)
    )
    yield world
    world.close()
