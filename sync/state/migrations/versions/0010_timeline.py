"""Stays at stages, hand-overs, and versions of what reports count by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; the next run fills them."""
    op.add_column("opportunities", sa.Column("created", _NAME))
    op.add_column("campaign_members", sa.Column("campaign", _NAME))
    op.add_column("campaign_members", sa.Column("responded", sa.Boolean()))
    op.create_table(
        "due",
        sa.Column("kind", _NAME, nullable=False, primary_key=True),
        sa.Column("key", _NAME, nullable=False, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hand_overs",
        sa.Column("id", _NUMBER, nullable=False, primary_key=True),
        sa.Column("link_id", _NUMBER, nullable=False),
        sa.Column("at", _NAME, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("stage_from", _NAME),
        sa.Column("stage_to", _NAME, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("again_at", _NAME),
        sa.Column("owner", _NAME),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_key", _NAME),
        sa.Column("run", _NUMBER, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hand_overs_link", "hand_overs", ["link_id", "at", "id"])
    op.create_table(
        "stage_entries",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("next_rank", sa.Integer()),
        sa.Column("seconds", sa.BigInteger()),
        sa.Column("lot", sa.Integer()),
        sa.Column("business", sa.BigInteger()),
        sa.Column("business_lot", sa.Integer()),
        sa.Column("top", sa.Integer(), nullable=False),
        sa.Column("top_at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    for name, columns in (
        ("top", ["rank", "top", "before", "entered", "top_at"]),
        ("lot", ["rank", "lot", "seconds", "left_at"]),
        ("business", ["rank", "business_lot", "business", "left_at"]),
    ):
        op.create_index(f"ix_stage_entries_{name}", "stage_entries", columns)
    for name, column in (("there", "rank"), ("newest", "entered")):
        op.create_index(
            f"ix_stage_entries_{name}",
            "stage_entries",
            [column, "left_at"],
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
    op.create_table(
        "stage_doubts",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("fallen", sa.Integer(), nullable=False),
        sa.Column("undated", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact_versions",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("since", _NAME, nullable=False, primary_key=True),
        sa.Column("until", _NAME),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fact_versions_kind", "fact_versions", ["kind", "link_id", "since"])
    op.create_table(
        "sale_versions",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("since", _NAME, nullable=False, primary_key=True),
        sa.Column("until", _NAME),
        sa.Column("account", _NAME),
        sa.Column("won", sa.Boolean(), nullable=False),
        sa.Column("closes", _NAME),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sale_versions_account", "sale_versions", ["account", "won", "closes", "id"])
    op.create_table(
        "member_versions",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("since", _NAME, nullable=False, primary_key=True),
        sa.Column("until", _NAME),
        sa.Column("person", _NAME, nullable=False),
        sa.Column("campaign", _NAME, nullable=False),
        sa.Column("at", _NAME, nullable=False),
        sa.Column("status", sa.Text()),
        sa.Column("responded", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_versions_person", "member_versions", ["person", "at"])
