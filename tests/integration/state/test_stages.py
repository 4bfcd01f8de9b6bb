"""Stage events as kept: each once, by link, by record and by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sync.domain.record import Native, Side
from sync.domain.stages import StageEvent
from sync.domain.store import Changes
from sync.state import SqlStore
from tests.integration.state.building import MINUTE, NOW, PAIR, left, link, right, write


def event(number: int, after: Native, *, minutes: int = 0, pair: str = PAIR) -> StageEvent:
    return StageEvent(
        pair=pair,
        side=Side.LEFT,
        ref=left(number),
        field="stage",
        at=NOW + minutes * MINUTE,
        before=None,
        after=after,
    )


def between(store: SqlStore, start: int, end: int) -> list[tuple[str, Native]]:
    pages = store.stages.between(PAIR, NOW + start * MINUTE, NOW + end * MINUTE)
    return [(one.ref.id, one.after) for page in pages for one in page]


def test_event_is_kept_once_a_blank_too(store: SqlStore) -> None:
    for _ in range(2):
        store.stages.put([event(1, "won"), event(1, None, minutes=1)])
    kept = store.stages.of_records(PAIR, Side.LEFT, [left(1), left(2)])
    assert [one.after for one in kept[left(1)]] == ["won", None]
    assert left(2) not in kept


def test_event_with_an_id_takes_the_place_of_the_one_kept(store: SqlStore) -> None:
    store.stages.put([replace(event(1, "won"), by_us=True)])
    (note,) = store.stages.of_records(PAIR, Side.LEFT, [left(1)])[left(1)]
    told = replace(note, at=NOW - MINUTE, before="open", editor="7")
    store.stages.put([told])
    assert store.stages.of_records(PAIR, Side.LEFT, [left(1)]) == {left(1): [told]}


def test_events_of_a_time_come_in_order_however_many(store: SqlStore) -> None:
    many = [event(number, "won", minutes=number % 3) for number in range(1, 1203)]
    store.stages.put([*many, event(1, "won", pair="companies"), event(2, "lost", minutes=3)])
    found = between(store, 0, 3)
    assert len(found) == len(set(found)) == 1202
    assert len(between(store, 1, 2)) == 401
    assert between(store, 3, 4) == [(left(2).id, "lost")]


def test_events_go_to_the_link_that_their_record_has_by_now(store: SqlStore) -> None:
    store.stages.put([event(1, "won"), event(2, "lost")])
    made = link(store, 1)
    store.stages.attach(PAIR)
    of_links = store.stages.of_links([made])
    assert [(one.ref, one.link_id) for one in of_links[made]] == [(left(1), made)]
    assert [
        one.link_id for one in store.stages.of_records(PAIR, Side.LEFT, [left(2)])[left(2)]
    ] == [None]


def test_own_writes_are_those_of_the_fields_asked_for(store: SqlStore) -> None:
    made = link(store, 1)
    entries = [replace(write(made, "stage", "won"), left=left(1), right=right(1))]
    store.commit(Changes(audit=[*entries, write(made, "phone", "1")]), run=2, at=NOW)
    newest = store.stages.last_audit()
    ((own,),) = store.stages.own_writes(PAIR, ["stage"], after=0)
    assert (own.link_id, own.after, own.at) == (made, "won", NOW)
    assert own.ref == (left(1) if own.side is Side.LEFT else right(1))
    assert list(store.stages.own_writes(PAIR, ["stage"], after=newest)) == []


def test_links_beyond_a_number_come_without_records_a_run_made(store: SqlStore) -> None:
    made = [link(store, number) for number in range(1, 6)]
    create = replace(write(made[3], "", None), kind="create", side=Side.LEFT)
    store.commit(Changes(audit=[create]), run=9, at=NOW + timedelta(hours=1))
    pages = store.stages.links_beyond(
        PAIR, Side.LEFT, left(1).object_name, after=made[0], but_made_in=9, size=2
    )
    assert [link_id for page in pages for link_id, _ in page] == [made[1], made[2], made[4]]
    assert store.stages.last_link(PAIR) == made[-1]
