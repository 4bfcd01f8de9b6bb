"""What a run costs, counted at the CRMs' own logs: calls and batches, never time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bench.people import MAPPING, definitions, people
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, Answer, at_work

pytestmark = pytest.mark.slow

_PEOPLE = 3_000
_IN_SALESFORCE = 2_000
_CHANGED = 1_000
_HUBSPOT_BATCH = 100
_HUBSPOT_PAGE = 200
_SALESFORCE_BATCH = 200

#: Longer than the overlap, so that nothing written before is read again.
_LATER = timedelta(minutes=20)

#: So wide that nothing stops the first run; the full comparison is not what is counted here.
_SETTINGS = "{guard: {changes: 100000, creates: 100000}, compare_every: 400d}\n"


@dataclass(frozen=True, slots=True)
class World:
    """Two CRMs that a first run brought together, what it cost, and the quiet run after it."""

    admin: Admin
    first: Answer
    quiet: Answer
    contacts: tuple[str, ...]
    leads: tuple[str, ...]

    def settle(self) -> None:
        """Let time pass and a run with it, so that nothing written before is read again."""
        self.admin.sandbox.clock.move(_LATER)
        assert self.admin.sync().exit == 0
        self.admin.sandbox.clock.move(_LATER)

    def edit_contacts(self, ids: tuple[str, ...], title: str) -> None:
        """Give contacts another job title, as a person does."""
        for id in ids:
            self.admin.sandbox.hubspot.edit("contacts", id, {"jobtitle": title})

    def edit_leads(self, ids: tuple[str, ...], title: str) -> None:
        """Give leads another job title, as a person does."""
        for id in ids:
            self.admin.sandbox.salesforce.edit("Lead", id, {"Title": title})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    seed = [*definitions(), *people(range(_PEOPLE), in_salesforce=range(_IN_SALESFORCE))]
    sandbox = Sandbox(seed)
    folder = tmp_path_factory.mktemp("cost") / "project"
    # The first so many of each are linked to each other.
    contacts = tuple(sandbox.hubspot.ids("contacts"))[:_IN_SALESFORCE]
    leads = tuple(sandbox.salesforce.database.table("Lead").rows)
    with at_work(folder, sandbox, mapping=MAPPING, settings=_SETTINGS) as admin:
        yield World(admin, admin.sync(), admin.sync(), contacts, leads)


def _fewest(records: int, size: int) -> int:
    return -(-records // size)


def test_first_sync_writes_the_fewest_batches(world: World) -> None:
    made = world.first.counts(System.SALESFORCE)["created"]
    assert 0 < made < _PEOPLE - _IN_SALESFORCE
    assert world.first.calls[System.HUBSPOT] == (
        3  # which account, which properties, and the newest page
        + _fewest(_PEOPLE, _HUBSPOT_BATCH)
        + _fewest(_IN_SALESFORCE + made, _HUBSPOT_BATCH)
    )


def test_quiet_run_after_a_large_one_does_not_read_it_again(world: World) -> None:
    assert world.first.saved > _CHANGED
    assert world.quiet.calls[System.HUBSPOT] <= 1
    assert world.quiet.calls[System.SALESFORCE] <= 2
    assert world.quiet.saved == 0


def test_quiet_run_later_on_makes_as_few_calls(world: World) -> None:
    world.settle()
    quiet = world.admin.sync()
    assert quiet.calls[System.HUBSPOT] <= 1
    assert quiet.calls[System.SALESFORCE] <= 2
    assert quiet.saved == 0


def test_changes_in_hubspot_are_written_in_full_salesforce_batches(world: World) -> None:
    world.settle()
    world.edit_contacts(world.contacts[:_CHANGED], "Head of sales")
    answer = world.admin.sync()
    assert answer.batches[System.SALESFORCE] == [_SALESFORCE_BATCH] * 5
    assert answer.batches[System.HUBSPOT] == []
    # The newest page, and all pages once it shows that there is more.
    assert answer.calls[System.HUBSPOT] <= 1 + _fewest(_CHANGED, _HUBSPOT_PAGE) + 1
    # A look at what changed there, one call that reads all records concerned, and the writes.
    assert answer.calls[System.SALESFORCE] <= 1 + 2 + 5


def test_changes_in_salesforce_are_written_in_full_hubspot_batches(world: World) -> None:
    world.settle()
    world.edit_leads(world.leads[:_CHANGED], "Head of purchase")
    answer = world.admin.sync()
    assert answer.batches[System.HUBSPOT] == [_HUBSPOT_BATCH] * 10
    assert answer.batches[System.SALESFORCE] == []
    assert answer.calls[System.HUBSPOT] <= 1 + _fewest(_CHANGED, _HUBSPOT_BATCH) + 10
    assert answer.calls[System.SALESFORCE] <= 2


def test_run_after_one_with_changes_takes_its_own_writes_for_no_news(world: World) -> None:
    world.settle()
    world.edit_contacts(world.contacts[:_CHANGED], "Head of support")
    assert world.admin.sync().saved == _CHANGED
    quiet = world.admin.sync()
    assert quiet.saved == 0
    assert quiet.calls[System.HUBSPOT] <= 1
    assert quiet.calls[System.SALESFORCE] <= 2


@pytest.mark.parametrize("settled", [True, False], ids=["window empty", "window full"])
def test_one_change_in_hubspot_costs_four_calls(world: World, settled: bool) -> None:
    if settled:
        world.settle()
    world.edit_contacts(world.contacts[-1:], f"One of a kind {settled}")
    answer = world.admin.sync()
    assert answer.batches[System.SALESFORCE] == [1]
    assert answer.calls[System.HUBSPOT] <= 1
    assert answer.calls[System.SALESFORCE] <= 3


@pytest.mark.parametrize("settled", [True, False], ids=["window empty", "window full"])
def test_one_change_in_salesforce_costs_four_calls(world: World, settled: bool) -> None:
    if settled:
        world.settle()
    world.edit_leads(world.leads[-1:], f"Second to none {settled}")
    answer = world.admin.sync()
    assert answer.batches[System.HUBSPOT] == [1]
    assert answer.calls[System.HUBSPOT] <= 3
    assert answer.calls[System.SALESFORCE] <= 1
