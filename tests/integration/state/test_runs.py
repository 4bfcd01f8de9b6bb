"""Runs, notes, watermarks and the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.domain.record import RecordRef, Side
from sync.domain.store import AuditEntry, Changes, Intent, RunRow, Watermark
from sync.state import SqlStore, open_store
from tests.integration.state.building import MINUTE, NOW, PAIR, left


def intent(number: int = 1) -> Intent:
    return Intent(
        pair=PAIR,
        side=Side.RIGHT,
        kind="create",
        object_name="Lead",
        record_id=None,
        link_id=None,
        origin=left(number),
    )


def test_run_is_kept_with_how_it_ended(store: SqlStore) -> None:
    run = store.runs.begin("sync", NOW)
    store.runs.end(run, at=NOW + MINUTE, exit=4, stopped="guard", summary={"created": 2})
    assert store.runs.latest(1) == [
        RunRow(
            id=run,
            kind="sync",
            started=NOW,
            ended=NOW + MINUTE,
            exit=4,
            stopped="guard",
            summary={"created": 2},
        )
    ]


def test_latest_runs_come_newest_first(store: SqlStore) -> None:
    runs = [store.runs.begin("sync", NOW) for _ in range(4)]
    assert [row.id for row in store.runs.latest(3)] == runs[:0:-1]


def test_run_under_way_has_no_end(store: SqlStore) -> None:
    store.runs.begin("sync", NOW)
    (row,) = store.runs.latest(5)
    assert (row.ended, row.exit, row.stopped, row.summary) == (None, None, None, {})


def test_note_is_replaced(store: SqlStore) -> None:
    assert store.runs.note("portal") is None
    store.runs.keep_note("portal", "1")
    store.runs.keep_note("portal", "2")
    assert store.runs.note("portal") == "2"


def test_secret_is_made_once(store: SqlStore) -> None:
    secret = store.runs.secret()
    assert len(secret) == 32
    assert store.runs.secret() == secret


def test_secret_outlives_the_process_and_differs_between_states(file_url: str) -> None:
    with open_store(file_url) as store:
        secret = store.runs.secret()
    with open_store(file_url) as store, open_store("sqlite://") as other:
        assert store.runs.secret() == secret
        assert other.runs.secret() != secret


def test_watermark_is_kept_for_each_pair_side_and_object(store: SqlStore) -> None:
    mark = Watermark(NOW, NOW + MINUTE, NOW, "abc")
    later = Watermark(NOW + MINUTE, NOW + MINUTE, NOW, "def")
    store.marks.set(PAIR, Side.LEFT, "contacts", mark)
    store.marks.set(PAIR, Side.RIGHT, "Lead", mark)
    store.marks.set(PAIR, Side.LEFT, "contacts", later)
    assert store.marks.get(PAIR, Side.LEFT, "contacts") == later
    assert store.marks.get(PAIR, Side.RIGHT, "Lead") == mark
    assert store.marks.get(PAIR, Side.RIGHT, "Contact") is None


def test_time_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(Exception, match="without a zone"):
        store.runs.begin("sync", NOW.replace(tzinfo=None))


def test_intents_get_ids_in_order(store: SqlStore) -> None:
    ids = store.journal.intend(1, [intent(n) for n in range(250)], NOW)
    entries = store.journal.unfinished()
    assert [entry.id for entry in entries] == list(ids)
    assert [entry.intent for entry in entries] == [intent(n) for n in range(250)]


def test_intent_holds_what_to_note_until_the_journal_says_more(store: SqlStore) -> None:
    note = AuditEntry(
        pair=PAIR,
        link_id=7,
        kind="write",
        field="title",
        side=Side.RIGHT,
        before="Chair",
        after=None,
        origin="",
        reason="NAMED_WINNER",
        overruled="Chair",
        overruled_side=Side.RIGHT,
        left=left(1),
        right=RecordRef("Lead", "00Q1"),
    )
    update = replace(intent(), kind="update", record_id="00Q1", link_id=7, audit=(note,))
    (entry,) = store.journal.intend(1, [update], NOW)
    assert store.journal.unfinished()[0].intent == update
    store.commit(Changes(noted=[(entry, (note,))]), run=2, at=NOW)
    (noted,) = store.journal.unfinished()
    assert (noted.intent, noted.noted) == (update, True)
    store.commit(Changes(noted=[(entry, ())]), run=2, at=NOW)
    (noted,) = store.journal.unfinished()
    assert (noted.intent, noted.noted) == (replace(update, audit=()), True)
    store.commit(Changes(journal=[(entry, "settled")]), run=2, at=NOW)
    assert not store.journal.unfinished()


def test_no_intents_are_nothing_to_write(store: SqlStore) -> None:
    assert store.journal.intend(1, [], NOW) == []


def test_intent_is_written_before_intend_returns(file_url: str) -> None:
    with open_store(file_url) as store, open_store(file_url) as other:
        store.journal.intend(1, [intent()], NOW)
        assert len(other.journal.unfinished()) == 1


def test_intents_without_a_result_are_given_whatever_run_they_are_of(store: SqlStore) -> None:
    first, second = store.journal.intend(1, [intent(1), intent(2)], NOW)
    (third,) = store.journal.intend(2, [intent(3)], NOW)
    store.commit(Changes(journal=[(first, "done")]), run=2, at=NOW)
    unfinished = store.journal.unfinished()
    assert [(entry.id, entry.run) for entry in unfinished] == [(second, 1), (third, 2)]
