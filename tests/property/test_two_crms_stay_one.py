"""People, automations, faults and kills in any order: two CRMs stay one consistent record."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.memory import Killed
from sync.domain.errors import RateLimitedError, UnavailableError
from sync.domain.plan import Item
from sync.domain.record import Native, Side
from tests.property import invariants
from tests.property.effort import effort
from tests.property.project import VALUES, Variant, variants
from tests.property.world import Ended, World

_SIDES = st.sampled_from(list(Side))
_PLACES = st.integers(0, 7)
_OPTIONAL = [name for name in VALUES if name not in ("email", "last_name")]


@st.composite
def _new_values(draw: Any, side: Side) -> dict[str, Native]:
    names = draw(st.lists(st.sampled_from(_OPTIONAL), unique=True, max_size=3))
    values = {name: draw(st.sampled_from(VALUES[name][side])) for name in names}
    email = draw(st.sampled_from(VALUES["email"][side]))
    return {"email": email, **values} if email else values


@st.composite
def _faults(draw: Any) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(["lost", "down", "slow", "refuse", "lock", "killed", "doomed", "unread"])
    )
    return {
        "kind": kind,
        "side": draw(_SIDES),
        "skip": draw(st.integers(0, 3)),
        "records": draw(st.sampled_from([None, 1, 2])),
        "step": draw(st.integers(0, 60)) if kind == "doomed" else 0,
    }


class TwoCrms(RuleBasedStateMachine):
    """Whatever happens between two CRMs, what must hold does."""

    world: World
    marks: dict[tuple[Side, str], Any]

    @initialize(variant=variants())
    def begin(self, variant: Variant) -> None:
        self.world = World(variant)
        self.marks = {}

    # --- what people do ---------------------------------------------------------------------

    @rule(data=st.data(), side=_SIDES, lead=st.booleans())
    def add(self, data: Any, side: Side, lead: bool) -> None:
        object_name = "contacts" if side is Side.LEFT else "Lead" if lead else "Contact"
        if len(self.world.records(side)) < 8:
            self.world.add(side, object_name, data.draw(_new_values(side)))

    @rule(data=st.data(), side=_SIDES, place=_PLACES, name=st.sampled_from(sorted(VALUES)))
    def edit(self, data: Any, side: Side, place: int, name: str) -> None:
        records = self.world.records(side)
        if records:
            value = data.draw(st.sampled_from(VALUES[name][side]))
            self.world.edit(side, records[place % len(records)], {name: value})

    @rule(
        data=st.data(), place=_PLACES, name=st.sampled_from(sorted(VALUES)), first=_SIDES,
        pause=st.sampled_from([0, 2, 30]),
    )  # fmt: skip
    def edit_both(self, data: Any, place: int, name: str, first: Side, pause: int) -> None:
        links = self.world.open_links()
        if not links:
            return
        link = links[place % len(links)]
        for side in (first, first.other):
            if self.world.lives(side, link.ref(side)):
                value = data.draw(st.sampled_from(VALUES[name][side]))
                self.world.edit(side, link.ref(side), {name: value})
            self.world.clock.sleep(pause)

    @rule(side=_SIDES, place=_PLACES)
    def remove(self, side: Side, place: int) -> None:
        records = self.world.records(side)
        if len(records) > 2:
            self.world.remove(side, records[place % len(records)])

    @rule(seconds=st.sampled_from([0.2, 1, 7, 60, 1200, 90_000]))
    def wait(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    @rule(place=_PLACES)
    def index_late(self, place: int) -> None:
        records = self.world.records(Side.LEFT)
        if records:
            until = self.world.clock.now + timedelta(seconds=60)
            self.world.benches[Side.LEFT].hide([records[place % len(records)].id], until=until)

    # --- what the sync does -----------------------------------------------------------------

    @rule(full=st.booleans())
    def sync(self, full: bool) -> None:
        assert self.world.sync(full=full).whole

    @rule(fault=_faults())
    def sync_through(self, fault: dict[str, Any]) -> None:
        _arm(self.world, fault)
        doomed_at = fault["step"] if fault["kind"] == "doomed" else None
        self.world.sync(doomed_at=doomed_at)
        self.world.calm()

    @rule()
    def plan(self) -> None:
        for item in self.world.plan():
            assert Item.from_json(item.to_json()) == item

    @rule()
    def settle(self) -> None:
        _settle(self.world)

    @invariant()
    def marks_never_move_back(self) -> None:
        if not hasattr(self, "world"):
            return
        for row in self.world.store.queries.watermarks():
            before = self.marks.get((row.side, row.object_name))
            assert before is None or before <= row.mark.stamp
            self.marks[row.side, row.object_name] = row.mark.stamp

    @invariant()
    def nobody_is_made_twice(self) -> None:
        if hasattr(self, "world"):
            assert not invariants.duplicates(self.world)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        if sys.exc_info()[0] is None:
            _settle(self.world)
        self.world.close()


def _arm(world: World, fault: dict[str, Any]) -> None:
    """Let something go wrong in the next run."""
    bench, skip, records = world.benches[fault["side"]], fault["skip"], fault["records"]
    down = UnavailableError("no answer")
    match fault["kind"]:
        case "lost":
            lost = UnavailableError("no answer", maybe_done=True)
            bench.fail("after", lost, skip=skip, records=records)
        case "down":
            bench.fail("before", down, skip=skip)
        case "slow":
            bench.fail("before", RateLimitedError("slow down"), skip=skip)
        case "unread":
            bench.fail("before", down, skip=skip, on="fetch" if records else "peek")
        case "refuse":
            object_name = "contacts" if fault["side"] is Side.LEFT else "Lead"
            bench.refuse(object_name, skip + 1, fields=_blamed(fault))
        case "lock":
            bench.lock(skip + 1)
        case "killed":
            bench.fail("after" if records else "before", Killed(), skip=skip, records=records)


def _blamed(fault: dict[str, Any]) -> tuple[str, ...]:
    if fault["records"] is None:
        return ()
    return ("jobtitle",) if fault["side"] is Side.LEFT else ("Title",)


def _settle(world: World) -> None:
    """Let edits stop, and hold the two CRMs against what must be."""
    world.calm()
    world.clock.sleep(120)
    for _ in range(3):
        assert world.sync().whole
        world.clock.sleep(60)
    _check(world)
    _check_idle(world)
    # A day later every error is due and both sides are compared in full.
    world.clock.sleep(90_000)
    for _ in range(3):
        assert world.sync().whole
        world.clock.sleep(60)
    _check(world)
    assert not invariants.astray(world)
    injected = [one for one in world.store.findings.errors() if one.code == "REFUSED"]
    assert not injected, [one.message for one in injected]


def _check(world: World) -> None:
    assert not invariants.differing(world)
    assert not invariants.lost(world)
    assert not invariants.duplicates(world)
    assert not invariants.stranded(world)
    assert not [one for crm in world.watched.values() for one in crm.wasted]


def _check_idle(world: World) -> None:
    """A run with no edits writes nothing and asks each side once."""
    idle: Ended = world.sync()
    assert idle.whole
    assert idle.writes == 0
    if not world.store.findings.errors():
        assert idle.calls == {side: {"peek": 1} for side in Side}


TestTwoCrms = TwoCrms.TestCase
TestTwoCrms.settings = effort(40, steps=30)
