"""Stories of the loop: many steps drawn from one seed, and what must hold when they end.

A story is told again from its seed alone. One that breaks something is made short: steps after the
break are left out, then each step that the break does not need.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from sync.domain.agreement import Cause
from sync.engine.verify import verify
from tests.property.loop_invariants import broken, duplicates, look
from tests.property.loop_project import draw_rules
from tests.property.loop_steps import take_step
from tests.property.loop_world import LoopWorld

__all__ = ["STEPS", "Break", "find_break", "settle", "shortest"]

#: The steps of one story.
STEPS = 200

_DAY = 90_000

#: Why two sides may differ for good: a rule of the mapping, or something that waits for a person.
_WAITS = frozenset({Cause.KEPT_APART, Cause.HELD, Cause.IN_ERROR})


@dataclass(frozen=True, slots=True)
class Break:
    """A story that ended with something broken, and all that happened in it."""

    seed: str
    steps: tuple[int, ...]
    what: str
    log: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command that tells the story again and makes it short."""
        return f"make soak ARGS='--story {self.seed}'"

    def __str__(self) -> str:
        return "\n".join((*self.log, f"broken: {self.what}", f"the steps: {list(self.steps)}"))


def find_break(
    seed: str, steps: Collection[int] = range(STEPS), *, breaks_at_end: bool = False
) -> Break | None:
    """Tell one story, of these of its steps; gives what broke, None where all held.

    With `breaks_at_end` its end counts as a break, so that what happened can be looked at.
    """
    world = LoopWorld(draw_rules(Random(f"{seed} rules")))
    try:
        for number in steps:
            runs = world.runs
            take_step(world, Random(f"{seed} {number}"))
            if world.runs > runs:
                _look(world)
        settle(world)
        assert not breaks_at_end, "the end"
    except Exception as error:  # noqa: BLE001 whatever it is, it is told with its story
        return Break(seed, tuple(steps), f"{type(error).__name__}: {error}", tuple(world.log))
    return None


def shortest(found: Break) -> Break:
    """Leave out all steps that a break does not need."""
    for size in (64, 32, 16, 8, 4, 2, 1):
        steps = list(found.steps)
        at = len(steps)
        while at > 0:
            at = max(at - size, 0)
            fewer = [*found.steps[:at], *found.steps[at + size :]]
            again = find_break(found.seed, fewer)
            if again is not None and _is_alike(again, found):
                found = again
    return found


def _is_alike(one: Break, other: Break) -> bool:
    return one.what[:30] == other.what[:30]


def _look(world: LoopWorld) -> None:
    """Check what must hold after each run, while edits and runs go on."""
    look(world)
    found = duplicates(world)
    assert not found, found


def settle(world: LoopWorld) -> None:
    """Let edits stop, and hold both CRMs against what must be; a day later once more."""
    world.calm()
    world.clock.sleep(120)
    _come_to_rest(world, full=True)
    _check(world, compared=False)
    world.clock.sleep(_DAY)
    _come_to_rest(world, full=False)
    _check(world, compared=True)
    _verify(world)


def _come_to_rest(world: LoopWorld, *, full: bool) -> None:
    """Run until a run writes nothing: the first that sees all edits, and two more at most."""
    for number in range(4):
        whole, writes = world.sync(full=full and number == 0)
        _look(world)
        assert whole, "a run was stopped though nothing was in its way"
        if number and not writes:
            break
        world.clock.sleep(60)
    assert not writes, "runs go on writing"
    if world.store.findings.errors():
        return  # they are tried again when they are due
    world.clock.sleep(1200)
    _, writes = world.sync()
    assert not writes, "a run with no edits wrote"


def _verify(world: LoopWorld) -> None:
    """Check that a command of our own finds nothing else than what waits and what a rule wants."""
    world.log.append("> verify")
    told = [one for one in verify(world.session()).found() if one.difference.cause not in _WAITS]
    assert not told, told


def _check(world: LoopWorld, *, compared: bool) -> None:
    found = broken(world, compared=compared)
    assert not found, found
