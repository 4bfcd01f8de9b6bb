"""People, automations, faults and kills in any order: two CRMs stay one consistent record."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from connectors.memory import Killed
from sync.domain.errors import RateLimitedError, UnavailableError
from sync.domain.plan import Item
from sync.domain.record import Native, Side
from tests.property import invariants
from tests.property.effort import effort
from tests.property.project import VALUES, Lines, Variant, lines, variants
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
        "step": draw(st.integers(0, 90)) if kind == "doomed" else 0,
    }


class TwoCrms(RuleBasedStateMachine):
    """Whatever happens between two CRMs, what must hold does."""

    world: World
    marks: dict[tuple[Side, str], Any]

    @initialize(data=st.data(), variant=variants(), people=st.integers(2, 5), linked=st.booleans())
    def begin(self, data: Any, variant: Variant, people: int, linked: bool) -> None:
        self.world = World(variant)
        self.marks = {}
        for _ in range(people):
            self._add(data)
        if linked:
            self.sync(full=False)

    def _add(self, data: Any) -> None:
        side, lead = data.draw(_SIDES), data.draw(st.booleans())
        object_name = "contacts" if side is Side.LEFT else "Lead" if lead else "Contact"
        self.world.add(side, object_name, data.draw(_new_values(side)))

    # --- what people do ---------------------------------------------------------------------

    @rule(data=st.data())
    def add(self, data: Any) -> None:
        if len(self.world.ledger.entered) < 10:
            self._add(data)

    @rule(data=st.data(), times=st.integers(1, 4), late=st.booleans())
    def edit(self, data: Any, times: int, late: bool) -> None:
        for _ in range(times):
            side = data.draw(_SIDES)
            if records := self.world.records(side):
                ref = records[data.draw(_PLACES) % len(records)]
                name = data.draw(st.sampled_from(sorted(VALUES)))
                value = data.draw(st.sampled_from(VALUES[name][side]))
                self.world.edit(side, ref, {name: value})
                if late and side is Side.LEFT:
                    until = self.world.clock.now + timedelta(seconds=60)
                    self.world.benches[side].hide([ref.id], until=until)

    @rule(data=st.data(), times=st.integers(1, 3), pause=st.sampled_from([0, 2, 30]))
    def edit_both(self, data: Any, times: int, pause: int) -> None:
        if not (links := self.world.open_links()):
            return
        for _ in range(times):
            link = links[data.draw(_PLACES) % len(links)]
            name = data.draw(st.sampled_from(sorted(VALUES)))
            first = data.draw(_SIDES)
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

    @rule(lines=lines())
    def change_the_mapping(self, lines: Lines) -> None:
        self.world.turn(lines)

    # --- what the sync does -----------------------------------------------------------------

    @rule(full=st.booleans())
    def sync(self, full: bool) -> None:
        assert self.world.sync(full=full).whole
        self._look()

    @rule(fault=_faults())
    def sync_again_through(self, fault: dict[str, Any]) -> None:
        self.sync_through(fault)

    @rule(fault=_faults())
    def sync_through(self, fault: dict[str, Any]) -> None:
        _arm(self.world, fault)
        doomed_at = fault["step"] if fault["kind"] == "doomed" else None
        self.world.sync(doomed_at=doomed_at)
        self.world.calm()
        self._look()

    @rule()
    def plan(self) -> None:
        for item in self.world.plan():
            assert Item.from_json(item.to_json()) == item

    @rule(again=st.sampled_from([True, False, False]))
    def settle(self, again: bool) -> None:
        if again:
            _settle(self.world)
            self._look()

    def _look(self) -> None:
        """Check what must hold even while edits and runs go on."""
        for row in self.world.store.queries.watermarks():
            before = self.marks.get((row.side, row.object_name))
            assert before is None or before <= row.mark.stamp, "a watermark moved back"
            self.marks[row.side, row.object_name] = row.mark.stamp
        assert not (found := invariants.duplicates(self.world)), found

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        if sys.exc_info()[0] is None:
            _settle(self.world)
            _settle_for_good(self.world)


def _arm(world: World, fault: dict[str, Any]) -> None:
    """Let something go wrong in the next run."""
    note(f"> in the next run: {fault}")
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
    _come_to_rest(world)
    _check(world, compared=False)


def _settle_for_good(world: World) -> None:
    """A day later every error is due and both sides are compared in full."""
    world.clock.sleep(90_000)
    _come_to_rest(world)
    _check(world, compared=True)
    assert not (found := invariants.astray(world)), found
    assert not (found := invariants.stale(world)), found
    injected = [one for one in world.store.findings.errors() if one.code == "REFUSED"]
    assert not injected, [one.message for one in injected]


def _come_to_rest(world: World) -> None:
    """Run until a run writes nothing: the first that sees all edits, and two more at most."""
    for number in range(4):
        run = world.sync()
        assert run.whole
        if number and not run.writes:
            break
        world.clock.sleep(60)
    assert not run.writes, run
    # Errors are tried again when they are due, and records that wait without a link are looked
    # at again. Where there are none, and the window that is read twice is empty, one look is all.
    if not (world.store.findings.errors() or world.loose()):
        world.clock.sleep(1200)
        run = world.sync()
        assert not run.writes, run
        assert _reads(run) == {side: {"peek": 1} for side in Side}, run.calls


def _reads(run: Ended) -> dict[Side, dict[str, int]]:
    """Give the calls of a run; whose account it is is asked once an hour."""
    return {
        side: {name: count for name, count in calls.items() if name != "account"}
        for side, calls in run.calls.items()
    }


def _check(world: World, *, compared: bool) -> None:
    broken = {
        "I1": invariants.differing(world),
        "I2": invariants.lost(world),
        "I3": invariants.duplicates(world),
        "I4": [one for crm in world.watched.values() for one in crm.wasted],
        "I5": invariants.stranded(world, compared=compared),
    }
    assert not any(broken.values()), broken


TestTwoCrms = TwoCrms.TestCase
TestTwoCrms.settings = effort(25, steps=30)
