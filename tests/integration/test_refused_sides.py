"""What one side refuses stays an error of that side, whatever the other one takes."""

from __future__ import annotations

from sync.domain.record import RecordRef, Side
from tests.property.project import Variant
from tests.property.world import World


def _couple(world: World) -> dict[Side, RecordRef]:
    world.add(Side.LEFT, "contacts", {"email": "ada@example.com"})
    assert world.sync().whole
    (link,) = world.open_links()
    return {side: link.ref(side) for side in Side}


def test_record_refused_on_one_side_stays_an_error_while_the_other_is_written() -> None:
    world = World(Variant())
    ada = _couple(world)
    world.edit(Side.LEFT, ada[Side.LEFT], {"city": "Wien"})
    world.edit(Side.RIGHT, ada[Side.RIGHT], {"last_name": "Byron"})
    world.benches[Side.LEFT].refuse("contacts", 1)

    assert world.sync().whole

    assert world.value(Side.RIGHT, ada[Side.RIGHT], "city") == "Wien"
    (error,) = world.store.findings.errors()
    assert (error.side, error.ref) == (Side.LEFT, ada[Side.LEFT])
    world.clock.sleep(20 * 60)
    assert world.sync().whole
    assert world.value(Side.LEFT, ada[Side.LEFT], "last_name") == "Byron"
    assert world.store.findings.errors() == []


def test_error_of_a_record_is_closed_once_nothing_is_left_to_send() -> None:
    world = World(Variant())
    ada = _couple(world)
    world.edit(Side.RIGHT, ada[Side.RIGHT], {"last_name": "Byron"})
    world.benches[Side.LEFT].refuse("contacts", 1)
    assert world.sync().whole
    assert len(world.store.findings.errors()) == 1
    world.edit(Side.RIGHT, ada[Side.RIGHT], {"last_name": "Nobody"})

    assert world.sync().whole

    assert world.store.findings.errors() == []


def test_errors_of_a_link_are_closed_with_it() -> None:
    world = World(Variant())
    ada = _couple(world)
    world.edit(Side.RIGHT, ada[Side.RIGHT], {"last_name": "Byron"})
    world.benches[Side.LEFT].refuse("contacts", 1)
    assert world.sync().whole
    assert len(world.store.findings.errors()) == 1
    world.remove(Side.RIGHT, ada[Side.RIGHT])

    assert world.sync().whole

    assert world.store.findings.errors() == []


def test_refused_create_is_no_error_any_more_once_its_origin_is_gone() -> None:
    world = World(Variant())
    world.benches[Side.LEFT].refuse("contacts", 1)
    world.add(Side.RIGHT, "Contact", {"email": "ada@example.com"})
    assert world.sync().whole
    assert len(world.store.findings.errors()) == 1
    world.remove(Side.RIGHT, world.records(Side.RIGHT)[0])

    assert world.sync().whole

    assert world.store.findings.errors() == []
    assert world.records(Side.LEFT) == []
