"""Which mapping line carried each field of each link last."""

from __future__ import annotations

from collections.abc import Mapping

from sync.domain.store import Changes, LinkState, Outdated, SightingKind
from sync.state import SqlStore
from tests.integration.state.building import NOW, PAIR, link, sighting


def turn(store: SqlStore, **lines: str) -> None:
    store.lines.turn_to(PAIR, lines)


def outdated(store: SqlStore, link_id: int) -> Mapping[str, Outdated]:
    return store.lines.outdated([link_id]).get(link_id, {})


def carry(store: SqlStore, link_id: int, name: str) -> None:
    store.commit(Changes(carried=[(link_id, name)]), run=1, at=NOW)


def waiting(store: SqlStore) -> list[int]:
    pages = store.staging.changed_links(PAIR, size=2, outdated=True)
    return [id for page in pages for id in page]


def test_links_made_under_the_present_lines_wait_for_nothing(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    turn(store, title="a")
    assert outdated(store, made) == {}
    assert store.lines.of(PAIR) == {"title": "a"}


def test_new_and_changed_lines_put_all_links_out_of_date(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    link(store, 1, pair="companies")
    turn(store, title="b", city="c")
    assert outdated(store, made) == {"title": Outdated("a", True), "city": Outdated("", True)}
    assert store.lines.waiting(PAIR) == {"title": 1, "city": 1}
    assert waiting(store) == [made]


def test_line_changed_back_forgets_what_was_not_carried_meanwhile(store: SqlStore) -> None:
    turn(store, title="a")
    one, two = link(store, 1), link(store, 2)
    turn(store, title="b")
    carry(store, one, "title")
    turn(store, title="a")
    assert outdated(store, one) == {"title": Outdated("b", True)}
    assert outdated(store, two) == {}


def test_second_change_keeps_the_line_that_carried_last(store: SqlStore) -> None:
    turn(store, title="a")
    one, two = link(store, 1), link(store, 2)
    turn(store, title="b")
    carry(store, one, "title")
    turn(store, title="c")
    assert outdated(store, one)["title"].was == "b"
    assert outdated(store, two)["title"].was == "a"


def test_line_taken_out_and_put_back_is_a_new_one(store: SqlStore) -> None:
    turn(store, title="a", city="c")
    made = link(store, 1)
    turn(store, city="c")
    assert outdated(store, made) == {}
    turn(store, title="a", city="c")
    assert outdated(store, made) == {"title": Outdated("", True)}


def test_paused_field_keeps_its_line_and_is_looked_at_when_it_returns(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    store.lines.turn_to(PAIR, {}, paused={"title"})
    assert outdated(store, made) == {}
    assert store.lines.of(PAIR) == {"title": "a"}
    turn(store, title="a")
    assert outdated(store, made) == {"title": Outdated(Outdated.RETURNED, True)}
    turn(store, title="a")
    assert waiting(store) == [made], "a run that was cut off did not look at it yet"


def test_field_paused_in_the_middle_of_a_backfill_waits_again_when_it_is_back(
    store: SqlStore,
) -> None:
    turn(store, title="a")
    made = link(store, 1)
    turn(store, title="b")
    store.lines.turn_to(PAIR, {}, paused={"title"})
    assert waiting(store) == []
    turn(store, title="b")
    assert outdated(store, made) == {"title": Outdated("a", True)}


def test_line_changed_after_a_pause_is_a_changed_one(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    store.lines.turn_to(PAIR, {}, paused={"title"})
    turn(store, title="a")
    turn(store, title="b")
    assert outdated(store, made) == {"title": Outdated("a", True)}


def test_field_never_seen_cannot_be_paused(store: SqlStore) -> None:
    store.lines.turn_to(PAIR, {}, paused={"title"})
    assert store.lines.of(PAIR) == {}


def test_what_was_put_off_waits_no_more_until_the_line_changes_again(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    turn(store, title="b")
    store.commit(Changes(put_off=[(made, "title")]), run=1, at=NOW)
    assert outdated(store, made) == {"title": Outdated("a", False)}
    assert waiting(store) == []
    turn(store, title="c")
    assert outdated(store, made) == {"title": Outdated("a", True)}


def test_only_open_links_are_looked_at_by_themselves(store: SqlStore) -> None:
    turn(store, title="a")
    made = [link(store, number) for number in range(1, 5)]
    for one, state in zip(made, LinkState, strict=True):
        store.commit(Changes(link_states=[(one, state)]), run=1, at=NOW)
    turn(store, title="b")
    # The others stand by the old line, too, for when they are opened again.
    assert [one for one in made if outdated(store, one)] == made
    assert waiting(store) == [made[0]]


def test_link_that_closes_while_it_waits_is_not_looked_at(store: SqlStore) -> None:
    turn(store, title="a")
    made = link(store, 1)
    turn(store, title="b")
    store.commit(Changes(link_states=[(made, LinkState.CLOSED)]), run=1, at=NOW)
    assert waiting(store) == []
    assert store.lines.waiting(PAIR) == {}


def test_links_that_wait_come_once_each_in_pages_together_with_those_that_moved(
    store: SqlStore,
) -> None:
    turn(store, title="a")
    made = [link(store, number) for number in range(1, 8)]
    turn(store, title="b", city="c")
    for done in (made[1], made[4]):
        carry(store, done, "title")
        carry(store, done, "city")
    moved = sighting(2, kind=SightingKind.CHANGED, link_id=made[1])
    also_waits = sighting(1, kind=SightingKind.CHANGED, link_id=made[0])
    store.staging.add(PAIR, [moved, also_waits])
    pages = list(store.staging.changed_links(PAIR, size=2, outdated=True))
    assert [id for page in pages for id in page] == [one for one in made if one != made[4]]
    assert {len(page) for page in pages} == {2}
    assert list(store.staging.changed_links(PAIR, size=5)) == [made[:2]]
