"""What is known of records, and how a run's sightings become it."""

from __future__ import annotations

import pytest

from sync.domain.record import Side
from sync.domain.store import Changes, LinkState, RecordState, SightingKind, TrackedRecord
from sync.state import SqlStore
from tests.integration.state.building import (
    MINUTE,
    NOW,
    PAIR,
    keep,
    left,
    link,
    right,
    sighting,
    tracked,
)

EMAIL = (0, "a" * 64)
NAME = (1, "b" * 64)


def known(store: SqlStore, number: int | str = 1) -> TrackedRecord:
    return store.records.get(PAIR, Side.LEFT, [left(number)])[left(number)]


def decide(store: SqlStore, *records: TrackedRecord) -> None:
    store.commit(Changes(records=[(PAIR, one) for one in records]), run=1, at=NOW)


def carriers(store: SqlStore, key: tuple[int, str] = EMAIL) -> list[str]:
    return [one.ref.id for one in store.records.by_keys(PAIR, [key]).get(key, ())]


# --- keeping what was staged --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "linked", "state"),
    [
        (SightingKind.NEW, False, RecordState.LEFT_OUT),
        (SightingKind.SAME, True, RecordState.LINKED),
        (SightingKind.CHANGED, True, RecordState.LINKED),
        (SightingKind.GONE, True, RecordState.GONE),
        (SightingKind.GONE, False, RecordState.GONE),
    ],
)
def test_record_seen_for_the_first_time_gets_its_state_from_the_sighting(
    store: SqlStore, kind: SightingKind, linked: bool, state: RecordState
) -> None:
    made = link(store) if linked else None
    keep(store, sighting(1, kind=kind, link_id=made, why="no create", included=False))
    assert known(store) == TrackedRecord(
        side=Side.LEFT,
        ref=left(1),
        stamp=NOW,
        created=NOW - MINUTE,
        state=state,
        included=False,
        why="no create",
    )


@pytest.mark.parametrize("state", list(RecordState))
def test_state_set_in_this_run_stays(store: SqlStore, state: RecordState) -> None:
    store.staging.add(PAIR, [sighting(1, stamp=NOW + MINUTE, why="by include")])
    decide(store, tracked(1, state, why="as decided"))
    store.staging.keep(PAIR)
    assert (known(store).state, known(store).why) == (state, "as decided")
    assert known(store).stamp == NOW + MINUTE


def test_state_set_in_this_run_stays_when_the_record_is_staged_again(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(1)])
    decide(store, tracked(1, RecordState.GONE))
    store.staging.add(PAIR, [sighting(1)])
    store.staging.keep(PAIR)
    assert known(store).state is RecordState.GONE


@pytest.mark.parametrize("state", [one for one in RecordState if one is not RecordState.GONE])
def test_state_of_an_earlier_run_stays_when_the_record_is_seen_again(
    store: SqlStore, state: RecordState
) -> None:
    decide(store, tracked(1, state))
    keep(store, sighting(1))
    assert known(store).state is state


def test_record_known_to_be_there_becomes_gone(store: SqlStore) -> None:
    decide(store, tracked(1, RecordState.LEFT_OUT))
    keep(store, sighting(1, kind=SightingKind.GONE))
    assert known(store).state is RecordState.GONE


def test_record_that_came_back_is_looked_at_like_a_new_one(store: SqlStore) -> None:
    decide(store, tracked(1, RecordState.GONE))
    keep(store, sighting(1, why="by include"))
    assert (known(store).state, known(store).why) == (RecordState.LEFT_OUT, "by include")


def test_reason_a_record_is_left_out_follows_the_rules(store: SqlStore) -> None:
    keep(store, sighting(1, why="by include"))
    keep(store, sighting(1, why="no create", included=False))
    assert (known(store).why, known(store).included) == ("no create", False)


def test_older_sighting_lowers_no_stamp(store: SqlStore) -> None:
    decide(store, tracked(1, RecordState.LINKED, stamp=NOW + MINUTE))
    keep(store, sighting(1))
    assert known(store).stamp == NOW + MINUTE


def test_keeping_one_pair_leaves_the_others_staged(store: SqlStore) -> None:
    store.staging.add("companies", [sighting(1)])
    keep(store, sighting(2))
    assert store.staging.of(PAIR, Side.LEFT, [left(2)]) == {}
    assert list(store.staging.of("companies", Side.LEFT, [left(1)])) == [left(1)]
    assert store.records.get("companies", Side.LEFT, [left(1)]) == {}


# --- keys ---------------------------------------------------------------------------------------


def test_keys_of_a_kept_record_are_replaced_by_those_staged(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(EMAIL,)))
    keep(store, sighting(1, keys=(NAME,)))
    assert store.records.of_refs_keys(PAIR, Side.LEFT, [left(1)]) == [NAME]
    assert store.records.of_refs_keys(PAIR, Side.LEFT, [left(2)]) == [EMAIL]


def test_kept_keys_are_given_whatever_was_staged_since(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)))
    store.staging.add(PAIR, [sighting(1, keys=(NAME,))])
    assert store.records.of_refs_keys(PAIR, Side.LEFT, [left(1)]) == [EMAIL]


def test_key_finds_kept_and_staged_records_of_both_sides(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)))
    store.staging.add(PAIR, [sighting(2, side=Side.RIGHT, keys=(EMAIL, NAME))])
    found = store.records.by_keys(PAIR, [EMAIL, NAME, (2, "c")])
    assert {key: [one.ref for one in ones] for key, ones in found.items()} == {
        EMAIL: [left(1), right(2)],
        NAME: [right(2)],
    }


def test_staged_record_counts_with_its_staged_keys_and_values_only(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)))
    store.staging.add(PAIR, [sighting(1, keys=(NAME,), stamp=NOW + MINUTE, included=False)])
    assert carriers(store) == []
    (one,) = store.records.by_keys(PAIR, [NAME])[NAME]
    assert (one.stamp, one.created, one.included) == (NOW + MINUTE, NOW - MINUTE, False)


def test_record_that_is_gone_carries_no_key(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(EMAIL,)))
    store.staging.add(PAIR, [sighting(1, kind=SightingKind.GONE, keys=(EMAIL,))])
    decide(store, tracked(2, RecordState.GONE))
    assert carriers(store) == []


def test_keys_of_another_pair_are_not_found(store: SqlStore) -> None:
    store.staging.add("companies", [sighting(1, keys=(EMAIL,))])
    store.staging.keep("companies")
    store.staging.add("companies", [sighting(2, keys=(EMAIL,))])
    assert carriers(store) == []


def test_more_keys_than_one_list_holds_are_all_found(store: SqlStore) -> None:
    wanted = [(0, f"{n:064x}") for n in range(1100)]
    keep(store, *(sighting(n, keys=(wanted[n],)) for n in range(1100)))
    assert len(store.records.by_keys(PAIR, wanted)) == 1100


# --- records whose group changed ----------------------------------------------------------------


def beside(store: SqlStore, *vacated: tuple[int, str]) -> list[str]:
    return sorted(one.id for one in store.records.beside_staged(PAIR, Side.LEFT, vacated))


def test_record_waits_beside_a_staged_one_that_shares_a_key(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(NAME,)))
    store.staging.add(PAIR, [sighting(3, side=Side.RIGHT, keys=(EMAIL,))])
    assert beside(store) == ["1"]


def test_record_waits_beside_a_staged_one_that_shared_a_key_before(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(EMAIL,)))
    store.staging.add(PAIR, [sighting(2, keys=(NAME,))])
    assert beside(store) == ["1"]


def test_record_waits_beside_a_link_that_changed_and_not_beside_one_that_did_not(
    store: SqlStore,
) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(NAME,)))
    changed, same = link(store, 3), link(store, 4)
    store.staging.add(
        PAIR,
        [
            sighting(3, kind=SightingKind.CHANGED, link_id=changed, keys=(EMAIL,)),
            sighting(4, kind=SightingKind.SAME, link_id=same, keys=(NAME,)),
        ],
    )
    assert beside(store) == ["1"]


def test_record_waits_beside_a_key_whose_record_is_gone(store: SqlStore) -> None:
    keep(store, sighting(1, keys=(EMAIL,)), sighting(2, keys=(NAME,)))
    assert beside(store, EMAIL) == ["1"]


def test_record_that_is_linked_staged_or_gone_does_not_wait(store: SqlStore) -> None:
    link(store, 1)
    keep(store, *(sighting(n, keys=(EMAIL,)) for n in range(1, 4)))
    decide(store, tracked(3, RecordState.GONE))
    store.staging.add(PAIR, [sighting(2, keys=(EMAIL,))])
    assert beside(store, EMAIL) == []


def test_record_whose_link_is_closed_waits(store: SqlStore) -> None:
    made = link(store, 1)
    store.commit(Changes(link_states=[(made, LinkState.CLOSED)]), run=1, at=NOW)
    keep(store, sighting(1, keys=(EMAIL,)))
    assert beside(store, EMAIL) == ["1"]


# --- reading ------------------------------------------------------------------------------------


def test_records_are_counted_from_a_stamp_on(store: SqlStore) -> None:
    keep(store, *(sighting(n, stamp=NOW + n * MINUTE) for n in range(5)))
    assert store.records.count_since(PAIR, Side.LEFT, "contacts", NOW + 2 * MINUTE) == 3
    assert store.records.count_since(PAIR, Side.RIGHT, "contacts", NOW) == 0


def test_tally_counts_by_side_state_and_reason(store: SqlStore) -> None:
    keep(store, sighting(1, why="by include"), sighting(2, why="by include"))
    decide(store, tracked(3, RecordState.LINKED, side=Side.RIGHT))
    assert store.records.tally(PAIR) == {
        (Side.LEFT, RecordState.LEFT_OUT, "by include"): 2,
        (Side.RIGHT, RecordState.LINKED, ""): 1,
    }


def test_iterating_gives_every_record_once_while_the_store_is_written_to(
    store: SqlStore,
) -> None:
    keep(store, *(sighting(f"{n:04}") for n in range(1300)))
    seen = []
    for part in store.records.iterate(PAIR, Side.LEFT, "contacts"):
        seen += [one.ref.id for one in part]
        decide(store, *(tracked(one.ref.id, RecordState.HELD) for one in part))
    assert seen == [f"{n:04}" for n in range(1300)]
    assert store.records.tally(PAIR) == {(Side.LEFT, RecordState.HELD, ""): 1300}
