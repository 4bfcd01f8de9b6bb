"""A plan is the same whatever the size of pages, batches and chunks, and survives being kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.record import Side
from tests.property.effort import effort
from tests.property.project import VALUES, Variant, variants
from tests.property.world import World

_Act = Callable[[World], None]


@st.composite
def _adding(draw: Any) -> _Act:
    side = draw(st.sampled_from(list(Side)))
    object_name = "contacts" if side is Side.LEFT else draw(st.sampled_from(["Contact", "Lead"]))
    email = draw(st.sampled_from(VALUES["email"][side]))
    title = draw(st.sampled_from(VALUES["job_title"][side]))
    return lambda world: world.add(side, object_name, {"email": email, "job_title": title})


@st.composite
def _editing(draw: Any) -> _Act:
    side = draw(st.sampled_from(list(Side)))
    place = draw(st.integers(0, 7))
    name = draw(st.sampled_from(sorted(VALUES)))
    value = draw(st.sampled_from(VALUES[name][side]))

    def act(world: World) -> None:
        if records := world.records(side):
            world.edit(side, records[place % len(records)], {name: value})
        world.clock.sleep(3)

    return act


@st.composite
def _stories(draw: Any) -> list[_Act]:
    def sync(world: World) -> None:
        world.clock.sleep(1)
        assert world.sync().whole

    people = draw(st.lists(_adding(), min_size=2, max_size=7))
    edits = draw(st.lists(_editing(), max_size=6))
    more = draw(st.lists(_adding(), max_size=2))
    return [*people, sync, *edits, *more] if draw(st.booleans()) else [*people, *edits]


@given(variant=variants(), story=_stories(), page=st.integers(1, 9), chunk=st.integers(1, 9))
@effort(15)
def test_a_plan_is_the_same_whatever_the_page_and_chunk_size(
    variant: Variant, story: list[_Act], page: int, chunk: int
) -> None:
    def planned(setup: Variant) -> list[tuple[object, ...]]:
        world = World(setup, tick=timedelta(0))
        for act in story:
            act(world)
        world.clock.sleep(1)
        return sorted((item.identity for item in world.plan()), key=repr)

    wide = planned(replace(variant, page=50, chunk=100, batch=100))
    assert planned(replace(variant, page=page, chunk=chunk, batch=max(1, page - 1))) == wide


@given(variant=variants(), story=_stories())
@effort(10)
def test_planning_writes_nothing_and_a_second_plan_is_the_same(
    variant: Variant, story: list[_Act]
) -> None:
    world = World(variant, tick=timedelta(0))
    for act in story:
        act(world)
    before = {
        side: {name: world.benches[side].all(name) for name in world.crms[side].records.tables}
        for side in Side
    }
    first = [item.identity for item in world.plan()]
    assert [item.identity for item in world.plan()] == first
    for side, tables in before.items():
        for name, rows in tables.items():
            assert world.benches[side].all(name) == rows
