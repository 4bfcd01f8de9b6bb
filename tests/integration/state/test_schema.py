"""The migrations and the tables say the same."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import sync.state.schema
from sync.state import SqlStore, open_store
from sync.state.schema import HEAD, KNOWN, VERSIONS
from sync.state.tables import metadata

_MIGRATIONS = Path(sync.state.schema.__file__).parent / "migrations"


def sqlite_schema(store: SqlStore) -> set[str]:
    statement = sa.text(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> :version"
    )
    with store._database.read() as connection:
        return {
            " ".join(sql.split()).replace("( ", "(").replace(" )", ")")
            for (sql,) in connection.execute(statement, {"version": VERSIONS})
        }


def test_tables_made_at_once_equal_those_of_the_migrations(file_url: str) -> None:
    with open_store(file_url) as migrated, open_store("sqlite://") as at_once:
        assert sqlite_schema(migrated) == sqlite_schema(at_once)


def test_migrations_on_postgres_leave_nothing_to_migrate(postgres_url: str) -> None:
    with open_store(postgres_url) as store, store._database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSIONS})
        assert compare_metadata(context, metadata) == []


def test_known_versions_are_those_that_can_be_migrated() -> None:
    revisions = ScriptDirectory(str(_MIGRATIONS)).walk_revisions()
    assert tuple(one.revision for one in reversed(list(revisions))) == KNOWN
    assert KNOWN[-1] == HEAD


def test_look_ups_use_their_indexes(file_url: str) -> None:
    looks = {
        "SELECT * FROM links WHERE pair = 'p' AND left_object = 'o' AND left_id IN ('a', 'b')"
        " AND links.state <> 'closed'": "uq_links_left",
        "SELECT * FROM keys WHERE pair = 'p' AND rule = 1 AND hash IN ('a', 'b')": "ix_keys_hash",
        "SELECT count(*) FROM records WHERE pair = 'p' AND side = 's' AND object = 'o'"
        " AND stamp >= 't'": "ix_records_stamp",
        "SELECT * FROM staged WHERE pair = 'p' AND kind = 'new' AND link_id IS NULL"
        " AND (side, object, record_id) > ('a', 'b', 'c')"
        " ORDER BY side, object, record_id LIMIT 5": "ix_staged_kind",
        "SELECT * FROM staged WHERE pair = 'p' AND link_id IN (1, 2)": "ix_staged_link",
        "SELECT * FROM errors WHERE state = 'open' AND pair = 'p' AND record_id = 'r'": (
            "ix_errors_record"
        ),
        "SELECT * FROM journal WHERE state = 'intended' ORDER BY id": "ix_journal_unfinished",
    }
    with open_store(file_url) as store, store._database.read() as connection:
        for look, index in looks.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {look}").all()
            assert len(plan) == 1, (look, plan)
            assert f"INDEX {index} " in f"{plan[0][3]} ", (look, plan)
