"""What a check of both sides says equals what is read off both CRMs, wherever a story stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from sync.domain.errors import UnavailableError
from sync.domain.record import Side
from sync.domain.store import LinkState
from sync.engine.checked import Check, Found
from sync.engine.verify import verify
from tests.property.loop_invariants import agree
from tests.property.loop_project import draw_rules
from tests.property.loop_steps import take_step
from tests.property.loop_story import settle
from tests.property.loop_world import LoopWorld

_STEPS = 60


@pytest.mark.parametrize("seed", range(4))
def test_check_says_what_both_crms_hold_in_the_middle_and_at_the_end(seed: int) -> None:
    world = LoopWorld(draw_rules(Random(f"verify:{seed} rules")))
    for number in range(_STEPS):
        take_step(world, Random(f"verify:{seed} {number}"))
    world.calm()
    _assert_true(world)
    settle(world)
    check = _assert_true(world)
    # All that is left apart has a reason by now.
    assert not [one for one in check.found() if one.difference.cause in ("differs", "late")]


def test_check_that_is_stopped_anywhere_ends_as_one_that_is_not() -> None:
    world = LoopWorld(draw_rules(Random("verify:stops rules")))
    for number in range(_STEPS):
        take_step(world, Random(f"verify:stops {number}"))
    world.calm()
    whole = verify(world.session(), anew=True)
    wanted, counts = _told(whole), {name: one.to_json() for name, one in whole.pairs.items()}

    check, stops = None, 0
    while check is None:
        session: Any = world.session()
        session.crms = {
            side: _Failing(crm, after=2) if side is Side.RIGHT else crm
            for side, crm in session.crms.items()
        }
        try:
            check = verify(session, anew=stops == 0)
        except UnavailableError:
            stops += 1
        assert stops < 100, "it never ends"

    assert stops > 2
    assert _told(check) == wanted
    assert {name: one.to_json() for name, one in check.pairs.items()} == counts


class _Failing:
    """A CRM that stops answering after so many readings."""

    def __init__(self, crm: Any, *, after: int) -> None:
        self._crm = crm
        self._left = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    def fetch(self, *asked: Any) -> Any:
        self._step()
        return self._crm.fetch(*asked)

    def read_stamps(self, *asked: Any) -> Any:
        self._step()
        return self._crm.read_stamps(*asked)

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise UnavailableError("no answer")


def _told(check: Check) -> Sequence[Found]:
    return sorted(check.found(), key=repr)


def _assert_true(world: LoopWorld) -> Check:
    """Hold a check against both CRMs as they are, read by nothing of ours."""
    before = [dict(world.rows(side, name)) for side in Side for name in sorted(world.objects(side))]
    check = verify(world.session(), anew=True)
    assert before == [
        dict(world.rows(side, name)) for side in Side for name in sorted(world.objects(side))
    ]
    found = {(one.pair, one.link_id, one.difference.name) for one in check.found()}
    for pair in world.pairs.values():
        counted: Counter[tuple[str, bool]] = Counter()
        links = {link.id: link for link in world.links(pair.name).values()}
        for link in links.values():
            if link.state is not LinkState.OPEN:
                continue
            if not all(world.lives(side, link.ref(side)) for side in Side):
                assert (pair.name, link.id, "") in found
                continue
            for rule in pair.rules:
                if not all(rule.native_name(side, link.ref(side).object_name) for side in Side):
                    continue
                if rule.refers is not None:
                    rule.refers.forget()
                same = agree(world, rule, link)
                counted[rule.name, same] += 1
                assert same is ((pair.name, link.id, rule.name) not in found), (rule.name, link)
        for name, told in check.pairs[pair.name].fields.items():
            assert told["agree"] == counted[name, True], name
            assert sum(told.values()) == counted[name, True] + counted[name, False], name
    return check
