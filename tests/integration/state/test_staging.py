"""What a run pulled, until it is applied."""

from __future__ import annotations

from dataclasses import replace

from sync.domain.record import Record, Side
from sync.domain.store import Changes, RecordState, Sighting, SightingKind
from sync.state import SqlStore
from tests.integration.state.building import (
    MINUTE,
    NOW,
    PAIR,
    left,
    right,
    sighting,
    tracked,
)


def unlinked(store: SqlStore, *, size: int = 10) -> list[tuple[Side, str]]:
    return [
        (one.side, one.record.ref.id)
        for part in store.staging.unlinked(PAIR, size=size)
        for one in part
    ]


def test_sighting_comes_back_as_it_was_given(store: SqlStore) -> None:
    given = Sighting(
        side=Side.RIGHT,
        record=Record(
            ref=right(1),
            fields={"email": "ä@example.com", "phone": None},
            stamp=NOW.replace(microsecond=123456),
            created=None,
            gone=True,
            frozen=True,
            successor=right(2),
            editor="005",
            aliases=("8", "9"),
        ),
        kind=SightingKind.CHANGED,
        link_id=4,
        included=False,
        why="by include",
        keys=((0, "a"), (1, "b")),
        counterpart="77",
    )
    store.staging.add(PAIR, [given])
    assert store.staging.of(PAIR, Side.RIGHT, [right(1), right(2)]) == {right(1): given}
    assert store.staging.of_links(PAIR, [3, 4]) == {(4, Side.RIGHT): given}


def test_record_staged_again_is_replaced_with_its_keys(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(1, keys=((0, "a"),))])
    again = sighting(1, kind=SightingKind.CHANGED, link_id=3, keys=((0, "b"),))
    store.staging.add(PAIR, [again])
    assert store.staging.of(PAIR, Side.LEFT, [left(1)]) == {left(1): again}
    assert list(store.records.by_keys(PAIR, [(0, "a"), (0, "b")])) == [(0, "b")]


def test_last_of_two_sightings_in_one_page_counts(store: SqlStore) -> None:
    newer = sighting(1, stamp=NOW + MINUTE)
    store.staging.add(PAIR, [sighting(1, keys=((0, "a"),)), newer])
    assert store.staging.of(PAIR, Side.LEFT, [left(1)]) == {left(1): newer}


def test_key_given_twice_counts_once(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(1, keys=((0, "a"), (0, "a")))])
    assert len(store.records.by_keys(PAIR, [(0, "a")])[0, "a"]) == 1


def test_empty_page_stages_nothing(store: SqlStore) -> None:
    store.staging.add(PAIR, [])
    assert store.queries.sizes()["staged"] == 0


def test_clearing_forgets_all_pairs_with_their_keys(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(1, keys=((0, "a"),))])
    store.staging.add("companies", [sighting(2)])
    store.staging.clear()
    sizes = store.queries.sizes()
    assert (sizes["staged"], sizes["staged_keys"]) == (0, 0)


def test_links_with_a_changed_or_gone_record_come_once_and_ascending(store: SqlStore) -> None:
    kinds = [SightingKind.CHANGED, SightingKind.GONE, SightingKind.SAME]
    store.staging.add(
        PAIR,
        [
            sighting(n, side=side, kind=kinds[n % 3], link_id=20 - n)
            for n in range(12)
            for side in Side
        ],
    )
    parts = list(store.staging.changed_links(PAIR, size=3))
    assert parts == [[10, 11, 13], [14, 16, 17], [19, 20]]


def test_gone_record_without_a_link_names_no_link(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(1, kind=SightingKind.GONE)])
    assert list(store.staging.changed_links(PAIR, size=3)) == []


def test_unlinked_new_records_come_by_side_object_and_id(store: SqlStore) -> None:
    store.staging.add(
        PAIR,
        [
            sighting("10"),
            sighting("9"),
            sighting("1", side=Side.RIGHT),
            sighting("2", kind=SightingKind.CHANGED, link_id=1),
            sighting("3", link_id=2),
            sighting("4", kind=SightingKind.GONE),
        ],
    )
    assert unlinked(store) == [(Side.LEFT, "10"), (Side.LEFT, "9"), (Side.RIGHT, "0031")]


def test_page_size_changes_nothing(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(n, side=side) for n in range(7) for side in Side])
    assert unlinked(store, size=1) == unlinked(store, size=3) == unlinked(store, size=100)


def test_unlinked_records_all_come_while_the_store_is_written_to(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(n) for n in range(9)])
    seen = []
    for part in store.staging.unlinked(PAIR, size=2):
        seen += [one.record.ref.id for one in part]
        store.staging.add(PAIR, [replace(one, kind=SightingKind.SAME, link_id=1) for one in part])
        decided = [(PAIR, tracked(one.record.ref.id, RecordState.LINKED)) for one in part]
        store.commit(Changes(records=decided), run=1, at=NOW)
    assert seen == [str(n) for n in range(9)]


def test_counterpart_is_found_in_any_pair(store: SqlStore) -> None:
    assert store.staging.any_counterpart() is None
    store.staging.add(PAIR, [sighting(1)])
    assert store.staging.any_counterpart() is None
    store.staging.add("companies", [sighting(2, side=Side.RIGHT, counterpart="77")])
    assert store.staging.any_counterpart() == (Side.RIGHT, right(2))


def test_more_records_than_one_list_holds_are_all_found(store: SqlStore) -> None:
    store.staging.add(PAIR, [sighting(n, link_id=n + 1) for n in range(1100)])
    assert len(store.staging.of(PAIR, Side.LEFT, [left(n) for n in range(1100)])) == 1100
    assert len(store.staging.of_links(PAIR, range(1, 1101))) == 1100
