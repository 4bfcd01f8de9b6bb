"""A backfill that is killed at any step goes on in the next run, and does nothing twice."""

from __future__ import annotations

from connectors.memory import Killed
from sync.domain.record import Side
from tests.property import invariants
from tests.property.effort import DEEP
from tests.property.project import Lines, Variant
from tests.property.world import World

#: A process may be killed at some hundred steps; by default at one of so many.
_STRIDE = 1 if DEEP else 9


def people(world: World) -> None:
    """Enter people on both sides, whose seniority comes from the left and title from the right."""
    for number in range(3):
        email = f"p{number}@example.com"
        world.add(Side.LEFT, "contacts", {"email": email, "seniority": "exec", "city": "Berlin"})
        world.add(Side.RIGHT, "Contact", {"email": email, "note": "met"})


def changed(doomed_at: int | None) -> tuple[World, bool]:
    """Link people, change three lines, and run once, killed at a step; tell if it came so far."""
    world = World(Variant(lines=Lines(without="city"), batch=3, chunk=2))
    people(world)
    assert world.sync().whole
    world.clock.sleep(3_600)
    assert world.sync().whole
    world.turn(Lines(crossed=True, elsewhere=True))
    ended = world.sync(doomed_at=doomed_at)
    return world, isinstance(ended.stopped, Killed)


def as_wanted(world: World) -> bool:
    """Tell whether all that the changed lines ask for is done."""
    return all(
        world.value(Side.RIGHT, link.right, "seniority") == "Manager"
        and world.value(Side.RIGHT, link.right, "city") == "Berlin"
        and world.value(Side.LEFT, link.left, "note") == "met"
        for link in world.open_links()
    )


def test_backfill_killed_at_any_step_goes_on() -> None:
    step, came_so_far = 0, True
    while came_so_far:
        world, came_so_far = changed(doomed_at=step)
        world.clock.sleep(60)
        assert world.sync().whole
        assert as_wanted(world), f"killed at step {step}"
        world.clock.sleep(60)
        rest = world.sync()
        assert not rest.writes, f"killed at step {step}: wrote again"
        assert not any("fetch" in calls for calls in rest.calls.values()), rest.calls
        assert world.store.lines.waiting("contacts") == {}
        assert not invariants.differing(world)
        assert not invariants.duplicates(world)
        wasted = [one for crm in world.watched.values() for one in crm.wasted]
        assert not wasted, f"killed at step {step}: {wasted}"
        step += _STRIDE
    assert step > 40, "the run has fewer steps than a backfill takes"
