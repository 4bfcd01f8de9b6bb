"""After any run, an undo brings both sides back to what they held, or names what not (I11)."""

from __future__ import annotations

from random import Random

import pytest

from tests.property.effort import DEEP
from tests.property.loop_invariants import look
from tests.property.loop_project import draw_rules
from tests.property.loop_steps import take_step
from tests.property.loop_undo import check_undo, go_on, run_whole
from tests.property.loop_world import LoopWorld

_STEPS = 40
#: The last one puts a row back whose lead was converted since it was read.
_SEEDS = (*range(1_000 if DEEP else 4), 7034)


def told(seed: int) -> LoopWorld:
    """Tell a story of all pairs, and let it come to rest."""
    world = LoopWorld(draw_rules(Random(f"undo {seed} rules")))
    for number in range(_STEPS):
        take_step(world, Random(f"undo {seed} {number}"))
        look(world)
    world.calm()
    for _ in range(3):
        world.clock.sleep(1200)
        run_whole(world)
    return world


@pytest.mark.parametrize("seed", _SEEDS)
def test_undo_after_any_run_brings_back_or_names(seed: int) -> None:
    world = told(seed)
    try:
        check_undo(world, Random(f"undo {seed} stir"))
        go_on(world, Random(f"undo {seed} later"))
    except Exception as error:
        raise AssertionError("\n".join([*world.log, repr(error)])) from error
