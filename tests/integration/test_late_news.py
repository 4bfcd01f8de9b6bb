"""What somebody edits behind the writes of a run is found, at once or when trust has run out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from sync.domain.ports import Write, WriteResult
from sync.domain.record import RecordRef, Side
from tests.property.project import Variant
from tests.property.world import World

_PEOPLE = 5
_HOURS = timedelta(hours=6)


def _world(trust: timedelta) -> World:
    """Give people on one side only; a run creates them there and keeps their ids here."""
    world = World(Variant(page=2, batch=1), trust=trust)
    for number in range(_PEOPLE):
        world.add(Side.LEFT, "contacts", {"email": f"person{number}@example.com"})
    return world


def _edit_behind_the_first_write(world: World, monkeypatch: pytest.MonkeyPatch) -> RecordRef:
    """Let a person edit the record that was written first, before the others are."""
    crm: Any = world.watched[Side.LEFT]
    send: Callable[[Sequence[Write]], Sequence[WriteResult]] = crm.apply
    edited: list[RecordRef] = []

    def apply(writes: Sequence[Write]) -> Sequence[WriteResult]:
        results = send(writes)
        if not edited:
            edited.append(RecordRef("contacts", writes[0].id or ""))
            world.edit(Side.LEFT, edited[0], {"city": "Wien"})
        return results

    monkeypatch.setattr(crm, "apply", apply)
    assert world.sync().whole
    return edited[0]


def _city(world: World, ref: RecordRef) -> object:
    (link,) = world.store.links.of("contacts", Side.LEFT, [ref]).values()
    return world.value(Side.RIGHT, link.right, "city")


def test_edit_behind_own_writes_is_read_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    world = _world(trust=timedelta(0))
    ref = _edit_behind_the_first_write(world, monkeypatch)
    world.clock.sleep(60)
    assert world.sync().whole
    assert _city(world, ref) == "Wien"


def test_number_of_records_is_trusted_for_some_hours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    world = _world(trust=_HOURS)
    ref = _edit_behind_the_first_write(world, monkeypatch)
    for hour in range(1, 6):
        world.clock.sleep(3600)
        assert "read_changes" not in world.sync().calls[Side.LEFT]
        assert _city(world, ref) is None, hour
    world.clock.sleep(3600)
    assert "read_changes" in world.sync().calls[Side.LEFT]
    assert _city(world, ref) == "Wien"
    world.clock.sleep(_HOURS.total_seconds())
    assert "read_changes" not in world.sync().calls[Side.LEFT]


def test_page_that_reaches_back_to_the_last_run_needs_no_trust() -> None:
    world = _world(trust=timedelta(0))
    assert world.sync().whole
    world.clock.sleep(300)
    assert world.sync().whole
    world.clock.sleep(300)
    assert world.sync().calls == {side: {"peek": 1} for side in Side}
