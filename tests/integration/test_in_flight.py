"""Several batches under way at once: what comes of it is what comes of one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from connectors.memory import Moment, Operation
from sync.domain.errors import DailyQuotaError, UnavailableError
from sync.domain.ports import Write, WriteResult
from sync.domain.record import Side
from sync.engine.ahead import Ahead
from sync.engine.session import Session
from tests.property.invariants import differing, duplicates, lost
from tests.property.project import Variant
from tests.property.world import World

_AT_ONCE = 3
_PEOPLE = 14


class _Meeting(Ahead):
    """A CRM whose calls that write wait a moment for others to come."""

    def __init__(self, crm: Any) -> None:
        super().__init__(crm)
        self.met = 0
        self._place = Barrier(2)

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        try:
            self._place.wait(0.02)
            self.met += 1
        except BrokenBarrierError:
            self._place.reset()
        return super().apply(writes)


class _Busy(World):
    """A world whose runs have several batches under way, and read ahead."""

    def __init__(self, variant: Variant, *, meeting: bool = False) -> None:
        super().__init__(variant)
        crm = _Meeting if meeting else Ahead
        self.ahead: dict[Side, Any] = {side: crm(self.watched[side]) for side in Side}

    def _session(self, kind: str) -> Session:
        session = super()._session(kind)
        settings = replace(session.settings, in_flight=_AT_ONCE)
        return replace(session, crms=self.ahead, settings=settings)


def _variant(**rules: Any) -> Variant:
    return Variant(batch=2, page=3, chunk=5, **rules)


def _people(world: World, *, both: int = 4) -> None:
    """Enter people on either side, some of them on both."""
    for number in range(_PEOPLE):
        values = {"email": f"p{number}@example.com", "last_name": "Byron", "city": f"City {number}"}
        if number < both or number % 2:
            world.add(Side.LEFT, "contacts", values)
        if number < both or not number % 2:
            world.add(Side.RIGHT, "Lead", values)


def _edit(world: World) -> None:
    for at, side in enumerate(Side):
        for number, ref in enumerate(world.records(side)):
            if number % 4 == at:
                world.edit(side, ref, {"city": f"Town {number}"})


def _held(world: World) -> list[Any]:
    """Give what both CRMs hold of each person, without ids."""
    fields = ("email", "last_name", "city", "marker")
    return sorted(
        (side.value, ref.object_name, *(world.value(side, ref, name) or "" for name in fields))
        for side in Side
        for ref in world.records(side)
    )


def _is_one(world: World) -> None:
    """See that each person is there once on each side, and alike."""
    assert not duplicates(world)
    assert not differing(world)
    assert not lost(world)
    assert len(world.open_links()) == _PEOPLE
    assert not world.store.journal.unfinished()


def test_several_under_way_come_to_the_same_as_one_at_a_time() -> None:
    came_of_it = []
    for kind in (World, _Busy):
        world = kind(_variant())
        _people(world)
        assert world.sync().whole
        _edit(world)
        world.clock.sleep(60)
        assert world.sync().whole
        _is_one(world)
        came_of_it.append(_held(world))
        assert world.sync().writes == 0

    one_by_one, busy = came_of_it
    assert busy == one_by_one


def test_calls_that_write_overlap() -> None:
    world = _Busy(_variant(), meeting=True)
    _people(world)

    world.sync()

    assert world.ahead[Side.LEFT].met
    assert world.ahead[Side.RIGHT].met
    _is_one(world)


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("skip", [0, 2])
def test_answers_beside_a_call_that_fails_are_kept(moment: Moment, skip: int) -> None:
    world = _Busy(_variant())
    _people(world)
    down = UnavailableError("down", maybe_done=moment is Moment.AFTER)
    world.benches[Side.RIGHT].fail(moment, down, skip=skip)

    ended = world.sync()

    # One batch at most was sent and never answered: of all others the answer was kept.
    assert isinstance(ended.stopped, UnavailableError | None)
    assert len(world.store.journal.unfinished()) <= 2  # a batch
    world.clock.sleep(60)
    assert world.sync().whole
    _is_one(world)


def test_quota_that_ends_on_the_way_stops_all_and_the_next_day_goes_on() -> None:
    world = _Busy(_variant())
    _people(world)
    world.benches[Side.LEFT].set_quota(9, left=9)

    ended = world.sync()

    assert isinstance(ended.stopped, DailyQuotaError)
    world.benches[Side.LEFT].set_quota(None)
    assert world.sync().whole
    _is_one(world)


def test_error_while_reading_ahead_stops_the_run_before_anything_is_written() -> None:
    world = _Busy(_variant())
    _people(world)
    down = UnavailableError("down")
    world.benches[Side.LEFT].fail("before", down, on=Operation.READ_CHANGES, skip=1)

    ended = world.sync()

    assert isinstance(ended.stopped, UnavailableError)
    assert ended.writes == 0
    assert world.sync().whole
    _is_one(world)


@pytest.mark.parametrize("step", range(7, 160, 31))
def test_process_killed_with_several_under_way_makes_nothing_twice(step: int) -> None:
    world = _Busy(_variant())
    _people(world)

    world.sync(doomed_at=step)
    world.clock.sleep(120)

    assert world.sync().whole
    world.clock.sleep(120)
    assert world.sync().whole
    _is_one(world)
