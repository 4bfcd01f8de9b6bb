"""The audit as an undo asks for it."""

from __future__ import annotations

from dataclasses import replace

from sync.domain.record import Side
from sync.domain.store import Changes
from sync.state import SqlStore
from tests.integration.state.building import NOW, PAIR, write


def test_what_a_run_did_comes_link_by_link_and_whole(store: SqlStore) -> None:
    entries = [write(link, "phone", str(n)) for n in range(2) for link in (3, 1, 2)]
    store.commit(Changes(audit=entries), run=5, at=NOW)
    store.commit(Changes(audit=[write(1, "phone", "other")]), run=6, at=NOW)
    other = replace(write(9, "phone", "1"), pair="companies")
    store.commit(Changes(audit=[other]), run=5, at=NOW)

    chunks = list(store.audit.of_run(5, PAIR, size=2))

    found = [[(row.entry.link_id, row.entry.after, row.run) for row in rows] for rows in chunks]
    assert found == [
        [(1, "0", 5), (1, "1", 5), (2, "0", 5), (2, "1", 5)],
        [(3, "0", 5), (3, "1", 5)],
    ]
    assert list(store.audit.pairs_of_run(5)) == sorted(["companies", PAIR])


def test_run_that_wrote_a_field_last_is_known_by_side(store: SqlStore) -> None:
    one = write(1, "phone", "1")
    assert one.side is not None
    across = replace(one, side=one.side.other)
    for run, entry in ((4, one), (5, across), (6, replace(one, kind="overruled"))):
        store.commit(Changes(audit=[entry]), run=run, at=NOW)

    assert store.audit.newest_writes([1, 2]) == {
        (1, "phone", one.side): 4,
        (1, "phone", one.side.other): 5,
    }
    assert set(Side) == {one.side, one.side.other}


def test_one_run_is_given_by_its_number(store: SqlStore) -> None:
    run = store.runs.begin("undo", NOW)
    found = store.runs.get(run)
    assert found is not None
    assert (found.id, found.kind, found.ended) == (run, "undo", None)
    assert store.runs.get(run + 1) is None
