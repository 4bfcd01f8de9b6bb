"""After a told story the state is lost and adopted: what was one stays one, and no value goes."""

from __future__ import annotations

from random import Random

import pytest

from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import LinkState
from sync.engine.adopt import adopt
from tests.property.blank_state import blank_store
from tests.property.loop_project import ROW_NAMES, draw_rules
from tests.property.loop_steps import take_step
from tests.property.loop_story import settle
from tests.property.loop_world import LoopWorld, ends_of

_STEPS = 40


@pytest.mark.parametrize("seed", [0,1,2,109,110,112])
def test_records_that_were_one_are_one_again_and_only_blanks_are_written(seed: int) -> None:
    world = LoopWorld(draw_rules(Random(f"adopt:{seed} rules")))
    for number in range(_STEPS):
        take_step(world, Random(f"adopt:{seed} {number}"))
    settle(world)
    couples, values = _couples(world), _values(world)
    assert couples, "the story linked nobody"

    blank_store()
    world.store.runs.keep_note("secret", "6f" * 32)
    before = _values(world)
    adopt(world.session())
    assert _values(world) == before

    assert world.sync()[0]
    again = _couples(world)
    conflicts = world.store.findings.conflicts()
    held_ids = {ref.id for conflict in conflicts for _, ref in conflict.records}
    for pair, left, right in couples:
        # A row waits for a person with those it ties.
        met = {left.id, right.id}
        if left.object_name in ROW_NAMES:
            met.update(ends_of(world, Side.LEFT, left), ends_of(world, Side.RIGHT, right))
        if not met & held_ids:
            assert (pair, left, right) in again, f"{pair}: {left.id} and {right.id} are not one"
    for place, was in values.items():
        now = _values(world)[place]
        assert was is None or now == was, f"{place}: {was!r} is {now!r} now"


def _couples(world: LoopWorld) -> set[tuple[str, RecordRef, RecordRef]]:
    """Give the open links of all pairs whose records are both there."""
    return {
        (pair, link.left, link.right)
        for pair in world.pairs
        for link in world.links(pair).values()
        if link.state is LinkState.OPEN and all(world.lives(side, link.ref(side)) for side in Side)
    }


def _values(world: LoopWorld) -> dict[tuple[Side, RecordRef, str], Native]:
    """Give what the mapped fields of all linked records hold, read off both CRMs."""
    return {
        (side, ref, rule.name): world.value(side, ref, rule)
        for pair in world.pairs.values()
        for side in Side
        for ref in world.records(pair.name, side)
        for rule in pair.rules
        if rule.native_name(side, ref.object_name)
    }
