"""What people ask of the state."""

from __future__ import annotations

from sync.domain.record import Side
from sync.domain.store import Changes, LinkState, Watermark
from sync.state import SqlStore
from sync.state.tables import metadata
from tests.integration.state.building import (
    MINUTE,
    NOW,
    PAIR,
    keep,
    link,
    sighting,
    write,
)


def test_audit_of_a_link_comes_oldest_first_with_run_and_time(store: SqlStore) -> None:
    made = link(store)
    store.commit(Changes(audit=[write(made, "phone", "1")]), run=4, at=NOW)
    store.commit(Changes(audit=[write(made, "phone", "2")]), run=5, at=NOW + MINUTE)
    store.commit(Changes(audit=[write(made + 1, "phone", "3")]), run=5, at=NOW)
    rows = list(store.queries.audit_of_link(made))
    assert [(row.run, row.at, row.entry.after) for row in rows] == [
        (4, NOW, "1"),
        (5, NOW + MINUTE, "2"),
    ]


def test_audit_of_a_run_comes_in_order_however_long(store: SqlStore) -> None:
    entries = [write(n, "phone", str(n)) for n in range(1, 1203)]
    store.commit(Changes(audit=entries), run=5, at=NOW)
    store.commit(Changes(audit=entries[:1]), run=6, at=NOW)
    assert [row.entry for row in store.queries.audit_of_run(5)] == entries


def test_links_are_found_by_an_id_of_either_side(store: SqlStore) -> None:
    made = link(store, 7)
    other = link(store, 7, pair="companies")
    store.commit(Changes(link_states=[(made, LinkState.CLOSED)]), run=1, at=NOW)
    assert [one.id for one in store.queries.find_links("7")] == [made, other]
    assert [one.id for one in store.queries.find_links("0037", pair=PAIR)] == [made]
    assert store.queries.find_links("8") == []


def test_links_are_found_by_a_key_of_either_record(store: SqlStore) -> None:
    first, second = link(store, 1), link(store, 2)
    keep(
        store,
        sighting(1, keys=((0, "a"),)),
        sighting(1, side=Side.RIGHT, keys=((0, "a"),)),
        sighting(2, side=Side.RIGHT, keys=((0, "a"), (1, "b"))),
    )
    assert [one.id for one in store.queries.links_by_key(PAIR, 0, "a")] == [first, second]
    assert [one.id for one in store.queries.links_by_key(PAIR, 1, "b")] == [second]
    assert store.queries.links_by_key(PAIR, 1, "a") == []


def test_watermarks_come_in_order(store: SqlStore) -> None:
    mark = Watermark(NOW, NOW, NOW, "abc")
    store.marks.set(PAIR, Side.RIGHT, "Lead", mark)
    store.marks.set(PAIR, Side.LEFT, "contacts", mark)
    rows = [(row.side, row.object_name, row.mark) for row in store.queries.watermarks()]
    assert rows == [(Side.LEFT, "contacts", mark), (Side.RIGHT, "Lead", mark)]


def test_sizes_name_every_table(store: SqlStore) -> None:
    link(store)
    sizes = store.queries.sizes()
    assert sizes.keys() == metadata.tables.keys()
    assert sizes["links"] == 1
