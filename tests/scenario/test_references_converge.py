"""Whatever is done to people and companies, and wherever a run is cut off: references converge."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from sync.domain.record import RecordRef, Side
from tests.scenario.backends import Fault
from tests.scenario.test_references import (
    COMPANY,
    CREATES,
    PERSON,
    add_firm,
    add_person,
    use,
)
from tests.scenario.world import HUBSPOT, SALESFORCE, World

_DOMAINS = tuple(f"firm{number}.example" for number in range(4))
_EMAILS = tuple(f"person{number}@example.com" for number in range(3))
_KEYS = {
    "companies": "domain",
    "Account": "Website",
    "contacts": "email",
    "Contact": "Email",
}


class Mischief:
    """Does one thing after the other to a world, the same for the same seed."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = random.Random(seed)
        self.done: list[str] = []

    def set_up(self) -> str:
        """Choose the rules of the reference; give what a blank does."""
        blank = self._random.choice(["keep", "clear", "fill"])
        wins = self._random.choice(["hubspot", "salesforce"])
        creates = CREATES if self._random.random() < 0.6 else ""
        use(self._world, rules=f"blank: {blank}, wins: {wins}", of_companies=creates)
        return blank

    def play(self) -> None:
        """Do a dozen things or fewer."""
        deeds: list[Callable[[Side], None]] = [
            self._found,
            self._meet,
            *[self._refer] * 3,
            self._parent,
            self._leave,
            *[self._sync] * 3,
            self._kill,
            self._fail,
        ]
        for _ in range(self._random.randint(4, 14)):
            side, deed = self._random.choice(list(Side)), self._random.choice(deeds)
            self.done.append(f"{deed.__name__} {side}")
            deed(side)

    def records(self, side: Side, name: str) -> dict[str, str]:
        """Give the records of an object by what they are matched by."""
        found = self._world.all(side, name).items()
        return {key: id for id, values in found if (key := values[_KEYS[name]])}

    def _any(self, side: Side, name: str) -> str | None:
        found = self.records(side, name)
        return self._random.choice(sorted(found.values())) if found else None

    def _found(self, side: Side) -> None:
        domain = self._random.choice(_DOMAINS)
        if domain not in self.records(side, COMPANY[side]):
            add_firm(self._world, side, domain)

    def _meet(self, side: Side) -> None:
        email = self._random.choice(_EMAILS)
        if email not in self.records(side, PERSON[side]):
            add_person(self._world, side, email)

    def _refer(self, side: Side) -> None:
        person, company = self._any(side, PERSON[side]), self._any(side, COMPANY[side])
        if person and company:
            self._world.refer(side, PERSON[side], person, company)

    def _parent(self, side: Side) -> None:
        firms = self.records(side, COMPANY[side])
        if len(firms) > 1:
            # The later in the alphabet stands above the earlier, so that nobody stands above
            # themselves.
            below, above = sorted(self._random.sample(sorted(firms), 2))
            self._world.refer(side, COMPANY[side], firms[below], firms[above])

    def _leave(self, side: Side) -> None:
        person = self._any(side, PERSON[side])
        if person and self._world.named(side, PERSON[side], person):
            self._world.refer(side, PERSON[side], person, None)

    def _sync(self, side: Side) -> None:
        self._world.sync(full=self._random.random() < 0.4)

    def _kill(self, side: Side) -> None:
        spared = self._random.randrange(3)
        self._world.kill(side, before=self._random.random() < 0.5, spared=spared)
        try:
            self._world.killed_sync()
        except AssertionError:
            self.done.append("(not killed)")
        self._world.recover()

    def _fail(self, side: Side) -> None:
        fault = self._random.choice([Fault.TOO_MANY, Fault.DOWN])
        self._world.fail_write(side, fault, times=20)
        self._world.sync()
        self._world.recover()


def counterpart(world: World, side: Side, company: str | None) -> str | None:
    """Give a company's id on the other side, None where it has none."""
    if company is None:
        return None
    with world.workshop() as workshop:
        refs = [RecordRef(COMPANY[side], company)]
        links = workshop.store.links.of("companies", side, refs)
    return next(iter(links.values())).ref(side.other).id if links else None


@pytest.mark.parametrize("seed", range(5))
def test_references_converge_whatever_happens(world: World, seed: int) -> None:
    mischief = Mischief(world, seed)
    blank = mischief.set_up()
    mischief.play()
    for _ in range(3):
        world.pass_time(timedelta(minutes=30))
        assert world.sync(full=True).exit == 0, (mischief.done, world.errors(), world.conflicts())

    world.settles()
    for objects in (PERSON, COMPANY):
        left = mischief.records(HUBSPOT, objects[HUBSPOT])
        right = mischief.records(SALESFORCE, objects[SALESFORCE])
        for key in left.keys() & right.keys():
            ours = world.named(HUBSPOT, objects[HUBSPOT], left[key])
            theirs = world.named(SALESFORCE, objects[SALESFORCE], right[key])
            known = counterpart(world, HUBSPOT, ours)
            if known is None or theirs is None or known == theirs:
                continue
            # They may stand apart only where one side names a company that is on no other side.
            assert counterpart(world, SALESFORCE, theirs) is None, (mischief.done, key, blank)
