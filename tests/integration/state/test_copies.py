"""Copies of a state: made, checked, and put back, or refused with what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.domain.errors import RunLockedError, StateError
from sync.domain.store import Changes
from sync.state import SqlStore, open_store
from sync.state.checking import check, looked_at
from sync.state.copies import Restored, back_up, restore
from sync.state.still_forgotten import StillForgotten
from sync.state.subject import About
from tests.integration.state.building import NOW, PAIR, held, link

TTL = timedelta(seconds=60)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def place(migrated_file: Path, tmp_path: Path) -> Path:
    """Give a state with one link and one held item."""
    path = Path(shutil.copy(migrated_file, tmp_path / "revloop.db"))
    with open_store(_url(path)) as store:
        _fill(store)
    return path


def _fill(store: SqlStore) -> None:
    store.runs.secret()
    store.commit(Changes(conflicts=[held(link(store))]), run=1, at=NOW)


def _links(path: Path) -> int:
    with open_store(_url(path)) as store:
        return store.links.count(PAIR)


def test_copy_is_made_while_a_run_is_at_work_and_holds_nothing_of_it(
    place: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    with open_store(_url(place)) as store, store.runs.lease("a run", now=NOW, ttl=TTL):
        back_up(_url(place), copy)

    found = looked_at(copy)
    assert (found.findings, found.rows["links"], found.rows["leases"]) == ((), 1, 0)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir() if "copy" in one.name) == ["copy.db"]
    with pytest.raises(StateError, match="is there already"):
        back_up(_url(place), copy)


def test_restored_state_is_that_of_the_copy_and_the_other_is_kept(
    place: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    back_up(_url(place), copy)
    with open_store(_url(place)) as store:
        link(store, 2)

    aside = restore(copy, _url(place), holder="admin", now=NOW).aside

    assert _links(place) == 1
    assert aside is not None
    assert _links(aside) == 2
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with open_store(_url(place)) as store, store.runs.lease("next", now=NOW, ttl=TTL) as lease:
        assert lease.held


def test_who_was_forgotten_since_stays_so_in_an_older_copy(place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with open_store(_url(place)) as store:
        _forget(store, "ada", "ada's id")
    back_up(_url(place), copy)
    with open_store(_url(place)) as store:
        store.forgotten.allow(["ada"], [])
        _forget(store, "bob", "bob's id")  # takes the number that was hers
        _forget(store, "ada", "ada's other id")

    done = restore(copy, _url(place), holder="admin", now=NOW)

    assert done.forgotten == StillForgotten(stay=1)
    with open_store(_url(place)) as store:
        found = store.forgotten.all()
        assert found.keys() == {"ada", "ada's id", "ada's other id", "bob", "bob's id"}
        assert found["ada"] == found["ada's id"] == found["ada's other id"]
        assert found["bob"] == found["bob's id"] != found["ada"]
        assert store.links.count(PAIR) == 1
        store.forgotten.allow(["bob"], [])
        assert "ada's other id" in store.forgotten.all()
    assert not list(place.parent.glob("*.db-*"))


def test_hashes_of_another_key_are_not_taken_over_but_counted(place: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.db", tmp_path / "other.db"
    back_up(_url(place), copy)
    with open_store(_url(other)) as store:
        _forget(store, "ada", "ada's id")
        _forget(store, "bob")

    done = restore(copy, _url(other), holder="admin", now=NOW)

    assert done.forgotten == StillForgotten(lost=2)
    with open_store(_url(other)) as store:
        assert store.forgotten.all() == {}


def _forget(store: SqlStore, *hashes: str) -> None:
    store.runs.secret()
    about = About(address="somebody@example.com", keys=())
    store.forgotten.forget(about, lambda places: hashes, at=NOW)


def test_state_is_put_where_there_was_none(place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(_url(place), copy)
    new = tmp_path / "elsewhere" / "revloop.db"
    assert restore(copy, _url(new), holder="admin", now=NOW) == Restored(
        aside=None, forgotten=StillForgotten()
    )
    assert _links(new) == 1


def test_nothing_is_put_back_while_a_run_is_at_work(place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(_url(place), copy)
    with (
        open_store(_url(place)) as store,
        store.runs.lease("a run", now=NOW, ttl=TTL),
        pytest.raises(RunLockedError),
    ):
        restore(copy, _url(place), holder="admin", now=NOW)
    assert [one.name for one in tmp_path.iterdir() if "before" in one.name] == []
    assert _links(place) == 1


def test_damaged_state_is_replaced_all_the_same(place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(_url(place), copy)
    _cut(place)
    assert check(_url(place)).findings == ("it is damaged or was cut off",)
    done = restore(copy, _url(place), holder="admin", now=NOW)
    assert (done.aside is not None, done.forgotten.readable) == (True, False)
    assert check(_url(place)).findings == ()
    assert _links(place) == 1


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def _overwrite(path: Path) -> None:
    path.write_text("not a database, and long enough to be looked at as one" * 20)


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE links (id)")
    other.close()


def _newer(path: Path) -> None:
    _execute(path, "UPDATE revloop_version SET version_num = '9999'")


def _without_table(path: Path) -> None:
    _execute(path, "DROP TABLE audit")


def _orphaned(path: Path) -> None:
    _execute(path, "INSERT INTO shadows (link_id, side, base) VALUES (77, 'left', '{}')")


def _execute(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_cut, "damaged or was cut off"),
        (_overwrite, "no state of revloop"),
        (_foreign, "no state of revloop"),
        (_newer, "newer revloop"),
        (_without_table, "table audit is missing"),
        (_orphaned, "1 rows of shadows belong to no link"),
    ],
)
def test_copy_that_is_none_is_refused_and_the_state_stays(
    place: Path, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    copy = tmp_path / "copy.db"
    back_up(_url(place), copy)
    spoil(copy)
    assert words in " ".join(looked_at(copy).findings)
    with pytest.raises(StateError, match=words):
        restore(copy, _url(place), holder="admin", now=NOW)
    assert _links(place) == 1


def test_state_goes_over_to_a_server_and_back(
    place: Path, tmp_path: Path, postgres_url: str
) -> None:
    there, back = tmp_path / "there.db", tmp_path / "back.db"
    back_up(_url(place), there)

    restore(there, postgres_url, holder="admin", now=NOW)
    with open_store(postgres_url) as store:
        assert store.links.count(PAIR) == 1
        link(store, 2)  # numbers go on after those that were put in
    back_up(postgres_url, back)

    assert check(postgres_url).rows["links"] == 2
    assert looked_at(back).findings == ()
    assert (_links(back), _rows(back, "conflicts")) == (2, _rows(there, "conflicts"))


def _rows(path: Path, table: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(_url(path))
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
    engine.dispose()
    return rows
