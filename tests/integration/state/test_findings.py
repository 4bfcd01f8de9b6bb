"""Held items and error items: opened once, updated, closed, tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from sync.domain.record import Side
from sync.domain.store import Changes, Committed, Conflict, ConflictKind, ErrorItem, NewLink
from sync.state import SqlStore
from sync.state.tables import conflicts
from tests.integration.state.building import (
    MINUTE,
    NOW,
    PAIR,
    failed,
    held,
    left,
    link,
    right,
)

HOUR = timedelta(hours=1)


def found(store: SqlStore, *, run: int = 1, at: timedelta = timedelta(), **lists: Any) -> Committed:
    return store.commit(Changes(**lists), run=run, at=NOW + at)


def test_held_item_comes_back_as_it_was_given(store: SqlStore) -> None:
    made = link(store)
    assert found(store, run=3, conflicts=[held(made, left="1", right="2")]).conflicts == 1
    (one,) = store.findings.conflicts()
    assert one == Conflict(
        id=one.id,
        pair=PAIR,
        kind=ConflictKind.FIELD,
        records=((Side.LEFT, left(1)), (Side.RIGHT, right(1))),
        link_id=made,
        field="phone",
        left="1",
        right="2",
        reason="both edited",
        proposal="take left",
        opened_run=3,
        opened_at=NOW,
    )


def test_item_held_again_is_updated_and_not_new(store: SqlStore) -> None:
    made = link(store)
    found(store, run=3, conflicts=[held(made, left="1")])
    assert found(store, run=4, conflicts=[held(made, left="9")]).conflicts == 0
    assert [(one.left, one.opened_run) for one in store.findings.conflicts()] == [("9", 3)]


def test_held_fields_of_one_link_are_items_of_their_own(store: SqlStore) -> None:
    made = link(store)
    both = [held(made, "phone"), held(made, "city")]
    assert found(store, conflicts=both).conflicts == 2
    assert store.findings.open_fields([made, made + 1]) == {(made, "phone"), (made, "city")}


def test_item_found_twice_in_one_batch_is_opened_once(store: SqlStore) -> None:
    made = link(store)
    assert found(store, conflicts=[held(made), held(made)]).conflicts == 1
    assert found(store, errors=[failed(), failed()]).errors == 1


def test_group_is_one_item_whatever_its_records(store: SqlStore) -> None:
    assert found(store, conflicts=[held(None, group="g1")]).conflicts == 1
    assert found(store, conflicts=[held(5, group="g1")]).conflicts == 0
    assert found(store, conflicts=[held(None, group="g2")]).conflicts == 1


def test_held_group_holds_no_field(store: SqlStore) -> None:
    made = link(store)
    found(store, conflicts=[held(made, group="g1")])
    assert store.findings.open_fields([made]) == set()


def test_settled_field_closes_its_items_and_no_others(store: SqlStore) -> None:
    made = link(store)
    found(
        store,
        conflicts=[held(made, "phone"), held(made, "city")],
        errors=[failed(1, field="phone", link_id=made), failed(1, field="city", link_id=made)],
    )
    found(store, settled_fields=[(made, "phone")])
    assert [one.field for one in store.findings.conflicts()] == ["city"]
    assert [one.field for one in store.findings.errors()] == ["city"]


def test_settling_without_a_field_closes_what_is_about_the_link(store: SqlStore) -> None:
    made = link(store)
    found(store, errors=[failed(field="", link_id=made), failed(field="city", link_id=made)])
    found(store, settled_fields=[(made, "")])
    assert [one.field for one in store.findings.errors()] == ["city"]


def test_settled_group_is_closed(store: SqlStore) -> None:
    found(store, conflicts=[held(None, group="g1"), held(None, group="g2")])
    found(store, settled_groups=[(PAIR, "g1"), ("companies", "g2")])
    assert store.findings.count() == (1, 0)


def test_item_settled_twice_keeps_the_run_that_closed_it(store: SqlStore) -> None:
    made = link(store)
    found(store, conflicts=[held(made)])
    found(store, run=2, settled_fields=[(made, "phone")])
    found(store, run=3, settled_fields=[(made, "phone")])
    with store._database.read() as connection:
        assert connection.execute(sa.select(conflicts.c.closed_run)).scalars().all() == [2]


def test_item_settled_and_found_again_is_new(store: SqlStore) -> None:
    made = link(store)
    found(store, conflicts=[held(made)])
    found(store, settled_fields=[(made, "phone")])
    assert found(store, conflicts=[held(made)]).conflicts == 1
    assert store.findings.count() == (1, 0)


def test_item_settled_and_found_in_one_batch_is_open(store: SqlStore) -> None:
    made = link(store)
    found(store, conflicts=[held(made)])
    found(store, settled_fields=[(made, "phone")], conflicts=[held(made)])
    assert store.findings.count() == (1, 0)


def test_settled_record_closes_errors_at_it_and_of_creates_from_it(store: SqlStore) -> None:
    found(store, errors=[failed(1), failed(2, creating=True), failed(3)])
    found(store, settled_records=[(PAIR, Side.RIGHT, right(1)), (PAIR, Side.LEFT, left(2))])
    assert [one.ref for one in store.findings.errors()] == [right(3)]


def test_settled_origin_leaves_the_errors_of_the_record_written_to(store: SqlStore) -> None:
    found(store, errors=[failed(1)])
    found(store, settled_records=[(PAIR, Side.LEFT, left(1))])
    assert store.findings.count() == (0, 1)


def test_token_of_a_new_link_names_the_item(store: SqlStore) -> None:
    new = NewLink(token=-1, pair=PAIR, left=left(1), right=right(1))
    made = found(store, links=[new], conflicts=[held(-1)], errors=[failed(link_id=-1)]).link_ids[-1]
    assert store.findings.open_fields([made]) == {(made, "phone")}
    assert [one.link_id for one in store.findings.errors()] == [made]


def test_error_item_comes_back_as_it_was_given(store: SqlStore) -> None:
    assert found(store, run=3, errors=[failed(1, link_id=8)]).errors == 1
    (one,) = store.findings.errors()
    assert one == ErrorItem(
        id=one.id,
        pair=PAIR,
        side=Side.RIGHT,
        ref=right(1),
        origin=left(1),
        link_id=8,
        field="phone",
        category="validation",
        code="INVALID",
        message="the value is too long",
        fix="shorten it",
        attempts=1,
        opened_run=3,
        opened_at=NOW,
        next_try=NOW + timedelta(minutes=15),
    )


def test_record_that_fails_for_another_cause_is_no_new_item(store: SqlStore) -> None:
    found(store, errors=[failed(code="INVALID")])
    assert found(store, errors=[failed(code="LOCKED")]).errors == 0
    assert [(one.code, one.attempts) for one in store.findings.errors()] == [("LOCKED", 2)]


def test_failed_create_is_known_by_the_record_it_is_made_from(store: SqlStore) -> None:
    assert found(store, errors=[failed(1, creating=True), failed(2, creating=True)]).errors == 2
    assert found(store, errors=[failed(1, creating=True)]).errors == 0


def test_waits_between_tries_grow_to_a_day(store: SqlStore) -> None:
    waits = []
    for _ in range(7):
        found(store, errors=[failed()])
        wait = timedelta()
        while not store.findings.due(PAIR, NOW + wait):
            wait += 15 * MINUTE
        waits.append(wait)
    assert waits == [15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR]


def test_only_open_errors_of_the_pair_are_due(store: SqlStore) -> None:
    found(store, errors=[failed(1), failed(2)])
    found(store, settled_records=[(PAIR, Side.RIGHT, right(1))])
    assert [one.ref for one in store.findings.due(PAIR, NOW + HOUR)] == [right(2)]
    assert store.findings.due("companies", NOW + HOUR) == []


def test_items_are_given_by_pair(store: SqlStore) -> None:
    found(store, conflicts=[held(None, group="g1")], errors=[failed()])
    assert len(store.findings.conflicts(PAIR)) == len(store.findings.errors(PAIR)) == 1
    assert not store.findings.conflicts("companies")
    assert not store.findings.errors("companies")
