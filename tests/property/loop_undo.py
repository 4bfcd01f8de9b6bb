"""A run of the loop taken back, held against what both CRMs held before it and after it.

What the run changed is found by looking at both CRMs, not by the audit: each value it changed must
be back, or named as left; and no later run may change it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from connectors.memory import Killed
from sync.domain.errors import DuplicateRejectedError, ValidationRejectedError
from sync.domain.record import Native, RecordRef, Side
from sync.engine.undo import Request, Taken, undo
from tests.property.loop_invariants import agree, look
from tests.property.loop_project import KINDS, TEXTS
from tests.property.loop_steps import (
    Step,
    _add,
    _convert,
    _edit,
    _edit_both,
    _merge,
    _put,
    _refer,
    _relabel,
    _remove,
    _take_off,
)
from tests.property.loop_story import settle
from tests.property.loop_world import LoopWorld

__all__ = ["check_undo", "go_on", "run_whole"]

#: One value of one live record.
Place = tuple[Side, RecordRef, str]

#: What people do before the run, and how often; and how many things they do after it.
_STIRS: Mapping[Step, int] = {
    _edit: 12,
    _edit_both: 2,
    _refer: 6,
    _put: 6,
    _relabel: 3,
    _take_off: 3,
    _add: 3,
    _remove: 1,
    _merge: 1,
    _convert: 1,
}
_EDITS, _LATER = 20, 2


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
                natives = [
                    native for rule in pair.rules if (native := rule.native_name(side, name))
                ]
                for row in world.rows(side, name).values():
                    ref = RecordRef(name, row.id)
                    if row.gone or row.frozen:
                        continue
                    live.add((side, ref))
                    held = world.values(side, ref)
                    values.update({(side, ref, native): held[native] for native in natives})
    return Shot(values, frozenset(live))


def stir(world: LoopWorld, random: Random, count: int) -> None:
    """Let people do this and that, and no run come between."""
    for _ in range(count):
        (step,) = random.choices(list(_STIRS), list(_STIRS.values()))
        try:
            step(world, random)
        except (DuplicateRejectedError, ValidationRejectedError) as refusal:
            world.log.append(f"  refused: {refusal}")


def run_whole(world: LoopWorld) -> None:
    """Run once, in full, and note what both sides hold now."""
    whole, _ = world.sync(full=True)
    assert whole
    look(world)


def _edit_again(world: LoopWorld, random: Random, before: Shot, after: Shot) -> None:
    """Let people edit some of what a run wrote."""
    for side, ref, native in sorted(before.values.keys() & after.values.keys()):
        place = (side, ref, native)
        values = TEXTS.get(ref.object_name, {}).get(native)
        if before.values[place] == after.values[place] or not values or random.random() < 0.6:
            continue
        world.benches[side].edit(ref.object_name, ref.id, {native: random.choice(values)})
        world.log.append(f"> {ref.id} is edited again: {native}")


def take_back(
    world: LoopWorld, run: int, *, delete: bool = False, doomed_at: int | None = None
) -> tuple[int, Taken]:
    """Take a run back; gives the run that did, and what it left."""
    session = world.session()
    session = replace(session, run=world.store.runs.begin("undo", world.clock()))
    world.doom.set(doomed_at)
    try:
        taken = undo(session, Request(run=run, delete_created=delete))
    finally:
        world.doom.set(None)
    world.store.runs.end(session.run, at=world.clock(), exit=0, stopped=None, summary={})
    world.log.append(
        f"  undo of {run} by {session.run} left "
        + "; ".join(f"{one.field or 'record'} of {_ids(one)}: {one.why.name}" for one in taken.left)
    )
    return session.run, taken


def _ids(one: object) -> str:
    return " and ".join(ref.id for side in Side if (ref := getattr(one, side.value)) is not None)


def check_undo(world: LoopWorld, random: Random) -> int:
    """Stir, run, take the run back, run on, and take the undo back; gives how much went back.

    In every other story people go on working before the run is taken back.
    """
    stir(world, random, _EDITS)
    world.clock.sleep(120)
    before = shoot(world)
    run_whole(world)
    after = shoot(world)
    run = world.store.runs.latest(1)[0].id
    world.clock.sleep(60)
    edited = random.random() < 0.5
    if edited:
        _edit_again(world, random, before, after)
        stir(world, random, _LATER)
    since = shoot(world)
    delete = random.random() < 0.3
    cut_off = not edited and random.random() < 0.5
    if cut_off:
        _cut_off(world, run, random)
    number, taken = take_back(world, run, delete=delete)
    back = shoot(world)
    gone_back = _check_back(before, after, since, back, _named(world, number, taken), taken)
    for at in after.live - before.live if delete else ():
        assert at not in back.live or _is_told(at, taken), (
            f"{at} was made, and nobody says it stays"
        )
    if not cut_off:
        _check_held(world, gone_back)
    for _ in range(3):
        world.clock.sleep(1200)
        run_whole(world)
        _check_kept(back, shoot(world), gone_back)
    if cut_off:  # what the killed one wrote is known for what it is since a run looked after it
        _check_held(world, gone_back)
    twice = [at for at, count in world.made.items() if count > 1]
    assert not twice, f"made again: {twice}"
    last, left = take_back(world, number)
    if not cut_off:
        _check_forth(after, shoot(world), gone_back - _named(world, last, left))
    return len(gone_back)


def go_on(world: LoopWorld, random: Random) -> None:
    """Take any of the runs so far back, go on working, and hold both CRMs against what must be."""
    with world.store._database.read() as connection:
        runs = connection.exec_driver_sql("SELECT DISTINCT run FROM audit ORDER BY run").all()
    (run,) = random.choice(runs)
    take_back(world, run)
    stir(world, random, _EDITS // 2)
    settle(world)


def _cut_off(world: LoopWorld, run: int, random: Random) -> None:
    """Let an undo end at any moment, and a run settle what it left."""
    try:
        take_back(world, run, doomed_at=random.randrange(60))
    except Killed:
        world.log.append("  the undo was killed")
    if random.random() < 0.5:
        run_whole(world)


def _check_back(
    before: Shot, after: Shot, since: Shot, back: Shot, named: set[Place], taken: Taken
) -> set[Place]:
    """Show that all the run changed is back, or named, and nothing else; gives what is back."""
    found: set[Place] = set()
    for place in before.values.keys() & after.values.keys() & since.values.keys():
        was, made, stood = (shot.values[place] for shot in (before, after, since))
        now = back.values.get(place, made)
        if was == made or stood != made or now == made:
            assert now == stood, f"{place} was {stood!r}, not the run's, and is {now!r}"
            told = was in (made, now) or place in named or place[:2] not in back.live
            assert told, f"{place} was {was!r}, the run made it {made!r}, and nobody says it stays"
        else:
            assert now == was, f"{place} was {was!r}, and is {now!r} after the undo"
            found.add(place)
    for at in after.live - before.live:
        gone = at not in since.live or at not in back.live
        assert gone or _is_told(at, taken), f"{at} was made, and nobody says that it stays"
    for at in before.live - after.live:
        told = at in back.live or _is_told(at, taken) or _is_put_back(at, before, back)
        told = told or _went_with_another(at, before, after)
        assert told, f"{at} was deleted, and nobody says so"
    return found


def _named(world: LoopWorld, number: int, taken: Taken) -> set[Place]:
    """Give the fields that are said to stay: by the undo, or as what a CRM refused."""
    told = [
        (one.pair, one.field, {Side.LEFT: one.left, Side.RIGHT: one.right}) for one in taken.left
    ]
    for error in world.store.findings.errors():
        if error.opened_run == number:
            refs = {error.side: error.ref, error.side.other: error.origin}
            told.append((error.pair, error.field, refs))
    found: set[Place] = set()
    for name, field, refs in told:
        pair = world.pairs[name]
        rules = [rule for rule in pair.rules if rule.name == field or not field]
        for side, ref in refs.items():
            for rule in rules if ref is not None else ():
                native = rule.native_name(side, ref.object_name) if ref is not None else None
                if native is not None and ref is not None:
                    found.add((side, ref, native))
    return found


def _is_told(at: tuple[Side, RecordRef], taken: Taken) -> bool:
    side, ref = at
    return any(
        ref == (one.left if side is Side.LEFT else one.right)
        for one in (*taken.left, *taken.stays.some)
        if not one.field
    )


def _is_put_back(at: tuple[Side, RecordRef], before: Shot, back: Shot) -> bool:
    """Tell whether a row that was taken away stands again, as another one that says the same."""
    side, ref = at
    wanted = {native: value for (s, r, native), value in before.values.items() if (s, r) == at}
    found: dict[RecordRef, dict[str, Native]] = {}
    for (s, r, native), value in back.values.items():
        if s is side and r.object_name == ref.object_name:
            found.setdefault(r, {})[native] = value
    return any(values == wanted for values in found.values())


def _went_with_another(at: tuple[Side, RecordRef], before: Shot, after: Shot) -> bool:
    """Tell whether a CRM deleted a row itself, with a record it tied."""
    gone = {ref.id for side, ref in before.live - after.live if side is at[0] and ref != at[1]}
    return any(place[:2] == at and value in gone for place, value in before.values.items())


def _check_held(world: LoopWorld, places: set[Place]) -> None:
    """Show that what went back is held wherever the two sides now differ."""
    held = {(one.link_id, one.field) for one in world.store.findings.conflicts()}
    for side, ref, native in places:
        for pair in world.pairs.values():
            link = world.links(pair.name).get((side, ref))
            for rule in pair.rules if link is not None else ():
                if link is None or rule.native_name(side, ref.object_name) != native:
                    continue
                other = link.ref(side.other)
                waits = (link.id, rule.name) in held or not world.lives(side.other, other)
                assert waits or agree(world, rule, link), f"{rule.name} of {ref.id} is not held"


def _check_kept(back: Shot, now: Shot, places: set[Place]) -> None:
    for place in places:
        if place in now.values and place in back.values:
            assert now.values[place] == back.values[place], (
                f"{place[2]} of {place[1].id} was taken back, and a sync wrote it again"
            )


def _check_forth(after: Shot, now: Shot, places: set[Place]) -> None:
    """Show that the undo can be undone."""
    for place in places:
        if place in now.values:
            assert now.values[place] == after.values[place], (
                f"{place[2]} of {place[1].id} is {now.values[place]!r} after the undo was undone"
            )
