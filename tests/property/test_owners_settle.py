"""Whoever comes and leaves meanwhile: once everybody is on both sides, every owner is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.record import Native, Side
from tests.contract.sandboxes import StandingClock
from tests.property.effort import effort
from tests.scenario.backends import MemoryBackend
from tests.scenario.opening import opened
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

_EMAILS = tuple(f"p{number}@example.com" for number in range(3))
_FIELDS = {HUBSPOT: ("contacts", "hubspot_owner_id"), SALESFORCE: ("Lead", "OwnerId")}
#: People are read anew after an hour.
_LATER = timedelta(hours=2)

_Act = Callable[["Story"], None]


class Story:
    """Two CRMs with people who come and leave, and a project between them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inbound = world.queue("Inbound", "Lead")
        self.staff: dict[tuple[Side, str], str] = {}
        self.absent: set[tuple[Side, str]] = set()
        self.people = 0

    def employ(self, side: Side, email: str, *, active: bool = True) -> None:
        """Take somebody in, send them away, or take them back."""
        known = self.staff.get((side, email), "")
        self.staff[side, email] = self.world.employ(side, email, active=active, id=known)
        (self.absent.discard if active else self.absent.add)((side, email))

    def owner(self, side: Side, place: int) -> Native:
        """Give somebody records can be given to."""
        able: list[Native] = [
            id
            for (at, email), id in self.staff.items()
            if at is side and (at, email) not in self.absent
        ]
        able.append(self.inbound if side is SALESFORCE else None)
        return able[place % len(able)]

    def name(self, id: Native) -> str | None:
        """Give who is behind an id."""
        return {id: email for (_, email), id in self.staff.items()}.get(id or "")


def _add(story: Story, *, side: Side, place: int) -> None:
    story.people += 1
    email = f"c{story.people}@example.com"
    values: dict[str, Native]
    if side is HUBSPOT:
        values = {"email": email, "lastname": "L"}
    else:
        values = {"Email": email, "LastName": "L", "Company": "C"}
    name, field = _FIELDS[side]
    story.world.add(side, name, **_texts({**values, field: story.owner(side, place)}))


def _edit(story: Story, *, side: Side, place: int) -> None:
    name, field = _FIELDS[side]
    ids = list(story.world.all(side, name))
    if ids:
        changed = _texts({field: story.owner(side, place // 3)})
        story.world.edit(side, name, ids[place % len(ids)], **changed)


def _texts(values: dict[str, Native]) -> dict[str, Any]:
    return dict(values)


def _come(story: Story, *, side: Side, place: int) -> None:
    story.employ(side, _EMAILS[place % len(_EMAILS)])


def _leave(story: Story, *, side: Side, place: int) -> None:
    email = _EMAILS[place % len(_EMAILS)]
    if (side, email) in story.staff:
        story.employ(side, email, active=False)


def _sync(story: Story, *, side: Side, place: int) -> None:
    del side
    if place % 2:
        story.world.pass_time(_LATER)
    result = story.world.sync(limit=place % 4 or None)
    assert result.error is None, result.error


def _kill(story: Story, *, side: Side, place: int) -> None:
    story.world.kill(side, before=bool(place % 2))
    with suppress(AssertionError):  # where nothing was to be written
        story.world.killed_sync()
    story.world.recover()


@st.composite
def _acts(draw: st.DrawFn) -> _Act:
    act = draw(st.sampled_from((_add, _add, _edit, _edit, _edit, _come, _leave, _sync, _kill)))
    side = draw(st.sampled_from(list(Side)))
    return partial(act, side=side, place=draw(st.integers(0, 11)))


@contextmanager
def _told(rules: str, first_sync: str) -> Iterator[Story]:
    clock = StandingClock()
    backend = MemoryBackend(clock)
    more = "create: {salesforce: {as: Lead}, hubspot: {}}"
    owner = f"owner: {{map: hubspot_owner_id <-> OwnerId, {rules}}}"
    company = 'company: {map: company -> Lead.Company, if_blank: "-"}'
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        objects = "Contact | Lead"
        with opened(backend, Path(folder), clock, patch) as world:
            world.use(people(owner, company, objects=objects, first_sync=first_sync, more=more))
            yield Story(world)
        backend.close()


@given(
    rules=st.sampled_from(
        [
            "wins: salesforce",
            "wins: hubspot, fallback: queue Inbound",
            "wins: newest, unsure: salesforce, fallback: p0@example.com",
        ]
    ),
    first_sync=st.sampled_from(["hubspot", "salesforce"]),
    acts=st.lists(_acts(), min_size=6, max_size=16),
)
@effort(6)
def test_owners_agree_in_the_end_and_nobody_is_listed(
    rules: str, first_sync: str, acts: list[_Act]
) -> None:
    with _told(rules, first_sync) as story:
        world = story.world
        for email in _EMAILS[:2]:
            story.employ(HUBSPOT, email)
        story.employ(SALESFORCE, _EMAILS[0])
        for act in acts:
            act(story)
        for side in Side:
            for email in _EMAILS:
                story.employ(side, email)
        for _ in range(2):
            world.pass_time(_LATER)
            assert world.sync().error is None

        assert [one.message for one in world.errors() if "queue Inbound" not in one.message] == []
        assert world.conflicts() == []
        _agree(story)
        world.settles()


def _agree(story: Story) -> None:
    """Show that linked records have one owner, where neither is a queue's or nobody's."""
    contacts, leads = (story.world.all(side, name) for side, (name, _) in _FIELDS.items())
    linked = {lead["HubSpot_Contact_Id__c"]: lead["OwnerId"] for lead in leads.values()}
    for id, contact in contacts.items():
        left, right = story.name(contact["hubspot_owner_id"]), story.name(linked[id])
        assert None in (left, right) or left == right
