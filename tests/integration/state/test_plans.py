"""Plans and their items."""

from __future__ import annotations

from collections.abc import Iterator

from sync.domain.plan import Item, ItemKind
from sync.domain.store import Plan, PlanState
from sync.state import SqlStore
from tests.integration.state.building import MINUTE, NOW, item


def test_plan_begins_as_a_draft(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    assert store.plans.get(plan) == Plan(
        id=plan, created=NOW, state=PlanState.DRAFT, fingerprint="abc", summary={}
    )


def test_items_come_back_in_the_order_they_were_added(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    given = [item(n) for n in range(1100)]
    store.plans.add(plan, given[:700])
    store.plans.add(plan, given[700:])
    assert list(store.plans.items(plan)) == given


def test_items_can_be_made_from_what_the_store_says_meanwhile(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)

    def make() -> Iterator[Item]:
        for number in range(600):
            if number % 100 == 0:
                store.runs.keep_note("last", str(number))
            yield item(number)

    store.plans.add(plan, make())
    assert len(list(store.plans.items(plan))) == 600


def test_items_come_by_pair_and_kind(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    merge, create = item(1), item(2, kind=ItemKind.CREATE)
    other = item(3, pair="companies")
    store.plans.add(plan, [merge, create, other])
    assert list(store.plans.items(plan, pair="companies")) == [other]
    assert list(store.plans.items(plan, kinds=[ItemKind.MERGE])) == [merge, other]
    both = [ItemKind.CREATE, ItemKind.LINK]
    assert list(store.plans.items(plan, pair="contacts", kinds=both)) == [create]


def test_items_of_another_plan_stay_apart(store: SqlStore) -> None:
    first, second = store.plans.open("abc", NOW), store.plans.open("abc", NOW)
    store.plans.add(first, [item(1)])
    assert list(store.plans.items(second)) == []


def test_items_can_be_read_while_the_store_is_written_to(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    store.plans.add(plan, [item(n) for n in range(510)])
    count = 0
    for _ in store.plans.items(plan):
        if count % 100 == 0:
            store.runs.keep_note("applied", str(count))
        count += 1
    assert count == 510


def test_identities_are_those_of_the_items(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    store.plans.add(plan, [item(1), item(2)])
    assert store.plans.identities(plan) == {item(1).identity, item(2).identity}


def test_newest_plan_is_found_by_how_it_stands(store: SqlStore) -> None:
    kept, draft = store.plans.open("abc", NOW), store.plans.open("abc", NOW + MINUTE)
    store.plans.mark(kept, PlanState.KEPT, {"creates": 3})
    newest = store.plans.newest()
    assert newest is not None
    assert newest.id == draft
    found = store.plans.newest(PlanState.KEPT, PlanState.APPROVED)
    assert found is not None
    assert (found.id, found.state, found.summary) == (kept, PlanState.KEPT, {"creates": 3})
    assert store.plans.newest(PlanState.SPENT) is None


def test_marking_without_a_summary_keeps_the_one_it_has(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    store.plans.mark(plan, PlanState.KEPT, {"creates": 3})
    store.plans.mark(plan, PlanState.APPROVED)
    found = store.plans.get(plan)
    assert found is not None
    assert (found.state, found.summary) == (PlanState.APPROVED, {"creates": 3})


def test_dropped_plan_is_gone_and_its_id_is_not_used_again(store: SqlStore) -> None:
    plan = store.plans.open("abc", NOW)
    store.plans.add(plan, [item(1)])
    store.plans.drop(plan)
    assert store.plans.get(plan) is None
    assert list(store.plans.items(plan)) == []
    assert store.plans.open("abc", NOW) > plan


def test_old_plans_are_forgotten_with_their_items(store: SqlStore) -> None:
    old, fresh = store.plans.open("abc", NOW - MINUTE), store.plans.open("abc", NOW)
    for plan in (old, fresh):
        store.plans.add(plan, [item(1), item(2)])
    store.plans.forget(before=NOW)
    assert store.plans.get(old) is None
    assert list(store.plans.items(old)) == []
    assert len(list(store.plans.items(fresh))) == 2


def test_only_plans_that_stand_so_are_forgotten(store: SqlStore) -> None:
    plans = {state: store.plans.open("abc", NOW) for state in PlanState}
    for state, plan in plans.items():
        store.plans.mark(plan, state)
    store.plans.forget(PlanState.SPENT, PlanState.DRAFT, before=NOW + MINUTE)
    left = {state for state, plan in plans.items() if store.plans.get(plan) is not None}
    assert left == set(PlanState) - {PlanState.SPENT, PlanState.DRAFT}
