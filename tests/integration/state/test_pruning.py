"""What is old is deleted, and nothing that is still needed."""

from __future__ import annotations

from datetime import timedelta

from sync.domain.record import Side
from sync.domain.store import Changes, Intent
from sync.state import SqlStore
from tests.integration.state.building import NOW, PAIR, write

DAY = timedelta(days=1)


def ran(store: SqlStore, *, days: int, code: int | None = 0, wrote: bool = False) -> int:
    at = NOW - days * DAY
    run = store.runs.begin("sync", at)
    if wrote:
        store.commit(Changes(audit=[write(1, "phone", str(days))]), run=run, at=at)
    if code is not None:
        store.runs.end(run, at=at, exit=code, stopped=None, summary={})
    return run


def prune(store: SqlStore) -> None:
    store.prune(audit_before=NOW - 400 * DAY, runs_before=NOW - 30 * DAY)


def kept(store: SqlStore) -> list[int]:
    return sorted(run.id for run in store.runs.latest(100))


def intend(store: SqlStore, run: int, *, days: int) -> int:
    intent = Intent(
        pair=PAIR,
        side=Side.LEFT,
        kind="update",
        object_name="contacts",
        record_id="1",
        link_id=1,
        origin=None,
    )
    return store.journal.intend(run, [intent], NOW - days * DAY)[0]


def test_idle_runs_go_early_and_others_with_their_audit(store: SqlStore) -> None:
    ran(store, days=500, wrote=True)
    wrote = ran(store, days=399, wrote=True)
    ran(store, days=31)
    young = [ran(store, days=29), ran(store, days=0)]

    prune(store)

    assert kept(store) == [wrote, *young]
    assert [row.entry.after for row in store.queries.audit_of_link(1)] == ["399"]


def test_last_good_run_stays_however_old(store: SqlStore) -> None:
    ran(store, days=90)
    good = ran(store, days=80)
    bad = [ran(store, days=70, code=3), ran(store, days=60, code=3)]

    prune(store)

    assert kept(store) == [good, *bad]


def test_unanswered_intents_stay_with_their_run(store: SqlStore) -> None:
    ran(store, days=90)
    cut_off = ran(store, days=80, code=None)
    answered, unanswered = intend(store, cut_off, days=80), intend(store, cut_off, days=80)
    store.commit(Changes(journal=[(answered, "done")]), run=cut_off, at=NOW)
    last = ran(store, days=0)

    prune(store)

    assert [entry.id for entry in store.journal.unfinished()] == [unanswered]
    assert store.queries.sizes()["journal"] == 1
    assert kept(store) == [cut_off, last]


def test_state_in_which_nothing_is_old_stays_as_it_is(store: SqlStore) -> None:
    ran(store, days=29, wrote=True)
    ran(store, days=1)
    before = store.queries.sizes()

    prune(store)
    prune(store)

    assert store.queries.sizes() == before
