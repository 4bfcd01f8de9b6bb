"""The world of the scenarios: each runs against the sandbox, or in memory where that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.state import open_store
from tests.contract.sandboxes import StandingClock, serving
from tests.scenario.backends import MemoryBackend, SandboxBackend, Served
from tests.scenario.families import family_of, worlds_of
from tests.scenario.opening import opened
from tests.scenario.settings import turn_as_asked
from tests.scenario.shapes import SEED
from tests.scenario.world import World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each scenario in all its worlds, unless it names them itself or has its own."""
    named = any("world" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    own = hasattr(metafunc.module, "world")
    if "world" in metafunc.fixturenames and not named and not own:
        worlds = worlds_of(metafunc.function.__name__)
        metafunc.parametrize("world", worlds, indirect=True)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("state") / "revloop.db"
    open_store(f"sqlite:///{state}").close()
    with serving(SEED) as sandbox:
        turn_as_asked(sandbox)
        yield Served(sandbox, state.read_bytes())


@pytest.fixture
def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    backend: MemoryBackend | SandboxBackend
    if request.param == "memory":
        clock = StandingClock()
        backend = MemoryBackend(clock)
    else:
        served: Served = request.getfixturevalue("served")
        assert isinstance(served.sandbox.clock, StandingClock)
        clock = served.sandbox.clock
        clock.restart()
        served.start_over()
        backend = SandboxBackend(
            served,
            family_of(request.param, request.node.name),
            on_server=request.param == "sandbox on PostgreSQL",
        )
    with opened(backend, tmp_path, clock, monkeypatch) as world:
        yield world
    backend.close()
