"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_links()
    _make_records()
    _make_staged()
    _make_trail()
    _make_findings()
    _make_plans()


def _name(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, _NAME, nullable=null, primary_key=key)


def _time(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, _NAME, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, nullable=null, primary_key=key)


def _small(name: str, *, null: bool = False, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null, primary_key=key)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _index(
    table: str, name: str, columns: list[str], *, where: str = "", unique: bool = False
) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _make_runs() -> None:
    op.create_table(
        "notes",
        _name("name", key=True),
        _text("value"),
    )
    op.create_table(
        "runs",
        _number("id", key=True),
        _name("kind"),
        _time("started"),
        _time("ended", null=True),
        _small("exit", null=True),
        _text("stopped", null=True),
        _text("summary"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        _name("name", key=True),
        _text("holder"),
        _name("token"),
        _time("since"),
        _time("until"),
    )
    op.create_table(
        "watermarks",
        _name("pair", key=True),
        _name("side", key=True),
        _name("object", key=True),
        _time("stamp"),
        _time("proven_at"),
        _time("compared_at"),
        _name("mapping"),
    )


def _make_links() -> None:
    op.create_table(
        "links",
        _number("id", key=True),
        _name("pair"),
        _name("left_object"),
        _name("left_id"),
        _name("right_object"),
        _name("right_id"),
        _name("state"),
        _number("made_run"),
        _time("made_at"),
        sqlite_autoincrement=True,
    )
    _index(
        "links",
        "ix_links_left_closed",
        ["pair", "left_object", "left_id"],
        where="state = 'closed'",
    )
    _index(
        "links",
        "ix_links_right_closed",
        ["pair", "right_object", "right_id"],
        where="state = 'closed'",
    )
    _index("links", "ix_links_state", ["pair", "state"])
    _index(
        "links",
        "uq_links_left",
        ["pair", "left_object", "left_id"],
        where="state <> 'closed'",
        unique=True,
    )
    _index(
        "links",
        "uq_links_right",
        ["pair", "right_object", "right_id"],
        where="state <> 'closed'",
        unique=True,
    )
    op.create_table(
        "shadows",
        _number("link_id", key=True),
        _name("side", key=True),
        _text("base"),
        _text("seen", null=True),
        _time("read_at", null=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
    )


def _make_records() -> None:
    op.create_table(
        "records",
        _name("pair", key=True),
        _name("side", key=True),
        _name("object", key=True),
        _name("record_id", key=True),
        _time("stamp"),
        _time("created", null=True),
        _name("state"),
        _flag("included"),
        _text("why"),
        sqlite_with_rowid=False,
    )
    _index("records", "ix_records_stamp", ["pair", "side", "object", "stamp"])
    op.create_table(
        "keys",
        _name("pair", key=True),
        _name("side", key=True),
        _name("object", key=True),
        _name("record_id", key=True),
        _small("rule", key=True),
        _name("hash", key=True),
        sqlite_with_rowid=False,
    )
    _index("keys", "ix_keys_hash", ["pair", "rule", "hash"])


def _make_staged() -> None:
    op.create_table(
        "staged",
        _name("pair", key=True),
        _name("side", key=True),
        _name("object", key=True),
        _name("record_id", key=True),
        _name("kind"),
        _number("link_id", null=True),
        _flag("included"),
        _text("why"),
        _name("counterpart", null=True),
        _time("stamp"),
        _time("created", null=True),
        _flag("gone"),
        _text("body"),
        _flag("decided"),
    )
    _index("staged", "ix_staged_counterpart", ["pair"], where="counterpart IS NOT NULL")
    _index("staged", "ix_staged_kind", ["pair", "kind", "side", "object", "record_id"])
    _index("staged", "ix_staged_link", ["pair", "link_id"])
    op.create_table(
        "staged_keys",
        _name("pair", key=True),
        _name("side", key=True),
        _name("object", key=True),
        _name("record_id", key=True),
        _small("rule", key=True),
        _name("hash", key=True),
        sqlite_with_rowid=False,
    )
    _index("staged_keys", "ix_staged_keys_hash", ["pair", "rule", "hash"])


def _make_trail() -> None:
    op.create_table(
        "journal",
        _number("id", key=True),
        _number("run"),
        _time("at"),
        _name("pair"),
        _name("side"),
        _name("kind"),
        _name("object"),
        _name("record_id", null=True),
        _number("link_id", null=True),
        _name("origin_object", null=True),
        _name("origin_id", null=True),
        _text("audit", null=True),
        _name("state"),
        sqlite_autoincrement=True,
    )
    _index("journal", "ix_journal_unfinished", ["id"], where="state = 'intended'")
    op.create_table(
        "audit",
        _number("id", key=True),
        _time("at"),
        _number("run"),
        _name("pair"),
        _number("link_id", null=True),
        _name("kind"),
        _name("field"),
        _name("side", null=True),
        _text("before", null=True),
        _text("after", null=True),
        _text("origin", null=True),
        _text("reason"),
        _text("overruled", null=True),
        _name("overruled_side", null=True),
        _name("left_object", null=True),
        _name("left_id", null=True),
        _name("right_object", null=True),
        _name("right_id", null=True),
        sqlite_autoincrement=True,
    )
    _index("audit", "ix_audit_link", ["link_id", "field", "id"])
    _index("audit", "ix_audit_run", ["run", "id"])
    op.create_table(
        "stage_events",
        _number("id", key=True),
        _name("pair"),
        _number("link_id"),
        _name("side"),
        _time("at"),
        _name("field"),
        _text("from_value", null=True),
        _text("to_value", null=True),
        _name("editor", null=True),
        sqlite_autoincrement=True,
    )
    _index("stage_events", "ix_stage_events_link", ["link_id", "at"])


def _make_findings() -> None:
    op.create_table(
        "conflicts",
        _number("id", key=True),
        _name("pair"),
        _name("kind"),
        _number("link_id", null=True),
        _name("field"),
        _name("group_name"),
        _name("identity"),
        _text("records"),
        _text("left_value", null=True),
        _text("right_value", null=True),
        _text("reason"),
        _text("proposal"),
        _name("state"),
        _number("opened_run"),
        _time("opened_at"),
        _number("changed_run"),
        _number("closed_run", null=True),
        _time("closed_at", null=True),
        sqlite_autoincrement=True,
    )
    _index("conflicts", "ix_conflicts_link", ["link_id", "field"], where="state = 'open'")
    _index(
        "conflicts", "uq_conflicts_open", ["pair", "identity"], where="state = 'open'", unique=True
    )
    op.create_table(
        "errors",
        _number("id", key=True),
        _name("pair"),
        _name("side"),
        _name("object", null=True),
        _name("record_id", null=True),
        _name("origin_object", null=True),
        _name("origin_id", null=True),
        _number("link_id", null=True),
        _name("field"),
        _name("identity"),
        _name("category"),
        _name("code"),
        _text("message"),
        _text("fix"),
        _small("attempts"),
        _time("next_try"),
        _name("state"),
        _number("opened_run"),
        _time("opened_at"),
        _number("changed_run"),
        _number("closed_run", null=True),
        _time("closed_at", null=True),
        sqlite_autoincrement=True,
    )
    _index("errors", "ix_errors_link", ["link_id", "field"], where="state = 'open'")
    _index("errors", "ix_errors_origin", ["pair", "origin_id"], where="state = 'open'")
    _index("errors", "ix_errors_record", ["pair", "record_id"], where="state = 'open'")
    _index("errors", "uq_errors_open", ["pair", "identity"], where="state = 'open'", unique=True)


def _make_plans() -> None:
    op.create_table(
        "plans",
        _number("id", key=True),
        _time("created"),
        _name("state"),
        _name("fingerprint"),
        _text("summary"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan_items",
        _number("plan", key=True),
        _number("number", key=True),
        _name("pair"),
        _name("kind"),
        _text("item"),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], ondelete="CASCADE"),
    )
    _index("plan_items", "ix_plan_items_kind", ["plan", "pair", "kind"])
