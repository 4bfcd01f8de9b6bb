"""Opening a state: made private, refused when it is not ours or not whole."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.domain.errors import MigrationNeededError, NoStateError, StateError
from sync.state import open_store
from sync.state.schema import HEAD, VERSIONS
from tests.integration.state.building import NOW


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def change(url: str, *statements: str) -> None:
    connection = sqlite3.connect(path_of(url))
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_new_file_is_readable_by_its_owner_only_whatever_the_umask(file_url: str) -> None:
    before = os.umask(0)
    try:
        with open_store(file_url) as store:
            store.runs.begin("sync", NOW)
            modes = {stat.S_IMODE(one.stat().st_mode) for one in path_of(file_url).parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_strict_umask_leaves_the_owner_in(file_url: str) -> None:
    path_of(file_url).parent.mkdir()
    before = os.umask(0o777)
    try:
        open_store(file_url).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path_of(file_url).stat().st_mode) == 0o600


def test_file_that_others_can_read_is_refused_with_the_command_that_mends_it(
    file_url: str,
) -> None:
    open_store(file_url).close()
    path_of(file_url).chmod(0o640)
    with pytest.raises(StateError, match="chmod 600"):
        open_store(file_url)


def test_state_is_there_when_opened_again(file_url: str) -> None:
    with open_store(file_url) as store:
        run = store.runs.begin("sync", NOW)
    with open_store(file_url, create=False) as store:
        assert [row.id for row in store.runs.latest(5)] == [run]


def test_sqlite_connections_are_durable_and_let_readers_in(file_url: str) -> None:
    with open_store(file_url) as store, store._database.read() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 2, 1, 30_000]


def test_missing_file_is_not_made_when_it_must_be_there(file_url: str) -> None:
    with pytest.raises(StateError, match="There is no state"):
        open_store(file_url, create=False)
    assert not path_of(file_url).exists()


def test_empty_file_is_no_state_when_it_must_be_there(file_url: str) -> None:
    path_of(file_url).parent.mkdir()
    path_of(file_url).touch(mode=0o600)
    with pytest.raises(StateError, match="is empty"):
        open_store(file_url, create=False)


def test_text_file_is_refused(file_url: str) -> None:
    path_of(file_url).parent.mkdir()
    path_of(file_url).write_text("pair: contacts\n" * 100)
    path_of(file_url).chmod(0o600)
    with pytest.raises(StateError, match="not a state of revloop"):
        open_store(file_url)


def test_database_of_another_program_is_refused_and_left_as_it_was(file_url: str) -> None:
    path_of(file_url).parent.mkdir()
    change(file_url, "CREATE TABLE runs (id INTEGER)")
    path_of(file_url).chmod(0o600)
    before = path_of(file_url).read_bytes()
    with pytest.raises(StateError, match="another program"):
        open_store(file_url)
    assert path_of(file_url).read_bytes() == before


def test_file_cut_off_in_the_middle_is_refused(file_url: str) -> None:
    open_store(file_url).close()
    whole = path_of(file_url).read_bytes()
    path_of(file_url).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StateError, match="damaged or was cut off"):
        open_store(file_url)


def test_state_with_a_table_missing_is_refused(file_url: str) -> None:
    open_store(file_url).close()
    change(file_url, "DROP TABLE journal")
    with pytest.raises(StateError, match="journal is missing"):
        open_store(file_url)


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="not a file"):
        open_store(f"sqlite:///{tmp_path}")


def test_schema_of_a_newer_version_is_refused(file_url: str) -> None:
    open_store(file_url).close()
    change(file_url, f"UPDATE {VERSIONS} SET version_num = '9999'")
    with pytest.raises(MigrationNeededError, match="schema 9999; this one knows up to " + HEAD):
        open_store(file_url)


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(StateError, match="mysql"):
        open_store("mysql://localhost/revloop")


def test_refused_address_is_not_repeated() -> None:
    with pytest.raises(StateError) as caught:
        open_store("postgresql:/ /me:hunter2@host")
    assert "hunter2" not in str(caught.value)


def test_file_locked_by_another_process_is_a_state_error(
    file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.state.opening._PRAGMAS", ("PRAGMA busy_timeout = 1",))
    with open_store(file_url) as store:
        other = sqlite3.connect(path_of(file_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="in use by another process"):
            store.runs.begin("sync", NOW)
        other.execute("ROLLBACK")
        other.close()


def test_full_disk_is_a_state_error_and_keeps_what_was_there(file_url: str) -> None:
    with open_store(file_url) as store:
        store.runs.keep_note("portal", "1")
        with store._database.raw() as driver:
            pages = driver.execute("PRAGMA page_count").fetchone()[0]
            driver.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StateError, match="disk is full"):
            store.runs.keep_note("portal", "2" * 1_000_000)
        assert store.runs.note("portal") == "1"


def test_state_that_cannot_be_written_is_a_state_error(file_url: str) -> None:
    with open_store(file_url) as store:
        with store._database.raw() as driver:
            driver.execute("PRAGMA query_only = ON")
        with pytest.raises(StateError, match="cannot be written"):
            store.runs.keep_note("portal", "1")


def test_processes_that_open_at_once_make_the_schema_once(file_url: str) -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; from sync.state import open_store; open_store(sys.argv[1]).close()",
        file_url,
    ]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    outcomes = [(one.communicate()[1], one.returncode) for one in processes]
    assert outcomes == [(b"", 0)] * 3
    with open_store(file_url) as store, store._database.read() as connection:
        versions = connection.execute(sa.text(f"SELECT version_num FROM {VERSIONS}")).all()
    assert [tuple(row) for row in versions] == [(HEAD,)]


def test_database_errors_never_show_the_values() -> None:
    insert = sa.text("INSERT INTO notes (name) VALUES (:name)")
    with (
        open_store("sqlite://") as store,
        pytest.raises(sa.exc.IntegrityError) as caught,
        store._database.write() as connection,
    ):
        connection.execute(insert, {"name": "ada@example.com"})
    assert "ada@example.com" not in str(caught.value)


def test_state_that_is_not_there_is_told_from_one_that_is_broken(file_url: str) -> None:
    with pytest.raises(NoStateError, match="revloop sync"):
        open_store(file_url, create=False)
    path_of(file_url).parent.mkdir()
    path_of(file_url).touch(0o600)
    with pytest.raises(NoStateError, match="is empty"):
        open_store(file_url, create=False)


def test_state_without_its_version_is_not_whole(file_url: str) -> None:
    open_store(file_url).close()
    change(file_url, f"DELETE FROM {VERSIONS}")
    with pytest.raises(StateError, match="does not say its version"):
        open_store(file_url)


def test_options_of_a_file_are_refused_rather_than_passed_over(file_url: str) -> None:
    with pytest.raises(StateError, match="Leave them out"):
        open_store(f"{file_url}?mode=ro")


def cut_off(connection: sa.Connection) -> None:
    """End in the middle of a statement's rows, as a signal may do it."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    rows = driver.execute("SELECT 1 UNION ALL SELECT 2")
    next(rows)
    connection.invalidate()
    raise KeyboardInterrupt


def test_interrupted_write_leaves_the_state_free(file_url: str) -> None:
    with open_store(file_url) as store:
        try:
            with store.plans._database.write() as connection:
                cut_off(connection)
        except KeyboardInterrupt:
            store.runs.begin("sync", NOW)
        assert len(store.runs.latest(5)) == 1
