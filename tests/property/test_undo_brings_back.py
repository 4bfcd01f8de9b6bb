"""After any run, an undo brings both sides back to what they held, or names what not (I11)."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.property.loop_project import draw_rules
from tests.property.loop_steps import take_step
from tests.property.loop_undo import check_undo
from tests.property.loop_world import LoopWorld

_STEPS = 40
_DEEP = os.environ.get("REVLOOP_PROPERTY") == "deep"
_SEEDS = range(1_000 if _DEEP else 6)


def told(seed: int) -> LoopWorld:
    """Tell a story of all pairs, and let it come to rest."""
    world = LoopWorld(draw_rules(Random(f"undo {seed} rules")))
    for number in range(_STEPS):
        take_step(world, Random(f"undo {seed} {number}"))
    world.calm()
    for _ in range(3):
        world.clock.sleep(1200)
        world.sync(full=True)
    return world


@pytest.mark.parametrize("seed", _SEEDS)
def test_undo_after_any_run_brings_back_or_names(seed: int) -> None:
    world = told(seed)
    try:
        check_undo(world, Random(f"undo {seed} stir"))
    except Exception as error:
        raise AssertionError("\n".join([*world.log, repr(error)])) from error
