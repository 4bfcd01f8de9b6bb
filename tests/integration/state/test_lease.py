"""The right to run."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from sync.domain.errors import RunLockedError
from sync.domain.store import Changes
from sync.state import SqlStore, open_store
from sync.state.lease import SqlLease
from sync.state.tables import leases
from tests.integration.state.building import NOW

TTL = timedelta(seconds=60)


def test_second_run_is_told_who_holds_the_lock_and_since_when(store: SqlStore) -> None:
    store.runs.lease("host-a, process 7", now=NOW, ttl=TTL)
    with pytest.raises(RunLockedError) as caught:
        store.runs.lease("host-b", now=NOW + TTL / 2, ttl=TTL)
    assert "host-a, process 7" in str(caught.value)
    assert "2026-03-31 22:14:05 UTC" in str(caught.value)
    assert caught.value.exit_code == 3


def test_lease_given_back_is_free_at_once(store: SqlStore) -> None:
    store.runs.lease("a", now=NOW, ttl=TTL).release()
    assert store.runs.lease("b", now=NOW, ttl=TTL).held


def test_giving_back_twice_does_nothing_to_the_next_holder(store: SqlStore) -> None:
    first = store.runs.lease("a", now=NOW, ttl=TTL)
    first.release()
    second = store.runs.lease("b", now=NOW, ttl=TTL)
    first.release()
    assert second.held
    assert not first.held


def test_lease_of_a_killed_run_is_free_when_its_term_is_over(file_url: str) -> None:
    with open_store(file_url) as store, open_store(file_url) as other:
        killed = store.runs.lease("a", now=NOW, ttl=TTL)
        assert killed.held
        taken = other.runs.lease("b", now=NOW + TTL, ttl=TTL)
        assert taken.held
        assert not killed.held


def test_holder_that_lost_the_lease_cannot_renew_or_free_it(file_url: str) -> None:
    with open_store(file_url) as store, open_store(file_url) as other:
        lost = store.runs.lease("a", now=NOW, ttl=TTL)
        taken = other.runs.lease("b", now=NOW + TTL, ttl=TTL)
        assert not lost.renew(NOW + TTL)
        lost.release()
        assert taken.held


def test_renewed_lease_is_held_for_another_term(store: SqlStore) -> None:
    lease = store.runs.lease("a", now=NOW, ttl=TTL)
    assert lease.renew(NOW + TTL)
    with pytest.raises(RunLockedError):
        store.runs.lease("b", now=NOW + TTL * 1.5, ttl=TTL)


def test_holder_renews_by_itself(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Event()
    renew = SqlLease.renew

    def renew_and_tell(lease: SqlLease, now: datetime) -> bool:
        renewed = renew(lease, now)
        beats.set()
        return renewed

    monkeypatch.setattr(SqlLease, "renew", renew_and_tell)
    with open_store(file_url) as store:
        lease = store.runs.lease("a", now=NOW, ttl=timedelta(milliseconds=40))
        assert beats.wait(10)
        with store._database.read() as connection:
            until = connection.execute(leases.select()).mappings().one()["until"]
        assert until > NOW + timedelta(days=1)
        assert lease.held


def test_releasing_ends_the_thread(file_url: str) -> None:
    with open_store(file_url) as store:
        lease = store.runs.lease("a", now=NOW, ttl=TTL)
        assert "lease" in {thread.name for thread in threading.enumerate()}
        lease.release()
        assert "lease" not in {thread.name for thread in threading.enumerate()}


def test_closing_the_store_gives_the_lease_back(file_url: str) -> None:
    with open_store(file_url) as store:
        store.runs.lease("a", now=NOW, ttl=TTL)
    with open_store(file_url) as store:
        assert store.runs.lease("b", now=NOW, ttl=TTL).held


def test_no_thread_runs_for_a_state_in_memory() -> None:
    with open_store("sqlite://") as store:
        store.runs.lease("a", now=NOW, ttl=TTL)
        assert "lease" not in {thread.name for thread in threading.enumerate()}


def _take_over(url: str) -> SqlStore:
    """Give a state whose right to run is taken while another process sleeps past its term."""
    other = open_store(url)
    with other._database.write() as connection:
        connection.execute(leases.delete())
    other.runs.lease("b", now=NOW, ttl=TTL)
    return other


def _may_not_write(lost: SqlStore) -> None:
    with pytest.raises(RunLockedError, match="another run took over"):
        lost.commit(Changes(), run=1, at=NOW)
    with pytest.raises(RunLockedError):
        lost.staging.clear()
    with pytest.raises(RunLockedError):
        lost.runs.ensure_ours()


def test_run_that_lost_the_lease_changes_the_state_no_more(file_url: str) -> None:
    with open_store(file_url) as store:
        run = store.runs.begin("sync", NOW)
        store.runs.lease("a", now=NOW, ttl=TTL)
        with _take_over(file_url) as other:
            _may_not_write(store)
            store.runs.end(run, at=NOW, exit=3, stopped="locked", summary={})
            other.commit(Changes(), run=1, at=NOW)
            assert other.runs.latest(1)[0].stopped == "locked"


def test_run_on_a_server_that_lost_the_lease_changes_the_state_no_more(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        store.runs.lease("a", now=NOW, ttl=TTL)
        with _take_over(postgres_url) as other:
            _may_not_write(store)
            other.commit(Changes(), run=1, at=NOW)


def test_lease_cannot_be_taken_over_in_the_middle_of_a_write(postgres_url: str) -> None:
    with open_store(postgres_url) as store, open_store(postgres_url) as other:
        store.runs.lease("a", now=NOW, ttl=TTL)
        with store._database.write():
            taking = threading.Thread(target=lambda: _take_over(postgres_url).close())
            taking.start()
            taking.join(0.1)
            assert taking.is_alive()
        taking.join(10)
        assert not other.runs._lease
        with pytest.raises(RunLockedError):
            store.runs.ensure_ours()


def test_machines_whose_clocks_differ_do_not_take_the_lease_from_each_other(
    postgres_url: str,
) -> None:
    with open_store(postgres_url) as store, open_store(postgres_url) as other:
        store.runs.lease("a", now=NOW, ttl=TTL)
        with pytest.raises(RunLockedError):
            other.runs.lease("b, an hour ahead", now=NOW + timedelta(hours=1), ttl=TTL)


def test_clock_set_back_keeps_nobody_out_for_longer_than_a_term(file_url: str) -> None:
    hour = timedelta(hours=1)
    with open_store(file_url) as store, open_store(file_url) as other:
        killed = store.runs.lease("a", now=NOW, ttl=TTL)
        with pytest.raises(RunLockedError):
            other.runs.lease("b", now=NOW - hour, ttl=TTL)
        assert killed.held
        with pytest.raises(RunLockedError):
            other.runs.lease("b", now=NOW - hour + TTL / 2, ttl=TTL)
        assert other.runs.lease("b", now=NOW - hour + TTL, ttl=TTL).held


def test_holder_that_lives_keeps_the_lease_though_the_clock_was_set_back(file_url: str) -> None:
    hour = timedelta(hours=1)
    with open_store(file_url) as store, open_store(file_url) as other:
        living = store.runs.lease("a", now=NOW, ttl=TTL)
        with pytest.raises(RunLockedError):
            other.runs.lease("b", now=NOW - hour, ttl=TTL)
        assert living.renew(NOW - hour + TTL / 4)
        with pytest.raises(RunLockedError):
            other.runs.lease("b", now=NOW - hour + TTL, ttl=TTL)
