"""A run of the loop taken back, held against what both CRMs held before it and after it.

What the run changed is found by looking at both CRMs, not by the audit: each value it changed must
be back, or named as left; and no later run may change it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from connectors.memory import Killed
from sync.domain.errors import ConnectorError
from sync.domain.record import Native, RecordRef, Side
from sync.engine.undo import Request, Taken, undo
from tests.property.loop_project import KINDS
from tests.property.loop_steps import take_step
from tests.property.loop_world import LoopWorld

__all__ = ["check_undo", "stir"]

#: One value of one live record.
Place = tuple[Side, RecordRef, str]

_EDITS = 12


@dataclass(frozen=True, slots=True)
class Shot:
    """All that both CRMs hold in fields of the mapping, and which records are live."""

    values: dict[Place, Native]
    live: frozenset[tuple[Side, RecordRef]]


def shoot(world: LoopWorld) -> Shot:
    """Look at both CRMs."""
    values: dict[Place, Native] = {}
    live = set()
    for pair in world.pairs.values():
        for side in Side:
            for name in KINDS[pair.name][side]:
                natives = [native for rule in pair.rules if (native := rule.native_name(side, name))]
                for row in world.rows(side, name).values():
                    ref = RecordRef(name, row.id)
                    if row.gone or row.frozen:
                        continue
                    live.add((side, ref))
                    held = world.values(side, ref)
                    values.update({(side, ref, native): held[native] for native in natives})
    return Shot(values, frozenset(live))


def stir(world: LoopWorld, random: Random) -> None:
    """Let people do this and that, and no run come between."""
    for _ in range(_EDITS):
        runs = world.runs
        take_step(world, random)
        assert world.runs >= runs


def take_back(world: LoopWorld, run: int) -> tuple[int, Taken]:
    """Take a run back; gives the run that did, and what it left."""
    session = world._session()
    session = replace(session, run=world.store.runs.begin("undo", world.clock()))
    taken = undo(session, Request(run=run))
    world.store.runs.end(session.run, at=world.clock(), exit=0, stopped=None, summary={})
    world.log.append(
        f"  undo of {run} by {session.run} left "
        + "; ".join(f"{one.field or 'record'} of {_ids(one)}: {one.why.name}" for one in taken.left)
    )
    return session.run, taken


def _ids(one: object) -> str:
    return " and ".join(ref.id for side in Side if (ref := getattr(one, side.value)) is not None)


def check_undo(world: LoopWorld, random: Random) -> int:
    """Stir, run, take the run back, run on, and take the undo back; gives how much went back."""
    stir(world, random)
    world.calm()
    world.clock.sleep(120)
    before = shoot(world)
    whole, _ = world.sync(full=True)
    assert whole
    after = shoot(world)
    run = world.store.runs.latest(1)[0].id
    world.clock.sleep(60)
    number, taken = take_back(world, run)
    back = shoot(world)
    gone_back = _check_back(world, before, after, back, taken)
    for _ in range(3):
        world.clock.sleep(1200)
        world.sync(full=True)
        _check_kept(back, shoot(world), gone_back)
    take_back(world, number)
    _check_forth(world, after, shoot(world), gone_back)
    return len(gone_back)


def _check_back(
    world: LoopWorld, before: Shot, after: Shot, back: Shot, taken: Taken
) -> set[Place]:
    """Show that all the run changed is back, or named; gives what is back."""
    named = _named(world, taken)
    found: set[Place] = set()
    for place, value in after.values.items():
        side, ref, native = place
        if place not in before.values or before.values[place] == value:
            continue
        if back.values.get(place, value) == before.values[place]:
            found.add(place)
            continue
        assert (side, ref, native) in named, (
            f"{native} of {ref.id} was {before.values[place]!r}, the run made it {value!r}, and it "
            f"is {back.values.get(place)!r} and not named"
        )
    for at in after.live - before.live:
        assert at not in back.live or _is_told(at, taken), f"{at} was made, and nobody says so"
    for at in before.live - after.live:
        told = _is_told(at, taken) or _is_put_back(world, at, before, back)
        assert told, f"{at} was deleted, and nobody says so"
    untouched = set(before.values) & set(after.values) & set(back.values) - found
    for place in untouched:
        if before.values[place] == after.values[place]:
            assert back.values[place] == after.values[place], f"{place} was not the run's"
    return found


def _named(world: LoopWorld, taken: Taken) -> set[Place]:
    found: set[Place] = set()
    for one in taken.left:
        pair = world.pairs[one.pair]
        for side in Side:
            ref = one.left if side is Side.LEFT else one.right
            if ref is None or not pair.has_rule(one.field):
                continue
            native = pair.rule(one.field).native_name(side, ref.object_name)
            if native is not None:
                found.add((side, ref, native))
    return found


def _is_told(at: tuple[Side, RecordRef], taken: Taken) -> bool:
    side, ref = at
    return any(
        ref == (one.left if side is Side.LEFT else one.right)
        for one in (*taken.left, *taken.stays)
        if not one.field
    )


def _is_put_back(
    world: LoopWorld, at: tuple[Side, RecordRef], before: Shot, back: Shot
) -> bool:
    """Tell whether a row that was taken away stands again, as another one that says the same."""
    side, ref = at
    wanted = {native: value for (s, r, native), value in before.values.items() if (s, r) == at}
    found: dict[RecordRef, dict[str, Native]] = {}
    for (s, r, native), value in back.values.items():
        if s is side and r.object_name == ref.object_name:
            found.setdefault(r, {})[native] = value
    return any(values == wanted for values in found.values())


def _check_kept(back: Shot, now: Shot, places: set[Place]) -> None:
    for place in places:
        if place in now.values and place in back.values:
            assert now.values[place] == back.values[place], (
                f"{place[2]} of {place[1].id} was taken back, and a sync wrote it again"
            )


def _check_forth(world: LoopWorld, after: Shot, now: Shot, places: set[Place]) -> None:
    """Show that the undo can be undone."""
    for place in places:
        if place in now.values:
            assert now.values[place] == after.values[place], (
                f"{place[2]} of {place[1].id} is {now.values[place]!r} after the undo was undone"
            )
